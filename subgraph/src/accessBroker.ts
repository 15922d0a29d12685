import { BigInt, ethereum } from "@graphprotocol/graph-ts";
import {
  AccessDecided as AccessDecidedEvent,
  AccessReviewed as AccessReviewedEvent,
  AccessWasPaused as AccessWasPausedEvent,
  AccessWasResumed as AccessWasResumedEvent,
  AlertThresholdsChanged as AlertThresholdsChangedEvent,
  CohortDecided as CohortDecidedEvent,
  CohortMembersGranted as CohortMembersGrantedEvent,
  CohortMembersRefused as CohortMembersRefusedEvent,
  DeliveryLogged as DeliveryLoggedEvent,
  DenialAlert as DenialAlertEvent,
  GrantRevoked as GrantRevokedEvent,
  KeyRevocationLogged as KeyRevocationLoggedEvent,
  ReceiptLogged as ReceiptLoggedEvent,
  RuleSetChanged as RuleSetChangedEvent,
} from "../generated/AccessBroker/AccessBroker";
import {
  AccessDecided,
  AccessReviewed,
  AccessPause,
  AccessWasPaused,
  AccessWasResumed,
  AlertThreshold,
  AlertThresholdsChanged,
  CohortDecided,
  CohortMembersGranted,
  CohortMembersRefused,
  Consent,
  DeliveryLogged,
  DenialAlert,
  GrantRevoked,
  KeyRevocationLogged,
  LevelRule,
  Patient,
  ReceiptLogged,
  RuleSet,
  RuleSetChanged,
} from "../generated/schema";
import { fetchAccess, fetchRequest, newAccess } from "./fetch/access";
import { fetchAgentHour, fetchInstitutionDay } from "./fetch/count";
import { fetchAgent, fetchInstitution } from "./fetch/institution";
import { fetchPatient } from "./fetch/patient";
import { authorityOf, consentLag, consentStatusAt, guardianshipAt } from "./util/consents";
import { countDay, countDecision, countRefusal, countRefusals, isSandbox } from "./util/counts";
import { setAnswer, setDecision, setMember, setRecord, setRequester, setStudy } from "./util/decisions";
import { logId, stamp } from "./util/log";
import { ACCESS_REVIEW_KINDS, APPROVED, DECISIONS, DENIED } from "./util/names";
import { recordCategory, recordLevel } from "./util/records";
import { watch, watchWallet } from "./util/suspension";
import { bytesOrNull } from "./util/values";
import { failedChecks, namesOf, purposes } from "./util/words";

export { handleAuthorityUpdated } from "./accessManager";

/** Comes again with each review of the same request; only the first is the requester's act. */
export function handleAccessDecided(event: AccessDecidedEvent): void {
  const now = event.block.timestamp;
  const params = event.params;
  const institution = fetchInstitution(params.institution);
  const requester = fetchAgent(params.requester);
  const patient = fetchPatient(params.patient);
  const request = fetchRequest(params.request);
  const isNew = request.requestedAt.isZero();
  const isOther = request.decision != DECISIONS[params.decision];
  const granted = params.decision == APPROVED ? 1 : 0;

  setRequester(request, requester, institution, now);
  setStudy(request, params.study, now);
  setDecision(request, params.word, params.decision, params.failed, now);
  request.isCohort = false;
  request.patient = patient.id;
  request.until = params.until;
  request.pendingReviews = namesOf(params.pendingReviews, ACCESS_REVIEW_KINDS);
  request.ruleVersion = params.ruleVersion.toI32();
  request.ruleSet = event.address.concatI32(request.ruleVersion);
  request.granted = granted;
  request.refused = params.decision == DENIED ? 1 : 0;
  request.save();

  const access = isNew
    ? newAccess(request.id, params.batch, params.record)
    : fetchAccess(request.id, params.batch, params.record);
  setRecord(access, params.batch, params.meta, params.failed);
  setAnswer(access, params.decision, params.failed, Consent.load(params.consent), patient, now);
  access.save();

  if (isOther) {
    countDecision(params.decision, params.word, params.failed, 1, 1);
    countDay(request, params.decision, now);
  }
  if (isNew) {
    watch(institution, "AccessDecided", event);
    const hour = fetchAgentHour(requester.id, now);
    hour.requests += 1;
    if (params.decision == DENIED) hour.denied += 1;
    hour.records += granted;
    hour.save();
    if (request.negativeListHit) {
      institution.negativeListHits += 1;
      institution.save();
    }
  }

  const log = new AccessDecided(logId(event));
  stamp(log, "AccessDecided", event);
  log.request = request.id;
  log.access = access.id;
  log.requester = requester.id;
  log.patient = patient.id;
  log.institution = institution.id;
  log.decision = request.decision;
  log.failed = params.failed;
  log.failedChecks = request.failedChecks;
  log.pendingReviews = request.pendingReviews;
  log.ruleVersion = request.ruleVersion;
  log.study = params.study;
  log.word = params.word;
  log.consent = params.consent;
  log.batch = params.batch;
  log.leaf = params.record;
  log.meta = params.meta;
  log.until = params.until;
  log.askHash = params.askHash;
  log.save();
}

