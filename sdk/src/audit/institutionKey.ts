import { numberToHex } from "viem";
import type { Hex } from "viem";

/**
 * An institution as the index's questions name it: its number in four bytes.
 *
 * @param institution Id, 1 to 2^32 - 1.
 * @example
 * expect(institutionKey(1)).to.equal("0x00000001");
 */
export function institutionKey(institution: number): Hex {
  return numberToHex(institution, { size: 4 });
}
