import type { Address, Hex } from "viem";
import {
  emergencyId,
  emergencyTerms,
  unidentifiedEmergencyTerms,
  type Category,
  type EmergencyTerms,
  type RecordBatch,
} from "@consilium/sdk";
import { deploySupervision, hash, loadFixture } from "../supervision/supervisionFixtures.ts";
import { RECORD, time, type Signer } from "./scenario.ts";

export const HOUR = 3_600;
/** Of the demonstration's rules. */
export const DEFAULT_DURATION = 24 * HOUR;
export const MAX_DURATION = 72 * HOUR;
export const REVIEW_WINDOW = 72 * HOUR;

export const EmergencyStatus = {
  NONE: 0n,
  OPEN: 1n,
  REFUSED: 2n,
  JUSTIFIED: 3n,
  UNJUSTIFIED: 4n,
  LAPSED: 5n,
} as const;

export interface Opened {
  id: Hex;
  terms: EmergencyTerms;
  at: number;
  until: number;
  reviewUntil: number;
}

export type Emergencies = Awaited<ReturnType<typeof deployEmergencies>>;

/** South's clinician opens the records of north's patient. */
export async function deployEmergencies() {
  const s = await loadFixture(deploySupervision);
  const { emergencies, signers, batch } = s;
  let reasons = 0;

  const makeTerms = (categories: readonly Category[] = ["labs", "diagnoses"], duration = 0): EmergencyTerms =>
    emergencyTerms(signers.patient.address as Address, categories, hash(`reason ${++reasons}`), duration);

  const makeUnidentified = (record: number = RECORD.labs, from: RecordBatch = batch): EmergencyTerms =>
    unidentifiedEmergencyTerms({ batch: from.id, record: from.leaf(record) }, ["labs"], hash(`reason ${++reasons}`));

  async function open(
    terms: EmergencyTerms = makeTerms(),
    { by = signers.southClinician, at }: { by?: Signer; at?: number } = {},
  ): Promise<Opened> {
    const second = at ?? (await time.latest()) + 1;
    await time.setNextBlockTimestamp(second);
    await emergencies.connect(by).open(terms);
    const id = emergencyId(by.address as Address, terms);
    const { until, reviewUntil } = await emergencies.emergency(id);
    return { id, terms, at: second, until: Number(until), reviewUntil: Number(reviewUntil) };
  }

  /** North's gateway hands over a record of its batch. */
  function deliver(
    terms: EmergencyTerms,
    {
      record = RECORD.labs,
      from = batch,
      by = signers.northGateway,
      clinician = signers.southClinician,
    }: { record?: number; from?: RecordBatch; by?: Signer; clinician?: Signer } = {},
  ) {
    return emergencies
      .connect(by)
      .logEmergencyDelivery(
        clinician,
        terms,
        from.id,
        from.record(record),
        from.proof(record),
        hash("ciphertext"),
        hash("evidence"),
      );
  }

  function foretell(terms: EmergencyTerms, record: number = RECORD.labs, from: RecordBatch = batch): Promise<bigint> {
    return emergencies.checkDelivery(signers.southClinician, terms, from.id, from.record(record), from.proof(record));
  }

  return { ...s, makeTerms, makeUnidentified, open, deliver, foretell };
}
