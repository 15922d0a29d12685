import { keccak256 } from "viem";
import type { Hex } from "viem";
import type { Sensitivity } from "../policy/bits.ts";
import { randomSalt, systemRandom } from "../random.ts";
import type { RandomBytes } from "../random.ts";
import { classifyResource } from "./classifyResource.ts";
import type { ClassifyResourceReturnType } from "./classifyResource.ts";
import { commitContent } from "./commitContent.ts";
import { commitSensitivities } from "./commitSensitivities.ts";
import { encryptRecord } from "./encryptRecord.ts";
import { recordCommitment } from "./recordCommitment.ts";
import type { RecordParts } from "./recordCommitment.ts";

/** What opens a record, kept by its custodian and handed to approved recipients. Never on the chain. */
export interface RecordOpening {
  /** 32 bytes. */
  dataKey: Uint8Array;
  contentSalt: Hex;
  sensitivitySalt: Hex;
  sensitivities: readonly Sensitivity[];
}

export interface SealRecordReturnType {
  classification: ClassifyResourceReturnType;
  parts: RecordParts;
  /** Goes into the record's leaf. */
  commitment: Hex;
  ciphertext: Uint8Array;
  opening: RecordOpening;
}

/**
 * Makes of a resource all that its anchoring needs: classifies it, commits to its content and sensitivities with fresh salts,
 * and encrypts its text under a fresh key.
 *
 * @param content The resource's JSON text, as `importBundle` gives it.
 * @param random Source of salts, key and nonce; the system's by default.
 * @throws JsonError, ResourceError as `classifyResource` and `canonicalResource`.
 * @example
 * const { ciphertext, opening } = await sealRecord('{"resourceType":"Observation"}');
 * expect(await decryptRecord(ciphertext, opening.dataKey)).to.equal('{"resourceType":"Observation"}');
 */
export async function sealRecord(content: string, random: RandomBytes = systemRandom): Promise<SealRecordReturnType> {
  const classification = classifyResource(content);
  const { sensitivities } = classification;
  const contentSalt = randomSalt(random);
  const sensitivitySalt = randomSalt(random);
  const { ciphertext, dataKey } = await encryptRecord(content, random);
  const parts: RecordParts = {
    content: commitContent(content, contentSalt),
    ciphertextHash: keccak256(ciphertext),
    sensitivity: commitSensitivities(sensitivities, sensitivitySalt),
  };
  return {
    classification,
    parts,
    commitment: recordCommitment(parts),
    ciphertext,
    opening: { dataKey, contentSalt, sensitivitySalt, sensitivities },
  };
}
