/** Place of a field in the policy word, in bits from the lowest. */
export interface Field {
  offset: number;
  width: number;
}

/** A name's bit within the policy word, and the words in which people are told of it. */
export interface Bit {
  bit: number;
  label: string;
}

/** Fields of the policy word. */
export const FIELDS = {
  purposes: { offset: 0, width: 32 },
  duoUses: { offset: 32, width: 16 },
  modifiers: { offset: 48, width: 32 },
  categories: { offset: 80, width: 16 },
  level: { offset: 96, width: 8 },
  validFrom: { offset: 104, width: 40 },
  validUntil: { offset: 144, width: 40 },
  sensitivities: { offset: 184, width: 32 },
  deidentification: { offset: 216, width: 8 },
  recipients: { offset: 224, width: 8 },
  regions: { offset: 232, width: 8 },
  flags: { offset: 240, width: 16 },
} as const satisfies Record<string, Field>;

/** HL7 PurposeOfUse. No purpose stands for its descendants in the code system: TREAT allows neither ETREAT nor BTG. */
export const PURPOSES = {
  TREAT: { bit: 0, label: "treatment" },
  COC: { bit: 1, label: "coordination of care" },
  ETREAT: { bit: 2, label: "emergency treatment" },
  BTG: { bit: 3, label: "break-glass emergency access" },
  PATRQT: { bit: 4, label: "a request of the patient" },
  FAMRQT: { bit: 5, label: "a request of the family" },
  PWATRNY: { bit: 6, label: "a request under power of attorney" },
  PUBHLTH: { bit: 7, label: "public health" },
  THREAT: { bit: 8, label: "averting a threat" },
  POPHLTH: { bit: 9, label: "population health" },
  HQUALIMP: { bit: 10, label: "quality improvement" },
  PATSFTY: { bit: 11, label: "patient safety" },
  HOPERAT: { bit: 12, label: "healthcare operations" },
  TRAIN: { bit: 13, label: "training of staff" },
  HPAYMT: { bit: 14, label: "payment" },
  COVERAGE: { bit: 15, label: "insurance coverage" },
  HCOMPL: { bit: 16, label: "legal compliance" },
  GOV: { bit: 17, label: "government use" },
  HLEGAL: { bit: 18, label: "legal proceedings" },
  HRESCH: { bit: 19, label: "healthcare research" },
  BIORCH: { bit: 20, label: "biomedical research" },
  CLINTRCH: { bit: 21, label: "clinical trial research" },
  PRECLINTRCH: { bit: 22, label: "preclinical trial research" },
  DSRCH: { bit: 23, label: "disease-specific research" },
  POARCH: { bit: 24, label: "population origins or ancestry research" },
  TRANSRCH: { bit: 25, label: "translational research" },
  HOUTCOMS: { bit: 26, label: "health outcome measurement" },
  HMARKT: { bit: 27, label: "marketing" },
  SYSDEV: { bit: 28, label: "system development" },
  HSYSADMIN: { bit: 29, label: "system administration" },
  CLINTRL: { bit: 30, label: "clinical trial treatment" },
  HTEST: { bit: 31, label: "testing of systems" },
} as const satisfies Record<string, Bit>;

/** GA4GH DUO, what data may be used for, taken apart into atoms. */
export const DUO_USES = {
  beyondHealth: { bit: 32, label: "research beyond health" },
  health: { bit: 33, label: "health, medical or biomedical research" },
  diseaseSpecific: { bit: 34, label: "research on named diseases" },
  populationOrigins: { bit: 35, label: "population origins or ancestry research" },
  methodsDevelopment: { bit: 36, label: "methods development" },
  clinicalCare: { bit: 37, label: "clinical care" },
} as const satisfies Record<string, Bit>;

/** GA4GH DUO, conditions that a request must fulfil. Contracts set the facts; a requester's own word counts for nothing. */
export const MODIFIERS = {
  NPU: { bit: 48, label: "by not-for-profit organisations only" },
  NCU: { bit: 49, label: "for non-commercial use only" },
  IRB: { bit: 50, label: "with approval of an ethics group" },
  COL: { bit: 51, label: "in collaboration with the data's originators" },
  PUB: { bit: 52, label: "with results made public" },
  MOR: { bit: 53, label: "with no publication before an agreed date" },
  RTN: { bit: 54, label: "with derived data returned" },
  GS: { bit: 55, label: "in named regions only" },
  IS: { bit: 56, label: "by listed institutions only" },
  PS: { bit: 57, label: "for listed projects only" },
  US: { bit: 58, label: "by listed users only" },
  TS: { bit: 59, label: "for a limited time" },
  GSO: { bit: 60, label: "for genetic studies only" },
  RS: { bit: 61, label: "for named kinds of research only" },
} as const satisfies Record<string, Bit>;

