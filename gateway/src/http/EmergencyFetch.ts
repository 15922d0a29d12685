import type { Hex } from "viem";
import type { EmergencyTerms } from "@consilium/sdk";

/** What a clinician asks of a gateway: one record in one emergency. */
export interface EmergencyFetch {
  /** The emergency's id: the hash of the clinician's wallet and the terms. */
  emergency: Hex;
  /** As it was opened with; the chain keeps their hash alone. */
  terms: EmergencyTerms;
  batch: Hex;
  /** The record's leaf. */
  record: Hex;
}
