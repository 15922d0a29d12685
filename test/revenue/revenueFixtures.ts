import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { AddressLike, BigNumberish } from "ethers";
import { hexToBigInt, type Address, type Hex } from "viem";
import {
  askHash,
  CohortTree,
  createConsent,
  encodePolicyWord,
  memberOf,
  membersOf,
  NO_CONSENT,
  presetPolicy,
  randomSalt,
  RecordBatch,
  requestId,
  cohortRequestId,
  studyId,
  type AccessRequest,
  type CohortMember,
} from "@consilium/sdk";
import { deployConsilium, ethers, loadFixture, networkHelpers, type Consilium } from "../fixtures/consilium.ts";

export { loadFixture };
export const DAY = 86_400;
/** What the contract counts marks by. */
export const PERIOD = 30 * DAY;
export const REASON = ethers.id("reason");
export const REFERENCE = ethers.id("invoice");
export const APPROVED = 1;
export const UNKNOWN = ethers.id("unknown") as Hex;
export const ZERO_HASH = ethers.ZeroHash as Hex;
/** What accruals are times. */
export const ONE = 2n ** 64n;
export const MAX_RECEIVED = 2n ** 144n - 1n;
/** Order of the contract's UnitRule. */
export const UnitRule = { RECORD: 0, PATIENT: 1, CATEGORY: 2 } as const;
/** What records may be of, here. */
type Category = "identity" | "labs" | "claims";
const CATEGORIES: Category[] = ["identity", "labs", "claims"];
/** A depositor's means. */
const MANY = 2n ** 220n;

export const { time } = networkHelpers;

export type Custodian = "north" | "south";

export interface Grant {
  id: Hex;
  members: CohortMember[];
  proofs: Hex[][];
  records: Parameters<typeof memberOf>[0]["record"][];
  custodian: Custodian;
}

export interface Entitlement {
  grant: Hex;
  member: CohortMember;
  proof: Hex[];
}

export interface Shares {
  patients: number;
  fund: number;
  custodians: number;
  payees: { institution: number; share: number }[];
}

/** What tests need of a token. */
export interface Mintable {
  getAddress(): Promise<string>;
  balanceOf(account: AddressLike): Promise<bigint>;
  mint(to: AddressLike, amount: BigNumberish): Promise<unknown>;
  connect(signer: HardhatEthersSigner): { approve(spender: AddressLike, amount: BigNumberish): Promise<unknown> };
}

export type Revenue = Awaited<ReturnType<typeof deployRevenue>>;

/** The suite with one approved study of the research institute. */
export async function deployRevenue() {
  const suite = await loadFixture(deployConsilium);
  const study = await openStudy(suite, "protocol");
  return { ...suite, study };
}

/** Registers a study of the institute and has it reviewed. */
export async function openStudy(suite: Consilium, name: string): Promise<Hex> {
  const { studies, members, signers } = suite;
  const now = await networkHelpers.time.latest();
  const protocolHash = ethers.id(name) as Hex;
  await studies.connect(signers.researcher).register({
    protocolHash,
    scope: encodePolicyWord({
      purposes: ["HRESCH"],
      duoUses: ["diseaseSpecific"],
      categories: CATEGORIES,
      level: 2,
      validFrom: 0,
      validUntil: now + 100 * DAY,
      deidentification: 1,
    }),
    coreCategories: 0,
    subjectCap: 0,
    sandbox: false,
    filingHash: ethers.ZeroHash,
    collaborators: [],
    diseaseCodes: [],
  });
  const id = studyId(members["researchInstitute"]!, protocolHash);
  await studies.connect(signers.ethicsReviewer).review(id, 1, 0, APPROVED, now + 100 * DAY, REASON);
  await studies.connect(signers.legalReviewer).review(id, 1, 1, APPROVED, now + 100 * DAY, REASON);
  return id;
}

