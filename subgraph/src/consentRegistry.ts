import { Address } from "@graphprotocol/graph-ts";
import {
  AllConsentsWithdrawn as AllConsentsWithdrawnEvent,
  ConsentGiven as ConsentGivenEvent,
  ConsentInvalidated as ConsentInvalidatedEvent,
  ConsentRefused as ConsentRefusedEvent,
  ConsentRevoked as ConsentRevokedEvent,
  ConsentWithdrawn as ConsentWithdrawnEvent,
} from "../generated/ConsentRegistry/ConsentRegistry";
import {
  AllConsentsWithdrawn,
  Consent,
  ConsentGiven,
  ConsentInvalidated,
  ConsentRefused,
  ConsentRevoked,
  ConsentWithdrawn,
  Mandate,
} from "../generated/schema";
import { fetchConsentEpoch } from "./fetch/consent";
import { fetchPatient } from "./fetch/patient";
import { authorityOf, boundaryOf, guardianshipAt, isJoint } from "./util/consents";
import { logId, stamp } from "./util/log";
import { bytes4, bytesOrNull, isZero } from "./util/values";
import { hasBit, isWithin, setConditions, setWord, validFrom, validUntil } from "./util/words";

export { handleAuthorityUpdated } from "./accessManager";

const GUARDIAN_SIGNED: i32 = 245;
const DELEGATE_SIGNED: i32 = 246;

export function handleConsentGiven(event: ConsentGivenEvent): void {
  const now = event.block.timestamp;
  const policy = event.params.policy;
  const patient = fetchPatient(event.params.patient);
  const consent = new Consent(event.params.consent);
  consent.patient = patient.id;
  consent.institution = event.params.institution.isZero() ? null : bytes4(event.params.institution);
  consent.agent = bytesOrNull(event.params.agent);
  consent.study = bytesOrNull(event.params.study);
  setWord(consent, policy);
  setConditions(consent, policy);
  consent.validFrom = validFrom(policy).gt(now) ? validFrom(policy) : now;
  consent.validUntil = event.params.until;
  consent.epoch = fetchConsentEpoch(patient, event.params.epoch).id;
  consent.epochNumber = event.params.epoch;
  consent.parameters = bytesOrNull(event.params.details.parameters);
  consent.notice = event.params.details.notice;
  consent.status = "GIVEN";
  consent.authority = "SELF";
  consent.actor = event.params.actor;
  consent.givenAt = now;
  if (hasBit(policy, DELEGATE_SIGNED)) {
    consent.authority = "DELEGATE";
    setMandate(consent, event.params.actor);
  }
  if (hasBit(policy, GUARDIAN_SIGNED)) {
    const guardianship = guardianshipAt(patient, now)!;
    consent.authority = isJoint(guardianship, now) ? "JOINT" : "GUARDIAN";
    consent.guardianship = guardianship.id;
    const boundary = boundaryOf(guardianship, now);
    if (event.params.until.ge(boundary)) consent.reaffirmBy = boundary;
  }
  if (!isZero(event.params.details.previous)) {
    const previous = Consent.load(event.params.details.previous)!;
    previous.renewedAt = now;
    previous.save();
    consent.previous = previous.id;
    consent.status = "RENEWED";
  }
  consent.save();

  const log = new ConsentGiven(logId(event));
  stamp(log, "ConsentGiven", event);
  log.consent = consent.id;
  log.patient = patient.id;
  log.actor = event.params.actor;
  log.save();
}

