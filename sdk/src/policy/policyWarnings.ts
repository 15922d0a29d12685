import { SENSITIVITIES } from "./bits.ts";
import { decodePolicyWord } from "./decodePolicyWord.ts";
import { isWellFormedPolicy } from "./isWellFormedPolicy.ts";

/** Purposes that the default rules prohibit whatever the consent says. */
const PROHIBITED = ["HMARKT", "BTG"] as const;

/**
 * What a patient or an engineer should know before this policy word is signed.
 *
 * @param word A consent's policy word.
 * @returns One sentence each; empty if there is nothing to say.
 * @throws PolicyWordError if `word` is no 256-bit number.
 * @example
 * expect(policyWarnings(presetPolicy({ preset: "careOnly", validFrom: 0, validUntil: 1 }))).to.deep.equal([]);
 */
export function policyWarnings(word: bigint): string[] {
  const fields = decodePolicyWord(word);
  const warnings: string[] = [];
  if (!isWellFormedPolicy(word)) {
    warnings.push(
      "The contracts will refuse this word: it lacks a purpose, a category or a period, or a field is out of bounds.",
    );
  }
  if (fields.unknownBits !== 0n) warnings.push("Some bits have no meaning yet; what they will allow cannot be known.");
  const { length } = fields.sensitivities;
  if (length > 0 && length < Object.keys(SENSITIVITIES).length) {
    warnings.push(
      "Allowing some sensitivities but not others tells every reader of the chain which ones concern the patient.",
    );
  }
  for (const purpose of PROHIBITED) {
    if (fields.purposes.includes(purpose))
      warnings.push(`${purpose} is prohibited on this way whatever a consent allows.`);
  }
  if (fields.recipients.length === 0) warnings.push("No kind of recipient is allowed, so no request can match.");
  if (fields.regions.length === 0) warnings.push("No region is allowed, so no request can match.");
  return warnings;
}
