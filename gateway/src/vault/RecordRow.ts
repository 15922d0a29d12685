import type { Address, Hex } from "viem";
import {
  encodeRecordMeta,
  type AnchoredRecord,
  type Category,
  type RecordMeta,
  type RecordParts,
} from "@consilium/sdk";
import type { Row } from "./Database.ts";
import type { ProvenRecord } from "./RecordChain.ts";

/**
 * What became of a record: `sealed`: encrypted and stored; `batched`: in a batch, whose transaction may be under way; `anchored`: its
 * batch is on the chain; `destroyed`: key, salts and bytes are gone, whatever it was before.
 */
export type RecordState = "sealed" | "batched" | "anchored" | "destroyed";

/** A row of the table `record`. */
export interface RecordRow extends Row {
  id: string;
  sequence: number;
  state: RecordState;
  patient: Address;
  type: string | null;
  category: Category;
  level: number;
  data_from: number;
  data_until: number;
  retention_until: number;
  content: Hex;
  ciphertext_hash: Hex;
  sensitivity: Hex;
  commitment: Hex;
  secret: string | null;
  blob: string | null;
  batch: Hex | null;
  position: number | null;
  leaf: Hex | null;
  proof: string | null;
  destroyed_at: number | null;
  destroyed_for: string | null;
  evidence: string | null;
  attested_at: number | null;
  resource: string | null;
  updated: number | null;
  successor: string | null;
  correction: string | null;
  superseded_at: number | null;
}

export function partsOf(row: RecordRow): RecordParts {
  return { content: row.content, ciphertextHash: row.ciphertext_hash, sensitivity: row.sensitivity };
}

/** The values of a batched record's leaf. */
export function anchoredOf(row: RecordRow, custodian: number): AnchoredRecord {
  const facts: RecordMeta = {
    custodian,
    level: row.level,
    category: row.category,
    index: row.position ?? 0,
    dataFrom: row.data_from,
    dataUntil: row.data_until,
    retentionUntil: row.retention_until,
  };
  return { patient: row.patient, commitment: row.commitment, meta: encodeRecordMeta(facts) };
}

/** With the custodian of its batch, institution id. */
export type BatchedRow = RecordRow & { custodian: number };

/** A batched record with what proves that it is anchored. */
export function placeOf(row: BatchedRow): ProvenRecord {
  return { batch: row.batch!, record: anchoredOf(row, row.custodian), proof: proofOf(row) };
}

export function proofOf(row: RecordRow): Hex[] {
  return JSON.parse(row.proof ?? "[]") as Hex[];
}
