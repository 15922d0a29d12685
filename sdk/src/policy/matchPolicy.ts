import { FIELDS, FLAGS, hasBit, readField } from "./bits.ts";
import type { Field } from "./bits.ts";
import { failedCheckMask } from "./failedChecks.ts";
import type { FailedCheckName } from "./failedChecks.ts";

export type PolicyDecision = "APPROVED" | "DENIED" | "NEEDS_REVIEW";

export interface MatchPolicyReturnType {
  decision: PolicyDecision;
  /** Names of the failed checks, in the order of the table. */
  failed: FailedCheckName[];
  /** The same as the contracts' mask. */
  mask: bigint;
}

/** Fields in which everything that a request names must be allowed by the policy. */
const SUBSET_CHECKS: readonly [Field, FailedCheckName][] = [
  [FIELDS.purposes, "CONSENT_PURPOSE"],
  [FIELDS.duoUses, "CONSENT_DUO_USE"],
  [FIELDS.categories, "CONSENT_CATEGORY"],
  [FIELDS.sensitivities, "CONSENT_SENSITIVITY"],
  [FIELDS.recipients, "CONSENT_RECIPIENT"],
  [FIELDS.regions, "CONSENT_REGION"],
];

/** Flags that a request can ask for; the other four describe the policy alone. */
const REQUEST_FLAGS = [
  FLAGS.recontact,
  FLAGS.returnResults,
  FLAGS.aiTraining,
  FLAGS.separateConsent,
  FLAGS.crossBorder,
  FLAGS.onwardSharing,
];

const CORE_LEVEL = 3n;

/**
 * Holds a request against a policy, field by field as docs/policy-word.md tells it. This is the reference that the contracts'
 * `PolicyWord` library is tested against; the chain's own answer also depends on records, studies, institutions and the rule
 * set, which may ask for further reviews, or at level 3 for care do without.
 *
 * @param policy The consent's policy word.
 * @param request The request's word, with the facts that the contracts set (modifiers, recipient kind, region, flags).
 * @param t Unix seconds.
 * @returns DENIED if a check failed; NEEDS_REVIEW if none did but the policy is not automatic or the request is for level 3;
 * else APPROVED.
 * @example
 * const policy = presetPolicy({ preset: "careOnly", validFrom: 0, validUntil: 1_900_000_000 });
 * const asked = encodePolicyWord({ purposes: ["HMARKT"], validUntil: 1_800_000_000 });
 * expect(matchPolicy(policy, asked, 1_700_000_000).failed).to.include("CONSENT_PURPOSE");
 */
export function matchPolicy(policy: bigint, request: bigint, t: number): MatchPolicyReturnType {
  const failed: FailedCheckName[] = [];
  for (const [field, check] of SUBSET_CHECKS) {
    if (!isSubset(bitsOf(request, field), bitsOf(policy, field))) failed.push(check);
  }
  if (!isSubset(bitsOf(policy, FIELDS.modifiers), bitsOf(request, FIELDS.modifiers))) failed.push("CONSENT_MODIFIER");
  if (bitsOf(request, FIELDS.purposes).size === 0) failed.push("PURPOSE_MISSING");
  if (readField(request, FIELDS.level) > readField(policy, FIELDS.level)) failed.push("CONSENT_LEVEL");
  if (readField(request, FIELDS.deidentification) < readField(policy, FIELDS.deidentification)) {
    failed.push("CONSENT_DEIDENTIFICATION");
  }
  if (!isWithinPeriod(policy, request, BigInt(t))) failed.push("CONSENT_PERIOD");
  if (REQUEST_FLAGS.some(({ bit }) => hasBit(request, bit) && !hasBit(policy, bit))) failed.push("CONSENT_FLAG");

  return { decision: decide(policy, request, failed), failed, mask: failedCheckMask(...failed) };
}

function decide(policy: bigint, request: bigint, failed: readonly FailedCheckName[]): PolicyDecision {
  if (failed.length > 0) return "DENIED";
  const automatic = hasBit(policy, FLAGS.autoApprove.bit) && readField(request, FIELDS.level) < CORE_LEVEL;
  return automatic ? "APPROVED" : "NEEDS_REVIEW";
}

function isWithinPeriod(policy: bigint, request: bigint, t: bigint): boolean {
  const from = readField(policy, FIELDS.validFrom);
  const until = readField(policy, FIELDS.validUntil);
  return from <= t && t < until && readField(request, FIELDS.validUntil) <= until;
}

function bitsOf(word: bigint, { offset, width }: Field): Set<number> {
  const bits = new Set<number>();
  for (let bit = offset; bit < offset + width; bit++) {
    if (hasBit(word, bit)) bits.add(bit);
  }
  return bits;
}

function isSubset(part: Set<number>, whole: Set<number>): boolean {
  return [...part].every((bit) => whole.has(bit));
}
