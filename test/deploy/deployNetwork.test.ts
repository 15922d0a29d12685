import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { pathToFileURL } from "node:url";
import { loadConsortium } from "../../scripts/config/loadConsortium.ts";
import type { Consortium } from "../../scripts/config/schemas.ts";
import type { Connection } from "../../scripts/connect.ts";
import { readAddressBook } from "../../scripts/deployment/AddressBook.ts";
import { deployNetwork, type DeployNetworkReturnType } from "../../scripts/deployment/deployNetwork.ts";
import { DeploymentError } from "../../scripts/errors.ts";
import { refusal } from "./refusal.ts";
import { ROOT } from "../../scripts/paths.ts";

const SCRATCH = join(ROOT, ".consilium");
const DEPLOYER_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

const demo = loadConsortium({ name: "demo" });

describe("deployNetwork", () => {
  let root: string;
  let restore: { restore: () => Promise<void> } | undefined;
  let first: { connection: Connection; root: string; result: DeployNetworkReturnType } | undefined;

  const makeRoot = (): string => {
    mkdirSync(SCRATCH, { recursive: true });
    return mkdtempSync(join(SCRATCH, "deploy-"));
  };

  beforeEach(() => {
    root = makeRoot();
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  after(() => {
    if (first !== undefined) rmSync(first.root, { recursive: true });
  });

  /** A deployment of the demonstration consortium as it came out, with files of its own: made once, and restored for each test. */
  const deployed = async (): Promise<DeployNetworkReturnType & { connection: Connection }> => {
    if (first === undefined) {
      const connection = await simulate();
      const own = makeRoot();
      const result = await deployNetwork({
        consortium: demo,
        network: "local",
        connection,
        root: own,
        onProgress: () => {},
      });
      first = { connection, root: own, result };
      restore = await connection.networkHelpers.takeSnapshot();
    }
    await restore!.restore();
    cpSync(first.root, root, { recursive: true });
    return { connection: first.connection, ...first.result };
  };

  const deploy = (connection: Connection, consortium: Consortium = demo): Promise<DeployNetworkReturnType> =>
    deployNetwork({ consortium, network: "local", connection, root, onProgress: () => {} });

  describe("refusals", () => {
    it("refuses to go on when a contract's code is not the build's", async () => {
      const { connection, book } = await deployed();
      const { address } = book.contracts["ConsentRegistry"]!;
      await connection.networkHelpers.setCode(address, "0x6001600155");

      expect(await refusal(deploy(connection), DeploymentError)).to.equal(
        `The code of ConsentRegistry at ${address} is not that of this build.`,
      );
    });

    it("refuses a chain that was made anew", async () => {
      await deployed();
      const other = await simulate({ initialDate: new Date("2040-01-01") });

      expect(await refusal(deploy(other), DeploymentError)).to.contain("its first block differs. Was it made anew?");
      expect(await other.ethers.provider.getBlockNumber()).to.equal(0);
    });

    it("refuses a chain made anew while the deployment was under way", async () => {
      await deployed();
      rmSync(join(root, "deployments"), { recursive: true });

      expect(await refusal(deploy(await simulate()), DeploymentError)).to.contain(
        "but there is no code. Was the chain made anew?",
      );
    });

    it("refuses to deploy once more when only the journal is lost", async () => {
      const { connection } = await deployed();
      rmSync(join(root, "deploy"), { recursive: true });

      expect(await refusal(deploy(connection), DeploymentError)).to.contain("everything would be deployed once more");
    });

    it("refuses the network of another consortium", async () => {
      const { connection } = await deployed();

      expect(await refusal(deploy(connection, { ...demo, name: "other" }), DeploymentError)).to.contain(
        "is the consortium demo's, not other's",
      );
    });

    it("refuses parameters that changed since, by name", async () => {
      const { connection } = await deployed();

      expect(
        await refusal(deploy(connection, { ...demo, shares: { ...demo.shares, fundFloor: 2_000 } }), DeploymentError),
      ).to.match(/Revenue#RevenueSplitter: Argument at index 6 has been changed/);
    });
  });

  it("goes on after a step that failed for its parameters once they are mended", async () => {
    const connection = await simulate();
    const broken = { ...demo, rules: { ...demo.rules, maxGrantDays: 0 } };
    expect(await refusal(deploy(connection, broken), DeploymentError)).to.contain("Access#RuleSet");

    const { book } = await deploy(connection);
    const rules = await connection.ethers.getContractAt("RuleSet", book.contracts["RuleSet"]!.address);
    expect((await rules.rules()).maxGrantDuration).to.equal(365n * 86_400n);
  });

  it("writes where and by what each contract was created", async () => {
    const { connection, book } = await deployed();

    expect(readAddressBook(root, "local")).to.deep.equal(book);
    expect(book.chainId).to.equal(20_261);
    for (const { address, block, transaction } of Object.values(book.contracts)) {
      const receipt = await connection.ethers.provider.getTransactionReceipt(transaction);
      expect([receipt?.contractAddress, receipt?.blockNumber]).to.deep.equal([address, block]);
    }
    const { InstitutionRegistry: institutions, AccessManager: authority } = book.contracts;
    expect(institutions!.arguments).to.deep.equal([authority!.address, book.settlementToken]);
  });

  it("writes typed addresses", async () => {
    const { book } = await deployed();
    const path = join(root, "deployments/index.ts");

    const { deployments } = (await import(pathToFileURL(path).href)) as {
      deployments: { local: { contracts: Record<string, string> } };
    };
    expect(deployments.local.contracts["AccessBroker"]).to.equal(book.contracts["AccessBroker"]!.address);
    expect(readFileSync(path, "utf8")).to.match(/^\/\/ Generated .* do not edit\.\n/);
  });

  it("does nothing the second time", async () => {
    const { connection, ...result } = await deployed();
    const block = await connection.ethers.provider.getBlockNumber();

    expect(await deploy(connection)).to.deep.equal(result);
    expect(await connection.ethers.provider.getBlockNumber()).to.equal(block);
    expect(existsSync(join(root, "deployments/local.json.part"))).to.equal(false);
  });

  it("admits the members that have seats in their order, before anybody could", async () => {
    const { members, pending } = await deployed();
    expect(pending).to.deep.equal([]);
    expect(Object.entries(members)).to.deep.equal(demo.members.map(({ key }, index) => [key, index + 1]));
  });

  it("leaves the admission of members without a seat to an operator whose key is elsewhere", async () => {
    const connection = await simulate({ accounts: [{ privateKey: DEPLOYER_KEY, balance: 10n ** 18n }] });
    const operator = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC" as const;
    const [first] = demo.members;
    const administrator = "0x00000000000000000000000000000000000000AA" as const;
    const other = { ...first!, key: "westHospital", name: "West Hospital", administrator };
    const consortium = {
      ...demo,
      members: [...demo.members, other],
      roles: { ...demo.roles, operator: [operator] },
    };
    const { members, pending } = await deploy(connection, consortium);
    expect(Object.values(members)).to.deep.equal([1, 2, 3, 4, 5]);
    expect(pending.map(({ member }) => member)).to.deep.equal(["westHospital"]);

    const signer = await connection.ethers.getImpersonatedSigner(operator);
    for (const { to, data } of pending) await signer.sendTransaction({ to, data, gasPrice: 0n });

    const again = await deploy(connection, consortium);
    expect(again.pending).to.deep.equal([]);
    expect(Object.values(again.members)).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });
});

async function simulate(override: object = {}): Promise<Connection> {
  const connection = await network.create({ chainType: "l1", override });
  return Object.assign(connection, { settings: { chainId: 20_261, freeGas: true, logRange: 7 } });
}
