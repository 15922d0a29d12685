import type { Address } from "viem";
import { abis } from "../abis.ts";
import { addressOf } from "../chain/addressOf.ts";
import { askChain } from "../chain/askChain.ts";
import { walletOf } from "../chain/sendCall.ts";
import type { Suite } from "../chain/Suite.ts";
import { explainFailedChecks } from "../policy/explainFailedChecks.ts";
import type { FailedCheckExplanation } from "../policy/explainFailedChecks.ts";
import { decisionName, reviewKindsIn } from "./AccessRequest.ts";
import type { AccessRequest, DecisionName, ReviewKind } from "./AccessRequest.ts";

/** What the chain says to a request. */
export interface Evaluation {
  decision: DecisionName;
  /** Mask of the checks that failed; 0n: none. */
  failed: bigint;
  /** Each of them in words. */
  reasons: FailedCheckExplanation[];
  /** Who still has to agree. */
  pendingReviews: ReviewKind[];
  /** First second after the grant, unix seconds. */
  until: number;
}

/**
 * Tries a request without sending it: the decision that it would meet now, with every failed check in words. The transaction asks
 * the same function.
 *
 * @param requester Who would ask; the suite's wallet unless said.
 * @throws WalletMissingError if neither is known; ChainUnavailableError if the chain cannot be reached.
 * @example
 * const { decision, reasons } = await evaluateRequest(suite, request);
 * expect(decision).to.equal("APPROVED");
 * expect(reasons).to.deep.equal([]);
 */
export async function evaluateRequest(suite: Suite, body: AccessRequest, requester?: Address): Promise<Evaluation> {
  const { decision, failed, pendingReviews, until } = await askChain(() =>
    suite.client.readContract({
      address: addressOf(suite, "AccessBroker"),
      abi: abis.AccessBroker,
      functionName: "evaluate",
      args: [requester ?? walletOf(suite).account.address, body],
    }),
  );
  return {
    decision: decisionName(decision),
    failed,
    reasons: explainFailedChecks(failed),
    pendingReviews: reviewKindsIn(pendingReviews),
    until,
  };
}
