import type { Hex } from "viem";
import {
  CohortTree,
  cohortRequestId,
  membersOf,
  RecordBatch,
  requestId,
  type AccessRequest,
  type CohortMember,
  type RecordBatchEntry,
} from "@consilium/sdk";
import { DELIVERY, memberOf, proofOf, RECORD, type RequestOverrides, type Signer } from "../access/scenario.ts";
import { addressOf, deploySupervision, hash, loadFixture, zeroHash } from "./supervisionFixtures.ts";

/*
 * North and south hospital deliver records to the research institute, by rules with small numbers:
 *
 *     3 points for a delivery, 5 more for a record's first, 2 more if its leaf was published; at most 100 in a period.
 */

export const RULES = {
  delivery: 3n,
  acceptance: 5n,
  publication: 2n,
  cap: 100n,
  deduction: 10n,
  deductionPerDay: 2n,
  thresholds: [8n, 20n, 40n, 80n] as [bigint, bigint, bigint, bigint],
};

export type Rules = typeof RULES;

/** A delivery that is logged. */
export interface Delivered {
  grant: Hex;
  member: CohortMember;
}

export type Contributing = Awaited<ReturnType<typeof deployContributing>>;

export async function deployContributing() {
  const s = await loadFixture(deploySupervision);
  const { broker, contributions, records, institutions, signers, ids } = s;
  await contributions.connect(signers.rules).setRules(RULES);
  const gateways = new Map([
    [ids.north, signers.northGateway],
    [ids.south, signers.southGateway],
    [ids.east, signers.eastGateway],
  ]);

  /** A request that is approved, of the researcher or whoever is said. */
  async function grant(
    overrides: RequestOverrides = {},
    by: Signer = signers.researcher,
  ): Promise<{ body: AccessRequest; id: Hex; by: Signer }> {
    const body = s.makeRequest(overrides);
    await broker.connect(by).request(body);
    return { body, id: requestId(addressOf(by), body), by };
  }

  /** The custodian hands a granted record over. */
  async function handOver({ body, id, by }: Awaited<ReturnType<typeof grant>>): Promise<Delivered> {
    const gateway = gateways.get(Number(body.record.meta & 0xffffffffn))!;
    const member = memberOf(body);
    await broker.connect(gateway).logDelivery(id, member, proofOf(by, body), body.record, DELIVERY);
    return { grant: id, member };
  }

  async function deliver(overrides: RequestOverrides = {}, by?: Signer): Promise<Delivered> {
    return handOver(await grant(overrides, by));
  }

  /** North's own clinician asks for a record of north's. */
  async function useOwn(): Promise<Delivered> {
    const consent = await s.giveConsent({ policy: s.carePolicy });
    return deliver({ study: zeroHash, word: s.careWord, consent }, signers.northClinician);
  }

  /** A grant of two records of north and one of south, the first and the last of which are delivered. */
  async function deliverCohort(): Promise<{ id: Hex; members: CohortMember[]; delivered: CohortMember[] }> {
    const other = await s.giveConsent({ by: signers.otherPatient });
    const body = s.makeCohort([
      s.makePart(s.batch, [RECORD.labs, RECORD.other], [s.consent, other]),
      s.makePart(s.southBatch, [0], [s.consent]),
    ]);
    await broker.connect(signers.researcher).requestCohort(body);
    const id = cohortRequestId(addressOf(signers.researcher), body);
    const members = membersOf(body);
    const tree = new CohortTree(members);
    const asked = body.parts.flatMap((part) => part.records);
    const delivered: CohortMember[] = [];
    for (const [index, gateway] of [
      [s.southBatch, signers.southGateway],
      [s.batch, signers.northGateway],
    ].map(([batch, by]) => [members.findIndex((one) => one.batch === (batch as RecordBatch).id), by] as const)) {
      const member = members[index]!;
      const args = [id, member, tree.proof(index), asked[index]!, DELIVERY] as const;
      await broker.connect(gateway as Signer).logDelivery(...args);
      delivered.push(member);
    }
    return { id, members, delivered };
  }

  /** Anchors one more record of the patient with north, leaf and all if `published`. */
  async function anchorRecord(published = false, facts: Partial<RecordBatchEntry> = {}): Promise<RecordBatch> {
    const batch = oneRecord(facts);
    await sendAnchor(batch, published);
    return batch;
  }

  let commitments = 0;
  function oneRecord(facts: Partial<RecordBatchEntry> = {}): RecordBatch {
    const entry: RecordBatchEntry = {
      patient: addressOf(signers.patient),
      commitment: hash(`contributed ${++commitments}`),
      level: 2,
      category: "labs",
      dataFrom: 0,
      dataUntil: s.start,
      retentionUntil: 0,
      ...facts,
    };
    return new RecordBatch(ids.north, [entry]);
  }

  function sendAnchor(batch: RecordBatch, published = false) {
    const gateway = records.connect(signers.northGateway);
    return published
      ? gateway.anchorIndexed([...batch.records], hash("manifest"))
      : gateway.anchor(batch.root, 1, 0, hash("manifest"));
  }

  const credit = ({ grant: id, member }: Delivered, by: Signer = signers.stranger) =>
    contributions.connect(by).credit(id, [member]);

  async function earned(institution: number): Promise<bigint> {
    return (await contributions.pointsOf(institution)).earned;
  }

  async function deducted(institution: number): Promise<bigint> {
    return (await contributions.pointsOf(institution)).deducted;
  }

  const changeRules = (change: Partial<Rules>) =>
    contributions.connect(signers.rules).setRules({ ...RULES, ...change });

  /** North is reported by south's clinician and loses. */
  const convict = (violation: Parameters<typeof s.uphold>[0] = "LEAK") =>
    s.uphold(violation, { by: signers.southClinician, accused: ids.north });

  const suspend = (institution: number, until: number) =>
    institutions.connect(signers.supervision).suspend(institution, until, hash("reason"));

  return {
    ...s,
    grant,
    handOver,
    deliver,
    useOwn,
    deliverCohort,
    anchorRecord,
    oneRecord,
    sendAnchor,
    credit,
    earned,
    deducted,
    changeRules,
    convict,
    suspend,
  };
}
