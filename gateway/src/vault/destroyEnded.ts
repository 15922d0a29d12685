import { attestDestructions, type AttestDestructionsReturnType } from "./attestDestructions.ts";
import { destroyLimited } from "./destroyLimited.ts";
import { destroyOverdue } from "./destroyRecords.ts";
import type { RecordChain } from "./RecordChain.ts";
import type { Vault } from "./Vault.ts";

export interface DestroyEndedParameters {
  vault: Vault;
  /** Opens the chain once it is needed: what it need not be asked for is destroyed even while it does not answer. */
  openChain: () => Promise<RecordChain>;
  /** Stops it between two records, by its reason, as a kill would. */
  signal?: AbortSignal | undefined;
}

export interface DestroyEndedReturnType {
  /** Records. */
  destroyed: number;
  attested: AttestDestructionsReturnType;
}

/**
 * Destroys all records whose retention is over, by the end that they were imported with (`destroyOverdue`) or the chain's
 * (`destroyLimited`), and attests every destruction that is not attested yet. After a kill or an outage the same call goes on.
 *
 * @throws VaultUnavailableError, ChainUnavailableError, CallRevertedError, VaultChainError as those and `attestDestructions`.
 */
export async function destroyEnded({
  vault,
  openChain,
  signal,
}: DestroyEndedParameters): Promise<DestroyEndedReturnType> {
  const overdue = await destroyOverdue(vault, { signal });
  const [batch] = await vault.database.query("SELECT id FROM batch LIMIT 1");
  // Nor must a vault that has anchored nothing be tied to the chain for having been looked through.
  if (batch === undefined) return { destroyed: overdue, attested: { batches: 0, records: 0 } };
  const chain = await openChain();
  const limited = await destroyLimited({ vault, chain, signal });
  return { destroyed: overdue + limited, attested: await attestDestructions({ vault, chain, signal }) };
}