/** Categories of records. A record's meta word holds the bit less 80. */
export const CATEGORIES = {
  identity: { bit: 80, label: "identity" },
  recordSummary: { bit: 81, label: "record summary" },
  diagnoses: { bit: 82, label: "diagnoses" },
  labs: { bit: 83, label: "labs" },
  imaging: { bit: 84, label: "imaging" },
  prescriptions: { bit: 85, label: "prescriptions" },
  procedures: { bit: 86, label: "procedures" },
  allergyAndImmunisation: { bit: 87, label: "allergy and immunisation" },
  vitalsAndDevices: { bit: 88, label: "vitals and devices" },
  genomics: { bit: 89, label: "genomics" },
  claims: { bit: 90, label: "claims" },
} as const satisfies Record<string, Bit>;

/** HL7 information sensitivity. ETH is substance abuse, not ethnicity. */
export const SENSITIVITIES = {
  HIV: { bit: 184, label: "HIV/AIDS" },
  STD: { bit: 185, label: "sexually transmitted diseases" },
  SEX: { bit: 186, label: "sexuality and reproductive health" },
  PSY: { bit: 187, label: "mental health" },
  ETH: { bit: 188, label: "substance abuse" },
  GDIS: { bit: 189, label: "genetic diseases" },
  SDV: { bit: 190, label: "sexual assault, abuse or domestic violence" },
  VIO: { bit: 191, label: "violence" },
  SCA: { bit: 192, label: "sickle cell anaemia" },
  PRS: { bit: 193, label: "what the patient asked to keep close" },
  ADOL: { bit: 194, label: "adolescent matters" },
  CEL: { bit: 195, label: "persons of public interest" },
  EMP: { bit: 196, label: "employees of the custodian" },
  DRGIS: { bit: 197, label: "drug information" },
  TBOO: { bit: 198, label: "taboo matters" },
} as const satisfies Record<string, Bit>;

/** Kinds of recipient, in the order of the contracts' InstitutionKind: kind k is bit 224 + k - 1. */
export const RECIPIENTS = {
  hospital: { bit: 224, label: "hospitals" },
  primaryCare: { bit: 225, label: "primary care" },
  publicHealth: { bit: 226, label: "public health bodies" },
  insurer: { bit: 227, label: "insurers" },
  research: { bit: 228, label: "research institutes" },
  regulator: { bit: 229, label: "regulators" },
  technology: { bit: 230, label: "technology companies" },
  dataTrust: { bit: 231, label: "data trusts" },
} as const satisfies Record<string, Bit>;

/** Flags. */
export const FLAGS = {
  autoApprove: { bit: 240, label: "matching requests are approved without asking" },
  recontact: { bit: 241, label: "the patient may be contacted again" },
  returnResults: { bit: 242, label: "individual results may be returned" },
  aiTraining: { bit: 243, label: "training of AI models is allowed" },
  separateConsent: { bit: 244, label: "sensitive data was consented to separately" },
  guardianSigned: { bit: 245, label: "a guardian signed" },
  delegateSigned: { bit: 246, label: "a delegate signed" },
  crossBorder: { bit: 247, label: "data may cross borders" },
  onwardSharing: { bit: 248, label: "listed onward sharing is allowed" },
  rewardOptIn: { bit: 249, label: "the patient takes a share of revenue" },
} as const satisfies Record<string, Bit>;

/** Data levels by name. */
export const LEVELS = { public: 0, internal: 1, sensitive: 2, core: 3 } as const;

/** Grades of de-identification by name; a request must reach at least the policy's. */
export const DEIDENTIFICATION = {
  identified: 0,
  pseudonymised: 1,
  deidentified: 2,
  anonymised: 3,
  computeOnly: 4,
} as const;

/** Number of regions, bits 232-239. What each stands for is the consortium's configuration. */
export const REGION_COUNT = 8;

export type Purpose = keyof typeof PURPOSES;
export type DuoUse = keyof typeof DUO_USES;
export type DuoModifier = keyof typeof MODIFIERS;
export type Category = keyof typeof CATEGORIES;
export type Sensitivity = keyof typeof SENSITIVITIES;
export type Recipient = keyof typeof RECIPIENTS;
export type Flag = keyof typeof FLAGS;

/** All keys of a table, in the order of their bits. */
export function namesOf<name extends string>(table: Record<name, Bit>): name[] {
  return Object.keys(table) as name[];
}

/** The value of a field. */
export function readField(word: bigint, field: Field): bigint {
  return (word >> BigInt(field.offset)) & ((1n << BigInt(field.width)) - 1n);
}

/** Whether a bit of a word is set. */
export function hasBit(word: bigint, bit: number): boolean {
  return ((word >> BigInt(bit)) & 1n) === 1n;
}
