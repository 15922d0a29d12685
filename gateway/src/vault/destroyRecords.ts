import { getAddress, type Address, type Hex } from "viem";
import { RecordUnknownError } from "../errors.ts";
import type { Query, Value } from "./Database.ts";
import type { Vault } from "./Vault.ts";

/** `retention`: its time is over; `withdrawal`: the patient's side withdrew it; `error`: it should never have been kept. */
export type DestructionReason = "retention" | "withdrawal" | "error";

const PAGE = 500;

/**
 * Destroys records: first key and salts, then the encrypted bytes. After a kill in between, the next run deletes the bytes that are
 * left, which nothing opens any more. What is on the chain stays; `attestDestructions` tells it there.
 *
 * @param signal Stops it between the bytes of two records, by its reason, as a kill would.
 * @returns How many were destroyed now; one that is destroyed already does not count.
 * @throws RecordUnknownError if a leaf is none of this vault's; nothing is then destroyed.
 * @throws VaultUnavailableError if database or store do not answer; the same call goes on later.
 */
export async function destroyRecords(
  vault: Vault,
  { leaves, reason, signal }: { leaves: readonly Hex[]; reason: DestructionReason; signal?: AbortSignal | undefined },
): Promise<number> {
  const destroyed = await vault.database.transaction(async (query) => {
    let count = 0;
    for (const leaf of leaves.map((given) => given.toLowerCase())) {
      const [row] = await query("SELECT id FROM record WHERE leaf = $1", [leaf]);
      if (row === undefined) throw new RecordUnknownError(leaf);
      count += await destroy(query, reason, "leaf = $3", [leaf]);
    }
    return count;
  });
  await finishDestructions(vault, signal);
  return destroyed;
}

/**
 * Destroys all that is kept of a patient, anchored or not. The patient's reference is forgotten apart, by `forgetPatient`.
 *
 * @param patient The DID's address.
 * @returns How many records.
 */
export async function destroyPatient(
  vault: Vault,
  { patient, reason }: { patient: Address; reason: DestructionReason },
): Promise<number> {
  const destroyed = await vault.database.transaction((query) =>
    destroy(query, reason, "patient = $3", [getAddress(patient)]),
  );
  await finishDestructions(vault);
  return destroyed;
}

/**
 * Destroys all records whose retention is over as the custodian imported it, anchored or not. An earlier end by the patient's side is
 * on the chain: see `destroyLimited`.
 *
 * @param now Unix seconds; the system's time by default.
 * @param signal As `destroyRecords`.
 * @returns How many.
 */
export async function destroyOverdue(
  vault: Vault,
  { now = Math.floor(Date.now() / 1_000), signal }: { now?: number; signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const destroyed = await vault.database.transaction((query) =>
    destroy(query, "retention", "retention_until <> 0 AND retention_until <= $3", [now]),
  );
  await finishDestructions(vault, signal);
  return destroyed;
}

/** Deletes the bytes of destroyed records that a killed run left; every destruction ends with it. */
export async function finishDestructions(vault: Vault, signal?: AbortSignal): Promise<void> {
  const { database, blobs } = vault;
  await database.scrub();
  for (;;) {
    const rows = await database.query<{ id: string; blob: string }>(
      "SELECT id, blob FROM record WHERE state = 'destroyed' AND blob IS NOT NULL LIMIT $1",
      [PAGE],
    );
    if (rows.length === 0) return;
    for (const { id, blob } of rows) {
      signal?.throwIfAborted();
      await blobs.delete(blob);
      await database.query("UPDATE record SET blob = NULL WHERE id = $1", [id]);
    }
  }
}

/** Overwrites all that opens the rows that `condition` names. */
async function destroy(query: Query, reason: DestructionReason, condition: string, values: Value[]): Promise<number> {
  const now = Math.floor(Date.now() / 1_000);
  const rows = await query(
    `UPDATE record SET state = 'destroyed', secret = NULL, type = NULL, destroyed_at = $1, destroyed_for = $2
    WHERE state <> 'destroyed' AND ${condition} RETURNING id`,
    [now, reason, ...values],
  );
  return rows.length;
}
