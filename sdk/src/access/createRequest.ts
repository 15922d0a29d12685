import { hexToBigInt, zeroHash } from "viem";
import type { Hex } from "viem";
import type { ConsentTerms } from "../consent/ConsentTerms.ts";
import { encodePolicyWord } from "../policy/encodePolicyWord.ts";
import type { EncodePolicyWordParameters } from "../policy/encodePolicyWord.ts";
import { randomSalt, systemRandom } from "../random.ts";
import type { RandomBytes } from "../random.ts";
import type { AnchoredRecord } from "../records/recordLeaf.ts";
import { decodeRecordMeta } from "../records/recordMeta.ts";
import type { AccessRequest } from "./AccessRequest.ts";
import { NO_CONSENT } from "./noConsent.ts";

export interface CreateRequestParameters {
  batch: Hex;
  record: AnchoredRecord;
  /** The record's Merkle proof in its batch. */
  proof: readonly Hex[];
  /** None: where the record's level needs none. */
  consent?: ConsentTerms | undefined;
  /** None: for care and other uses without a study. */
  study?: Hex | undefined;
  /**
   * What is asked for. Category and level are the record's own unless named; `purposes` and `validUntil` (unix seconds, the end of the
   * grant) have no default.
   */
  word: EncodePolicyWordParameters & { validUntil: number };
}

/**
 * Draws up a request for one record, with a fresh salt, ready to be tried by `evaluateRequest` and sent by `sendRequest`.
 *
 * @param random Source of the salt; the system's by default.
 * @throws PolicyWordError if a field of the word is out of bounds; RecordError if the record's meta is.
 * @example
 * const request = createRequest({
 *   batch: batch.id,
 *   record: batch.record(0),
 *   proof: batch.proof(0),
 *   consent: consent.terms,
 *   study,
 *   word: { purposes: ["DSRCH"], duoUses: ["diseaseSpecific"], deidentification: 1, validUntil: now + 86_400 },
 * });
 * expect(decodePolicyWord(request.word).categories).to.deep.equal(["labs"]);
 */
export function createRequest(parameters: CreateRequestParameters, random: RandomBytes = systemRandom): AccessRequest {
  const { batch, record, proof, consent = NO_CONSENT, study = zeroHash, word } = parameters;
  const { category, level } = decodeRecordMeta(record.meta);
  return {
    study,
    word: encodePolicyWord({ categories: [category], level, ...word }),
    salt: hexToBigInt(randomSalt(random)),
    batch,
    record,
    proof: [...proof],
    consent,
  };
}
