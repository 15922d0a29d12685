import type { Hex } from "viem";
import { finishDestructions } from "./destroyRecords.ts";
import { keepEvidence } from "./keepEvidence.ts";
import { once } from "./once.ts";
import type { RecordChain } from "./RecordChain.ts";
import { placeOf, type BatchedRow } from "./RecordRow.ts";
import { requireSameChain } from "./requireSameChain.ts";
import type { Vault } from "./Vault.ts";

export interface AttestDestructionsParameters {
  vault: Vault;
  chain: RecordChain;
  /** Stops it between two attestations, by its reason. */
  signal?: AbortSignal | undefined;
}

export interface AttestDestructionsReturnType {
  /** Attested as a whole, since nothing of them is left. */
  batches: number;
  /** Attested one by one. */
  records: number;
}

/** Records that are in memory at once. */
const PAGE = 500;

/**
 * Attests on the chain what was destroyed of anchored batches. The bytes are gone before, and the evidence is kept before it is sent;
 * after a kill the same call asks the chain what is attested already.
 *
 * @throws ChainUnavailableError, CallRevertedError, VaultChainError as `anchorPending`.
 */
export async function attestDestructions({
  vault,
  chain,
  signal,
}: AttestDestructionsParameters): Promise<AttestDestructionsReturnType> {
  await requireSameChain(vault, chain);
  await finishDestructions(vault, signal);
  const { database } = vault;
  const batches = await database.query<{ id: Hex; count: number }>(
    `SELECT b.id, b.count FROM batch b WHERE b.anchored_at IS NOT NULL AND b.attested_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM record r WHERE r.batch = b.id AND (r.state <> 'destroyed' OR r.attested_at IS NOT NULL))`,
  );
  for (const { id, count } of batches) {
    signal?.throwIfAborted();
    await attestBatch(vault, chain, { id, count });
  }

  for (let records = 0; ;) {
    const rows = await database.query<BatchedRow>(
      `SELECT r.*, b.custodian FROM record r JOIN batch b ON b.id = r.batch
      WHERE r.state = 'destroyed' AND r.attested_at IS NULL AND b.anchored_at IS NOT NULL ORDER BY r.sequence LIMIT $1`,
      [PAGE],
    );
    if (rows.length === 0) return { batches: batches.length, records };
    for (const row of rows) {
      signal?.throwIfAborted();
      await attestRecord(vault, chain, row);
    }
    records += rows.length;
  }
}

async function attestBatch(vault: Vault, chain: RecordChain, { id, count }: { id: Hex; count: number }): Promise<void> {
  const isAttested = async (): Promise<boolean> => ((await chain.batch(id))?.destroyedAt ?? 0) !== 0;
  const evidence = await keepEvidence(vault, {
    table: "batch",
    column: "evidence",
    id,
    document: { destroyed: id, records: count },
  });
  await once(isAttested, () => chain.attestBatchDestruction({ batch: id, evidence }));
  const now = await chain.now();
  await vault.database.transaction(async (query) => {
    await query("UPDATE batch SET attested_at = $1 WHERE id = $2", [now, id]);
    await query("UPDATE record SET attested_at = $1 WHERE batch = $2", [now, id]);
  });
}

async function attestRecord(vault: Vault, chain: RecordChain, row: BatchedRow): Promise<void> {
  const batch = row.batch!;
  const document = { destroyed: row.leaf, at: row.destroyed_at, for: row.destroyed_for };
  const evidence = await keepEvidence(vault, { table: "record", column: "evidence", id: row.id, document });
  await once(
    () => chain.isDestroyed(batch, row.position!),
    () => chain.attestDestruction({ ...placeOf(row), evidence }),
  );
  await vault.database.query("UPDATE record SET attested_at = $1 WHERE id = $2", [await chain.now(), row.id]);
}
