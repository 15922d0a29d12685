import { askChain, type Suite } from "@consilium/sdk";
import { ChainStaleError } from "../errors.ts";

/** A block to decide at. */
export interface Moment {
  number: bigint;
  /** Unix seconds. */
  timestamp: bigint;
}

/**
 * The chain's latest block, at which all that a decision needs is then read.
 *
 * @param maxAge Seconds that it may be old by the gateway's clock.
 * @throws ChainStaleError if it is older: a node that fell behind does not know of withdrawals.
 * @throws ChainUnavailableError if the chain cannot be reached.
 */
export async function latestBlock({ client }: Suite, maxAge: number): Promise<Moment> {
  const { number, timestamp } = await askChain(() => client.getBlock({ blockTag: "latest" }));
  const age = Math.floor(Date.now() / 1_000) - Number(timestamp);
  if (age > maxAge) throw new ChainStaleError(age);
  return { number, timestamp };
}
