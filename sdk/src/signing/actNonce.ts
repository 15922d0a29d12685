import type { Address } from "viem";
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
  /** By the patient. */
  SetPayout: ["RevenueSplitter", "payout"],
  /** By the patient. */
  RedeemPoints: ["HealthPoints", "nonceOf"],
  /** By the voter. */
  Vote: ["ConsiliumGovernor", "nonces"],
} as const satisfies Record<string, [ContractName, string]>;

/**
 * The nonce that the next signature of this kind has to name.
 *
 * @param subject Who signs, for `PatientAct` and `Vote`; otherwise the patient.
 * @throws ChainUnavailableError if the chain cannot be reached.
 * @example
 * expect(await actNonce(suite, "SetOptOut", patient)).to.equal(0n);
 */
export async function actNonce(suite: Suite, act: keyof typeof NONCES, subject: Address): Promise<bigint> {
  const [contract, functionName] = NONCES[act];
  const answer = await askChain(() =>
    suite.client.readContract({
      address: addressOf(suite, contract),
      abi: abis[contract],
      functionName,
      args: [subject],
    }),
  );
  return typeof answer === "bigint" ? answer : BigInt((answer as { nonce: bigint | number }).nonce);
}
