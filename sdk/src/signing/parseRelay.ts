import { decodeFunctionData, isAddress, isAddressEqual, isHex } from "viem";
import type { Abi, Address, Hex } from "viem";
import { abis } from "../abis.ts";
import type { Call } from "../chain/Call.ts";
import { encodeCall } from "../chain/encodeCall.ts";
import type { ContractName, Suite } from "../chain/Suite.ts";
import { RelayError } from "../errors.ts";
import { parseJson } from "../records/parseJson.ts";
import { isRelayable } from "./isRelayable.ts";

/**
 * Reads what `serializeRelay` wrote, as a call that can be tried and sent. Text from anyone may be read: only acts that others signed, on
 * this suite's own contracts, pass, so that sending one never uses the sender's own rights. Whether the signature is good and in time,
 * the contract says (`simulateCall`).
 *
 * @throws JsonError if it is no JSON.
 * @throws RelayError if it is no signed act of this suite.
 * @example
 * const call = relayCall("GiveConsent", signedByGuardian);
 * expect(parseRelay(suite, serializeRelay(suite, call))).to.deep.equal(call);
 * expect(() => parseRelay(suite, "{}")).to.throw(RelayError);
 */
export function parseRelay(suite: Pick<Suite, "chainId" | "addresses">, text: string): Call {
  const { chainId, to, data } = readForm(parseJson(text).value);
  if (chainId !== suite.chainId) throw new RelayError(`it is for chain ${chainId}, not for chain ${suite.chainId}`);
  const contract = (Object.keys(abis) as ContractName[]).find((name) => {
    const address = suite.addresses[name];
    return address !== undefined && isAddressEqual(address, to);
  });
  if (contract === undefined) throw new RelayError(`${to} is no contract of this suite`);
  const call = decode(contract, data);
  if (!isRelayable(call.functionName)) {
    throw new RelayError(`${call.functionName} is no act that others can send for the signer`);
  }
  return call;
}

function readForm(value: unknown): { chainId: number; to: Address; data: Hex } {
  const { version, chainId, to, data, ...others } = Object(value) as Record<string, unknown>;
  if (version !== 1) throw new RelayError("its version is not 1");
  if (Object.keys(others).length > 0) throw new RelayError("it has fields besides version, chainId, to and data");
  if (!Number.isSafeInteger(chainId) || typeof to !== "string" || !isAddress(to) || !isHex(data)) {
    throw new RelayError("chainId is no number, to no address, or data no hex digits");
  }
  return { chainId: chainId as number, to, data };
}

function decode(contract: ContractName, data: Hex): Call {
  const abi = abis[contract] as Abi;
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi, data });
    // Other bytes with the same meaning would not be what was signed and shown.
    const call = { contract, functionName, args };
    if (encodeCall(call) === data.toLowerCase()) return call;
  } catch (error) {
    throw new RelayError(`its data is no call of ${contract}`, error);
  }
  throw new RelayError(`its data is more than one call of ${contract}`);
}
