import { encodeAbiParameters, keccak256, type Address, type Hex } from "viem";
import { RecordBatch, type RecordBatchEntry } from "@consilium/sdk";
import { deployConsilium, ethers, loadFixture, networkHelpers, type SignerName } from "../fixtures/consilium.ts";

export { ethers, networkHelpers };

export const DAY = 86_400;
export const YEAR = 365 * DAY;
export const MAX_TIME = 2 ** 40 - 1;
export const MANIFEST = ethers.id("manifest") as Hex;
export const EVIDENCE = ethers.id("evidence") as Hex;
export const REASON = ethers.id("reason") as Hex;
export const GATEWAY = 8;

/** Who may not act for a custodian: no agent, agents of other roles, and one who only administers. */
export const NO_GATEWAYS: SignerName[] = [
  ...(["stranger", "patient", "northClinician", "northAdmin", "researcher", "supervisor"] as const),
];

export type Records = Awaited<ReturnType<typeof deployRecords>>;

/** A fresh suite, with what two of its hospitals need to anchor. */
export async function deployRecords() {
  const suite = await loadFixture(deployConsilium);
  const { members, signers, records } = suite;
  const idOf = (name: string): number => {
    const member = members[name];
    if (member === undefined) throw new Error(`No member ${name}`);
    return Number(member);
  };
  return {
    ...suite,
    patient: signers.patient.address as Address,
    otherPatient: signers.otherPatient.address as Address,
    north: idOf("northHospital"),
    south: idOf("southHospital"),
    institute: idOf("researchInstitute"),
    northRecords: records.connect(signers.northGateway),
    southRecords: records.connect(signers.southGateway),
  };
}

/** The same with North Hospital's batch of five records of one patient, the last of another, kept for a year. */
export async function deployBatch() {
  const base = await deployRecords();
  const { patient, otherPatient, north, northRecords } = base;
  const retentionUntil = (await networkHelpers.time.latest()) + YEAR;
  const batch = new RecordBatch(
    north,
    [patient, patient, patient, patient, otherPatient].map((owner, nonce) => entry(owner, { retentionUntil, nonce })),
  );
  await northRecords.anchorIndexed([...batch.records], MANIFEST);
  const anchoredAt = await networkHelpers.time.latest();
  return { ...base, batch, retentionUntil, anchoredAt };
}

/** A level 2 laboratory record whose commitment follows from `nonce`. */
export function entry(
  patient: Address,
  { nonce = 0, ...changes }: Partial<RecordBatchEntry> & { nonce?: number } = {},
): RecordBatchEntry {
  return {
    patient,
    commitment: keccak256(encodeAbiParameters([{ type: "string" }, { type: "uint256" }], ["record", BigInt(nonce)])),
    level: 2,
    category: "labs",
    dataFrom: 1_600_000_000,
    dataUntil: 1_600_000_000,
    retentionUntil: 0,
    ...changes,
  };
}

export function batchOf(custodian: number, patient: Address, size: number, first = 0): RecordBatch {
  return new RecordBatch(
    custodian,
    Array.from({ length: size }, (_, i) => entry(patient, { nonce: first + i })),
  );
}

/** Makes `second` the time of the next transaction. */
export async function nextAt(second: number): Promise<void> {
  await networkHelpers.time.setNextBlockTimestamp(second);
}

/** Makes `second` the time that views see. */
export async function goTo(second: number): Promise<void> {
  await networkHelpers.time.increaseTo(second);
}
