import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ethers } from "ethers";
import { artifacts } from "hardhat";
import type { AddressBook } from "../../scripts/deployment/AddressBook.ts";
import { DeploymentError } from "../../scripts/errors.ts";
import { generateManifest } from "../../scripts/generateManifest.ts";
import { ROOT } from "../../scripts/paths.ts";
import { refusal } from "./refusal.ts";

type DataSource = {
  name: string;
  network: string;
  source: { address: string; startBlock: number };
  mapping: {
    file: string;
    entities: string[];
    abis: { file: string }[];
    eventHandlers: { event: string; handler: string }[];
  };
};

const SCRATCH = join(ROOT, ".consilium");
const HASH = `0x${"00".repeat(32)}` as const;

function bookOf(...names: string[]): AddressBook {
  const contracts = names.map((name, index) => {
    const address = ethers.zeroPadValue(ethers.toBeHex(index + 1), 20) as `0x${string}`;
    return [name, { address, block: 10 + index, transaction: HASH, arguments: [] }];
  });
  const zero = ethers.ZeroAddress as `0x${string}`;
  return {
    network: "somewhere",
    consortium: "demo",
    chainId: 1,
    genesis: HASH,
    deployer: zero,
    settlementToken: zero,
    contracts: Object.fromEntries(contracts) as AddressBook["contracts"],
  };
}

describe("generateManifest", () => {
  let directory: string;

  beforeEach(() => {
    mkdirSync(SCRATCH, { recursive: true });
    directory = mkdtempSync(join(SCRATCH, "manifest-"));
    cpSync(join(ROOT, "subgraph/src"), join(directory, "src"), { recursive: true });
    cpSync(join(ROOT, "subgraph/schema.graphql"), join(directory, "schema.graphql"));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const generate = async (book: AddressBook): Promise<DataSource[]> => {
    const path = await generateManifest({ book, directory });
    const text = readFileSync(path, "utf8");
    expect(text).to.match(/^# Generated from deployments\/somewhere\.json; do not edit/);
    return (JSON.parse(text.slice(text.indexOf("{"))) as { dataSources: DataSource[] }).dataSources;
  };

  it("indexes each contract from the block that created it", async () => {
    const [institutions, consents] = await generate(bookOf("InstitutionRegistry", "ConsentRegistry"));
    expect(institutions).to.deep.include({ name: "InstitutionRegistry", network: "somewhere" });
    expect(institutions!.source).to.deep.include({ address: ethers.zeroPadValue("0x01", 20), startBlock: 10 });
    expect(consents!.source).to.deep.include({ address: ethers.zeroPadValue("0x02", 20), startBlock: 11 });
    expect(consents!.mapping.entities).to.include.members(["EventCount", "ConsentGiven"]);
  });

  it("writes the ABI of the events", async () => {
    const [records] = await generate(bookOf("RecordRegistry"));
    const events = new ethers.Interface(readFileSync(join(directory, records!.mapping.abis[0]!.file), "utf8"));
    const { abi } = await artifacts.readArtifact("RecordRegistry");
    const all = new ethers.Interface(abi).fragments.filter((fragment) => ethers.EventFragment.isFragment(fragment));
    expect(events.fragments.map((event) => event.format("full"))).to.deep.equal(
      all.filter(({ name }) => name !== "EIP712DomainChanged").map((event) => event.format("full")),
    );
  });

  it("handles every event of the ABI, by the signature that graph-node wants", async () => {
    const [records] = await generate(bookOf("RecordRegistry"));
    expect(records!.mapping.eventHandlers).to.deep.include({
      event: "RecordsIndexed(indexed bytes32,indexed uint32,(address,bytes32,uint256)[])",
      handler: "handleRecordsIndexedOfRecordRegistry",
    });
    expect(readFileSync(join(directory, records!.mapping.file), "utf8")).to.match(
      /^export \{ .*handleRecordsIndexed as handleRecordsIndexedOfRecordRegistry.* \} from "\.\/recordRegistry";$/m,
    );

    const { abi } = await artifacts.readArtifact("RecordRegistry");
    const topics = new ethers.Interface(abi).fragments
      .filter((fragment) => ethers.EventFragment.isFragment(fragment))
      // Of OpenZeppelin's EIP712, which the suite's contracts never emit.
      .filter(({ name }) => name !== "EIP712DomainChanged")
      .map(({ topicHash }) => topicHash);
    const handled = records!.mapping.eventHandlers.map(({ event }) => ethers.id(event.replaceAll("indexed ", "")));
    expect(handled).to.have.members(topics);
  });

  it("leaves out contracts without events, and the token", async () => {
    expect(await generate(bookOf("RuleSet", "TestToken"))).to.deep.equal([]);
  });

  it("refuses a mapping that lacks a handler, by name", async () => {
    const mapping = join(directory, "src/recordRegistry.ts");
    const text = readFileSync(mapping, "utf8");
    writeFileSync(mapping, text.replace("export function handleBatchAnchored", "function handleBatchAnchored"));

    expect(await refusal(generateManifest({ book: bookOf("RecordRegistry"), directory }), DeploymentError)).to.equal(
      `${mapping} lacks handleBatchAnchored.`,
    );
  });

  it("refuses a contract without a mapping", async () => {
    rmSync(join(directory, "src/recordRegistry.ts"));

    expect(await refusal(generateManifest({ book: bookOf("RecordRegistry"), directory }), DeploymentError)).to.contain(
      "recordRegistry.ts lacks handleBatchAnchored, ",
    );
  });
});