/** Comes before the CohortDecided of the same request. */
export function handleCohortMembersGranted(event: CohortMembersGrantedEvent): void {
  const params = event.params;
  for (let i = 0; i < params.records.length; i++) {
    const access = newAccess(params.request, params.batch, params.records[i]);
    access.position = place(event, i);
    setMember(access, params.batch, APPROVED, BigInt.zero(), params.consents[i], event.block.timestamp);
    access.save();
  }

  const log = new CohortMembersGranted(logId(event));
  stamp(log, "CohortMembersGranted", event);
  log.request = params.request;
  log.batch = params.batch;
  log.count = params.records.length;
  log.save();
}

/** Comes before the CohortDecided of the same request. */
export function handleCohortMembersRefused(event: CohortMembersRefusedEvent): void {
  const params = event.params;
  for (let i = 0; i < params.records.length; i++) {
    const access = newAccess(params.request, params.batch, params.records[i]);
    access.position = place(event, i);
    setMember(access, params.batch, DENIED, params.failed[i], params.consents[i], event.block.timestamp);
    access.save();
    countRefusal(params.request, params.failed[i]);
  }

  const log = new CohortMembersRefused(logId(event));
  stamp(log, "CohortMembersRefused", event);
  log.request = params.request;
  log.batch = params.batch;
  log.count = params.records.length;
  log.save();
}

export function handleCohortDecided(event: CohortDecidedEvent): void {
  const now = event.block.timestamp;
  const params = event.params;
  const institution = fetchInstitution(params.institution);
  const requester = fetchAgent(params.requester);
  const request = fetchRequest(params.request);
  watch(institution, "CohortDecided", event);

  setRequester(request, requester, institution, now);
  setStudy(request, params.study, now);
  setDecision(request, params.word, params.decision, params.failed, now);
  request.isCohort = true;
  request.until = params.until;
  request.ruleVersion = params.ruleVersion.toI32();
  request.ruleSet = event.address.concatI32(request.ruleVersion);
  request.root = bytesOrNull(params.root);
  request.granted = params.count.toI32();
  request.refused = countRefusals(request.id, params.word);
  request.save();

  countDecision(params.decision, params.word, params.failed, 1, request.granted);
  countDay(request, params.decision, now);
  const hour = fetchAgentHour(requester.id, now);
  hour.requests += 1;
  if (params.decision == DENIED) hour.denied += 1;
  hour.records += request.granted;
  hour.save();
  if (request.negativeListHit) {
    institution.negativeListHits += 1;
    institution.save();
  }

  const log = new CohortDecided(logId(event));
  stamp(log, "CohortDecided", event);
  log.request = request.id;
  log.requester = requester.id;
  log.institution = institution.id;
  log.decision = request.decision;
  log.failed = params.failed;
  log.failedChecks = request.failedChecks;
  log.ruleVersion = request.ruleVersion;
  log.study = params.study;
  log.word = params.word;
  log.root = params.root;
  log.count = request.granted;
  log.until = params.until;
  log.save();
}

/** The AccessDecided that follows says what is still pending. */
export function handleAccessReviewed(event: AccessReviewedEvent): void {
  const request = fetchRequest(event.params.request);
  const kind = ACCESS_REVIEW_KINDS[event.params.kind];

  const log = new AccessReviewed(logId(event));
  stamp(log, "AccessReviewed", event);
  log.request = request.id;
  log.reviewer = event.params.reviewer;
  if (kind == "PATIENT") {
    log.authority = authorityOf(event.params.reviewer, Patient.load(request.patient!)!, event.block.timestamp);
  } else {
    watchWallet(event.params.reviewer, "AccessReviewed", event);
    log.institution = fetchAgent(event.params.reviewer).institution;
  }
  log.kind = kind;
  log.approved = event.params.approved;
  log.evidenceHash = event.params.evidenceHash;
  log.save();
}

