import type { Address, Hex } from "viem";
import { RequestError } from "../errors.ts";
import { emergencyId, type EmergencyTerms } from "./emergencyId.ts";

/** What of an EmergencyOpened event its terms are rebuilt from. */
export interface OpenedEmergency {
  emergency: Hex;
  patient: Address;
  batch: Hex;
  record: Hex;
  /** What was opened. */
  categories: number;
  /** What was asked for and stays closed. */
  optedOut: number;
  /** First second after it, unix seconds. */
  until: number;
  reasonHash: Hex;
  /** The clinician. */
  by: Address;
}

/** An emergency as its clinician opened it. */
export interface RebuiltEmergency {
  id: Hex;
  clinician: Address;
  terms: EmergencyTerms;
}

/**
 * The terms of an emergency, of which the chain keeps the hash alone, from its EmergencyOpened event.
 *
 * @param openedAt Time of the event's block, unix seconds.
 * @throws RequestError if the event or time is another's, so that the id does not come out.
 * @example
 * const terms = emergencyTerms(patient, ["labs"], HASH, 3_600);
 * const emergency = emergencyId(researcher, terms);
 * const event = { ...terms, emergency, optedOut: 0, until: now + 3_600, by: researcher };
 * expect(rebuildEmergency(event, now)).to.deep.equal({ id: emergency, clinician: researcher, terms });
 */
export function rebuildEmergency(event: OpenedEmergency, openedAt: number): RebuiltEmergency {
  const { emergency: id, by: clinician, patient, batch, record, reasonHash } = event;
  const categories = event.categories | event.optedOut;
  // Zero stands for the default, which the event tells as any other.
  for (const duration of [event.until - openedAt, 0]) {
    const terms = { patient, batch, record, categories, duration, reasonHash };
    if (emergencyId(clinician, terms) === id) return { id, clinician, terms };
  }
  throw new RequestError(`The event does not tell the emergency ${id}.`, {
    mend: "Pass the event as the chain has it, and the time of its own block.",
  });
}
