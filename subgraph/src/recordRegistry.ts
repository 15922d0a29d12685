import {
  BatchAnchored as BatchAnchoredEvent,
  BatchDestroyed as BatchDestroyedEvent,
  RecordDestroyed as RecordDestroyedEvent,
  RecordsIndexed as RecordsIndexedEvent,
  RecordSuperseded as RecordSupersededEvent,
  RetentionLimited as RetentionLimitedEvent,
  VerificationFailed as VerificationFailedEvent,
} from "../generated/RecordRegistry/RecordRegistry";
import {
  Batch,
  BatchAnchored,
  BatchDestroyed,
  RecordDestroyed,
  RecordsIndexed,
  RecordSuperseded,
  RetentionLimited,
  VerificationFailed,
} from "../generated/schema";
import { fetchInstitution } from "./fetch/institution";
import { fetchPatient } from "./fetch/patient";
import { fetchRecord, newRecord } from "./fetch/record";
import { logId, stamp } from "./util/log";
import { recordCategory, recordLeaf, recordLevel } from "./util/records";
import { watch, watchWallet } from "./util/suspension";
import { numberOrNull } from "./util/values";
import { numberAt, timeAt } from "./util/words";

export function handleBatchAnchored(event: BatchAnchoredEvent): void {
  const custodian = fetchInstitution(event.params.custodian);
  watch(custodian, "BatchAnchored", event);
  const batch = new Batch(event.params.batch);
  batch.custodian = custodian.id;
  batch.root = event.params.root;
  batch.count = event.params.count.toI32();
  batch.retentionUntil = numberOrNull(event.params.retentionUntil);
  batch.manifest = event.params.manifest;
  batch.anchoredAt = event.block.timestamp;
  batch.anchoredBy = event.params.by;
  batch.published = false;
  batch.remaining = batch.count;
  batch.save();

  const log = new BatchAnchored(logId(event));
  stamp(log, "BatchAnchored", event);
  log.batch = batch.id;
  log.custodian = custodian.id;
  log.count = batch.count;
  log.by = event.params.by;
  log.save();
}

/** Comes right after the BatchAnchored of the same batch. */
export function handleRecordsIndexed(event: RecordsIndexedEvent): void {
  const batch = Batch.load(event.params.batch)!;
  batch.published = true;
  batch.save();
  const records = event.params.records;
  for (let i = 0; i < records.length; i++) {
    const meta = records[i].meta;
    const leaf = recordLeaf(records[i].patient, records[i].commitment, meta);
    const record = newRecord(batch, leaf, records[i].patient);
    record.commitment = records[i].commitment;
    record.category = recordCategory(meta);
    record.level = recordLevel(meta);
    record.position = <i32>numberAt(meta, 48, 4);
    record.dataFrom = numberOrNull(timeAt(meta, 80));
    record.dataUntil = timeAt(meta, 120);
    record.retentionUntil = numberOrNull(timeAt(meta, 160));
    record.retentionEnd = record.retentionUntil;
    record.save();
  }

  const log = new RecordsIndexed(logId(event));
  stamp(log, "RecordsIndexed", event);
  log.batch = batch.id;
  log.custodian = batch.custodian;
  log.count = records.length;
  log.save();
}

export function handleRecordSuperseded(event: RecordSupersededEvent): void {
  watchWallet(event.params.by, "RecordSuperseded", event);
  const batch = Batch.load(event.params.batch)!;
  const successorBatch = Batch.load(event.params.successorBatch)!;
  const successor = fetchRecord(successorBatch, event.params.successor, event.params.patient);
  successor.save();
  const record = fetchRecord(batch, event.params.leaf, event.params.patient);
  record.supersededAt = event.block.timestamp;
  record.successor = successor.id;
  record.save();

  const log = new RecordSuperseded(logId(event));
  stamp(log, "RecordSuperseded", event);
  log.record = record.id;
  log.successor = successor.id;
  log.patient = fetchPatient(event.params.patient).id;
  log.reasonHash = event.params.reasonHash;
  log.by = event.params.by;
  log.save();
}

export function handleRecordDestroyed(event: RecordDestroyedEvent): void {
  watchWallet(event.params.by, "RecordDestroyed", event);
  const batch = Batch.load(event.params.batch)!;
  const record = fetchRecord(batch, event.params.leaf, event.params.patient);
  record.destroyedAt = event.block.timestamp;
  record.destructionEvidenceHash = event.params.evidenceHash;
  record.save();
  if (batch.destroyedAt === null) {
    batch.remaining -= 1;
    batch.save();
  }

  const log = new RecordDestroyed(logId(event));
  stamp(log, "RecordDestroyed", event);
  log.record = record.id;
  log.patient = fetchPatient(event.params.patient).id;
  log.evidenceHash = event.params.evidenceHash;
  log.by = event.params.by;
  log.save();
}

export function handleBatchDestroyed(event: BatchDestroyedEvent): void {
  watchWallet(event.params.by, "BatchDestroyed", event);
  const batch = Batch.load(event.params.batch)!;
  batch.destroyedAt = event.block.timestamp;
  batch.destructionEvidenceHash = event.params.evidenceHash;
  batch.remaining = 0;
  batch.save();

  const log = new BatchDestroyed(logId(event));
  stamp(log, "BatchDestroyed", event);
  log.batch = batch.id;
  log.custodian = batch.custodian;
  log.evidenceHash = event.params.evidenceHash;
  log.by = event.params.by;
  log.save();
}

/** A limit is earlier than what the custodian said; the chain takes no other. */
export function handleRetentionLimited(event: RetentionLimitedEvent): void {
  const batch = Batch.load(event.params.batch)!;
  const record = fetchRecord(batch, event.params.leaf, event.params.patient);
  const until = numberOrNull(event.params.until);
  record.retentionEnd = until === null ? record.retentionUntil : until;
  record.save();

  const log = new RetentionLimited(logId(event));
  stamp(log, "RetentionLimited", event);
  log.record = record.id;
  log.patient = record.patient;
  log.until = until;
  log.nonce = event.params.nonce;
  log.by = event.params.by;
  log.save();
}

/** The leaf is the reporter's word: it may be of no record, so it makes none. */
export function handleVerificationFailed(event: VerificationFailedEvent): void {
  const reporter = fetchInstitution(event.params.reporter);
  watch(reporter, "VerificationFailed", event);

  const log = new VerificationFailed(logId(event));
  stamp(log, "VerificationFailed", event);
  log.batch = event.params.batch;
  log.leaf = event.params.leaf;
  log.record = event.params.batch.concat(event.params.leaf);
  log.reporter = reporter.id;
  log.evidenceHash = event.params.evidenceHash;
  log.by = event.params.by;
  log.save();
}
