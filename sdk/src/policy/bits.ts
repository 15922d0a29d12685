/** Place of a field in the policy word, in bits from the lowest. */
export interface Field {
  offset: number;
  width: number;
}

/** Languages in which people are told of a word. */
export type Locale = "en" | "zh";

/** A name's bit within the policy word, and the words in which people are told of it. */
export interface Bit {
  bit: number;
  /** In English. */
  label: string;
  /** In Chinese. */
  zh: string;
}

/**
 * A bit's words in a language.
 *
 * @example
 * expect(labelOf(PURPOSES.TREAT, "zh")).to.equal("诊疗");
 */
export function labelOf({ label, zh }: Bit, locale: Locale): string {
  return locale === "zh" ? zh : label;
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
  TREAT: { bit: 0, label: "treatment", zh: "诊疗" },
  COC: { bit: 1, label: "coordination of care", zh: "医疗协调" },
  ETREAT: { bit: 2, label: "emergency treatment", zh: "急诊治疗" },
  BTG: { bit: 3, label: "break-glass emergency access", zh: "紧急破窗访问" },
  PATRQT: { bit: 4, label: "a request of the patient", zh: "患者本人请求" },
  FAMRQT: { bit: 5, label: "a request of the family", zh: "家属请求" },
  PWATRNY: { bit: 6, label: "a request under power of attorney", zh: "受托代理人请求" },
  PUBHLTH: { bit: 7, label: "public health", zh: "公共卫生" },
  THREAT: { bit: 8, label: "averting a threat", zh: "防范威胁" },
  POPHLTH: { bit: 9, label: "population health", zh: "人群健康" },
  HQUALIMP: { bit: 10, label: "quality improvement", zh: "质量改进" },
  PATSFTY: { bit: 11, label: "patient safety", zh: "患者安全" },
  HOPERAT: { bit: 12, label: "healthcare operations", zh: "医疗运营" },
  TRAIN: { bit: 13, label: "training of staff", zh: "员工培训" },
  HPAYMT: { bit: 14, label: "payment", zh: "费用支付" },
  COVERAGE: { bit: 15, label: "insurance coverage", zh: "保险保障" },
  HCOMPL: { bit: 16, label: "legal compliance", zh: "合规" },
  GOV: { bit: 17, label: "government use", zh: "政府使用" },
  HLEGAL: { bit: 18, label: "legal proceedings", zh: "法律程序" },
  HRESCH: { bit: 19, label: "healthcare research", zh: "医疗健康研究" },
  BIORCH: { bit: 20, label: "biomedical research", zh: "生物医学研究" },
  CLINTRCH: { bit: 21, label: "clinical trial research", zh: "临床试验研究" },
  PRECLINTRCH: { bit: 22, label: "preclinical trial research", zh: "临床前试验研究" },
  DSRCH: { bit: 23, label: "disease-specific research", zh: "特定疾病研究" },
  POARCH: { bit: 24, label: "population origins or ancestry research", zh: "人群起源或祖源研究" },
  TRANSRCH: { bit: 25, label: "translational research", zh: "转化研究" },
  HOUTCOMS: { bit: 26, label: "health outcome measurement", zh: "健康结局评估" },
  HMARKT: { bit: 27, label: "marketing", zh: "市场营销" },
  SYSDEV: { bit: 28, label: "system development", zh: "系统开发" },
  HSYSADMIN: { bit: 29, label: "system administration", zh: "系统管理" },
  CLINTRL: { bit: 30, label: "clinical trial treatment", zh: "临床试验治疗" },
  HTEST: { bit: 31, label: "testing of systems", zh: "系统测试" },
} as const satisfies Record<string, Bit>;

/** GA4GH DUO, what data may be used for, taken apart into atoms. */
export const DUO_USES = {
  beyondHealth: { bit: 32, label: "research beyond health", zh: "健康以外的研究" },
  health: { bit: 33, label: "health, medical or biomedical research", zh: "健康、医学或生物医学研究" },
  diseaseSpecific: { bit: 34, label: "research on named diseases", zh: "指定疾病的研究" },
  populationOrigins: { bit: 35, label: "population origins or ancestry research", zh: "人群起源或祖源研究" },
  methodsDevelopment: { bit: 36, label: "methods development", zh: "方法开发" },
  clinicalCare: { bit: 37, label: "clinical care", zh: "临床诊疗" },
} as const satisfies Record<string, Bit>;

/** GA4GH DUO, conditions that a request must fulfil. Contracts set the facts; a requester's own word counts for nothing. */
export const MODIFIERS = {
  NPU: { bit: 48, label: "by not-for-profit organisations only", zh: "仅限非营利机构" },
  NCU: { bit: 49, label: "for non-commercial use only", zh: "仅限非商业用途" },
  IRB: { bit: 50, label: "with approval of an ethics group", zh: "须经伦理组批准" },
  COL: { bit: 51, label: "in collaboration with the data's originators", zh: "须与数据提供方合作" },
  PUB: { bit: 52, label: "with results made public", zh: "须公开成果" },
  MOR: { bit: 53, label: "with no publication before an agreed date", zh: "约定日期前不得发表" },
  RTN: { bit: 54, label: "with derived data returned", zh: "须返还衍生数据" },
  GS: { bit: 55, label: "in named regions only", zh: "仅限指定地区" },
  IS: { bit: 56, label: "by listed institutions only", zh: "仅限名单内机构" },
  PS: { bit: 57, label: "for listed projects only", zh: "仅限名单内项目" },
  US: { bit: 58, label: "by listed users only", zh: "仅限名单内用户" },
  TS: { bit: 59, label: "for a limited time", zh: "限定期限" },
  GSO: { bit: 60, label: "for genetic studies only", zh: "仅限遗传学研究" },
  RS: { bit: 61, label: "for named kinds of research only", zh: "仅限指定类型的研究" },
} as const satisfies Record<string, Bit>;

