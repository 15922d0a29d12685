import type { Hex } from "viem";
import { at, lower, orNull, structIn, type Chain } from "../support/Chain.ts";
import { authorityOf, institution, institutionOf, number, rulesOf, studyVersionAt } from "../support/lookUp.ts";
import {
  CASE_STATUS,
  checksIn,
  DECISION,
  fieldsOf,
  KIND,
  REVIEW,
  reviewsIn,
  rolesIn,
  snake,
  VERDICT,
} from "../support/names.ts";
import { CATEGORIES, VIOLATIONS } from "@consilium/sdk";
import type { AccessFact, RequestFact } from "../support/readRequests.ts";
import { basisOf, emergencyAccessesIn } from "./emergencies.ts";
import { accessesOf } from "./patients.ts";
import { ONCE, type Question } from "./Question.ts";

export const q10: Question = {
  variables: ({ chain }) => [{ before: `${chain.now}` }],
  answer: async (facts, { before }) => {
    type Logged = AccessFact | Awaited<ReturnType<typeof emergencyAccessesIn>>[number];
    const entry = (access: Logged) => ({
      id: access.id,
      deliveries: access.deliveries.length,
      receipts: access.receipts.length,
      custodian: number(access.custodian),
      request:
        "request" in access
          ? { requester: { id: access.request.requester }, institution: number(access.request.institution) }
          : null,
      emergency: "emergency" in access ? basisOf(access.emergency) : null,
    });
    const accesses: Logged[] = [...accessesOf(facts), ...(await emergencyAccessesIn(facts.chain))];
    return {
      sourceOnly: accesses
        .filter(({ deliveries, receipts }) => deliveries.length > receipts.length)
        .filter(({ deliveries }) => deliveries.at(-1)!.timestamp < Number(before))
        .map((access) => ({ ...entry(access), deliveredAt: at(access.deliveries.at(-1)) })),
      recipientOnly: accesses
        .filter(({ deliveries, receipts }) => deliveries.length < receipts.length)
        .map((access) => ({ ...entry(access), receivedAt: at(access.receipts.at(-1)) })),
    };
  },
};

export const q11: Question = {
  variables: ({ requests }) => requests.map(({ id }) => ({ request: id })),
  answer: async ({ chain, requests }, variables) => {
    const request = requests.find(({ id }) => id === variables["request"])!;
    const { decisions, decided, study, fields } = request;
    const version = await studyVersionAt(chain, study, decided);
    const { contract, maxGrantDuration, levels, prohibitedPurposes } = await rulesOf(chain, request.ruleVersion);
    return {
      request: {
        decision: request.decision,
        failed: `${request.failed}`,
        failedChecks: request.failedChecks,
        pendingReviews: reviewsIn(request.pendingReviews),
        requestedAt: at(decisions[0]),
        decidedAt: at(decided),
        until: `${request.until}`,
        ruleVersion: request.ruleVersion,
        ruleSet: {
          contract,
          prohibitedPurposes: fieldsOf(prohibitedPurposes).purposes,
          maxGrantDuration,
          levels,
        },
        requester: { id: request.requester },
        requesterRoles: request.roles,
        institution: await institution(chain, request.institution),
        accredited: request.accredited,
        ethicsApproved: await passes(chain, request, 0),
        legallyApproved: await passes(chain, request, 1),
        study: study === null ? null : { id: study },
        studyVersion:
          version === null
            ? null
            : {
                number: version.number,
                protocolHash: lower(version.terms.protocolHash),
                reviews: version.reviews,
              },
        word: `${request.word}`,
        purposes: fields.purposes,
        duoUses: fields.duoUses,
        categories: fields.categories,
        level: fields.level,
        deidentification: fields.deidentification,
        flags: fields.flags,
        reviews: await reviewsOf(chain, request),
        decisions: request.isCohort
          ? []
          : decisions.map(({ timestamp, transaction, args }) => ({
              timestamp: `${timestamp}`,
              decision: DECISION[Number(args["decision"])],
              failedChecks: checksIn(args["failed"] as bigint),
              pendingReviews: reviewsIn(args["pendingReviews"] as bigint),
              ruleVersion: Number(args["ruleVersion"]),
              transaction,
            })),
        refusals: refusalsOf(request),
        accesses: request.accesses.map((access) => ({
          id: access.id,
          decision: access.decision,
          failedChecks: checksIn(access.failed),
          consentStatus: access.consentStatus,
          deliveryLogs: access.deliveries.map((event) => ({
            timestamp: at(event),
            evidenceHash: lower(structIn(event.args, "delivery")["evidenceHash"]),
            sensitivitiesChecked: Boolean(structIn(event.args, "delivery")["sensitivitiesChecked"]),
            by: lower(event.args["by"]),
          })),
          receiptLogs: access.receipts.map((event) => ({
            timestamp: at(event),
            verified: event.args["verified"] as boolean,
            by: lower(event.args["by"]),
          })),
        })),
      },
    };
  },
};

