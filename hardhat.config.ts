import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import hardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";
import type { ConfigHooks, SolidityHooks } from "hardhat/types/hooks";
import type { HardhatPlugin } from "hardhat/types/plugins";

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

const glob = (pattern: string): string[] => globSync(pattern, { cwd: import.meta.dirname });

/** Contracts of the suite that are OpenZeppelin's as they stand. */
const OPENZEPPELIN = [
  "@openzeppelin/contracts/access/manager/AccessManager.sol",
  "@openzeppelin/contracts/governance/TimelockController.sol",
];

const legacy = { ...compiler, settings: { ...SOLIDITY_SETTINGS, viaIR: false } };

/**
 * What is compiled together, beside all the rest; on two cores each group has one of about its size beside it. By the older pipeline,
 * in a tenth of the time, are built registries whose callers it costs less, since it looks up a function by binary search; what is
 * called so seldom that a little more gas is no matter; and mocks and tests, which deploy the suite's own build. Not the token by which
 * revenue is measured.
 */
const GROUPS = [
  {
    settings: compiler,
    sources: ["contracts/access/AccessBroker.sol", "contracts/revenue/{HealthPoints,RevenueSplitter}.sol"].flatMap(
      glob,
    ),
  },
  {
    settings: legacy,
    sources: [
      "contracts/identity/*.sol",
      "contracts/access/StudyRegistry.sol",
      "contracts/revenue/PatientHealthFund.sol",
      "contracts/mocks/!(TestToken).sol",
    ].flatMap(glob),
  },
  {
    settings: legacy,
    sources: ["contracts/governance/*.sol", "contracts/supervision/*.sol"].flatMap(glob).concat(OPENZEPPELIN),
  },
  { settings: legacy, sources: glob("test/**/*.sol") },
];
const suite = {
  compilers: [compiler],
  overrides: Object.fromEntries(GROUPS.flatMap(({ settings, sources }) => sources.map((source) => [source, settings]))),
};

/** Hardhat compiles apart what has settings of its own, were they the same: a group gets one object. */
const shareSettings: ConfigHooks["resolveUserConfig"] = async (user, resolveVariable, next) => {
  const config = await next(user, resolveVariable);
  for (const { overrides } of Object.values(config.solidity.profiles)) {
    for (const { sources } of GROUPS) {
      for (const source of sources) overrides[source] = overrides[sources[0]!]!;
    }
  }
  return config;
};

const useAllCores: SolidityHooks["build"] = (context, sources, options, next) =>
  next(context, sources, { ...options, concurrency: availableParallelism() });

/**
 * Hardhat leaves one core idle, which is half of two, and compiles each source that has settings of its own apart from all others;
 * here those with the same settings are compiled together, and all cores are used.
 */
const fasterBuild: HardhatPlugin = {
  id: "faster-build",
  hookHandlers: {
    config: () => Promise.resolve({ default: () => Promise.resolve({ resolveUserConfig: shareSettings }) }),
    solidity: () => Promise.resolve({ default: () => Promise.resolve({ build: useAllCores }) }),
  },
};

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
  plugins: [hardhatToolboxMochaEthers, fasterBuild],
  solidity: {
    // Ignition deploys with `production`; it must be the very build that the tests ran.
    profiles: { default: suite, production: suite },
    npmFilesToBuild: OPENZEPPELIN,
  },
  paths: {
    tests: { mocha: "test", solidity: "test" },
    ignition: "deploy",
  },
  typechain: { outDir: "types" },
  test: {
    mocha: { timeout: 600_000 },
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
