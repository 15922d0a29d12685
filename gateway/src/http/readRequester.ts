import { getAbiItem, type Address, type Hex } from "viem";
import { abis, addressOf, askChain, type Suite } from "@consilium/sdk";

const DECISIONS = [
  getAbiItem({ abi: abis.AccessBroker, name: "AccessDecided" }),
  getAbiItem({ abi: abis.AccessBroker, name: "CohortDecided" }),
] as const;

/**
 * Who sent the request whose id a grant bears. The id is a hash over the requester, so that this can never change; the caller says in
 * which block it was decided, so that no range of the chain is searched, and the broker's own event is what counts.
 *
 * @returns undefined if the broker decided no such request in that block.
 */
export async function readRequester(suite: Suite, grant: Hex, block: bigint): Promise<Address | undefined> {
  const logs = await askChain(() =>
    suite.client.getLogs({
      address: addressOf(suite, "AccessBroker"),
      events: DECISIONS,
      fromBlock: block,
      toBlock: block,
      strict: true,
    }),
  );
  return logs.find(({ args }) => args.request === grant)?.args.requester;
}
