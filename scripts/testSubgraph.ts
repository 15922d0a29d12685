import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CASES } from "../test/subgraph/cases/index.ts";
import { buildTestSubgraph } from "../test/subgraph/support/buildTestSubgraph.ts";
import { toJson } from "../test/subgraph/support/TestCase.ts";
import { ROOT } from "./paths.ts";
import { startPostgres } from "./stack/startPostgres.ts";

const GND = join(ROOT, "node_modules/@graphprotocol/gnd-linux-x64/bin/gnd");
const DIRECTORY = join(ROOT, ".consilium/subgraph-test");

/** Runs the unit tests of the mappings. Words on the command line choose the cases whose names contain one of them. */
async function testSubgraph(words: string[]): Promise<number> {
  if (!existsSync(GND)) throw new Error(`There is no graph-node package for ${process.platform}-${process.arch}.`);
  const cases = CASES.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));

  console.log("Compiling the mappings");
  buildTestSubgraph(DIRECTORY);
  mkdirSync(join(DIRECTORY, "tests"));
  const files = cases.map((testCase, i) => {
    const file = `tests/${String(i).padStart(2, "0")}.json`;
    writeFileSync(join(DIRECTORY, file), toJson(testCase));
    return file;
  });

  console.log("Starting PostgreSQL");
  const postgres = await startPostgres({ directory: DIRECTORY });
  try {
    const args = ["test", "--skip-build", "--postgres-url", postgres.url, ...files];
    return spawnSync(GND, args, { cwd: DIRECTORY, stdio: "inherit" }).status ?? 1;
  } finally {
    await postgres.stop();
  }
}

process.exitCode = await testSubgraph(process.argv.slice(2));
