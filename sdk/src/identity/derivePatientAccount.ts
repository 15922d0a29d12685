import { HDKey, hdKeyToAccount } from "viem/accounts";
import type { HDAccount } from "viem/accounts";
import { DerivationError } from "../errors.ts";

export interface DerivePatientAccountParameters {
  /** 16 to 64 bytes, such as BIP-39 makes of a mnemonic. Whoever holds it is the patient everywhere. */
  seed: Uint8Array;
  /** The consortium's chain, so that equal institution ids of two consortia do not tie a patient's care together. */
  chainId: number;
  /** Institution id, 1 to 2^31 - 1. */
  institution: number;
  /** Number of the account at this institution; above 0 for a fresh start with a new DID. */
  index?: number;
}

const HARDENED_LIMIT = 2 ** 31;

/**
 * The account, and so the DID, that a patient has with one institution, derived from the one seed by BIP-32 along
 * m/44'/60'/chain'/institution'/index'. Every step is hardened: neither two addresses nor one leaked key tell of another.
 *
 * @throws DerivationError if the seed's length or a number is out of bounds.
 * @example
 * const seed = crypto.getRandomValues(new Uint8Array(32)); // of a BIP-39 mnemonic, kept by the patient alone
 * const one = derivePatientAccount({ seed, chainId: 20_261, institution: 1 });
 * const other = derivePatientAccount({ seed, chainId: 20_261, institution: 2 });
 * expect(one.address).to.not.equal(other.address);
 */
export function derivePatientAccount(parameters: DerivePatientAccountParameters): HDAccount {
  const { seed, chainId, institution, index = 0 } = parameters;
  if (seed.length < 16 || seed.length > 64) throw invalid("seed's length");
  if (!isStep(chainId) || chainId === 0) throw invalid("chain id");
  if (!isStep(institution) || institution === 0) throw invalid("institution id");
  if (!isStep(index)) throw invalid("index");
  return hdKeyToAccount(HDKey.fromMasterSeed(seed), { path: `m/44'/60'/${chainId}'/${institution}'/${index}'` });
}

function isStep(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < HARDENED_LIMIT;
}

function invalid(what: string): DerivationError {
  return new DerivationError(`The ${what} is out of bounds.`, {
    mend: "Pass a seed of 16 to 64 bytes and whole numbers from 1 to 2^31 - 1.",
  });
}
