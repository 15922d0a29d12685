import type { Hex } from "viem";
import { LogTamperedError } from "../errors.ts";
import type { LogPosition } from "./appendLog.ts";
import { hashLogEntry, LOG_START } from "./hashLogEntry.ts";
import type { Vault } from "./Vault.ts";

const PAGE = 1_000;

/**
 * Computes the whole delivery log anew.
 *
 * @param known A position noted before, on the chain or elsewhere: with it, entries cut off the end or a log written anew show too.
 * @returns The last position; sequence 0 if the log is empty.
 * @throws LogTamperedError naming the first entry that does not hold.
 */
export async function checkLog({ database }: Vault, known?: LogPosition): Promise<LogPosition> {
  let last: LogPosition = { sequence: 0, hash: LOG_START };
  for (;;) {
    const rows = await database.query<{ sequence: number; entry: string; hash: Hex }>(
      "SELECT * FROM log WHERE sequence > $1 ORDER BY sequence LIMIT $2",
      [last.sequence, PAGE],
    );
    for (const { sequence, entry, hash } of rows) {
      const expected = last.sequence + 1;
      if (sequence !== expected || hash !== hashLogEntry(last.hash, sequence, entry))
        throw new LogTamperedError(expected);
      if (known?.sequence === sequence && known.hash !== hash) throw new LogTamperedError(sequence);
      last = { sequence, hash };
    }
    if (rows.length === 0) break;
  }
  if (known !== undefined && known.sequence > last.sequence) throw new LogTamperedError(last.sequence + 1);
  return last;
}
