import {
  EmergencyDeliveryLogged as EmergencyDeliveryLoggedEvent,
  EmergencyLapsed as EmergencyLapsedEvent,
  EmergencyOpened as EmergencyOpenedEvent,
  EmergencyPatientBound as EmergencyPatientBoundEvent,
  EmergencyReceiptLogged as EmergencyReceiptLoggedEvent,
  EmergencyReviewed as EmergencyReviewedEvent,
  EmergencyRulesChanged as EmergencyRulesChangedEvent,
  OptOutSet as OptOutSetEvent,
} from "../generated/EmergencyAccess/EmergencyAccess";
import {
  Batch,
  Emergency,
  EmergencyDeliveryLogged,
  EmergencyLapsed,
  EmergencyOpened,
  EmergencyPatientBound,
  EmergencyReceiptLogged,
  EmergencyReviewed,
  EmergencyRule,
  EmergencyRulesChanged,
  OptOutSet,
} from "../generated/schema";
import { fetchEmergencyAccess } from "./fetch/access";
import { fetchAgentHour, fetchInstitutionDay } from "./fetch/count";
import { fetchAgent, fetchInstitution } from "./fetch/institution";
import { fetchPatient } from "./fetch/patient";
import { guardianshipAt } from "./util/consents";
import { logId, stamp } from "./util/log";
import { CATEGORIES } from "./util/names";
import { recordCategory, recordLevel } from "./util/records";
import { watch } from "./util/suspension";
import { bytesOrNull, isZero } from "./util/values";
import { namesOf } from "./util/words";

export { handleAuthorityUpdated } from "./accessManager";

export function handleEmergencyOpened(event: EmergencyOpenedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  watch(institution, "EmergencyOpened", event);
  const emergency = new Emergency(event.params.emergency);
  if (!isZero(event.params.patient)) {
    emergency.patient = fetchPatient(event.params.patient).id;
    emergency.noticedAt = event.block.timestamp;
  }
  emergency.institution = institution.id;
  emergency.clinician = fetchAgent(event.params.by).id;
  if (!event.params.custodian.isZero()) emergency.custodian = fetchInstitution(event.params.custodian).id;
  emergency.batch = bytesOrNull(event.params.batch);
  emergency.leaf = bytesOrNull(event.params.record);
  emergency.categories = namesOf(event.params.categories, CATEGORIES);
  emergency.optedOut = namesOf(event.params.optedOut, CATEGORIES);
  emergency.status = event.params.categories === 0 ? "REFUSED" : "OPEN";
  emergency.openedAt = event.block.timestamp;
  emergency.until = event.params.until;
  emergency.reviewUntil = event.params.reviewUntil;
  emergency.reasonHash = event.params.reasonHash;
  emergency.deliveries = 0;
  emergency.receipts = 0;
  emergency.save();
  const day = fetchInstitutionDay(institution.id, event.block.timestamp, false);
  day.emergencies += 1;
  day.save();

  const log = new EmergencyOpened(logId(event));
  stamp(log, "EmergencyOpened", event);
  log.emergency = emergency.id;
  log.patient = emergency.patient;
  log.institution = institution.id;
  log.custodian = emergency.custodian;
  log.batch = emergency.batch;
  log.leaf = emergency.leaf;
  log.categories = emergency.categories;
  log.optedOut = emergency.optedOut;
  log.until = event.params.until;
  log.reviewUntil = event.params.reviewUntil;
  log.reasonHash = event.params.reasonHash;
  log.by = event.params.by;
  log.save();
}

export function handleEmergencyPatientBound(event: EmergencyPatientBoundEvent): void {
  const custodian = fetchInstitution(event.params.custodian);
  watch(custodian, "EmergencyPatientBound", event);
  const emergency = Emergency.load(event.params.emergency)!;
  emergency.patient = fetchPatient(event.params.patient).id;
  emergency.noticedAt = event.block.timestamp;
  emergency.save();

  const log = new EmergencyPatientBound(logId(event));
  stamp(log, "EmergencyPatientBound", event);
  log.emergency = emergency.id;
  log.patient = event.params.patient;
  log.custodian = custodian.id;
  log.by = event.params.by;
  log.save();
}

