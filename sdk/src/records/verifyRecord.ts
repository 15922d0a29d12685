import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { keccak256 } from "viem";
import type { Hex } from "viem";
import { RecordDecryptionError } from "../errors.ts";
import { LEVELS } from "../policy/bits.ts";
import { commitContent } from "./commitContent.ts";
import { isCoreSensitive } from "./classifyResource.ts";
import { commitSensitivities } from "./commitSensitivities.ts";
import { decryptRecord } from "./decryptRecord.ts";
import { recordCommitment } from "./recordCommitment.ts";
import type { RecordParts } from "./recordCommitment.ts";
import { recordLeaf } from "./recordLeaf.ts";
import type { AnchoredRecord } from "./recordLeaf.ts";
import { decodeRecordMeta } from "./recordMeta.ts";
import type { RecordOpening } from "./sealRecord.ts";

export interface VerifyRecordParameters {
  /** Root of the batch as anchored, read from the chain or index; never from the custodian. */
  root: Hex;
  record: AnchoredRecord;
  proof: readonly Hex[];
  parts: RecordParts;
  /** What the custodian handed over. */
  ciphertext: Uint8Array;
  opening: RecordOpening;
}

/**
 * What does not match: `proof`: the record is no leaf under the root; `commitment`: the parts are not the leaf's;
 * `ciphertext`: the bytes are not those anchored; `decryption`: the key does not open them; `content`: what they hold is not
 * what was committed to; `sensitivity`: the sensitivities are not those committed to; `level`: the meta word is malformed, or
 * says less than level 3 of a record with a core sensitivity.
 */
export type VerifyRecordFailure =
  "proof" | "commitment" | "ciphertext" | "decryption" | "content" | "sensitivity" | "level";

export interface VerifyRecordReturnType {
  valid: boolean;
  failures: VerifyRecordFailure[];
  /** The resource's JSON text; undefined if it could not be decrypted. Not to be used unless `valid`. */
  content: string | undefined;
}

/**
 * Checks a record that was handed over against its anchor, every part of it. Never throws for a record that does not match,
 * however it is malformed: all that is wrong is in the answer.
 *
 * @example
 * const { commitment, parts, ciphertext, opening } = await sealRecord('{"resourceType":"Observation"}');
 * const facts = { level: 2, category: "labs", dataFrom: 0, dataUntil: 0, retentionUntil: 0 } as const;
 * const one = new RecordBatch(1, [{ patient, commitment, ...facts }]);
 * const parcel = { root: one.root, record: one.record(0), proof: one.proof(0), parts, ciphertext, opening };
 * expect((await verifyRecord(parcel)).failures).to.deep.equal([]);
 */
export async function verifyRecord(parameters: VerifyRecordParameters): Promise<VerifyRecordReturnType> {
  const { parts, record, ciphertext, opening } = parameters;
  const content = await decrypted(ciphertext, opening.dataKey);
  const holds: Record<VerifyRecordFailure, () => boolean> = {
    proof: () => isAnchored(parameters),
    commitment: () => recordCommitment(parts) === record.commitment,
    ciphertext: () => keccak256(ciphertext) === parts.ciphertextHash,
    decryption: () => content !== undefined,
    content: () => content !== undefined && commitContent(content, opening.contentSalt) === parts.content,
    sensitivity: () => commitSensitivities(opening.sensitivities, opening.sensitivitySalt) === parts.sensitivity,
    level: () => decodeRecordMeta(record.meta).level === LEVELS.core || !isCoreSensitive(opening.sensitivities),
  };
  const failures = (Object.keys(holds) as VerifyRecordFailure[]).filter((check) => !isTrue(holds[check]));
  return { valid: failures.length === 0, failures, content };
}

async function decrypted(ciphertext: Uint8Array, dataKey: Uint8Array): Promise<string | undefined> {
  try {
    return await decryptRecord(ciphertext, dataKey);
  } catch (error) {
    if (error instanceof RecordDecryptionError) return undefined;
    throw error;
  }
}

function isAnchored({ root, record, proof }: VerifyRecordParameters): boolean {
  return SimpleMerkleTree.verify(root, recordLeaf(record), [...proof]);
}

/** Malformed parts make a check throw; to the caller that is a check that failed. */
function isTrue(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
