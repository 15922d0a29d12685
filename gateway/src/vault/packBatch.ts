import type { Hex } from "viem";
import { commitDocument, randomSalt, RecordBatch } from "@consilium/sdk";
import type { RecordRow } from "./RecordRow.ts";
import type { Vault } from "./Vault.ts";

/** How a batch is anchored: with its leaves published, or by its root alone. */
export type AnchorForm = "indexed" | "plain";

export interface PackBatchParameters {
  /** Institution id. */
  custodian: number;
  form: AnchorForm;
  /** At most so many records. */
  size: number;
  /** Unix seconds; records that must be destroyed by then are left out. */
  now: number;
}

/** Leaves a transaction time to be mined before a record's retention ends, seconds. */
const MARGIN = 3_600;

/**
 * Puts sealed records, the oldest first, into a batch and keeps it: order, root, proofs and manifest. From then on nothing changes it
 * but `dissolveBatch`, so that a run that is killed sends the very same one again.
 *
 * @returns The batch's id; undefined if no record waits for one.
 */
export async function packBatch(vault: Vault, parameters: PackBatchParameters): Promise<Hex | undefined> {
  const { custodian, form, size, now } = parameters;
  return vault.database.transaction(async (query) => {
    const rows = await query<RecordRow>(
      `SELECT * FROM record WHERE state = 'sealed' AND (retention_until = 0 OR retention_until > $1)
      ORDER BY sequence LIMIT $2`,
      [now + MARGIN, size],
    );
    if (rows.length === 0) return undefined;

    const batch = new RecordBatch(
      custodian,
      rows.map(({ patient, commitment, category, level, data_from, data_until, retention_until }) => {
        const period = { dataFrom: data_from, dataUntil: data_until, retentionUntil: retention_until };
        return { patient, commitment, category, level, ...period };
      }),
    );
    const salt = randomSalt();
    const document = { custodian, records: rows.length, root: batch.root };
    await query(
      `INSERT INTO batch (id, custodian, root, form, count, retention_until, manifest, manifest_secret)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        ...[batch.id, custodian, batch.root, form, rows.length, batch.retentionUntil, commitDocument(document, salt)],
        await vault.secrets.seal(batch.id, JSON.stringify({ salt, document })),
      ],
    );
    for (const [index, { id }] of rows.entries()) {
      await query(
        "UPDATE record SET state = 'batched', batch = $1, position = $2, leaf = $3, proof = $4 WHERE id = $5",
        [batch.id, index, batch.leaf(index), JSON.stringify(batch.proof(index)), id],
      );
    }
    return batch.id;
  });
}

/** Takes a batch that can no longer be anchored apart; its records wait for another. */
export async function dissolveBatch({ database }: Vault, batch: Hex): Promise<void> {
  await database.transaction(async (query) => {
    await query(
      "UPDATE record SET state = 'sealed', batch = NULL, position = NULL, leaf = NULL, proof = NULL WHERE batch = $1 AND state = 'batched'",
      [batch],
    );
    // What was destroyed while it waited was never anchored, so there is nothing to attest.
    await query("UPDATE record SET batch = NULL, position = NULL, leaf = NULL, proof = NULL WHERE batch = $1", [batch]);
    await query("DELETE FROM batch WHERE id = $1 AND anchored_at IS NULL", [batch]);
  });
}
