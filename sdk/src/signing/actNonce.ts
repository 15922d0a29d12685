import type { Address, Hex } from "viem";
import { abis } from "../abis.ts";
import { addressOf } from "../chain/addressOf.ts";
import { askChain } from "../chain/askChain.ts";
import type { ContractName, Suite } from "../chain/Suite.ts";

/** Where the nonce of each kind of signed act stands; the others need none, since their subject ends with them. */
const NONCES = {
  /** Every act on the PatientRegistry but Recover: by the address that signs. */
  PatientAct: ["PatientRegistry", "nonce"],
  /** By the identity to be recovered. */
  Recover: ["PatientRegistry", "recoveryNonce"],
  /** By the patient. */
  SetOptOut: ["EmergencyAccess", "optOutOf"],
  /** By the record's batch and its index there. */
  LimitRetention: ["RecordRegistry", "retentionLimit"],
  /** By the patient. */
  RedeemPoints: ["HealthPoints", "nonceOf"],
  /** By the voter. */
  Vote: ["ConsiliumGovernor", "nonces"],
} as const satisfies Record<string, [ContractName, string]>;

type Subject<act> = act extends "LimitRetention" ? [batch: Hex, index: number] : [subject: Address];

/**
 * The nonce that the next signature of this kind has to name.
 *
 * @param subject Who signs, for `PatientAct` and `Vote`; batch and index for `LimitRetention`; otherwise the patient.
 * @throws ChainUnavailableError if the chain cannot be reached.
 * @example
 * expect(await actNonce(suite, "SetOptOut", patient)).to.equal(0n);
 */
export async function actNonce<act extends keyof typeof NONCES>(
  suite: Suite,
  act: act,
  ...subject: Subject<act>
): Promise<bigint> {
  const [contract, functionName] = NONCES[act];
  const answer = await askChain(() =>
    suite.client.readContract({
      address: addressOf(suite, contract),
      abi: abis[contract],
      functionName,
      args: subject as never,
    }),
  );
  return typeof answer === "bigint" ? answer : BigInt((answer as { nonce: bigint | number }).nonce);
}
