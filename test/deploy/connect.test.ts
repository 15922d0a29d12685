import { expect } from "chai";
import { network } from "hardhat";
import type { JsonRpcServer } from "hardhat/types/network";
import { privateKeyToAddress } from "viem/accounts";
import { loadConsortium } from "../../scripts/config/loadConsortium.ts";
import type { Consortium } from "../../scripts/config/schemas.ts";
import { connect } from "../../scripts/connect.ts";
import { refusal } from "./refusal.ts";
import { ConfigError, DeploymentError } from "../../scripts/errors.ts";

const demo = loadConsortium({ name: "demo" });
const VARIABLE = "CONSILIUM_TEST_DEPLOYER_KEY";

describe("connect", () => {
  let server: JsonRpcServer;
  let url: string;

  before(async () => {
    server = await network.createServer("default", "127.0.0.1");
    url = `http://127.0.0.1:${(await server.listen()).port}`;
  });

  after(() => server.close());

  const withNetwork = (changes: Partial<Consortium["chain"]["networks"][string]>): Consortium => ({
    ...demo,
    chain: { ...demo.chain, networks: { local: { ...demo.chain.networks["local"]!, ...changes } } },
  });

  it("refuses a network that is configured nowhere", async () => {
    expect(await refusal(connect({ consortium: demo, network: "moon" }), ConfigError)).to.equal(
      'config/demo/chain.json: networks has no "moon"; known: local',
    );
  });

  it("refuses a simulated network, which would end with the process", async () => {
    expect(await refusal(connect({ consortium: demo, network: "default" }), ConfigError)).to.contain('"default"');
  });

  it("refuses another chain than the one configured", async () => {
    expect(
      await refusal(connect({ consortium: withNetwork({ chainId: 7 }), network: "local", url }), DeploymentError),
    ).to.contain("The chain has id 20261, but local is chain 7.");
  });

  it("says so when no chain answers", async () => {
    const dead = "http://127.0.0.1:9";
    expect(
      await refusal(connect({ consortium: withNetwork({ url: dead }), network: "local" }), DeploymentError),
    ).to.contain(`No chain answers at ${dead}.`);
  });

  it("takes networks of hardhat.config.ts too", async () => {
    const connection = await connect({ consortium: demo, network: "rpc", url });
    expect(connection.settings.chainId).to.equal(20_261);
    await connection.close();
  });

  it("signs with keys of configuration variables", async () => {
    const key = `0x${"11".repeat(32)}` as const;
    process.env[VARIABLE] = key;
    try {
      const connection = await connect({ consortium: withNetwork({ url, accounts: [VARIABLE] }), network: "local" });
      const signers = await connection.ethers.getSigners();
      expect(signers.map(({ address }) => address)).to.deep.equal([privateKeyToAddress(key)]);
      await connection.close();
    } finally {
      delete process.env[VARIABLE];
    }
  });
});
