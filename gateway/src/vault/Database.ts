/** A value of a row: text, a whole number within 2^53, or nothing. */
export type Value = string | number | null;
export type Row = Record<string, Value>;

/** Runs one statement; parameters stand in it as `$1`, `$2`, … */
export type Query = <row extends Row = Row>(sql: string, values?: readonly Value[]) => Promise<row[]>;

/** What the vault needs of a database, the same SQL text in SQLite and PostgreSQL. */
export interface Database {
  query: Query;
  /**
   * Runs `work` in a transaction that no other writer's overlaps, whatever process that is, and which is on disk when it ends. Within
   * it, only the query that it is given may be used.
   */
  transaction<result>(work: (query: Query) => Promise<result>): Promise<result>;
  /** Leaves as little as the database can of what was deleted or overwritten. */
  scrub(): Promise<void>;
  close(): Promise<void>;
}
