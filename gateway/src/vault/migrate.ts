import { VaultError } from "../errors.ts";
import type { Database } from "./Database.ts";

/** Each brings the schema one version on; none is ever changed, more are appended. */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)`,
    // The custodian's own reference is kept as a keyed hash: a copy of the database does not tell whose DID it is.
    `CREATE TABLE patient (reference TEXT PRIMARY KEY, did TEXT NOT NULL)`,
    `CREATE TABLE source (
      id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, position BIGINT NOT NULL, line BIGINT NOT NULL,
      unsettled BIGINT NOT NULL, done INTEGER NOT NULL)`,
    `CREATE TABLE batch (
      id TEXT PRIMARY KEY, custodian BIGINT NOT NULL, root TEXT NOT NULL, form TEXT NOT NULL, count INTEGER NOT NULL,
      retention_until BIGINT NOT NULL, manifest TEXT NOT NULL, manifest_secret TEXT NOT NULL,
      anchored_at BIGINT, evidence TEXT, attested_at BIGINT)`,
    // `secret` is what opens the record, encrypted; destroying it is what erasure means. `blob` outlives it until the bytes are gone.
    `CREATE TABLE record (
      id TEXT PRIMARY KEY, sequence BIGINT NOT NULL UNIQUE, state TEXT NOT NULL, patient TEXT NOT NULL, type TEXT,
      category TEXT NOT NULL, level INTEGER NOT NULL, data_from BIGINT NOT NULL, data_until BIGINT NOT NULL,
      retention_until BIGINT NOT NULL, content TEXT NOT NULL, ciphertext_hash TEXT NOT NULL, sensitivity TEXT NOT NULL,
      commitment TEXT NOT NULL, secret TEXT, blob TEXT,
      batch TEXT REFERENCES batch (id), position INTEGER, leaf TEXT UNIQUE, proof TEXT,
      destroyed_at BIGINT, destroyed_for TEXT, evidence TEXT, attested_at BIGINT)`,
    `CREATE INDEX record_state ON record (state, sequence)`,
    `CREATE INDEX record_batch ON record (batch, position)`,
    `CREATE INDEX record_blob ON record (blob)`,
    `CREATE TABLE log (sequence BIGINT PRIMARY KEY, entry TEXT NOT NULL, hash TEXT NOT NULL)`,
  ],
  [
    // Versions of one resource share the keyed hash `resource`; each but the current one names its successor.
    `ALTER TABLE record ADD COLUMN resource TEXT`,
    `ALTER TABLE record ADD COLUMN updated BIGINT`,
    `ALTER TABLE record ADD COLUMN successor TEXT REFERENCES record (id)`,
    `ALTER TABLE record ADD COLUMN correction TEXT`,
    `ALTER TABLE record ADD COLUMN superseded_at BIGINT`,
    `CREATE UNIQUE INDEX record_current ON record (resource) WHERE successor IS NULL`,
    `CREATE INDEX record_corrected ON record (sequence) WHERE successor IS NOT NULL AND superseded_at IS NULL`,
  ],
];

/**
 * Brings the schema to this release's version, step by step; one that is there already stays as it is.
 *
 * @throws VaultError if a newer release wrote the database.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (query) => {
    await query("CREATE TABLE IF NOT EXISTS version (version INTEGER NOT NULL)");
    const [row] = await query<{ version: number }>("SELECT version FROM version");
    if (row === undefined) await query("INSERT INTO version VALUES (0)");
    const version = row?.version ?? 0;
    if (version > MIGRATIONS.length) {
      throw new VaultError(`The vault has version ${version} of the schema; this release knows ${MIGRATIONS.length}.`, {
        mend: "Run the release that wrote it, or a newer one.",
      });
    }
    for (const statement of MIGRATIONS.slice(version).flat()) await query(statement);
    await query("UPDATE version SET version = $1", [MIGRATIONS.length]);
  });
}
