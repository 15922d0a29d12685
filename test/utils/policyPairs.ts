import { FIELDS, FLAGS, readField } from "@consilium/sdk";
import type { Field } from "@consilium/sdk";
import type { SeededRandom } from "./seededRandom.ts";

/** Two policy words held against each other at a second. */
export interface PolicyPair {
  a: bigint;
  b: bigint;
  t: bigint;
}

const SUBSET_FIELDS = [
  FIELDS.purposes,
  FIELDS.duoUses,
  FIELDS.categories,
  FIELDS.sensitivities,
  FIELDS.recipients,
  FIELDS.regions,
  FIELDS.flags,
] as const;

type Mutation = (pair: PolicyPair, random: SeededRandom) => PolicyPair;

/** Each makes one check fail, most of the time and if none other already does. */
const REQUEST_MUTATIONS: readonly Mutation[] = [
  ...SUBSET_FIELDS.map((field): Mutation => ({ a, b, t }, random) => ({
    a,
    b: b | (1n << BigInt(field.offset + random.below(field.width))),
    t,
  })),
  // A wish for one of the six flags that a request can ask for.
  ({ a, b, t }, random) => {
    const flags = [
      FLAGS.recontact,
      FLAGS.returnResults,
      FLAGS.aiTraining,
      FLAGS.crossBorder,
      FLAGS.onwardSharing,
    ] as const;
    return { a, b: b | (1n << BigInt(random.pick(flags).bit)), t };
  },
  ({ a, b, t }, random) => ({ a: a | (1n << BigInt(FIELDS.modifiers.offset + random.below(32))), b, t }),
  ({ a, b, t }) => ({ a, b: write(b, FIELDS.purposes, 0n), t }),
  ({ a, b, t }, random) => ({ a, b: write(b, FIELDS.level, readField(a, FIELDS.level) + BigInt(random.below(3))), t }),
  ({ a, b, t }, random) => {
    const grade = readField(a, FIELDS.deidentification) - BigInt(random.below(3));
    return { a, b: write(b, FIELDS.deidentification, grade < 0n ? 0n : grade), t };
  },
  ({ a, b, t }, random) => ({
    a,
    b: write(b, FIELDS.validUntil, readField(a, FIELDS.validUntil) + BigInt(random.below(4)) - 1n),
    t,
  }),
  ({ a, b }, random) => {
    const edge = readField(a, random.pick([FIELDS.validFrom, FIELDS.validUntil]));
    const t = edge + BigInt(random.below(3)) - 1n;
    return { a, b, t: t < 0n ? 0n : t };
  },
];

/** Each makes `a` no longer lie within `b`, most of the time. */
const MANDATE_MUTATIONS: readonly Mutation[] = [
  ...REQUEST_MUTATIONS.slice(0, 8).map((mutate): Mutation => ({ a, b, t }, random) => {
    const { a: mandate, b: policy } = mutate({ a: b, b: a, t }, random);
    return { a: policy, b: mandate, t };
  }),
  ({ a, b, t }, random) => ({ a, b: b | (1n << BigInt(FIELDS.modifiers.offset + random.below(32))), t }),
  ({ a, b, t }) => ({ a, b: write(b, FIELDS.level, readField(a, FIELDS.level) - 1n), t }),
  ({ a, b, t }) => ({ a, b: write(b, FIELDS.deidentification, readField(a, FIELDS.deidentification) + 1n), t }),
  ({ a, b, t }) => ({ a, b: write(b, FIELDS.validFrom, readField(a, FIELDS.validFrom) + 1n), t }),
  ({ a, b, t }) => ({ a, b: write(b, FIELDS.validUntil, readField(a, FIELDS.validUntil) - 1n), t }),
];

/**
 * Pairs of which many match, many fail in one way only, and some are noise: policy against request, policy within mandate,
 * and words of random bits.
 */
export function policyPairs(random: SeededRandom, count: number): PolicyPair[] {
  return Array.from({ length: count }, () => {
    const kind = random.below(100);
    if (kind < 10) return { a: random.word(), b: random.word(), t: random.word() % 2n ** 40n };
    if (kind < 65) return mutated(matchingPair(random), REQUEST_MUTATIONS, random);
    return mutated(mandatePair(random), MANDATE_MUTATIONS, random);
  });
}

/** None for three in ten, one for five, several for two. */
function mutated(pair: PolicyPair, mutations: readonly Mutation[], random: SeededRandom): PolicyPair {
  const dice = random.below(10);
  const times = dice < 3 ? 0 : dice < 8 ? 1 : 2 + random.below(3);
  return Array.from({ length: times }, () => random.pick(mutations)).reduce(
    (result, mutate) => mutate(result, random),
    pair,
  );
}

function matchingPair(random: SeededRandom): PolicyPair {
  const a = wellFormedPolicy(random);
  let b = random.word();
  for (const field of SUBSET_FIELDS) b = write(b, field, readField(b, field) & readField(a, field));
  b = write(b, FIELDS.purposes, readField(b, FIELDS.purposes) | lowestBit(readField(a, FIELDS.purposes)));
  b = write(b, FIELDS.modifiers, readField(b, FIELDS.modifiers) | readField(a, FIELDS.modifiers));
  b = write(b, FIELDS.level, BigInt(random.below(Number(readField(a, FIELDS.level)) + 1)));
  const least = Number(readField(a, FIELDS.deidentification));
  b = write(b, FIELDS.deidentification, BigInt(least + random.below(5 - least)));
  const from = readField(a, FIELDS.validFrom);
  const until = readField(a, FIELDS.validUntil);
  b = write(b, FIELDS.validUntil, random.word() % (until + 1n));
  return { a, b, t: from + (random.word() % (until - from)) };
}

function mandatePair(random: SeededRandom): PolicyPair {
  const a = wellFormedPolicy(random);
  let b = a | random.word();
  b = write(b, FIELDS.modifiers, readField(a, FIELDS.modifiers) & random.word());
  b = write(b, FIELDS.level, readField(a, FIELDS.level) + BigInt(random.below(2)));
  b = write(b, FIELDS.deidentification, BigInt(random.below(Number(readField(a, FIELDS.deidentification)) + 1)));
  b = write(b, FIELDS.validFrom, random.word() % (readField(a, FIELDS.validFrom) + 1n));
  b = write(b, FIELDS.validUntil, readField(a, FIELDS.validUntil) + BigInt(random.below(100)));
  return { a, b, t: readField(a, FIELDS.validFrom) };
}

function wellFormedPolicy(random: SeededRandom): bigint {
  let word = random.word();
  word = write(word, FIELDS.purposes, readField(word, FIELDS.purposes) | 1n);
  word = write(word, FIELDS.categories, readField(word, FIELDS.categories) | 1n);
  word = write(word, FIELDS.modifiers, readField(word, FIELDS.modifiers) & random.word());
  word = write(word, FIELDS.level, BigInt(random.below(4)));
  word = write(word, FIELDS.deidentification, BigInt(random.below(5)));
  word = write(word, FIELDS.flags, readField(word, FIELDS.flags) & 0x3ffn);
  const from = BigInt(1_700_000_000 + random.below(100_000_000));
  word = write(word, FIELDS.validFrom, from);
  return write(word, FIELDS.validUntil, from + 1n + BigInt(random.below(100_000_000)));
}

function lowestBit(value: bigint): bigint {
  return value & -value;
}

function write(word: bigint, { offset, width }: Field, value: bigint): bigint {
  const mask = ((1n << BigInt(width)) - 1n) << BigInt(offset);
  return (word & ~mask) | ((value << BigInt(offset)) & mask);
}
