import type { Hex } from "viem";
import { day } from "./print/day.ts";

/** OpenZeppelin's ProposalState. */
const STATES = [
  ...["pending", "active", "cancelled", "defeated"],
  ...["succeeded", "queued", "expired", "executed"],
] as const;

export type ProposalState = (typeof STATES)[number];

export function proposalStateOf(state: number): ProposalState {
  return STATES[state]!;
}

/** How a proposal stands by the chain; times in unix seconds. */
export type ProposalStanding = {
  state: ProposalState;
  /** First and last second of the vote. */
  voteFrom: number;
  voteUntil: number;
  votes: { for: bigint; against: bigint; abstain: bigint };
  /** Votes for and abstaining that are needed; undefined before the vote. */
  quorum: bigint | undefined;
  /** First second at which it can be executed; 0 before it is queued. */
  executableFrom: number;
};

/** In words how a proposal stands at a second, and each step that is possible from when on, by whom. */
export function describeProposal(
  id: Hex,
  { state, voteFrom, voteUntil, votes, quorum, executableFrom }: ProposalStanding,
  now: number,
): { told: string; next: string[] } {
  const counted = `${votes.for} for, ${votes.against} against, ${votes.abstain} abstaining; for and abstaining must be ${quorum} at least.`;
  const queue = `consilium proposal queue ${id}`;
  const execute = `consilium proposal execute ${id}`;
  switch (state) {
    case "pending":
      return {
        told: "It waits for its vote.",
        next: [
          `From ${day(voteFrom)} to ${day(voteUntil)} seats vote: consilium proposal vote ${id} for`,
          `Before ${day(voteFrom)} its proposer can cancel it: consilium proposal cancel ${id}`,
        ],
      };
    case "active":
      return {
        told: `It is voted on: ${counted}`,
        next: [
          `Until ${day(voteUntil)} seats vote: consilium proposal vote ${id} for`,
          `After that, if it is agreed on, anyone queues it: ${queue}`,
        ],
      };
    case "defeated":
      return { told: `It is not agreed on: ${counted}`, next: [] };
    case "succeeded":
      return { told: `It is agreed on: ${counted}`, next: [`Anyone queues it with the timelock: ${queue}`] };
    case "queued":
      return now < executableFrom
        ? {
            told: "It is agreed on, and waits in the timelock.",
            next: [`From ${day(executableFrom)} on anyone: ${execute}`],
          }
        : { told: "It is agreed on, and its delay is over.", next: [`Anyone has it carried out: ${execute}`] };
    case "executed":
      return { told: "It is carried out.", next: [] };
    case "cancelled":
      return { told: "It is cancelled.", next: [] };
    case "expired":
      return { told: "It has expired.", next: [] };
  }
}
