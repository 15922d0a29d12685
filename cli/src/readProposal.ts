import type { Address, Hex } from "viem";
import { abis, addressOf, type Proposal } from "@consilium/sdk";
import { proposalStateOf, type ProposalStanding } from "./describeProposal.ts";
import { UsageError } from "./errors.ts";
import { readEvents } from "./session/readEvents.ts";
import type { Session } from "./session/Session.ts";

export type ReadProposal = { proposal: Proposal; proposer: Address; standing: ProposalStanding };

/** A proposal from the chain alone. @throws UsageError if nobody proposed it. */
export async function readProposal(session: Session, id: Hex): Promise<ReadProposal> {
  const created = await readEvents(session, "ConsiliumGovernor", "ProposalCreated");
  const found = created.find(({ args }) => args.proposalId === BigInt(id));
  if (found === undefined) {
    throw new UsageError(`There is no proposal ${id}.`, { mend: "See `consilium proposal list`." });
  }
  const { targets, values, calldatas, description, proposer, voteStart, voteEnd } = found.args;
  const times = { voteFrom: Number(voteStart) + 1, voteUntil: Number(voteEnd) };
  return {
    proposal: { targets, values, calldatas, description },
    proposer,
    standing: { ...times, ...(await readStanding(session, id, voteStart)) },
  };
}

async function readStanding(session: Session, id: Hex, voteStart: bigint) {
  const { client, ...suite } = await session.suite();
  const governor = { address: addressOf(suite, "ConsiliumGovernor"), abi: abis.ConsiliumGovernor } as const;
  const number = [BigInt(id)] as const;
  const [state, [against, agreed, abstain], eta] = await Promise.all([
    client.readContract({ ...governor, functionName: "state", args: number }),
    client.readContract({ ...governor, functionName: "proposalVotes", args: number }),
    client.readContract({ ...governor, functionName: "proposalEta", args: number }),
  ]);
  const name = proposalStateOf(state);
  // The seats of a second that has not come cannot be counted.
  const quorum = ["pending", "cancelled"].includes(name)
    ? undefined
    : await client.readContract({ ...governor, functionName: "quorum", args: [voteStart] });
  return { state: name, votes: { for: agreed, against, abstain }, quorum, executableFrom: Number(eta) };
}
