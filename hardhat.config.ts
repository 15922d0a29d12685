import { globSync } from "node:fs";
import { createRequire } from "node:module";
import hardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

// The compiler comes from npm, so a build needs no download of its own.
const solcPath = createRequire(import.meta.url).resolve("solc/soljson.js");

/** What the suite is compiled with; the gas benchmark compiles its peers with the same. */
export const SOLIDITY_SETTINGS = {
  viaIR: true,
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 1_000_000 },
  metadata: { bytecodeHash: "none" as const },
};

const compiler = { version: "0.8.34", path: solcPath, settings: SOLIDITY_SETTINGS };

/**
 * The older pipeline costs the callers of these registries less, since it looks up a function by binary search; and it builds the
 * tests, which deploy the suite's own build, in a fifth of the time.
 */
const LEGACY = [
  "contracts/identity/InstitutionRegistry.sol",
  "contracts/identity/PatientRegistry.sol",
  ...globSync("test/**/*.sol", { cwd: import.meta.dirname }),
];
const legacy = { ...compiler, settings: { ...SOLIDITY_SETTINGS, viaIR: false } };
const suite = { compilers: [compiler], overrides: Object.fromEntries(LEGACY.map((source) => [source, legacy])) };

/** Settings of a private chain: gas is free, and blocks come at once unless a node script says otherwise. */
const privateChain = {
  type: "edr-simulated" as const,
  chainType: "l1" as const,
  chainId: 20_261,
  hardfork: "cancun",
  gasPrice: 0,
  initialBaseFeePerGas: 0,
  blockGasLimit: 60_000_000,
  accounts: { count: 40 },
};

export default defineConfig({
  plugins: [hardhatToolboxMochaEthers],
  solidity: {
    // Ignition deploys with `production`; it must be the very build that the tests ran.
    profiles: { default: suite, production: suite },
    npmFilesToBuild: [
      "@openzeppelin/contracts/access/manager/AccessManager.sol",
      "@openzeppelin/contracts/governance/TimelockController.sol",
    ],
  },
  paths: {
    tests: { mocha: "test", solidity: "test" },
    ignition: "deploy",
  },
  typechain: { outDir: "types" },
  test: {
    mocha: { timeout: 120_000 },
    solidity: {
      fuzz: { runs: 256, seed: "0x436f6e73696c69756d" },
      invariant: { runs: 256, depth: 50, failOnRevert: false },
    },
  },
  networks: {
    default: privateChain,
    node: {
      ...privateChain,
      mining: { auto: false, interval: 1_000 },
    },
    // Chains of config/*/chain.json: scripts/connect.ts sets URL, chain id and keys.
    rpc: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
  },
});
