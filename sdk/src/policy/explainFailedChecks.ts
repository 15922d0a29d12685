import { labelOf, namesOf } from "./bits.ts";
import type { Locale } from "./bits.ts";
import { FAILED_CHECKS } from "./failedChecks.ts";
import type { Check, FailedCheckName } from "./failedChecks.ts";

export interface FailedCheckExplanation {
  /** `UNKNOWN` for a bit that this version of the SDK has no name for. */
  name: FailedCheckName | "UNKNOWN";
  bit: number;
  /** What failed and what would mend it, one sentence. */
  text: string;
}

export type ExplainFailedChecksReturnType = FailedCheckExplanation[];

/**
 * Says in plain English or Chinese which checks of an access decision failed.
 *
 * @param mask The `failed` of a decision's event or of `evaluate`.
 * @param locale The language; English unless said.
 * @returns One entry for each set bit, lowest first; empty if every check passed.
 * @example
 * const [first] = explainFailedChecks(failedCheckMask("GRANT_REVOKED"));
 * expect(first?.text).to.equal("The grant was revoked: ask again.");
 * const [chinese] = explainFailedChecks(failedCheckMask("GRANT_REVOKED"), "zh");
 * expect(chinese?.text).to.equal("授权已被撤销：重新请求。");
 */
export function explainFailedChecks(mask: bigint, locale: Locale = "en"): ExplainFailedChecksReturnType {
  const names = new Map<number, FailedCheckName>(namesOf(FAILED_CHECKS).map((name) => [FAILED_CHECKS[name].bit, name]));
  const explanations: FailedCheckExplanation[] = [];
  for (let bit = 0, rest = mask; rest > 0n; bit++, rest >>= 1n) {
    if ((rest & 1n) === 0n) continue;
    const name = names.get(bit);
    explanations.push(
      name === undefined
        ? { name: "UNKNOWN", bit, text: unknown(bit, locale) }
        : { name, bit, text: sentence(FAILED_CHECKS[name], locale) },
    );
  }
  return explanations;
}

function sentence(check: Check, locale: Locale): string {
  const label = labelOf(check, locale);
  if (locale === "zh") return `${label}：${check.zhMend}。`;
  return `${label.charAt(0).toUpperCase()}${label.slice(1)}: ${check.mend}.`;
}

function unknown(bit: number, locale: Locale): string {
  return locale === "zh"
    ? `第 ${bit} 项检查未通过；新版本的 SDK 可以说明。`
    : `Check ${bit} failed; a newer SDK can name it.`;
}
