import type { Vault } from "./Vault.ts";

/** Long enough that no run under way has written bytes this old without their row. Milliseconds. */
const DAY = 86_400_000;

/**
 * Deletes bytes that no record names, which killed runs left behind.
 *
 * @param before Spares what was written since; a day ago by default, so that a run under way loses nothing.
 * @returns How many were deleted.
 */
export async function sweepBlobs({ database, blobs }: Vault, before = new Date(Date.now() - DAY)): Promise<number> {
  let swept = 0;
  for await (const name of blobs.list(before)) {
    const rows = await database.query("SELECT id FROM record WHERE blob = $1", [name]);
    if (rows.length > 0) continue;
    await blobs.delete(name);
    swept++;
  }
  return swept;
}