/** Categories of records; a record's meta word holds the `categoryNumber`. */
export const CATEGORIES = {
  identity: { bit: 80, label: "identity", zh: "身份信息" },
  recordSummary: { bit: 81, label: "record summary", zh: "病历摘要" },
  diagnoses: { bit: 82, label: "diagnoses", zh: "诊断" },
  labs: { bit: 83, label: "labs", zh: "检验" },
  imaging: { bit: 84, label: "imaging", zh: "影像" },
  prescriptions: { bit: 85, label: "prescriptions", zh: "处方" },
  procedures: { bit: 86, label: "procedures", zh: "手术与操作" },
  allergyAndImmunisation: { bit: 87, label: "allergy and immunisation", zh: "过敏与免疫接种" },
  vitalsAndDevices: { bit: 88, label: "vitals and devices", zh: "生命体征与设备" },
  genomics: { bit: 89, label: "genomics", zh: "基因组" },
  claims: { bit: 90, label: "claims", zh: "费用与理赔" },
} as const satisfies Record<string, Bit>;

/** HL7 information sensitivity. ETH is substance abuse, not ethnicity. */
export const SENSITIVITIES = {
  HIV: { bit: 184, label: "HIV/AIDS", zh: "艾滋病病毒/艾滋病" },
  STD: { bit: 185, label: "sexually transmitted diseases", zh: "性传播疾病" },
  SEX: { bit: 186, label: "sexuality and reproductive health", zh: "性与生殖健康" },
  PSY: { bit: 187, label: "mental health", zh: "精神健康" },
  ETH: { bit: 188, label: "substance abuse", zh: "物质滥用" },
  GDIS: { bit: 189, label: "genetic diseases", zh: "遗传病" },
  SDV: { bit: 190, label: "sexual assault, abuse or domestic violence", zh: "性侵、虐待或家庭暴力" },
  VIO: { bit: 191, label: "violence", zh: "暴力" },
  SCA: { bit: 192, label: "sickle cell anaemia", zh: "镰状细胞贫血" },
  PRS: { bit: 193, label: "what the patient asked to keep close", zh: "患者要求保密的内容" },
  ADOL: { bit: 194, label: "adolescent matters", zh: "青少年事项" },
  CEL: { bit: 195, label: "persons of public interest", zh: "公众人物" },
  EMP: { bit: 196, label: "employees of the custodian", zh: "保管机构员工" },
  DRGIS: { bit: 197, label: "drug information", zh: "药物信息" },
  TBOO: { bit: 198, label: "taboo matters", zh: "禁忌事项" },
} as const satisfies Record<string, Bit>;

/** Kinds of recipient, in the order of the contracts' InstitutionKind: kind k is bit 224 + k - 1. */
export const RECIPIENTS = {
  hospital: { bit: 224, label: "hospitals", zh: "医院" },
  primaryCare: { bit: 225, label: "primary care", zh: "基层医疗机构" },
  publicHealth: { bit: 226, label: "public health bodies", zh: "公共卫生机构" },
  insurer: { bit: 227, label: "insurers", zh: "保险机构" },
  research: { bit: 228, label: "research institutes", zh: "研究机构" },
  regulator: { bit: 229, label: "regulators", zh: "监管机构" },
  technology: { bit: 230, label: "technology companies", zh: "科技公司" },
  dataTrust: { bit: 231, label: "data trusts", zh: "数据信托" },
} as const satisfies Record<string, Bit>;

/** Flags. */
export const FLAGS = {
  autoApprove: {
    bit: 240,
    label: "matching requests are approved without asking",
    zh: "符合条件的请求无需询问即获批准",
  },
  recontact: { bit: 241, label: "the patient may be contacted again", zh: "可再次联系患者" },
  returnResults: { bit: 242, label: "individual results may be returned", zh: "可反馈个体结果" },
  aiTraining: { bit: 243, label: "training of AI models is allowed", zh: "允许训练人工智能模型" },
  separateConsent: { bit: 244, label: "sensitive data was consented to separately", zh: "敏感数据已取得单独同意" },
  guardianSigned: { bit: 245, label: "a guardian signed", zh: "由监护人签署" },
  delegateSigned: { bit: 246, label: "a delegate signed", zh: "由受托人签署" },
  crossBorder: { bit: 247, label: "data may cross borders", zh: "数据可以出境" },
  onwardSharing: { bit: 248, label: "listed onward sharing is allowed", zh: "允许向名单内的接收方再共享" },
  rewardOptIn: { bit: 249, label: "the patient takes a share of revenue", zh: "患者参与收益分配" },
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

/**
 * All keys of a table, in the order of their bits.
 *
 * @example
 * expect(namesOf(RECIPIENTS)[0]).to.equal("hospital");
 */
export function namesOf<name extends string>(table: Record<name, Bit>): name[] {
  return Object.keys(table) as name[];
}

/**
 * A category's number, as records' meta words and categories of revenue have it: its place in a policy word's field.
 *
 * @example
 * expect(categoryNumber("labs")).to.equal(3);
 */
export function categoryNumber(category: Category): number {
  return CATEGORIES[category].bit - FIELDS.categories.offset;
}

/**
 * The value of a field.
 *
 * @example
 * expect(readField(encodePolicyWord({ level: 3 }), FIELDS.level)).to.equal(3n);
 */
export function readField(word: bigint, field: Field): bigint {
  return (word >> BigInt(field.offset)) & ((1n << BigInt(field.width)) - 1n);
}

/** Whether a bit of a word is set. */
export function hasBit(word: bigint, bit: number): boolean {
  return ((word >> BigInt(bit)) & 1n) === 1n;
}
