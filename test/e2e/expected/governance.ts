import { PURPOSES } from "@consilium/sdk";
import { at, lower, type Chain, type ChainEvent } from "../support/Chain.ts";
import { number } from "../support/lookUp.ts";
import { reviewsIn } from "../support/names.ts";
import type { Question } from "./Question.ts";

const GROUPS = ["STANDARDS", "TECHNOLOGY", "ETHICS", "SUPERVISION"];
const SUPPORTS = ["AGAINST", "FOR", "ABSTAIN"];

export const q27: Question = {
  variables: () => [{ since: "0" }],
  answer: async ({ chain }) => {
    const manager = (name: string) => chain.events(name).filter(({ contract }) => contract === "AccessManager");
    const timelock = (name: string) => chain.events(name).filter(({ contract }) => contract === "TimelockController");
    const seat = (event: ChainEvent) => ({
      timestamp: at(event),
      institution: number(event.args["institution"]),
      group: GROUPS[Number(event.args["group"])],
      holder: { id: lower(event.args["holder"]) },
      by: lower(event.args["by"]),
    });
    const timelockRole = (event: ChainEvent) => ({
      timestamp: at(event),
      role: lower(event.args["role"]),
      account: lower(event.args["account"]),
      by: lower(event.args["sender"]),
    });
    return {
      ruleSets: await ruleSets(chain),
      thresholds: chain.events("AlertThresholdsChanged").map((event) => ({
        timestamp: at(event),
        maxDenials: Number(event.args["maxDenials"]),
        window: `${event.args["window"]}`,
        suspension: `${event.args["suspension"]}`,
        by: lower(event.args["by"]),
      })),
      sandboxLimits: chain.events("SandboxLimitsChanged").map((event) => ({
        timestamp: at(event),
        maxSubjects: `${event.args["maxSubjects"]}`,
        maxDuration: `${event.args["maxDuration"]}`,
        by: lower(event.args["by"]),
      })),
      rolesGranted: manager("RoleGranted").map((event) => ({
        timestamp: at(event),
        role: { number: `${event.args["roleId"]}` },
        account: lower(event.args["account"]),
        delay: `${event.args["delay"]}`,
      })),
      rolesRevoked: manager("RoleRevoked").map((event) => ({
        timestamp: at(event),
        role: { number: `${event.args["roleId"]}` },
        account: lower(event.args["account"]),
      })),
      timelockRolesGranted: timelock("RoleGranted").map(timelockRole),
      timelockRolesRevoked: timelock("RoleRevoked").map(timelockRole),
      functions: chain.events("TargetFunctionRoleUpdated").map((event) => ({
        timestamp: at(event),
        target: { id: lower(event.args["target"]) },
        selector: lower(event.args["selector"]),
        role: { number: `${event.args["roleId"]}` },
      })),
      authorities: chain.events("AuthorityUpdated").map((event) => ({
        timestamp: at(event),
        target: { id: event.emitter },
        authority: lower(event.args[0]),
      })),
      seatsGranted: chain.events("SeatGranted").map(seat),
      seatsEnded: chain.events("SeatEnded").map(seat),
      proposals: await Promise.all(chain.events("ProposalCreated").map((event) => proposal(chain, event))),
      groupActions: chain.events("ActionProposed").map((event) => groupAction(chain, event)),
      pauses: chain.events("AccessWasPaused").map((event) => ({
        timestamp: at(event),
        until: `${event.args["until"]}`,
        reasonHash: lower(event.args["reasonHash"]),
        by: lower(event.args["by"]),
      })),
      resumptions: chain.events("AccessWasResumed").map((event) => ({
        timestamp: at(event),
        reasonHash: lower(event.args["reasonHash"]),
        by: lower(event.args["by"]),
      })),
    };
  },
};

