import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { HardhatArtifactResolver } from "@nomicfoundation/hardhat-ignition/helpers";
import { status, trackTransaction, wipe } from "@nomicfoundation/ignition-core";
import type { ArtifactManager } from "hardhat/types/artifacts";
import type { EthereumProvider } from "hardhat/types/providers";
import { getAddress, type Address, type Hash, type Hex } from "viem";
import { DeploymentError } from "../errors.ts";
import { writeWhole } from "./AddressBook.ts";

export type MendJournalParameters = {
  journal: string;
  provider: EthereumProvider;
  artifacts: ArtifactManager;
  deployer: Address;
};

/** A line of the journal, as far as it matters here. */
type Message = {
  type: string;
  futureId: string;
  networkInteractionId: number;
  nonce: number;
  hash?: Hash;
  transaction?: { hash: Hash };
};

type RpcReceipt = {
  blockHash: Hash;
  blockNumber: Hex;
  contractAddress: Address | null;
  status: Hex;
  logs: { address: Address; data: Hex; logIndex: Hex; topics: Hex[] }[];
};

/**
 * Makes a journal whole that a killed run left behind.
 *
 * Ignition notes that it is about to send a transaction, sends it, and notes its hash. Killed in between it cannot tell whether the
 * transaction is out; the chain can: if the nonce is used the hash is noted, else the intention is struck out. A last line that
 * was cut off while being written is struck out first: an intention cut off was not acted upon yet, anything else shows on the chain.
 *
 * Whatever is out is waited for, and its receipt noted: Ignition loses count of the nonces when it resumes with an earlier transaction
 * unconfirmed and a later one confirmed.
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
  const fruitless = failed.map(({ futureId }) => futureId);
  for (const step of started) {
    const sent = findSent(readMessages(path), step);
    if (sent === undefined) fruitless.push(step);
    else await noteReceipt(path, sent, parameters);
  }
  for (const step of fruitless) await wipe(journal, new HardhatArtifactResolver(artifacts), step);
  await mendAddresses(journal);
}

/** Ignition adds to its list of addresses by writing it anew in place, so that a killed run may leave half of it. */
async function mendAddresses(journal: string): Promise<void> {
  const path = join(journal, "deployed_addresses.json");
  if (!existsSync(path) || !isTorn(readFileSync(path, "utf8"))) return;
  const { contracts } = await status(journal);
  const addresses = Object.entries(contracts).map(([step, { address }]) => [step, address]);
  writeWhole(path, JSON.stringify(Object.fromEntries(addresses), null, 2));
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

function isTorn(json: string | undefined): boolean {
  if (json === undefined) return false;
  try {
    JSON.parse(json);
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

/** The transaction that a step sent last, and that no receipt is noted of yet. */
function findSent(messages: Message[], step: string): Message | undefined {
  const own = messages.filter(({ futureId }) => futureId === step);
  return own
    .slice(own.findLastIndex(({ type }) => type === "WIPE_APPLY") + 1)
    .findLast(({ type }) => type === "TRANSACTION_SEND");
}

/** Waits until the transaction is in a block. One that the node has lost is left to Ignition, which sends it anew. */
async function noteReceipt(path: string, sent: Message, { provider }: MendJournalParameters): Promise<void> {
  const { futureId, networkInteractionId, transaction } = sent;
  const { hash } = transaction!;
  if (readMessages(path).some((message) => message.type === "TRANSACTION_CONFIRM" && message.hash === hash)) return;

  const ask = (method: string) => provider.request({ method, params: [hash] });
  let receipt: RpcReceipt | null;
  while ((receipt = (await ask("eth_getTransactionReceipt")) as RpcReceipt | null) === null) {
    if ((await ask("eth_getTransactionByHash")) === null) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { blockHash, blockNumber, contractAddress, logs } = receipt;
  const isSuccess = Number(receipt.status) === 1;
  const noted = {
    blockHash,
    blockNumber: Number(blockNumber),
    ...(isSuccess && contractAddress !== null && { contractAddress: getAddress(contractAddress) }),
    logs: logs.map(({ address, data, logIndex, topics }) => ({ address, data, logIndex: Number(logIndex), topics })),
    status: isSuccess ? "SUCCESS" : "FAILURE",
  };
  const message = { type: "TRANSACTION_CONFIRM", futureId, networkInteractionId, hash, receipt: noted };
  writeLines(path, [...readLines(path), JSON.stringify(message)]);
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
