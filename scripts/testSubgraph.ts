import { execFile } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { CASES } from "../test/subgraph/cases/index.ts";
import { buildTestSubgraph } from "../test/subgraph/support/buildTestSubgraph.ts";
import { requireEveryEvent } from "../test/subgraph/support/requireEveryEvent.ts";
import { toJson, type TestCase } from "../test/subgraph/support/TestCase.ts";
import { trimSchema } from "../test/subgraph/support/trimSchema.ts";
import { ROOT } from "./paths.ts";
import { GND, graphNodeProblem } from "./stack/startGraphNode.ts";
import { startPostgres } from "./stack/startPostgres.ts";

const DIRECTORY = join(ROOT, ".consilium/subgraph-test");
const SCHEMA = readFileSync(join(ROOT, "subgraph/schema.graphql"), "utf8");

/** Runs the unit tests of the mappings. Words on the command line choose the cases whose names contain one of them. */
async function testSubgraph(words: string[]): Promise<void> {
  const problem = graphNodeProblem();
  if (problem !== undefined) throw new Error(problem);
  requireEveryEvent(CASES);
  console.log("Compiling the mappings");
  await buildTestSubgraph(DIRECTORY);

  const postgres = await startPostgres({ directory: DIRECTORY });
  const queue = CASES.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const total = queue.length;
  const failed: string[] = [];
  const work = async (_: unknown, worker: number): Promise<void> => {
    const database = await createDatabase(postgres.url, `worker_${worker}_0`);
    const directory = join(DIRECTORY, `worker-${worker}`);
    for (const part of ["subgraph.yaml", "build"])
      cpSync(join(DIRECTORY, part), join(directory, part), { recursive: true });
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (!(await passes(next, directory, database.url))) {
        failed.push(next.name);
        // A failed case leaves its data behind.
        database.url = (await createDatabase(postgres.url, `worker_${worker}_${failed.length}`)).url;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  } finally {
    await postgres.stop();
  }
  console.log(`${total - failed.length} of ${total} cases passed`);
  if (failed.length !== 0) process.exitCode = 1;
}

async function passes(testCase: TestCase, directory: string, databaseUrl: string): Promise<boolean> {
  const json = toJson(testCase);
  writeFileSync(join(directory, "test.json"), json);
  writeFileSync(join(directory, "build/schema.graphql"), trimSchema(SCHEMA, json));
  try {
    await promisify(execFile)(GND, ["test", "--skip-build", "--postgres-url", databaseUrl, "test.json"], {
      cwd: directory,
    });
    console.log(`✔ ${testCase.name}`);
    return true;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    console.error(`✘ ${testCase.name}\n${stdout}${stderr}`);
    return false;
  }
}

async function createDatabase(serverUrl: string, name: string): Promise<{ url: string }> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`);
  await client.end();
  return { url: serverUrl.replace(/[^/]*$/, name) };
}

await testSubgraph(process.argv.slice(2));
