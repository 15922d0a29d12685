/** What is sanctioned, in the order of ISupervision.Violation, whose 0 is none: the first six are the negative list. */
export const VIOLATIONS = [
  "DETRIMENTAL_DECISION",
  "MARKETING",
  "HARMFUL_PRODUCT",
  "REIDENTIFICATION",
  "UNLISTED_TRANSFER",
  "UNAUTHORISED_SALE",
  "LEAK",
  "UNCONSENTED_USE",
  "DESTRUCTION_OVERDUE",
  "EMERGENCY_UNJUSTIFIED",
  "EMERGENCY_LAPSED",
] as const;

export type ViolationName = (typeof VIOLATIONS)[number];

/**
 * The number by which the contracts know a violation.
 *
 * @example
 * expect(violationCode("DETRIMENTAL_DECISION")).to.equal(1);
 */
export function violationCode(name: ViolationName): number {
  return VIOLATIONS.indexOf(name) + 1;
}
