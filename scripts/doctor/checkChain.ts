import { readGenesis } from "../deployment/deployNetwork.ts";
import { compare, ok, type Check } from "./Finding.ts";

/** Whether this is the chain that the suite was deployed to. */
export const checkChain: Check = {
  name: "chain",
  examine: async ({ book, connection }) => {
    const head = await connection.ethers.provider.getBlockNumber();
    const mend = `Point url in config/${book.consortium}/chain.json to the chain of deployments/${book.network}.json.`;
    return [
      compare("chain id", connection.settings.chainId, book.chainId, mend),
      compare("first block", await readGenesis(connection), book.genesis, mend),
      ok("latest block", String(head)),
    ];
  },
};
