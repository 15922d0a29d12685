import { call, FREE, type AgentName, type MemberKey, type World } from "./World.ts";

/** Bits of the contracts' AgentRole. */
const ROLES = {
  clinician: 2,
  researcher: 4,
  gateway: 8,
  officer: 16,
  ethicsReviewer: 32,
  legalReviewer: 64,
  supervisor: 128,
} as const;

const AGENTS: { by: "northAdmin" | "southAdmin" | "eastAdmin" | "instituteAdmin"; agent: AgentName; role: number }[] = [
  { by: "northAdmin", agent: "northGateway", role: ROLES.gateway },
  { by: "southAdmin", agent: "southGateway", role: ROLES.gateway },
  { by: "eastAdmin", agent: "eastGateway", role: ROLES.gateway },
  { by: "northAdmin", agent: "northClinician", role: ROLES.clinician },
  { by: "eastAdmin", agent: "eastClinician", role: ROLES.clinician },
  { by: "instituteAdmin", agent: "researcher", role: ROLES.researcher },
  { by: "instituteAdmin", agent: "otherResearcher", role: ROLES.researcher },
  { by: "instituteAdmin", agent: "officer", role: ROLES.officer },
];

/** Appointed by the technology group; the regulator employs them, but one. */
const OFFICIALS: { agent: AgentName; role: number; of?: MemberKey }[] = [
  { agent: "inspector", role: ROLES.officer },
  { agent: "ethicsReviewer", role: ROLES.ethicsReviewer },
  { agent: "legalReviewer", role: ROLES.legalReviewer },
  { agent: "supervisor", role: ROLES.supervisor },
  { agent: "southSupervisor", role: ROLES.supervisor, of: "southHospital" },
];

/** Members name the wallets that act for them, the technology group the reviewers. */
export async function appointAgents(world: World): Promise<void> {
  const { contracts, wallets, consortium } = world;
  const { institutions } = contracts;
  const from = await world.now();
  const until = consortium.members[0]!.accreditation.until;
  await world.actAsGroup(
    "technology",
    ...OFFICIALS.map(({ agent, role, of = "regulator" }) =>
      call(institutions, "appointAgent", [world.member(of), wallets[agent].address, role, from, until]),
    ),
  );
  await world.send(
    ...AGENTS.map(
      ({ by, agent, role }) =>
        () =>
          institutions.connect(wallets[by]).addAgent(wallets[agent], role, from, until, FREE),
    ),
  );
}
