import { Address, Bytes, crypto } from "@graphprotocol/graph-ts";
import { Attribute, Delegate, Mandate, Patient } from "../../generated/schema";

/** A DID needs no registration: it owns itself until an event says otherwise. */
export function fetchPatient(identity: Address): Patient {
  let patient = Patient.load(identity);
  if (patient === null) {
    patient = new Patient(identity);
    patient.owner = identity;
    patient.epoch = 0;
    patient.emergencyOptOut = [];
    patient.save();
  }
  return patient;
}

export function fetchDelegate(patient: Patient, delegateType: Bytes, delegate: Address): Delegate {
  const id = patient.id.concat(delegateType).concat(delegate);
  let entity = Delegate.load(id);
  if (entity === null) {
    entity = new Delegate(id);
    entity.patient = patient.id;
    entity.delegateType = delegateType;
    entity.delegate = delegate;
  }
  return entity;
}

export function fetchAttribute(patient: Patient, name: Bytes, value: Bytes): Attribute {
  const id = patient.id.concat(name).concat(Bytes.fromByteArray(crypto.keccak256(value)));
  let attribute = Attribute.load(id);
  if (attribute === null) {
    attribute = new Attribute(id);
    attribute.patient = patient.id;
    attribute.name = name;
    attribute.value = value;
  }
  return attribute;
}

export function fetchMandate(patient: Patient, delegate: Address): Mandate {
  const id = patient.id.concat(delegate);
  let mandate = Mandate.load(id);
  if (mandate === null) {
    mandate = new Mandate(id);
    mandate.patient = patient.id;
    mandate.delegate = delegate;
  }
  return mandate;
}
