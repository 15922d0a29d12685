import { VIOLATIONS } from "@consilium/sdk";
import { at, isZero, lower, orNull, type Chain, type ChainEvent } from "../support/Chain.ts";
import { institution, number } from "../support/lookUp.ts";
import { CASE_STATUS } from "../support/names.ts";
import { ONCE, type Question } from "./Question.ts";

const ACTIVE = 1n;

type Suspension = { first: ChainEvent; decisions: ChainEvent[]; reinstated: ChainEvent | undefined };

export const q22: Question = {
  variables: ONCE,
  alwaysEmpty: ["suspendedActs"],
  answer: async ({ chain }) => {
    const suspensions = [];
    for (const { first, decisions, reinstated } of suspensionsIn(chain)) {
      const last = decisions.at(-1)!;
      suspensions.push({
        id: first.id,
        institution: await institution(chain, first.args["institution"]),
        reasonHash: lower(first.args["reasonHash"]),
        by: lower(first.args["by"]),
        from: at(first),
        until: at(reinstated) ?? `${last.args["until"]}`,
        reinstatedAt: at(reinstated),
        reinstatementReasonHash: reinstated === undefined ? null : lower(reinstated.args["reasonHash"]),
        decisions: decisions.map((event) => ({
          timestamp: at(event),
          until: `${event.args["until"]}`,
          reasonHash: lower(event.args["reasonHash"]),
          by: lower(event.args["by"]),
        })),
        acts: [],
      });
    }
    const sanctions = (name: string) =>
      chain.events(name).map(({ timestamp, args }) => ({
        timestamp: `${timestamp}`,
        institution: number(args["institution"]),
        reasonHash: lower(args["reasonHash"]),
        by: lower(args["by"]),
      }));
    return {
      suspensions,
      fines: chain.events("BondSlashed").map(({ args }, index) => ({
        ...sanctions("BondSlashed")[index]!,
        amount: `${args["amount"]}`,
        bond: `${args["bond"]}`,
      })),
      expulsions: sanctions("InstitutionWasExpelled"),
      suspendedActs: await actsOutOfStanding(chain),
      cases: await casesIn(chain),
    };
  },
};

/** A decision while another suspension runs changes that one; else it begins the next. */
function suspensionsIn(chain: Chain): Suspension[] {
  const suspensions: Suspension[] = [];
  const runs = ({ decisions, reinstated }: Suspension, { timestamp }: ChainEvent): boolean =>
    reinstated === undefined && Number(decisions.at(-1)!.args["until"]) > timestamp;
  for (const event of chain.events("InstitutionSuspended", "InstitutionReinstated")) {
    const running = suspensions.find(
      (one) => one.first.args["institution"] === event.args["institution"] && runs(one, event),
    );
    if (event.name === "InstitutionReinstated") running!.reinstated = event;
    else if (running !== undefined) running.decisions.push(event);
    else suspensions.push({ first: event, decisions: [event], reinstated: undefined });
  }
  return suspensions;
}

/** What members did while the registry says that they were not in standing. */
async function actsOutOfStanding({ contracts, events }: Chain): Promise<string[]> {
  const acts = [];
  for (const { id, args, timestamp } of [
    ...events("BatchAnchored", "DeliveryLogged", "KeyRevocationLogged").map((event) => ({ ...event, by: "custodian" })),
    ...events("AccessDecided", "CohortDecided", "ReceiptLogged").map((event) => ({ ...event, by: "institution" })),
    ...events("VerificationFailed", "ViolationReported").map((event) => ({ ...event, by: "reporter" })),
    ...events("EmergencyOpened", "EmergencyReceiptLogged", "ComplaintFiled").map((event) => ({
      ...event,
      by: "institution",
    })),
    ...events("EmergencyDeliveryLogged", "EmergencyPatientBound").map((event) => ({ ...event, by: "custodian" })),
    ...events("EmergencyReviewed").map((event) => ({ ...event, by: "reviewer" })),
    ...events("CaseDecided", "AppealDecided").map((event) => ({ ...event, by: "decider" })),
  ].map(({ by, ...event }) => ({ ...event, args: { actor: event.args[by] as bigint } }))) {
    // Patients, and rules that run by themselves, are no member.
    if (args.actor === 0n) continue;
    if ((await contracts.institutions.standingAt(args.actor, timestamp)) !== ACTIVE) acts.push(id);
  }
  return acts;
}

/** Cases that are decided, by the contract's own account and the events beside it. */
async function casesIn(chain: Chain): Promise<unknown[]> {
  const { supervision, emergencies } = chain.contracts;
  const suspensions = suspensionsIn(chain);
  const cases = [];
  for (const { args } of chain.events("ViolationReported")) {
    const id = lower(args["id"]);
    const kept = await supervision.caseOf(id);
    const about = (name: string): ChainEvent | undefined =>
      chain.events(name).find((event) => lower(event.args["id"]) === id);
    const decided = about("CaseDecided");
    if (decided === undefined) continue;
    const appealed = about("AppealDecided");
    const emergency = await emergencies.emergency(id);
    // What the registry was told last before the decision's own event; it may have been told nothing where a longer one ran.
    const suspension = suspensions.findLast(
      ({ first, decisions, reinstated }) =>
        first.args["institution"] === kept.accused &&
        first.timestamp <= decided.timestamp &&
        Number(decisions.at(-1)!.args["until"]) > decided.timestamp &&
        (reinstated === undefined || reinstated.timestamp > decided.timestamp),
    );
    cases.push({
      id,
      accused: number(kept.accused),
      reporter: kept.reporter === 0n ? null : number(kept.reporter),
      violation: VIOLATIONS[Number(kept.violation) - 1],
      evidenceHash: lower(args["evidenceHash"]),
      complaint: reference(args["complaint"]),
      grant: reference(args["grant"]),
      emergency: emergency.status === 0n ? null : { id },
      status: CASE_STATUS[Number(kept.status)],
      decidedAt: `${kept.decidedAt}`,
      decidedBy: orNull(kept.decidedBy),
      decider: kept.decider === 0n ? null : number(kept.decider),
      reasonHash: lower(decided.args["reasonHash"]),
      suspendedUntil: kept.suspendedUntil === 0n ? null : `${kept.suspendedUntil}`,
      suspension: kept.suspendedUntil === 0n ? null : { id: suspension!.first.id },
      fine: `${kept.fine}`,
      finePaidAt: at(about("FinePaid")),
      fineRefundedAt: at(about("FineRefunded")),
      appealedAt: at(about("CaseAppealed")),
      decideAppealUntil: kept.decideAppealUntil === 0n ? null : `${kept.decideAppealUntil}`,
      appealDecidedAt: at(appealed),
      appealDecidedBy: appealed === undefined ? null : lower(appealed.args["by"]),
      appealReasonHash: appealed === undefined ? null : lower(appealed.args["reasonHash"]),
      appealLapsedAt: at(about("AppealLapsed")),
    });
  }
  return cases;
}

function reference(id: unknown): { id: string } | null {
  return isZero(id) ? null : { id: lower(id) };
}
