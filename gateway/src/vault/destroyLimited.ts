import { destroyRecords } from "./destroyRecords.ts";
import type { RecordChain } from "./RecordChain.ts";
import { placeOf, type BatchedRow } from "./RecordRow.ts";
import { requireSameChain } from "./requireSameChain.ts";
import type { Vault } from "./Vault.ts";

export interface DestroyLimitedParameters {
  vault: Vault;
  chain: RecordChain;
  /** Stops it between two pages of questions, or as `destroyRecords`. */
  signal?: AbortSignal | undefined;
}

/** Also how many questions to the chain are under way at once. */
const PAGE = 500;

/**
 * Destroys the records whose retention is over on the chain, where the patient's side can end it earlier than the custodian anchored, and
 * move or lift that end until it has come. The chain is asked for each record that is kept, and no answer is kept: none can be missed by
 * a restart, and none is old. After a kill the same call goes on.
 *
 * @returns How many were destroyed now.
 * @throws ChainUnavailableError if the chain does not answer: nothing is destroyed that it did not say is over.
 * @throws VaultChainError as `anchorPending`, VaultUnavailableError as `destroyRecords`.
 */
export async function destroyLimited({ vault, chain, signal }: DestroyLimitedParameters): Promise<number> {
  await requireSameChain(vault, chain);
  let destroyed = 0;
  let after = 0;
  for (;;) {
    signal?.throwIfAborted();
    const rows = await vault.database.query<BatchedRow>(
      `SELECT r.*, b.custodian FROM record r JOIN batch b ON b.id = r.batch
      WHERE r.state <> 'destroyed' AND r.sequence > $1 ORDER BY r.sequence LIMIT $2`,
      [after, PAGE],
    );
    if (rows.length === 0) return destroyed;
    const isOver = await chain.areRetentionsOver(rows.map(placeOf));
    const leaves = rows.filter((_, index) => isOver[index]).map(({ leaf }) => leaf!);
    if (leaves.length > 0) destroyed += await destroyRecords(vault, { leaves, reason: "retention", signal });
    after = rows.at(-1)!.sequence;
  }
}
