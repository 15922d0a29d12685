import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { BaseContract } from "ethers";
import type { Hex } from "viem";
import { ethers, networkHelpers, type Governed } from "../fixtures/consilium.ts";
import type { WorkingGroup } from "../../types/index.ts";

const { time } = networkHelpers;

export const HOUR = 3_600;
export const DAY = 24 * HOUR;
/** As config/demo sets them. */
export const VOTING_DELAY = 24 * HOUR;
export const VOTING_PERIOD = 168 * HOUR;
export const TIMELOCK_DELAY = 48 * HOUR;

export const Group = { STANDARDS: 0, TECHNOLOGY: 1, ETHICS: 2, SUPERVISION: 3 } as const;
export const Vote = { AGAINST: 0, FOR: 1, ABSTAIN: 2 } as const;
export const State = { PENDING: 0n, ACTIVE: 1n, CANCELED: 2n, DEFEATED: 3n, SUCCEEDED: 4n, QUEUED: 5n, EXECUTED: 7n };

/** One bit for each state, as GovernorUnexpectedProposalState names those that would do. */
export function states(...expected: bigint[]): Hex {
  return ethers.toBeHex(
    expected.reduce((mask, state) => mask | (1n << state), 0n),
    32,
  ) as Hex;
}

type Signer = HardhatEthersSigner;

export type Call = { target: BaseContract; data: string };

export type Proposal = {
  id: bigint;
  arguments: readonly [targets: string[], values: bigint[], calldatas: string[], descriptionHash: string];
  /** Times of its way, unix seconds. */
  snapshot: number;
  deadline: number;
};

let texts = 0;

/** What stands for a proposal's text: its hash, and who may propose it. */
export function proposalText(proposer: Signer): string {
  return `${ethers.id(`text ${++texts}`)}#proposer=${proposer.address.toLowerCase()}`;
}

export async function propose({ governor }: Governed, by: Signer, calls: Call[]): Promise<Proposal> {
  const targets = await Promise.all(calls.map(({ target }) => target.getAddress()));
  const values = calls.map(() => 0n);
  const calldatas = calls.map(({ data }) => data);
  const text = proposalText(by);
  await governor.connect(by).propose(targets, values, calldatas, text);
  const rest = [targets, values, calldatas, ethers.id(text)] as const;
  const id = await governor.getProposalId(...rest);
  const snapshot = Number(await governor.proposalSnapshot(id));
  return { id, arguments: rest, snapshot, deadline: Number(await governor.proposalDeadline(id)) };
}

/** Has wallets vote for a proposal from its first second on. */
export async function voteFor({ governor }: Governed, { id, snapshot }: Proposal, voters: Signer[]): Promise<void> {
  await time.increaseTo(snapshot + 1);
  for (const voter of voters) await governor.connect(voter).castVote(id, Vote.FOR);
}

/** Proposes, votes with all of the first three members, queues, waits and executes. */
export async function decideByVote(suite: Governed, calls: Call[]): Promise<Proposal> {
  const { governor, signers } = suite;
  const proposal = await propose(suite, signers.northAdmin, calls);
  await voteFor(suite, proposal, [signers.northAdmin, signers.southAdmin, signers.instituteAdmin]);
  await time.increaseTo(proposal.deadline + 1);
  await governor.connect(signers.relayer).queue(...proposal.arguments);
  await time.increase(TIMELOCK_DELAY);
  await governor.connect(signers.relayer).execute(...proposal.arguments);
  return proposal;
}

let salts = 0;

/** A call with a salt of its own, as a working group names it. */
export async function groupAction(group: WorkingGroup, { target, data }: Call) {
  const action = [await target.getAddress(), data, ethers.toBeHex(++salts, 32)] as const;
  return { action, id: await group.actionId(...action) };
}

/** Has a group act: the first proposes, the others approve, and the last executes. */
export async function actAsGroup(group: WorkingGroup, members: Signer[], call: Call) {
  const { action, id } = await groupAction(group, call);
  const [first, ...others] = members;
  await group.connect(first).propose(...action);
  for (const other of others) await group.connect(other).approve(id);
  return group.connect(members.at(-1)).execute(...action);
}
