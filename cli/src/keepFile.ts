import type { Hex } from "viem";
import { documentPath } from "./documentPath.ts";
import { keepDocument } from "./keepDocument.ts";
import { readDocument } from "./readDocument.ts";
import type { Session } from "./session/Session.ts";

/**
 * The salted hash of a text that a person wrote into a file, and where text and salt are kept; undefined in a dry run. The person is
 * told, since nobody else can show what the hash stands for. Throws as `readDocument`.
 */
export function keepFile(session: Session, file: string): { hash: Hex; kept: string | undefined } {
  const hash = keepDocument(session, readDocument(session.io, file));
  if (session.settings.dryRun) return { hash, kept: undefined };
  const kept = documentPath(session.io, hash);
  session.io.note(`Keep ${kept}: the text of ${file} with its salt, without which nobody can show what was written.`);
  return { hash, kept };
}