export function handleEmergencyDeliveryLogged(event: EmergencyDeliveryLoggedEvent): void {
  const now = event.block.timestamp;
  const custodian = fetchInstitution(event.params.custodian);
  const patient = fetchPatient(event.params.patient);
  const guardianship = guardianshipAt(patient, now);
  watch(custodian, "EmergencyDeliveryLogged", event);
  const emergency = Emergency.load(event.params.emergency)!;
  emergency.deliveries += 1;
  emergency.save();

  const access = fetchEmergencyAccess(emergency, event.params.batch, event.params.record);
  access.patient = patient.id;
  access.custodian = custodian.id;
  // The contract refuses a record that is not well-formed.
  access.category = recordCategory(event.params.meta)!;
  access.level = recordLevel(event.params.meta);
  access.guardianship = guardianship === null ? null : guardianship.id;
  access.deliveries += 1;
  access.unmatched += 1;
  access.deliveredAt = now;
  access.deliveredCiphertextHash = event.params.ciphertextHash;
  access.save();
  const hour = fetchAgentHour(fetchAgent(event.params.by).id, now);
  hour.deliveries += 1;
  hour.save();
  const day = fetchInstitutionDay(custodian.id, now, false);
  day.deliveries += 1;
  day.save();

  const log = new EmergencyDeliveryLogged(logId(event));
  stamp(log, "EmergencyDeliveryLogged", event);
  log.emergency = emergency.id;
  log.access = access.id;
  log.patient = patient.id;
  log.custodian = custodian.id;
  log.recipient = emergency.institution;
  log.batch = event.params.batch;
  log.leaf = event.params.record;
  log.category = access.category!;
  log.level = access.level;
  log.ciphertextHash = event.params.ciphertextHash;
  log.evidenceHash = event.params.evidenceHash;
  log.by = event.params.by;
  log.save();
}

export function handleEmergencyReceiptLogged(event: EmergencyReceiptLoggedEvent): void {
  const institution = fetchInstitution(event.params.institution);
  watch(institution, "EmergencyReceiptLogged", event);
  const emergency = Emergency.load(event.params.emergency)!;
  emergency.receipts += 1;
  emergency.save();

  const access = fetchEmergencyAccess(emergency, event.params.batch, event.params.record);
  const batch = Batch.load(event.params.batch);
  if (batch !== null) access.custodian = batch.custodian;
  access.receipts += 1;
  access.unmatched -= 1;
  access.receivedAt = event.block.timestamp;
  access.receivedCiphertextHash = event.params.ciphertextHash;
  access.verified = event.params.verified;
  access.save();
  const hour = fetchAgentHour(fetchAgent(event.params.by).id, event.block.timestamp);
  hour.receipts += 1;
  hour.save();

  const log = new EmergencyReceiptLogged(logId(event));
  stamp(log, "EmergencyReceiptLogged", event);
  log.emergency = emergency.id;
  log.access = access.id;
  log.institution = institution.id;
  log.batch = event.params.batch;
  log.leaf = event.params.record;
  log.ciphertextHash = event.params.ciphertextHash;
  log.verified = event.params.verified;
  log.by = event.params.by;
  log.save();
}

export function handleEmergencyReviewed(event: EmergencyReviewedEvent): void {
  const reviewer = fetchInstitution(event.params.reviewer);
  watch(reviewer, "EmergencyReviewed", event);
  const emergency = Emergency.load(event.params.emergency)!;
  emergency.status = event.params.justified ? "JUSTIFIED" : "UNJUSTIFIED";
  emergency.reviewedAt = event.block.timestamp;
  emergency.reviewedBy = event.params.by;
  emergency.reviewer = reviewer.id;
  emergency.reviewReasonHash = event.params.reasonHash;
  emergency.save();

  const log = new EmergencyReviewed(logId(event));
  stamp(log, "EmergencyReviewed", event);
  log.emergency = emergency.id;
  log.justified = event.params.justified;
  log.reasonHash = event.params.reasonHash;
  log.reviewer = reviewer.id;
  log.by = event.params.by;
  log.save();
}

export function handleEmergencyLapsed(event: EmergencyLapsedEvent): void {
  const emergency = Emergency.load(event.params.emergency)!;
  emergency.status = "LAPSED";
  emergency.lapsedAt = event.block.timestamp;
  emergency.save();

  const log = new EmergencyLapsed(logId(event));
  stamp(log, "EmergencyLapsed", event);
  log.emergency = emergency.id;
  log.by = event.params.by;
  log.save();
}

export function handleOptOutSet(event: OptOutSetEvent): void {
  const patient = fetchPatient(event.params.patient);
  patient.emergencyOptOut = namesOf(event.params.categories, CATEGORIES);
  patient.save();

  const log = new OptOutSet(logId(event));
  stamp(log, "OptOutSet", event);
  log.patient = patient.id;
  log.categories = patient.emergencyOptOut;
  log.nonce = event.params.nonce;
  log.by = event.params.by;
  log.save();
}

export function handleEmergencyRulesChanged(event: EmergencyRulesChangedEvent): void {
  const rule = new EmergencyRule(event.address);
  rule.defaultDuration = event.params.defaultDuration;
  rule.maxDuration = event.params.maxDuration;
  rule.reviewWindow = event.params.reviewWindow;
  rule.since = event.block.timestamp;
  rule.save();

  const log = new EmergencyRulesChanged(logId(event));
  stamp(log, "EmergencyRulesChanged", event);
  log.defaultDuration = event.params.defaultDuration;
  log.maxDuration = event.params.maxDuration;
  log.reviewWindow = event.params.reviewWindow;
  log.by = event.params.by;
  log.save();
}
