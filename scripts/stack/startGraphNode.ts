import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort } from "./freePort.ts";
import { startService, type Service } from "./startService.ts";
import { ROOT } from "../paths.ts";

export type StartGraphNodeParameters = {
  directory: string;
  /** The subgraph's manifest, compiled into `build/` beside it. */
  manifest: string;
  /** As the manifest calls the chain. */
  network: string;
  chainUrl: string;
  postgresUrl: string;
  ipfsUrl: string;
  port?: number;
};

/** graph-node's program for developers and tests; see `graphNodeProblem`. */
export const GND = join(ROOT, "node_modules/@graphprotocol/gnd-linux-x64/bin/gnd");

/** Starts graph-node with one subgraph; `url` takes its GraphQL queries. It indexes anew at every start. */
export async function startGraphNode(parameters: StartGraphNodeParameters): Promise<Service & { url: string }> {
  const { directory, manifest, network, chainUrl, postgresUrl, ipfsUrl, port } = parameters;
  const problem = graphNodeProblem();
  if (problem !== undefined) throw new Error(problem);

  const [httpPort, indexPort, adminPort, metricsPort] = await freePorts(port);
  const url = `http://127.0.0.1:${httpPort}/subgraphs/name/subgraph-0`;
  const service = await startService({
    name: "graph-node",
    command: GND,
    args: [
      ...["dev", "--manifests", manifest, "--database-dir", join(dirname(manifest), "build")],
      ...["--postgres-url", postgresUrl, "--ipfs", ipfsUrl, "--ethereum-rpc", `${network}:${chainUrl}`],
      ...["--http-port", httpPort, "--index-node-port", indexPort],
      ...["--admin-port", adminPort, "--metrics-port", metricsPort],
    ].map(String),
    logFile: join(directory, "graph-node.log"),
    isReady: () => isIndexing(url),
  });
  return { url, ...service };
}

/** Why graph-node cannot run here, in one sentence; undefined if it can. */
export function graphNodeProblem(): string | undefined {
  if (existsSync(GND)) return undefined;
  return (
    `There is no graph-node package for ${process.platform}-${process.arch}: start one with ` +
    "`docker compose -f scripts/stack/docker-compose.yml up` and deploy the subgraph to it (docs/operations.md)."
  );
}

async function freePorts(first?: number): Promise<[number, number, number, number]> {
  return [first ?? (await freePort()), await freePort(), await freePort(), await freePort()];
}

async function isIndexing(url: string): Promise<boolean> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "{ _meta { block { number } } }" }),
  });
  const { data } = (await response.json()) as { data?: { _meta?: { block: { number: number } } } };
  return data?._meta !== undefined;
}
