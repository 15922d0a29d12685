import { setTimeout } from "node:timers/promises";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { VaultError, VaultUnavailableError } from "../errors.ts";
import type { Database, Query, Row } from "./Database.ts";

/** How long a statement waits for another process's transaction, and how long between tries, milliseconds. */
const BUSY_TIMEOUT = 30_000;
const BUSY_PAUSE = 5;
/** SQLITE_BUSY, the lowest byte of all its kinds. */
const BUSY = 5;

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
      inTurn(() => patiently(() => run<row>(sql, values))),
    transaction: (work) =>
      inTurn(async () => {
        await patiently(() => database.exec("BEGIN IMMEDIATE"));
        try {
          const result = await work(run);
          database.exec("COMMIT");
          return result;
        } catch (error) {
          if (database.isTransaction) database.exec("ROLLBACK");
          throw error;
        }
      }),
    scrub: () => inTurn(() => patiently(() => truncate(database))),
    close: () => inTurn(() => Promise.resolve(database.close())),
  };
}

/** Waits without holding up what else the process does, such as answering over HTTP. */
async function patiently<result>(act: () => result | Promise<result>): Promise<result> {
  for (const end = Date.now() + BUSY_TIMEOUT; ;) {
    try {
      return await act();
    } catch (error) {
      const { errcode = 0 } = error as { errcode?: number };
      if ((errcode & 0xff) !== BUSY) throw error;
      if (Date.now() >= end) throw new VaultUnavailableError("database", error);
    }
    await setTimeout(BUSY_PAUSE);
  }
}

/** Empties the log, in which what was overwritten still stands. */
function truncate(database: DatabaseSync): void {
  const { busy } = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number };
  // A checkpoint that meets another's transaction says so in its result.
  if (busy !== 0) throw Object.assign(new Error("The log is in use."), { errcode: BUSY });
}

function open(path: string): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT });
    // Overwrites what is deleted, and has each commit reach the disk.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON");
    database.exec("PRAGMA busy_timeout = 0");
    return database;
  } catch (error) {
    throw new VaultError("The vault's SQLite file cannot be opened.", {
      mend: "Check that its folder exists and can be written, and that the file is a vault's.",
      cause: error,
    });
  }
}
