import { isAddress, isHex } from "viem";
import type { Address, Hex } from "viem";
import type { Call } from "../chain/Call.ts";
import { contractAt } from "../chain/contractAt.ts";
import { decodeCall } from "../chain/decodeCall.ts";
import type { Suite } from "../chain/Suite.ts";
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
  const contract = contractAt(suite, to);
  if (contract === undefined) throw new RelayError(`${to} is no contract of this suite`);
  const call = decodeCall(contract, data);
  // Other bytes with the same meaning would not be what was signed and shown.
  if (call === undefined) throw new RelayError(`its data is no call of ${contract}, or more than one`);
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
