import { isHex, size } from "viem";
import { DuoError } from "../errors.ts";
import type { DuoModifier, DuoUse } from "./bits.ts";
import { DUO_TERMS, DUO_VERSION } from "./duoTerms.ts";
import type { DuoParameterName, DuoParameters, DuoTag } from "./duoTerms.ts";
import { encodePolicyWord } from "./encodePolicyWord.ts";

export interface DuoToPolicyWordOptions {
  /** Start of the policy, unix seconds; needed for a time limit (DUO:0000025), which counts from it. */
  validFrom?: number;
}

export interface DuoToPolicyWordReturnType {
  /** DUO uses and modifiers, and with a time limit the validity. Combine by `|` with the policy's other fields. */
  word: bigint;
  /** The tags as given, to be kept off-chain; `commitDuoParameters` gives the hash for the consent's details. */
  parameters: DuoParameters;
}

const MAX_MONTHS = 1200;

const PARAMETER_CHECKS: Record<DuoParameterName, (value: unknown) => boolean> = {
  diseases: isNameList,
  researchTypes: isNameList,
  regions: isNameList,
  date: isDay,
  months: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_MONTHS,
  users: isRoot,
  projects: isRoot,
  institutions: isRoot,
};

/**
 * Compiles tags of GA4GH's Data Use Ontology into the bits of a policy word.
 *
 * What the tags allow is joined first, then what they forbid is taken away, in whatever order they stand. Parameters:
 * DS `diseases`, RS `researchTypes`, GS `regions`, MOR `date`, TS `months`, US `users`, PS `projects`, IS `institutions`.
 *
 * @param tags At least one that allows a use (NRES, GRU, HMB, DS, POA or CC).
 * @throws DuoError if no tag allows anything, a code is unknown, or a parameter is missing, malformed or not the code's own.
 * @throws PolicyWordError if the validity is out of bounds.
 * @example
 * const { word, parameters } = duoToPolicyWord([{ code: "DUO:0000007", diseases: ["MONDO:0005148"] }, { code: "DUO:0000021" }]);
 * expect(decodePolicyWord(word).modifiers).to.deep.equal(["IRB"]);
 * expect(policyWordToDuo(word, parameters)).to.deep.equal(parameters.tags);
 */
export function duoToPolicyWord(
  tags: readonly DuoTag[],
  { validFrom }: DuoToPolicyWordOptions = {},
): DuoToPolicyWordReturnType {
  for (const tag of tags) checkTag(tag);
  const { uses, modifiers } = duoBits(tags);
  if (uses.length === 0) {
    throw new DuoError("The DUO tags allow no use.", { mend: "Add one that does: NRES, GRU, HMB, DS, POA or CC." });
  }

  const months = tags.flatMap((tag) => tag.months ?? []);
  if (months.length > 0 && validFrom === undefined) {
    throw new DuoError("The time limit (DUO:0000025) has no start.", { mend: "Pass validFrom, the policy's start." });
  }
  const validity =
    months.length > 0 && validFrom !== undefined
      ? { validFrom, validUntil: addMonths(validFrom, Math.min(...months)) }
      : {};
  return {
    word: encodePolicyWord({ duoUses: uses, modifiers, ...validity }),
    parameters: { duoVersion: DUO_VERSION, tags: tags.map((tag) => ({ ...tag })) },
  };
}

/** The uses and modifiers of some tags, without looking at their parameters. */
export function duoBits(tags: readonly Pick<DuoTag, "code">[]): { uses: DuoUse[]; modifiers: DuoModifier[] } {
  const terms = tags.map(({ code }) => DUO_TERMS[code]);
  const forbidden = new Set(terms.flatMap((term) => term.forbids ?? []));
  const allowed = new Set(terms.flatMap((term) => term.allows ?? []));
  return {
    uses: [...allowed].filter((use) => !forbidden.has(use)),
    modifiers: [...new Set(terms.flatMap((term) => term.requires ?? []))],
  };
}

function checkTag(tag: DuoTag): void {
  const term = Object.hasOwn(DUO_TERMS, tag.code) ? DUO_TERMS[tag.code] : undefined;
  if (term === undefined) {
    throw new DuoError(`The DUO code ${tag.code} is unknown.`, {
      mend: "Use a code of the table in docs/policy-word.md.",
    });
  }
  for (const name of namesOfParameters()) {
    const value = tag[name];
    if (name !== term.parameter && value !== undefined) {
      throw new DuoError(`${tag.code} (${term.shorthand}) takes no ${name}.`, { mend: "Leave the parameter out." });
    }
    if (name === term.parameter && !PARAMETER_CHECKS[name](value)) {
      throw new DuoError(`${tag.code} (${term.shorthand}) needs ${name}.`, {
        mend: "Give the parameter in the form that the DuoTag type describes.",
      });
    }
  }
}

function namesOfParameters(): DuoParameterName[] {
  return Object.keys(PARAMETER_CHECKS) as DuoParameterName[];
}

function isNameList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string" && name !== "");
}

function isDay(value: unknown): boolean {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(value);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

function isRoot(value: unknown): boolean {
  return isHex(value) && size(value) === 32;
}

/** The same day and time some months later, or the last day of a shorter month. */
function addMonths(seconds: number, months: number): number {
  const start = new Date(seconds * 1000);
  const end = new Date(start);
  end.setUTCDate(1);
  end.setUTCMonth(start.getUTCMonth() + months);
  const daysInMonth = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(start.getUTCDate(), daysInMonth));
  return Math.floor(end.getTime() / 1000);
}
