/** Binary digits behind the point of accruals. */
const FRACTION_BITS = 64n;

export type PositionDueParameters = {
  /** The agreement's accruedPerUnit now. */
  accruedPerUnit: bigint;
  /** The same when the grant or the patient was enrolled. */
  enrolledAt: bigint;
  /** What was paid, donated and lapsed since, units of the token. */
  settled: bigint;
};

/**
 * What a patient is owed for one unit, in units of the token; see docs/contracts/RevenueSplitter.md.
 *
 * @example
 * expect(positionDue({ accruedPerUnit: 7n << 64n, enrolledAt: 2n << 64n, settled: 1n })).to.equal(4n);
 */
export function positionDue({ accruedPerUnit, enrolledAt, settled }: PositionDueParameters): bigint {
  return ((accruedPerUnit - enrolledAt) >> FRACTION_BITS) - settled;
}

export type CustodianDueParameters = {
  /** The agreement's custodianAccruedPerUnit now. */
  accruedPerUnit: bigint;
  /** The same when the custodian's account was last settled. */
  settledAt: bigint;
  units: bigint;
  /** What was due then, times 2^64. */
  due: bigint;
};

/**
 * What a custodian is owed for deliveries, in units of the token.
 *
 * @example
 * expect(custodianDue({ accruedPerUnit: 3n << 64n, settledAt: 1n << 64n, units: 5n, due: 0n })).to.equal(10n);
 */
export function custodianDue({ accruedPerUnit, settledAt, units, due }: CustodianDueParameters): bigint {
  return (due + units * (accruedPerUnit - settledAt)) >> FRACTION_BITS;
}
