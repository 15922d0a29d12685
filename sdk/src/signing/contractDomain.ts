import { addressOf } from "../chain/addressOf.ts";
import type { ContractName, Suite } from "../chain/Suite.ts";
import type { ContractDomain } from "../signTypedData.ts";

/**
 * A contract of the suite as every signed act names it.
 *
 * @throws ContractMissingError if the address book has none of that name.
 * @example
 * const domain = contractDomain(suite, "ConsentRegistry");
 * expect(domain).to.deep.equal({ chainId: suite.chainId, verifyingContract: addressOf(suite, "ConsentRegistry") });
 */
export function contractDomain(suite: Pick<Suite, "chainId" | "addresses">, contract: ContractName): ContractDomain {
  return { chainId: suite.chainId, verifyingContract: addressOf(suite, contract) };
}