/** By the contracts' own views, with the times of the events. */
async function ruleSets(chain: Chain) {
  const changes = chain.events("RuleSetChanged");
  const [address, version] = await chain.contracts.broker.ruleSet();
  if (Number(version) !== changes.length || lower(address) !== lower(changes.at(-1)!.args["ruleSet"])) {
    throw new Error("The broker's rules are not those of its last event.");
  }
  return Promise.all(
    changes.map(async (event, index) => {
      const rules = await chain.contracts.ruleSet.attach(event.args["ruleSet"] as string).getFunction("rules")();
      const { levels, prohibitedPurposes, maxGrantDuration } = rules as {
        levels: {
          needsConsent: boolean;
          needsStudy: boolean;
          needsCoreCategory: boolean;
          needsSeparateConsent: boolean;
          reviews: bigint;
        }[];
        prohibitedPurposes: bigint;
        maxGrantDuration: bigint;
      };
      return {
        version: index + 1,
        contract: lower(event.args["ruleSet"]),
        maxGrantDuration: `${maxGrantDuration}`,
        prohibitedPurposes: Object.entries(PURPOSES).flatMap(([name, { bit }]) =>
          (prohibitedPurposes >> BigInt(bit)) & 1n ? [name] : [],
        ),
        since: at(event),
        until: at(changes[index + 1]),
        by: lower(event.args["by"]),
        levels: levels.map(({ needsConsent, needsStudy, needsCoreCategory, needsSeparateConsent, reviews }) => ({
          needsConsent,
          needsStudy,
          needsCoreCategory,
          needsSeparateConsent,
          reviews: reviewsIn(reviews),
        })),
      };
    }),
  );
}

/** Votes and times by the governor's views. */
async function proposal({ contracts, events }: Chain, event: ChainEvent) {
  const id = event.args["proposalId"] as bigint;
  const { governor, seats } = contracts;
  const [votesAgainst, votesFor, votesAbstain] = await governor.proposalVotes(id);
  const found = (name: string) => events(name).find(({ args }) => args["proposalId"] === id);
  const queued = found("ProposalQueued");
  const cast = events("VoteCast").filter(({ args }) => args["proposalId"] === id);
  return {
    number: `${id}`,
    description: event.args["description"] as string,
    proposer: { id: lower(event.args["proposer"]) },
    targets: (event.args["targets"] as string[]).map(lower),
    calldatas: (event.args["calldatas"] as string[]).map(lower),
    proposedAt: at(event),
    voteStart: `${await governor.proposalSnapshot(id)}`,
    voteEnd: `${await governor.proposalDeadline(id)}`,
    votesFor: `${votesFor}`,
    votesAgainst: `${votesAgainst}`,
    votesAbstain: `${votesAbstain}`,
    queuedAt: at(queued),
    readyAt: queued === undefined ? null : `${queued.args["etaSeconds"]}`,
    executedAt: at(found("ProposalExecuted")),
    cancelledAt: at(found("ProposalCanceled")),
    votes: await Promise.all(
      cast.map(async ({ args }) => ({
        voter: {
          id: lower(args["voter"]),
          institution: number(await seats.institutionOf(args["voter"] as string)),
        },
        support: SUPPORTS[Number(args["support"])],
        weight: `${args["weight"]}`,
      })),
    ),
  };
}

function groupAction({ events }: Chain, event: ChainEvent) {
  const { action, group, target, data } = event.args;
  const of = (name: string) => events(name).filter(({ args }) => args["action"] === action);
  const [executed] = of("ActionExecuted");
  return {
    id: lower(action),
    group: GROUPS[Number(group)],
    target: lower(target),
    data: lower(data),
    proposedAt: at(event),
    executedAt: at(executed),
    countedApprovals: executed === undefined ? null : `${executed.args["approvals"]}`,
    countedSeats: executed === undefined ? null : `${executed.args["seats"]}`,
    approvals: of("ActionApproved").map(({ args }) => ({ by: { id: lower(args["by"]) } })),
  };
}
