import { RecordError } from "../errors.ts";
import { CATEGORIES, categoryNumber, LEVELS, namesOf, readField } from "../policy/bits.ts";
import type { Category, Field } from "../policy/bits.ts";

/** The public facts of a record. Times are unix seconds below 2^40. */
export interface RecordMeta {
  /** Institution id, 1 to 2^32 - 1. */
  custodian: number;
  /** 0 public to 3 core. */
  level: number;
  category: Category;
  /** Position in its batch. */
  index: number;
  /** First second that the data is about; 0: before 1970 or unknown. */
  dataFrom: number;
  /** Last second that the data is about, not before `dataFrom`. */
  dataUntil: number;
  /** Second after which the data must be destroyed; 0: without end. */
  retentionUntil: number;
}

const META_FIELDS = {
  custodian: { offset: 0, width: 32 },
  level: { offset: 32, width: 8 },
  category: { offset: 40, width: 8 },
  index: { offset: 48, width: 32 },
  dataFrom: { offset: 80, width: 40 },
  dataUntil: { offset: 120, width: 40 },
  retentionUntil: { offset: 160, width: 40 },
} as const satisfies Record<keyof RecordMeta, Field>;

const META_WIDTH = 200n;

/**
 * Packs a record's public facts into its meta word, the third value of its leaf.
 *
 * @throws RecordError if a value is out of bounds or the data period ends before it begins.
 * @example
 * const meta = encodeRecordMeta({
 *   custodian: 1, level: 2, category: "labs", index: 0, dataFrom: 0, dataUntil: 1_700_000_000, retentionUntil: 0,
 * });
 * expect(decodeRecordMeta(meta).level).to.equal(2);
 */
export function encodeRecordMeta(meta: RecordMeta): bigint {
  if (!Object.hasOwn(CATEGORIES, meta.category)) throw invalid("category");
  const numbers = { ...meta, category: categoryNumber(meta.category) };
  if (meta.level > LEVELS.core) throw invalid("level");
  if (meta.custodian === 0) throw invalid("custodian");
  if (meta.dataFrom > meta.dataUntil) throw invalid("dataUntil");
  return namesOfFields().reduce((word, name) => {
    const { offset, width } = META_FIELDS[name];
    const value = numbers[name];
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** width) throw invalid(name);
    return word | (BigInt(value) << BigInt(offset));
  }, 0n);
}

/**
 * Takes a record's meta word apart.
 *
 * @throws RecordError if it is not well formed by the contracts' rules.
 * @example
 * expect(decodeRecordMeta(batch.record(0).meta).category).to.equal("labs");
 */
export function decodeRecordMeta(word: bigint): RecordMeta {
  if (word < 0n || word >> META_WIDTH !== 0n) throw invalid("meta");
  const read = (name: keyof RecordMeta): number => Number(readField(word, META_FIELDS[name]));
  const number = read("category");
  const category = namesOf(CATEGORIES).find((name) => categoryNumber(name) === number);
  if (category === undefined) throw invalid("category");
  if (read("level") > LEVELS.core) throw invalid("level");
  if (read("dataFrom") > read("dataUntil")) throw invalid("dataUntil");
  return {
    custodian: read("custodian"),
    level: read("level"),
    category,
    index: read("index"),
    dataFrom: read("dataFrom"),
    dataUntil: read("dataUntil"),
    retentionUntil: read("retentionUntil"),
  };
}

function namesOfFields(): (keyof RecordMeta)[] {
  return Object.keys(META_FIELDS) as (keyof RecordMeta)[];
}

function invalid(field: string): RecordError {
  return new RecordError(`The record meta's ${field} is out of bounds.`, {
    mend: "Use the bounds that the RecordMeta type states.",
  });
}
