import type { Hex } from "viem";
import { isWithinPolicy } from "@consilium/sdk";
import { at, lower, orNull, structIn, type Chain } from "../support/Chain.ts";
import { authorityOf, endOf, epochEndOf, givenOf, guardianshipAt, institution, worthOf } from "../support/lookUp.ts";
import { checksIn, CONSENT_STATUS, fieldsOf, REVIEW } from "../support/names.ts";
import type { AccessFact } from "../support/readRequests.ts";
import { emergenciesIn, emergencyAccessesIn, handedOver } from "./emergencies.ts";
import type { Facts, Question, Variables } from "./Question.ts";

/** The ethics group's number on the chain. */
const ETHICS_GROUP = 2;

export function accessesOf({ requests }: Facts): AccessFact[] {
  return requests.flatMap(({ accesses }) => accesses);
}

function patientsOf(facts: Facts): Hex[] {
  return [...new Set(accessesOf(facts).flatMap(({ patient }) => patient ?? []))];
}

/** Whose access history: each patient's. */
const eachPatient = (facts: Facts, more: Variables = {}): Variables[] =>
  patientsOf(facts).map((patient) => ({ patient, ...more }));

/** Who gave the consent, for whom. */
async function giverOf(chain: Chain, consent: Hex | null) {
  const given = givenOf(chain, consent ?? "0x");
  if (consent === null || given === undefined) return null;
  const { patient, actor } = given.args as unknown as { patient: string; actor: string };
  return { id: consent, authority: await authorityOf(chain, patient, actor, given), actor: lower(actor) };
}

export const q1: Question = {
  variables: (facts) => eachPatient(facts),
  answer: async (facts, { patient }) => {
    const { chain } = facts;
    const accesses = [];
    for (const access of accessesOf(facts).filter((one) => one.patient === patient)) {
      const { request, guardianship, deliveries, receipts } = access;
      const giver = await giverOf(chain, access.consent);
      const revoked = chain.events("GrantRevoked").find(({ args }) => lower(args["grant"]) === request.id);
      accesses.push({
        id: access.id,
        decision: access.decision,
        failedChecks: checksIn(access.failed),
        decidedAt: at(access.decided),
        category: access.category,
        level: access.level,
        custodian: await institution(chain, access.custodian),
        consentStatus: access.consentStatus,
        consent: giver === null ? null : { id: giver.id, authority: giver.authority },
        guardianship: guardianship === null ? null : { guardian: guardianship.guardian },
        deliveredAt: at(deliveries.at(-1)),
        deliveries: deliveries.length,
        receivedAt: at(receipts.at(-1)),
        receipts: receipts.length,
        request: {
          id: request.id,
          requester: { id: request.requester },
          institution: await institution(chain, request.institution),
          purposes: request.fields.purposes,
          duoUses: request.fields.duoUses,
          study: request.study === null ? null : { id: request.study },
          ruleVersion: request.ruleVersion,
          until: `${request.until}`,
          revokedAt: at(revoked),
        },
        emergency: null,
      });
    }
    for (const access of (await emergencyAccessesIn(chain)).filter((one) => one.patient === patient)) {
      const { emergency, guardianship, deliveries, receipts } = access;
      accesses.push({
        id: access.id,
        decision: null,
        failedChecks: [],
        decidedAt: emergency.openedAt,
        category: access.category,
        level: access.level,
        custodian: await institution(chain, access.custodian),
        consentStatus: "NONE",
        consent: null,
        guardianship: guardianship === null ? null : { guardian: guardianship.guardian },
        deliveredAt: at(deliveries.at(-1)),
        deliveries: deliveries.length,
        receivedAt: at(receipts.at(-1)),
        receipts: receipts.length,
        request: null,
        emergency: {
          id: emergency.id,
          clinician: { id: emergency.clinician },
          institution: await institution(chain, emergency.institution),
          status: emergency.status,
          reasonHash: lower(emergency.opened.args["reasonHash"]),
        },
      });
    }
    const emergencies = [];
    for (const one of (await emergenciesIn(chain)).filter((emergency) => emergency.patient === patient)) {
      emergencies.push({
        id: one.id,
        institution: await institution(chain, one.institution),
        clinician: { id: one.clinician },
        categories: one.categories,
        status: one.status,
        openedAt: one.openedAt,
        until: one.until,
        deliveries: one.deliveries.length,
      });
    }
    return { accesses, emergencies };
  },
};

