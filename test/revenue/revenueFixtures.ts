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
} from "../../sdk/src/index.ts";
import { deployConsilium, ethers, networkHelpers, type Consilium } from "../fixtures/consilium.ts";

export const DAY = 86_400;
export const REASON = ethers.id("reason");
export const REFERENCE = ethers.id("invoice");
export const APPROVED = 1;

export interface Grant {
  id: Hex;
  members: CohortMember[];
  proofs: Hex[][];
}

export type Revenue = Awaited<ReturnType<typeof deployRevenue>>;

/** The suite with one approved study of the research institute. */
export async function deployRevenue() {
  const suite = await networkHelpers.loadFixture(deployConsilium);
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
      categories: ["labs"],
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

async function requestWord(level: number): Promise<bigint> {
  return encodePolicyWord({
    purposes: ["HRESCH"],
    duoUses: ["diseaseSpecific"],
    categories: ["labs"],
    level,
    validUntil: (await networkHelpers.time.latest()) + 30 * DAY,
    deidentification: 1,
  });
}

/** North Hospital anchors a record of each patient. */
async function anchorRecords(suite: Consilium, patients: readonly Address[], level: number): Promise<RecordBatch> {
  const { records, members, signers } = suite;
  const batch = new RecordBatch(
    members["northHospital"]!,
    patients.map((patient) => {
      const commitment = randomSalt();
      return { patient, commitment, level, category: "labs", dataFrom: 0, dataUntil: 1, retentionUntil: 0 };
    }),
  );
  await records.connect(signers.northGateway).anchor(batch.root, patients.length, 0, REASON);
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
  level: 0 | 2 = 0,
): Promise<Grant> {
  const { broker, signers } = suite;
  const batch = await anchorRecords(suite, patients, level);
  const { records, proof, proofFlags } = batch.multiProof(patients.map((_, index) => index));
  const consents = new Map<Address, Awaited<ReturnType<typeof giveConsent>>>();
  if (level === 2) for (const patient of patients) consents.set(patient, await giveConsent(suite, patient));

  const terms = records.map(({ patient }) => consents.get(patient)?.terms ?? NO_CONSENT);
  const parts = [{ batch: batch.id, records, consents: terms, proof, proofFlags }];
  const request = { study, word: await requestWord(level), salt: newSalt(), parts };
  await broker.connect(signers.researcher).requestCohort(request);

  const members = membersOf(request);
  const tree = new CohortTree(members);
  const id = cohortRequestId(signers.researcher.address as Address, request);
  return { id, members, proofs: members.map((_, i) => tree.proof(i)) };
}

/** A request of the institute's researcher for one record, and the grant that it would be. Level 1 waits for the custodian's review. */
export async function requestOne(suite: Consilium, study: Hex, patient: Address, level: 0 | 1 | 2): Promise<Grant> {
  const { broker, signers } = suite;
  const batch = await anchorRecords(suite, [patient], level);
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
  return { id: requestId(requester, request), members: [memberOf(request)], proofs: [[askHash(requester, request)]] };
}

/** Addresses of patients who never act. */
export function quietPatients(count: number, from = 1): Address[] {
  return Array.from({ length: count }, (_, i) => ethers.toBeHex(0xa0000 + from + i, 20) as Address).map(
    (address) => ethers.getAddress(address) as Address,
  );
}
