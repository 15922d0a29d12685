import type { Address, Hex } from "viem";
import { encodeRecordMeta, recordLeaf } from "@consilium/sdk";
import type { AnchoredRecord, Category } from "@consilium/sdk";
import type { Emitted } from "./encodeEvent.ts";
import { GATEWAY, HOSPITAL } from "./members.ts";
import { concat, emit, hash } from "./values.ts";

export type RecordOptions = { category?: Category; level?: number; retentionUntil?: number; dataFrom?: number };

/** The hospital's record of a patient at a place of its batch. */
export function record(patient: Address, index: number, options: RecordOptions = {}): AnchoredRecord {
  const { category = "labs", level = 2, retentionUntil = 0, dataFrom = 0 } = options;
  const meta = encodeRecordMeta({
    custodian: HOSPITAL,
    level,
    category,
    index,
    dataFrom,
    dataUntil: 1_700_000_000,
    retentionUntil,
  });
  return { patient, commitment: hash(`commitment ${index} of ${patient}`), meta };
}

/** A batch is named; its id is what the name makes. */
export function anchored(batch: string, count: number, retentionUntil = 0): Emitted {
  const values = [
    hash(batch),
    HOSPITAL,
    hash(`root of ${batch}`),
    count,
    retentionUntil,
    hash(`manifest of ${batch}`),
    GATEWAY,
  ];
  return emit("RecordRegistry", "BatchAnchored", ...values);
}

/** Anchors and publishes records. */
export function indexed(batch: string, records: AnchoredRecord[], retentionUntil = 0): Emitted[] {
  const values = records.map(({ patient, commitment, meta }) => [patient, commitment, meta]);
  return [
    anchored(batch, records.length, retentionUntil),
    emit("RecordRegistry", "RecordsIndexed", hash(batch), HOSPITAL, values),
  ];
}

/** A record's id in the index. */
export function recordKey(batch: string, leaf: Hex): string {
  return concat(hash(batch), leaf);
}

export { recordLeaf };
