import { createHash } from "node:crypto";
import type { Hex } from "viem";

/** What stands for the hash of the entry before the first. */
export const LOG_START: Hex = `0x${"00".repeat(32)}`;

/** SHA-256 of the canonical JSON of [hash of the former entry, sequence, the entry's canonical JSON as text]. */
export function hashLogEntry(former: Hex, sequence: number, entry: string): Hex {
  const digest = createHash("sha256").update(JSON.stringify([former, sequence, entry]));
  return `0x${digest.digest("hex")}`;
}
