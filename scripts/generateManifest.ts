import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EventFragment, Interface, type ParamType } from "ethers";
import { artifacts } from "hardhat";
import { writeWhole, type AddressBook } from "./deployment/AddressBook.ts";
import { DeploymentError } from "./errors.ts";

export type GenerateManifestParameters = {
  book: AddressBook;
  /** Holds `schema.graphql` and `src/`; gets `subgraph.yaml`, `src/mappings.ts` and `abis/`. */
  directory: string;
};

/** All handlers in one file: they are compiled together, in half the time that a file for each contract takes. */
export const MAPPINGS = "src/mappings.ts";

/**
 * Writes the subgraph's manifest for a deployment: one data source for each contract, one handler for each event of its ABI.
 * A mapping that lacks a handler is an error, so that no event goes missing in silence.
 */
export async function generateManifest({ book, directory }: GenerateManifestParameters): Promise<string> {
  const entities = readEntities(join(directory, "schema.graphql"));
  const dataSources = [];
  const mappings = [];
  mkdirSync(join(directory, "abis"), { recursive: true });
  for (const [name, { address, block }] of Object.entries(book.contracts)) {
    const events = await eventsOf(name);
    if (events.length === 0) continue;

    const mapping = mappingOf(name);
    requireHandlers(join(directory, `src/${mapping}.ts`), events);
    const handlers = events.map((event) => `${handlerOf(event)} as ${handlerOf(event, name)}`);
    mappings.push(`export { ${handlers.join(", ")} } from "./${mapping}";\n`);
    // The events alone: the mappings call nothing, and what graph-cli writes for a function takes as long as for an event.
    const abi = `abis/${name}.json`;
    writeFileSync(join(directory, abi), `[${events.map((event) => event.format("json")).join(",\n")}]\n`);
    dataSources.push({
      kind: "ethereum/contract",
      name,
      network: book.network,
      source: { abi: name, address, startBlock: block },
      mapping: {
        kind: "ethereum/events",
        apiVersion: "0.0.9",
        language: "wasm/assemblyscript",
        entities,
        abis: [{ name, file: `./${abi}` }],
        eventHandlers: events.map((event) => ({ event: signatureOf(event), handler: handlerOf(event, name) })),
        file: `./${MAPPINGS}`,
      },
    });
  }

  writeFileSync(join(directory, MAPPINGS), mappings.join(""));
  const path = join(directory, "subgraph.yaml");
  const manifest = { specVersion: "1.2.0", schema: { file: "./schema.graphql" }, dataSources };
  const note = `# Generated from deployments/${book.network}.json; do not edit. JSON is YAML.\n`;
  writeWhole(path, `${note}${JSON.stringify(manifest, null, 2)}\n`);
  return path;
}

/** Declared by OpenZeppelin's contracts, but never emitted by ours: votes with parameters are refused, and no role changes its admin. */
const NEVER_EMITTED = [
  "EIP712DomainChanged",
  "ConsiliumGovernor.VoteCastWithParams",
  "TimelockController.RoleAdminChanged",
];

/** The events of a contract that the index keeps. */
export async function eventsOf(contract: string): Promise<EventFragment[]> {
  // Whatever token the consortium settles in, it is none of the suite's contracts.
  if (contract === "TestToken") return [];
  const { abi } = await artifacts.readArtifact(contract);
  return new Interface(abi).fragments
    .filter((fragment) => EventFragment.isFragment(fragment))
    .filter(({ name }) => !NEVER_EMITTED.includes(name) && !NEVER_EMITTED.includes(`${contract}.${name}`));
}

function readEntities(schema: string): string[] {
  return [...readFileSync(schema, "utf8").matchAll(/^type (\w+)[^{]*@entity/gm)].map(([, name]) => name!);
}

function requireHandlers(mapping: string, events: EventFragment[]): void {
  const exports = existsSync(mapping)
    ? readFileSync(mapping, "utf8")
        .match(/^export (function \w+|\{[^}]*\})/gm)
        ?.join(" ")
    : undefined;
  const missing = events
    .map((event) => handlerOf(event))
    .filter((handler) => !new RegExp(`\\b${handler}\\b`).test(exports ?? ""));
  if (missing.length === 0) return;
  throw new DeploymentError(`${mapping} lacks ${missing.join(", ")}.`, {
    mend: "Write a handler for each event of the contract; the index must miss none.",
  });
}

/** The file of a contract's mapping in `src/`, without its ending. */
export function mappingOf(contract: string): string {
  return `${contract[0]!.toLowerCase()}${contract.slice(1)}`;
}

/** The handler's name in the contract's mapping, or among all: two contracts may have events of one name. */
export function handlerOf({ name }: EventFragment, contract?: string): string {
  return `handle${name}${contract === undefined ? "" : `Of${contract}`}`;
}

/** As graph-node wants it: types only, tuples spelt out, `indexed` kept. */
function signatureOf({ name, inputs }: EventFragment): string {
  return `${name}(${inputs.map((input) => `${input.indexed === true ? "indexed " : ""}${typeOf(input)}`).join(",")})`;
}

function typeOf(type: ParamType): string {
  return type.format("sighash");
}
