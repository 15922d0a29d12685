import { callOf } from "../chain/Call.ts";
import type { Call } from "../chain/Call.ts";
import type { Claim } from "./readClaims.ts";

/**
 * The call that pays a patient what is due for a member of a grant. Anyone may send it; it pays the address that the patient's side chose, or
 * the DID's owner.
 *
 * @example
 * const { grant } = await sendRequest(suite, request);
 * const call = claimCall({ agreement: study, entitlement: grant! }); // approved, so there is a grant
 * expect(call.functionName).to.equal("claim");
 */
export function claimCall({ agreement, entitlement }: Pick<Claim, "agreement" | "entitlement">): Call {
  return callOf("RevenueSplitter", "claim", [agreement, entitlement]);
}