/** Whether a review of the study let it pass at the decision; null without a study. */
async function passes(chain: Chain, { study, decided }: RequestFact, kind: 0 | 1): Promise<boolean | null> {
  if (study === null) return null;
  const review = await chain.contracts.studies.reviewOf(study, kind, { blockTag: decided.block });
  return ["APPROVED", "EXEMPT"].includes(VERDICT[Number(review.verdict)]!) && review.validUntil > decided.timestamp;
}

async function reviewsOf(chain: Chain, { id, accesses }: RequestFact) {
  const reviews = [];
  for (const event of chain.events("AccessReviewed")) {
    const { request, reviewer, kind, approved, evidenceHash } = event.args as unknown as Record<string, string>;
    if (lower(request) !== id) continue;
    const isPatients = REVIEW[Number(kind)] === "PATIENT";
    reviews.push({
      timestamp: at(event),
      kind: REVIEW[Number(kind)],
      approved,
      reviewer: lower(reviewer),
      institution: isPatients ? null : await institutionOf(chain, reviewer!, event),
      authority: isPatients ? await authorityOf(chain, accesses[0]!.patient!, reviewer!, event) : null,
      evidenceHash: lower(evidenceHash),
    });
  }
  return reviews;
}

/** How many of a cohort's records failed which check, and how many failed at all. */
function refusalsOf({ isCohort, accesses }: RequestFact): { failedCheck: string | null; records: number }[] {
  const counts = new Map<string | null, number>();
  for (const { decision, failed } of isCohort ? accesses : []) {
    if (decision !== "DENIED") continue;
    for (const check of [null, ...checksIn(failed)]) counts.set(check, (counts.get(check) ?? 0) + 1);
  }
  return [...counts].map(([failedCheck, records]) => ({ failedCheck, records }));
}

export const q12: Question = {
  variables: ONCE,
  answer: ({ requests }) => {
    const counts = new Map<string, { requests: number; records: number }>();
    const add = (decision: string, { fields }: RequestFact, check: string | null, asked: number, records: number) => {
      for (const purpose of fields.purposes.length === 0 ? [null] : fields.purposes) {
        const key = JSON.stringify({ decision, purpose, failedCheck: check });
        const count = counts.get(key) ?? { requests: 0, records: 0 };
        counts.set(key, { requests: count.requests + asked, records: count.records + records });
      }
    };
    for (const request of requests) {
      // A review that leaves another to wait for decides nothing new.
      const outcomes = request.decisions.filter(
        ({ args }, index) => args["decision"] !== request.decisions[index - 1]?.args["decision"],
      );
      for (const { args } of outcomes) {
        const decision = DECISION[Number(args["decision"])]!;
        const records = request.isCohort ? Number(args["count"]) : 1;
        for (const check of [null, ...checksIn(args["failed"] as bigint)]) add(decision, request, check, 1, records);
      }
      for (const { failedCheck, records } of refusalsOf(request)) add("DENIED", request, failedCheck, 0, records);
    }
    return Promise.resolve({
      decisionCounts: [...counts].map(([key, count]) => ({
        ...(JSON.parse(key) as object),
        requests: `${count.requests}`,
        records: `${count.records}`,
      })),
    });
  },
};

export const q13: Question = {
  variables: ONCE,
  answer: async ({ chain, requests }) => {
    const lapsed = [];
    for (const request of requests.filter(({ approvalsInForce }) => !approvalsInForce)) {
      const { study, decided } = request;
      const profile = await chain.contracts.institutions.profile(request.institution);
      const version = await studyVersionAt(chain, study, decided);
      const closed = chain.events("StudyClosed").find(({ args }) => lower(args["study"]) === study);
      lapsed.push({
        id: request.id,
        decision: request.decision,
        failedChecks: request.failedChecks,
        decidedAt: at(decided),
        requester: { id: request.requester },
        institution: {
          number: request.institution,
          accreditedFrom: `${profile.accreditedFrom}`,
          accreditedUntil: `${profile.accreditedUntil}`,
        },
        accredited: request.accredited,
        ethicsApproved: await passes(chain, request, 0),
        legallyApproved: await passes(chain, request, 1),
        study: study === null ? null : { id: study, closedAt: at(closed) },
        studyVersion:
          version === null
            ? null
            : {
                number: version.number,
                validFrom: fieldsOf(version.terms.scope).validFrom,
                validUntil: fieldsOf(version.terms.scope).validUntil,
                reviews: version.reviews.map(({ kind, verdict, validUntil }) => ({ kind, verdict, validUntil })),
              },
      });
    }
    return { requests: lapsed };
  },
};

