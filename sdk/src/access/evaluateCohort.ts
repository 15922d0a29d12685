import type { Address } from "viem";
import { abis } from "../abis.ts";
import { addressOf } from "../chain/addressOf.ts";
import { askChain } from "../chain/askChain.ts";
import { walletOf } from "../chain/sendCall.ts";
import type { Suite } from "../chain/Suite.ts";
import { explainFailedChecks } from "../policy/explainFailedChecks.ts";
import type { FailedCheckExplanation } from "../policy/explainFailedChecks.ts";
import type { CohortMember, CohortRequest } from "./AccessRequest.ts";
import { membersOf } from "./memberOf.ts";

/** A member of a cohort that is refused. */
export interface RefusedMember {
  member: CohortMember;
  /** Mask of the checks that failed for it. */
  failed: bigint;
  reasons: FailedCheckExplanation[];
}

/** What the chain says to a cohort's request. */
export interface CohortEvaluation {
  /** APPROVED if anybody is granted. */
  decision: "APPROVED" | "DENIED";
  /** Mask of the checks that failed for the request as a whole; if not 0n, no member was looked at. */
  failed: bigint;
  reasons: FailedCheckExplanation[];
  granted: CohortMember[];
  refused: RefusedMember[];
  /** First second after the grant, unix seconds. */
  until: number;
}

/**
 * Tries a cohort's request without sending it: who would be granted now, and why each other would not.
 *
 * @param requester Who would ask; the suite's wallet unless said.
 * @throws CallRevertedError (CohortInvalid) if parts are empty, of uneven lengths, or their batches not ascending; otherwise as `evaluateRequest`.
 * @example
 * const { granted, refused } = await evaluateCohort(suite, cohort);
 * expect(granted).to.have.lengthOf(1);
 * expect(refused).to.deep.equal([]);
 */
export async function evaluateCohort(
  suite: Suite,
  body: CohortRequest,
  requester?: Address,
): Promise<CohortEvaluation> {
  const { failed, memberFailed, until } = await askChain(() =>
    suite.client.readContract({
      address: addressOf(suite, "AccessBroker"),
      abi: abis.AccessBroker,
      functionName: "evaluateCohort",
      args: [requester ?? walletOf(suite).account.address, body],
    }),
  );
  const members =
    failed === 0n ? membersOf(body).map((member, index) => ({ member, failed: memberFailed[index]! })) : [];
  const granted = members.filter((one) => one.failed === 0n).map(({ member }) => member);
  return {
    decision: granted.length === 0 ? "DENIED" : "APPROVED",
    failed,
    reasons: explainFailedChecks(failed),
    granted,
    refused: members.filter((one) => one.failed !== 0n).map(explained),
    until,
  };
}

/** A refused member with the reasons in words. */
export function explained({ member, failed }: { member: CohortMember; failed: bigint }): RefusedMember {
  return { member, failed, reasons: explainFailedChecks(failed) };
}
