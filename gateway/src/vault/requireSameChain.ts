import { VaultChainError } from "../errors.ts";
import type { RecordChain } from "./RecordChain.ts";
import type { Vault } from "./Vault.ts";

/**
 * Ties a vault to the first chain that it works with.
 *
 * @throws VaultChainError if that was another: what the vault calls anchored would not be there.
 */
export async function requireSameChain({ database }: Vault, chain: RecordChain): Promise<void> {
  const [kept] = await database.transaction(async (query) => {
    await query("INSERT INTO setting (name, value) VALUES ('chain', $1) ON CONFLICT (name) DO NOTHING", [chain.name]);
    return query<{ value: string }>("SELECT value FROM setting WHERE name = 'chain'");
  });
  if (kept?.value !== chain.name) {
    throw new VaultChainError(`The vault belongs to ${kept?.value ?? "?"} and not to ${chain.name}.`, {
      mend: "Use the chain, RecordRegistry and institution that it was begun with, or begin another vault.",
    });
  }
}