export const q14: Question = {
  variables: ONCE,
  answer: async (facts) => {
    const { chain, requests } = facts;
    const entries = async (accesses: AccessFact[], field: "category" | "level") => {
      const made = [];
      for (const access of accesses) {
        const { id, decision, decided, deliveries, request } = access;
        const version = await studyVersionAt(chain, request.study, decided);
        made.push({
          id,
          decision,
          decidedAt: at(decided),
          [field]: access[field],
          deliveredAt: at(deliveries.at(-1)),
          request: {
            requester: { id: request.requester },
            institution: number(request.institution),
            study: request.study === null ? null : { id: request.study },
            studyVersion:
              version === null
                ? null
                : {
                    filingHash: orNull(version.terms.filingHash),
                    coreCategories: categoriesIn(version.terms.coreCategories),
                  },
            reviews: (await reviewsOf(chain, request)).map(({ kind, approved }) => ({ kind, approved })),
          },
          emergency: null,
        });
      }
      return made;
    };
    const asked = [];
    for (const { id, isCohort, decision, decided, fields, accesses, study } of requests) {
      if (!isCohort || !fields.categories.includes("GENOMICS")) continue;
      const version = await studyVersionAt(chain, study, decided);
      asked.push({
        id,
        decision,
        decidedAt: at(decided),
        granted: accesses.filter((access) => access.decision === "APPROVED").length,
        studyVersion: version === null ? null : { filingHash: orNull(version.terms.filingHash) },
      });
    }
    const inEmergencies = await emergencyAccessesIn(chain);
    const past = (accesses: typeof inEmergencies, field: "category" | "level") =>
      accesses.map(({ emergency, deliveries, ...access }) => ({
        id: access.id,
        decision: null,
        decidedAt: emergency.openedAt,
        [field]: access[field],
        deliveredAt: at(deliveries.at(-1)),
        request: null,
        emergency: { ...basisOf(emergency), status: emergency.status },
      }));
    const all = accessesOf(facts);
    const isCore = ({ level }: { level: number | null }): boolean => level === 3;
    const isGenomic = ({ category }: { category: string | null }): boolean => category === "GENOMICS";
    return {
      core: [...(await entries(all.filter(isCore), "category")), ...past(inEmergencies.filter(isCore), "category")],
      genomic: [...(await entries(all.filter(isGenomic), "level")), ...past(inEmergencies.filter(isGenomic), "level")],
      asked,
    };
  },
};

function categoriesIn(mask: bigint): string[] {
  return Object.keys(CATEGORIES)
    .filter((_, bit) => (BigInt(mask) >> BigInt(bit)) & 1n)
    .map(snake);
}

export const q19: Question = {
  variables: ONCE,
  alwaysEmpty: ["exceeding"],
  answer: (facts) => {
    const within = ({ request, category, level }: AccessFact): boolean =>
      request.fields.categories.includes(category!) && level! <= request.fields.level;
    const delivered = accessesOf(facts).filter(({ deliveries }) => deliveries.length > 0);
    return Promise.resolve({
      requests: facts.requests
        .filter(({ accesses }) => accesses.some(({ decision }) => decision === "APPROVED"))
        .map((request) => ({
          id: request.id,
          categories: request.fields.categories,
          level: request.fields.level,
          accesses: delivered
            .filter((access) => access.request === request)
            .map((access) => ({ category: access.category, level: access.level, withinRequest: within(access) })),
        })),
      exceeding: delivered.filter((access) => !within(access)).map(({ id }) => id),
    });
  },
};

