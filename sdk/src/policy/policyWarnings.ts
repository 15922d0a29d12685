import { SENSITIVITIES } from "./bits.ts";
import type { Locale } from "./bits.ts";
import { decodePolicyWord } from "./decodePolicyWord.ts";
import { isWellFormedPolicy } from "./isWellFormedPolicy.ts";

/** Purposes that the default rules prohibit whatever the consent says. */
const PROHIBITED = ["HMARKT", "BTG"] as const;

const SENTENCES = {
  en: {
    malformed:
      "The contracts will refuse this word: it lacks a purpose, a category or a period, or a field is out of bounds.",
    unknownBits: "Some bits have no meaning yet; what they will allow cannot be known.",
    someSensitivities:
      "Allowing some sensitivities but not others tells every reader of the chain which ones concern the patient.",
    prohibited: (purpose: string) => `${purpose} is prohibited on this way whatever a consent allows.`,
    noRecipient: "No kind of recipient is allowed, so no request can match.",
    noRegion: "No region is allowed, so no request can match.",
  },
  zh: {
    malformed: "合约会拒绝这个策略字：缺少用途、数据类别或有效期，或者某个字段超出范围。",
    unknownBits: "有些位尚无含义；将来会允许什么无法得知。",
    someSensitivities: "只允许部分敏感类型，会让链上的每个读者知道哪些类型与患者有关。",
    prohibited: (purpose: string) => `无论同意怎样写，默认规则都禁止用途 ${purpose}。`,
    noRecipient: "没有允许任何接收方类型，因此没有请求能够匹配。",
    noRegion: "没有允许任何地区，因此没有请求能够匹配。",
  },
} satisfies Record<Locale, object>;

/**
 * What a patient or an engineer should know before this policy word is signed.
 *
 * @param word A consent's policy word.
 * @param locale The language; English unless said.
 * @returns One sentence each; empty if there is nothing to say.
 * @throws PolicyWordError if `word` is no 256-bit number.
 * @example
 * expect(policyWarnings(presetPolicy({ preset: "careOnly", validFrom: 0, validUntil: 1 }))).to.deep.equal([]);
 */
export function policyWarnings(word: bigint, locale: Locale = "en"): string[] {
  const fields = decodePolicyWord(word);
  const sentences = SENTENCES[locale];
  const warnings: string[] = [];
  if (!isWellFormedPolicy(word)) warnings.push(sentences.malformed);
  if (fields.unknownBits !== 0n) warnings.push(sentences.unknownBits);
  const { length } = fields.sensitivities;
  if (length > 0 && length < Object.keys(SENSITIVITIES).length) warnings.push(sentences.someSensitivities);
  for (const purpose of PROHIBITED) {
    if (fields.purposes.includes(purpose)) warnings.push(sentences.prohibited(purpose));
  }
  if (fields.recipients.length === 0) warnings.push(sentences.noRecipient);
  if (fields.regions.length === 0) warnings.push(sentences.noRegion);
  return warnings;
}