export function handleConsentRefused(event: ConsentRefusedEvent): void {
  const now = event.block.timestamp;
  const terms = event.params.terms;
  const patient = fetchPatient(event.params.patient);
  const consent = new Consent(event.params.consent);
  consent.patient = patient.id;
  consent.institution = terms.institution.isZero() ? null : bytes4(terms.institution);
  consent.agent = bytesOrNull(terms.agent);
  consent.study = bytesOrNull(terms.study);
  setWord(consent, terms.policy);
  setConditions(consent, terms.policy);
  consent.validFrom = validFrom(terms.policy);
  consent.validUntil = validUntil(terms.policy);
  consent.epoch = fetchConsentEpoch(patient, terms.epoch).id;
  consent.epochNumber = terms.epoch;
  consent.status = "REFUSED";
  const authority = authorityOf(event.params.actor, patient, now);
  consent.authority = authority;
  if (authority == "DELEGATE") setMandate(consent, event.params.actor);
  consent.actor = event.params.actor;
  consent.givenAt = now;
  consent.endedAt = now;
  consent.endedBy = event.params.actor;
  consent.save();

  const log = new ConsentRefused(logId(event));
  stamp(log, "ConsentRefused", event);
  log.consent = consent.id;
  log.patient = patient.id;
  log.actor = event.params.actor;
  log.save();
}

export function handleConsentWithdrawn(event: ConsentWithdrawnEvent): void {
  const consent = Consent.load(event.params.consent)!;
  const patient = fetchPatient(event.params.patient);
  const authority = authorityOf(event.params.actor, patient, event.block.timestamp);
  consent.status = "WITHDRAWN";
  consent.endedAt = event.block.timestamp;
  consent.endedBy = event.params.actor;
  consent.save();

  const log = new ConsentWithdrawn(logId(event));
  stamp(log, "ConsentWithdrawn", event);
  log.consent = consent.id;
  log.patient = patient.id;
  log.actor = event.params.actor;
  log.authority = authority;
  const mandate = authority == "DELEGATE" ? Mandate.load(patient.id.concat(event.params.actor)) : null;
  if (mandate !== null) {
    log.mandateWord = mandate.word;
    log.withinMandate = isWithin(consent.word, mandate.word);
  }
  log.save();
}

export function handleConsentRevoked(event: ConsentRevokedEvent): void {
  const consent = Consent.load(event.params.consent)!;
  consent.status = "REVOKED";
  consent.endedAt = event.block.timestamp;
  consent.endedBy = event.params.actor;
  consent.endReasonHash = event.params.reasonHash;
  consent.save();

  const log = new ConsentRevoked(logId(event));
  stamp(log, "ConsentRevoked", event);
  log.consent = consent.id;
  log.patient = event.params.patient;
  log.reasonHash = event.params.reasonHash;
  log.actor = event.params.actor;
  log.save();
}

/** It may have ended before; the first end stays. */
export function handleConsentInvalidated(event: ConsentInvalidatedEvent): void {
  const consent = Consent.load(event.params.consent)!;
  consent.status = "INVALIDATED";
  if (consent.endedAt === null) {
    consent.endedAt = event.block.timestamp;
    consent.endedBy = event.params.actor;
  }
  consent.endReasonHash = event.params.reasonHash;
  consent.save();

  const log = new ConsentInvalidated(logId(event));
  stamp(log, "ConsentInvalidated", event);
  log.consent = consent.id;
  log.patient = event.params.patient;
  log.reasonHash = event.params.reasonHash;
  log.actor = event.params.actor;
  log.save();
}

/** One write, as on the chain: the consents end with their epoch, whatever their number. */
export function handleAllConsentsWithdrawn(event: AllConsentsWithdrawnEvent): void {
  const patient = fetchPatient(event.params.patient);
  patient.epoch = event.params.epoch + 1;
  patient.save();
  const epoch = fetchConsentEpoch(patient, event.params.epoch);
  epoch.endedAt = event.block.timestamp;
  epoch.endedBy = event.params.actor;
  epoch.save();

  const log = new AllConsentsWithdrawn(logId(event));
  stamp(log, "AllConsentsWithdrawn", event);
  log.patient = patient.id;
  log.epoch = epoch.id;
  log.actor = event.params.actor;
  log.save();
}

/** Holds a delegate's decision against its mandate. */
function setMandate(consent: Consent, delegate: Address): void {
  const mandate = Mandate.load(consent.patient.concat(delegate));
  if (mandate === null) return;
  consent.mandate = mandate.id;
  consent.mandateWord = mandate.word;
  consent.withinMandate = isWithin(consent.word, mandate.word);
}
