import type { Address, Hex } from "viem";
import { signTypedData } from "../signTypedData.ts";
import type { ContractDomain, TypedDataSigner, TypedMessage } from "../signTypedData.ts";

/** What a seat says to a proposal. */
export const VOTES = { AGAINST: 0, FOR: 1, ABSTAIN: 2 } as const;

export type VoteName = keyof typeof VOTES;

/** A vote, with the ConsiliumGovernor's domain. */
export interface VoteParameters extends ContractDomain {
  proposal: bigint;
  vote: VoteName;
  /** The seat's holder. */
  voter: Address;
  /** That of `nonces(voter)`, see `actNonce`. */
  nonce: bigint;
  /** Salted hash of the reason, in lower case; none if left out. */
  reasonHash?: Hex | undefined;
}

/** What `castVoteBySig` takes, or with a reason `castVoteWithReasonAndParamsBySig`. */
export interface SignedVote {
  proposal: bigint;
  vote: VoteName;
  voter: Address;
  reasonHash?: Hex | undefined;
  signature: Hex;
}

const BALLOT = [
  { name: "proposalId", type: "uint256" },
  { name: "support", type: "uint8" },
  { name: "voter", type: "address" },
  { name: "nonce", type: "uint256" },
] as const;

/**
 * Typed data by which a seat's holder votes; those of OpenZeppelin's Governor.
 *
 * @example
 * const typedData = voteTypedData({ chainId: 1, verifyingContract: ANY, proposal: 1n, vote: "FOR", voter: ANY, nonce: 0n });
 * expect(typedData.primaryType).to.equal("Ballot");
 */
export function voteTypedData(parameters: VoteParameters): TypedMessage {
  const { chainId, verifyingContract, proposal, vote, voter, nonce, reasonHash } = parameters;
  const domain = { name: "Consilium Governor", version: "1", chainId, verifyingContract };
  const message = { proposalId: proposal, support: VOTES[vote], voter, nonce };
  if (reasonHash === undefined) return { domain, types: { Ballot: BALLOT }, primaryType: "Ballot", message };
  const types = { ExtendedBallot: [...BALLOT, { name: "reason", type: "string" }, { name: "params", type: "bytes" }] };
  return { domain, types, primaryType: "ExtendedBallot", message: { ...message, reason: reasonHash, params: "0x" } };
}

/**
 * Signs a vote, to be relayed by anyone.
 *
 * @param wallet A viem account or wallet client, or `providerSigner`.
 * @throws SignatureRefusedError, SignerUnavailableError as `signTypedData`.
 * @example
 * const vote = { ...contractDomain(suite, "ConsiliumGovernor"), proposal: 1n, vote: "FOR", voter: account.address, nonce: 0n } as const;
 * const signed = await signVote(account, vote);
 * expect(relayCall("Vote", signed).functionName).to.equal("castVoteBySig");
 */
export async function signVote(wallet: TypedDataSigner, parameters: VoteParameters): Promise<SignedVote> {
  const { proposal, vote, voter, reasonHash } = parameters;
  return { proposal, vote, voter, reasonHash, signature: await signTypedData(wallet, voteTypedData(parameters)) };
}