async function requestWord(level: number, categories: readonly Category[] = ["labs"]): Promise<bigint> {
  return encodePolicyWord({
    purposes: ["HRESCH"],
    duoUses: ["diseaseSpecific"],
    categories,
    level,
    validUntil: (await networkHelpers.time.latest()) + 30 * DAY,
    deidentification: 1,
  });
}

/** A hospital anchors a record of each patient, labs if not said otherwise. */
async function anchorRecords(
  suite: Consilium,
  patients: readonly Address[],
  level: number,
  custodian: Custodian,
  categories: readonly Category[] = [],
): Promise<RecordBatch> {
  const { records, members, signers } = suite;
  const batch = new RecordBatch(
    members[`${custodian}Hospital`]!,
    patients.map((patient, index) => {
      const category = categories[index] ?? "labs";
      return { patient, commitment: randomSalt(), level, category, dataFrom: 0, dataUntil: 1, retentionUntil: 0 };
    }),
  );
  await records.connect(signers[`${custodian}Gateway`]).anchor(batch.root, patients.length, 0, REASON);
  return batch;
}

/** The patient's own consent to all ethical research. The patient is one of the network's accounts. */
async function giveConsent(suite: Consilium, patient: Address) {
  const validUntil = (await networkHelpers.time.latest()) + 60 * DAY;
  const consent = createConsent({
    patient,
    policy: presetPolicy({ preset: "allEthicalResearch", validFrom: 0, validUntil }),
    epoch: 0,
    notice: ethers.id("notice") as Hex,
  });
  await suite.consents.connect(await ethers.getSigner(patient)).give(consent.terms, consent.details);
  return consent;
}

function newSalt(): bigint {
  return hexToBigInt(randomSalt());
}

/** A cohort granted to the institute's researcher by the broker; at level 2 each patient consents first. */
export async function grantCohort(
  suite: Consilium,
  study: Hex,
  patients: readonly Address[],
  options: { level?: 0 | 2; custodian?: Custodian; categories?: Category[] } = {},
): Promise<Grant> {
  const { broker, signers } = suite;
  const { level = 0, custodian = "north", categories } = options;
  const batch = await anchorRecords(suite, patients, level, custodian, categories);
  const { records, proof, proofFlags } = batch.multiProof(patients.map((_, index) => index));
  const consents = new Map<Address, Awaited<ReturnType<typeof giveConsent>>>();
  if (level === 2) for (const patient of patients) consents.set(patient, await giveConsent(suite, patient));

  const terms = records.map(({ patient }) => consents.get(patient)?.terms ?? NO_CONSENT);
  const parts = [{ batch: batch.id, records, consents: terms, proof, proofFlags }];
  const request = { study, word: await requestWord(level, categories), salt: newSalt(), parts };
  await broker.connect(signers.researcher).requestCohort(request);

  const members = membersOf(request);
  const tree = new CohortTree(members);
  const id = cohortRequestId(signers.researcher.address as Address, request);
  return { id, members, proofs: members.map((_, i) => tree.proof(i)), records, custodian };
}

/** A request of the institute's researcher for one record, and the grant that it would be. Level 1 waits for the custodian's review. */
export async function requestOne(suite: Consilium, study: Hex, patient: Address, level: 0 | 1 | 2): Promise<Grant> {
  const { broker, signers } = suite;
  const batch = await anchorRecords(suite, [patient], level, "north");
  const consent = level === 2 ? await giveConsent(suite, patient) : undefined;
  const request: AccessRequest = {
    study,
    word: await requestWord(level),
    salt: newSalt(),
    batch: batch.id,
    record: batch.record(0),
    proof: batch.proof(0),
    consent: consent?.terms ?? NO_CONSENT,
  };
  await broker.connect(signers.researcher).request(request);
  const requester = signers.researcher.address as Address;
  return {
    id: requestId(requester, request),
    members: [memberOf(request)],
    proofs: [[askHash(requester, request)]],
    records: [request.record],
    custodian: "north",
  };
}

