import { isAddressEqual } from "viem";
import type { Address, Hex } from "viem";
import { callOf, categoryNumber, decodeRecordMeta, ofPatient, rebuildCohort, rebuildGrant } from "@consilium/sdk";
import type { Call, GrantMember } from "@consilium/sdk";
import { readPublished } from "./findRecord.ts";
import type { RecordReference } from "./findRecord.ts";
import { readPatientOf } from "./readCohort.ts";
import { readEvents } from "./session/readEvents.ts";
import type { Session } from "./session/Session.ts";

/** The contracts' Decision. */
const APPROVED = 1;
/** The contracts' UnitRule. */
const CATEGORY = 2;

/** What a grant of the patient's may bring; revenue comes only to a grant that was enrolled before the deposit. */
export type Claimable = { what: "points" | "revenue"; grant: Hex; call: Call; enrolment?: Call };

/**
 * Every claim that a patient's grants could support.
 *
 * @param shown Records that no custodian published, by which their categories can be enrolled.
 */
export async function readClaimable(
  session: Session,
  patient: Address,
  shown: RecordReference[],
): Promise<Claimable[]> {
  const opened = await readEvents(session, "RevenueSplitter", "AgreementOpened");
  const records = [...shown, ...(await readPublished(session))];
  const granted = await readGrants(session, patient, records);
  const claims = granted.map(({ grant, member, proof }): Claimable => {
    return { what: "points", grant, call: callOf("HealthPoints", "claim", [grant, member, proof]) };
  });
  for (const { agreement, study, unitRule } of opened.map(({ args }) => args)) {
    const entitling = granted.filter(({ member }) => member.study === study);
    if (unitRule === CATEGORY) claims.push(...(await ofCategories(session, agreement, patient, entitling, records)));
    else claims.push(...entitling.map((entitlement) => ofGrant(agreement, entitlement)));
  }
  return claims;
}

function ofGrant(agreement: Hex, entitlement: GrantMember): Claimable & { enrolment: Call } {
  const values = [agreement, entitlement] as const;
  const [call, enrolment] = [callOf("RevenueSplitter", "claim", values), callOf("RevenueSplitter", "enroll", values)];
  return { what: "revenue", grant: entitlement.grant, call, enrolment };
}

/** Claims are made by the record that stands for its category; of each other category one record is to be enrolled. */
async function ofCategories(
  session: Session,
  agreement: Hex,
  patient: Address,
  entitling: GrantMember[],
  records: RecordReference[],
): Promise<Claimable[]> {
  const enrolled = (await readEvents(session, "RevenueSplitter", "CategoryEnrolled", { agreement, patient })).map(
    ({ args }) => args,
  );
  const known = new Set(enrolled.map(({ category }) => category));
  return entitling.flatMap((entitlement): Claimable[] => {
    const { grant, member } = entitlement;
    const { call } = ofGrant(agreement, entitlement);
    const stands = enrolled.some(
      (of) => of.grant === grant && of.batch === member.batch && of.record === member.record,
    );
    const record = records.find(({ leaf }) => leaf === member.record)?.record;
    if (stands || record === undefined) return [{ what: "revenue", grant, call }];
    const category = categoryNumber(decodeRecordMeta(record.meta).category);
    if (known.has(category)) return [];
    known.add(category);
    const enrolment = callOf("RevenueSplitter", "enrollCategories", [agreement, [entitlement], [record]]);
    return [{ what: "revenue", grant, call, enrolment }];
  });
}

async function readGrants(session: Session, patient: Address, records: RecordReference[]): Promise<GrantMember[]> {
  const singles = (await readEvents(session, "AccessBroker", "AccessDecided", { patient }))
    .filter(({ args }) => args.decision === APPROVED)
    .map(({ args }) => rebuildGrant(args));

  const patientOf = await readPatientOf(session, records);
  const members = await readEvents(session, "AccessBroker", "CohortMembersGranted");
  const cohorts = (await readEvents(session, "AccessBroker", "CohortDecided")).flatMap(({ args }) => {
    const parts = members.filter((one) => one.args.request === args.request).map((one) => one.args);
    const isTheirs = parts.some(({ consents: of, records: leaves }) =>
      leaves.some((record, index) => {
        const whose = patientOf({ consent: of[index]!, record });
        return whose !== undefined && isAddressEqual(whose, patient);
      }),
    );
    return isTheirs ? ofPatient(rebuildCohort({ ...args, parts, patientOf }), patient) : [];
  });
  return [...singles, ...cohorts];
}
