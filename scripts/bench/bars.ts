/** The most that each operation may cost, in gas of the whole transaction, or of one entry where the key ends in `.each`. */
export const BARS = {
  "did.setAttribute.first": 50_500,
  "did.setAttribute.later": 33_500,
  "did.changeOwner.first": 52_000,
  "did.changeOwner.later": 34_500,
  "consent.give": 65_000,
  "consent.giveBySignature": 75_000,
  "consent.giveMany50.each": 42_000,
  "consent.withdraw": 36_000,
  "consent.withdrawAll": 52_000,
  "record.anchor": 56_000,
  "record.anchor1024.each": 60,
  "record.anchorIndexed500.each": 2_600,
  "access.request": 130_000,
  "access.requestCohort500.each": 12_000,
  "revenue.deposit.first": 95_000,
  "revenue.deposit.later": 60_000,
  "revenue.claim.first": 98_000,
  "revenue.claim.later": 62_000,
  "revenue.claimMany20.each": 40_000,
  "emergency.open": 110_000,
} as const;

/** Measured and held against the snapshot, without a bar. */
export const UNBARRED = ["emergency.review", "governance.suspend", "points.claim"] as const;

export type GasKey = keyof typeof BARS | (typeof UNBARRED)[number];

export const GAS_KEYS = [...(Object.keys(BARS) as (keyof typeof BARS)[]), ...UNBARRED] as const;

/** The most that the operation may cost; undefined if there is no bar. */
export function barOf(key: GasKey): number | undefined {
  return (BARS as Partial<Record<GasKey, number>>)[key];
}
