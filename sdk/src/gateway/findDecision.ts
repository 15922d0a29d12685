import { getAbiItem, type Hex } from "viem";
import { abis } from "../abis.ts";
import { addressOf } from "../chain/addressOf.ts";
import { askChain } from "../chain/askChain.ts";
import type { Suite } from "../chain/Suite.ts";
import { RequestError } from "../errors.ts";

/** Blocks that nodes let one look through at a time. */
const RANGE = 5_000n;

/**
 * The block in which a request was first decided, which gateways ask for.
 *
 * @param grant The request's id.
 * @throws RequestError if it never was.
 * @throws ChainUnavailableError if the chain cannot be reached.
 * @example
 * const { id } = await sendRequest(suite, request);
 * expect(await findDecision(suite, id)).to.equal(await suite.client.getBlockNumber());
 */
export async function findDecision(suite: Suite, grant: Hex): Promise<bigint> {
  const address = addressOf(suite, "AccessBroker");
  const latest = await askChain(() => suite.client.getBlockNumber({ cacheTime: 0 }));
  // The newest first: what is fetched was mostly decided lately.
  for (let toBlock = latest; toBlock >= suite.firstBlock; toBlock -= RANGE) {
    const fromBlock = toBlock - RANGE + 1n > suite.firstBlock ? toBlock - RANGE + 1n : suite.firstBlock;
    const of = { address, fromBlock, toBlock, args: { request: grant } };
    const [single, cohort] = await askChain(() =>
      Promise.all([
        suite.client.getLogs({ ...of, event: getAbiItem({ abi: abis.AccessBroker, name: "AccessDecided" }) }),
        suite.client.getLogs({ ...of, event: getAbiItem({ abi: abis.AccessBroker, name: "CohortDecided" }) }),
      ]),
    );
    const found = [...single, ...cohort][0];
    if (found !== undefined) return found.blockNumber;
  }
  throw new RequestError(`The request ${grant} was never decided.`, {
    mend: "Check the id, and that the address book is the one of this chain.",
  });
}
