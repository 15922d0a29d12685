import { Address } from "@graphprotocol/graph-ts";
import {
  DIDAttributeChanged as DIDAttributeChangedEvent,
  DIDDelegateChanged as DIDDelegateChangedEvent,
  DIDOwnerChanged as DIDOwnerChangedEvent,
  GuardianAppointed as GuardianAppointedEvent,
  MandateEnded as MandateEndedEvent,
  MandateGiven as MandateGivenEvent,
  PayoutChanged as PayoutChangedEvent,
  RecoveryCancelled as RecoveryCancelledEvent,
  RecoveryFinished as RecoveryFinishedEvent,
  RecoverySetupChanged as RecoverySetupChangedEvent,
  RecoveryStarted as RecoveryStartedEvent,
} from "../generated/PatientRegistry/PatientRegistry";
import {
  DIDAttributeChanged,
  DIDDelegateChanged,
  DIDOwnerChanged,
  GuardianAppointed,
  Guardianship,
  MandateEnded,
  MandateGiven,
  PayoutChanged,
  Recovery,
  RecoveryCancelled,
  RecoveryFinished,
  RecoverySetupChanged,
  RecoveryStarted,
} from "../generated/schema";
import { fetchAttribute, fetchDelegate, fetchMandate, fetchPatient } from "./fetch/patient";
import { guardianshipAt } from "./util/consents";
import { logId, stamp } from "./util/log";
import { bytesOrNull } from "./util/values";
import { setConditions, setWord, validFrom, validUntil } from "./util/words";

export function handleDIDOwnerChanged(event: DIDOwnerChangedEvent): void {
  const patient = fetchPatient(event.params.identity);
  patient.owner = event.params.owner;
  if (event.params.owner == Address.zero()) patient.deactivatedAt = event.block.timestamp;
  patient.save();

  const log = new DIDOwnerChanged(logId(event));
  stamp(log, "DIDOwnerChanged", event);
  log.patient = patient.id;
  log.owner = event.params.owner;
  log.previousChange = event.params.previousChange;
  log.save();
}

export function handleDIDDelegateChanged(event: DIDDelegateChangedEvent): void {
  const patient = fetchPatient(event.params.identity);
  const delegate = fetchDelegate(patient, event.params.delegateType, event.params.delegate);
  delegate.validTo = event.params.validTo;
  delegate.save();

  const log = new DIDDelegateChanged(logId(event));
  stamp(log, "DIDDelegateChanged", event);
  log.patient = patient.id;
  log.delegate = delegate.id;
  log.validTo = event.params.validTo;
  log.previousChange = event.params.previousChange;
  log.save();
}

export function handleDIDAttributeChanged(event: DIDAttributeChangedEvent): void {
  const patient = fetchPatient(event.params.identity);
  const attribute = fetchAttribute(patient, event.params.name, event.params.value);
  attribute.validTo = event.params.validTo;
  attribute.save();

  const log = new DIDAttributeChanged(logId(event));
  stamp(log, "DIDAttributeChanged", event);
  log.patient = patient.id;
  log.attribute = attribute.id;
  log.validTo = event.params.validTo;
  log.previousChange = event.params.previousChange;
  log.save();
}

export function handleGuardianAppointed(event: GuardianAppointedEvent): void {
  const patient = fetchPatient(event.params.identity);
  const former = guardianshipAt(patient, event.block.timestamp);
  if (former !== null) {
    former.replacedAt = event.block.timestamp;
    former.save();
  }
  const guardianship = new Guardianship(logId(event));
  guardianship.patient = patient.id;
  guardianship.guardian = event.params.guardian;
  guardianship.coGuardian = bytesOrNull(event.params.coGuardian);
  guardianship.from = event.params.from;
  guardianship.assentFrom = event.params.assentFrom;
  guardianship.majority = event.params.majority;
  guardianship.save();
  patient.guardianship = guardianship.id;
  patient.save();

  const log = new GuardianAppointed(logId(event));
  stamp(log, "GuardianAppointed", event);
  log.patient = patient.id;
  log.guardianship = guardianship.id;
  log.save();
}

