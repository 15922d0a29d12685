import type { Abi, Address } from "viem";
import { abis } from "../abis.ts";
import { addressOf } from "./addressOf.ts";
import { askChain } from "./askChain.ts";
import type { Call } from "./Call.ts";
import type { Suite } from "./Suite.ts";

/** The errors of all contracts, since one may pass on another's. */
const ERRORS: Abi = [
  ...new Map(
    Object.values(abis)
      .flatMap((abi): Abi => abi)
      .filter(({ type }) => type === "error")
      .map((error) => [JSON.stringify(error), error]),
  ).values(),
];

/** The contract and function of a call, as viem takes them, with which every error of the suite is known by name. */
export function contractCall(suite: Suite, { contract, functionName, args }: Call) {
  const abi: Abi = [...(abis[contract] as Abi).filter(({ type }) => type !== "error"), ...ERRORS];
  return { address: addressOf(suite, contract), abi, functionName, args };
}

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
