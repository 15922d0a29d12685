import { join } from "node:path";
import type { Hex } from "viem";
import type { Io } from "./Io.ts";

/** Where a document with its salt lies, by the hash that went to the chain. */
export function documentPath({ home }: Io, hash: Hex): string {
  return join(home, "documents", `${hash}.json`);
}
