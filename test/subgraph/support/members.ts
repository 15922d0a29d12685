import type { Emitted } from "./encodeEvent.ts";
import { emit, hash, T, wallet, YEAR } from "./values.ts";

/** Numbers of the members that `admitted` admits. */
export const HOSPITAL = 1;
export const INSTITUTE = 2;
export const REGULATOR = 3;

export const OPERATOR = wallet("operator");
export const GATEWAY = wallet("gateway");
export const RESEARCHER = wallet("researcher");
export const CLINICIAN = wallet("clinician");
export const INSPECTOR = wallet("inspector");
export const ETHICS_REVIEWER = wallet("ethics reviewer");

/** Masks of roles. */
const ROLE = { clinician: 2, researcher: 4, gateway: 8, officer: 16, ethicsReviewer: 32 };

/** A hospital, a research institute and a regulator, accredited for a year, with their agents. */
export function admitted(): Emitted[] {
  return [
    admit(HOSPITAL, 1),
    admit(INSTITUTE, 5),
    admit(REGULATOR, 6),
    agent(HOSPITAL, GATEWAY, ROLE.gateway),
    agent(HOSPITAL, CLINICIAN, ROLE.clinician),
    agent(INSTITUTE, RESEARCHER, ROLE.researcher),
    agent(REGULATOR, INSPECTOR, ROLE.officer),
    agent(REGULATOR, ETHICS_REVIEWER, ROLE.ethicsReviewer),
  ];
}

/** A member of a kind by its number on the chain, in region 0. */
function admit(institution: number, kind: number): Emitted {
  const description = hash(`description ${institution}`);
  return emit(
    "InstitutionRegistry",
    "InstitutionAdmitted",
    institution,
    kind,
    0,
    true,
    T,
    T + YEAR,
    description,
    OPERATOR,
  );
}

function agent(institution: number, account: string, roles: number): Emitted {
  return emit("InstitutionRegistry", "AgentAdded", institution, account, roles, T, T + YEAR, OPERATOR);
}