/** Addresses of patients who never act. */
export function quietPatients(count: number, from = 1): Address[] {
  return Array.from({ length: count }, (_, i) => ethers.toBeHex(0xa0000 + from + i, 20) as Address).map(
    (address) => ethers.getAddress(address) as Address,
  );
}

/* AGREEMENTS */

/** 60 % to patients, 30 % to the fund, 7 % to North Hospital, 3 % to the institute. */
export function plainShares({ members }: Consilium): Shares {
  const payees = [
    { institution: members["northHospital"]!, share: 700 },
    { institution: members["researchInstitute"]!, share: 300 },
  ];
  return { patients: 6_000, fund: 3_000, custodians: 0, payees };
}

/** 50 % to patients, 30 % to the fund, 20 % to custodians. */
export const CUSTODIAN_SHARES: Shares = { patients: 5_000, fund: 3_000, custodians: 2_000, payees: [] };

/** The shares as events and getters give them. */
export function asArgs({ patients, fund, custodians, payees }: Shares): unknown[] {
  return [patients, fund, custodians, payees.map(({ institution, share }) => [institution, share])];
}

export function agreementIdOf(study: Hex, productHash: Hex): Hex {
  if (productHash === ZERO_HASH) return study;
  const encoded = ethers.AbiCoder.defaultAbiCoder().encode(["bytes32", "bytes32"], [study, productHash]);
  return ethers.keccak256(encoded) as Hex;
}

export interface AgreementOptions {
  study?: Hex;
  product?: Hex;
  token?: AddressLike;
  unitRule?: number;
  shares?: Shares;
}

/** Opens an agreement, if not said otherwise the study's own in the suite's token by records. */
export async function openAgreement(suite: Revenue, options: AgreementOptions = {}): Promise<Hex> {
  const { splitter, signers } = suite;
  const { study = suite.study, product = ZERO_HASH, token = suite.token, unitRule = UnitRule.RECORD } = options;
  const shares = options.shares ?? plainShares(suite);
  await splitter.connect(signers.researcher).openAgreement(study, product, token, unitRule, shares);
  return agreementIdOf(study, product);
}

/** Gives the relayer tokens to deposit without end. */
export async function fundDepositor(suite: Revenue, token: Mintable): Promise<void> {
  const { splitter, signers } = suite;
  await token.mint(signers.relayer, MANY);
  await token.connect(signers.relayer).approve(splitter, ethers.MaxUint256);
}

/** With the study's agreement by records in the suite's token, and a depositor. */
export async function deployAgreement() {
  const suite = await loadFixture(deployRevenue);
  const id = await openAgreement(suite);
  await fundDepositor(suite, suite.token);
  return {
    ...suite,
    id,
    asDepositor: suite.splitter.connect(suite.signers.relayer),
    asStranger: suite.splitter.connect(suite.signers.stranger),
    asSponsor: suite.splitter.connect(suite.signers.researcher),
  };
}

/** And a grant of two patients enrolled. */
export async function deployEnrolled() {
  const suite = await loadFixture(deployAgreement);
  const { patient, otherPatient } = suite.signers;
  const grant = await grantCohort(suite, suite.study, [patient.address, otherPatient.address] as Address[], {
    level: 2,
  });
  await suite.asStranger.enroll(suite.id, entitlementOf(grant, 0));
  return { ...suite, grant, indexOf: indexIn(grant) };
}

/** Agreements by the unit rules, and how their units are called. */
export const RULES = { id: "records", byPatients: "patients", byCategories: "categories" } as const;
export type Rule = keyof typeof RULES;

/** With agreements of products besides, by patients and by categories, in which the two patients are enrolled. */
export async function deployAllRules() {
  const suite = await loadFixture(deployEnrolled);
  const open = async (name: string, unitRule: number) => {
    const id = await openAgreement(suite, { product: ethers.id(name) as Hex, unitRule });
    await enrollAll(suite, id, suite.grant);
    return id;
  };
  const byPatients = await open("product", UnitRule.PATIENT);
  return { ...suite, byPatients, byCategories: await open("product by categories", UnitRule.CATEGORY) };
}

