import { isAddressEqual, type Address } from "viem";
import { abis } from "../abis.ts";
import type { ContractName, Suite } from "./Suite.ts";

/**
 * Which of the suite's contracts is at an address.
 *
 * @returns undefined if none is.
 * @example
 * expect(contractAt(suite, addressOf(suite, "AccessBroker"))).to.equal("AccessBroker");
 */
export function contractAt({ addresses }: Pick<Suite, "addresses">, address: Address): ContractName | undefined {
  return (Object.keys(abis) as ContractName[]).find((name) => {
    const known = addresses[name];
    return known !== undefined && isAddressEqual(known, address);
  });
}
