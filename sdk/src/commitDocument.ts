import { stringToBytes } from "viem";
import type { Hex } from "viem";
import { canonicalJson } from "./records/canonicalJson.ts";
import { saltedHash } from "./saltedHash.ts";

/**
 * The hash under which a document that stays off-chain is named on the chain: a reason, a protocol, a manifest, evidence, the
 * parameters of a consent. Salted, so that a short or guessable document cannot be guessed from it.
 *
 * @param document A JSON value, plain text included.
 * @param salt 32 random bytes, kept with the document.
 * @throws JsonError if the document has no canonical form.
 * @throws RecordError if the salt is not 32 bytes.
 * @example
 * const salt = randomSalt(); // keep it: without it nobody can show what was committed to
 * expect(commitDocument({ reason: "…" }, salt)).to.match(/^0x[0-9a-f]{64}$/);
 */
export function commitDocument(document: unknown, salt: Hex): Hex {
  return saltedHash({ kind: "document", salt, bytes: stringToBytes(canonicalJson(document)) });
}
