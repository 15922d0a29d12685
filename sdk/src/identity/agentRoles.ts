/** Roles of an agent, as bits of the contracts' AgentRole. The last three only the consortium gives. */
export const AGENT_ROLES = {
  admin: 1,
  clinician: 2,
  researcher: 4,
  gateway: 8,
  officer: 16,
  ethicsReviewer: 32,
  legalReviewer: 64,
  supervisor: 128,
} as const;

export type AgentRole = keyof typeof AGENT_ROLES;