export const q2: Question = {
  variables: (facts) => eachPatient(facts, { since: `${facts.chain.now - 6 * 365 * 86_400}` }),
  answer: async (facts, { patient, since }) => {
    const { chain } = facts;
    const ofPatient = accessesOf(facts).filter((access) => access.patient === patient);
    const disclosures = [];
    for (const { request, category, level, deliveries } of ofPatient) {
      for (const { timestamp, args } of deliveries) {
        if (timestamp < Number(since)) continue;
        disclosures.push({
          timestamp: `${timestamp}`,
          custodian: await institution(chain, args["custodian"]),
          recipient: await institution(chain, request.institution),
          category,
          level,
          ciphertextHash: lower(structIn(args, "delivery")["ciphertextHash"]),
          evidenceHash: lower(structIn(args, "delivery")["evidenceHash"]),
          request: {
            id: request.id,
            requester: { id: request.requester },
            purposes: request.fields.purposes,
            duoUses: request.fields.duoUses,
            study: request.study === null ? null : { id: request.study },
          },
        });
      }
    }
    const receivedOnly = [];
    for (const { request, deliveries, receipts } of ofPatient) {
      const last = receipts.at(-1);
      if (deliveries.length > 0 || last === undefined || last.timestamp < Number(since)) continue;
      receivedOnly.push({
        receivedAt: at(last),
        request: {
          id: request.id,
          requester: { id: request.requester },
          institution: await institution(chain, request.institution),
          purposes: request.fields.purposes,
        },
        emergency: null,
      });
    }
    for (const access of await emergencyAccessesIn(chain)) {
      const { emergency, deliveries, receipts } = access;
      const last = receipts.at(-1);
      if (access.patient !== patient || deliveries.length > 0 || last === undefined) continue;
      if (last.timestamp < Number(since)) continue;
      receivedOnly.push({
        receivedAt: at(last),
        request: null,
        emergency: { id: emergency.id, institution: await institution(chain, emergency.institution) },
      });
    }
    const inEmergencies = [];
    for (const event of chain.events("EmergencyDeliveryLogged")) {
      const { timestamp, args } = event;
      if (lower(args["patient"]) !== patient || timestamp < Number(since)) continue;
      const one = (await emergenciesIn(chain)).find(({ id }) => id === lower(args["emergency"]))!;
      inEmergencies.push({
        timestamp: at(event),
        custodian: await institution(chain, args["custodian"]),
        recipient: await institution(chain, one.institution),
        ...handedOver(event),
        ciphertextHash: lower(args["ciphertextHash"]),
        evidenceHash: lower(args["evidenceHash"]),
        emergency: {
          id: one.id,
          clinician: { id: one.clinician },
          reasonHash: lower(one.opened.args["reasonHash"]),
        },
      });
    }
    return { disclosures, receivedOnly, inEmergencies };
  },
};

export const q3: Question = {
  variables: (facts) => eachPatient(facts, { now: `${facts.chain.now}` }),
  answer: async ({ chain }, { patient, now }) => {
    const consents = [];
    for (const given of chain.events("ConsentGiven")) {
      const { args } = given;
      const id = lower(args["consent"]);
      if (lower(args["patient"]) !== patient) continue;
      if (!(await chain.contracts.consents.isInForce(id, Number(now)))) continue;
      const kept = await chain.contracts.consents.consent(id);
      const study = orNull(args["study"]);
      consents.push({
        id,
        status: CONSENT_STATUS[Number(kept.status)],
        authority: await authorityOf(chain, patient, args["actor"] as string, given),
        actor: lower(args["actor"]),
        institution: Number(args["institution"]) === 0 ? null : await institution(chain, args["institution"]),
        agent: orNull(args["agent"]),
        study: study === null ? null : { id: study },
        ...fieldsOf(args["policy"] as bigint),
        validFrom: `${kept.from}`,
        validUntil: `${kept.until}`,
        notice: lower(structIn(args, "details")["notice"]),
      });
    }
    return { consents };
  },
};

