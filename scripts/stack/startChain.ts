import { join } from "node:path";
import { callRpc } from "./callRpc.ts";
import { freePort } from "./freePort.ts";
import { startService, type Service } from "./startService.ts";
import { ROOT } from "../paths.ts";

export type Chain = Service & { url: string };

/** Starts a private chain with free gas and a block each second: the network `node` of hardhat.config.ts. */
export async function startChain({ directory, port }: { directory: string; port?: number }): Promise<Chain> {
  const chosen = port ?? (await freePort());
  const url = `http://127.0.0.1:${chosen}`;

  const service = await startService({
    name: "The chain",
    command: process.execPath,
    args: [
      join(ROOT, "node_modules/hardhat/dist/src/cli.js"),
      ...["node", "--network", "node", "--hostname", "127.0.0.1", "--port", String(chosen)],
      ...["--config", join(ROOT, "hardhat.config.ts")],
    ],
    logFile: join(directory, "chain.log"),
    isReady: async () => (await callRpc<string>(url, "eth_blockNumber")) !== "0x0",
  });
  return { url, ...service };
}
