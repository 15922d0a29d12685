import type { Address, Hex } from "viem";

/** A proposal as the ConsiliumGovernor takes it at each step; its id is a hash over all of it. */
export interface Proposal {
  targets: readonly Address[];
  /** What each call pays, which is nothing: no contract of the suite takes the chain's own coin. */
  values: readonly bigint[];
  calldatas: readonly Hex[];
  /** `0x<hash>#proposer=0x<address>`, in lower case. */
  description: string;
}

export interface CreateProposalParameters {
  /** At least one. All work together, or none does. */
  calls: readonly { target: Address; data: Hex }[];
  /** Salted hash of a text that the members exchange elsewhere, see `commitDocument`. */
  textHash: Hex;
  /** The seat's holder who sends it, and who alone can cancel it. */
  proposer: Address;
}

/**
 * Draws up a proposal, to be sent by `proposalCall`.
 *
 * @example
 * const call = callOf("HealthPoints", "setReward", [20n]);
 * const calls = [{ target: addressOf(suite, call.contract), data: encodeCall(call) }];
 * const proposal = createProposal({ calls, textHash: HASH, proposer: ANY });
 * expect(proposal.description).to.equal(`${HASH}#proposer=${ANY.toLowerCase()}`);
 */
export function createProposal({ calls, textHash, proposer }: CreateProposalParameters): Proposal {
  return {
    targets: calls.map(({ target }) => target),
    values: calls.map(() => 0n),
    calldatas: calls.map(({ data }) => data),
    description: `${textHash}#proposer=${proposer}`.toLowerCase(),
  };
}
