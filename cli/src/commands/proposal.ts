import type { Command } from "commander";
import { Argument } from "commander";
import type { Address, Hex } from "viem";
import {
  abis,
  addressOf,
  callOf,
  PAGE,
  proposalCall,
  readPages,
  VOTES,
  type Call,
  type VoteName,
} from "@consilium/sdk";
import { describeCalls, type CallDescription } from "../describeCalls.ts";
import { proposalStateOf } from "../describeProposal.ts";
import type { Io } from "../Io.ts";
import { keepFile } from "../keepFile.ts";
import { parseProposal } from "../parse/parsers.ts";
import { day } from "../print/day.ts";
import { table } from "../print/table.ts";
import { readProposal, type ReadProposal } from "../readProposal.ts";
import { readEvents } from "../session/readEvents.ts";
import type { Session } from "../session/Session.ts";
import { tellProposal } from "../tellProposal.ts";
import { act } from "./act.ts";
import { addProposalCreateCommands } from "./proposalCreate.ts";

const PROPOSALS = `query Proposals($after: String!) {
  page: proposals(where: { id_gt: $after }, orderBy: id, first: ${PAGE}) {
    id number proposedAt votesFor votesAgainst votesAbstain proposer { id }
  }
}`;

type IndexedProposal = {
  id: Hex;
  number: string;
  proposedAt: string;
  votesFor: string;
  votesAgainst: string;
  votesAbstain: string;
  proposer: { id: Address };
};

/** What all members decide together. */
export function addProposalCommands(program: Command, io: Io): void {
  const proposal = program.command("proposal").description("what all members decide together");

  act(
    proposal.command("list").description("lists proposals, the newest first, from the index, and how each stands"),
    io,
    async (session) => {
      const proposals = await readProposals(session);
      session.print({
        data: { proposals },
        text: table(
          ["Proposal", "Proposed (UTC)", "By", "For, against, abstaining", "State"],
          proposals.map(({ id, proposedAt, proposer, votesFor, votesAgainst, votesAbstain, state }) => {
            return [id, day(Number(proposedAt)), proposer.id, `${votesFor}, ${votesAgainst}, ${votesAbstain}`, state];
          }),
        ),
      });
    },
  );

  const show = proposal
    .command("show")
    .description("shows what a proposal would do, its votes and how it stands, from the chain alone")
    .argument("<proposal>", "id", parseProposal);
  act(show, io, async (session, _options, text) => {
    const id = text as Hex;
    const found = await readProposal(session, id);
    const { data, lines } = await tellProposal(session, id, found);
    const calls = describeCalls(await session.suite(), found.proposal);
    const cast = (await readEvents(session, "ConsiliumGovernor", "VoteCast")).filter(
      ({ args }) => args.proposalId === BigInt(id),
    );
    const ballots = cast.map(({ args: { voter, support, weight, reason } }) => {
      return { voter, vote: nameOf(support), weight, ...(reason !== "" && { reasonHash: reason }) };
    });
    session.print({
      data: {
        ...data,
        description: found.proposal.description,
        calls: calls.map(valuesOf),
        ballots,
      },
      text: [
        ...lines,
        table(
          ["", "Would call"],
          calls.map((call, index) => [index + 1, call.text]),
        ),
        table(
          ["Voter", "Vote", "Votes", "Reason"],
          ballots.map(({ voter, vote, weight, reasonHash = "-" }) => [voter, vote, `${weight}`, reasonHash]),
        ),
      ].join("\n"),
    });
  });

  addProposalCreateCommands(proposal, io);

  const vote = proposal
    .command("vote")
    .description("votes for or against, or abstains, with your seats, once")
    .argument("<proposal>", "id", parseProposal)
    .addArgument(new Argument("<vote>", "what you say").choices(["for", "against", "abstain"]))
    .option("--reason <file>", "why; its salted hash goes on the chain");
  act<{ reason?: string }>(vote, io, async (session, { reason }, text, said) => {
    const id = text as Hex;
    const found = await readProposal(session, id);
    const support = VOTES[said.toUpperCase() as VoteName];
    const { hash: reasonHash, kept } =
      reason === undefined ? { hash: undefined, kept: undefined } : keepFile(session, reason);
    const call =
      reasonHash === undefined
        ? callOf("ConsiliumGovernor", "castVote", [BigInt(id), support])
        : callOf("ConsiliumGovernor", "castVoteWithReason", [BigInt(id), support, reasonHash]);
    await take(session, {
      id,
      found,
      what: `Vote ${said} on proposal ${id}`,
      call,
      data: { vote: said, reasonHash, kept },
    });
  });

  for (const [name, description, what] of [
    ["queue", "hands what was agreed on to the timelock, whose delay begins; anyone may", "Queue"],
    ["execute", "has what was agreed on carried out once the timelock's delay is over; anyone may", "Carry out"],
    ["cancel", "cancels your own proposal before its vote begins", "Cancel"],
  ] as const) {
    const step = proposal.command(name).description(description).argument("<proposal>", "id", parseProposal);
    act(step, io, async (session, _options, text) => {
      const id = text as Hex;
      const found = await readProposal(session, id);
      const call = proposalCall(name, found.proposal);
      await take(session, { id, found, what: `${what} proposal ${id}`, call, data: {} });
    });
  }
}

type Step = { id: Hex; found: ReadProposal; what: string; call: Call; data: Record<string, unknown> };

/** Says how the proposal stands before a step, takes it, and tells what can follow. */
async function take(session: Session, { id, found, what, call, data }: Step): Promise<void> {
  const before = await tellProposal(session, id, found);
  const calls = describeCalls(await session.suite(), found.proposal);
  session.io.note([...before.lines, ...calls.map(({ text }) => `It would call ${text}`)].join("\n"));
  const { receipt } = await session.send(what, call);
  const after = await tellProposal(session, id, await readProposal(session, id));
  session.report({
    data: { ...after.data, ...data, transaction: receipt?.transactionHash },
    text: after.lines.join("\n"),
  });
}

async function readProposals(session: Session) {
  const found = await readPages<IndexedProposal>(
    session.graph(),
    PROPOSALS,
    {},
    { first: "0x", cursor: ({ id }) => id },
  );
  const { client, ...suite } = await session.suite();
  const governor = { address: addressOf(suite, "ConsiliumGovernor"), abi: abis.ConsiliumGovernor } as const;
  const standing = await Promise.all(
    found.map(async (one) => {
      const args = [BigInt(one.number)] as const;
      return {
        ...one,
        state: proposalStateOf(await client.readContract({ ...governor, functionName: "state", args })),
      };
    }),
  );
  return standing.sort((a, b) => Number(b.proposedAt) - Number(a.proposedAt));
}

function valuesOf({ target, data, value, call }: CallDescription) {
  return { target, data, value, call };
}

function nameOf(support: number): string {
  return Object.entries(VOTES)
    .find(([, number]) => number === support)![0]
    .toLowerCase();
}
