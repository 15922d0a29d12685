import { CATEGORIES, DECISIONS, decodePolicyWord, explainFailedChecks, RECIPIENTS } from "@consilium/sdk";

/** What the index calls the members of the contracts' enums, in their order. */
export const DECISION = Object.keys(DECISIONS);
export const CONSENT_STATUS = ["NONE", "GIVEN", "RENEWED", "WITHDRAWN", "REVOKED", "INVALIDATED", "REFUSED"];
export const AUTHORITY = ["NONE", "SELF", "GUARDIAN", "DELEGATE", "JOINT"];
export const REVIEW = ["PATIENT", "ETHICS", "CUSTODIAN"];
export const STUDY_REVIEW = ["ETHICS", "LEGAL"];
export const VERDICT = ["NONE", "APPROVED", "REJECTED", "EXEMPT"];
export const CASE_STATUS = [
  "NONE",
  "REPORTED",
  "DISMISSED",
  "UPHELD",
  "APPEALED",
  "APPEAL_REJECTED",
  "APPEAL_GRANTED",
  "APPEAL_LAPSED",
];
export const EMERGENCY_STATUS = ["NONE", "OPEN", "REFUSED", "JUSTIFIED", "UNJUSTIFIED", "LAPSED"];
export const KIND = ["NONE", ...Object.keys(RECIPIENTS).map(snake)];
const ROLE = [
  ...["ADMIN", "CLINICIAN", "RESEARCHER", "GATEWAY", "OFFICER"],
  ...["ETHICS_REVIEWER", "LEGAL_REVIEWER", "SUPERVISOR"],
];

/** autoApprove → AUTO_APPROVE. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

export function rolesIn(mask: bigint): string[] {
  return ROLE.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
}

export function reviewsIn(mask: bigint): string[] {
  return REVIEW.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
}

/** Of a mask of category bits shifted down by 80. */
export function categoriesIn(mask: bigint): string[] {
  return Object.keys(CATEGORIES)
    .filter((_, bit) => (mask >> BigInt(bit)) & 1n)
    .map(snake);
}

export function checksIn(mask: bigint): string[] {
  return explainFailedChecks(mask).map(({ name }) => name);
}

/** A policy word's fields as the index spells them. */
export function fieldsOf(word: bigint) {
  const fields = decodePolicyWord(word);
  return {
    purposes: [...fields.purposes] as string[],
    duoUses: fields.duoUses.map(snake),
    modifiers: [...fields.modifiers] as string[],
    categories: fields.categories.map(snake),
    level: fields.level,
    deidentification: fields.deidentification,
    recipientKinds: fields.recipients.map(snake),
    regions: [...fields.regions],
    flags: fields.flags.map(snake),
    validFrom: `${fields.validFrom}`,
    validUntil: `${fields.validUntil}`,
  };
}
