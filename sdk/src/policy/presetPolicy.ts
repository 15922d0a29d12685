import { CATEGORIES, DEIDENTIFICATION, LEVELS, namesOf, RECIPIENTS, REGION_COUNT, SENSITIVITIES } from "./bits.ts";
import type { Category, Purpose } from "./bits.ts";
import { encodePolicyWord } from "./encodePolicyWord.ts";
import type { PolicyFields } from "./PolicyFields.ts";

export type PresetName =
  "careOnly" | "careAndPublicHealth" | "nonProfitDiseaseResearch" | "allEthicalResearch" | "askMeEachTime";

export interface PresetPolicyParameters {
  preset: PresetName;
  /** First second in force, unix seconds. */
  validFrom: number;
  /** First second no longer in force, unix seconds. */
  validUntil: number;
  /**
   * Whether the patient was asked separately, and agreed, about sensitive data: level 3 with every sensitivity. Otherwise the
   * policy ends at level 2 and allows none.
   */
  separateConsent?: boolean;
  /** Regions that may receive, indices 0-7; all if left out. */
  regions?: readonly number[];
}

const CARE: Purpose[] = ["TREAT", "COC", "ETREAT"];
const PUBLIC_HEALTH: Purpose[] = ["PUBHLTH", "THREAT", "POPHLTH"];
const DISEASE_RESEARCH: Purpose[] = ["BIORCH", "CLINTRCH", "DSRCH", "TRANSRCH"];
const RESEARCH: Purpose[] = ["HRESCH", "BIORCH", "CLINTRCH", "PRECLINTRCH", "DSRCH", "POARCH", "TRANSRCH"];

const ALL_CATEGORIES = namesOf(CATEGORIES);
const NOT_IDENTITY = ALL_CATEGORIES.filter((category) => category !== "identity");
const DISEASE_CATEGORIES: Category[] = NOT_IDENTITY.filter(
  (category) => category !== "genomics" && category !== "claims",
);

const PRESETS: Record<PresetName, Partial<PolicyFields>> = {
  careOnly: {
    purposes: CARE,
    duoUses: ["clinicalCare"],
    categories: ALL_CATEGORIES,
    recipients: ["hospital", "primaryCare"],
    flags: ["autoApprove"],
  },
  careAndPublicHealth: {
    purposes: [...CARE, ...PUBLIC_HEALTH],
    duoUses: ["clinicalCare"],
    categories: ALL_CATEGORIES,
    recipients: ["hospital", "primaryCare", "publicHealth"],
    flags: ["autoApprove"],
  },
  nonProfitDiseaseResearch: {
    purposes: DISEASE_RESEARCH,
    duoUses: ["diseaseSpecific", "methodsDevelopment"],
    modifiers: ["NPU", "NCU", "IRB"],
    categories: DISEASE_CATEGORIES,
    deidentification: DEIDENTIFICATION.pseudonymised,
    recipients: ["hospital", "primaryCare", "research"],
    flags: ["autoApprove", "rewardOptIn"],
  },
  allEthicalResearch: {
    purposes: RESEARCH,
    duoUses: ["beyondHealth", "health", "diseaseSpecific", "populationOrigins", "methodsDevelopment"],
    modifiers: ["IRB"],
    categories: NOT_IDENTITY,
    deidentification: DEIDENTIFICATION.pseudonymised,
    recipients: ["hospital", "primaryCare", "publicHealth", "research", "technology"],
    flags: ["autoApprove", "rewardOptIn"],
  },
  askMeEachTime: {
    purposes: [...CARE, ...PUBLIC_HEALTH, ...RESEARCH],
    duoUses: ["beyondHealth", "health", "diseaseSpecific", "populationOrigins", "methodsDevelopment", "clinicalCare"],
    categories: ALL_CATEGORIES,
    recipients: namesOf(RECIPIENTS),
    flags: ["rewardOptIn"],
  },
};

const ALL_REGIONS = Array.from({ length: REGION_COUNT }, (_, region) => region);

/**
 * The policy word of a preset: care only; care and public health; non-profit disease research; all ethical research; ask me
 * each time. docs/policy-word.md says what each allows.
 *
 * @returns A well-formed word if `validFrom` is before `validUntil`.
 * @throws PolicyWordError if a time or region is out of bounds.
 * @example
 * const word = presetPolicy({ preset: "nonProfitDiseaseResearch", validFrom: 0, validUntil: 1_900_000_000 });
 * expect(decodePolicyWord(word).modifiers).to.deep.equal(["NPU", "NCU", "IRB"]);
 */
export function presetPolicy(parameters: PresetPolicyParameters): bigint {
  const preset = PRESETS[parameters.preset];
  const separate = parameters.separateConsent ?? false;
  return encodePolicyWord({
    ...preset,
    level: separate ? LEVELS.core : LEVELS.sensitive,
    sensitivities: separate ? namesOf(SENSITIVITIES) : [],
    flags: separate ? [...(preset.flags ?? []), "separateConsent"] : (preset.flags ?? []),
    validFrom: parameters.validFrom,
    validUntil: parameters.validUntil,
    regions: parameters.regions ?? ALL_REGIONS,
  });
}
