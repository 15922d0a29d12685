import type { Address, Hex } from "viem";
import { rebuildCohort, type GrantMember } from "@consilium/sdk";
import { readPublished, type RecordReference } from "./findRecord.ts";
import { readEvents } from "./session/readEvents.ts";
import type { Session } from "./session/Session.ts";

export type PatientOf = (member: { consent: Hex; record: Hex }) => Address | undefined;

/** Whose a cohort's record is, which its events do not say: by the consent, or by one of the records known. */
export async function readPatientOf(session: Session, known: RecordReference[]): Promise<PatientOf> {
  const consents = await readEvents(session, "ConsentRegistry", "ConsentGiven");
  const patients = new Map(consents.map(({ args }) => [args.consent, args.patient]));
  const owners = new Map(known.map(({ leaf, record }) => [leaf, record.patient]));
  return ({ consent, record }) => patients.get(consent) ?? owners.get(record);
}

/** The members granted to a cohort's request, with their proofs, and the block of the decision; undefined if there is no such request. */
export async function readCohort(
  session: Session,
  request: Hex,
): Promise<{ members: GrantMember[]; decidedIn: bigint } | undefined> {
  const [decided] = await readEvents(session, "AccessBroker", "CohortDecided", { request });
  if (decided === undefined) return undefined;
  const parts = (await readEvents(session, "AccessBroker", "CohortMembersGranted", { request })).map(
    ({ args }) => args,
  );
  const patientOf = await readPatientOf(session, await readPublished(session));
  const members = parts.length === 0 ? [] : rebuildCohort({ ...decided.args, parts, patientOf });
  return { members, decidedIn: decided.blockNumber };
}
