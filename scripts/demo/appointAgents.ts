import { AGENT_ROLES } from "@consilium/sdk";
import { call, FREE, type AgentName, type MemberKey, type World } from "./World.ts";

const AGENTS: { by: "northAdmin" | "southAdmin" | "eastAdmin" | "instituteAdmin"; agent: AgentName; role: number }[] = [
  { by: "northAdmin", agent: "northGateway", role: AGENT_ROLES.gateway },
  { by: "southAdmin", agent: "southGateway", role: AGENT_ROLES.gateway },
  { by: "eastAdmin", agent: "eastGateway", role: AGENT_ROLES.gateway },
  { by: "northAdmin", agent: "northClinician", role: AGENT_ROLES.clinician },
  { by: "eastAdmin", agent: "eastClinician", role: AGENT_ROLES.clinician },
  { by: "instituteAdmin", agent: "researcher", role: AGENT_ROLES.researcher },
  { by: "instituteAdmin", agent: "otherResearcher", role: AGENT_ROLES.researcher },
  { by: "instituteAdmin", agent: "officer", role: AGENT_ROLES.officer },
];

/** Appointed by the technology group; the regulator employs them, but one. */
const OFFICIALS: { agent: AgentName; role: number; of?: MemberKey }[] = [
  { agent: "inspector", role: AGENT_ROLES.officer },
  { agent: "ethicsReviewer", role: AGENT_ROLES.ethicsReviewer },
  { agent: "legalReviewer", role: AGENT_ROLES.legalReviewer },
  { agent: "supervisor", role: AGENT_ROLES.supervisor },
  { agent: "southSupervisor", role: AGENT_ROLES.supervisor, of: "southHospital" },
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
