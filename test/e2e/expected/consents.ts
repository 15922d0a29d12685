import { at, lower, type Chain, type ChainEvent } from "../support/Chain.ts";
import { endOf, epochEndOf, givenOf, number, rulesOf, worthOf } from "../support/lookUp.ts";
import { CONSENT_STATUS } from "../support/names.ts";
import type { AccessFact } from "../support/readRequests.ts";
import { emergenciesIn } from "./emergencies.ts";
import { accessesOf } from "./patients.ts";
import { ONCE, type Question } from "./Question.ts";

const AUTHORISES = ["GIVEN", "RENEWED"];

export const q5: Question = {
  variables: ONCE,
  alwaysEmpty: ["notInForce", "delivered"],
  answer: async (facts) => {
    const { chain } = facts;
    const approved = accessesOf(facts).filter(({ decision }) => decision === "APPROVED");
    const withoutConsent = [];
    for (const { id, level, decided, request, consent } of approved) {
      if (consent !== null) continue;
      const { version, levels } = await rulesOf(chain, request.ruleVersion);
      withoutConsent.push({
        id,
        level,
        decidedAt: at(decided),
        request: {
          requester: { id: request.requester },
          institution: number(request.institution),
          purposes: request.fields.purposes,
          ruleSet: { version, levels: levels.map(({ level, needsConsent }) => ({ level, needsConsent })) },
        },
      });
    }
    const invalidated = [];
    for (const { id, decided, deliveries, consent } of approved) {
      if (consent === null) continue;
      const { status } = await chain.contracts.consents.consent(consent);
      if (CONSENT_STATUS[Number(status)] !== "INVALIDATED") continue;
      const end = chain.events("ConsentInvalidated").find(({ args }) => lower(args["consent"]) === consent)!;
      invalidated.push({
        id,
        decidedAt: at(decided),
        deliveries: deliveries.length,
        consent: { id: consent, endedAt: at(end), endReasonHash: lower(end.args["reasonHash"]) },
      });
    }
    const emergencies = await emergenciesIn(chain);
    return {
      withoutConsent,
      invalidated,
      inEmergencies: emergencies.flatMap(({ id, status, deliveries }) =>
        deliveries.map((event) => ({ id: event.id, timestamp: at(event), emergency: { id, status } })),
      ),
      notInForce: approved
        .filter(({ consent, consentStatus }) => consent !== null && !AUTHORISES.includes(consentStatus))
        .map(({ id }) => id),
      delivered: (await logsOf(chain, accessesOf(facts), "deliveries")).filter(
        ({ access, worth }) => access.consent !== null && !AUTHORISES.includes(worth.consentStatus),
      ),
    };
  },
};

export const q6: Question = {
  variables: ONCE,
  alwaysEmpty: ["delivered"],
  answer: async (facts) => {
    const accesses = accessesOf(facts);
    const late = async (kind: "deliveries" | "receipts") =>
      (await logsOf(facts.chain, accesses, kind)).filter(({ worth }) => worth.consentLag !== null);
    return {
      decided: accesses
        .filter(({ consentLag }) => consentLag !== null)
        .map(({ id, decision, decided, consentStatus, consentLag, request }) => ({
          id,
          decision,
          decidedAt: at(decided),
          consentStatus,
          consentLag,
          request: { requester: { id: request.requester }, institution: number(request.institution) },
        })),
      delivered: await late("deliveries"),
      received: (await late("receipts")).map(({ access, event, worth }) => ({
        id: event.id,
        timestamp: at(event),
        ...worth,
        institution: number(event.args["institution"]),
        access: { id: access.id },
      })),
    };
  },
};

/** Each log of deliveries or receipts, with what the consent was worth then. */
async function logsOf(chain: Chain, accesses: AccessFact[], kind: "deliveries" | "receipts") {
  const logs = [];
  for (const access of accesses) {
    for (const event of access[kind]) {
      logs.push({ access, event, worth: await worthOf(chain, access.consent ?? 0n, event) });
    }
  }
  return logs;
}

export const q7: Question = {
  variables: ({ chain }) => [{ now: `${chain.now}` }],
  answer: async (facts, { now }) => {
    const { chain } = facts;
    const accesses = accessesOf(facts);
    const revoked = [];
    for (const { id, custodian, consent, keyRevocation } of accesses) {
      if (keyRevocation === undefined || consent === null) continue;
      const { consentLag } = await worthOf(chain, consent, keyRevocation);
      if (consentLag === null) continue;
      revoked.push({
        id,
        custodian: number(custodian),
        keyRevokedAt: at(keyRevocation),
        keyRevocationLag: consentLag,
      });
    }
    const pending = accesses
      .filter(({ deliveries, keyRevocation, consent }) => deliveries.length > 0 && !keyRevocation && consent !== null)
      .map((access) => ({ access, given: givenOf(chain, access.consent)! }));

    const pendingAfterEnd = [];
    for (const { access } of pending) {
      const end = endOf(chain, access.consent);
      if (end === undefined) continue;
      const { status } = await chain.contracts.consents.consent(access.consent!);
      pendingAfterEnd.push({
        ...who(access),
        consent: { id: access.consent, status: CONSENT_STATUS[Number(status)], endedAt: at(end) },
      });
    }
    return {
      revoked,
      pendingAfterEnd,
      pendingAfterWithdrawalOfAll: pending.flatMap(({ access, given }) => {
        const end: ChainEvent | undefined = epochEndOf(chain, given);
        return end === undefined ? [] : [{ ...who(access), consentEpoch: { endedAt: at(end) } }];
      }),
      pendingAfterExpiry: pending
        .filter(({ given }) => Number(given.args["until"]) <= Number(now))
        .map(({ access, given }) => ({
          ...who(access),
          consent: { id: access.consent, validUntil: `${given.args["until"]}` },
        })),
    };
  },
};

function who({ id, custodian }: AccessFact) {
  return { id, custodian: number(custodian) };
}
