import type { Hex } from "viem";
import { encodePolicyWord, type EncodePolicyWordParameters } from "@consilium/sdk";
import type { Emitted } from "./encodeEvent.ts";
import { ETHICS_REVIEWER, INSTITUTE, REGULATOR, RESEARCHER } from "./members.ts";
import { emit, hash, T, YEAR, ZERO } from "./values.ts";

export type StudyOptions = { version?: number; scope?: EncodePolicyWordParameters; filingHash?: Hex };

/** What studies of the tests may do unless they say otherwise. */
export const SCOPE: EncodePolicyWordParameters = {
  purposes: ["HRESCH"],
  duoUses: ["diseaseSpecific"],
  modifiers: ["PUB", "NCU"],
  categories: ["labs", "genomics"],
  level: 3,
  validFrom: T,
  validUntil: T + YEAR,
  deidentification: 2,
};

/** A study is named; its id is what the name makes. The institute sponsors it. */
export function registered(study: string, options: StudyOptions = {}): Emitted {
  const { version = 1, scope, filingHash = ZERO } = options;
  const genomics = 1 << 9;
  const terms = [
    hash(`protocol ${version} of ${study}`),
    encodePolicyWord({ ...SCOPE, ...scope }),
    genomics,
    500,
    true,
    filingHash,
    [REGULATOR],
    ["ICD10:E11"],
  ];
  return emit("StudyRegistry", "StudyRegistered", hash(study), INSTITUTE, version, terms, RESEARCHER);
}

const KINDS = { ETHICS: 0, LEGAL: 1 };
const VERDICTS = { APPROVED: 1, REJECTED: 2, EXEMPT: 3 };

export function reviewed(
  study: string,
  kind: keyof typeof KINDS,
  verdict: keyof typeof VERDICTS,
  validUntil = T + YEAR,
  version = 1,
): Emitted {
  const values = [
    hash(study),
    version,
    KINDS[kind],
    VERDICTS[verdict],
    validUntil,
    hash(`${kind} review`),
    REGULATOR,
    ETHICS_REVIEWER,
  ];
  return emit("StudyRegistry", "StudyReviewed", ...values);
}