export const q4: Question = {
  variables: (facts) =>
    accessesOf(facts)
      .filter(({ deliveries, consent }) => deliveries.length > 0 && consent !== null)
      .flatMap(({ id, decided, deliveries }) =>
        [decided.block, deliveries[0]!.block, facts.chain.head].map((block) => ({ access: id, block })),
      ),
  answer: async (facts, variables) => {
    const { chain } = facts;
    const block = variables["block"] as number;
    const access = accessesOf(facts).find(({ id }) => id === variables["access"])!;
    const consent = access.consent!;
    const given = givenOf(chain, consent)!;
    const kept = await chain.contracts.consents.consent(consent, { blockTag: block });
    const logs = async (events: typeof access.deliveries) => {
      const made = [];
      for (const event of events.filter((one) => one.block <= block)) {
        made.push({ timestamp: at(event), ...(await worthOf(chain, consent, event)) });
      }
      return made;
    };
    return {
      access: {
        decidedAt: at(access.decided),
        consentStatus: access.consentStatus,
        consentLag: access.consentLag,
        consent: {
          id: consent,
          status: CONSENT_STATUS[Number(kept.status)],
          validFrom: `${Math.max(given.timestamp, Number(fieldsOf(given.args["policy"] as bigint).validFrom))}`,
          validUntil: `${given.args["until"]}`,
          endedAt: at(endOf(chain, consent, block)),
          epoch: { endedAt: at(epochEndOf(chain, given, block)) },
        },
        deliveryLogs: await logs(access.deliveries),
        receiptLogs: await logs(access.receipts),
      },
    };
  },
};

export const q15: Question = {
  variables: ({ chain }) => [{ before: `${chain.now + 30 * 365 * 86_400}` }],
  answer: async (facts, { before }) => {
    const { chain } = facts;
    const accesses = [];
    for (const access of accessesOf(facts)) {
      if (access.guardianship === null) continue;
      const { request, patient } = access;
      const reviews = [];
      for (const event of chain.events("AccessReviewed")) {
        const { args } = event;
        if (lower(args["request"]) !== request.id || REVIEW[Number(args["kind"])] !== "PATIENT") continue;
        reviews.push({
          reviewer: lower(args["reviewer"]),
          authority: await authorityOf(chain, patient!, args["reviewer"] as string, event),
          approved: args["approved"] as boolean,
        });
      }
      const deliveryLogs = [];
      for (const event of access.deliveries) {
        const guardianship = await guardianshipAt(chain, patient, event);
        deliveryLogs.push({
          timestamp: at(event),
          guardianship: guardianship === null ? null : { guardian: guardianship.guardian },
        });
      }
      accesses.push({
        id: access.id,
        decision: access.decision,
        decidedAt: at(access.decided),
        patient: { id: patient },
        guardianship: access.guardianship,
        consent: await giverOf(chain, access.consent),
        request: { reviews },
        emergency: null,
        deliveredAt: at(access.deliveries.at(-1)),
        deliveryLogs,
      });
    }
    for (const { id, emergency, patient, guardianship, deliveries } of await emergencyAccessesIn(chain)) {
      if (guardianship === null) continue;
      accesses.push({
        id,
        decision: null,
        decidedAt: emergency.openedAt,
        patient: { id: patient },
        guardianship,
        consent: null,
        request: null,
        emergency: { id: emergency.id, status: emergency.status },
        deliveredAt: at(deliveries.at(-1)),
        deliveryLogs: [],
      });
    }
    const orders = new Map<Hex, Record<string, unknown>>();
    for (const { args, timestamp } of chain.events("GuardianOrderApproved")) {
      const id = lower(args["order"]);
      const { byEthics, bySupervision } = await chain.contracts.guardianOrders.orderState(id);
      const approval = Number(args["group"]) === ETHICS_GROUP ? "ethicsApprovedAt" : "supervisionApprovedAt";
      const carriedOut = chain.events("GuardianOrderCarriedOut").find((event) => lower(event.args["order"]) === id);
      const order = {
        id,
        patient: { id: lower(args["patient"]) },
        guardian: lower(args["guardian"]),
        coGuardian: orNull(args["coGuardian"]),
        since: `${args["since"]}`,
        majority: `${args["majority"]}`,
        until: `${args["until"]}`,
        documentHash: lower(args["documentHash"]),
        ethicsApprovedAt: null,
        supervisionApprovedAt: null,
        carriedOutAt: carriedOut === undefined ? null : at(carriedOut),
        ...orders.get(id),
        [approval]: `${timestamp}`,
      };
      if ((order.ethicsApprovedAt !== null && !byEthics) || (order.supervisionApprovedAt !== null && !bySupervision))
        throw new Error(`The chain does not know an approval of ${id}.`);
      orders.set(id, order);
    }
    return {
      accesses,
      reaffirmationsDue: await reaffirmationsDue(chain, BigInt(before as string)),
      guardianOrders: [...orders.values()],
    };
  },
};

