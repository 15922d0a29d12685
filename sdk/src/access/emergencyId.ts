import {
  encodeAbiParameters,
  keccak256,
  parseAbiParameters,
  zeroAddress,
  zeroHash,
  type Address,
  type Hex,
} from "viem";
import { categoryNumber, type Category } from "../policy/bits.ts";

/** What a clinician opens in an emergency: a patient's records, or, while the person is unidentified, one record. */
export interface EmergencyTerms {
  patient: Address;
  batch: Hex;
  record: Hex;
  /** Categories, see `categoryMask`. */
  categories: number;
  /** Seconds; 0: the default. */
  duration: number;
  /** Salted hash of the reason, see `commitDocument`. */
  reasonHash: Hex;
}

const TERMS = parseAbiParameters(
  "address, (address patient, bytes32 batch, bytes32 record, uint16 categories, uint32 duration, bytes32 reasonHash)",
);

/**
 * Terms for a patient who is known.
 *
 * @example
 * expect(emergencyTerms(patient, ["labs"], HASH, 3_600).duration).to.equal(3_600);
 */
export function emergencyTerms(
  patient: Address,
  categories: readonly Category[],
  reasonHash: Hex,
  duration = 0,
): EmergencyTerms {
  return { patient, batch: zeroHash, record: zeroHash, categories: categoryMask(categories), duration, reasonHash };
}

/**
 * Terms for a person who is not identified, by a record.
 *
 * @example
 * const terms = unidentifiedEmergencyTerms({ batch: batch.id, record: batch.leaf(0) }, ["labs"], HASH);
 * expect(terms.record).to.equal(batch.leaf(0));
 */
export function unidentifiedEmergencyTerms(
  { batch, record }: { batch: Hex; record: Hex },
  categories: readonly Category[],
  reasonHash: Hex,
  duration = 0,
): EmergencyTerms {
  return { patient: zeroAddress, batch, record, categories: categoryMask(categories), duration, reasonHash };
}

/**
 * Categories as the contracts mask them beside a policy word: a bit for each `categoryNumber`.
 *
 * @example
 * expect(categoryMask(["identity", "labs"])).to.equal(0b1001);
 */
export function categoryMask(categories: readonly Category[]): number {
  return categories.reduce((mask, name) => mask | (1 << categoryNumber(name)), 0);
}

/**
 * The id of a clinician's emergency.
 *
 * @example
 * const id = emergencyId(researcher, emergencyTerms(patient, ["labs"], HASH));
 * expect(id).to.match(/^0x[0-9a-f]{64}$/);
 */
export function emergencyId(clinician: Address, terms: EmergencyTerms): Hex {
  return keccak256(encodeAbiParameters(TERMS, [clinician, terms]));
}
