import { WaitForTransactionReceiptTimeoutError } from "viem";
import type { Account, Chain, TransactionReceipt, Transport, WalletClient } from "viem";
import { CallRevertedError, TransactionUnconfirmedError, WalletMissingError } from "../errors.ts";
import { askChain } from "./askChain.ts";
import type { Call } from "./Call.ts";
import { contractCall } from "./contractCall.ts";
import { feesOf } from "./feesOf.ts";
import { simulateCall } from "./simulateCall.ts";
import type { Suite } from "./Suite.ts";

/**
 * Sends a call by the suite's wallet and waits until it is mined. It is tried first, so that what would be refused is not sent.
 *
 * @returns The receipt.
 * @throws WalletMissingError if the suite was opened without an account.
 * @throws CallRevertedError if the contract refuses.
 * @throws TransactionRefusedError if the wallet's holder declines.
 * @throws TransactionUnconfirmedError if it was sent and is not mined in time: look for its hash before sending again.
 * @throws ChainUnavailableError if the chain cannot be reached.
 * @example
 * const receipt = await sendCall(suite, callOf("PatientRegistry", "setAttribute", [researcher, ATTRIBUTE, "0x1234", 86_400n]));
 * expect(receipt.status).to.equal("success");
 */
export async function sendCall(suite: Suite, call: Call): Promise<TransactionReceipt> {
  const wallet = walletOf(suite);
  await simulateCall(suite, call);
  const hash = await askChain(() =>
    wallet.writeContract({
      ...contractCall(suite, call),
      ...feesOf(suite),
    }),
  );
  try {
    const receipt = await suite.client.waitForTransactionReceipt({ hash });
    if (receipt.status === "success") return receipt;
  } catch (error) {
    throw new TransactionUnconfirmedError(hash, error instanceof WaitForTransactionReceiptTimeoutError, error);
  }
  throw new CallRevertedError("what it met when it was mined", [], hash);
}

/** The suite's wallet, if it has one. */
export function walletOf({ wallet }: Suite): WalletClient<Transport, Chain, Account> {
  if (wallet === undefined) throw new WalletMissingError();
  return wallet;
}
