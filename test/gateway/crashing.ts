import type { RecordChain } from "@consilium/gateway";
import { Vault } from "../../gateway/src/vault/Vault.ts";

/** What stands for the end of the process. */
export class Crash extends Error {}

/**
 * A vault and a chain whose process dies at the step of that number: before or after a write to the database, the store or the chain.
 * Nothing works after it.
 */
export function crashAt(step: number, vault: Vault, chain?: RecordChain): { vault: Vault; chain: RecordChain } {
  let steps = 0;
  const stepping = <args extends unknown[], result>(act: (...args: args) => Promise<result>) => {
    return async (...args: args): Promise<result> => {
      if (++steps >= step) throw new Crash();
      const result = await act(...args);
      if (++steps >= step) throw new Crash();
      return result;
    };
  };
  const through = <target extends object>(target: target, names: readonly (keyof target)[]): target =>
    new Proxy(target, {
      get: (object, name) => {
        const value = Reflect.get(object, name) as unknown;
        if (typeof value !== "function") return value;
        const act = value.bind(object) as (...args: unknown[]) => Promise<unknown>;
        return names.includes(name as keyof target) ? stepping(act) : act;
      },
    });
  const database = through(vault.database, ["transaction", "query"]);
  const blobs = through(vault.blobs, ["put", "delete"]);
  const dying = new Vault(database, blobs, vault.secrets);
  const acts = ["anchor", "anchorIndexed", "supersede", "attestDestruction", "attestBatchDestruction"] as const;
  return { vault: dying, chain: through(chain ?? ({} as RecordChain), acts) };
}
