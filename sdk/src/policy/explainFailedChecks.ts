import { namesOf } from "./bits.ts";
import { FAILED_CHECKS } from "./failedChecks.ts";
import type { FailedCheckName } from "./failedChecks.ts";

export interface FailedCheckExplanation {
  /** `UNKNOWN` for a bit that this version of the SDK has no name for. */
  name: FailedCheckName | "UNKNOWN";
  bit: number;
  /** What failed and what would mend it, one sentence. */
  text: string;
}

export type ExplainFailedChecksReturnType = FailedCheckExplanation[];

/**
 * Says in plain English which checks of an access decision failed.
 *
 * @param mask The `failed` of a decision's event or of `evaluate`.
 * @returns One entry for each set bit, lowest first; empty if every check passed.
 */
export function explainFailedChecks(mask: bigint): ExplainFailedChecksReturnType {
  const names = new Map<number, FailedCheckName>(namesOf(FAILED_CHECKS).map((name) => [FAILED_CHECKS[name].bit, name]));
  const explanations: FailedCheckExplanation[] = [];
  for (let bit = 0, rest = mask; rest > 0n; bit++, rest >>= 1n) {
    if ((rest & 1n) === 0n) continue;
    const name = names.get(bit);
    explanations.push(
      name === undefined
        ? { name: "UNKNOWN", bit, text: `Check ${bit} failed; a newer SDK can name it.` }
        : { name, bit, text: sentence(FAILED_CHECKS[name].label, FAILED_CHECKS[name].mend) },
    );
  }
  return explanations;
}

function sentence(label: string, mend: string): string {
  return `${label.charAt(0).toUpperCase()}${label.slice(1)}: ${mend}.`;
}
