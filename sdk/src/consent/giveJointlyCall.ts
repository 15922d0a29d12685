import { callOf } from "../chain/Call.ts";
import type { Call } from "../chain/Call.ts";
import type { SignedConsent } from "./signConsent.ts";

/**
 * The call that gives a consent which several signed, as guardian and minor from the age of assent on, or two guardians. Each signs the
 * same consent with the same deadline by `signGiveConsent`.
 *
 * @param signed Of all, in the order of the PatientRegistry's `jointSigners`.
 * @example
 * const call = giveJointlyCall([signedByGuardian, signedByMinor]);
 * expect(call.functionName).to.equal("giveJointly");
 */
export function giveJointlyCall(signed: readonly [SignedConsent, ...SignedConsent[]]): Call {
  const [{ terms, details, deadline }] = signed;
  return callOf("ConsentRegistry", "giveJointly", [terms, details, deadline, signed.map(({ signature }) => signature)]);
}
