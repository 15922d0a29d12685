import type { Address, Hex } from "viem";
import { decodeRecordMeta, RecordBatch, recordLeaf } from "@consilium/sdk";
import type { AnchoredRecord, Category } from "@consilium/sdk";
import { UsageError } from "./errors.ts";
import { readDocument } from "./readDocument.ts";
import { readEvents } from "./session/readEvents.ts";
import type { Session } from "./session/Session.ts";

/** A record by which it can be asked for; it tells nothing of the content. */
export type RecordReference = { leaf: Hex; batch: Hex; record: AnchoredRecord; proof: Hex[] };

export type Published = RecordReference & { patient: Address; custodian: number; category: Category; level: number };

/** The batches that custodians published leaf by leaf, from the chain's events alone. */
export async function readPublishedBatches(session: Session): Promise<{ id: Hex; batch: RecordBatch }[]> {
  const events = await readEvents(session, "RecordRegistry", "RecordsIndexed");
  return events.map(({ args: { batch: id, custodian, records } }) => {
    const entries = records.map(({ patient, commitment, meta }) => ({
      patient,
      commitment,
      ...decodeRecordMeta(meta),
    }));
    return { id, batch: new RecordBatch(custodian, entries) };
  });
}

/** The records that custodians published one by one, with their proofs. */
export async function readPublished(session: Session): Promise<Published[]> {
  return (await readPublishedBatches(session)).flatMap(({ id, batch }) => {
    const { custodian } = batch;
    return batch.records.map((record, index) => {
      const { category, level } = decodeRecordMeta(record.meta);
      const { patient } = record;
      return {
        leaf: batch.leaf(index),
        batch: id,
        record,
        proof: batch.proof(index),
        patient,
        custodian,
        category,
        level,
      };
    });
  });
}

/**
 * The record that a leaf or a custodian's reference file names.
 *
 * @throws UsageError if no custodian published the leaf, or the file is none.
 */
export async function findRecord(session: Session, text: string): Promise<RecordReference> {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) {
    const found = (await readPublished(session)).find(({ leaf }) => leaf === text.toLowerCase());
    if (found !== undefined) return found;
    throw new UsageError(`No custodian published the record ${text}.`, {
      mend: "Look by `consilium record find`, or ask the custodian for the record's reference file.",
    });
  }
  return fromFile(readDocument(session.io, text), text);
}

function fromFile(value: unknown, file: string): RecordReference {
  try {
    const { batch, record, proof } = value as {
      batch: Hex;
      record: { patient: Address; commitment: Hex; meta: string };
      proof: Hex[];
    };
    const anchored = { ...record, meta: BigInt(record.meta) };
    return { leaf: recordLeaf(anchored), batch, record: anchored, proof };
  } catch (cause) {
    throw new UsageError(`${file} is no record's reference.`, { mend: "Ask the custodian for it.", cause });
  }
}
