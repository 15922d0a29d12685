import type { Query } from "../vault/Database.ts";
import type { Vault } from "../vault/Vault.ts";
import type { Source } from "./findSources.ts";

/** How far a file was read, and whether all in it is settled. */
export interface Place {
  /** Byte and line after which to go on. */
  end: number;
  line: number;
  /** Nothing is left to do in the file. */
  settled: boolean;
  /** Has the file read again by the next run, since something in it may be mended until then. */
  unsettle(): void;
  /** Writes how far the file was read, within the transaction that writes what was read. */
  save(query: Query, at: { end: number; line: number; done: boolean }): Promise<void>;
}

/** Looks a file's place up. Its path, which may name a patient, is kept as a keyed hash. */
export async function openPlace({ database, secrets }: Vault, { path, fingerprint }: Source): Promise<Place> {
  const id = secrets.digest("source", path);
  const [row] = await database.query<{
    fingerprint: string;
    position: number;
    line: number;
    unsettled: number;
    done: number;
  }>("SELECT * FROM source WHERE id = $1", [id]);
  const same = row?.fingerprint === fingerprint;
  const goesOn = same && row.done === 0;
  let unsettled = goesOn ? row.unsettled : 0;

  return {
    end: goesOn ? row.position : 0,
    line: goesOn ? row.line : 0,
    settled: same && row.done === 1 && row.unsettled === 0,
    unsettle: () => {
      unsettled++;
    },
    async save(query, { end, line, done }) {
      await query(
        `INSERT INTO source (id, fingerprint, position, line, unsettled, done) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET fingerprint = $2, position = $3, line = $4, unsettled = $5, done = $6`,
        [id, fingerprint, end, line, unsettled, done ? 1 : 0],
      );
    },
  };
}
