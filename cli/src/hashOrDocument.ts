import { isHash } from "viem";
import type { Hex } from "viem";
import { keepDocument } from "./keepDocument.ts";
import { readDocument } from "./readDocument.ts";
import type { Session } from "./session/Session.ts";

/** A salted hash as given, or that of a file, which is kept with its salt. Throws as `readDocument`. */
export function hashOrDocument(session: Session, text: string): Hex {
  return isHash(text) ? (text.toLowerCase() as Hex) : keepDocument(session, readDocument(session.io, text));
}
