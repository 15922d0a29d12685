import { FIELDS, FLAGS, hasBit, readField } from "./bits.ts";

/** Fields in which every bit of the policy must be a bit of the mandate. */
const ALLOWING_FIELDS = [
  FIELDS.purposes,
  FIELDS.duoUses,
  FIELDS.categories,
  FIELDS.sensitivities,
  FIELDS.recipients,
  FIELDS.regions,
];

/** Flags that allow something; who signed is no allowance. */
const ALLOWING_FLAGS = [
  FLAGS.autoApprove,
  FLAGS.recontact,
  FLAGS.returnResults,
  FLAGS.aiTraining,
  FLAGS.separateConsent,
  FLAGS.crossBorder,
  FLAGS.onwardSharing,
  FLAGS.rewardOptIn,
];

/**
 * Whether a policy lies within a mandate: allows no more, demands no less, lives no longer.
 *
 * @param policy The policy word that a delegate wants to give.
 * @param mandate The policy word that bounds the delegate.
 * @example
 * const validity = { validFrom: 0, validUntil: 1 };
 * const mandate = presetPolicy({ preset: "careAndPublicHealth", ...validity });
 * expect(isWithinPolicy(presetPolicy({ preset: "careOnly", ...validity }), mandate)).to.equal(true);
 */
export function isWithinPolicy(policy: bigint, mandate: bigint): boolean {
  return (
    ALLOWING_FIELDS.every(
      (field) => (readField(policy, field) | readField(mandate, field)) === readField(mandate, field),
    ) &&
    ALLOWING_FLAGS.every(({ bit }) => !hasBit(policy, bit) || hasBit(mandate, bit)) &&
    (readField(policy, FIELDS.modifiers) & readField(mandate, FIELDS.modifiers)) ===
      readField(mandate, FIELDS.modifiers) &&
    readField(policy, FIELDS.level) <= readField(mandate, FIELDS.level) &&
    readField(policy, FIELDS.deidentification) >= readField(mandate, FIELDS.deidentification) &&
    readField(policy, FIELDS.validFrom) >= readField(mandate, FIELDS.validFrom) &&
    readField(policy, FIELDS.validUntil) <= readField(mandate, FIELDS.validUntil)
  );
}
