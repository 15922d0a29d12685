import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Result } from "ethers";
import { zeroAddress, zeroHash, type Address, type Hex } from "viem";
import {
  askHash,
  createConsent,
  consentId,
  DECISIONS,
  encodePolicyWord,
  failedCheckMask,
  memberOf,
  NO_CONSENT,
  RecordBatch,
  recordLeaf,
  requestId,
} from "@consilium/sdk";
import type {
  AccessRequest,
  CohortPart,
  CohortRequest,
  ConsentDetails,
  ConsentScope,
  ConsentTerms,
  EncodePolicyWordParameters,
  FailedCheckName,
  RecordBatchEntry,
} from "@consilium/sdk";
import {
  deployConsilium,
  deployGoverned,
  ethers,
  loadFixture,
  networkHelpers,
  type Consilium,
} from "../fixtures/consilium.ts";

/*
 * One anchored batch of a hospital, a patient with a consent, an approved study, and a request of a researcher that is APPROVED.
 * Tests break one thing of it at a time.
 */

export { AGENT_ROLES, connection, ethers, loadFixture, networkHelpers } from "../fixtures/consilium.ts";
export { failedCheckMask, memberOf, membersOf, NO_CONSENT } from "@consilium/sdk";
export const { time } = networkHelpers;

export const DAY = 86_400;
export const YEAR = 365 * DAY;
export const MAX_TIME = 2 ** 40 - 1;

export const Decision = {
  APPROVED: BigInt(DECISIONS.APPROVED),
  DENIED: BigInt(DECISIONS.DENIED),
  NEEDS_REVIEW: BigInt(DECISIONS.NEEDS_REVIEW),
} as const;
export const Review = { PATIENT: 0, ETHICS: 1, CUSTODIAN: 2 } as const;
export const ReviewMask = { PATIENT: 1n, ETHICS: 2n, CUSTODIAN: 4n } as const;
export const StudyReview = { ETHICS: 0, LEGAL: 1 } as const;
export const StudyVerdict = { APPROVED: 1, REJECTED: 2, EXEMPT: 3 } as const;

/** Records of the batch by their index in it; the patient's unless said. */
export const RECORD = {
  labs: 0,
  public: 1,
  internal: 2,
  core: 3,
  /** Of otherPatient. */
  other: 4,
  genomics: 5,
  /** To be destroyed in ten days. */
  shortLived: 6,
  successor: 7,
  diagnoses: 8,
  /** Of helper1, helper2 and helper3, who are patients here. */
  first: 9,
  second: 10,
  third: 11,
} as const;

export const RETENTION = 10 * DAY;

export type Signer = HardhatEthersSigner;
export type Scenario = Awaited<ReturnType<typeof deployScenario>>;

export type StudyOverrides = {
  by?: Signer;
  scope?: EncodePolicyWordParameters;
  coreCategories?: number;
  subjectCap?: number;
  filingHash?: Hex;
  collaborators?: number[];
  ethics?: number;
  legal?: number;
  reviewedUntil?: number;
};
export type ConsentOverrides = Partial<Omit<ConsentScope, "policy" | "patient">> & {
  by?: Signer;
  policy?: EncodePolicyWordParameters;
  parameters?: Hex;
};
export type RequestOverrides = Partial<Omit<AccessRequest, "word" | "record">> & {
  word?: EncodePolicyWordParameters;
  record?: number;
  from?: RecordBatch;
};

/** A salted hash as the chain sees it: some 32 bytes. */
export function hash(text: string): Hex {
  return ethers.id(text) as Hex;
}

/** A struct that a call returned, by its fields. */
export function plain(value: unknown): Record<string, unknown> {
  return (value as Result).toObject(true) as Record<string, unknown>;
}

let salts = 0n;

export async function deployScenario() {
  return makeScenario(await loadFixture(deployConsilium));
}

/** With the timelock and the working groups in place of single wallets. */
export async function deployGovernedScenario() {
  return makeScenario(await loadFixture(deployGoverned));
}

