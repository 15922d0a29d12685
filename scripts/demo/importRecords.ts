import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Address, Hex } from "viem";
import {
  commitDocument,
  importBundle,
  RecordBatch,
  randomSalt,
  sealRecord,
  type AnchoredRecord,
  type FhirResource,
  type SealRecordReturnType,
} from "@consilium/sdk";
import { FREE, type MemberKey, type Send, type World } from "./World.ts";

/** A record in its custodian's hands. */
export type KeptRecord = {
  resource: FhirResource;
  sealed: SealRecordReturnType;
  batch: RecordBatch;
  record: AnchoredRecord;
  leaf: Hex;
  proof: Hex[];
};

export type SealResourcesParameters = {
  /** FHIR Bundle as JSON text. */
  bundle: string;
  custodian: number;
  /** The patient's DID with this custodian. */
  patient: Address;
  /** Unix seconds; 0: without end. */
  retentionUntil: number;
};

/** Takes a bundle's resources about the patient, classifies, commits and encrypts each, and puts them into one batch. */
export async function sealResources(parameters: SealResourcesParameters): Promise<KeptRecord[]> {
  const { bundle, custodian, patient, retentionUntil } = parameters;
  const resources = importBundle(bundle).filter((entry) => entry.patient !== undefined);
  const sealed: SealRecordReturnType[] = [];
  for (const { content } of resources) sealed.push(await sealRecord(content));

  const batch = new RecordBatch(
    custodian,
    resources.map(({ dataFrom, dataUntil }, index) => {
      const { classification, commitment } = sealed[index]!;
      const { category, level } = classification;
      return { patient, commitment, category, level, dataFrom, dataUntil, retentionUntil };
    }),
  );
  return resources.map(({ resource }, index) => ({
    resource,
    sealed: sealed[index]!,
    batch,
    record: batch.record(index),
    leaf: batch.leaf(index),
    proof: batch.proof(index),
  }));
}

/** Anchors a batch, with its records published one by one (`indexed`) or by the root alone (`plain`). */
export function anchorBatch(
  { contracts }: World,
  { batch, gateway, form }: { batch: RecordBatch; gateway: HardhatEthersSigner; form: "indexed" | "plain" },
): Send {
  const records = contracts.records.connect(gateway);
  const manifest = commitDocument({ custodian: batch.custodian, records: batch.records.length }, randomSalt());
  return form === "indexed"
    ? () => records.anchorIndexed([...batch.records], manifest, FREE)
    : () => records.anchor(batch.root, batch.records.length, batch.retentionUntil, manifest, FREE);
}

const RETENTION = 15 * 365 * 86_400;

export type ImportRecordsParameters = {
  imports: {
    bundle: string;
    custodian: MemberKey;
    gateway: HardhatEthersSigner;
    patient: Address;
    form: "indexed" | "plain";
  }[];
};

/** Hospitals import bundles and anchor them; returns what each keeps, in the same order. */
export async function importRecords(world: World, { imports }: ImportRecordsParameters): Promise<KeptRecord[][]> {
  const retentionUntil = (await world.now()) + RETENTION;
  const kept = await Promise.all(
    imports.map(({ bundle, custodian, patient }) =>
      sealResources({ bundle, custodian: world.member(custodian), patient, retentionUntil }),
    ),
  );
  await world.send(
    ...imports.map(({ gateway, form }, index) => anchorBatch(world, { batch: kept[index]![0]!.batch, gateway, form })),
  );
  return kept;
}

/** The record of the FHIR type whose code reads so. */
export function findRecord(records: readonly KeptRecord[], resourceType: string, text: string): KeptRecord {
  return records.find(
    ({ resource }) =>
      resource.resourceType === resourceType &&
      (resource["code"] as { text?: string } | undefined)?.text?.includes(text) === true,
  )!;
}