export function handleGrantRevoked(event: GrantRevokedEvent): void {
  watchWallet(event.params.by, "GrantRevoked", event);
  const request = fetchRequest(event.params.grant);
  request.revokedAt = event.block.timestamp;
  request.revokedBy = event.params.by;
  request.revocationReasonHash = event.params.reasonHash;
  request.save();

  const log = new GrantRevoked(logId(event));
  stamp(log, "GrantRevoked", event);
  log.request = request.id;
  log.reasonHash = event.params.reasonHash;
  log.by = event.params.by;
  log.save();
}

export function handleDeliveryLogged(event: DeliveryLoggedEvent): void {
  const now = event.block.timestamp;
  const params = event.params;
  const custodian = fetchInstitution(params.custodian);
  const patient = fetchPatient(params.patient);
  const request = fetchRequest(params.grant);
  const consent = Consent.load(params.consent);
  const guardianship = guardianshipAt(patient, now);
  const category = recordCategory(params.meta)!;
  watch(custodian, "DeliveryLogged", event);

  const access = fetchAccess(request.id, params.batch, params.record);
  access.patient = patient.id;
  access.custodian = custodian.id;
  access.category = category;
  access.level = recordLevel(params.meta);
  access.withinRequest = request.categories.includes(category) && access.level <= request.level;
  access.deliveries += 1;
  access.unmatched += 1;
  access.deliveredAt = now;
  access.deliveredCiphertextHash = params.delivery.ciphertextHash;
  access.save();
  const hour = fetchAgentHour(fetchAgent(params.by).id, now);
  hour.deliveries += 1;
  hour.save();
  const day = fetchInstitutionDay(custodian.id, now, isSandbox(request));
  day.deliveries += 1;
  day.save();

  const log = new DeliveryLogged(logId(event));
  stamp(log, "DeliveryLogged", event);
  log.request = request.id;
  log.access = access.id;
  log.patient = patient.id;
  log.custodian = custodian.id;
  log.recipient = request.institution;
  log.category = category;
  log.level = access.level;
  if (consent !== null) log.consent = consent.id;
  log.consentStatus = consentStatusAt(consent, patient, now);
  log.consentLag = consentLag(consent, patient, now);
  if (guardianship !== null) log.guardianship = guardianship.id;
  log.ciphertextHash = params.delivery.ciphertextHash;
  log.evidenceHash = params.delivery.evidenceHash;
  log.sensitivitiesChecked = params.delivery.sensitivitiesChecked;
  log.by = params.by;
  log.save();
}

export function handleReceiptLogged(event: ReceiptLoggedEvent): void {
  const now = event.block.timestamp;
  const params = event.params;
  const institution = fetchInstitution(params.institution);
  const patient = fetchPatient(params.patient);
  watch(institution, "ReceiptLogged", event);

  const access = fetchAccess(params.grant, params.batch, params.record);
  const consentId = access.consent;
  let consent: Consent | null = null;
  if (consentId !== null) consent = Consent.load(consentId);
  access.patient = patient.id;
  access.receipts += 1;
  access.unmatched -= 1;
  access.receivedAt = now;
  access.receivedCiphertextHash = params.ciphertextHash;
  access.verified = params.verified;
  access.save();
  const hour = fetchAgentHour(fetchAgent(params.by).id, now);
  hour.receipts += 1;
  hour.save();

  const log = new ReceiptLogged(logId(event));
  stamp(log, "ReceiptLogged", event);
  log.request = params.grant;
  log.access = access.id;
  log.patient = patient.id;
  log.institution = institution.id;
  log.consentStatus = consentStatusAt(consent, patient, now);
  log.consentLag = consentLag(consent, patient, now);
  log.ciphertextHash = params.ciphertextHash;
  log.verified = params.verified;
  log.by = params.by;
  log.save();
}

