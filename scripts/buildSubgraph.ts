import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AddressBook } from "./deployment/AddressBook.ts";
import { DeploymentError } from "./errors.ts";
import { generateManifest } from "./generateManifest.ts";
import { ROOT } from "./paths.ts";
import { runProgram } from "./runProgram.ts";

export type BuildSubgraphParameters = {
  book: AddressBook;
  /** Gets a copy of the mappings, the manifest, and `build/`. What was there before goes. */
  directory: string;
  /** Changes what was generated, before it is compiled. */
  adapt?: (manifest: string) => void;
};

/** graph-cli always optimizes, nine tenths of the time it takes, and graph-node compiles what comes out once more by its own optimizer. */
const COMPILER = { options: { optimizeLevel: 0, shrinkLevel: 0 } };

/** Compiles the subgraph for a deployment, apart from the sources; returns the manifest's path. */
export async function buildSubgraph({ book, directory, adapt }: BuildSubgraphParameters): Promise<string> {
  rmSync(directory, { recursive: true, force: true });
  cpSync(join(ROOT, "subgraph/src"), join(directory, "src"), { recursive: true });
  cpSync(join(ROOT, "subgraph/schema.graphql"), join(directory, "schema.graphql"));
  writeFileSync(join(directory, "asconfig.json"), JSON.stringify(COMPILER));
  const manifest = await generateManifest({ book, directory });
  adapt?.(manifest);
  await runGraph(directory, "codegen");
  await runGraph(directory, "build");
  return manifest;
}

/** Runs a step of graph-cli on the manifest in `directory`. */
async function runGraph(directory: string, step: "codegen" | "build"): Promise<void> {
  const graph = join(ROOT, "node_modules/@graphprotocol/graph-cli/bin/run.js");
  const { isSuccess, output } = await runProgram(process.execPath, [graph, step], directory);
  if (isSuccess) return;
  throw new DeploymentError(`The subgraph's ${step} failed:\n${output}`, {
    mend: "Bring the mappings in subgraph/src in line with the contracts' events.",
  });
}
