import type { DuoModifier, DuoUse } from "./bits.ts";

/** The release of the ontology that the table follows. */
export const DUO_VERSION = "2022-09";

export type DuoCode =
  | "DUO:0000004"
  | "DUO:0000006"
  | "DUO:0000007"
  | "DUO:0000011"
  | "DUO:0000012"
  | "DUO:0000015"
  | "DUO:0000016"
  | "DUO:0000018"
  | "DUO:0000019"
  | "DUO:0000020"
  | "DUO:0000021"
  | "DUO:0000022"
  | "DUO:0000024"
  | "DUO:0000025"
  | "DUO:0000026"
  | "DUO:0000027"
  | "DUO:0000028"
  | "DUO:0000029"
  | "DUO:0000042"
  | "DUO:0000043"
  | "DUO:0000044"
  | "DUO:0000045"
  | "DUO:0000046";

/** The parameter that a tag needs besides its code, by its name in `DuoTag`. */
export type DuoParameterName =
  "diseases" | "researchTypes" | "regions" | "date" | "months" | "users" | "projects" | "institutions";

/** What a term of the Data Use Ontology means as bits. */
export interface DuoTerm {
  shorthand: string;
  label: string;
  /** Uses that it allows. */
  allows?: readonly DuoUse[];
  /** Uses that it takes away again, whatever other tags allow. */
  forbids?: readonly DuoUse[];
  /** Conditions that it sets. */
  requires?: readonly DuoModifier[];
  parameter?: DuoParameterName;
}

/** The Data Use Ontology's terms as bits. Flat on purpose: the ontology's own subsumption must not be used for matching. */
export const DUO_TERMS: Readonly<Record<DuoCode, DuoTerm>> = {
  "DUO:0000004": {
    shorthand: "NRES",
    label: "no restriction",
    allows: ["beyondHealth", "health", "diseaseSpecific", "populationOrigins", "methodsDevelopment", "clinicalCare"],
  },
  "DUO:0000042": {
    shorthand: "GRU",
    label: "general research use",
    allows: ["beyondHealth", "health", "diseaseSpecific", "populationOrigins", "methodsDevelopment"],
  },
  "DUO:0000006": {
    shorthand: "HMB",
    label: "health or medical or biomedical research",
    allows: ["health", "diseaseSpecific", "methodsDevelopment"],
  },
  "DUO:0000007": {
    shorthand: "DS",
    label: "disease specific research",
    allows: ["diseaseSpecific", "methodsDevelopment"],
    parameter: "diseases",
  },
  "DUO:0000011": {
    shorthand: "POA",
    label: "population origins or ancestry research only",
    allows: ["populationOrigins", "methodsDevelopment"],
  },
  "DUO:0000043": { shorthand: "CC", label: "clinical care use", allows: ["clinicalCare"] },
  "DUO:0000044": {
    shorthand: "NPOA",
    label: "population origins or ancestry research prohibited",
    forbids: ["populationOrigins"],
  },
  "DUO:0000015": { shorthand: "NMDS", label: "no general methods research", forbids: ["methodsDevelopment"] },
  "DUO:0000045": { shorthand: "NPU", label: "not for profit organisation use only", requires: ["NPU"] },
  "DUO:0000046": { shorthand: "NCU", label: "non-commercial use only", requires: ["NCU"] },
  "DUO:0000018": { shorthand: "NPUNCU", label: "not for profit, non commercial use only", requires: ["NPU", "NCU"] },
  "DUO:0000021": { shorthand: "IRB", label: "ethics approval required", requires: ["IRB"] },
  "DUO:0000020": { shorthand: "COL", label: "collaboration required", requires: ["COL"] },
  "DUO:0000019": { shorthand: "PUB", label: "publication required", requires: ["PUB"] },
  "DUO:0000024": { shorthand: "MOR", label: "publication moratorium", requires: ["MOR"], parameter: "date" },
  "DUO:0000029": { shorthand: "RTN", label: "return to database or resource", requires: ["RTN"] },
  "DUO:0000022": { shorthand: "GS", label: "geographical restriction", requires: ["GS"], parameter: "regions" },
  "DUO:0000028": {
    shorthand: "IS",
    label: "institution specific restriction",
    requires: ["IS"],
    parameter: "institutions",
  },
  "DUO:0000027": { shorthand: "PS", label: "project specific restriction", requires: ["PS"], parameter: "projects" },
  "DUO:0000026": { shorthand: "US", label: "user specific restriction", requires: ["US"], parameter: "users" },
  "DUO:0000025": { shorthand: "TS", label: "time limit on use", requires: ["TS"], parameter: "months" },
  "DUO:0000016": { shorthand: "GSO", label: "genetic studies only", requires: ["GSO"] },
  "DUO:0000012": {
    shorthand: "RS",
    label: "research specific restrictions",
    requires: ["RS"],
    parameter: "researchTypes",
  },
};

/** A term of the ontology with its parameter. `duoToPolicyWord` says which code needs which. */
export interface DuoTag {
  code: DuoCode;
  /** Codes with their system, e.g. "MONDO:0005148" or "ICD10:E11". Reveals a diagnosis on a patient's own policy. */
  diseases?: readonly string[];
  researchTypes?: readonly string[];
  /** ISO 3166 codes or the consortium's region names. */
  regions?: readonly string[];
  /** Day until which nothing may be published, "YYYY-MM-DD". */
  date?: string;
  /** Whole months from the policy's start, 1-1200. */
  months?: number;
  /** Merkle root of the list of users, as 32 bytes hex. */
  users?: string;
  /** Merkle root of the list of projects, as 32 bytes hex. */
  projects?: string;
  /** Merkle root of the list of institutions, as 32 bytes hex. */
  institutions?: string;
}

/** What a consent's `parameters` hash stands for: all that the word's DUO bits leave out. */
export interface DuoParameters {
  duoVersion: string;
  /** The tags as they were given, in their order. */
  tags: readonly DuoTag[];
}
