import type { Address, Hex } from "viem";
import { encodePolicyWord, failedCheckMask, recordLeaf } from "@consilium/sdk";
import type { AnchoredRecord, EncodePolicyWordParameters, FailedCheckName } from "@consilium/sdk";
import type { Emitted } from "./encodeEvent.ts";
import { GATEWAY, HOSPITAL, INSTITUTE, RESEARCHER } from "./members.ts";
import { concat, DAY, emit, hash, T, ZERO } from "./values.ts";

const DECISIONS = { APPROVED: 1, DENIED: 2, NEEDS_REVIEW: 3 };
const REVIEWS = { PATIENT: 0, ETHICS: 1, CUSTODIAN: 2 };

export type Decision = keyof typeof DECISIONS;
export type Review = keyof typeof REVIEWS;

export type RequestOptions = {
  requester?: Address;
  institution?: number;
  decision?: Decision;
  failed?: FailedCheckName[];
  pending?: Review[];
  ruleVersion?: number;
  study?: Hex;
  word?: EncodePolicyWordParameters;
  /** Name of the consent relied on. */
  consent?: string;
  batch?: string;
};

/** What requests of the tests ask for unless they say otherwise. */
export const ASKED: EncodePolicyWordParameters = {
  purposes: ["HRESCH"],
  duoUses: ["diseaseSpecific"],
  categories: ["labs"],
  level: 2,
  validUntil: T + 30 * DAY,
};

/** A request is named; its id is what the name makes. */
export function decided(request: string, record: AnchoredRecord, options: RequestOptions = {}): Emitted {
  const { requester = RESEARCHER, institution = INSTITUTE, decision = "APPROVED", failed = [], pending = [] } = options;
  const { ruleVersion = 1, study = ZERO, batch = "batch" } = options;
  return emit(
    "AccessBroker",
    "AccessDecided",
    hash(request),
    requester,
    record.patient,
    institution,
    DECISIONS[decision],
    failedCheckMask(...failed),
    pending.reduce((mask, kind) => mask | (1 << REVIEWS[kind]), 0),
    ruleVersion,
    study,
    encodePolicyWord({ ...ASKED, ...options.word }),
    options.consent === undefined ? ZERO : hash(options.consent),
    hash(batch),
    recordLeaf(record),
    record.meta,
    T + 30 * DAY,
    hash("ask"),
  );
}

export type CohortOptions = Omit<RequestOptions, "batch" | "consent" | "pending"> & { root?: Hex; count: number };

export function cohortDecided(request: string, options: CohortOptions): Emitted {
  const { requester = RESEARCHER, institution = INSTITUTE, decision = "APPROVED", failed = [] } = options;
  const { ruleVersion = 1, study = ZERO, root = ZERO, count } = options;
  return emit(
    "AccessBroker",
    "CohortDecided",
    hash(request),
    requester,
    study,
    institution,
    DECISIONS[decision],
    failedCheckMask(...failed),
    ruleVersion,
    encodePolicyWord({ ...ASKED, ...options.word }),
    root,
    count,
    T + 30 * DAY,
  );
}

/** Of a cohort; the consent by its name. */
export type Member = { record: AnchoredRecord; consent?: string; failed?: FailedCheckName[] };

export function membersGranted(request: string, batch: string, members: Member[]): Emitted {
  const consents = members.map(({ consent }) => (consent === undefined ? ZERO : hash(consent)));
  const records = members.map(({ record }) => recordLeaf(record));
  return emit("AccessBroker", "CohortMembersGranted", hash(request), hash(batch), consents, records);
}

export function membersRefused(request: string, batch: string, members: Member[]): Emitted {
  const consents = members.map(({ consent }) => (consent === undefined ? ZERO : hash(consent)));
  const records = members.map(({ record }) => recordLeaf(record));
  const failed = members.map((member) => failedCheckMask(...(member.failed ?? [])));
  return emit("AccessBroker", "CohortMembersRefused", hash(request), hash(batch), consents, records, failed);
}

export function answered(request: string, reviewer: Address, kind: Review, approved: boolean): Emitted {
  const values = [hash(request), reviewer, REVIEWS[kind], approved, hash(`${kind} evidence`)];
  return emit("AccessBroker", "AccessReviewed", ...values);
}

export type TransferOptions = { consent?: string; batch?: string; verified?: boolean };

export function delivered(request: string, record: AnchoredRecord, options: TransferOptions = {}): Emitted {
  const { consent, batch = "batch" } = options;
  return emit(
    "AccessBroker",
    "DeliveryLogged",
    hash(request),
    record.patient,
    HOSPITAL,
    consent === undefined ? ZERO : hash(consent),
    hash(batch),
    recordLeaf(record),
    record.meta,
    [hash("ciphertext"), hash("delivery evidence"), true],
    GATEWAY,
  );
}

export function received(request: string, record: AnchoredRecord, options: TransferOptions = {}): Emitted {
  const { batch = "batch", verified = true } = options;
  const values = [recordLeaf(record), hash("ciphertext"), verified, RESEARCHER];
  return emit("AccessBroker", "ReceiptLogged", hash(request), record.patient, INSTITUTE, hash(batch), ...values);
}

export function keyRevoked(request: string, record: AnchoredRecord, options: TransferOptions = {}): Emitted {
  const { consent, batch = "batch" } = options;
  return emit(
    "AccessBroker",
    "KeyRevocationLogged",
    hash(request),
    record.patient,
    HOSPITAL,
    consent === undefined ? ZERO : hash(consent),
    hash(batch),
    recordLeaf(record),
    hash("revocation evidence"),
    GATEWAY,
  );
}

/** An access's id in the index. */
export function accessKey(request: string, record: AnchoredRecord, batch = "batch"): string {
  return concat(hash(request), hash(batch), recordLeaf(record));
}
