import pg, { type CustomTypesConfig } from "pg";
import { VaultUnavailableError } from "../errors.ts";
import type { Database, Query, Row, Value } from "./Database.ts";

const { Pool, types } = pg;

/** The type of BIGINT in the catalogue. */
const INT8 = 20;
/** Of the lock that a writer's transaction holds, so that writers take turns as in SQLite. */
const WRITERS = 20_261;

/**
 * Opens a PostgreSQL database, without yet connecting to it.
 *
 * @param url As `postgresql://user@host/database`; what it leaves out comes from the usual variables (PGPASSWORD, …).
 */
export function openPostgres(url: string): Database {
  const pool = new Pool({
    connectionString: url,
    max: 8,
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser },
  });
  // An idle connection that breaks is replaced at the next query, which tells if the server is gone.
  pool.on("error", () => undefined);

  async function run<row extends Row>(client: pg.Pool | pg.PoolClient, sql: string, values?: readonly Value[]) {
    try {
      return (await client.query<row>(sql, values === undefined ? [] : [...values])).rows;
    } catch (error) {
      throw isOutage(error) ? new VaultUnavailableError("database", error) : error;
    }
  }

  return {
    query: (sql, values) => run(pool, sql, values),
    async transaction(work) {
      const client = await pool.connect().catch((error: unknown) => {
        throw new VaultUnavailableError("database", error);
      });
      const query: Query = (sql, values) => run(client, sql, values);
      let broken = false;
      try {
        await query("BEGIN");
        await query(`SELECT pg_advisory_xact_lock(${WRITERS})`);
        const result = await work(query);
        await query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => (broken = true));
        throw error;
      } finally {
        client.release(broken);
      }
    },
    async scrub() {
      await run(pool, "VACUUM record");
    },
    close: () => pool.end(),
  };
}

/** BIGINT as a number: all that the vault counts is below 2^53. */
const getTypeParser: CustomTypesConfig["getTypeParser"] = (type: number, format?: unknown) =>
  type === INT8 ? Number : (types.getTypeParser(type, format as "text") as (text: string) => unknown);

/** Whether the server, not the statement, is at fault: SQLSTATE has a code for the latter, of other classes than these. */
function isOutage(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code) || /^(08|53|57)/.test(code);
}
