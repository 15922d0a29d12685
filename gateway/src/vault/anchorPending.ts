import type { Hex } from "viem";
import { CallRevertedError } from "@consilium/sdk";
import type { Row } from "./Database.ts";
import { dissolveBatch, packBatch, type AnchorForm } from "./packBatch.ts";
import type { RecordChain } from "./RecordChain.ts";
import { anchoredOf, type RecordRow } from "./RecordRow.ts";
import { requireSameChain } from "./requireSameChain.ts";
import { supersedeCorrected } from "./supersedeCorrected.ts";
import type { Vault } from "./Vault.ts";

export interface AnchorPendingParameters {
  vault: Vault;
  chain: RecordChain;
  /** `indexed` by default. */
  form?: AnchorForm;
  /** Records in a batch at most: 500 by default if indexed, 1,024 if plain. */
  size?: number;
  onProgress?: (progress: AnchorProgress) => void;
}

export interface AnchorProgress {
  /** By this run. */
  anchored: number;
  /** Still waiting. */
  pending: number;
}

export interface AnchorPendingReturnType {
  batches: number;
  records: number;
  /** Records that a correction superseded. */
  superseded: number;
}

const SIZES: Record<AnchorForm, number> = { indexed: 500, plain: 1_024 };

/**
 * Anchors all sealed records, batch by batch. A batch is kept before it is sent, and its id follows from its content: after a kill or
 * an outage the same call asks the chain first and sends only what is not there, so nothing is anchored twice. Then records that were
 * corrected are superseded by their corrections.
 *
 * @throws ChainUnavailableError if the chain does not answer; what was not anchored waits.
 * @throws CallRevertedError if the contract refuses, as it does when the custodian is suspended.
 * @throws TransactionUnconfirmedError if a transaction is not mined in time; the same call finds out what became of it.
 * @throws VaultChainError if the vault belongs to another chain.
 */
export async function anchorPending(parameters: AnchorPendingParameters): Promise<AnchorPendingReturnType> {
  const { vault, chain, form = "indexed", onProgress } = parameters;
  const { size = SIZES[form] } = parameters;
  await requireSameChain(vault, chain);

  let batches = 0;
  let records = 0;
  for (;;) {
    const now = await chain.now();
    const [batch] = await savedBatches(vault);
    if (batch === undefined) {
      const packed = await packBatch(vault, { custodian: chain.custodian, form, size, now });
      if (packed === undefined) return { batches, records, superseded: await supersedeCorrected(vault, chain) };
      continue;
    }
    if (!(await settle({ vault, chain, batch }))) continue;
    batches++;
    records += batch.count;
    if (onProgress !== undefined) {
      const { sealed, batched } = await vault.countRecords();
      onProgress({ anchored: records, pending: sealed + batched });
    }
  }
}

interface BatchRow extends Row {
  id: Hex;
  custodian: number;
  root: Hex;
  form: AnchorForm;
  count: number;
  retention_until: number;
  manifest: Hex;
}

function savedBatches({ database }: Vault): Promise<BatchRow[]> {
  return database.query<BatchRow>("SELECT * FROM batch WHERE anchored_at IS NULL LIMIT 1");
}

/** Whether the batch is on the chain now; if not, it is no more. */
async function settle({
  vault,
  chain,
  batch,
}: {
  vault: Vault;
  chain: RecordChain;
  batch: BatchRow;
}): Promise<boolean> {
  let found = await chain.batch(batch.id);
  if (found === undefined) {
    try {
      await send(vault, chain, batch);
    } catch (error) {
      if (!(error instanceof CallRevertedError)) throw error;
      // A transaction of a run before may have been mined meanwhile.
      if ((await chain.batch(batch.id)) === undefined) {
        if (error.error !== "RetentionInvalid") throw error;
        await dissolveBatch(vault, batch.id);
        return false;
      }
    }
    found = await chain.batch(batch.id);
  }
  const anchoredAt = found?.anchoredAt ?? (await chain.now());
  await vault.database.transaction(async (query) => {
    await query("UPDATE batch SET anchored_at = $1 WHERE id = $2", [anchoredAt, batch.id]);
    await query("UPDATE record SET state = 'anchored' WHERE batch = $1 AND state = 'batched'", [batch.id]);
  });
  return true;
}

async function send({ database }: Vault, chain: RecordChain, batch: BatchRow): Promise<void> {
  const { id, custodian, root, form, count, retention_until, manifest } = batch;
  if (form === "plain") return chain.anchor({ root, count, retentionUntil: retention_until, manifest });
  const rows = await database.query<RecordRow>("SELECT * FROM record WHERE batch = $1 ORDER BY position", [id]);
  return chain.anchorIndexed({ records: rows.map((row) => anchoredOf(row, custodian)), manifest });
}
