import type { Bit } from "./bits.ts";

/** A check of an access decision: its bit in the mask, what failed, and what would mend it. */
export interface Check extends Bit {
  mend: string;
}

/** The checks of contracts/common/FailedCheck.sol. Numbers are part of the audit record and never change. */
export const FAILED_CHECKS = {
  REQUESTER_STANDING: {
    bit: 0,
    label: "the requester's institution is suspended or no member",
    mend: "wait for the suspension's end or appeal to the supervision group",
  },
  REQUESTER_ROLE: {
    bit: 1,
    label: "the requester lacks the role that this purpose needs",
    mend: "have the institution's administrator give the wallet the role",
  },
  REQUESTER_ACCREDITATION: {
    bit: 2,
    label: "the institution's accreditation does not hold now",
    mend: "have the accreditation renewed",
  },
  PURPOSE_MISSING: { bit: 3, label: "the request names no purpose", mend: "name at least one purpose of use" },
  PURPOSE_PROHIBITED: {
    bit: 4,
    label: "the request names a purpose that no consent can allow",
    mend: "leave the purpose out; break-glass access has its own way",
  },
  REQUEST_SCOPE: {
    bit: 5,
    label: "the request does not fit the record: category or level differ",
    mend: "ask for the record's own category and at least its level",
  },
  REQUEST_PERIOD: {
    bit: 6,
    label: "the request's end is missing, over, or too far off",
    mend: "ask for an end within the longest grant that the rules allow",
  },
  REQUESTER_SUSPENDED: {
    bit: 7,
    label: "the requester is suspended for repeated denials",
    mend: "wait for the suspension's end",
  },
  RECORD_NOT_ANCHORED: {
    bit: 8,
    label: "the record is no leaf of the batch",
    mend: "check batch, record and proof with the custodian",
  },
  RECORD_SUPERSEDED: { bit: 9, label: "the record was corrected by another", mend: "ask for its successor" },
  RECORD_DESTROYED: { bit: 10, label: "the record was destroyed", mend: "nothing can: the data is gone" },
  RETENTION_ENDED: {
    bit: 11,
    label: "the record's retention is over",
    mend: "nothing can: the data is due for destruction",
  },
  CUSTODIAN_STANDING: {
    bit: 12,
    label: "the record's custodian is suspended or no member",
    mend: "wait for the custodian's reinstatement",
  },
  CONSENT_NOT_IN_FORCE: {
    bit: 16,
    label: "the consent is unknown, not yet in force, over, or withdrawn",
    mend: "ask the patient for a new consent",
  },
  CONSENT_PATIENT: {
    bit: 17,
    label: "the consent is another patient's",
    mend: "name a consent of the record's patient",
  },
  CONSENT_GRANTEE: { bit: 18, label: "the consent is for another institution or wallet", mend: "have the grantee ask" },
  CONSENT_STUDY: {
    bit: 19,
    label: "the consent is for another study",
    mend: "ask under the study that the consent names",
  },
  CONSENT_PURPOSE: {
    bit: 20,
    label: "the consent does not allow the purpose",
    mend: "ask the patient for a wider consent",
  },
  CONSENT_DUO_USE: {
    bit: 21,
    label: "the consent does not allow the kind of use (DUO)",
    mend: "ask the patient for a wider consent",
  },
  CONSENT_MODIFIER: {
    bit: 22,
    label: "a condition of the consent (DUO) is not fulfilled",
    mend: "fulfil it where the contracts take the fact from: the institution's profile, the study's scope, the ethics review",
  },
  CONSENT_CATEGORY: {
    bit: 23,
    label: "the consent does not allow the category",
    mend: "ask the patient for a wider consent",
  },
  CONSENT_LEVEL: {
    bit: 24,
    label: "the record's level is above the consent's",
    mend: "ask the patient for a wider consent",
  },
  CONSENT_PERIOD: {
    bit: 25,
    label: "now, or the request's end, lies outside the consent's validity",
    mend: "ask for an end within it, or the patient for a renewal",
  },
  CONSENT_SENSITIVITY: {
    bit: 26,
    label: "the consent does not allow the sensitivity",
    mend: "ask the patient for a wider consent",
  },
  CONSENT_DEIDENTIFICATION: {
    bit: 27,
    label: "the request asks for less de-identification than the consent demands",
    mend: "ask for data de-identified further",
  },
  CONSENT_RECIPIENT: {
    bit: 28,
    label: "the consent does not allow this kind of recipient",
    mend: "ask the patient for a wider consent",
  },
  CONSENT_REGION: {
    bit: 29,
    label: "the consent does not allow the recipient's region",
    mend: "ask the patient for a wider consent",
  },
  CONSENT_FLAG: {
    bit: 30,
    label: "the consent lacks a flag that the request needs",
    mend: "drop the wish for it (recontact, results, AI training, crossing borders, onward sharing), or ask the patient",
  },
  PATIENT_DEACTIVATED: { bit: 31, label: "the patient's DID is deactivated", mend: "nothing can: it is final" },
  STUDY_MISSING: { bit: 32, label: "the purpose needs a study and none is named", mend: "name an approved study" },
  STUDY_ETHICS: {
    bit: 33,
    label: "the study's ethics approval is missing, rejected or over",
    mend: "have the ethics group review the present version",
  },
  STUDY_LEGAL: {
    bit: 34,
    label: "the study's legal approval is missing, rejected or over",
    mend: "have the legal group review the present version",
  },
  STUDY_PERIOD: {
    bit: 35,
    label: "now, or the request's end, lies outside the study's dates, or the study is closed",
    mend: "ask for an end within them, or amend the study",
  },
  STUDY_PARTY: {
    bit: 36,
    label: "the institution is neither sponsor nor collaborator of the study",
    mend: "have the sponsor add it by an amendment",
  },
  STUDY_SCOPE: {
    bit: 37,
    label: "the request goes beyond the study's scope",
    mend: "ask for less, or amend the study",
  },
  STUDY_CAP: { bit: 38, label: "the study's cap is reached", mend: "amend the study" },
  STUDY_CORE_CATEGORY: {
    bit: 39,
    label: "the study does not name this category of level 3",
    mend: "amend the study",
  },
  STUDY_FILING: {
    bit: 40,
    label: "the study lacks the filing of human genetic resources",
    mend: "file, and amend the study with the filing's hash",
  },
  STUDY_LAPSED: {
    bit: 41,
    label: "the study's approvals or dates no longer hold",
    mend: "have the study reviewed or amended",
  },
  REVIEW_REQUIRED: {
    bit: 48,
    label: "a human review is needed first",
    mend: "ask for this record by a request of its own",
  },
  REVIEW_REJECTED: { bit: 49, label: "a reviewer turned the request down", mend: "see the review's reason" },
  GRANT_REVOKED: { bit: 56, label: "the grant was revoked", mend: "ask again" },
  GRANT_EXPIRED: { bit: 57, label: "the grant is over", mend: "ask again" },
} as const satisfies Record<string, Check>;

export type FailedCheckName = keyof typeof FAILED_CHECKS;

/** The mask of some checks. */
export function failedCheckMask(...names: FailedCheckName[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(FAILED_CHECKS[name].bit)), 0n);
}
