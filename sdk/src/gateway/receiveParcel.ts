import { BaseError as ViemError, hexToBytes, keccak256, type Hex } from "viem";
import { abis } from "../abis.ts";
import { addressOf } from "../chain/addressOf.ts";
import { askChain } from "../chain/askChain.ts";
import type { Call } from "../chain/Call.ts";
import { sendCall } from "../chain/sendCall.ts";
import type { Suite } from "../chain/Suite.ts";
import { openEnvelope } from "../envelope/openEnvelope.ts";
import { ChainUnavailableError, EnvelopeError, GatewayUnavailableError, ParcelError, RecordError } from "../errors.ts";
import { batchId } from "../records/batchId.ts";
import { recordLeaf, type AnchoredRecord } from "../records/recordLeaf.ts";
import type { RecordParts } from "../records/recordCommitment.ts";
import { decodeRecordMeta } from "../records/recordMeta.ts";
import { verifyRecord, type VerifyRecordFailure } from "../records/verifyRecord.ts";
import { callGateway } from "./callGateway.ts";
import { jsonIn, type GatewaySession } from "./signInToGateway.ts";

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

/** What is asked for and to be had: nothing else than this is taken. */
export interface ReceiveParcelParameters {
  session: GatewaySession;
  path: string;
  body: object;
  /** The contract that opened access, and the id of grant or emergency there. */
  contract: "AccessBroker" | "EmergencyAccess";
  id: Hex;
  batch: Hex;
  /** The record's leaf. */
  record: Hex;
  /** 32 bytes. */
  privateKey: Uint8Array;
  /** By which the receipt is logged. */
  receiptOf(ciphertextHash: Hex, isVerified: boolean): Call;
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
 * Calls a gateway for a parcel, opens it, verifies every part of it against the root on the chain, and logs the receipt by the suite's
 * wallet: what does not verify is logged too, as failed.
 *
 * @throws GatewayRefusalError, GatewayUnavailableError, ParcelError as `fetchRecord`.
 */
export async function receiveParcel(suite: Suite, parameters: ReceiveParcelParameters): Promise<FetchedRecord> {
  const { session, path, body } = parameters;
  const answer = await callGateway({ url: session.url, path, token: session.token, body });
  const end = answer.indexOf(10);
  if (end < 0) throw new GatewayUnavailableError("what answers is no gateway");
  const head = jsonIn<ParcelHead>(answer.subarray(0, end));
  const ciphertext = answer.subarray(end + 1);

  const { outcome, record } = await examine(suite, parameters, head, ciphertext);
  const isVerified = outcome.length === 0;
  const log = parameters.receiptOf(keccak256(ciphertext), isVerified);
  const { transactionHash: receipt } = await sendCall(suite, log);
  if (!isVerified) throw new ParcelError(outcome, receipt);
  return { content: record.content, record: record.record, delivery: head.transaction, receipt };
}

type Failure = VerifyRecordFailure | "record" | "envelope" | "head";

/** What is wrong with a parcel; nothing of it is trusted, and none of its malformations is anything but a failure. */
async function examine(
  suite: Suite,
  { contract, id, batch, record: leaf, privateKey }: ReceiveParcelParameters,
  head: ParcelHead,
  ciphertext: Uint8Array,
) {
  const nothing = { content: "", record: { ...head.record, meta: 0n } };
  try {
    const record: AnchoredRecord = { ...head.record, meta: BigInt(head.record.meta) };
    if (recordLeaf(record) !== leaf) return { outcome: ["record"] as Failure[], record: nothing };
    const context = { chainId: suite.chainId, contract: addressOf(suite, contract), id, record: leaf };
    const opening = await openEnvelope({ context, privateKey, envelope: hexToBytes(head.envelope) });
    const { root, proof, parts } = head;
    if (!(await isAnchored(suite, batch, record, root))) return { outcome: ["proof"] as Failure[], record: nothing };
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

/** Whether the root is that of the batch which was asked for: a batch's id is the hash of custodian and root, and it is on the chain. */
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
