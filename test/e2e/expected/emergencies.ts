import { at, isZero, lower, type Chain, type ChainEvent } from "../support/Chain.ts";
import { guardianshipAt, institution, number } from "../support/lookUp.ts";
import { CASE_STATUS, categoriesIn, EMERGENCY_STATUS, snake } from "../support/names.ts";
import { CATEGORIES, VIOLATIONS } from "@consilium/sdk";
import { ONCE, type Question } from "./Question.ts";

const HOUR = 3_600;

type EmergencyFact = Awaited<ReturnType<typeof emergenciesIn>>[number];

/** All emergencies, by the contract's own account and the events beside it. */
export async function emergenciesIn(chain: Chain) {
  const { emergencies } = chain.contracts;
  return Promise.all(
    chain.events("EmergencyOpened").map(async (opened) => {
      const id = lower(opened.args["emergency"]);
      const kept = await emergencies.emergency(id);
      const bound = await emergencies.boundPatient(id);
      const about = (name: string): ChainEvent[] =>
        chain.events(name).filter(({ args }) => lower(args["emergency"]) === id);
      const patient = isZero(opened.args["patient"]) ? bound : (opened.args["patient"] as string);
      return {
        id,
        opened,
        institution: kept.institution,
        clinician: lower(opened.args["by"]),
        patient: isZero(patient) ? null : lower(patient),
        status: EMERGENCY_STATUS[Number(kept.status)]!,
        categories: categoriesIn(kept.categories),
        optedOut: categoriesIn(opened.args["optedOut"] as bigint),
        openedAt: `${kept.openedAt}`,
        until: `${kept.until}`,
        reviewUntil: `${kept.reviewUntil}`,
        reviewed: about("EmergencyReviewed").at(0),
        lapsed: about("EmergencyLapsed").at(0),
        bound: about("EmergencyPatientBound").at(0),
        deliveries: about("EmergencyDeliveryLogged"),
        receipts: about("EmergencyReceiptLogged"),
      };
    }),
  );
}

/** Kind and level of what was handed over. */
export function handedOver({ args }: ChainEvent): { category: string; level: number } {
  const meta = args["meta"] as bigint;
  return {
    category: snake(Object.keys(CATEGORIES)[Number((meta >> 40n) & 0xffn)]!),
    level: Number((meta >> 32n) & 0xffn),
  };
}

/** What an emergency's custodian handed over and its recipient says it got, record by record. */
export async function emergencyAccessesIn(chain: Chain) {
  const accesses = [];
  for (const emergency of await emergenciesIn(chain)) {
    const logs = [...emergency.deliveries, ...emergency.receipts];
    const named = ({ args }: ChainEvent): string => lower(args["batch"]) + lower(args["record"]).slice(2);
    for (const record of new Set(logs.map(named))) {
      const deliveries = emergency.deliveries.filter((event) => named(event) === record);
      const receipts = emergency.receipts.filter((event) => named(event) === record);
      const last = deliveries.at(-1);
      const { custodian } = await chain.contracts.records.batch(record.slice(0, 66));
      const patient = last === undefined ? emergency.patient : lower(last.args["patient"]);
      accesses.push({
        id: emergency.id + record.slice(2),
        emergency,
        patient,
        custodian,
        ...(last === undefined ? { category: null, level: null } : handedOver(last)),
        guardianship: last === undefined ? null : await guardianshipAt(chain, patient, last),
        deliveries,
        receipts,
      });
    }
  }
  return accesses;
}

/** An emergency as the basis of an access. */
export function basisOf({ id, institution: opener, clinician }: EmergencyFact) {
  return { id, clinician: { id: clinician }, institution: number(opener) };
}

export const q8: Question = {
  variables: ({ chain }) => [{ openedBefore: `${chain.now - 48 * HOUR}` }, { openedBefore: "0" }],
  answer: async ({ chain }, { openedBefore }) => {
    const all = await emergenciesIn(chain);
    const institutions = [];
    for (const id of new Set(all.map((one) => one.institution))) {
      institutions.push({
        ...(await institution(chain, id)),
        emergencies: all
          .filter((one) => one.institution === id)
          .map((one) => ({
            id: one.id,
            clinician: { id: one.clinician },
            patient: one.patient === null ? null : { id: one.patient },
            categories: one.categories,
            optedOut: one.optedOut,
            status: one.status,
            openedAt: one.openedAt,
            until: one.until,
            reasonHash: lower(one.opened.args["reasonHash"]),
            reviewedAt: at(one.reviewed),
            reviewedBy: one.reviewed === undefined ? null : lower(one.reviewed.args["by"]),
            deliveries: one.deliveries.length,
            receipts: one.receipts.length,
          })),
      });
    }
    return {
      institutions,
      unreviewed: all
        .filter(({ status, openedAt }) => status === "OPEN" && Number(openedAt) <= Number(openedBefore))
        .map((one) => ({ ...named(one), openedAt: one.openedAt, reviewUntil: one.reviewUntil })),
    };
  },
};

export const q9: Question = {
  variables: ONCE,
  answer: async ({ chain }) => {
    const all = await emergenciesIn(chain);
    const failed = [];
    for (const one of all.filter(({ status }) => ["UNJUSTIFIED", "LAPSED"].includes(status))) {
      const kept = await chain.contracts.supervision.caseOf(one.id);
      failed.push({
        ...named(one),
        status: one.status,
        openedAt: one.openedAt,
        noticedAt: isZero(one.opened.args["patient"]) ? at(one.bound) : one.openedAt,
        reviewedAt: at(one.reviewed),
        reviewedBy: one.reviewed === undefined ? null : lower(one.reviewed.args["by"]),
        reviewReasonHash: one.reviewed === undefined ? null : lower(one.reviewed.args["reasonHash"]),
        lapsedAt: at(one.lapsed),
        deliveries: one.deliveries.length,
        cases: [
          {
            id: one.id,
            violation: VIOLATIONS[Number(kept.violation) - 1],
            status: CASE_STATUS[Number(kept.status)],
            suspendedUntil: `${kept.suspendedUntil}`,
            fine: `${kept.fine}`,
          },
        ],
      });
    }
    return {
      withoutNotice: all
        .filter(({ patient }) => patient === null)
        .map((one) => ({
          ...named(one),
          custodian: number(one.opened.args["custodian"]),
          leaf: lower(one.opened.args["record"]),
          status: one.status,
          openedAt: one.openedAt,
          deliveries: one.deliveries.length,
        })),
      failed,
    };
  },
};

function named({ id, institution: opener, clinician }: EmergencyFact) {
  return { id, institution: number(opener), clinician: { id: clinician } };
}
