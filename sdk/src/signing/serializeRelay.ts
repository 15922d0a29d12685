import { addressOf } from "../chain/addressOf.ts";
import type { Call } from "../chain/Call.ts";
import { encodeCall } from "../chain/encodeCall.ts";
import type { Suite } from "../chain/Suite.ts";
import { RelayError } from "../errors.ts";
import { isRelayable } from "./isRelayable.ts";

/**
 * Writes a signed act as JSON, for a file or message to whoever sends it (`parseRelay`). It holds the chain's id, the contract's address and
 * the encoded call: what the chain will show anyway, and nothing else.
 *
 * @param call Of `relayCall` or `startRecoveryCall`.
 * @throws RelayError if the call is no signed act, or its values do not fit the contract's function.
 * @throws ContractMissingError if the address book lacks the contract.
 * @example
 * const form = { ...contractDomain(suite, "ConsentRegistry"), deadline: DEADLINE, signer: account.address };
 * const signed = await signGiveConsent(account, { ...form, ...ownConsent });
 * const text = serializeRelay(suite, relayCall("GiveManyConsents", [signed]));
 * await sendCall(suite, parseRelay(suite, text));
 */
export function serializeRelay(suite: Pick<Suite, "chainId" | "addresses">, call: Call): string {
  const { contract, functionName } = call;
  if (!isRelayable(functionName)) {
    throw new RelayError(`${functionName} is no act that others can send for the signer`);
  }
  const to = addressOf(suite, contract);
  try {
    const data = encodeCall(call);
    return JSON.stringify({ version: 1, chainId: suite.chainId, to, data }, undefined, 2) + "\n";
  } catch (error) {
    throw new RelayError(`its values do not fit ${functionName}`, error);
  }
}
