import { bytesToHex } from "viem";
import type { Hex } from "viem";

/** Gives `length` fresh random bytes. */
export type RandomBytes = (length: number) => Uint8Array;

/**
 * The system's cryptographically secure generator, the default wherever a salt or key is made. Give another source only in
 * tests that must repeat themselves: a guessable salt makes a commitment guessable.
 *
 * @example
 * expect(systemRandom(32)).to.have.lengthOf(32);
 */
export const systemRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/**
 * 32 random bytes as hex, for salts.
 *
 * @example
 * expect(randomSalt()).to.match(/^0x[0-9a-f]{64}$/);
 */
export function randomSalt(random: RandomBytes = systemRandom): Hex {
  return bytesToHex(random(32));
}
