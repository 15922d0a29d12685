import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { artifacts, network } from "hardhat";
import type { EthereumProvider } from "hardhat/types/providers";
import type { Address } from "viem";
import { loadConsortium } from "../../scripts/config/loadConsortium.ts";
import { deploySuite } from "../../scripts/deployment/deploySuite.ts";
import type { AddressBook } from "../../scripts/deployment/AddressBook.ts";
import { ROOT } from "../../scripts/paths.ts";
import { callRpc } from "../../scripts/stack/callRpc.ts";
import { startChain } from "../../scripts/stack/startChain.ts";

/** 23 creations; 5 founders, the timelock's 4, 1 limit, 15 permissions, 5 labels, 6 grants, and the admin's two. */
const TRANSACTIONS = 23 + 5 + 4 + 1 + 15 + 5 + 6 + 2;

const KILLED = "killed";

const scratch = join(ROOT, ".consilium");

function makeDirectory(): string {
  mkdirSync(scratch, { recursive: true });
  return mkdtempSync(join(scratch, "deploy-"));
}

describe("Resuming a deployment", () => {
  let directory: string;

  beforeEach(() => {
    directory = makeDirectory();
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it("goes on when run after run dies just before or just after the node has the transaction", async () => {
    const { provider, ethers } = await network.create();
    const [deployer] = await ethers.getSigners();

    let deaths = 0;
    for (let isDone = false; !isDone;) {
      // In turn before and after, at the first to eleventh transaction of the run.
      const moment = deaths % 2 === 0 ? "before" : "after";
      isDone = await isDeployed(dyingProvider(provider, moment, deaths % 11), deployer!.address, directory);
      if (!isDone) deaths += 1;
      expect(deaths, "it makes progress").to.be.at.most(2 * TRANSACTIONS);
    }

    expect(deaths).to.be.at.least(11);
    expect(await ethers.provider.getTransactionCount(deployer!)).to.equal(TRANSACTIONS);
  });

  it("goes on after a journal's last line was cut off", async () => {
    const { provider, ethers } = await network.create();
    const [deployer] = await ethers.getSigners();
    for (let death = 0; death < 4; death++) {
      await isDeployed(dyingProvider(provider, "after"), deployer!.address, directory);
    }
    appendFileSync(join(directory, "journal/journal.jsonl"), '\n{"futureId":"Governance#AccessMa');

    expect(await isDeployed(provider, deployer!.address, directory)).to.equal(true);
    expect(await ethers.provider.getTransactionCount(deployer!)).to.equal(TRANSACTIONS);
  });

  it("goes on after the list of addresses was cut off, and makes it whole", async () => {
    const { provider, ethers } = await network.create();
    const [deployer] = await ethers.getSigners();
    await isDeployed(dyingProvider(provider, "after", 9), deployer!.address, directory);
    const list = join(directory, "journal/deployed_addresses.json");
    const known = JSON.parse(readFileSync(list, "utf8")) as object;
    expect(known).not.to.deep.equal({});
    writeFileSync(list, "");

    expect(await isDeployed(provider, deployer!.address, directory)).to.equal(true);
    expect(await ethers.provider.getTransactionCount(deployer!)).to.equal(TRANSACTIONS);
    expect(JSON.parse(readFileSync(list, "utf8"))).to.include(known);
  });

  it("goes on after the process was killed, and deploys nothing twice", async () => {
    const chain = await startChain({ directory });
    try {
      for (const after of ["Identity#InstitutionRegistry", "Consilium#admin_granted"]) {
        await deployAndKill(chain.url, directory, after);
      }
      const { status, stdout, stderr } = runDeploy(chain.url, directory);
      expect(stderr).to.contain("Admitting members");
      expect(status, stderr).to.equal(0);

      const book = JSON.parse(stdout) as AddressBook;
      expect(await callRpc(chain.url, "eth_getTransactionCount", [book.deployer, "latest"])).to.equal(
        `0x${TRANSACTIONS.toString(16)}`,
      );
    } finally {
      await chain.stop();
    }
  });
});

/** Runs the deployment; false if the run was killed. */
async function isDeployed(provider: EthereumProvider, deployer: string, directory: string): Promise<boolean> {
  const consortium = loadConsortium({ name: "demo" });
  const journal = join(directory, "journal");
  try {
    await deploySuite({ consortium, provider, artifacts, deployer: deployer as Address, freeGas: true, journal });
    return true;
  } catch (error) {
    if ((error as Error).message === KILLED) return false;
    throw error;
  }
}

/** Passes calls on, but dies at a transaction, before or after the node has got it. */
function dyingProvider(provider: EthereumProvider, moment: "before" | "after", survived = 0): EthereumProvider {
  let sent = 0;
  return {
    request: async (call: { method: string; params?: unknown[] }): Promise<unknown> => {
      if (call.method !== "eth_sendTransaction" || sent++ < survived) return provider.request(call);
      if (moment === "after") await provider.request(call);
      throw new Error(KILLED);
    },
  } as unknown as EthereumProvider;
}

function deployArguments(url: string, root: string): string[] {
  return ["scripts/deploy.ts", "--network", "local", "--consortium", "demo", "--url", url, "--root", root, "--json"];
}

function runDeploy(url: string, root: string) {
  return spawnSync(process.execPath, deployArguments(url, root), { cwd: ROOT, encoding: "utf8" });
}

async function deployAndKill(url: string, root: string, step: string): Promise<void> {
  const child = spawn(process.execPath, deployArguments(url, root), { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  let isReached = false;
  const log: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    log.push(line);
    if (!line.endsWith(step)) continue;
    isReached = true;
    child.kill("SIGKILL");
  }
  await ended;
  expect(isReached, `${step}\n${log.join("\n")}`).to.equal(true);
}