async function makeScenario<Suite extends Consilium>(suite: Suite) {
  const { signers, members, patients, records, consents, studies, broker } = suite;
  const start = await time.latest();
  const ids = {
    north: members["northHospital"]!,
    south: members["southHospital"]!,
    east: members["eastHospital"]!,
    institute: members["researchInstitute"]!,
    regulator: members["regulator"]!,
  };

  const entry = (patient: Signer, level: number, facts: Partial<RecordBatchEntry> = {}): RecordBatchEntry => ({
    patient: patient.address as Address,
    commitment: hash(`commitment ${++salts}`),
    level,
    category: "labs",
    dataFrom: 0,
    dataUntil: start,
    retentionUntil: 0,
    ...facts,
  });
  const { patient, otherPatient, helper1, helper2, helper3 } = signers;
  const batch = new RecordBatch(ids.north, [
    entry(patient, 2),
    entry(patient, 0),
    entry(patient, 1),
    entry(patient, 3),
    entry(otherPatient, 2),
    entry(patient, 2, { category: "genomics" }),
    entry(patient, 2, { retentionUntil: start + RETENTION }),
    entry(patient, 2),
    entry(patient, 2, { category: "diagnoses" }),
    entry(helper1, 2),
    entry(helper2, 2),
    entry(helper3, 2),
  ]);
  const southBatch = new RecordBatch(ids.south, [entry(patient, 2), entry(otherPatient, 2), entry(helper1, 2)]);
  for (const [one, gateway] of [
    [batch, signers.northGateway],
    [southBatch, signers.southGateway],
  ] as const) {
    await records.connect(gateway).anchor(one.root, one.records.length, one.retentionUntil, hash("manifest"));
  }

  /** Registers a study and has it reviewed. */
  async function addStudy(overrides: StudyOverrides = {}): Promise<Hex> {
    const by = studies.connect(overrides.by ?? signers.researcher);
    const terms = {
      protocolHash: hash(`protocol ${++salts}`),
      scope: encodePolicyWord({ ...studyScope, ...overrides.scope }),
      coreCategories: overrides.coreCategories ?? 1 << 3,
      subjectCap: overrides.subjectCap ?? 0,
      sandbox: false,
      filingHash: overrides.filingHash ?? zeroHash,
      collaborators: overrides.collaborators ?? [],
      diseaseCodes: ["ICD10:E11"],
    };
    const id = (await by.register.staticCall(terms)) as Hex;
    await by.register(terms);
    await reviewStudy(id, StudyReview.ETHICS, overrides.ethics, overrides.reviewedUntil);
    await reviewStudy(id, StudyReview.LEGAL, overrides.legal, overrides.reviewedUntil);
    return id;
  }

  async function reviewStudy(
    id: Hex,
    kind: number,
    verdict: number = StudyVerdict.APPROVED,
    until: number = start + 2 * YEAR,
  ): Promise<void> {
    const by = kind === StudyReview.ETHICS ? signers.ethicsReviewer : signers.legalReviewer;
    const { version } = await studies.study(id);
    await studies.connect(by).review(id, version, kind, verdict, until, hash("reason"));
  }

  const studyScope: EncodePolicyWordParameters = {
    purposes: ["HRESCH", "DSRCH"],
    duoUses: ["health", "diseaseSpecific"],
    modifiers: ["NCU"],
    categories: ["labs", "diagnoses", "genomics"],
    level: 3,
    validFrom: start,
    validUntil: start + 2 * YEAR,
    deidentification: 1,
  };
  const researchPolicy: EncodePolicyWordParameters = {
    purposes: ["HRESCH", "DSRCH"],
    duoUses: ["health", "diseaseSpecific"],
    modifiers: ["NPU", "NCU", "IRB"],
    categories: ["labs", "diagnoses", "genomics"],
    level: 3,
    validFrom: start,
    validUntil: start + 2 * YEAR,
    deidentification: 1,
    recipients: ["research"],
    regions: [0],
    flags: ["autoApprove", "separateConsent"],
  };
  const carePolicy: EncodePolicyWordParameters = {
    ...researchPolicy,
    purposes: ["TREAT", "BTG"],
    duoUses: [],
    modifiers: [],
    deidentification: 0,
    recipients: ["hospital"],
  };

  const givenDetails = new Map<Hex, ConsentDetails>();
  /** Gives a consent; the research policy with what is overridden. */
  async function giveConsent({ by = patient, policy, ...scope }: ConsentOverrides = {}): Promise<ConsentTerms> {
    const { terms, details } = createConsent({
      patient: by.address as Address,
      epoch: Number(await consents.epochOf(by)),
      notice: hash("notice"),
      policy: encodePolicyWord({ ...researchPolicy, ...policy }),
      ...scope,
    });
    await consents.connect(by).give(terms, details);
    givenDetails.set(terms.details, details);
    return terms;
  }

  const until = start + 30 * DAY;
  const researchWord: EncodePolicyWordParameters = {
    purposes: ["DSRCH"],
    duoUses: ["diseaseSpecific"],
    categories: ["labs"],
    level: 2,
    validUntil: until,
    deidentification: 1,
  };
  const careWord: EncodePolicyWordParameters = {
    ...researchWord,
    purposes: ["TREAT"],
    duoUses: [],
    deidentification: 0,
  };

  const study = await addStudy();
  const consent = await giveConsent();

  /** The approved request, with what is overridden; a new salt each time. */
  function makeRequest({ word, record = RECORD.labs, from = batch, ...rest }: RequestOverrides = {}): AccessRequest {
    return {
      study,
      word: encodePolicyWord({ ...researchWord, ...word }),
      salt: ++salts,
      batch: from.id,
      record: from.record(record),
      proof: from.proof(record),
      consent,
      ...rest,
    };
  }

  /** A part of a cohort: records of a batch, each with its patient's consent. */
  function makePart(from: RecordBatch, indices: readonly number[], terms: readonly ConsentTerms[]): CohortPart {
    const { records: ordered, indices: order, proof, proofFlags } = from.multiProof(indices);
    return {
      batch: from.id,
      records: ordered,
      consents: order.map((i) => terms[indices.indexOf(i)]!),
      proof,
      proofFlags,
    };
  }

  function makeCohort(parts: CohortPart[], overrides: Partial<CohortRequest> = {}): CohortRequest {
    const ascending = parts.toSorted((a, b) => (BigInt(a.batch) < BigInt(b.batch) ? -1 : 1));
    return { study, word: encodePolicyWord(researchWord), salt: ++salts, parts: ascending, ...overrides };
  }

  return {
    ...suite,
    patients,
    broker,
    ids,
    start,
    until,
    batch,
    southBatch,
    study,
    consent,
    studyScope,
    researchPolicy,
    carePolicy,
    researchWord,
    careWord,
    addStudy,
    reviewStudy,
    giveConsent,
    /** The details behind the hash in the terms of a consent given here. */
    detailsOf: ({ details }: ConsentTerms): ConsentDetails => givenDetails.get(details)!,
    makeRequest,
    makePart,
    makeCohort,
  };
}

