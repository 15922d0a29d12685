import type { Hex } from "viem";
import { decodeRecordMeta } from "@consilium/sdk";
import { orNull, lower, type Chain, type ChainEvent } from "./Chain.ts";
import { givenOf, guardianshipAt, worthOf } from "./lookUp.ts";
import { checksIn, DECISION, fieldsOf, rolesIn, snake } from "./names.ts";

/** A record within a request: the decision on it, and what came of it. */
export type AccessFact = {
  id: Hex;
  request: RequestFact;
  batch: Hex;
  leaf: Hex;
  patient: Hex | null;
  custodian: number;
  category: string | null;
  level: number | null;
  consent: Hex | null;
  consentStatus: string;
  consentLag: string | null;
  guardianship: Awaited<ReturnType<typeof guardianshipAt>>;
  decided: ChainEvent;
  decision: string;
  failed: bigint;
  deliveries: ChainEvent[];
  receipts: ChainEvent[];
  keyRevocation: ChainEvent | undefined;
};

export type RequestFact = {
  id: Hex;
  requester: Hex;
  roles: string[];
  institution: number;
  isCohort: boolean;
  study: Hex | null;
  word: bigint;
  fields: ReturnType<typeof fieldsOf>;
  decisions: ChainEvent[];
  /** The last decision. */
  decided: ChainEvent;
  decision: string;
  failed: bigint;
  failedChecks: string[];
  pendingReviews: bigint;
  until: bigint;
  ruleVersion: number;
  accredited: boolean;
  approvalsInForce: boolean;
  accesses: AccessFact[];
};

/** All requests, put together from the receipts and from what the contracts keep of them. */
export async function readRequests(chain: Chain): Promise<RequestFact[]> {
  const decided = chain.events("AccessDecided", "CohortDecided");
  const ids = [...new Set(decided.map(({ args }) => lower(args["request"])))];
  const requests: RequestFact[] = [];
  for (const id of ids) {
    requests.push(
      await readRequest(
        chain,
        id,
        decided.filter(({ args }) => lower(args["request"]) === id),
      ),
    );
  }
  return requests;
}

async function readRequest(chain: Chain, id: Hex, decisions: ChainEvent[]): Promise<RequestFact> {
  const { institutions, studies, broker } = chain.contracts;
  const last = decisions.at(-1)!;
  const { requester, study, word, failed } = last.args as unknown as Record<string, bigint> & { requester: string };
  const kept = await broker.grant(id);
  const agent = await institutions.agent(requester, { blockTag: last.block });
  const accredited = await institutions.accreditedAt(kept.institution, kept.decidedAt);
  const request: RequestFact = {
    id,
    requester: lower(requester),
    roles: rolesIn(agent.roles),
    institution: Number(kept.institution),
    isCohort: last.name === "CohortDecided",
    study: orNull(study),
    word: word!,
    fields: fieldsOf(word!),
    decisions,
    decided: last,
    decision: DECISION[Number(kept.decision)]!,
    failed: failed!,
    failedChecks: checksIn(failed!),
    pendingReviews: kept.pendingReviews,
    until: kept.until,
    ruleVersion: Number(kept.ruleVersion),
    accredited,
    approvalsInForce:
      accredited && (orNull(study) === null || (await studies.approvedAt(lower(study), kept.decidedAt))),
    accesses: [],
  };
  for (const member of membersOf(chain, id, last)) request.accesses.push(await readAccess(chain, request, member));
  return request;
}

type Member = { batch: Hex; leaf: Hex; consent: Hex; decided: ChainEvent; failed: bigint; isGranted: boolean };

function membersOf(chain: Chain, id: Hex, last: ChainEvent): Member[] {
  const { args } = last;
  if (last.name === "AccessDecided") {
    return [
      {
        batch: lower(args["batch"]),
        leaf: lower(args["record"]),
        consent: lower(args["consent"]),
        decided: last,
        failed: args["failed"] as bigint,
        isGranted: false,
      },
    ];
  }
  return chain
    .events("CohortMembersGranted", "CohortMembersRefused")
    .filter((event) => lower(event.args["request"]) === id)
    .flatMap((event) => {
      const isGranted = event.name === "CohortMembersGranted";
      return (event.args["records"] as string[]).map((record, index) => ({
        batch: lower(event.args["batch"]),
        leaf: lower(record),
        consent: lower((event.args["consents"] as string[])[index]),
        decided: event,
        failed: isGranted ? 0n : (event.args[4] as bigint[])[index]!,
        isGranted,
      }));
    });
}

async function readAccess(chain: Chain, request: RequestFact, member: Member): Promise<AccessFact> {
  const { batch, leaf, consent, decided, failed, isGranted } = member;
  const logs = (name: string): ChainEvent[] =>
    chain.events(name).filter(({ args }) => lower(args["grant"]) === request.id && lower(args["record"]) === leaf);
  const deliveries = logs("DeliveryLogged");
  const receipts = logs("ReceiptLogged");
  const given = givenOf(chain, consent);
  const published = chain.published.get(`${batch}${leaf}`);
  const meta = ((request.isCohort ? published?.meta : decided.args["meta"]) ?? deliveries[0]?.args["meta"]) as
    bigint | undefined;
  const facts = meta === undefined ? undefined : decodeRecordMeta(meta);
  // At the decision; and now, when a delivery or a receipt may have told more.
  const named = (event: ChainEvent | undefined): string | undefined => event?.args["patient"] as string | undefined;
  const known = request.isCohort ? (published?.patient ?? named(given)) : named(decided);
  const patient = known ?? named([...deliveries, ...receipts][0]);
  return {
    id: `${request.id}${batch.slice(2)}${leaf.slice(2)}` as Hex,
    request,
    batch,
    leaf,
    patient: patient === undefined ? null : lower(patient),
    custodian: Number((await chain.contracts.records.batch(batch)).custodian),
    category: facts === undefined ? null : snake(facts.category),
    level: facts?.level ?? null,
    consent: given === undefined || known === undefined ? null : consent,
    ...(known === undefined ? { consentStatus: "NONE", consentLag: null } : await worthOf(chain, consent, decided)),
    guardianship: known === undefined ? null : await guardianshipAt(chain, lower(known), decided),
    decided,
    decision: request.isCohort ? (isGranted ? "APPROVED" : "DENIED") : request.decision,
    failed,
    deliveries,
    receipts,
    keyRevocation: logs("KeyRevocationLogged").at(-1),
  };
}
