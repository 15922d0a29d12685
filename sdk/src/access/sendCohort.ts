import { parseEventLogs } from "viem";
import type { Hex } from "viem";
import { abis } from "../abis.ts";
import { callOf } from "../chain/Call.ts";
import { sendCall } from "../chain/sendCall.ts";
import type { Suite } from "../chain/Suite.ts";
import { explainFailedChecks } from "../policy/explainFailedChecks.ts";
import type { CohortRequest } from "./AccessRequest.ts";
import { explained } from "./evaluateCohort.ts";
import type { CohortEvaluation } from "./evaluateCohort.ts";
import { memberLeaf } from "./memberLeaf.ts";
import { membersOf } from "./memberOf.ts";
import { rebuildCohort } from "./rebuildGrant.ts";
import type { GrantMember } from "./rebuildGrant.ts";
import { notDecided } from "./sendRequest.ts";

/** What the chain decided on a cohort's request that was sent. */
export interface CohortAnswer extends Omit<CohortEvaluation, "granted"> {
  /** The request's id, which its grant bears. */
  id: Hex;
  /** Version of the rules that decided. */
  ruleVersion: number;
  /** The members granted, in the chain's order, with their proofs. */
  granted: GrantMember[];
  transaction: Hex;
}

/**
 * Sends a cohort's request by the suite's wallet and reads the answer from the receipt.
 *
 * @throws CallRevertedError if the wallet is no agent of a member in standing, is suspended, access is paused, or the cohort is malformed.
 * Otherwise as `sendCall`.
 * @example
 * const { decision, granted } = await sendCohort(suite, cohort);
 * expect(decision).to.equal("APPROVED");
 * expect(granted[0]?.member.patient).to.equal(patient);
 */
export async function sendCohort(suite: Suite, body: CohortRequest): Promise<CohortAnswer> {
  const receipt = await sendCall(suite, callOf("AccessBroker", "requestCohort", [body]));
  const events = parseEventLogs({ abi: abis.AccessBroker, logs: receipt.logs });
  const decided = events.find((event) => event.eventName === "CohortDecided");
  if (decided === undefined) throw notDecided(receipt.transactionHash);
  const { request, study, root, failed, until, ruleVersion } = decided.args;

  const asked = membersOf(body);
  const patientOf = ({ batch, record }: { batch: Hex; record: Hex }) =>
    asked.find((member) => member.batch === batch && member.record === record)?.patient;
  const parts = events.flatMap((event) => (event.eventName === "CohortMembersGranted" ? [event.args] : []));
  const granted = parts.length === 0 ? [] : rebuildCohort({ request, study, root, parts, patientOf });

  const masks = new Map<Hex, bigint>();
  for (const event of events) {
    if (event.eventName !== "CohortMembersRefused") continue;
    const { batch, consents, records, failed: memberFailed } = event.args;
    records.forEach((record, index) => {
      const patient = patientOf({ batch, record })!;
      masks.set(memberLeaf({ study, patient, consent: consents[index]!, batch, record }), memberFailed[index]!);
    });
  }
  return {
    id: request,
    decision: granted.length === 0 ? "DENIED" : "APPROVED",
    failed,
    reasons: explainFailedChecks(failed),
    granted,
    refused: asked.flatMap((member) => {
      const mask = masks.get(memberLeaf(member));
      return mask === undefined ? [] : [explained({ member, failed: mask })];
    }),
    until,
    ruleVersion,
    transaction: receipt.transactionHash,
  };
}