/** Consents that a delegate gave or refused, and withdrew, with its mandate at that time. */
export const q16: Question = {
  variables: ({ chain }) => [{ since: "0" }, { since: `${chain.events("ConsentWithdrawn").at(-1)!.timestamp}` }],
  alwaysEmpty: ["beyondMandate", "withdrawnBeyondMandate"],
  answer: async ({ chain }, { since }) => {
    const { consents, patients } = chain.contracts;
    const byDelegates = async (...names: string[]) => {
      const found = [];
      for (const event of chain.events(...names)) {
        const { patient, actor } = event.args as unknown as Record<string, string>;
        if (event.timestamp < Number(since) || (await authorityOf(chain, patient!, actor!, event)) !== "DELEGATE")
          continue;
        const mandate = await patients.mandate(patient!, actor!, { blockTag: event.block });
        found.push({ event, patient: patient!, actor: actor!, mandate });
      }
      return found;
    };

    const decided = [];
    for (const { event, patient, actor, mandate } of await byDelegates("ConsentGiven", "ConsentRefused")) {
      const { args } = event;
      const policy = (args["policy"] ?? structIn(args, "terms")["policy"]) as bigint;
      const kept = await consents.consent(args["consent"] as string);
      const ended = chain
        .events("MandateEnded")
        .find((one) => one.args["identity"] === patient && one.args["delegate"] === actor && one.block >= event.block);
      decided.push({
        id: lower(args["consent"]),
        patient: { id: lower(patient) },
        actor: lower(actor),
        status: CONSENT_STATUS[Number(kept.status)],
        givenAt: at(event),
        validUntil: `${args["until"] ?? fieldsOf(policy).validUntil}`,
        word: `${policy}`,
        mandateWord: `${mandate}`,
        withinMandate: isWithinPolicy(policy, mandate),
        mandate: {
          validUntil: `${fieldsOf(mandate).validUntil}`,
          endedAt: ended === undefined ? null : at(ended),
        },
      });
    }
    const withdrawn = [];
    for (const { event, actor, mandate } of await byDelegates("ConsentWithdrawn")) {
      const consent = event.args["consent"];
      const policy = givenOf(chain, consent)!.args["policy"] as bigint;
      withdrawn.push({
        timestamp: at(event),
        consent: { id: lower(consent) },
        actor: lower(actor),
        mandateWord: `${mandate}`,
        withinMandate: isWithinPolicy(policy, mandate),
      });
    }
    return { decided, withdrawn, beyondMandate: [], withdrawnBeyondMandate: [] };
  },
};

/** A guardian's consents that last until the majority of a patient who has not given a successor. */
async function reaffirmationsDue(chain: Chain, before: bigint) {
  const { consents, patients } = chain.contracts;
  const due = [];
  for (const given of chain.events("ConsentGiven")) {
    const { consent, patient, actor } = given.args as unknown as Record<string, string>;
    const { majority, assentFrom } = await patients.guardianship(patient!, { blockTag: given.block });
    const boundary = given.timestamp < assentFrom ? assentFrom : majority;
    const authority = await authorityOf(chain, patient!, actor!, given);
    const isGuardians = authority === "GUARDIAN" || authority === "JOINT";
    const kept = await consents.consent(consent!);
    const isRenewed = chain
      .events("ConsentGiven")
      .some(({ args }) => structIn(args, "details")["previous"] === consent);
    const isOpen =
      ["GIVEN", "RENEWED"].includes(CONSENT_STATUS[Number(kept.status)]!) &&
      kept.epoch === (await consents.epochOf(patient!));
    if (!isGuardians || !isOpen || isRenewed || kept.until < boundary || boundary > before) continue;
    const who = { patient: { id: lower(patient) }, authority, actor: lower(actor) };
    due.push({ id: lower(consent), ...who, reaffirmBy: `${boundary}` });
  }
  return due;
}