export function handleKeyRevocationLogged(event: KeyRevocationLoggedEvent): void {
  const now = event.block.timestamp;
  const params = event.params;
  const custodian = fetchInstitution(params.custodian);
  const patient = fetchPatient(params.patient);
  watch(custodian, "KeyRevocationLogged", event);

  const access = fetchAccess(params.grant, params.batch, params.record);
  access.patient = patient.id;
  access.keyRevokedAt = now;
  access.keyRevocationLag = consentLag(Consent.load(params.consent), patient, now);
  access.save();

  const log = new KeyRevocationLogged(logId(event));
  stamp(log, "KeyRevocationLogged", event);
  log.request = params.grant;
  log.access = access.id;
  log.patient = patient.id;
  log.custodian = custodian.id;
  log.lag = access.keyRevocationLag;
  log.evidenceHash = params.evidenceHash;
  log.by = params.by;
  log.save();
}

export function handleDenialAlert(event: DenialAlertEvent): void {
  const requester = fetchAgent(event.params.requester);
  requester.refusedUntil = event.params.suspendedUntil;
  requester.save();

  const log = new DenialAlert(logId(event));
  stamp(log, "DenialAlert", event);
  log.requester = requester.id;
  log.institution = fetchInstitution(event.params.institution).id;
  log.denials = event.params.denials;
  log.suspendedUntil = event.params.suspendedUntil;
  log.save();
}

export function handleRuleSetChanged(event: RuleSetChangedEvent): void {
  const version = event.params.version.toI32();
  const before = RuleSet.load(event.address.concatI32(version - 1));
  if (before !== null) {
    before.until = event.block.timestamp;
    before.save();
  }
  const rules = event.params.rules;
  const ruleSet = new RuleSet(event.address.concatI32(version));
  ruleSet.version = version;
  ruleSet.contract = event.params.ruleSet;
  ruleSet.prohibitedPurposes = purposes(rules.prohibitedPurposes);
  ruleSet.maxGrantDuration = rules.maxGrantDuration;
  ruleSet.since = event.block.timestamp;
  ruleSet.by = event.params.by;
  ruleSet.save();
  for (let i = 0; i < rules.levels.length; i++) {
    const rule = new LevelRule(ruleSet.id.concatI32(i));
    rule.ruleSet = ruleSet.id;
    rule.level = i;
    rule.needsConsent = rules.levels[i].needsConsent;
    rule.needsStudy = rules.levels[i].needsStudy;
    rule.needsCoreCategory = rules.levels[i].needsCoreCategory;
    rule.needsSeparateConsent = rules.levels[i].needsSeparateConsent;
    rule.reviews = namesOf(rules.levels[i].reviews, ACCESS_REVIEW_KINDS);
    rule.save();
  }

  const log = new RuleSetChanged(logId(event));
  stamp(log, "RuleSetChanged", event);
  log.ruleSet = ruleSet.id;
  log.version = version;
  log.by = event.params.by;
  log.save();
}

export function handleAlertThresholdsChanged(event: AlertThresholdsChangedEvent): void {
  const threshold = new AlertThreshold(event.address);
  threshold.maxDenials = event.params.maxDenials;
  threshold.window = event.params.window;
  threshold.suspension = event.params.suspension;
  threshold.since = event.block.timestamp;
  threshold.save();

  const log = new AlertThresholdsChanged(logId(event));
  stamp(log, "AlertThresholdsChanged", event);
  log.maxDenials = event.params.maxDenials;
  log.window = event.params.window;
  log.suspension = event.params.suspension;
  log.by = event.params.by;
  log.save();
}

export function handleAccessWasPaused(event: AccessWasPausedEvent): void {
  const pause = new AccessPause(event.address);
  pause.since = event.block.timestamp;
  pause.until = event.params.until;
  pause.reasonHash = event.params.reasonHash;
  pause.by = event.params.by;
  pause.resumedAt = null;
  pause.save();

  const log = new AccessWasPaused(logId(event));
  stamp(log, "AccessWasPaused", event);
  log.until = event.params.until;
  log.reasonHash = event.params.reasonHash;
  log.by = event.params.by;
  log.save();
}

export function handleAccessWasResumed(event: AccessWasResumedEvent): void {
  const pause = AccessPause.load(event.address)!;
  pause.resumedAt = event.block.timestamp;
  pause.save();

  const log = new AccessWasResumed(logId(event));
  stamp(log, "AccessWasResumed", event);
  log.reasonHash = event.params.reasonHash;
  log.by = event.params.by;
  log.save();
}

/** Orders members by event and place within it; no block holds 2^18 logs, no event 2^13 members. */
function place(event: ethereum.Event, index: i32): i32 {
  return (event.logIndex.toI32() << 13) + index;
}
