import type { Hex } from "viem";
import { commitDocument, randomSalt } from "@consilium/sdk";
import type { Row } from "./Database.ts";
import type { Vault } from "./Vault.ts";

export interface KeepEvidenceParameters {
  table: "batch" | "record";
  /** `evidence` of a destruction, `correction` of a supersession. */
  column: "evidence" | "correction";
  id: string;
  document: Row;
}

/**
 * Keeps what an act on the chain stands on, once: a later call finds what the first kept. Salt and text are encrypted, for whom the
 * custodian must show them to.
 *
 * @returns Its salted hash, which goes on the chain.
 */
export async function keepEvidence(vault: Vault, parameters: KeepEvidenceParameters): Promise<Hex> {
  const { table, column, id, document } = parameters;
  const { database, secrets } = vault;
  const about = `${column} of ${id}`;
  const [kept] = await database.query<{ text: string | null }>(`SELECT ${column} AS text FROM ${table} WHERE id = $1`, [
    id,
  ]);
  let sealed = kept?.text ?? null;
  if (sealed === null) {
    sealed = await secrets.seal(about, JSON.stringify({ salt: randomSalt(), document }));
    await database.query(`UPDATE ${table} SET ${column} = $1 WHERE id = $2`, [sealed, id]);
  }
  const opened = JSON.parse(await secrets.open(about, sealed)) as { salt: Hex; document: Row };
  return commitDocument(opened.document, opened.salt);
}
