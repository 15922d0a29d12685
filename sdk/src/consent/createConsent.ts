import { hexToBigInt, zeroAddress, zeroHash } from "viem";
import type { Hex } from "viem";
import { randomSalt, systemRandom } from "../random.ts";
import type { RandomBytes } from "../random.ts";
import { consentId } from "./consentId.ts";
import type { ConsentDetails, ConsentScope, ConsentTerms } from "./ConsentTerms.ts";
import { detailsHash } from "./detailsHash.ts";

/** Patient, policy, epoch and notice must be named; the rest is "any" or "none" if left out. */
export type CreateConsentParameters = Pick<ConsentScope, "patient" | "policy" | "epoch"> &
  Pick<ConsentDetails, "notice"> &
  Partial<Omit<ConsentScope, "patient" | "policy" | "epoch"> & Omit<ConsentDetails, "notice" | "salt">>;

export interface CreateConsentReturnType {
  id: Hex;
  terms: ConsentTerms;
  details: ConsentDetails;
}

/**
 * Draws up a new consent, with a fresh salt, ready to be given, signed or refused.
 *
 * @param random Source of the salt; the system's by default.
 * @example
 * const policy = presetPolicy({ preset: "allEthicalResearch", validFrom: now, validUntil: now + 86_400 });
 * const { id, terms } = createConsent({ patient, policy, epoch: 0, notice: HASH });
 * expect(consentId(terms)).to.equal(id);
 */
export function createConsent(
  parameters: CreateConsentParameters,
  random: RandomBytes = systemRandom,
): CreateConsentReturnType {
  const details: ConsentDetails = {
    parameters: parameters.parameters ?? zeroHash,
    notice: parameters.notice,
    previous: parameters.previous ?? zeroHash,
    salt: hexToBigInt(randomSalt(random)),
  };
  const terms: ConsentTerms = {
    patient: parameters.patient,
    institution: parameters.institution ?? 0,
    agent: parameters.agent ?? zeroAddress,
    study: parameters.study ?? zeroHash,
    policy: parameters.policy,
    epoch: parameters.epoch,
    details: detailsHash(details),
  };
  return { id: consentId(terms), terms, details };
}
