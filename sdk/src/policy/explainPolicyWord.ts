import {
  CATEGORIES,
  DEIDENTIFICATION,
  DUO_USES,
  FLAGS,
  labelOf,
  LEVELS,
  MODIFIERS,
  PURPOSES,
  RECIPIENTS,
  REGION_COUNT,
  SENSITIVITIES,
} from "./bits.ts";
import type { Bit, Flag, Locale } from "./bits.ts";
import { decodePolicyWord } from "./decodePolicyWord.ts";

/** The words around those of the tables. */
interface Phrases {
  none: string;
  all: string;
  separator: string;
  noSuchValue: string;
  levels: Record<keyof typeof LEVELS, string>;
  grades: Record<keyof typeof DEIDENTIFICATION, string>;
  identified: string;
  atLeast: (grade: string) => string;
  lines: (parts: Record<Part, string>) => string[];
  asks: string;
  asksNot: string;
  besides: (flags: string) => string;
  warning: string;
}

type Part =
  | "purposes"
  | "uses"
  | "conditions"
  | "data"
  | "level"
  | "levelName"
  | "sensitivities"
  | "form"
  | "recipients"
  | "regions"
  | "from"
  | "until";

const PHRASES: Record<Locale, Phrases> = {
  en: {
    none: "none",
    all: "all",
    separator: "; ",
    noSuchValue: "no such value",
    levels: { public: "public", internal: "internal", sensitive: "sensitive", core: "core" },
    grades: {
      identified: "identified",
      pseudonymised: "pseudonymised",
      deidentified: "deidentified",
      anonymised: "anonymised",
      computeOnly: "computeOnly",
    },
    identified: "identified data is allowed",
    atLeast: (grade) => `at least ${grade}`,
    lines: (part) => [
      `Purposes: ${part.purposes}.`,
      `Kinds of use (DUO): ${part.uses}.`,
      `Conditions (DUO): ${part.conditions}.`,
      `Data: ${part.data}, up to level ${part.level} (${part.levelName}).`,
      `Sensitive matters: ${part.sensitivities}.`,
      `Form: ${part.form}.`,
      `Recipients: ${part.recipients}.`,
      `Regions: ${part.regions}.`,
      `Validity: from ${part.from} until ${part.until}.`,
    ],
    asks: "Asking: every request waits for an answer.",
    asksNot: "Asking: a request that matches is approved without asking; level 3 is reviewed all the same.",
    besides: (flags) => `Besides: ${flags}.`,
    warning: "Warning: some bits have no known meaning; do not sign this.",
  },
  zh: {
    none: "无",
    all: "全部",
    separator: "；",
    noSuchValue: "无此值",
    levels: { public: "公开", internal: "内部", sensitive: "敏感", core: "核心" },
    grades: {
      identified: "可识别",
      pseudonymised: "假名化",
      deidentified: "去标识化",
      anonymised: "匿名化",
      computeOnly: "仅供计算",
    },
    identified: "允许可识别的数据",
    atLeast: (grade) => `至少${grade}`,
    lines: (part) => [
      `用途：${part.purposes}。`,
      `使用类型（DUO）：${part.uses}。`,
      `条件（DUO）：${part.conditions}。`,
      `数据：${part.data}，最高 ${part.level} 级（${part.levelName}）。`,
      `敏感内容：${part.sensitivities}。`,
      `形式：${part.form}。`,
      `接收方：${part.recipients}。`,
      `地区：${part.regions}。`,
      `有效期：自 ${part.from} 起，至 ${part.until} 止（不含该时刻）。`,
    ],
    asks: "询问：每个请求都须等待答复。",
    asksNot: "询问：符合条件的请求无需询问即获批准；三级数据仍须审查。",
    besides: (flags) => `另外：${flags}。`,
    warning: "警告：有些位的含义未知；请勿签署。",
  },
};

/**
 * Says in plain English or Chinese what a consent's policy word allows, one sentence a line, for showing to the patient who signs it.
 *
 * @param word The policy word; any 256-bit number, so that what is found on a chain can be shown too.
 * @param locale The language; English unless said.
 * @throws PolicyWordError if `word` is no 256-bit number.
 * @example
 * const word = presetPolicy({ preset: "careOnly", validFrom: 0, validUntil: 1_900_000_000 });
 * expect(explainPolicyWord(word)).to.include("Purposes: treatment; coordination of care; emergency treatment.");
 * expect(explainPolicyWord(word, "zh")).to.include("用途：诊疗；医疗协调；急诊治疗。");
 */
export function explainPolicyWord(word: bigint, locale: Locale = "en"): string {
  const fields = decodePolicyWord(word);
  const { level, deidentification, regions, flags, unknownBits } = fields;
  const phrases = PHRASES[locale];
  const { none, all, separator } = phrases;
  const list = <name extends string>(table: Record<name, Bit>, names: readonly name[]): string =>
    names.length === 0 ? none : names.map((name) => labelOf(table[name], locale)).join(separator);
  const rest = flags.filter((flag: Flag) => flag !== "autoApprove");

  return [
    ...phrases.lines({
      purposes: list(PURPOSES, fields.purposes),
      uses: list(DUO_USES, fields.duoUses),
      conditions: list(MODIFIERS, fields.modifiers),
      data: list(CATEGORIES, fields.categories),
      level: String(level),
      levelName: nameOf(LEVELS, level, phrases.levels) ?? phrases.noSuchValue,
      sensitivities:
        fields.sensitivities.length === Object.keys(SENSITIVITIES).length
          ? all
          : list(SENSITIVITIES, fields.sensitivities),
      form:
        deidentification === DEIDENTIFICATION.identified
          ? phrases.identified
          : phrases.atLeast(nameOf(DEIDENTIFICATION, deidentification, phrases.grades) ?? phrases.noSuchValue),
      recipients: list(RECIPIENTS, fields.recipients),
      regions: regions.length === REGION_COUNT ? all : regions.length === 0 ? none : regions.join(", "),
      from: timeOf(fields.validFrom),
      until: timeOf(fields.validUntil),
    }),
    flags.includes("autoApprove") ? phrases.asksNot : phrases.asks,
    ...(rest.length === 0 ? [] : [phrases.besides(list(FLAGS, rest))]),
    ...(unknownBits === 0n ? [] : [phrases.warning]),
  ].join("\n");
}

function nameOf<name extends string>(
  table: Record<name, number>,
  value: number,
  words: Record<name, string>,
): string | undefined {
  const name = (Object.keys(table) as name[]).find((one) => table[one] === value);
  return name === undefined ? undefined : words[name];
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
