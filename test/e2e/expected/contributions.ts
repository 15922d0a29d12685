import { VIOLATIONS } from "@consilium/sdk";
import { at, lower, type Chain, type ChainEvent } from "../support/Chain.ts";
import { institution, number } from "../support/lookUp.ts";
import { CASE_STATUS } from "../support/names.ts";
import type { Question } from "./Question.ts";

const FIELDS = ["delivery", "acceptance", "publication", "cap", "deduction", "deductionPerDay"] as const;

export const q28: Question = {
  variables: ({ chain }) =>
    chain.events("InstitutionAdmitted").map(({ args }) => ({
      institution: `0x${Number(args["institution"]).toString(16).padStart(8, "0")}`,
    })),
  answer: async ({ chain, requests }, variables) => {
    const member = BigInt(variables["institution"] as string);
    const { broker, records, contributions } = chain.contracts;
    const about = (name: string, field: "custodian" | "accused"): ChainEvent[] =>
      chain.events(name).filter(({ args }) => args[field] === member);
    const credits = about("ContributionCredited", "custodian");
    const deductions = about("PointsDeducted", "accused");
    const { earned, deducted } = await contributions.pointsOf(member);

    const credited = [];
    for (const event of credits) {
      const { args } = event;
      const [grant, batch, leaf] = ["grant", "batch", "record"].map((field) => lower(args[field])) as [
        `0x${string}`,
        `0x${string}`,
        `0x${string}`,
      ];
      const { deliveries, id } = requests
        .flatMap(({ accesses }) => accesses)
        .find((access) => access.request.id === grant && access.batch === batch && access.leaf === leaf)!;
      const anchored = await records.batch(batch);
      credited.push({
        ...when(event),
        recipient: number((await broker.grant(grant)).institution),
        access: {
          id,
          request: { id: grant },
          deliveryLogs: deliveries.map((delivery) => ({
            id: delivery.id,
            timestamp: at(delivery),
            by: lower(delivery.args["by"]),
          })),
        },
        batch: { id: batch, anchoredAt: `${anchored.anchoredAt}` },
        // All that the story delivers was anchored in standing.
        accepted: !credits.slice(0, credits.indexOf(event)).some((other) => lower(other.args["record"]) === leaf),
        published: anchored.published,
        points: `${args["points"]}`,
        earned: `${args["earned"]}`,
        stars: Number(args["stars"]),
      });
    }
    const changed = credits.length + deductions.length > 0;
    return {
      contribution: changed
        ? {
            institution: await institution(chain, member),
            earned: `${earned}`,
            deducted: `${deducted}`,
            stars: Number(await contributions.ratingOf(member)),
            deliveries: credits.length,
            accepted: credited.filter(({ accepted }) => accepted).length,
          }
        : null,
      credits: credited,
      deductions: await casesOf(chain, deductions, ({ violation, status, decidedAt, suspendedUntil }) => ({
        violation: VIOLATIONS[Number(violation) - 1],
        status: CASE_STATUS[Number(status)],
        decidedAt: `${decidedAt}`,
        suspendedUntil: suspendedUntil === 0n ? null : `${suspendedUntil}`,
      })),
      restorations: await casesOf(chain, about("PointsRestored", "accused"), ({ status }, id) => ({
        status: CASE_STATUS[Number(status)],
        appealDecidedAt: at(chain.events("AppealDecided").find(({ args }) => lower(args["id"]) === id)),
      })),
      rules: chain.events("ContributionRulesChanged").map(({ args, timestamp }) => {
        const rules = args["rules"] as Record<(typeof FIELDS)[number], bigint> & { thresholds: bigint[] };
        return {
          timestamp: `${timestamp}`,
          ...Object.fromEntries(FIELDS.map((field) => [field, `${rules[field]}`])),
          thresholds: [...rules.thresholds].map(String),
          by: lower(args["by"]),
        };
      }),
    };
  },
};

type Kept = Awaited<ReturnType<Chain["contracts"]["supervision"]["caseOf"]>>;

/** What changed by cases, beside what Supervision keeps of each. */
async function casesOf(chain: Chain, changes: ChainEvent[], facts: (kept: Kept, id: string) => object) {
  const cases = [];
  for (const event of changes) {
    const { args } = event;
    const id = lower(args["id"]);
    const { points } = await chain.contracts.contributions.deductionOf(id);
    cases.push({
      ...when(event),
      case_: { id, ...facts(await chain.contracts.supervision.caseOf(id), id) },
      points: `${points}`,
      deducted: `${args["deducted"]}`,
      stars: Number(args["stars"]),
    });
  }
  return cases;
}

function when(event: ChainEvent) {
  return { timestamp: at(event), transaction: event.transaction };
}
