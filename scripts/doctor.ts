import { Command, InvalidArgumentError } from "commander";
import { diagnose } from "./doctor/diagnose.ts";
import { ROOT } from "./paths.ts";
import { runCommand } from "./runCommand.ts";

type Options = { network: string; url?: string; graphUrl?: string; maxLag: number; root: string; json: boolean };

const MARKS = { ok: "ok     ", problem: "PROBLEM", skipped: "skipped" };

const command = new Command("doctor")
  .description("Looks at a deployment and its index, and says what is wrong and how to mend it.")
  .requiredOption("--network <name>", "a network that `npm run deploy` deployed to")
  .option("--url <url>", "JSON-RPC endpoint, in place of the configured one")
  .option("--graph-url <url>", "GraphQL endpoint of the index, in place of the configured one")
  .option("--max-lag <blocks>", "blocks by which the index may be behind", parseBlocks, 20)
  .option("--root <directory>", "where deployments/ lies", ROOT)
  .option("--json", "print the findings as JSON", false)
  .action(run);

async function run({ json, ...options }: Options): Promise<void> {
  const findings = await diagnose({ ...options, onProgress: (message) => console.error(message) });
  const problems = findings.filter(({ state }) => state === "problem");
  if (problems.length > 0) process.exitCode = 1;
  if (json) {
    console.log(JSON.stringify({ network: options.network, problems: problems.length, findings }, null, 2));
    return;
  }
  for (const { check, state, detail, mend } of findings) {
    console.log(`${MARKS[state]}  ${check}: ${detail}${mend === undefined ? "" : `\n         To mend: ${mend}`}`);
  }
  console.log(problems.length === 0 ? "\nAll is well." : `\nProblems: ${problems.length}`);
}

function parseBlocks(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is no number of blocks.");
}

await runCommand(command);
