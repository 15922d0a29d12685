import type { Address } from "viem";
import { ContractMissingError } from "../errors.ts";
import type { Call } from "./Call.ts";
import type { Suite } from "./Suite.ts";

/**
 * The address of one of the suite's contracts.
 *
 * @throws ContractMissingError if the address book has none of that name.
 * @example
 * const broker = addressOf(suite, "AccessBroker");
 * expect(broker).to.match(/^0x[0-9a-fA-F]{40}$/);
 */
export function addressOf({ addresses }: Pick<Suite, "addresses">, contract: Call["contract"]): Address {
  const address = addresses[contract];
  if (address === undefined) throw new ContractMissingError(contract);
  return address;
}
