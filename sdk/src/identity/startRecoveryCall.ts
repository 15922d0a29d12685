import { hexToBigInt } from "viem";
import type { Address, Hex } from "viem";
import { callOf } from "../chain/Call.ts";
import type { Call } from "../chain/Call.ts";

/** Who can hand an identity over together, as it was set by SetRecovery. */
export interface RecoverySetup {
  /** Strictly ascending, at most 16. */
  helpers: readonly Address[];
  /** How many of them it takes. */
  threshold: number;
  /** Seconds between start and finish, in which the owner can cancel: one to sixty days. */
  delay: number;
}

export interface StartRecoveryParameters {
  identity: Address;
  newOwner: Address;
  setup: RecoverySetup;
  /** That of the signatures, unix seconds. */
  deadline: bigint;
  /** Of the act Recover by at least `threshold` helpers, in any order. */
  signatures: readonly { signer: Address; signature: Hex }[];
}

/**
 * The call by which anyone starts the hand-over of an identity that helpers signed (`signPatientAct` of Recover, with the nonce
 * `actNonce(suite, "Recover", identity)`). `cancelRecovery` stops it, `finishRecovery` ends it after the delay.
 *
 * @example
 * const call = startRecoveryCall({
 *   identity: patient, newOwner: ANY, setup: { helpers: [account.address], threshold: 1, delay: 86_400 }, deadline: DEADLINE,
 *   signatures: [{ signer: account.address, signature: "0x00" }],
 * });
 * expect(call.functionName).to.equal("startRecovery");
 */
export function startRecoveryCall(parameters: StartRecoveryParameters): Call {
  const { identity, newOwner, setup, deadline, signatures } = parameters;
  const ordered = signatures.toSorted((one, other) => (hexToBigInt(one.signer) < hexToBigInt(other.signer) ? -1 : 1));
  return callOf("PatientRegistry", "startRecovery", [
    ...([identity, newOwner, setup, ordered.map(({ signer }) => signer), deadline] as const),
    ordered.map(({ signature }) => signature),
  ]);
}
