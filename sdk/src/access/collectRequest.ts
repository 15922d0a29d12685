import { getAddress } from "viem";
import type { Address, Hex } from "viem";
import { abis } from "../abis.ts";
import { heedIndex } from "../audit/heedIndex.ts";
import { queryIndex } from "../audit/queryIndex.ts";
import { PAGE, readPages } from "../audit/readPages.ts";
import { addressOf } from "../chain/addressOf.ts";
import { askChain } from "../chain/askChain.ts";
import type { Suite } from "../chain/Suite.ts";
import { consentId } from "../consent/consentId.ts";
import type { ConsentTerms } from "../consent/ConsentTerms.ts";
import { detailsHash } from "../consent/detailsHash.ts";
import { RequestError } from "../errors.ts";
import { CATEGORIES, namesOf } from "../policy/bits.ts";
import { RecordBatch } from "../records/RecordBatch.ts";
import type { RecordBatchEntry } from "../records/RecordBatch.ts";
import type { AccessRequest } from "./AccessRequest.ts";
import { createRequest } from "./createRequest.ts";
import type { CreateRequestParameters } from "./createRequest.ts";

export interface CollectRequestParameters extends Pick<CreateRequestParameters, "study" | "word"> {
  /** The record's leaf. */
  record: Hex;
  /** Its batch's id; needed only if several batches hold the record. */
  batch?: Hex | undefined;
  /** Id of the consent relied on; none where the record's level needs none. */
  consent?: Hex | undefined;
}

interface IndexedRecord {
  position: number;
  leaf: Hex;
  patient: { id: Address };
  commitment: Hex;
  category: string;
  level: number;
  dataFrom: string | null;
  dataUntil: string;
  retentionUntil: string | null;
}

const BATCHES = `query Batches($leaf: Bytes!) {
  records(where: { leaf: $leaf }, first: 1000) { batch { id published custodian { number } } }
}`;

const RECORDS = `query Records($batch: String!, $after: Int!) {
  page: records(where: { batch: $batch, position_gt: $after }, orderBy: position, first: ${PAGE}) {
    position leaf patient { id } commitment category level dataFrom dataUntil retentionUntil
  }
}`;

const GIVEN = `query Given($consent: String!) { consentGivens(where: { consent: $consent }, first: 1) { block } }`;

/**
 * Draws up a request from what a researcher knows: record, consent and study by their ids. Record and proof come from the index, the
 * consent's terms from the chain's own event. The index is not trusted: all of it is held against the ids.
 *
 * @throws RequestError if the record is not published (its custodian must hand out record and proof), several batches hold it, the consent
 * was never given, or the index tells what does not fit the ids.
 * @throws IndexError, IndexUnavailableError, ChainUnavailableError as `queryIndex` and `openSuite`. Otherwise as `createRequest`.
 * @example
 * const missing = collectRequest(suite, graphUrl, {
 *   record: HASH, consent: consent.id, study, word: { purposes: ["DSRCH"], validUntil: now + 86_400 },
 * });
 * expect(await missing.catch((error) => error)).to.be.instanceOf(RequestError); // this index knows no such record
 */
export function collectRequest(
  suite: Suite,
  graphUrl: string,
  parameters: CollectRequestParameters,
): Promise<AccessRequest> {
  return heedIndex(() => collect(suite, graphUrl, parameters));
}

async function collect(
  suite: Suite,
  graphUrl: string,
  { record, batch: wanted, consent, study, word }: CollectRequestParameters,
): Promise<AccessRequest> {
  const batch = await findBatch(graphUrl, record, wanted);
  const found = await readPages<IndexedRecord>(
    graphUrl,
    RECORDS,
    { batch: batch.id },
    {
      first: -1,
      cursor: ({ position }) => position,
    },
  );
  const index = found.findIndex(({ leaf }) => leaf === record.toLowerCase());
  const rebuilt = new RecordBatch(batch.custodian.number, found.map(entryOf));
  if (index < 0 || rebuilt.id !== batch.id || rebuilt.leaf(index) !== record.toLowerCase()) {
    throw doesNotFit("The batch");
  }
  return createRequest({
    batch: rebuilt.id,
    record: rebuilt.record(index),
    proof: rebuilt.proof(index),
    consent: consent === undefined ? undefined : await readTerms(suite, graphUrl, consent),
    study,
    word,
  });
}

async function findBatch(graphUrl: string, record: Hex, wanted: Hex | undefined) {
  type Batch = { id: Hex; published: boolean; custodian: { number: number } };
  const { records } = await queryIndex<{ records?: { batch: Batch }[] }>(graphUrl, BATCHES, {
    leaf: record.toLowerCase(),
  });
  const batches = (records ?? [])
    .map(({ batch }) => batch)
    .filter(({ id, published }) => published && (wanted === undefined || id === wanted.toLowerCase()));
  const [batch] = batches;
  if (batch === undefined) {
    throw new RequestError(`No published batch holds the record ${record}.`, {
      mend: "Ask the custodian for batch, record and proof, and pass them to createRequest.",
    });
  }
  if (batches.length > 1) {
    throw new RequestError(`Several batches hold the record ${record}.`, { mend: "Name the batch." });
  }
  return batch;
}

function entryOf(record: IndexedRecord): RecordBatchEntry {
  const category = namesOf(CATEGORIES).find((name) => constantOf(name) === record.category);
  if (category === undefined) throw doesNotFit("A category");
  return {
    patient: getAddress(record.patient.id),
    commitment: record.commitment,
    level: record.level,
    category,
    dataFrom: Number(record.dataFrom ?? 0),
    dataUntil: Number(record.dataUntil),
    retentionUntil: Number(record.retentionUntil ?? 0),
  };
}

/** As the index names enumerations. */
function constantOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** The terms of a consent that was given, from the event in the block that the index names. */
async function readTerms(suite: Suite, graphUrl: string, consent: Hex): Promise<ConsentTerms> {
  const { consentGivens } = await queryIndex<{ consentGivens: { block: string }[] }>(graphUrl, GIVEN, {
    consent: consent.toLowerCase(),
  });
  const [given] = consentGivens;
  if (given === undefined) {
    throw new RequestError(`The consent ${consent} was never given.`, { mend: "Check its id with the patient." });
  }
  const block = BigInt(given.block);
  const [event] = await askChain(() =>
    suite.client.getContractEvents({
      address: addressOf(suite, "ConsentRegistry"),
      abi: abis.ConsentRegistry,
      eventName: "ConsentGiven",
      args: { consent },
      fromBlock: block,
      toBlock: block,
      strict: true,
    }),
  );
  if (event === undefined) throw doesNotFit("The consent's block");
  const { patient, institution, agent, study, policy, epoch, details } = event.args;
  const terms = { patient, institution, agent, study, policy, epoch, details: detailsHash(details) };
  if (consentId(terms) !== consent.toLowerCase()) throw doesNotFit("A consent");
  return terms;
}

function doesNotFit(what: string): RequestError {
  return new RequestError(`${what} that the index tells does not fit its id.`, {
    mend: "Do not trust this index; ask another, or the custodian.",
  });
}
