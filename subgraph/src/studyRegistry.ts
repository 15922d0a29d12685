import { BigInt, Bytes } from "@graphprotocol/graph-ts";
import {
  SandboxLimitsChanged as SandboxLimitsChangedEvent,
  StudyClosed as StudyClosedEvent,
  StudyRegistered as StudyRegisteredEvent,
  StudyReviewed as StudyReviewedEvent,
} from "../generated/StudyRegistry/StudyRegistry";
import {
  SandboxLimit,
  SandboxLimitsChanged,
  Study,
  StudyClosed,
  StudyRegistered,
  StudyReview,
  StudyReviewed,
  StudyVersion,
} from "../generated/schema";
import { fetchInstitution } from "./fetch/institution";
import { fetchStudy } from "./fetch/study";
import { logId, stamp } from "./util/log";
import { CATEGORIES, STUDY_REVIEW_KINDS, STUDY_VERDICTS } from "./util/names";
import { watch, watchWallet } from "./util/suspension";
import { bytes4, bytesOrNull } from "./util/values";
import { modifiers, namesOf, setWord, validFrom, validUntil } from "./util/words";

export { handleAuthorityUpdated } from "./accessManager";

/** Version 1 is the study's registration, a later one an amendment. */
export function handleStudyRegistered(event: StudyRegisteredEvent): void {
  const terms = event.params.terms;
  const sponsor = fetchInstitution(event.params.sponsor);
  watch(sponsor, "StudyRegistered", event);
  const version = new StudyVersion(event.params.study.concatI32(event.params.version));
  version.study = event.params.study;
  version.number = event.params.version;
  version.protocolHash = terms.protocolHash;
  setWord(version, terms.scope);
  version.modifiers = modifiers(terms.scope);
  version.validFrom = validFrom(terms.scope);
  version.validUntil = validUntil(terms.scope);
  version.coreCategories = namesOf(terms.coreCategories, CATEGORIES);
  version.subjectCap = terms.subjectCap;
  version.sandbox = terms.sandbox;
  version.filingHash = bytesOrNull(terms.filingHash);
  version.collaborators = terms.collaborators.map<Bytes>((number: BigInt) => bytes4(number));
  version.diseaseCodes = terms.diseaseCodes;
  version.registeredAt = event.block.timestamp;
  version.save();
  const study = fetchStudy(event.params.study);
  if (study.version == 0) study.registeredAt = event.block.timestamp;
  study.sponsor = sponsor.id;
  study.version = event.params.version;
  study.current = version.id;
  study.save();

  const log = new StudyRegistered(logId(event));
  stamp(log, "StudyRegistered", event);
  log.study = study.id;
  log.studyVersion = version.id;
  log.sponsor = sponsor.id;
  log.by = event.params.by;
  log.save();
}

export function handleStudyReviewed(event: StudyReviewedEvent): void {
  const reviewer = fetchInstitution(event.params.reviewer);
  watch(reviewer, "StudyReviewed", event);
  const version = event.params.study.concatI32(event.params.version);
  const review = new StudyReview(version.concatI32(event.params.kind));
  review.studyVersion = version;
  review.kind = STUDY_REVIEW_KINDS[event.params.kind];
  review.verdict = STUDY_VERDICTS[event.params.verdict];
  review.reviewedAt = event.block.timestamp;
  review.validUntil = event.params.validUntil;
  review.reasonHash = event.params.reasonHash;
  review.institution = reviewer.id;
  review.by = event.params.by;
  review.save();

  const log = new StudyReviewed(logId(event));
  stamp(log, "StudyReviewed", event);
  log.study = event.params.study;
  log.studyVersion = version;
  log.kind = review.kind;
  log.verdict = review.verdict;
  log.validUntil = event.params.validUntil;
  log.reasonHash = event.params.reasonHash;
  log.reviewer = reviewer.id;
  log.by = event.params.by;
  log.save();
}

export function handleStudyClosed(event: StudyClosedEvent): void {
  watchWallet(event.params.by, "StudyClosed", event);
  const study = Study.load(event.params.study)!;
  study.closedAt = event.block.timestamp;
  study.closedBy = event.params.by;
  study.closeReasonHash = event.params.reasonHash;
  study.save();

  const log = new StudyClosed(logId(event));
  stamp(log, "StudyClosed", event);
  log.study = study.id;
  log.reasonHash = event.params.reasonHash;
  log.by = event.params.by;
  log.save();
}

export function handleSandboxLimitsChanged(event: SandboxLimitsChangedEvent): void {
  const limit = new SandboxLimit(event.address);
  limit.maxSubjects = event.params.maxSubjects;
  limit.maxDuration = event.params.maxDuration;
  limit.since = event.block.timestamp;
  limit.save();

  const log = new SandboxLimitsChanged(logId(event));
  stamp(log, "SandboxLimitsChanged", event);
  log.maxSubjects = event.params.maxSubjects;
  log.maxDuration = event.params.maxDuration;
  log.by = event.params.by;
  log.save();
}
