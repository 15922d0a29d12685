import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Hex } from "viem";
import { SOLIDITY_SETTINGS } from "../../hardhat.config.ts";

const require = createRequire(import.meta.url);

interface SolcOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<string, Record<string, { abi: unknown[]; evm: { bytecode: { object: string } } }>>;
}

/** A contract ready to be deployed. */
export interface CompiledContract {
  abi: unknown[];
  bytecode: Hex;
}

/**
 * Compiles one contract of a peer with the settings that the suite ships.
 *
 * Hardhat builds the suite; peers go straight to the compiler, since one of them insists on its own version and another does not export its
 * source.
 */
export function compilePeer({
  file,
  contract,
  compiler = "solc",
}: {
  /** Absolute path of the source. */
  file: string;
  contract: string;
  /** npm name of the compiler. */
  compiler?: string;
}): CompiledContract {
  const solc = require(compiler) as { compile(input: string, callbacks: object): string };
  const { evmVersion, viaIR, optimizer } = SOLIDITY_SETTINGS;
  const input = {
    language: "Solidity",
    sources: { [file]: { content: readFileSync(file, "utf8") } },
    settings: {
      evmVersion,
      viaIR,
      optimizer,
      outputSelection: { "*": { [contract]: ["abi", "evm.bytecode.object"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport })) as SolcOutput;
  const failure = output.errors?.find(({ severity }) => severity === "error");
  if (failure !== undefined) throw new Error(`${contract} does not compile: ${failure.formattedMessage}`);
  const compiled = output.contracts?.[file]?.[contract];
  if (compiled === undefined) throw new Error(`${file} has no contract ${contract}`);
  return { abi: compiled.abi, bytecode: `0x${compiled.evm.bytecode.object}` };
}

/** Directory of an installed package, whatever it exports. */
export function packageDirectory(name: string): string {
  return join(import.meta.dirname, "../../node_modules", name);
}

/** Absolute paths stand for themselves (the compiler joins relative ones); all else is an npm package's file. */
function findImport(path: string): { contents: string } | { error: string } {
  try {
    const [scope, name, ...rest] = path.split("/");
    const file = path.startsWith("/") ? path : join(packageDirectory(`${scope}/${name}`), ...rest);
    return { contents: readFileSync(file, "utf8") };
  } catch (error) {
    return { error: String(error) };
  }
}
