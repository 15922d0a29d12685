import type { Suite } from "./Suite.ts";

/**
 * What a transaction on the suite's chain says of fees: that it offers none where gas is free, else nothing, so that the wallet decides.
 *
 * @example
 * expect(feesOf({ freeGas: true })).to.deep.equal({ maxFeePerGas: 0n, maxPriorityFeePerGas: 0n });
 */
export function feesOf({ freeGas }: Pick<Suite, "freeGas">): { maxFeePerGas?: bigint; maxPriorityFeePerGas?: bigint } {
  return freeGas ? { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n } : {};
}
