import { isHash } from "viem";
import type { Hex } from "viem";
import { keepFile } from "./keepFile.ts";
import type { Session } from "./session/Session.ts";

/** A salted hash as given, or that of a file, which is kept with its salt. Throws as `keepFile`. */
export function hashOrDocument(session: Session, text: string): Hex {
  return isHash(text) ? (text.toLowerCase() as Hex) : keepFile(session, text).hash;
}
