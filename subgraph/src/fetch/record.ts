import { Address, Bytes } from "@graphprotocol/graph-ts";
import { Batch, Record } from "../../generated/schema";
import { fetchPatient } from "./patient";

/** A record of an anchored batch; unpublished it has its leaf and its patient only. */
export function fetchRecord(batch: Batch, leaf: Bytes, patient: Address): Record {
  const id = batch.id.concat(leaf);
  let record = Record.load(id);
  if (record === null) {
    record = new Record(id);
    record.batch = batch.id;
    record.leaf = leaf;
    record.patient = fetchPatient(patient).id;
    record.custodian = batch.custodian;
    record.save();
  }
  return record;
}