/* ACTS AND EXPECTATIONS */

export interface Decided {
  id: Hex;
  body: AccessRequest;
}

type DecidedExpectation = {
  by?: Signer;
  decision: bigint;
  failed?: bigint;
  pending?: bigint;
  /** The consent in the event, if not that of the body. */
  consent?: Hex;
  version?: number;
};

/** All arguments of the AccessDecided of a request. */
export async function decidedArgs(
  { broker, institutions, signers }: Scenario,
  body: AccessRequest,
  { by = signers.researcher, decision, failed = 0n, pending = 0n, consent, version = 1 }: DecidedExpectation,
): Promise<unknown[]> {
  const none = body.consent === NO_CONSENT;
  return [
    await broker.requestId(by, body),
    by.address,
    body.record.patient,
    (await institutions.agent(by)).institution,
    decision,
    failed,
    pending,
    version,
    body.study,
    body.word,
    consent ?? (none ? zeroHash : consentId(body.consent)),
    body.batch,
    recordLeaf(body.record),
    body.record.meta,
    (body.word >> 144n) & BigInt(MAX_TIME),
    askHash(by.address as Address, body),
  ];
}

/** Sends a request; `evaluate` must have foretold all of what it meets. */
export async function expectDecision(s: Scenario, body: AccessRequest, expected: DecidedExpectation): Promise<Decided> {
  const { broker, signers } = s;
  const by = expected.by ?? signers.researcher;
  const foretold = await broker.evaluate(by, body);
  expect(foretold.failed, "foretold checks").to.equal(expected.failed ?? 0n);
  expect(foretold.decision, "foretold decision").to.equal(expected.decision);
  expect(foretold.pendingReviews, "foretold reviews").to.equal(expected.pending ?? 0n);

  const id = requestId(by.address as Address, body);
  await expect(broker.connect(by).request(body))
    .to.emit(broker, "AccessDecided")
    .withArgs(...(await decidedArgs(s, body, expected)));
  const kept = await broker.grant(id);
  expect(kept.decision).to.equal(expected.decision);
  expect(kept.pendingReviews).to.equal(expected.pending ?? 0n);
  if (expected.decision !== Decision.APPROVED) await expectNoGrant(s, id, body, by);
  return { id, body };
}

