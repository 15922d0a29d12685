import type { Hex } from "viem";
import type { LogEntry, LogPosition } from "./appendLog.ts";
import type { Vault } from "./Vault.ts";

/** Entries of the delivery log after a position, in their order. At most 1,000 at once by default. */
export async function readLog(
  { database }: Vault,
  { after = 0, limit = 1_000 } = {},
): Promise<(LogPosition & { entry: LogEntry })[]> {
  const rows = await database.query<{ sequence: number; entry: string; hash: Hex }>(
    "SELECT * FROM log WHERE sequence > $1 ORDER BY sequence LIMIT $2",
    [after, limit],
  );
  return rows.map(({ sequence, entry, hash }) => ({ sequence, hash, entry: JSON.parse(entry) as LogEntry }));
}
