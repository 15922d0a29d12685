import { PolicyWordError } from "../errors.ts";
import {
  CATEGORIES,
  DEIDENTIFICATION,
  DUO_USES,
  FIELDS,
  FLAGS,
  LEVELS,
  MODIFIERS,
  PURPOSES,
  RECIPIENTS,
  REGION_COUNT,
  SENSITIVITIES,
} from "./bits.ts";
import type { Bit, Field } from "./bits.ts";
import { KNOWN_BITS } from "./decodePolicyWord.ts";
import type { PolicyFields } from "./PolicyFields.ts";

export type EncodePolicyWordParameters = Partial<PolicyFields>;

/**
 * Packs fields into a policy word, of a consent or of a request. A field left out is empty or 0, which for most fields
 * means that nothing is allowed.
 *
 * @param fields Times in unix seconds, 0 to 2^40 - 1; level 0-3; de-identification 0-4; regions 0-7.
 * @returns The word, 0 to 2^256 - 1. It need not be well formed as a consent: see `isWellFormedPolicy`.
 * @throws PolicyWordError if a value is out of bounds or a name unknown.
 * @example
 * const word = encodePolicyWord({ purposes: ["TREAT"], categories: ["labs"], level: 2, validUntil: 1_900_000_000 });
 * expect(decodePolicyWord(word).categories).to.deep.equal(["labs"]);
 */
export function encodePolicyWord(fields: EncodePolicyWordParameters): bigint {
  const unknownBits = fields.unknownBits ?? 0n;
  if (unknownBits < 0n || unknownBits >> 256n !== 0n || (unknownBits & KNOWN_BITS) !== 0n) {
    throw new PolicyWordError("unknownBits", unknownBits);
  }
  return (
    unknownBits |
    setBits("purposes", PURPOSES, fields.purposes) |
    setBits("duoUses", DUO_USES, fields.duoUses) |
    setBits("modifiers", MODIFIERS, fields.modifiers) |
    setBits("categories", CATEGORIES, fields.categories) |
    setNumber("level", fields.level, LEVELS.core) |
    setNumber("validFrom", fields.validFrom, maxOf(FIELDS.validFrom)) |
    setNumber("validUntil", fields.validUntil, maxOf(FIELDS.validUntil)) |
    setBits("sensitivities", SENSITIVITIES, fields.sensitivities) |
    setNumber("deidentification", fields.deidentification, DEIDENTIFICATION.computeOnly) |
    setBits("recipients", RECIPIENTS, fields.recipients) |
    setRegions(fields.regions) |
    setBits("flags", FLAGS, fields.flags)
  );
}

function maxOf(field: Field): number {
  return 2 ** field.width - 1;
}

function setBits(field: string, table: Record<string, Bit>, names: readonly string[] = []): bigint {
  let word = 0n;
  for (const name of names) {
    const entry = Object.hasOwn(table, name) ? table[name] : undefined;
    if (entry === undefined) throw new PolicyWordError(field, name);
    word |= 1n << BigInt(entry.bit);
  }
  return word;
}

function setNumber(field: keyof typeof FIELDS, value: number = 0, max: number): bigint {
  if (!Number.isInteger(value) || value < 0 || value > max) throw new PolicyWordError(field, value);
  return BigInt(value) << BigInt(FIELDS[field].offset);
}

function setRegions(regions: readonly number[] = []): bigint {
  let word = 0n;
  for (const region of regions) {
    if (!Number.isInteger(region) || region < 0 || region >= REGION_COUNT) throw new PolicyWordError("regions", region);
    word |= 1n << BigInt(FIELDS.regions.offset + region);
  }
  return word;
}
