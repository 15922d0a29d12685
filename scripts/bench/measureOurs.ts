import { encodeBytes32String, id, keccak256, toBeHex } from "ethers";
import { privateKeyToAccount } from "viem/accounts";
import { zeroHash, type Address, type Hex } from "viem";
import {
  categoryMask,
  CohortTree,
  createConsent,
  emergencyTerms,
  encodePolicyWord,
  membersOf,
  RecordBatch,
  signGiveConsent,
  violationCode,
  type AccessRequest,
  type CohortPart,
  type CohortRequest,
  type ConsentTerms,
  type SignedConsent,
} from "@consilium/sdk";
import { connection, deployConsilium, networkHelpers } from "../../test/fixtures/consilium.ts";
import { approveStudy } from "./approveStudy.ts";
import type { GasKey } from "./bars.ts";
import { measureRevenue } from "./measureRevenue.ts";

const YEAR = 365 * 86_400;
const ATTRIBUTE = encodeBytes32String("did/pub/Secp256k1/veriKey/hex");

type Sent = Promise<{ wait(): Promise<{ gasUsed: bigint; status: number | null } | null> }>;

/** Gas of a transaction by its receipt, shared among `entries`. Throws if it failed. */
export async function gasOf(sent: Sent, entries = 1): Promise<number> {
  const receipt = await (await sent).wait();
  if (receipt?.status !== 1) throw new Error("A measured transaction failed.");
  return Number(receipt.gasUsed) / entries;
}

/** Bytes that look random and are the same in every run. */
export function hashOf(text: string): Hex {
  return id(text) as Hex;
}

/**
 * Measures the suite as deployed: every check on, patients who never acted before, a consent for any study with a notice.
 */
export async function measureOurs(): Promise<Record<GasKey, number>> {
  const suite = await deployConsilium();
  const { patients, consents, records, broker, signers, members } = suite;
  const { patient, otherPatient, relayer, northGateway, researcher } = signers;
  const now = await networkHelpers.time.latest();
  const figures: Partial<Record<GasKey, number>> = {};

  // DIDs.
  const key = (n: number): string => `0x02${keccak256(toBeHex(n)).slice(2)}`;
  const did = patients.connect(patient);
  figures["did.setAttribute.first"] = await gasOf(did.setAttribute(patient, ATTRIBUTE, key(1), YEAR));
  figures["did.setAttribute.later"] = await gasOf(did.setAttribute(patient, ATTRIBUTE, key(2), YEAR));
  figures["did.changeOwner.first"] = await gasOf(
    patients.connect(signers.helper1).changeOwner(signers.helper1, signers.helper2),
  );
  figures["did.changeOwner.later"] = await gasOf(
    patients.connect(signers.helper2).changeOwner(signers.helper1, signers.helper3),
  );

  // Consents.
  const policy = encodePolicyWord({
    purposes: ["HRESCH", "DSRCH"],
    duoUses: ["health", "diseaseSpecific"],
    modifiers: ["NPU", "IRB"],
    categories: ["labs"],
    level: 2,
    validFrom: now,
    validUntil: now + YEAR,
    deidentification: 1,
    recipients: ["research"],
    regions: [0],
    flags: ["autoApprove"],
  });
  let salt = 0;
  const random = (length: number): Uint8Array =>
    Buffer.from(hashOf(`salt ${++salt}`).slice(2), "hex").subarray(0, length);
  const consentOf = (who: Address): ReturnType<typeof createConsent> =>
    createConsent({ patient: who, policy, epoch: 0, notice: hashOf("notice") }, random);
  const domain = {
    chainId: connection.networkConfig.chainId!,
    verifyingContract: (await consents.getAddress()) as Address,
  };
  const accounts = Array.from({ length: 552 }, (_, n) => privateKeyToAccount(hashOf(`account ${n}`)));
  const signed = async (n: number): Promise<SignedConsent & { id: Hex }> => {
    const account = accounts[n]!;
    const { id: consentId, terms, details } = consentOf(account.address);
    const deadline = BigInt(now + YEAR);
    const { patient: who, institution, agent, study, policy: word, epoch } = terms;
    const scope = { patient: who, institution, agent, study, policy: word, epoch };
    const form = await signGiveConsent(account, {
      ...domain,
      terms: scope,
      details,
      deadline,
      signer: account.address,
    });
    return { ...form, id: consentId };
  };

  const direct = consentOf(otherPatient.address as Address);
  const own = consents.connect(otherPatient);
  figures["consent.give"] = await gasOf(own.give(direct.terms, direct.details));
  figures["consent.giveBySignature"] = await gasOf(consents.connect(relayer).giveBySignature(await signed(0)));
  const many = await Promise.all(Array.from({ length: 50 }, (_, n) => signed(n + 1)));
  figures["consent.giveMany50.each"] = await gasOf(consents.connect(relayer).giveMany(many), 50);
  figures["consent.withdraw"] = await gasOf(own.withdraw(direct.id));
  figures["consent.withdrawAll"] = await gasOf(own.withdrawAll(otherPatient));

  // Records: a batch of 1,024 whose first 501 are of patients who consent.
  const cohort: ConsentTerms[] = [];
  for (let first = 51; first < 552; first += 50) {
    const group = await Promise.all(Array.from({ length: Math.min(50, 552 - first) }, (_, n) => signed(first + n)));
    await consents.connect(relayer).giveMany(group);
    cohort.push(...group.map(({ terms }) => terms));
  }
  const entry = (n: number): ConstructorParameters<typeof RecordBatch>[1][number] => ({
    patient: accounts[51 + (n % 501)]!.address,
    commitment: hashOf(`commitment ${n}`),
    level: 2,
    category: "labs",
    dataFrom: now - YEAR,
    dataUntil: now,
    retentionUntil: now + 10 * YEAR,
  });
  const north = members["northHospital"]!;
  const batch = new RecordBatch(
    north,
    Array.from({ length: 1_024 }, (_, n) => entry(n)),
  );
  const gateway = records.connect(northGateway);
  const single = new RecordBatch(north, [entry(2_000)]);
  const until = now + 10 * YEAR;
  figures["record.anchor"] = await gasOf(gateway.anchor(single.root, 1, until, hashOf("manifest")));
  figures["record.anchor1024.each"] = await gasOf(
    gateway.anchor(batch.root, 1_024, until, hashOf("manifest 2")),
    1_024,
  );
  const published = new RecordBatch(
    north,
    Array.from({ length: 500 }, (_, n) => entry(3_000 + n)),
  );
  figures["record.anchorIndexed500.each"] = await gasOf(
    gateway.anchorIndexed([...published.records], hashOf("manifest 3")),
    500,
  );

  // Access: a study with a cap, under which somebody was granted access before.
  const study = await approveStudy(suite, {
    protocol: "protocol",
    subjectCap: 10_000,
    diseaseCodes: ["ICD10:E11"],
  });
  const word = encodePolicyWord({
    purposes: ["DSRCH"],
    duoUses: ["diseaseSpecific"],
    categories: ["labs"],
    level: 2,
    validUntil: now + 30 * 86_400,
    deidentification: 1,
  });
  const asking = broker.connect(researcher);
  const request = (n: number): AccessRequest => ({
    study,
    word,
    salt: BigInt(hashOf(`request ${n}`)),
    batch: batch.id,
    record: batch.record(n),
    proof: batch.proof(n),
    consent: cohort[n]!,
  });
  await asking.request(request(500));
  figures["access.request"] = await gasOf(asking.request(request(499)));

  const indices = Array.from({ length: 500 }, (_, n) => n);
  const { indices: order, records: asked, proof, proofFlags } = batch.multiProof(indices);
  const part: CohortPart = {
    batch: batch.id,
    records: asked,
    consents: order.map((n) => cohort[n]!),
    proof,
    proofFlags,
  };
  const body: CohortRequest = { study, word, salt: 1n, parts: [part] };
  figures["access.requestCohort500.each"] = await gasOf(asking.requestCohort(body), 500);
  const granted = (await broker.grant(await broker.cohortRequestId(researcher, body))).count;
  if (granted !== 500n) throw new Error(`The cohort has ${granted} members.`);
  if ((await broker.subjectsOf(study)) !== 502n) throw new Error("A measured request was not approved.");

  figures["points.claim"] = await measurePoints(suite, body);
  Object.assign(figures, await measureSanctions(suite), await measureRevenue(suite));
  return figures as Record<GasKey, number>;
}

