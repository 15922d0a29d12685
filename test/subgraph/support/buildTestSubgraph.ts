import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EventFragment } from "ethers";
import { buildSubgraph } from "../../../scripts/buildSubgraph.ts";
import type { AddressBook } from "../../../scripts/deployment/AddressBook.ts";
import { handlerOf, MAPPINGS, mappingOf } from "../../../scripts/generateManifest.ts";
import { addressOf, CONTRACTS, EVENTS, hasTuple, rawName, typeOf, type ContractName } from "./contracts.ts";
import { NOBODY, ZERO } from "./values.ts";

type Manifest = { dataSources: { name: ContractName; mapping: Mapping }[] };
type Mapping = {
  eventHandlers: { event: string; handler: string }[];
};

/**
 * Compiles the project's mappings, unchanged, into `directory`, by the manifest of a deployment with known addresses. `gnd test`
 * cannot encode tuples, so an event that has one comes as the bytes of its values, and a handler of its own hands it on as what it is.
 */
export async function buildTestSubgraph(directory: string): Promise<void> {
  await buildSubgraph({ book: addressBook(), directory, adapt: (manifest) => carryTuplesAsBytes(directory, manifest) });
}

function carryTuplesAsBytes(directory: string, path: string): void {
  const manifest = JSON.parse(readFileSync(path, "utf8").replace(/^#.*/, "")) as Manifest;

  for (const { name, mapping } of manifest.dataSources) {
    const raw = [...EVENTS.get(name)!.values()].filter(hasTuple);
    const abi = join(directory, `abis/${name}.json`);
    const events = JSON.parse(readFileSync(abi, "utf8")) as object[];
    writeFileSync(abi, JSON.stringify([...events, ...raw.map(rawFragment)]));
    for (const event of raw) {
      const handler = mapping.eventHandlers.find((candidate) => candidate.handler === handlerOf(event, name))!;
      Object.assign(handler, { event: `${rawName(event)}(bytes)`, handler: `handle${rawName(event)}` });
    }
    if (raw.length !== 0) appendFileSync(join(directory, MAPPINGS), rawHandlers(name, raw));
  }
  appendFileSync(join(directory, MAPPINGS), 'import { ethereum } from "@graphprotocol/graph-ts";\n');
  writeFileSync(path, JSON.stringify(manifest));
}

function addressBook(): AddressBook {
  const contracts = CONTRACTS.map((name) => [
    name,
    { address: addressOf(name), block: 0, transaction: ZERO, arguments: [] },
  ]);
  return {
    network: "test",
    consortium: "test",
    chainId: 1,
    genesis: ZERO,
    deployer: NOBODY,
    settlementToken: NOBODY,
    contracts: Object.fromEntries(contracts) as AddressBook["contracts"],
  };
}

function rawFragment(event: EventFragment): object {
  const data = { name: "data", type: "bytes", internalType: "bytes", indexed: false };
  return { type: "event", name: rawName(event), anonymous: false, inputs: [data] };
}

function rawHandlers(contract: ContractName, raw: EventFragment[]): string {
  const types = raw.flatMap((event) => [event.name, rawName(event)]).join(", ");
  const handlers = raw.map((event) => handlerOf(event)).join(", ");
  return `
import { ${types} } from "../generated/${contract}/${contract}";
import { ${handlers} } from "./${mappingOf(contract)}";
${raw.map(rawHandler).join("")}`;
}

function rawHandler(event: EventFragment): string {
  return `
export function handle${rawName(event)}(event: ${rawName(event)}): void {
  const values = ethereum.decode("(${event.inputs.map(typeOf).join(",")})", event.params.data)!.toTuple();
  const params = new Array<ethereum.EventParam>();
  for (let i = 0; i < values.length; i++) params.push(new ethereum.EventParam("", values[i]));
  ${handlerOf(event)}(
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
