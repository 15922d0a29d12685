import { startChain } from "./startChain.ts";
import { startGraphNode } from "./startGraphNode.ts";
import { startIpfsStub } from "./startIpfsStub.ts";
import { startPostgres } from "./startPostgres.ts";
import type { Service } from "./startService.ts";

export type StartStackParameters = {
  /** Holds logs and data, and nothing else of the stack's does. */
  directory: string;
  /** Deploys to the chain and compiles the subgraph of what it deployed. */
  prepare: (chainUrl: string) => Promise<{ manifest: string; network: string }>;
  onProgress?: (message: string) => void;
  chainPort?: number;
  graphPort?: number;
};

export type Stack = { chainUrl: string; graphUrl: string; stop: () => Promise<void> };

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Starts chain, database and index. Ends them when `stop` is called, when something fails on the way, and on Ctrl-C; where even
 * that is not possible each service's own watchdog does.
 */
export async function startStack(parameters: StartStackParameters): Promise<Stack> {
  const { directory, prepare, onProgress = () => {}, chainPort, graphPort } = parameters;
  const services: Service[] = [];
  let isInterrupted = false;
  const start = async <T extends Service>(service: Promise<T>): Promise<T> => {
    const started = await service;
    services.unshift(started);
    return started;
  };
  const stop = async (): Promise<void> => {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
    for (const service of services.splice(0)) await service.stop();
  };
  const onSignal = (signal: keyof typeof SIGNALS): void => {
    isInterrupted = true;
    void stop().finally(() => process.exit(128 + SIGNALS[signal]));
  };
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);

  try {
    onProgress("Starting the chain");
    const chain = await start(startChain({ directory, ...(chainPort !== undefined && { port: chainPort }) }));
    const { manifest, network } = await prepare(chain.url);

    onProgress("Starting PostgreSQL and graph-node");
    const postgres = await start(startPostgres({ directory }));
    const ipfs = await start(startIpfsStub());
    const graphNode = await start(
      startGraphNode({
        directory,
        manifest,
        network,
        chainUrl: chain.url,
        postgresUrl: postgres.url,
        ipfsUrl: ipfs.url,
        ...(graphPort !== undefined && { port: graphPort }),
      }),
    );
    return { chainUrl: chain.url, graphUrl: graphNode.url, stop };
  } catch (error) {
    // On Ctrl-C whatever was under way fails too; that is no news, and the process is about to end.
    if (isInterrupted) await new Promise(() => {});
    await stop();
    throw error;
  }
}
