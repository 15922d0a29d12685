import type { Address } from "viem";
import { askChain } from "./askChain.ts";
import type { Call } from "./Call.ts";
import { contractCall } from "./contractCall.ts";
import type { Suite } from "./Suite.ts";

/**
 * Tries a call without sending it: the dry run of any act.
 *
 * @param from Who would send it; the suite's wallet unless said.
 * @returns What the function would return.
 * @throws CallRevertedError if it would be refused, with the contract's error and its values.
 * @throws ChainUnavailableError if the chain cannot be reached; trying again may help.
 * @example
 * await simulateCall(suite, callOf("ConsentRegistry", "withdraw", [consent.id]), patient);
 */
export async function simulateCall(suite: Suite, call: Call, from?: Address): Promise<unknown> {
  const account = from ?? suite.wallet?.account;
  const { result } = await askChain<{ result: unknown }>(() =>
    suite.client.simulateContract({ ...contractCall(suite, call), ...(account !== undefined && { account }) }),
  );
  return result;
}