export const q23: Question = {
  variables: ONCE,
  answer: async ({ chain, requests }) => {
    const hits = requests.filter(({ failedChecks }) => failedChecks.includes("PURPOSE_PROHIBITED"));
    const institutions = [];
    for (const id of new Set(hits.map((request) => request.institution))) {
      const own = hits.filter((request) => request.institution === id);
      const made = [];
      for (const request of own) {
        const { version, prohibitedPurposes } = await rulesOf(chain, request.ruleVersion);
        made.push({
          id: request.id,
          requester: { id: request.requester },
          purposes: request.fields.purposes,
          decision: request.decision,
          requestedAt: at(request.decisions[0]),
          ruleSet: { version, prohibitedPurposes: fieldsOf(prohibitedPurposes).purposes },
        });
      }
      institutions.push({ ...(await institution(chain, id)), negativeListHits: own.length, requests: made });
    }
    const violations = [];
    for (const { args } of chain.events("ViolationReported")) {
      const kept = await chain.contracts.supervision.caseOf(lower(args["id"]));
      const status = CASE_STATUS[Number(kept.status)]!;
      if (Number(kept.violation) > 6 || !["UPHELD", "APPEALED", "APPEAL_REJECTED", "APPEAL_LAPSED"].includes(status))
        continue;
      violations.push({
        id: lower(args["id"]),
        accused: await institution(chain, kept.accused),
        violation: VIOLATIONS[Number(kept.violation) - 1],
        status,
        decidedAt: `${kept.decidedAt}`,
      });
    }
    return { institutions, violations };
  },
};

export const q24: Question = {
  variables: ONCE,
  answer: async ({ chain, requests }) => {
    const officials = [];
    for (const request of requests) {
      const { kind } = await institution(chain, request.institution);
      if (kind !== KIND[6] && !request.roles.includes("OFFICER")) continue;
      officials.push({
        id: request.id,
        requester: { id: request.requester },
        requesterRoles: request.roles,
        institution: number(request.institution),
        institutionKind: kind,
        purposes: request.fields.purposes,
        decision: request.decision,
        requestedAt: at(request.decisions[0]),
        granted: request.accesses.filter(({ decision }) => decision === "APPROVED").length,
        accesses: request.accesses.map(({ patient, category, level, deliveries, receipts }) => ({
          patient: patient === null ? null : { id: patient },
          category,
          level,
          deliveredAt: at(deliveries.at(-1)),
          receivedAt: at(receipts.at(-1)),
        })),
      });
    }
    return { requests: officials };
  },
};

const HOUR = 3_600;

export const q25: Question = {
  variables: () => [{ since: "0", requests: 3, records: 2, deliveries: 2 }],
  answer: async (facts, variables) => {
    const { chain, requests } = facts;
    const hours = new Map<
      string,
      { agent: Hex; start: number; requests: number; denied: number; records: number; deliveries: number }
    >();
    const hour = (agent: Hex, timestamp: number) => {
      const start = Math.floor(timestamp / HOUR) * HOUR;
      const key = `${agent} ${start}`;
      const known = hours.get(key) ?? { agent, start, requests: 0, denied: 0, records: 0, deliveries: 0 };
      hours.set(key, known);
      return known;
    };
    for (const { requester, decisions, isCohort } of requests) {
      const { timestamp, args } = decisions[0]!;
      const volume = hour(requester, timestamp);
      const first = DECISION[Number(args["decision"])];
      volume.requests += 1;
      if (first === "DENIED") volume.denied += 1;
      volume.records += isCohort ? Number(args["count"]) : first === "APPROVED" ? 1 : 0;
    }
    for (const { deliveries } of accessesOf(facts)) {
      for (const { timestamp, args } of deliveries) hour(lower(args["by"]), timestamp).deliveries += 1;
    }
    for (const { timestamp, args } of chain.events("EmergencyDeliveryLogged")) {
      hour(lower(args["by"]), timestamp).deliveries += 1;
    }
    const agent = async (wallet: Hex) => {
      const { roles, institution } = await chain.contracts.institutions.agent(wallet);
      return { id: wallet, roles: rolesIn(roles), institution: number(institution) };
    };
    const over = async (field: "requests" | "records" | "deliveries", more: "denied"[] = []) => {
      const made = [];
      for (const volume of hours.values()) {
        if (volume[field] < Number(variables[field])) continue;
        const chosen = Object.fromEntries([field, ...more].map((name) => [name, volume[name]]));
        made.push({ start: `${volume.start}`, ...chosen, agent: await agent(volume.agent) });
      }
      return made;
    };
    return {
      byRequests: await over("requests", ["denied"]),
      byRecords: await over("records"),
      byDeliveries: await over("deliveries"),
      alerts: chain.events("DenialAlert").map((event) => ({
        timestamp: at(event),
        requester: { id: lower(event.args["requester"]) },
        institution: number(event.args["institution"]),
        denials: Number(event.args["denials"]),
        suspendedUntil: `${event.args["suspendedUntil"]}`,
      })),
    };
  },
};
