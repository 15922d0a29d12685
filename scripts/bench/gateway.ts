import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import autocannon from "autocannon";
import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import { generateEncryptionKey, openEnvelope, sealEnvelope } from "@consilium/sdk";
import {
  deployKept,
  grant,
  KEPT,
  recordChainOf,
  deliveryBody,
  runGateway,
  signIn,
  type Granted,
  type Kept,
} from "../../test/gateway/gatewayFixtures.ts";
import { removeHomes } from "../../test/gateway/vaultFixtures.ts";
import { runCommand } from "../runCommand.ts";
import { measureImport } from "./measureImport.ts";

const ENVELOPES = 200;

type Options = { fetches: number; connections: number; resources: number; json: boolean };
type Figure = { figure: string; value: number; unit: string };

async function run({ fetches, connections, resources, json }: Options): Promise<void> {
  const kept = await deployKept();
  try {
    const granted = await grant(kept, KEPT.labs);
    const figures = [
      ...(await measureEnvelopes(kept)),
      await measureFiles(kept, { fetches: fetches * 20, connections }),
      ...(await measureFetches(kept, granted, { fetches, connections })),
      ...(await measureImports(kept, resources)),
    ];
    console.log(json ? JSON.stringify(figures, null, 2) : tableOf(figures));
  } finally {
    await kept.vault.close();
    removeHomes();
  }
}

/** Milliseconds to seal and to open one, one after the other. */
async function measureEnvelopes({ vault, leaves }: Kept): Promise<Figure[]> {
  const { publicKey, privateKey } = await generateEncryptionKey();
  const opening = await (await vault.findRecord(leaves[KEPT.labs]!))!.opening();
  const [id, record] = [leaves[0]!, leaves[0]!];
  const context = { chainId: 1, contract: "0x00000000000000000000000000000000000000b0", id, record } as const;
  const envelopes: Uint8Array[] = [];
  const start = performance.now();
  for (let count = 0; count < ENVELOPES; count++) envelopes.push(await sealEnvelope({ context, publicKey, opening }));
  const sealed = performance.now();
  for (const envelope of envelopes) await openEnvelope({ context, privateKey, envelope });
  return [
    { figure: "seal an envelope", value: (sealed - start) / ENVELOPES, unit: "ms" },
    { figure: "open an envelope", value: (performance.now() - sealed) / ENVELOPES, unit: "ms" },
  ];
}

type Load = { fetches: number; connections: number };

/** The same bytes by a server that checks nothing. */
async function measureFiles({ vault, leaves }: Kept, load: Load): Promise<Figure> {
  const bytes = await buffer(await (await vault.findRecord(leaves[KEPT.labs]!))!.openBytes());
  const server = createServer((_request, response) => response.end(bytes)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    return {
      figure: "static bytes, nothing checked",
      value: await rateOf(`http://127.0.0.1:${port}`, load),
      unit: "per second",
    };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Calls of the gateway: what checks no chain, and whole deliveries, each with its transaction on the in-process chain. */
async function measureFetches(kept: Kept, granted: Granted, load: Load): Promise<Figure[]> {
  const gateway = await runGateway(kept, { callsPerMinute: 1_000_000, logLevel: "silent" });
  try {
    const { url, token } = await signIn(kept, gateway.url);
    const health = await rateOf(new URL("/healthz", url).href, { ...load, fetches: load.fetches * 20 });
    const { posts, calls } = gateway.rpc.count;
    const deliveries = await rateOf(new URL("/v1/deliveries", url).href, load, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: deliveryBody(granted),
    });
    return [
      { figure: "gateway, /healthz", value: health, unit: "per second" },
      { figure: "gateway, fetches: checked, sealed, logged on the chain", value: deliveries, unit: "per second" },
      { figure: "questions to the node", value: (gateway.rpc.count.calls - calls) / load.fetches, unit: "a fetch" },
      {
        figure: "calls of the node over HTTP",
        value: (gateway.rpc.count.posts - posts) / load.fetches,
        unit: "a fetch",
      },
    ];
  } finally {
    await gateway.stop();
  }
}

/** Resources of Synthea into a vault of their own, in batches anchored on the in-process chain. */
async function measureImports(kept: Kept, count: number): Promise<Figure[]> {
  const { imported, known, anchored } = await measureImport({ chain: await recordChainOf(kept), count });
  return [
    { figure: "import: NDJSON to sealed records", value: imported, unit: "resources per second" },
    { figure: "import again, where all is known", value: known, unit: "resources per second" },
    { figure: "anchor in batches of 500, indexed", value: anchored!, unit: "resources per second" },
    { figure: "import and anchor", value: 1 / (1 / imported + 1 / anchored!), unit: "resources per second" },
  ];
}

type Request = { method?: "POST"; headers?: Record<string, string>; body?: string };

async function rateOf(url: string, { fetches, connections }: Load, request: Request = {}): Promise<number> {
  const start = performance.now();
  const result = await autocannon({ url, amount: fetches, connections, timeout: 120, ...request });
  if (result.non2xx + result.errors > 0)
    throw new Error(`${result.non2xx + result.errors} of ${fetches} calls failed.`);
  return (fetches * 1_000) / (performance.now() - start);
}

function tableOf(figures: Figure[]): string {
  const table = new Table({ head: ["figure", "value", ""], colAligns: ["left", "right", "left"] });
  for (const { figure, value, unit } of figures) table.push([figure, value.toFixed(1), unit]);
  return table.toString();
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It must be a whole number from 1.");
  return value;
}

const command = new Command("bench:gateway")
  .description("Measures the custodian's gateway and import on this machine, with the chain in the same process.")
  .option("--fetches <number>", "deliveries to make", whole, 200)
  .option("--connections <number>", "at a time", whole, 8)
  .option("--resources <number>", "to import and anchor", whole, 10_000)
  .option("--json", "print JSON", false)
  .action(run);

await runCommand(command);
