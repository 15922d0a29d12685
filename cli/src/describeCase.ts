import type { ContractFunctionReturnType, Hex } from "viem";
import type { abis } from "@consilium/sdk";
import { day } from "./print/day.ts";

/** A case as the contract keeps it; times in unix seconds. */
export type Case = ContractFunctionReturnType<typeof abis.Supervision, "view", "caseOf">;

/** The contracts' CaseStatus. */
const STATUSES = [
  ...["none", "reported", "dismissed", "upheld"],
  ...["appealed", "appealRejected", "appealGranted", "appealLapsed"],
] as const;

export type CaseStatus = (typeof STATUSES)[number];

export function caseStatusOf({ status }: Pick<Case, "status">): CaseStatus {
  return STATUSES[status]!;
}

/** How a case stands at a second, and each step that is possible from when on, by whom. */
export function describeCase(id: Hex, kept: Case, now: number): { state: string; next: string[] } {
  const { accused, appealUntil, decideAppealUntil } = kept;
  const appealOver = now >= appealUntil;
  const decisionOver = now >= decideAppealUntil;
  switch (caseStatusOf(kept)) {
    case "reported":
      return {
        state: "It waits for its decision.",
        next: [
          `A supervisor of neither accused nor reporter decides: consilium case decide ${id} --verdict upheld --reason FILE`,
        ],
      };
    case "dismissed":
      return { state: "It is dismissed, for good.", next: [] };
    case "upheld":
      return {
        state: `It is upheld${appealOver ? ", for good" : ""}.${sanctionOf(kept)}`,
        next: appealOver
          ? payment(id, kept)
          : [
              `Before ${day(appealUntil)} an administrator of member ${accused} can appeal: consilium case appeal ${id} --grounds FILE`,
              ...(kept.fine > 0n
                ? [`From ${day(appealUntil)} on, without an appeal: consilium case pay-fine ${id}`]
                : []),
            ],
      };
    case "appealed":
      return {
        state: `It is appealed against.${sanctionOf(kept)}`,
        next: decisionOver
          ? [`Nobody decided on the appeal in time. Anyone: consilium case lapse-appeal ${id}`]
          : [
              `Before ${day(decideAppealUntil)} another supervisor, of an institution that is not concerned, decides: consilium case decide-appeal ${id} --verdict granted --reason FILE`,
              `From ${day(decideAppealUntil)} on, undecided: consilium case lapse-appeal ${id}`,
            ],
      };
    case "appealRejected":
      return { state: `The appeal is rejected.${sanctionOf(kept)}`, next: payment(id, kept) };
    case "appealGranted":
      return { state: "The appeal is granted: suspension lifted, fine returned to the bond.", next: [] };
    case "appealLapsed":
      return {
        state: "The appeal has lapsed undecided: the decision stands, the fine is returned to the bond.",
        next: [],
      };
    default:
      return { state: "There is no such case.", next: [] };
  }
}

function sanctionOf({ accused, suspendedUntil, fine, fineSettled }: Case): string {
  const suspension = suspendedUntil === 0 ? "" : ` Member ${accused} is suspended until ${day(suspendedUntil)}.`;
  if (fine === 0n) return suspension;
  return `${suspension} Its fine of ${fine} units is ${fineSettled ? "paid to the fund" : "held until it is final"}.`;
}

function payment(id: Hex, { fine, fineSettled }: Case): string[] {
  return fine > 0n && !fineSettled ? [`Anyone has the fine paid to the fund: consilium case pay-fine ${id}`] : [];
}
