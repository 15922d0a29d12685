import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import { ROOT } from "../paths.ts";
import { runCommand } from "../runCommand.ts";
import { barOf, GAS_KEYS, type GasKey } from "./bars.ts";
import { measureOurs } from "./measureOurs.ts";
import { measurePeers, type PeerFigures } from "./measurePeers.ts";

const SNAPSHOT = join(ROOT, "scripts/bench/snapshot.json");
/** A committed figure may grow by this much before the check fails. */
const TOLERANCE = 1.01;

type Options = { json: boolean; check: boolean; update: boolean };
type Figures = Record<GasKey, number>;

await runCommand(
  new Command("bench:gas")
    .description("Measures the gas of whole transactions, ours and the peers' that npm carries, in one run.")
    .option("--json", "print our figures as one JSON object", false)
    .option("--check", "fail if a figure grew by more than 1 % over scripts/bench/snapshot.json", false)
    .option("--update", "write scripts/bench/snapshot.json", false)
    .action(run),
);

async function run({ json, check, update }: Options): Promise<void> {
  const ours = await measureOurs();
  if (json) console.log(JSON.stringify(ours, null, 2));
  // The check compares us with ourselves; compiling the peers for it would only cost time.
  else if (!check) print(ours, await measurePeers());
  if (update) writeFileSync(SNAPSHOT, `${JSON.stringify(ours, null, 2)}\n`);
  if (check) checkSnapshot(ours);
}

function print(ours: Figures, peers: PeerFigures): void {
  const table = new Table({
    head: ["operation", "ours", "bar", "peers", "floor"],
    colAligns: ["left", "right", "right", "left", "right"],
    style: { head: [] },
  });
  for (const key of GAS_KEYS) {
    const { best, published, floor } = peers[key] ?? {};
    const most = barOf(key);
    const bar = most === undefined ? "none" : `${format(most)}${ours[key] <= most ? "" : " missed"}`;
    table.push([
      key,
      format(ours[key]),
      bar,
      [best === undefined ? [] : `${format(best.gas)} ${best.name}`, published ?? []].flat().join("\n") || "none",
      floor === undefined ? "" : format(floor),
    ]);
  }
  console.log(table.toString());
}

function checkSnapshot(ours: Figures): void {
  const snapshot = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Partial<Figures>;
  const grown = GAS_KEYS.filter((key) => !(ours[key] <= (snapshot[key] ?? 0) * TOLERANCE));
  for (const key of grown) {
    console.error(`${key} costs ${format(ours[key])} gas, ${format(snapshot[key] ?? 0)} in the snapshot.`);
  }
  if (grown.length === 0) return;
  console.error("Spare the gas, or, where a new check is worth it, run: npm run bench:gas -- --update");
  process.exitCode = 1;
}

function format(gas: number): string {
  return gas.toLocaleString("en", { maximumFractionDigits: gas < 1_000 ? 1 : 0 });
}
