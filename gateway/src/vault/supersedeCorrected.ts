import { keepEvidence } from "./keepEvidence.ts";
import { once } from "./once.ts";
import type { RecordChain } from "./RecordChain.ts";
import { placeOf, type BatchedRow } from "./RecordRow.ts";
import type { Vault } from "./Vault.ts";

/** Records that are in memory at once. */
const PAGE = 500;

/**
 * Declares on the chain each anchored record that was corrected superseded by the current version of its resource, once that is
 * anchored too. The reason is kept before it is sent; after a kill the same call asks the chain what is superseded already.
 *
 * @returns How many are noted as superseded now. One whose successor may not be used any more, destroyed or past its retention, is
 * left: the contract takes no such successor.
 */
export async function supersedeCorrected(vault: Vault, chain: RecordChain): Promise<number> {
  let superseded = 0;
  for (let after = 0; ;) {
    const rows = await vault.database.query<BatchedRow>(
      `SELECT r.*, b.custodian FROM record r JOIN batch b ON b.id = r.batch
      WHERE r.successor IS NOT NULL AND r.superseded_at IS NULL AND r.state = 'anchored' AND r.sequence > $1
      ORDER BY r.sequence LIMIT $2`,
      [after, PAGE],
    );
    if (rows.length === 0) return superseded;
    for (const row of rows) {
      const successor = await currentVersion(vault, row);
      if (successor === undefined || (await chain.isDestroyed(successor.batch!, successor.position!))) continue;
      const [isOver] = await chain.areRetentionsOver([placeOf(successor)]);
      if (isOver) continue;
      await supersede(vault, chain, { row, successor });
      superseded++;
    }
    after = rows.at(-1)!.sequence;
  }
}

/** The last of the versions that correct it, if it is anchored: of all that share its `resource`, one has no successor. */
async function currentVersion({ database }: Vault, { resource }: BatchedRow): Promise<BatchedRow | undefined> {
  const [row] = await database.query<BatchedRow>(
    `SELECT r.*, b.custodian FROM record r JOIN batch b ON b.id = r.batch
    WHERE r.resource = $1 AND r.successor IS NULL AND r.state = 'anchored'`,
    [resource],
  );
  return row;
}

async function supersede(
  vault: Vault,
  chain: RecordChain,
  { row, successor }: { row: BatchedRow; successor: BatchedRow },
): Promise<void> {
  const document = { superseded: row.leaf, for: "correction" };
  const reason = await keepEvidence(vault, { table: "record", column: "correction", id: row.id, document });
  await once(
    () => chain.isSuperseded(row.batch!, row.position!),
    () => chain.supersede({ ...placeOf(row), successor: placeOf(successor), reason }),
  );
  await vault.database.query("UPDATE record SET superseded_at = $1 WHERE id = $2", [await chain.now(), row.id]);
}
