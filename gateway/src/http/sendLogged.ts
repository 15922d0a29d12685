import { BaseError as ViemError, getContractError, isHex, size, type Hex } from "viem";
import {
  addressOf,
  askChain,
  CallRevertedError,
  contractCall,
  encodeCall,
  feesOf,
  simulateCall,
  TransactionUnconfirmedError,
  WalletMissingError,
  type Call,
  type Suite,
} from "@consilium/sdk";
import type { Turns } from "./Turns.ts";

export interface SendLoggedParameters {
  suite: Suite;
  /** One at a time: a transaction's nonce is the number of those sent before it. Receipts are waited for side by side. */
  turns: Turns;
  call: Call;
  /** How long to wait for the receipt. */
  seconds: number;
}

/**
 * Sends a call by the gateway's wallet and waits until it is mined with success.
 *
 * @returns The transaction's hash.
 * @throws CallRevertedError if the contract refuses, before the transaction is sent or when it is mined.
 * @throws TransactionUnconfirmedError if it was sent, and what became of it is not known in time.
 * @throws ChainUnavailableError if the chain cannot be reached before it is sent.
 */
export async function sendLogged({ suite, turns, call, seconds }: SendLoggedParameters): Promise<Hex> {
  const { client, wallet } = suite;
  if (wallet === undefined) throw new WalletMissingError();
  const transaction = { to: addressOf(suite, call.contract), data: encodeCall(call), ...feesOf(suite) };
  let hash: Hex;
  try {
    hash = await turns.take(() => askChain(() => wallet.sendTransaction(transaction)));
  } catch (error) {
    // Its gas is estimated before it is sent, which fails where the contract refuses; trying it says why.
    if (error instanceof ViemError) {
      await simulateCall(suite, call);
      // The latest block would still take it, and the next one not any more: then only the node's own answer says why.
      await throwRevert(suite, call, error);
    }
    throw error;
  }
  const receipt = await client.waitForTransactionReceipt({ hash, timeout: seconds * 1_000 }).catch((error: unknown) => {
    throw new TransactionUnconfirmedError(hash, true, error);
  });
  if (receipt.status === "success") return hash;
  await simulateCall(suite, call);
  throw new CallRevertedError("what it met when it was mined", [], hash);
}

/** Throws what the contract said, if the node's answer bears it; whatever else ails a node is no refusal. */
async function throwRevert(suite: Suite, call: Call, error: ViemError): Promise<void> {
  const { data } = { ...error.walk((cause) => (cause as Answer).data !== undefined) } as Answer;
  const bytes = isHex(data) ? data : (data as Answer | undefined)?.data;
  if (!isHex(bytes) || size(bytes) < 4) return;
  const reverted = getContractError(error, contractCall(suite, call));
  await askChain(() => Promise.reject(reverted as ViemError));
}

/** A node's, with what the contract returned, or one level deeper with what else the node tells. */
type Answer = { data?: unknown };
