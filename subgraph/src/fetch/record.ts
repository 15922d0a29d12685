import { Address, Bytes } from "@graphprotocol/graph-ts";
import { Batch, Record } from "../../generated/schema";
import { fetchPatient } from "./patient";

/** A record of an anchored batch; unpublished it has its leaf and its patient only. */
export function fetchRecord(batch: Batch, leaf: Bytes, patient: Address): Record {
  const record = Record.load(batch.id.concat(leaf));
  return record === null ? newRecord(batch, leaf, patient) : record;
}

/** The same for a batch that is new, of which no record can be there. */
export function newRecord(batch: Batch, leaf: Bytes, patient: Address): Record {
  const record = new Record(batch.id.concat(leaf));
  record.batch = batch.id;
  record.leaf = leaf;
  record.patient = fetchPatient(patient).id;
  record.custodian = batch.custodian;
  return record;
}
