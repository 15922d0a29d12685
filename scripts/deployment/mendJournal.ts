import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { HardhatArtifactResolver } from "@nomicfoundation/hardhat-ignition/helpers";
import { status, trackTransaction, wipe } from "@nomicfoundation/ignition-core";
import type { ArtifactManager } from "hardhat/types/artifacts";
import type { EthereumProvider } from "hardhat/types/providers";
import type { Address, Hash } from "viem";
import { DeploymentError } from "../errors.ts";
import { writeWhole } from "./AddressBook.ts";

export type MendJournalParameters = {
  journal: string;
  provider: EthereumProvider;
  artifacts: ArtifactManager;
  deployer: Address;
};

type Message = { type: string; futureId: string; networkInteractionId: number; nonce: number };

/**
 * Makes a journal whole that a killed run left behind.
 *
 * Ignition notes that it is about to send a transaction, sends it, and notes its hash. Killed in between it cannot tell whether the
 * transaction is out; the chain can: if the nonce is used the hash is noted, else the intention is struck out. A last line that
 * was cut off while being written is struck out first: an intention cut off was not acted upon yet, anything else shows on the chain.
 *
 * A step that failed, or never came to send anything, left nothing on the chain, and its parameters may have been mended since: it
 * is forgotten.
 */
export async function mendJournal(parameters: MendJournalParameters): Promise<void> {
  const { journal, artifacts } = parameters;
  const path = join(journal, "journal.jsonl");
  if (!existsSync(path)) return;

  await settleLastLines(path, parameters);
  if (!existsSync(path)) return;

  const { started, failed } = await status(journal);
  const sent = new Set(
    readMessages(path).flatMap(({ type, futureId }) => (type === "TRANSACTION_SEND" ? [futureId] : [])),
  );
  const fruitless = [...started.filter((step) => !sent.has(step)), ...failed.map(({ futureId }) => futureId)];
  for (const step of fruitless) await wipe(journal, new HardhatArtifactResolver(artifacts), step);
}

async function settleLastLines(path: string, { journal, provider, deployer }: MendJournalParameters): Promise<void> {
  const lines = readLines(path);
  if (isTorn(lines.at(-1))) writeLines(path, lines.slice(0, -1));
  if (readLines(path).length === 0) return rmSync(path);

  const open = findUnsent(readMessages(path));
  if (open === undefined) return;
  const { index, nonce } = open;
  if ((await countTransactions(provider, deployer, "pending")) > nonce) {
    await trackTransaction(journal, await findTransaction(provider, deployer, nonce), provider, 1);
  } else {
    writeLines(path, readLines(path).toSpliced(index, 1));
  }
}

function readLines(path: string): string[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

function readMessages(path: string): Message[] {
  return readLines(path).map((line) => JSON.parse(line) as Message);
}

function isTorn(line: string | undefined): boolean {
  if (line === undefined) return false;
  try {
    JSON.parse(line);
    return false;
  } catch {
    return true;
  }
}

function writeLines(path: string, lines: string[]): void {
  writeWhole(path, `${lines.join("\n")}\n`);
}

/** Sending is one by one, so at most the last intention is without its hash. */
function findUnsent(messages: Message[]): { index: number; nonce: number } | undefined {
  const index = messages.findLastIndex(({ type }) => type === "TRANSACTION_PREPARE_SEND");
  const intention = messages[index];
  if (intention === undefined) return undefined;
  const isSent = messages.slice(index + 1).some(({ type, futureId, networkInteractionId }) => {
    return (
      type === "TRANSACTION_SEND" &&
      futureId === intention.futureId &&
      networkInteractionId === intention.networkInteractionId
    );
  });
  return isSent ? undefined : { index, nonce: intention.nonce };
}

/** Among the pending ones, or in the block after which the sender's count passed the nonce. */
async function findTransaction(provider: EthereumProvider, sender: Address, nonce: number): Promise<Hash> {
  const isIt = ({ from, nonce: used }: { from: string; nonce: string }): boolean =>
    from.toLowerCase() === sender.toLowerCase() && Number(used) === nonce;
  const transactionsOf = async (block: string) => {
    const found = (await provider.request({ method: "eth_getBlockByNumber", params: [block, true] })) as {
      transactions: { from: string; nonce: string; hash: Hash }[];
    } | null;
    return found?.transactions ?? [];
  };

  const pending = (await transactionsOf("pending")).find(isIt);
  if (pending !== undefined) return pending.hash;
  let [low, high] = [0, Number(await provider.request({ method: "eth_blockNumber" }))];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await countTransactions(provider, sender, `0x${middle.toString(16)}`)) > nonce) high = middle;
    else low = middle + 1;
  }
  const mined = (await transactionsOf(`0x${low.toString(16)}`)).find(isIt);
  if (mined !== undefined) return mined.hash;
  throw new DeploymentError(`The deployer's transaction with nonce ${nonce} is neither pending nor in a block.`, {
    mend: "Wait until it is in a block, then call this again.",
  });
}

async function countTransactions(provider: EthereumProvider, address: Address, block: string): Promise<number> {
  return Number(await provider.request({ method: "eth_getTransactionCount", params: [address, block] }));
}
