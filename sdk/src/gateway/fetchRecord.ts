import { BaseError as ViemError, hexToBytes, keccak256, numberToHex, type Hex } from "viem";
import { abis } from "../abis.ts";
import type { GrantMember } from "../access/rebuildGrant.ts";
import { addressOf } from "../chain/addressOf.ts";
import { askChain } from "../chain/askChain.ts";
import { callOf } from "../chain/Call.ts";
import { sendCall } from "../chain/sendCall.ts";
import type { Suite } from "../chain/Suite.ts";
import type { ConsentDetails, ConsentTerms } from "../consent/ConsentTerms.ts";
import { openEnvelope } from "../envelope/openEnvelope.ts";
import { ChainUnavailableError, EnvelopeError, GatewayUnavailableError, ParcelError, RecordError } from "../errors.ts";
import { batchId } from "../records/batchId.ts";
import { recordLeaf, type AnchoredRecord } from "../records/recordLeaf.ts";
import type { RecordParts } from "../records/recordCommitment.ts";
import { decodeRecordMeta } from "../records/recordMeta.ts";
import { verifyRecord, type VerifyRecordFailure } from "../records/verifyRecord.ts";
import { callGateway } from "./callGateway.ts";
import { findDecision } from "./findDecision.ts";
import { jsonIn, type GatewaySession } from "./signInToGateway.ts";

export interface FetchRecordParameters {
  session: GatewaySession;
  /** Whose record of which grant: of `sendRequest`'s answer, `rebuildGrant` or `rebuildCohort`. */
  member: GrantMember;
  /** The consent relied on, as ConsentGiven has it; none if the request relied on none. */
  consent?: { terms: ConsentTerms; details: ConsentDetails } | undefined;
  /** The private half of the key published for the wallet, 32 bytes. */
  privateKey: Uint8Array;
  /** The block in which the request was decided, if known; it is looked up otherwise. */
  decidedIn?: bigint | undefined;
}

/** A record that was fetched, opened and held against its anchor. */
export interface FetchedRecord {
  /** The resource's JSON text. */
  content: string;
  record: AnchoredRecord;
  /** The transaction in which the custodian logged the delivery. */
  delivery: Hex;
  /** The transaction in which the receipt was logged. */
  receipt: Hex;
}

interface ParcelHead {
  transaction: Hex;
  root: Hex;
  record: { patient: Hex; commitment: Hex; meta: Hex };
  proof: Hex[];
  parts: RecordParts;
  envelope: Hex;
}

/**
 * Fetches a granted record from its custodian's gateway, opens it, verifies every part of it against the root on the chain, and logs
 * the receipt by the suite's wallet, which must be the one that signed in: what does not verify is logged too, as failed.
 *
 * @throws GatewayRefusalError with the gateway's reasons, or GatewayUnavailableError.
 * @throws ParcelError if what came is not the record that was anchored. Its failed receipt is on the chain.
 * @example
 * const fetched = await fetchRecord(suite, { session, member, consent, privateKey });
 * expect(JSON.parse(fetched.content)).to.have.property("resourceType", "Observation");
 */
export async function fetchRecord(suite: Suite, parameters: FetchRecordParameters): Promise<FetchedRecord> {
  const { session, member: granted, consent, privateKey } = parameters;
  const { grant, member, proof } = granted;
  const decidedIn = parameters.decidedIn ?? (await findDecision(suite, grant));
  const body = {
    ...{ grant, decidedIn: Number(decidedIn), member, proof },
    ...(consent !== undefined && { consent: written(consent) }),
  };
  const answer = await callGateway({ url: session.url, path: "/v1/deliveries", token: session.token, body });
  const end = answer.indexOf(10);
  if (end < 0) throw new GatewayUnavailableError("what answers is no gateway");
  const head = jsonIn<ParcelHead>(answer.subarray(0, end));
  const ciphertext = answer.subarray(end + 1);

  const { outcome, record } = await examine(suite, { granted, privateKey, head, ciphertext });
  const valid = outcome.length === 0;
  const log = callOf("AccessBroker", "logReceipt", [grant, member, proof, keccak256(ciphertext), valid]);
  const { transactionHash: receipt } = await sendCall(suite, log);
  if (!valid) throw new ParcelError(outcome, receipt);
  return { content: record.content, record: record.record, delivery: head.transaction, receipt };
}

/** The terms with the details in place of their hash; large numbers as hexadecimal text. */
function written({ terms, details }: { terms: ConsentTerms; details: ConsentDetails }): object {
  return {
    ...terms,
    policy: numberToHex(terms.policy),
    details: { ...details, salt: numberToHex(details.salt, { size: 32 }) },
  };
}

type Failure = VerifyRecordFailure | "record" | "envelope" | "head";

interface ExamineParameters {
  granted: GrantMember;
  privateKey: Uint8Array;
  head: ParcelHead;
  ciphertext: Uint8Array;
}

/** What is wrong with a parcel; nothing of it is trusted, and none of its malformations is anything but a failure. */
async function examine(suite: Suite, { granted, privateKey, head, ciphertext }: ExamineParameters) {
  const { grant, member } = granted;
  const nothing = { content: "", record: { ...head.record, meta: 0n } };
  try {
    const record: AnchoredRecord = { ...head.record, meta: BigInt(head.record.meta) };
    if (recordLeaf(record) !== member.record) return { outcome: ["record"] as Failure[], record: nothing };
    const context = { chainId: suite.chainId, broker: addressOf(suite, "AccessBroker"), grant, record: member.record };
    const opening = await openEnvelope({ context, privateKey, envelope: hexToBytes(head.envelope) });
    const { root, proof, parts } = head;
    if (!(await isAnchored(suite, member.batch, record, root)))
      return { outcome: ["proof"] as Failure[], record: nothing };
    const { content, failures } = await verifyRecord({ root, record, proof, parts, ciphertext, opening });
    return { outcome: failures as Failure[], record: { content: content ?? "", record } };
  } catch (error) {
    // An outage is no fault of the parcel.
    if (error instanceof ChainUnavailableError) throw error;
    if (error instanceof EnvelopeError) return { outcome: ["envelope"] as Failure[], record: nothing };
    if (
      error instanceof RecordError ||
      error instanceof ViemError ||
      error instanceof TypeError ||
      error instanceof SyntaxError ||
      error instanceof RangeError
    ) {
      return { outcome: ["head"] as Failure[], record: nothing };
    }
    throw error;
  }
}

/** Whether the root is that of the batch which the grant names: a batch's id is the hash of custodian and root, and it is on the chain. */
async function isAnchored(suite: Suite, batch: Hex, { meta }: AnchoredRecord, root: Hex): Promise<boolean> {
  if (batchId(decodeRecordMeta(meta).custodian, root) !== batch) return false;
  const { anchoredAt } = await askChain(() =>
    suite.client.readContract({
      address: addressOf(suite, "RecordRegistry"),
      abi: abis.RecordRegistry,
      functionName: "batch",
      args: [batch],
    }),
  );
  return anchoredAt !== 0;
}
