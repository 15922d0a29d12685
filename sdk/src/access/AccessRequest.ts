import type { Address, Hex } from "viem";
import type { ConsentTerms } from "../consent/ConsentTerms.ts";
import type { AnchoredRecord } from "../records/recordLeaf.ts";

/** A request for one record, the contracts' `AccessRequest` struct. */
export interface AccessRequest {
  /** Zero for care and other uses without a study. */
  study: Hex;
  /** What is asked for, see `encodePolicyWord`: purposes, DUO uses, categories, level, end, de-identification, flags. */
  word: bigint;
  /** Random, so that equal requests are different ones. */
  salt: bigint;
  batch: Hex;
  record: AnchoredRecord;
  proof: Hex[];
  /** The consent relied on, which must then hold; `NO_CONSENT` for none, where the level needs none. */
  consent: ConsentTerms;
}

/** Records of one batch with the consents relied on, in the order of the multiproof. */
export interface CohortPart {
  batch: Hex;
  records: AnchoredRecord[];
  consents: ConsentTerms[];
  proof: Hex[];
  proofFlags: boolean[];
}

/** A request for many patients' records, the contracts' `CohortRequest` struct. Batch ids strictly ascending. */
export interface CohortRequest {
  study: Hex;
  word: bigint;
  salt: bigint;
  parts: CohortPart[];
}

/** A member of a grant's cohort; a single grant is a cohort of one. The contracts' `CohortMember` struct. */
export interface CohortMember {
  study: Hex;
  patient: Address;
  /** Consent id. */
  consent: Hex;
  /** Batch id. */
  batch: Hex;
  /** The record's leaf. */
  record: Hex;
}

/** Who may still have to agree to a request; mask bit 1 << kind. */
export const REVIEW_KINDS = { PATIENT: 0, ETHICS: 1, CUSTODIAN: 2 } as const;

export type ReviewKind = keyof typeof REVIEW_KINDS;

/** Answers to a request, the contracts' `Decision` enum. */
export const DECISIONS = { NONE: 0, APPROVED: 1, DENIED: 2, NEEDS_REVIEW: 3 } as const;

/**
 * The kinds of review in a mask, such as a decision's `pendingReviews`.
 *
 * @example
 * expect(reviewKindsIn(0b101)).to.deep.equal(["PATIENT", "CUSTODIAN"]);
 */
export function reviewKindsIn(mask: number): ReviewKind[] {
  return (Object.keys(REVIEW_KINDS) as ReviewKind[]).filter((kind) => (mask >> REVIEW_KINDS[kind]) & 1);
}

export type DecisionName = keyof typeof DECISIONS;

/**
 * The name of a number of the contracts' `Decision` enum.
 *
 * @example
 * expect(decisionName(DECISIONS.DENIED)).to.equal("DENIED");
 */
export function decisionName(decision: number): DecisionName {
  return (Object.keys(DECISIONS) as DecisionName[]).find((name) => DECISIONS[name] === decision) ?? "NONE";
}
