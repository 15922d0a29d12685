import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { AddressBook } from "./deployment/AddressBook.ts";
import { DeploymentError } from "./errors.ts";
import { generateManifest } from "./generateManifest.ts";
import { ROOT } from "./paths.ts";

export type BuildSubgraphParameters = {
  book: AddressBook;
  /** Gets a copy of the mappings, the manifest, and `build/`. What was there before goes. */
  directory: string;
};

/** Compiles the subgraph for a deployment, apart from the sources; returns the manifest's path. */
export async function buildSubgraph({ book, directory }: BuildSubgraphParameters): Promise<string> {
  rmSync(directory, { recursive: true, force: true });
  cpSync(join(ROOT, "subgraph/src"), join(directory, "src"), { recursive: true });
  cpSync(join(ROOT, "subgraph/schema.graphql"), join(directory, "schema.graphql"));
  const manifest = await generateManifest({ book, directory });
  await runGraph(directory, "codegen");
  await runGraph(directory, "build");
  return manifest;
}

/** Runs a step of graph-cli on the manifest in `directory`. */
export async function runGraph(directory: string, step: "codegen" | "build"): Promise<void> {
  const graph = join(ROOT, "node_modules/@graphprotocol/graph-cli/bin/run.js");
  const child = spawn(process.execPath, [graph, step], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  const end = (): void => void child.kill();
  process.once("exit", end);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  process.off("exit", end);
  if (child.exitCode === 0) return;
  throw new DeploymentError(`The subgraph's ${step} failed:\n${stdout}${stderr}`, {
    mend: "Bring the mappings in subgraph/src in line with the contracts' events.",
  });
}
