import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Hex } from "viem";
import { commitDocument, randomSalt } from "@consilium/sdk";
import { documentPath } from "./documentPath.ts";
import type { Session } from "./session/Session.ts";

/**
 * The salted hash of a document that goes on the chain. The document stays with the person who wrote it, with its salt, in `documents/`,
 * so that it can be shown later; nobody else can read it.
 */
export function keepDocument({ io, settings }: Session, document: unknown): Hex {
  const salt = randomSalt();
  const hash = commitDocument(document, salt);
  if (!settings.dryRun) {
    const path = documentPath(io, hash);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${JSON.stringify({ document, salt }, null, 2)}\n`, { mode: 0o600 });
  }
  return hash;
}
