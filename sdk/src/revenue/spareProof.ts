import type { GrantMember } from "../access/rebuildGrant.ts";
import { simulateCall } from "../chain/simulateCall.ts";
import type { Suite } from "../chain/Suite.ts";
import { CallRevertedError } from "../errors.ts";
import { claimCall } from "./claimCall.ts";
import type { Claim } from "./readClaims.ts";

/**
 * The entitlement without its proof, which is most of a claim's calldata, where the chain needs none: after the first claim, and by the
 * rules PATIENT and CATEGORY.
 *
 * @throws ChainUnavailableError if the chain cannot be reached.
 * @example
 * const { grant } = await sendRequest(suite, request);
 * const entitlement = await spareProof(suite, { agreement: study, entitlement: grant! }); // approved, so there is a grant
 * expect(entitlement).to.equal(grant); // nothing of it was claimed yet
 */
export async function spareProof(
  suite: Suite,
  { agreement, entitlement }: Pick<Claim, "agreement" | "entitlement">,
): Promise<GrantMember> {
  const bare = { ...entitlement, proof: [] };
  try {
    await simulateCall(suite, claimCall({ agreement, entitlement: bare }));
    return bare;
  } catch (error) {
    if (error instanceof CallRevertedError) return entitlement;
    throw error;
  }
}