export function handleMandateGiven(event: MandateGivenEvent): void {
  const patient = fetchPatient(event.params.identity);
  const mandate = fetchMandate(patient, event.params.delegate);
  const guardianship = guardianshipAt(patient, event.block.timestamp);
  setWord(mandate, event.params.mandate);
  setConditions(mandate, event.params.mandate);
  mandate.validFrom = validFrom(event.params.mandate);
  mandate.validUntil = validUntil(event.params.mandate);
  mandate.guardianship = guardianship === null ? null : guardianship.id;
  mandate.givenAt = event.block.timestamp;
  mandate.endedAt = null;
  mandate.save();

  const log = new MandateGiven(logId(event));
  stamp(log, "MandateGiven", event);
  log.patient = patient.id;
  log.mandate = mandate.id;
  log.word = event.params.mandate;
  log.save();
}

export function handleMandateEnded(event: MandateEndedEvent): void {
  const patient = fetchPatient(event.params.identity);
  const mandate = fetchMandate(patient, event.params.delegate);
  mandate.endedAt = event.block.timestamp;
  mandate.save();

  const log = new MandateEnded(logId(event));
  stamp(log, "MandateEnded", event);
  log.patient = patient.id;
  log.mandate = mandate.id;
  log.save();
}

export function handlePayoutChanged(event: PayoutChangedEvent): void {
  const to = bytesOrNull(event.params.to);
  const patient = fetchPatient(event.params.identity);
  patient.payoutTo = to;
  patient.payoutBy = event.params.by;
  patient.save();

  const log = new PayoutChanged(logId(event));
  stamp(log, "PayoutChanged", event);
  log.patient = patient.id;
  log.to = to;
  log.by = event.params.by;
  log.save();
}

/** A setup that waits is taken up once its time has come, and dropped by a change before. */
export function handleRecoverySetupChanged(event: RecoverySetupChangedEvent): void {
  const patient = fetchPatient(event.params.identity);
  const nextFrom = patient.nextRecoverySetupFrom;
  if (nextFrom !== null && nextFrom.le(event.block.timestamp)) patient.recoverySetup = patient.nextRecoverySetup;
  if (event.params.from.le(event.block.timestamp)) {
    patient.recoverySetup = event.params.setupHash;
    patient.nextRecoverySetup = null;
    patient.nextRecoverySetupFrom = null;
  } else {
    patient.nextRecoverySetup = event.params.setupHash;
    patient.nextRecoverySetupFrom = event.params.from;
  }
  patient.save();

  const log = new RecoverySetupChanged(logId(event));
  stamp(log, "RecoverySetupChanged", event);
  log.patient = patient.id;
  log.setupHash = event.params.setupHash;
  log.from = event.params.from;
  log.save();
}

export function handleRecoveryStarted(event: RecoveryStartedEvent): void {
  const patient = fetchPatient(event.params.identity);
  const recovery = new Recovery(logId(event));
  recovery.patient = patient.id;
  recovery.newOwner = event.params.newOwner;
  recovery.startedAt = event.block.timestamp;
  recovery.readyAt = event.params.readyAt;
  recovery.save();
  patient.recovery = recovery.id;
  patient.save();

  const log = new RecoveryStarted(logId(event));
  stamp(log, "RecoveryStarted", event);
  log.patient = patient.id;
  log.recovery = recovery.id;
  log.save();
}

export function handleRecoveryCancelled(event: RecoveryCancelledEvent): void {
  const patient = fetchPatient(event.params.identity);
  const recovery = Recovery.load(patient.recovery!)!;
  recovery.cancelledAt = event.block.timestamp;
  recovery.save();
  patient.recovery = null;
  patient.save();

  const log = new RecoveryCancelled(logId(event));
  stamp(log, "RecoveryCancelled", event);
  log.patient = patient.id;
  log.recovery = recovery.id;
  log.save();
}

export function handleRecoveryFinished(event: RecoveryFinishedEvent): void {
  const patient = fetchPatient(event.params.identity);
  const recovery = Recovery.load(patient.recovery!)!;
  recovery.finishedAt = event.block.timestamp;
  recovery.save();
  patient.recovery = null;
  patient.save();

  const log = new RecoveryFinished(logId(event));
  stamp(log, "RecoveryFinished", event);
  log.patient = patient.id;
  log.recovery = recovery.id;
  log.save();
}
