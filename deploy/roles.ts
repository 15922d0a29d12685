import type { Address } from "viem";

/** Roles of the AccessManager; its own ADMIN has id 0. */
export const ROLE_IDS = { operator: 1n, supervision: 2n, rules: 3n, emergency: 4n, guardianship: 5n } as const;

export const ADMIN_ROLE_ID = 0n;

export type Role = keyof typeof ROLE_IDS;

/** Roles that people hold, as the config says; the others are contracts' alone. */
export type ConfiguredRole = Exclude<Role, "emergency" | "guardianship">;

/** Every restricted function of the suite, by the role that may call it. */
export const PERMISSIONS = {
  operator: {
    InstitutionRegistry: ["admit", "accredit", "appointAgent", "dismissAgent", "releaseBond"],
  },
  supervision: {
    InstitutionRegistry: ["suspend", "reinstate", "expel", "slashBond"],
    ConsentRegistry: ["revoke", "invalidate"],
    AccessBroker: ["pauseAccess", "resumeAccess"],
    StudyRegistry: ["setSandboxLimits"],
  },
  rules: {
    AccessBroker: ["setRuleSet", "setAlertThresholds"],
    PatientHealthFund: ["spend"],
    CommitteeSeats: ["grantSeat", "endSeat"],
    RevenueSplitter: ["setShareRules"],
    HealthPoints: ["setReward"],
    Supervision: ["setSanction", "setAppealWindows"],
    EmergencyAccess: ["setEmergencyRules"],
    ContributionLedger: ["setRules"],
  },
  emergency: {
    Supervision: ["sanction"],
  },
  guardianship: {
    PatientRegistry: ["replaceGuardian"],
  },
} as const satisfies Record<Role, Record<string, readonly string[]>>;

/** Contracts of the suite that hold a role beside whoever the config names; what they do with it is their code. */
export const CONTRACT_HOLDERS = {
  /** Suspends and fines by decision. */
  supervision: ["Supervision"],
  /** Has what failed sanctioned. */
  emergency: ["EmergencyAccess"],
  /** Replaces guardians by what the ethics and the supervision group ordered together. */
  guardianship: ["GuardianOrders"],
} as const satisfies Partial<Record<Role, readonly string[]>>;

export function isContractsAlone(role: Role): role is Exclude<Role, ConfiguredRole> {
  return role === "emergency" || role === "guardianship";
}

export type ManagedContract = { [R in Role]: keyof (typeof PERMISSIONS)[R] }[Role];

/** A role's functions of one contract. */
export type Permission = { role: Role; contract: ManagedContract; functions: readonly string[]; selectors: string[] };

/** Contracts of the suite that can hold a role, by the name that roles.json calls them. */
export const HOLDER_CONTRACTS = {
  timelock: "TimelockController",
  standardsGroup: "StandardsGroup",
  technologyGroup: "TechnologyGroup",
  ethicsGroup: "EthicsGroup",
  supervisionGroup: "SupervisionGroup",
} as const;

export type HolderName = keyof typeof HOLDER_CONTRACTS;

/** A wallet, or a contract of the suite by its name. */
export type Holder = Address | HolderName;

/** Who holds what once the deployment is over. */
export type RoleHolders = { admin: Holder } & Record<ConfiguredRole, Holder[]>;

export function isHolderName(holder: Holder): holder is HolderName {
  return holder in HOLDER_CONTRACTS;
}
