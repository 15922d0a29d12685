import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Table from "cli-table3";
import { ROOT } from "./paths.ts";

/** Least share of the contracts' lines that the behaviour tests must run. */
const FLOOR = 0.95;
const TESTS = "test/{access,consent,governance,identity,records,revenue,supervision}/*.test.ts";

/** Runs the contracts' behaviour tests with coverage, prints it by contract, and fails below the floor. */
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, "node_modules/.bin/hardhat"), "test", "mocha", "--coverage", ...globSync(TESTS, { cwd: ROOT })],
  { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] },
);
if (status !== 0) process.exit(status ?? 1);

const table = new Table({ head: ["contract", "lines", "run", "share"], style: { head: [], border: [] } });
let found = 0;
let hit = 0;
for (const section of readFileSync(join(ROOT, "coverage/lcov.info"), "utf8").split("end_of_record")) {
  const file = /^SF:(.*)$/m.exec(section)?.[1];
  if (file === undefined || !file.includes("contracts/") || file.includes("contracts/mocks/")) continue;
  const lines = [...section.matchAll(/^DA:\d+,(\d+)/gm)];
  const run = lines.filter(([, count]) => count !== "0").length;
  found += lines.length;
  hit += run;
  if (lines.length !== 0) table.push([file, lines.length, run, percent(run / lines.length)]);
}
console.log(table.toString());
console.log(`Lines of contracts run: ${percent(hit / found)}, at least ${percent(FLOOR)}.`);
if (found === 0 || hit / found < FLOOR) process.exit(1);

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
