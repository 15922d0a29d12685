// Names of the schema's enumerations, in the order of the bits or numbers on the chain.

/** Bits from 224 of a policy word; kind k on the chain has place k - 1. */
export const INSTITUTION_KINDS: string[] = [
  "HOSPITAL",
  "PRIMARY_CARE",
  "PUBLIC_HEALTH",
  "INSURER",
  "RESEARCH",
  "REGULATOR",
  "TECHNOLOGY",
  "DATA_TRUST",
];

export const AGENT_ROLES: string[] = [
  "ADMIN",
  "CLINICIAN",
  "RESEARCHER",
  "GATEWAY",
  "OFFICER",
  "ETHICS_REVIEWER",
  "LEGAL_REVIEWER",
  "SUPERVISOR",
];

export const WORKING_GROUPS: string[] = ["STANDARDS", "TECHNOLOGY", "ETHICS", "SUPERVISION"];

export const VOTE_SUPPORTS: string[] = ["AGAINST", "FOR", "ABSTAIN"];

/** Place 0 is no decision, and met by no event. */
export const DECISIONS: string[] = ["", "APPROVED", "DENIED", "NEEDS_REVIEW"];
export const APPROVED: i32 = 1;
export const DENIED: i32 = 2;

export const ACCESS_REVIEW_KINDS: string[] = ["PATIENT", "ETHICS", "CUSTODIAN"];

export const STUDY_REVIEW_KINDS: string[] = ["ETHICS", "LEGAL"];

/** Place 0 is no verdict, and met by no event. */
export const STUDY_VERDICTS: string[] = ["", "APPROVED", "REJECTED", "EXEMPT"];

/** Place 0 is no violation, and met by no event. */
export const VIOLATIONS: string[] = [
  "",
  "DETRIMENTAL_DECISION",
  "MARKETING",
  "HARMFUL_PRODUCT",
  "REIDENTIFICATION",
  "UNLISTED_TRANSFER",
  "UNAUTHORISED_SALE",
  "LEAK",
  "UNCONSENTED_USE",
  "DESTRUCTION_OVERDUE",
  "EMERGENCY_UNJUSTIFIED",
  "EMERGENCY_LAPSED",
];

/** The last violation that is on the negative list. */
export const NEGATIVE_LIST: i32 = 6;

/** Bits from 0 of a policy word. */
export const PURPOSES: string[] = [
  "TREAT",
  "COC",
  "ETREAT",
  "BTG",
  "PATRQT",
  "FAMRQT",
  "PWATRNY",
  "PUBHLTH",
  "THREAT",
  "POPHLTH",
  "HQUALIMP",
  "PATSFTY",
  "HOPERAT",
  "TRAIN",
  "HPAYMT",
  "COVERAGE",
  "HCOMPL",
  "GOV",
  "HLEGAL",
  "HRESCH",
  "BIORCH",
  "CLINTRCH",
  "PRECLINTRCH",
  "DSRCH",
  "POARCH",
  "TRANSRCH",
  "HOUTCOMS",
  "HMARKT",
  "SYSDEV",
  "HSYSADMIN",
  "CLINTRL",
  "HTEST",
];

/** Bits from 32. */
export const DUO_USES: string[] = [
  "BEYOND_HEALTH",
  "HEALTH",
  "DISEASE_SPECIFIC",
  "POPULATION_ORIGINS",
  "METHODS_DEVELOPMENT",
  "CLINICAL_CARE",
];

/** Bits from 48. */
export const DUO_MODIFIERS: string[] = [
  "NPU",
  "NCU",
  "IRB",
  "COL",
  "PUB",
  "MOR",
  "RTN",
  "GS",
  "IS",
  "PS",
  "US",
  "TS",
  "GSO",
  "RS",
];

/** Bits from 80; a record's meta and a study's core categories count from 0. */
export const CATEGORIES: string[] = [
  "IDENTITY",
  "RECORD_SUMMARY",
  "DIAGNOSES",
  "LABS",
  "IMAGING",
  "PRESCRIPTIONS",
  "PROCEDURES",
  "ALLERGY_AND_IMMUNISATION",
  "VITALS_AND_DEVICES",
  "GENOMICS",
  "CLAIMS",
];

/** Bits from 240. */
export const POLICY_FLAGS: string[] = [
  "AUTO_APPROVE",
  "RECONTACT",
  "RETURN_RESULTS",
  "AI_TRAINING",
  "SEPARATE_CONSENT",
  "GUARDIAN_SIGNED",
  "DELEGATE_SIGNED",
  "CROSS_BORDER",
  "ONWARD_SHARING",
  "REWARD_OPT_IN",
];

/** Bits from 0 of a mask of failed checks; an empty name is a bit without a check. */
export const FAILED_CHECKS: string[] = [
  "REQUESTER_STANDING",
  "REQUESTER_ROLE",
  "REQUESTER_ACCREDITATION",
  "PURPOSE_MISSING",
  "PURPOSE_PROHIBITED",
  "REQUEST_SCOPE",
  "REQUEST_PERIOD",
  "REQUESTER_SUSPENDED",
  "RECORD_NOT_ANCHORED",
  "RECORD_SUPERSEDED",
  "RECORD_DESTROYED",
  "RETENTION_ENDED",
  "CUSTODIAN_STANDING",
  "",
  "",
  "",
  "CONSENT_NOT_IN_FORCE",
  "CONSENT_PATIENT",
  "CONSENT_GRANTEE",
  "CONSENT_STUDY",
  "CONSENT_PURPOSE",
  "CONSENT_DUO_USE",
  "CONSENT_MODIFIER",
  "CONSENT_CATEGORY",
  "CONSENT_LEVEL",
  "CONSENT_PERIOD",
  "CONSENT_SENSITIVITY",
  "CONSENT_DEIDENTIFICATION",
  "CONSENT_RECIPIENT",
  "CONSENT_REGION",
  "CONSENT_FLAG",
  "PATIENT_DEACTIVATED",
  "STUDY_MISSING",
  "STUDY_ETHICS",
  "STUDY_LEGAL",
  "STUDY_PERIOD",
  "STUDY_PARTY",
  "STUDY_SCOPE",
  "STUDY_CAP",
  "STUDY_CORE_CATEGORY",
  "STUDY_FILING",
  "STUDY_LAPSED",
  "",
  "",
  "",
  "",
  "",
  "",
  "REVIEW_REQUIRED",
  "REVIEW_REJECTED",
  "",
  "",
  "",
  "",
  "",
  "",
  "GRANT_REVOKED",
  "GRANT_EXPIRED",
];

/** A purpose on the negative list. */
export const PURPOSE_PROHIBITED: i32 = 4;

/** The record is no leaf of the batch. */
export const RECORD_NOT_ANCHORED: i32 = 8;

/** The consent is another patient's. */
export const CONSENT_PATIENT: i32 = 17;

/** What a revenue agreement's units are. */
export const UNIT_RULES: string[] = ["RECORD", "PATIENT", "CATEGORY"];
