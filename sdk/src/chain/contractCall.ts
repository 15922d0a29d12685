import type { Abi } from "viem";
import { abis } from "../abis.ts";
import { abiOf } from "./abiOf.ts";
import { addressOf } from "./addressOf.ts";
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

/**
 * The contract and function of a call, as viem takes them, with which every error of the suite is known by name.
 *
 * @example
 * const { address } = contractCall(suite, callOf("ConsentRegistry", "withdraw", [consent.id]));
 * expect(address).to.equal(addressOf(suite, "ConsentRegistry"));
 */
export function contractCall(suite: Suite, { contract, address, functionName, args }: Call) {
  const abi: Abi = [...abiOf(contract).filter(({ type }) => type !== "error"), ...ERRORS];
  return { address: address ?? addressOf(suite, contract), abi, functionName, args };
}
