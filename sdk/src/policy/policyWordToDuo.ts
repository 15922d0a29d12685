import { DuoError } from "../errors.ts";
import { FIELDS, readField } from "./bits.ts";
import type { DuoModifier, DuoUse } from "./bits.ts";
import { decodePolicyWord } from "./decodePolicyWord.ts";
import { duoBits, duoToPolicyWord } from "./duoToPolicyWord.ts";
import { DUO_TERMS } from "./duoTerms.ts";
import type { DuoCode, DuoParameters, DuoTag } from "./duoTerms.ts";

/** The terms that decide over uses: those that allow, the widest first, and those that forbid. */
const USE_CODES: readonly DuoCode[] = [
  "DUO:0000004",
  "DUO:0000042",
  "DUO:0000006",
  "DUO:0000007",
  "DUO:0000011",
  "DUO:0000043",
  "DUO:0000044",
  "DUO:0000015",
];

/** All their combinations, the shortest first. */
const USE_COMBINATIONS = Array.from({ length: 2 ** USE_CODES.length }, (_, mask) =>
  USE_CODES.filter((_code, i) => (mask >> i) & 1),
).sort((a, b) => a.length - b.length);

/**
 * The DUO tags of a policy word.
 *
 * With the parameters kept when the word was made, these are the original tags, none lost: first it is checked that they
 * compile to this very word. From the word alone the tags are one way of saying the same bits, without parameters.
 *
 * @param word The policy word; only its DUO uses, its modifiers and, for a time limit, its validity are looked at.
 * @param parameters As returned by `duoToPolicyWord`.
 * @throws DuoError if the parameters belong to another word, or no tags say exactly these bits.
 * @example
 * const { word } = duoToPolicyWord([{ code: "DUO:0000042" }]);
 * expect(policyWordToDuo(word)).to.deep.equal([{ code: "DUO:0000042" }]);
 */
export function policyWordToDuo(word: bigint, parameters: DuoParameters): readonly DuoTag[];
export function policyWordToDuo(word: bigint): readonly Pick<DuoTag, "code">[];
export function policyWordToDuo(word: bigint, parameters?: DuoParameters): readonly Pick<DuoTag, "code">[] {
  return parameters === undefined ? tagsOfBits(word) : originalTags(word, parameters);
}

function originalTags(word: bigint, parameters: DuoParameters): readonly DuoTag[] {
  const compiled = duoToPolicyWord(parameters.tags, { validFrom: decodePolicyWord(word).validFrom }).word;
  const sameBits = [FIELDS.duoUses, FIELDS.modifiers].every(
    (field) => readField(compiled, field) === readField(word, field),
  );
  const limit = readField(compiled, FIELDS.validUntil);
  if (!sameBits || (limit > 0n && readField(word, FIELDS.validUntil) > limit)) {
    throw new DuoError("The DUO parameters belong to another policy word.", {
      mend: "Pass the parameters whose hash stands in the consent's details.",
    });
  }
  return parameters.tags;
}

function tagsOfBits(word: bigint): { code: DuoCode }[] {
  const { duoUses, modifiers, unknownBits } = decodePolicyWord(word);
  const unknown = readField(unknownBits, FIELDS.duoUses) | readField(unknownBits, FIELDS.modifiers);
  const useCodes = USE_COMBINATIONS.find((codes) => isSameSet(allowedBy(codes), duoUses));
  if (unknown !== 0n || useCodes === undefined) {
    throw new DuoError("No DUO tags say exactly what these bits say.", {
      mend: "Pass the parameters that the word was made with, or read the bits with decodePolicyWord.",
    });
  }
  return [...useCodes, ...modifiers.flatMap(codesRequiring)].map((code) => ({ code }));
}

function allowedBy(codes: readonly DuoCode[]): DuoUse[] {
  return duoBits(codes.map((code) => ({ code }))).uses;
}

/** The term that sets this condition and nothing else; every modifier has one. */
function codesRequiring(modifier: DuoModifier): DuoCode[] {
  const codes = Object.keys(DUO_TERMS) as DuoCode[];
  return codes.filter((code) => DUO_TERMS[code].requires?.join() === modifier);
}

function isSameSet(a: readonly DuoUse[], b: readonly DuoUse[]): boolean {
  return a.length === b.length && a.every((use) => b.includes(use));
}
