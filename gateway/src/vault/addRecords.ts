import { getAddress, type Address } from "viem";
import {
  canonicalResource,
  dataPeriod,
  sealRecord,
  type FhirResource,
  type SealRecordReturnType,
} from "@consilium/sdk";
import type { Query, Value } from "./Database.ts";
import { openingToText } from "./openingText.ts";
import type { RecordState } from "./RecordRow.ts";
import type { Vault } from "./Vault.ts";

/** A resource to be kept as a record. */
export interface Addition {
  /** The patient's DID with this custodian. */
  patient: Address;
  /** The resource's own JSON text. */
  content: string;
  resource: FhirResource;
  /** Second after which it must be destroyed; 0: without end. */
  retentionUntil: number;
}

/** `taken`: now kept; `known`: kept already; `destroyed`: was kept once and destroyed, and is not taken again. */
export type AdditionOutcome = "taken" | "known" | "destroyed" | Error;

export interface AddRecordsOptions {
  /** Runs in the transaction that writes the records, and is rolled back with it. */
  alongside?: (query: Query) => Promise<unknown>;
  /** Nothing is written: what would be taken is noted here, and known to a later call with the same set. */
  rehearsed?: Set<string>;
}

/** How many blobs are written at a time. */
const PARALLEL = 16;

/**
 * Seals resources and keeps them. The same resource of a patient is kept once, however often it is given: what decides is its
 * canonical form. Bytes are written before the rows, which are written in one transaction: a run that is killed leaves at most bytes
 * that no row names, see `sweepBlobs`.
 *
 * @returns What became of each; the SDK's ResourceError or JsonError for one that cannot be sealed.
 * @throws VaultUnavailableError if database or store do not answer; nothing is then taken.
 */
export async function addRecords(
  vault: Vault,
  additions: readonly Addition[],
  { alongside, rehearsed }: AddRecordsOptions = {},
): Promise<AdditionOutcome[]> {
  const identified = additions.map((addition) => identify(vault, addition));
  const ids = [...new Set(identified.filter((id) => typeof id === "string"))];
  const kept = await statesOf(vault, ids);
  const isNew = (id: string | Error, index: number): id is string =>
    typeof id === "string" && !kept.has(id) && !rehearsed?.has(id) && identified.indexOf(id) === index;
  const sealed = await Promise.all(
    identified.map(async (id, index) => (isNew(id, index) ? seal(vault, id, additions[index]!) : undefined)),
  );
  const rows = sealed.filter((one) => one !== undefined && !(one instanceof Error)) as Sealed[];
  const inserted = rehearsed === undefined ? await write(vault, rows, alongside) : new Set(rows.map(({ id }) => id));
  for (const id of inserted) rehearsed?.add(id);
  return identified.map((id, index) => {
    const one = sealed[index];
    if (typeof id !== "string") return id;
    if (one instanceof Error) return one;
    if (one !== undefined && inserted.has(id)) return "taken";
    return kept.get(id) === "destroyed" ? "destroyed" : "known";
  });
}

interface Sealed extends SealRecordReturnType {
  id: string;
  blob: string;
  secret: string;
  addition: Addition;
  period: { dataFrom: number; dataUntil: number };
}

function identify({ secrets }: Vault, { patient, resource }: Addition): string | Error {
  try {
    return secrets.digest("record", getAddress(patient), canonicalResource(resource));
  } catch (error) {
    return error as Error;
  }
}

async function statesOf({ database }: Vault, ids: readonly string[]): Promise<Map<string, RecordState>> {
  if (ids.length === 0) return new Map();
  const places = ids.map((_, index) => `$${index + 1}`).join(", ");
  const rows = await database.query<{ id: string; state: RecordState }>(
    `SELECT id, state FROM record WHERE id IN (${places})`,
    ids,
  );
  return new Map(rows.map(({ id, state }) => [id, state]));
}

async function seal({ secrets }: Vault, id: string, addition: Addition): Promise<Sealed | Error> {
  try {
    const period = dataPeriod(addition.resource);
    const sealed = await sealRecord(addition.content);
    const secret = await secrets.seal(id, openingToText(sealed.opening));
    return { ...sealed, id, blob: sealed.parts.ciphertextHash.slice(2), secret, addition, period };
  } catch (error) {
    return error as Error;
  }
}

async function write(
  vault: Vault,
  rows: readonly Sealed[],
  alongside: AddRecordsOptions["alongside"],
): Promise<Set<string>> {
  await putBlobs(vault, rows);
  return vault.database.transaction(async (query) => {
    const inserted = await insertRows(query, rows);
    await alongside?.(query);
    return inserted;
  });
}

async function putBlobs({ blobs }: Vault, rows: readonly Sealed[]): Promise<void> {
  const left = rows.values();
  const work = async (): Promise<void> => {
    for (const { blob, ciphertext } of left) await blobs.put(blob, ciphertext);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

async function insertRows(query: Query, rows: readonly Sealed[]): Promise<Set<string>> {
  const [last] = await query<{ sequence: number | null }>("SELECT max(sequence) AS sequence FROM record");
  let sequence = last?.sequence ?? 0;
  const inserted = new Set<string>();
  for (const { id, addition, classification, period, parts, commitment, secret, blob } of rows) {
    const values: Value[] = [
      ...[id, ++sequence, getAddress(addition.patient), addition.resource.resourceType, classification.category],
      ...[classification.level, period.dataFrom, period.dataUntil, addition.retentionUntil],
      ...[parts.content, parts.ciphertextHash, parts.sensitivity, commitment, secret, blob],
    ];
    const added = await query(
      `INSERT INTO record (id, sequence, state, patient, type, category, level, data_from, data_until, retention_until,
        content, ciphertext_hash, sensitivity, commitment, secret, blob)
      VALUES ($1, $2, 'sealed', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
      ON CONFLICT (id) DO NOTHING RETURNING id`,
      values,
    );
    if (added.length > 0) inserted.add(id);
  }
  return inserted;
}
