import { DEIDENTIFICATION, FIELDS, FLAGS, LEVELS, readField } from "./bits.ts";

/**
 * Whether a word can be a consent's policy: a purpose, a category and a period are named, level and de-identification are
 * within their bounds, and no unknown flag is set. Unknown bits of other fields pass; `policyWarnings` names them.
 *
 * @param policy The policy word.
 * @example
 * expect(isWellFormedPolicy(presetPolicy({ preset: "careOnly", validFrom: 0, validUntil: 1 }))).to.equal(true);
 * expect(isWellFormedPolicy(0n)).to.equal(false);
 */
export function isWellFormedPolicy(policy: bigint): boolean {
  const knownFlags = Object.values(FLAGS).reduce(
    (mask, { bit }) => mask | (1n << BigInt(bit - FIELDS.flags.offset)),
    0n,
  );
  const flags = readField(policy, FIELDS.flags);
  return (
    readField(policy, FIELDS.purposes) > 0n &&
    readField(policy, FIELDS.categories) > 0n &&
    readField(policy, FIELDS.level) <= BigInt(LEVELS.core) &&
    readField(policy, FIELDS.deidentification) <= BigInt(DEIDENTIFICATION.computeOnly) &&
    readField(policy, FIELDS.validFrom) < readField(policy, FIELDS.validUntil) &&
    (flags | knownFlags) === knownFlags
  );
}
