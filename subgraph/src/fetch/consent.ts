import { ConsentEpoch, Patient } from "../../generated/schema";

export function fetchConsentEpoch(patient: Patient, number: i32): ConsentEpoch {
  const id = patient.id.concatI32(number);
  let epoch = ConsentEpoch.load(id);
  if (epoch === null) {
    epoch = new ConsentEpoch(id);
    epoch.patient = patient.id;
    epoch.number = number;
    epoch.save();
  }
  return epoch;
}
