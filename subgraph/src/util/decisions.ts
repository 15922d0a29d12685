import { BigInt, Bytes } from "@graphprotocol/graph-ts";
import {
  Access,
  Agent,
  Batch,
  Consent,
  Institution,
  Patient,
  Record,
  Request,
  Study,
  StudyReview,
  StudyVersion,
} from "../../generated/schema";
import { consentLag, consentStatusAt, guardianshipAt } from "./consents";
import { CONSENT_PATIENT, DECISIONS, PURPOSE_PROHIBITED, RECORD_NOT_ANCHORED } from "./names";
import { recordCategory, recordCustodian, recordLevel } from "./records";
import { isZero } from "./values";
import { failedChecks, hasBit, setWord } from "./words";

/** Takes down who asks, as what, and whether the accreditation holds. */
export function setRequester(request: Request, agent: Agent, institution: Institution, time: BigInt): void {
  request.requester = agent.id;
  request.requesterRoles = agent.roles;
  request.institution = institution.id;
  request.institutionKind = institution.kind;
  request.byOfficial = institution.kind == "REGULATOR" || agent.roles.includes("OFFICER");
  request.accredited = institution.accreditedFrom.le(time) && time.lt(institution.accreditedUntil);
}

/** Takes down the study's version and whether its approvals hold; after `setRequester`. */
export function setStudy(request: Request, studyId: Bytes, time: BigInt): void {
  request.approvalsInForce = request.accredited;
  if (isZero(studyId)) return;

  const study = Study.load(studyId);
  let ethics = false;
  let legal = false;
  let isOpen = false;
  if (study !== null) {
    const version = StudyVersion.load(study.current)!;
    ethics = isApproved(version.id.concatI32(0), time);
    legal = isApproved(version.id.concatI32(1), time);
    isOpen = study.closedAt === null && version.validFrom.le(time) && time.lt(version.validUntil);
    request.study = study.id;
    request.studyVersion = version.id;
  }
  request.ethicsApproved = ethics;
  request.legallyApproved = legal;
  request.approvalsInForce = request.accredited && ethics && legal && isOpen;
}

/** Takes down what is asked and the answer. */
export function setDecision(request: Request, word: BigInt, decision: i32, failed: BigInt, time: BigInt): void {
  setWord(request, word);
  request.decision = DECISIONS[decision];
  request.failed = failed;
  request.failedChecks = failedChecks(failed);
  request.negativeListHit = hasBit(failed, PURPOSE_PROHIBITED);
  if (request.requestedAt.isZero()) request.requestedAt = time;
  request.decidedAt = time;
}

/** Takes down the record asked for. A batch or record that is not known makes a relation without another end. */
export function setRecord(access: Access, batchId: Bytes, meta: BigInt, failed: BigInt): void {
  access.batch = batchId;
  access.record = batchId.concat(access.leaf);
  access.category = recordCategory(meta);
  access.level = recordLevel(meta);
  // An anchored record's meta names its batch's own custodian.
  if (!hasBit(failed, RECORD_NOT_ANCHORED)) access.custodian = recordCustodian(meta);
}

/** Takes down the answer for a record, and what its consent is worth. */
export function setAnswer(
  access: Access,
  decision: i32,
  failed: BigInt,
  consent: Consent | null,
  patient: Patient | null,
  time: BigInt,
): void {
  access.decision = DECISIONS[decision];
  access.failed = failed;
  access.failedChecks = failedChecks(failed);
  access.decidedAt = time;
  access.consentStatus = "NONE";
  if (patient === null) return;

  access.patient = patient.id;
  access.consentStatus = consentStatusAt(consent, patient, time);
  access.consentLag = consentLag(consent, patient, time);
  if (consent !== null) {
    access.consent = consent.id;
    access.consentEpoch = consent.epoch;
  }
  const guardianship = guardianshipAt(patient, time);
  access.guardianship = guardianship === null ? null : guardianship.id;
}

/** Takes down a member of a cohort, of whom the event names the consent and the record only. */
export function setMember(
  access: Access,
  batchId: Bytes,
  decision: i32,
  failed: BigInt,
  consentId: Bytes,
  time: BigInt,
): void {
  access.batch = batchId;
  access.record = batchId.concat(access.leaf);
  const batch = Batch.load(batchId);
  if (batch !== null) access.custodian = batch.custodian;
  const record = Record.load(access.record!);
  const consent = Consent.load(consentId);
  let patient: Patient | null = null;
  if (record !== null) {
    patient = Patient.load(record.patient);
    access.category = record.category;
    // Not published, it has no level; a nullable number has no getter that says so.
    if (record.get("level") !== null) access.level = record.level;
    // A consent named for another's record says nothing of whose record it is.
  } else if (consent !== null && !hasBit(failed, CONSENT_PATIENT)) patient = Patient.load(consent.patient);
  setAnswer(access, decision, failed, consent, patient, time);
}

function isApproved(reviewId: Bytes, time: BigInt): bool {
  const review = StudyReview.load(reviewId);
  return review !== null && review.verdict != "REJECTED" && time.lt(review.validUntil);
}
