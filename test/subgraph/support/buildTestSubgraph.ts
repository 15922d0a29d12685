import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EventFragment } from "ethers";
import { ROOT } from "../../../scripts/paths.ts";
import {
  addressOf,
  CONTRACTS,
  eventsOf,
  manifestSignature,
  mappingOf,
  readAbi,
  typeOf,
  type ContractName,
} from "./contracts.ts";
import { hasTuple, rawName } from "./encodeEvent.ts";

const SHIM = "src/test.ts";

/** Compiles the project's mappings, unchanged, into `directory`, with known addresses and with what `gnd test` needs to reach them. */
export function buildTestSubgraph(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, "abis"), { recursive: true });
  cpSync(join(ROOT, "subgraph/src"), join(directory, "src"), { recursive: true });
  cpSync(join(ROOT, "subgraph/schema.graphql"), join(directory, "schema.graphql"));
  for (const contract of CONTRACTS) {
    writeFileSync(join(directory, "abis", `${contract}.json`), JSON.stringify([...readAbi(contract), ...rawEvents(contract)]));
  }
  writeFileSync(join(directory, SHIM), `import { ethereum } from "@graphprotocol/graph-ts";${shim()}`);
  const dataSources = CONTRACTS.map(dataSource);
  const manifest = { specVersion: "1.2.0", schema: { file: "./schema.graphql" }, dataSources };
  // JSON is YAML.
  writeFileSync(join(directory, "subgraph.yaml"), JSON.stringify(manifest, null, 2));
  graph(directory, "codegen", "--output-dir", "generated");
  graph(directory, "build", "--output-dir", "build");
}

function dataSource(contract: ContractName): object {
  const events = eventsOf(contract);
  return {
    kind: "ethereum",
    name: contract,
    network: "test",
    source: { address: addressOf(contract), abi: contract, startBlock: 0 },
    mapping: {
      kind: "ethereum/events",
      apiVersion: "0.0.9",
      language: "wasm/assemblyscript",
      entities: events.map(({ name }) => name),
      abis: [{ name: contract, file: `./abis/${contract}.json` }],
      eventHandlers: events.map((event) =>
        hasTuple(event)
          ? { event: `${rawName(event)}(bytes)`, handler: `handle${rawName(event)}` }
          : { event: manifestSignature(event), handler: `handle${event.name}` },
      ),
      file: `./${SHIM}`,
    },
  };
}

/** `gnd test` cannot encode tuples: an event that has one comes as the bytes of its values instead. */
function rawEvents(contract: ContractName): object[] {
  return eventsOf(contract)
    .filter(hasTuple)
    .map((event) => ({
      type: "event",
      name: rawName(event),
      anonymous: false,
      inputs: [{ name: "data", type: "bytes", internalType: "bytes", indexed: false }],
    }));
}

/** Hands each event to the project's handler, having rebuilt those that came as bytes. One file, so that it is compiled once. */
function shim(): string {
  const exported = new Set<string>();
  return CONTRACTS.map((contract) => {
    const events = eventsOf(contract);
    const raw = events.filter(hasTuple);
    const plain = events.filter((event) => !hasTuple(event) && !exported.has(event.name));
    plain.forEach(({ name }) => exported.add(name));
    const mapping = `./${mappingOf(contract)}`;
    const exports = `\nexport { ${handlers(plain)} } from "${mapping}";\n`;
    if (raw.length === 0) return exports;
    const types = raw.flatMap((event) => [event.name, rawName(event)]).join(", ");
    return `${exports}import { ${types} } from "../generated/${contract}/${contract}";
import { ${handlers(raw)} } from "${mapping}";
${raw.map(rawHandler).join("")}`;
  }).join("");
}

function handlers(events: EventFragment[]): string {
  return events.map(({ name }) => `handle${name}`).join(", ");
}

function rawHandler(event: EventFragment): string {
  return `
export function handle${rawName(event)}(event: ${rawName(event)}): void {
  const values = ethereum.decode("(${event.inputs.map(typeOf).join(",")})", event.params.data)!.toTuple();
  const params = new Array<ethereum.EventParam>();
  for (let i = 0; i < values.length; i++) params.push(new ethereum.EventParam("", values[i]));
  handle${event.name}(
    new ${event.name}(
      event.address,
      event.logIndex,
      event.transactionLogIndex,
      event.logType,
      event.block,
      event.transaction,
      params,
      event.receipt,
    ),
  );
}
`;
}

function graph(directory: string, ...args: string[]): void {
  const [command, ...options] = args;
  const { status, stdout, stderr } = spawnSync(
    join(ROOT, "node_modules/.bin/graph"),
    [command!, "subgraph.yaml", ...options],
    { cwd: directory, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`graph ${command} failed:\n${stdout}${stderr}`);
}
