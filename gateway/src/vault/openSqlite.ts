import { DatabaseSync, type StatementSync } from "node:sqlite";
import { VaultError } from "../errors.ts";
import type { Database, Query, Row } from "./Database.ts";

/** How long a statement waits for another process's transaction, milliseconds. */
const BUSY_TIMEOUT = 30_000;

/**
 * Opens a file of SQLite, making it if need be.
 *
 * @throws VaultError if the file cannot be opened or is no database.
 */
export function openSqlite(path: string): Database {
  const database = open(path);
  const statements = new Map<string, StatementSync>();
  let last: Promise<unknown> = Promise.resolve();

  const run: Query = (sql, values = []) => {
    let statement = statements.get(sql);
    if (statement === undefined) statements.set(sql, (statement = database.prepare(sql)));
    const named = Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]));
    return Promise.resolve(statement.all(named) as never);
  };

  /** One connection: what comes during a transaction must wait, or it would be part of it. */
  function inTurn<result>(work: () => Promise<result>): Promise<result> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  return {
    query: <row extends Row>(sql: string, values?: readonly (string | number | null)[]) =>
      inTurn(() => run<row>(sql, values)),
    transaction: (work) =>
      inTurn(async () => {
        database.exec("BEGIN IMMEDIATE");
        try {
          const result = await work(run);
          database.exec("COMMIT");
          return result;
        } catch (error) {
          if (database.isTransaction) database.exec("ROLLBACK");
          throw error;
        }
      }),
    scrub: () => inTurn(() => Promise.resolve(database.exec("PRAGMA wal_checkpoint(TRUNCATE)"))),
    close: () => inTurn(() => Promise.resolve(database.close())),
  };
}

function open(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT });
    // Overwrites what is deleted, and has each commit reach the disk.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    return database;
  } catch (error) {
    throw new VaultError("The vault's SQLite file cannot be opened.", {
      mend: "Check that its folder exists and can be written, and that the file is a vault's.",
      cause: error,
    });
  }
}