/** A patient's first claim of points, after another patient's: of a record of the cohort, which was delivered. */
async function measurePoints(
  { broker, points, signers }: Awaited<ReturnType<typeof deployConsilium>>,
  body: CohortRequest,
): Promise<number> {
  const { researcher, northGateway, relayer } = signers;
  const grant = await broker.cohortRequestId(researcher, body);
  const members = membersOf(body);
  const tree = new CohortTree(members);
  const asked = body.parts.flatMap((part) => part.records);
  const hash = hashOf("delivery");
  const delivery = { ciphertextHash: hash, evidenceHash: hash, sensitivitiesChecked: true };
  const claim = async (n: number): Promise<number> => {
    const proven = [grant, members[n]!, tree.proof(n)] as const;
    await broker.connect(northGateway).logDelivery(...proven, asked[n]!, delivery);
    return gasOf(points.connect(relayer).claim(...proven));
  };
  await claim(0);
  return claim(1);
}

/** An emergency of a patient who opted out of something, its verdict, and a decision that suspends a member with a bond, and fines it. */
async function measureSanctions({
  emergencies,
  supervision,
  institutions,
  token,
  signers,
  members,
}: Awaited<ReturnType<typeof deployConsilium>>): Promise<Partial<Record<GasKey, number>>> {
  const { patient, northClinician, southClinician, supervisor, deployer } = signers;
  await emergencies.connect(patient).setOptOut(patient, categoryMask(["genomics"]));
  const terms = emergencyTerms(patient.address as Address, ["labs", "diagnoses", "genomics"], hashOf("emergency"));
  const opened = await gasOf(emergencies.connect(northClinician).open(terms));
  const emergency = await emergencies.emergencyId(northClinician, terms);
  const reviewed = await gasOf(emergencies.connect(supervisor).review(emergency, true, hashOf("verdict")));

  const accused = members["eastHospital"]!;
  await token.mint(deployer, 1_000);
  await token.connect(deployer).approve(institutions, 1_000);
  await institutions.connect(deployer).depositBond(accused, 1_000);
  const report = [accused, violationCode("LEAK"), hashOf("evidence"), zeroHash, zeroHash] as const;
  const id = await supervision.connect(southClinician).reportViolation.staticCall(...report);
  await supervision.connect(southClinician).reportViolation(...report);
  const suspended = await gasOf(supervision.connect(supervisor).decide(id, true, hashOf("decision")));
  if (await institutions.isInStanding(accused)) throw new Error("A measured decision did not suspend.");
  return { "emergency.open": opened, "emergency.review": reviewed, "governance.suspend": suspended };
}
