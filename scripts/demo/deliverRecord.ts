import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { keccak256, type Hex } from "viem";
import {
  commitDocument,
  decodePolicyWord,
  explainFailedChecks,
  randomSalt,
  verifyRecord,
  type AnchoredRecord,
  type CohortMember,
  type CreateConsentReturnType,
  type RecordOpening,
  type RecordParts,
  type VerifyRecordReturnType,
} from "@consilium/sdk";
import type { KeptRecord } from "./importRecords.ts";
import { FREE, type Send, type World } from "./World.ts";

/** A grant, as a gateway and a recipient name it for one record. */
export type Granted = {
  id: Hex;
  member: CohortMember;
  /** Of the member in the grant's cohort; a single grant's is its ask. */
  proof: Hex[];
  kept: KeptRecord;
  consent?: CreateConsentReturnType | undefined;
};

/** What passes from custodian to recipient, off the chain. */
export type Parcel = {
  record: AnchoredRecord;
  proof: readonly Hex[];
  parts: RecordParts;
  ciphertext: Uint8Array;
  opening: RecordOpening;
};

/** The custodian's gateway asks the chain, holds the record's sensitivities against the consent, and logs that it hands over. */
export async function handOver(
  { contracts }: World,
  gateway: HardhatEthersSigner,
  granted: Granted,
): Promise<{ parcel: Parcel; log: Send }> {
  const { id, member, proof, kept, consent } = granted;
  const { sealed, record } = kept;
  const failed = await contracts.broker.checkGrant(id, member, proof, record);
  if (failed !== 0n) throw new Error(explainFailedChecks(failed)[0]!.text);
  const allowed = consent === undefined ? [] : decodePolicyWord(consent.terms.policy).sensitivities;
  const excess = sealed.opening.sensitivities.filter((sensitivity) => !allowed.includes(sensitivity));
  if (consent !== undefined && excess.length > 0) throw new Error(`The consent does not allow ${excess.join(", ")}.`);

  const delivery = {
    ciphertextHash: keccak256(sealed.ciphertext),
    evidenceHash: commitDocument({ handedOver: id }, randomSalt()),
    sensitivitiesChecked: true,
  };
  return {
    parcel: {
      record,
      proof: kept.proof,
      parts: sealed.parts,
      ciphertext: sealed.ciphertext,
      opening: sealed.opening,
    },
    log: () => contracts.broker.connect(gateway).logDelivery(id, member, proof, record, delivery, FREE),
  };
}

/** The recipient decrypts, holds all against the root on the chain, and logs the outcome. */
export async function takeIn(
  { contracts, book }: World,
  recipient: HardhatEthersSigner,
  { id, member, proof }: Granted,
  parcel: Parcel,
): Promise<{ outcome: VerifyRecordReturnType; log: Send }> {
  const { records, broker } = contracts;
  const anchored = records.filters.BatchAnchored(member.batch);
  const [event] = await records.queryFilter(anchored, book.contracts["RecordRegistry"]!.block);
  const outcome = await verifyRecord({ root: event!.args.root as Hex, ...parcel });
  return {
    outcome,
    log: () =>
      broker.connect(recipient).logReceipt(id, member, proof, keccak256(parcel.ciphertext), outcome.valid, FREE),
  };
}

/** Hands records over and takes them in, each log in a block of its own kind. Throws if one does not verify. */
export async function deliverRecords(
  world: World,
  deliveries: { granted: Granted; gateway: HardhatEthersSigner; recipient: HardhatEthersSigner }[],
): Promise<Parcel[]> {
  const handed = await Promise.all(deliveries.map(({ granted, gateway }) => handOver(world, gateway, granted)));
  await world.send(...handed.map(({ log }) => log));
  const taken = await Promise.all(
    deliveries.map(({ granted, recipient }, index) => takeIn(world, recipient, granted, handed[index]!.parcel)),
  );
  for (const { outcome } of taken) {
    if (!outcome.valid) throw new Error(`A delivered record does not verify: ${outcome.failures.join(", ")}.`);
  }
  await world.send(...taken.map(({ log }) => log));
  return handed.map(({ parcel }) => parcel);
}
