import { parseEventLogs } from "viem";
import type { Hex } from "viem";
import { abis } from "../abis.ts";
import { callOf } from "../chain/Call.ts";
import { sendCall } from "../chain/sendCall.ts";
import type { Suite } from "../chain/Suite.ts";
import { RequestError } from "../errors.ts";
import { explainFailedChecks } from "../policy/explainFailedChecks.ts";
import { decisionName, reviewKindsIn } from "./AccessRequest.ts";
import type { AccessRequest } from "./AccessRequest.ts";
import type { Evaluation } from "./evaluateRequest.ts";
import { rebuildGrant } from "./rebuildGrant.ts";
import type { GrantMember } from "./rebuildGrant.ts";

/** What the chain decided on a request that was sent. */
export interface Answer extends Evaluation {
  /** The request's id, which its grant bears. */
  id: Hex;
  /** Version of the rules that decided. */
  ruleVersion: number;
  /** What the custodian needs to deliver; undefined unless approved at once. After a review, see `readGrant`. */
  grant: GrantMember | undefined;
  transaction: Hex;
}

/**
 * Sends a request by the suite's wallet and reads the answer from the receipt. A denial is an answer and no error.
 *
 * @throws CallRevertedError if the wallet is no agent of a member in standing, is suspended, or access is paused. Otherwise as `sendCall`.
 * @example
 * const answer = await sendRequest(suite, request);
 * expect(answer.decision).to.equal("APPROVED");
 * expect(answer.grant?.member.record).to.equal(batch.leaf(0));
 */
export async function sendRequest(suite: Suite, body: AccessRequest): Promise<Answer> {
  const receipt = await sendCall(suite, callOf("AccessBroker", "request", [body]));
  const [event] = parseEventLogs({ abi: abis.AccessBroker, eventName: "AccessDecided", logs: receipt.logs });
  if (event === undefined) throw notDecided(receipt.transactionHash);
  const { args } = event;
  const decision = decisionName(args.decision);
  return {
    id: args.request,
    decision,
    failed: args.failed,
    reasons: explainFailedChecks(args.failed),
    pendingReviews: reviewKindsIn(args.pendingReviews),
    until: args.until,
    ruleVersion: args.ruleVersion,
    grant: decision === "APPROVED" ? rebuildGrant(args) : undefined,
    transaction: receipt.transactionHash,
  };
}

/** The receipt bears no decision, as if the address were another contract's. */
export function notDecided(transaction: Hex): RequestError {
  return new RequestError(`The transaction ${transaction} bears no decision.`, {
    mend: "Check that the address book is the one of this chain.",
  });
}
