import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionReceipt } from "ethers";
import { hexToBigInt, zeroHash, type Address, type Hex } from "viem";
import {
  askHash,
  CohortTree,
  DECISIONS,
  DEIDENTIFICATION,
  encodePolicyWord,
  explainFailedChecks,
  memberOf,
  NO_CONSENT,
  randomSalt,
  requestId,
  type AccessRequest,
  type CohortMember,
  type CohortRequest,
  type CreateConsentReturnType,
  type EncodePolicyWordParameters,
} from "@consilium/sdk";
import type { Granted } from "./deliverRecord.ts";
import type { KeptRecord } from "./importRecords.ts";
import { FREE, type World } from "./World.ts";

const GRANT_TIME = 30 * 86_400;

export type Decision = keyof typeof DECISIONS;

/** What is asked for: the record, on which consent, and the fields of the word; the end is 30 days from now. */
export type Ask = {
  kept: KeptRecord;
  consent?: CreateConsentReturnType | undefined;
  study?: Hex;
  word: EncodePolicyWordParameters;
};

export type Answer = {
  id: Hex;
  body: AccessRequest;
  decision: Decision;
  failed: bigint;
  /** The grant's only member, should it be one. */
  member: CohortMember;
  proof: Hex[];
  ask: Ask;
  receipt: ContractTransactionReceipt;
};

/** Word of a researcher who asks for pseudonymised labs. */
export const RESEARCH: EncodePolicyWordParameters = {
  purposes: ["DSRCH"],
  duoUses: ["diseaseSpecific"],
  categories: ["labs"],
  level: 2,
  deidentification: DEIDENTIFICATION.pseudonymised,
};

/** Word of a clinician who asks for labs. */
export const TREATMENT: EncodePolicyWordParameters = { purposes: ["TREAT"], categories: ["labs"], level: 2 };

/** Sends requests, all for the same block, and returns what the chain decided on each. */
export async function requestAccess(world: World, requester: HardhatEthersSigner, ...asks: Ask[]): Promise<Answer[]> {
  const { broker } = world.contracts;
  const validUntil = (await world.now()) + GRANT_TIME;
  const bodies = asks.map(({ kept, consent, study = zeroHash, word }): AccessRequest => {
    return {
      study,
      word: encodePolicyWord({ validUntil, ...word }),
      salt: hexToBigInt(randomSalt()),
      batch: kept.batch.id,
      record: kept.record,
      proof: kept.proof,
      consent: consent?.terms ?? NO_CONSENT,
    };
  });
  const receipts = await world.send(...bodies.map((body) => () => broker.connect(requester).request(body, FREE)));

  return bodies.map((body, index) => {
    const ask = asks[index]!;
    const { decision, failed } = eventsIn(world, receipts[index]!).find(({ name }) => name === "AccessDecided")!.args;
    return {
      id: requestId(requester.address as Address, body),
      body,
      decision: nameOf(decision as bigint),
      failed: failed as bigint,
      member: memberOf(body),
      proof: [askHash(requester.address as Address, body)],
      ask,
      receipt: receipts[index]!,
    };
  });
}

/** The grant that an approved answer is. */
export function grantOf({ id, member, proof, ask }: Answer): Granted {
  return { id, member, proof, kept: ask.kept, consent: ask.consent };
}

export type CohortAnswer = {
  id: Hex;
  decision: Decision;
  /** Those granted, in the order of the chain; undefined if nobody was. */
  cohort: CohortTree | undefined;
  /** The record of each member. */
  kept: KeptRecord[];
};

/** Sends one request for many patients' records, a record of each batch. */
export async function requestCohort(
  world: World,
  requester: HardhatEthersSigner,
  { study, word, asks }: { study: Hex; word: EncodePolicyWordParameters; asks: Omit<Ask, "study" | "word">[] },
): Promise<CohortAnswer> {
  const { broker } = world.contracts;
  const body: CohortRequest = {
    study,
    word: encodePolicyWord({ validUntil: (await world.now()) + GRANT_TIME, ...word }),
    salt: hexToBigInt(randomSalt()),
    parts: asks
      .map(({ kept, consent }) => ({
        batch: kept.batch.id,
        records: [kept.record],
        consents: [consent?.terms ?? NO_CONSENT],
        proof: kept.proof,
        proofFlags: kept.proof.map(() => false),
      }))
      .sort((one, other) => (one.batch < other.batch ? -1 : 1)),
  };
  const [receipt] = await world.send(() => broker.connect(requester).requestCohort(body, FREE));

  const events = eventsIn(world, receipt!);
  const { request, decision } = events.find(({ name }) => name === "CohortDecided")!.args;
  const granted = events.filter(({ name }) => name === "CohortMembersGranted");
  const members = granted.flatMap(({ args: { batch, consents, records } }) =>
    (records as Hex[]).map((record, index): CohortMember => {
      const { patient } = asks.find(({ kept }) => kept.leaf === record)!.kept.record;
      return { study, patient, consent: (consents as Hex[])[index]!, batch: batch as Hex, record };
    }),
  );
  return {
    id: request as Hex,
    decision: nameOf(decision as bigint),
    cohort: members.length === 0 ? undefined : new CohortTree(members),
    kept: members.map(({ record }) => asks.find(({ kept }) => kept.leaf === record)!.kept),
  };
}

/** Stops the story where the chain decided otherwise than told. */
export function requireDecision(what: string, decision: Decision, wanted: Decision, failed = 0n): void {
  if (decision === wanted) return;
  const reasons = explainFailedChecks(failed).map(({ text }) => ` ${text}`);
  throw new Error(`${what} was ${decision} instead of ${wanted}.${reasons.join("")}`);
}

function eventsIn({ contracts }: World, receipt: ContractTransactionReceipt) {
  return receipt.logs.flatMap((log) => contracts.broker.interface.parseLog(log) ?? []);
}

function nameOf(decision: bigint): Decision {
  return (Object.keys(DECISIONS) as Decision[]).find((name) => BigInt(DECISIONS[name]) === decision)!;
}