/** A thousand deposited under each agreement: 300 for each of two patients. */
export async function deployPaid() {
  const suite = await loadFixture(deployAllRules);
  for (const rule of Object.keys(RULES) as Rule[]) await suite.asDepositor.deposit(suite[rule], 1_000n, REFERENCE);
  return suite;
}

/** Enrolls all members of grants, as the agreement's unit rule has it. */
export async function enrollAll(
  { splitter, signers }: Pick<Revenue, "splitter" | "signers">,
  id: Hex,
  ...grants: Grant[]
): Promise<void> {
  const asStranger = splitter.connect(signers.stranger);
  const { unitRule } = await splitter.agreement(id);
  if (unitRule !== BigInt(UnitRule.CATEGORY)) await asStranger.enrollMany(id, entitlementsOf(...grants));
  else await asStranger.enrollCategories(id, entitlementsOf(...grants), recordsOf(...grants));
}

/** The place of a patient's record among a grant's members, which are in the order of the cohort. */
function indexIn(grant: Grant): (patient: { address: string }) => number {
  return ({ address }) => grant.members.findIndex(({ patient }) => patient === address);
}

export function entitlementOf(grant: Grant, index: number): Entitlement {
  return { grant: grant.id, member: grant.members[index]!, proof: grant.proofs[index]! };
}

export function entitlementsOf(...grants: Grant[]): Entitlement[] {
  return grants.flatMap((grant) => grant.members.map((_, index) => entitlementOf(grant, index)));
}

/** The records of `entitlementsOf`. */
export function recordsOf(...grants: Grant[]): Grant["records"] {
  return grants.flatMap(({ records }) => records);
}

/** The same without proof. */
export function unproven(entitlement: Entitlement): Entitlement {
  return { ...entitlement, proof: [] };
}

/** Has the custodian log the delivery of a member's record. */
export async function deliver(suite: Consilium, grant: Grant, index: number): Promise<void> {
  const { broker, signers } = suite;
  const delivery = {
    ciphertextHash: ethers.id("ciphertext"),
    evidenceHash: ethers.id("evidence"),
    sensitivitiesChecked: true,
  };
  await broker
    .connect(signers[`${grant.custodian}Gateway`])
    .logDelivery(grant.id, grant.members[index]!, grant.proofs[index]!, grant.records[index]!, delivery);
}

/** What is due to all payees of an agreement: fund, custodians, payees by epoch, and patients. */
export async function owed(
  suite: Pick<Revenue, "splitter" | "members">,
  id: Hex,
  entitlements: readonly Entitlement[],
): Promise<bigint> {
  const { splitter, members } = suite;
  const { epoch } = await splitter.agreement(id);
  const institutions = Object.values(members);
  const epochs = Array.from({ length: Number(epoch) }, (_, i) => i + 1);
  const dues = [
    splitter.dueToFund(id),
    ...institutions.map((institution) => splitter.dueToCustodian(id, institution)),
    ...epochs.flatMap((number) =>
      institutions.map((institution) => splitter.dueToInstitution(id, number, institution)),
    ),
    ...entitlements.map(({ grant, member }) => splitter.dueToMember(id, grant, member)),
  ];
  return (await Promise.all(dues)).reduce((sum, due) => sum + due, 0n);
}

/** What the splitter holds of a token beyond what is due under these agreements. */
export async function dustOf(
  suite: Pick<Revenue, "splitter" | "members">,
  token: Mintable,
  agreements: readonly { id: Hex; entitlements: readonly Entitlement[] }[],
): Promise<bigint> {
  let dust = await token.balanceOf(suite.splitter);
  for (const { id, entitlements } of agreements) dust -= await owed(suite, id, entitlements);
  return dust;
}

/** Goes on to the beginning of a period; returns its number. */
export async function startPeriod(): Promise<number> {
  const next = Math.floor((await time.latest()) / PERIOD) + 1;
  await time.increaseTo(next * PERIOD);
  return next;
}
