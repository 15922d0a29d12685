import { encodeFunctionData, type Hex } from "viem";
import { abiOf } from "./abiOf.ts";
import type { Call } from "./Call.ts";

/**
 * A call as a transaction's data.
 *
 * @throws What viem throws for arguments that do not fit the function.
 * @example
 * expect(encodeCall(callOf("ConsentRegistry", "withdraw", [consent.id])).slice(10)).to.equal(consent.id.slice(2));
 */
export function encodeCall({ contract, functionName, args }: Call): Hex {
  return encodeFunctionData({ abi: abiOf(contract), functionName, args });
}
