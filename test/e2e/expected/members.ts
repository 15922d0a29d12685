import { at, lower, type Chain, type ChainEvent } from "../support/Chain.ts";
import { institution, number } from "../support/lookUp.ts";
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
    ...events("VerificationFailed").map((event) => ({ ...event, by: "reporter" })),
  ].map(({ by, ...event }) => ({ ...event, args: { actor: event.args[by] as bigint } }))) {
    if ((await contracts.institutions.standingAt(args.actor, timestamp)) !== ACTIVE) acts.push(id);
  }
  return acts;
}
