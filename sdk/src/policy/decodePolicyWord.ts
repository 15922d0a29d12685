import { PolicyWordError } from "../errors.ts";
import {
  CATEGORIES,
  DUO_USES,
  FIELDS,
  FLAGS,
  hasBit,
  MODIFIERS,
  namesOf,
  PURPOSES,
  readField,
  RECIPIENTS,
  REGION_COUNT,
  SENSITIVITIES,
} from "./bits.ts";
import type { Bit } from "./bits.ts";
import type { PolicyFields } from "./PolicyFields.ts";

/** All bits that have a meaning. */
export const KNOWN_BITS = [PURPOSES, DUO_USES, MODIFIERS, CATEGORIES, SENSITIVITIES, RECIPIENTS, FLAGS]
  .flatMap((table: Record<string, Bit>) => Object.values(table))
  .map(({ bit }) => 1n << BigInt(bit))
  .concat(
    [FIELDS.level, FIELDS.validFrom, FIELDS.validUntil, FIELDS.deidentification, FIELDS.regions].map(
      ({ offset, width }) => ((1n << BigInt(width)) - 1n) << BigInt(offset),
    ),
  )
  .reduce((mask, bits) => mask | bits, 0n);

/**
 * Takes a policy word apart. Loses nothing: bits without a meaning come back in `unknownBits`, and level and
 * de-identification as they are, even out of bounds, so that any word found on a chain can be looked at.
 *
 * @param word 0 to 2^256 - 1.
 * @returns The fields, names in the order of their bits.
 * @throws PolicyWordError if `word` is no 256-bit number.
 * @example
 * const word = encodePolicyWord({ purposes: ["TREAT"], level: 2 });
 * expect(decodePolicyWord(word).purposes).to.deep.equal(["TREAT"]);
 */
export function decodePolicyWord(word: bigint): PolicyFields {
  if (word < 0n || word >> 256n !== 0n) throw new PolicyWordError("word", word);
  return {
    purposes: namesIn(word, PURPOSES),
    duoUses: namesIn(word, DUO_USES),
    modifiers: namesIn(word, MODIFIERS),
    categories: namesIn(word, CATEGORIES),
    level: Number(readField(word, FIELDS.level)),
    validFrom: Number(readField(word, FIELDS.validFrom)),
    validUntil: Number(readField(word, FIELDS.validUntil)),
    sensitivities: namesIn(word, SENSITIVITIES),
    deidentification: Number(readField(word, FIELDS.deidentification)),
    recipients: namesIn(word, RECIPIENTS),
    regions: Array.from({ length: REGION_COUNT }, (_, region) => region).filter((region) =>
      hasBit(word, FIELDS.regions.offset + region),
    ),
    flags: namesIn(word, FLAGS),
    unknownBits: word & ~KNOWN_BITS,
  };
}

function namesIn<name extends string>(word: bigint, table: Record<name, Bit>): name[] {
  return namesOf(table).filter((name) => hasBit(word, table[name].bit));
}