/** Denied for just these checks, and nothing kept that could open a record. */
export async function expectDenied(
  s: Scenario,
  body: AccessRequest,
  checks: readonly FailedCheckName[],
  by: Signer = s.signers.researcher,
): Promise<Decided> {
  return expectDecision(s, body, { by, decision: Decision.DENIED, failed: failedCheckMask(...checks) });
}

export async function expectNoGrant(s: Scenario, id: Hex, body: AccessRequest, by: Signer): Promise<void> {
  const { broker, signers } = s;
  const member = memberOf(body);
  const proof = proofOf(by, body);
  expect(await broker.cohortRoot(id)).to.equal(zeroHash);
  expect((await broker.grant(id)).count).to.equal(0n);
  expect(await broker.isMember(id, member, proof)).to.equal(false);
  await expect(broker.checkGrant(id, member, proof, body.record))
    .to.be.revertedWithCustomError(broker, "GrantUnknown")
    .withArgs(id);
  await expect(broker.connect(by).logReceipt(id, member, proof, hash("ciphertext"), true))
    .to.be.revertedWithCustomError(broker, "GrantUnknown")
    .withArgs(id);
  const custodian = Number(body.record.meta & 0xffffffffn);
  if (custodian !== s.ids.north || !(await s.institutions.isInStanding(custodian))) return;
  await expect(broker.connect(signers.northGateway).logDelivery(id, member, proof, body.record, DELIVERY))
    .to.be.revertedWithCustomError(broker, "GrantUnknown")
    .withArgs(id);
}

export const DELIVERY = {
  ciphertextHash: hash("ciphertext"),
  evidenceHash: hash("evidence"),
  sensitivitiesChecked: true,
};

/** The proof of a single request's one member. */
export function proofOf(by: Signer, body: AccessRequest): Hex[] {
  return [askHash(by.address as Address, body)];
}

/** The scenario's request, approved. */
export async function deployApproved() {
  const s = await loadFixture(deployScenario);
  const body = s.makeRequest();
  const { id } = await expectDecision(s, body, { decision: Decision.APPROVED });
  return { ...s, id, body, member: memberOf(body), proof: proofOf(s.signers.researcher, body) };
}

/** A request of the researcher that waits for these reviews: level 3 for ethics, a policy that asks for the patient. */
export async function sendPending(
  s: Scenario,
  { ethics, patient }: { ethics: boolean; patient: boolean },
): Promise<Decided> {
  const consent = patient ? await s.giveConsent({ policy: { flags: ["separateConsent"] } }) : s.consent;
  const body = s.makeRequest(ethics ? { consent, record: RECORD.core, word: { level: 3 } } : { consent });
  const pending = (ethics ? ReviewMask.ETHICS : 0n) | (patient ? ReviewMask.PATIENT : 0n);
  return expectDecision(s, body, { decision: Decision.NEEDS_REVIEW, pending });
}

/** Runs the transactions in one block, in their order; returns for each whether it succeeded. */
export async function inOneBlock(...send: (() => Promise<{ hash: string }>)[]): Promise<boolean[]> {
  await ethers.provider.send("evm_setAutomine", [false]);
  try {
    const hashes: string[] = [];
    for (const one of send) hashes.push((await one()).hash);
    await ethers.provider.send("evm_mine", []);
    const receipts = await Promise.all(hashes.map((one) => ethers.provider.getTransactionReceipt(one)));
    expect(new Set(receipts.map((receipt) => receipt?.blockNumber)).size).to.equal(1);
    return receipts.map((receipt) => receipt?.status === 1);
  } finally {
    await ethers.provider.send("evm_setAutomine", [true]);
  }
}

export { zeroAddress, zeroHash };
