import { decodeFunctionData, type Hex } from "viem";
import { abis } from "../abis.ts";
import type { Call } from "./Call.ts";
import { encodeCall } from "./encodeCall.ts";
import type { ContractName } from "./Suite.ts";

/**
 * A transaction's data as a call of a contract: what `encodeCall` made it of.
 *
 * @returns undefined if it is no call of that contract, or not byte for byte, so that what is shown is all that would be done.
 * @example
 * const call = callOf("ConsentRegistry", "withdraw", [consent.id]);
 * expect(decodeCall("ConsentRegistry", encodeCall(call))).to.deep.equal(call);
 * expect(decodeCall("AccessBroker", encodeCall(call))).to.equal(undefined);
 */
export function decodeCall(contract: ContractName, data: Hex): Call | undefined {
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi: abis[contract], data });
    const call = { contract, functionName, args };
    return encodeCall(call) === data.toLowerCase() ? call : undefined;
  } catch {
    return undefined;
  }
}
