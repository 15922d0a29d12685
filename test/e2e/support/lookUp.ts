import type { Hex } from "viem";
import { isZero, lower, type Chain, type ChainEvent } from "./Chain.ts";
import { AUTHORITY, CONSENT_STATUS, KIND, reviewsIn, STUDY_REVIEW, VERDICT } from "./names.ts";

/** Facts of the chain in the index's words: from views where there is one, else from the receipts. */

export async function institution({ contracts }: Chain, number: unknown) {
  const { kind } = await contracts.institutions.profile(number as bigint);
  return { number: Number(number), kind: KIND[Number(kind)]! };
}

export function number(id: unknown): { number: number } {
  return { number: Number(id) };
}

/** The institution that a wallet acted for. */
export async function institutionOf({ contracts }: Chain, wallet: string, event: ChainEvent) {
  const agent = await contracts.institutions.agent(wallet, { blockTag: event.block });
  return number(agent.institution);
}

export function givenOf(chain: Chain, consent: unknown): ChainEvent | undefined {
  return chain.events("ConsentGiven").find(({ args }) => lower(args["consent"]) === lower(consent));
}

/** What a consent was worth when an event happened, and the seconds since its end. */
export async function worthOf(chain: Chain, consent: unknown, event: ChainEvent) {
  const { consents } = chain.contracts;
  const { block, timestamp } = event;
  const given = givenOf(chain, consent);
  if (given === undefined || given.block > block) return { consentStatus: "NONE", consentLag: null };

  const kept = await consents.consent(lower(consent), { blockTag: block });
  const epoch = await consents.epochOf(kept.patient, { blockTag: block });
  const ends = [
    Number(given.args["until"]),
    ...[endOf(chain, consent, block), epochEndOf(chain, given, block)].flatMap((end) => end?.timestamp ?? []),
  ].filter((end) => end <= timestamp);
  const status = CONSENT_STATUS[Number(kept.status)]!;
  return {
    consentStatus: !["GIVEN", "RENEWED"].includes(status)
      ? status
      : kept.epoch < epoch
        ? "WITHDRAWN"
        : timestamp < kept.from
          ? "NOT_YET_VALID"
          : timestamp < kept.until
            ? status
            : "EXPIRED",
    consentLag: ends.length === 0 ? null : `${timestamp - Math.min(...ends)}`,
  };
}

/** The event that ended the consent by itself, up to a block. */
export function endOf(chain: Chain, consent: unknown, block = Infinity): ChainEvent | undefined {
  return chain
    .events("ConsentWithdrawn", "ConsentRevoked", "ConsentInvalidated")
    .find((event) => event.block <= block && lower(event.args["consent"]) === lower(consent));
}

/** The event that ended the consent's epoch, up to a block. */
export function epochEndOf(chain: Chain, given: ChainEvent, block = Infinity): ChainEvent | undefined {
  const { patient, epoch } = given.args;
  return chain
    .events("AllConsentsWithdrawn")
    .find((event) => event.block <= block && event.args["patient"] === patient && event.args["epoch"] === epoch);
}

/** On whose behalf an actor acted. */
export async function authorityOf(
  { contracts }: Chain,
  patient: string,
  actor: string,
  event: ChainEvent,
): Promise<string> {
  const [kind] = await contracts.patients.authority(patient, actor, { blockTag: event.block });
  return AUTHORITY[Number(kind)]!;
}

/** The guardianship in force at an event; null if none. */
export async function guardianshipAt(chain: Chain, patient: string | null, { timestamp }: ChainEvent) {
  if (patient === null) return null;
  const guardian = await chain.contracts.patients.guardianAt(patient, timestamp);
  if (isZero(guardian)) return null;
  const appointed = chain
    .events("GuardianAppointed")
    .findLast(({ args, timestamp: since }) => lower(args["identity"]) === lower(patient) && since <= timestamp)!;
  return guardianshipOf(chain, appointed);
}

/** A guardianship by the event that began it. */
function guardianshipOf(chain: Chain, { args, timestamp }: ChainEvent) {
  const next = chain
    .events("GuardianAppointed")
    .find((event) => lower(event.args["identity"]) === lower(args["identity"]) && event.timestamp > timestamp);
  const isReplaced = next !== undefined && next.timestamp < Number(args["majority"]);
  return {
    guardian: lower(args["guardian"]),
    coGuardian: isZero(args["coGuardian"]) ? null : lower(args["coGuardian"]),
    from: `${args["from"]}`,
    assentFrom: `${args["assentFrom"]}`,
    majority: `${args["majority"]}`,
    replacedAt: isReplaced ? `${next.timestamp}` : null,
  };
}

/** The version of a study in force at an event, with the latest review of each kind. */
export async function studyVersionAt(chain: Chain, study: Hex | null, { block }: ChainEvent) {
  if (study === null) return null;
  const registered = chain
    .events("StudyRegistered")
    .findLast((event) => event.block <= block && lower(event.args["study"]) === study)!;
  const version = Number(registered.args["version"]);
  const reviews = [];
  for (const kind of [0, 1]) {
    const reviewed = chain
      .events("StudyReviewed")
      .findLast(
        ({ args }) =>
          lower(args["study"]) === study && Number(args["version"]) === version && Number(args["kind"]) === kind,
      );
    if (reviewed === undefined) continue;
    const kept = await chain.contracts.studies.reviewOf(study, kind);
    reviews.push({
      kind: STUDY_REVIEW[kind]!,
      verdict: VERDICT[Number(kept.verdict)]!,
      reviewedAt: `${kept.reviewedAt}`,
      validUntil: `${kept.validUntil}`,
      reasonHash: lower(reviewed.args["reasonHash"]),
      institution: number(reviewed.args["reviewer"]),
      by: lower(reviewed.args["by"]),
    });
  }
  return { number: version, terms: registered.args["terms"] as StudyTerms, reviews };
}

type StudyTerms = { protocolHash: string; scope: bigint; coreCategories: bigint; filingHash: string; sandbox: boolean };

/** The rules, whose version the chain counts. */
export async function rulesOf(chain: Chain, version: number) {
  const changed = chain.events("RuleSetChanged").find(({ args }) => Number(args["version"]) === version)!;
  const { levels, maxGrantDuration, prohibitedPurposes } = await chain.contracts.ruleSet.rules();
  return {
    version,
    contract: lower(changed.args["ruleSet"]),
    prohibitedPurposes,
    maxGrantDuration: `${maxGrantDuration}`,
    levels: levels.map(
      ({ needsConsent, needsStudy, needsCoreCategory, needsSeparateConsent, reviews }, level: number) => ({
        level,
        needsConsent,
        needsStudy,
        needsCoreCategory,
        needsSeparateConsent,
        reviews: reviewsIn(reviews),
      }),
    ),
  };
}
