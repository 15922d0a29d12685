import { keccak256, stringToBytes } from "viem";
import { callOf } from "../chain/Call.ts";
import type { Call } from "../chain/Call.ts";
import type { Proposal } from "./createProposal.ts";

/**
 * The call by which a proposal takes a step: `propose` by its proposer, `cancel` by the same until the vote begins, `queue` by anyone once
 * it is agreed on, `execute` by anyone once the timelock's delay is over.
 *
 * @example
 * const call = callOf("HealthPoints", "setReward", [20n]);
 * const calls = [{ target: addressOf(suite, call.contract), data: encodeCall(call) }];
 * const proposal = createProposal({ calls, textHash: HASH, proposer: ANY });
 * expect(proposalCall("queue", proposal).args[0]).to.deep.equal(proposal.targets);
 */
export function proposalCall(step: "propose" | "cancel" | "queue" | "execute", proposal: Proposal): Call {
  const { targets, values, calldatas, description } = proposal;
  if (step === "propose") return callOf("ConsiliumGovernor", step, [targets, values, calldatas, description]);
  const descriptionHash = keccak256(stringToBytes(description));
  return callOf("ConsiliumGovernor", step, [targets, values, calldatas, descriptionHash]);
}
