import type { RecordChain, Vault } from "@consilium/gateway";
import { Crash, crashAt } from "./crashing.ts";

/** Has a job die and begin again, each time a step later, until it lives to its end. Returns how often it died. */
export async function dieAndGoOn(
  { vault, chain }: { vault: Vault; chain?: RecordChain },
  job: (dying: { vault: Vault; chain: RecordChain }) => Promise<unknown>,
): Promise<number> {
  for (let deaths = 0; ; deaths++) {
    try {
      await job(crashAt(deaths + 1, vault, chain));
      return deaths;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
}
