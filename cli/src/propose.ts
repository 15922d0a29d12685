import { numberToHex } from "viem";
import type { BaseError } from "@consilium/sdk";
import {
  addressOf,
  CallRevertedError,
  createProposal,
  encodeCall,
  proposalCall,
  simulateCall,
  type Call,
} from "@consilium/sdk";
import { UsageError } from "./errors.ts";
import { keepFile } from "./keepFile.ts";
import { readProposal } from "./readProposal.ts";
import type { Session } from "./session/Session.ts";
import { tellProposal } from "./tellProposal.ts";

export type ProposeParameters = {
  /** What is proposed, in words. */
  what: string;
  calls: Call[];
  /** File that says what is proposed and why, for all members. */
  text: string;
};

/**
 * Proposes calls that the timelock is to make. Each is tried as if it were made now, and what would be refused is told: it may still
 * pass when its time comes.
 *
 * @throws UsageError for values that a function does not take. Otherwise as `Session.send` and `keepFile`.
 */
export async function propose(session: Session, { what, calls, text }: ProposeParameters): Promise<void> {
  const suite = await session.suite();
  const encoded = calls.map((call) => ({ target: addressOf(suite, call.contract), data: encode(call) }));
  for (const call of calls) await warn(session, call);
  const { hash: textHash, kept } = keepFile(session, text);
  const { address: proposer } = await session.key();
  const proposal = createProposal({ calls: encoded, textHash, proposer });
  const { receipt, result } = await session.send(`Propose: ${what}`, proposalCall("propose", proposal));
  const tell = async () => {
    const id = numberToHex(result as bigint, { size: 32 });
    return tellProposal(session, id, await readProposal(session, id));
  };
  const { data, lines } = session.settings.dryRun ? { data: {}, lines: [] } : await tell();
  session.report({
    data: { ...data, textHash, kept, transaction: receipt?.transactionHash },
    text: [...lines, "Give text and salt to all members, who see the hash alone on the chain."].join("\n"),
  });
}

function encode(call: Call) {
  try {
    return encodeCall(call);
  } catch (cause) {
    throw new UsageError(`${call.contract}.${call.functionName} does not take these values.`, {
      mend: `Hold them against docs/contracts/${call.contract}.md: an address, number or period is out of its bounds.`,
      cause,
    });
  }
}

async function warn(session: Session, call: Call): Promise<void> {
  const suite = await session.suite();
  try {
    await simulateCall(suite, call, addressOf(suite, "TimelockController"));
  } catch (error) {
    if (!(error instanceof CallRevertedError)) throw error;
    const { shortMessage }: BaseError = error;
    session.io.note(`Made now, ${call.contract}.${call.functionName} would be refused. ${shortMessage}`);
  }
}
