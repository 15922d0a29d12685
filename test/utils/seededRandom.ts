import { createHash } from "node:crypto";
import type { RandomBytes } from "@consilium/sdk";

export interface SeededRandom {
  /** A source of bytes for the SDK. */
  bytes: RandomBytes;
  /** A number of 256 random bits. */
  word(): bigint;
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** One of the given, of which there is at least one. */
  pick<item>(items: readonly item[]): item;
}

/** Repeats itself for the same seed: for tests alone, never for salts or keys. */
export function seededRandom(seed: string): SeededRandom {
  let counter = 0;
  const block = (): Buffer => createHash("sha256").update(`${seed}/${counter++}`).digest();
  const word = (): bigint => BigInt(`0x${block().toString("hex")}`);
  const below = (limit: number): number => Number(word() % BigInt(limit));
  return {
    bytes: (length) => {
      const blocks = Array.from({ length: Math.ceil(length / 32) }, block);
      return Uint8Array.from(Buffer.concat(blocks).subarray(0, length));
    },
    word,
    below,
    pick: (items) => {
      const [item] = items.slice(below(items.length));
      if (item === undefined) throw new RangeError("Nothing to pick from.");
      return item;
    },
  };
}
