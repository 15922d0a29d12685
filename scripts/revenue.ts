import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import { readStatement, type StatementLine } from "./revenue/readStatement.ts";
import { runCommand } from "./runCommand.ts";

type Options = { study: string; patient?: string; graphUrl: string; json: boolean };

const command = new Command("revenue").description("Tells of the revenue of studies, from the index.");

command
  .command("statement")
  .description("Prints who is owed and was paid what by a study's agreements.")
  .requiredOption("--study <id>", "the study's id", parseHex(64))
  .option("--patient <did>", "only this patient's lines: the DID's address", parseHex(40))
  .requiredOption(
    "--graph-url <url>",
    "GraphQL endpoint of the index; `npm run stack` and `npm run demo -- --keep` print theirs",
  )
  .option("--json", "print the lines as JSON, amounts as text", false)
  .action(statement);

async function statement({ study, patient, graphUrl, json }: Options): Promise<void> {
  const all = await readStatement({ graphUrl, study, onProgress: (message) => console.error(message) });
  const lines = patient === undefined ? all : all.filter(({ payee }) => payee === patient);
  if (json)
    console.log(JSON.stringify(lines, (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value), 2));
  else if (lines.length === 0) console.log("Nothing: the study has no agreement, or the patient no part in one.");
  else console.log(tableOf(lines));
}

function tableOf(lines: StatementLine[]): string {
  const table = new Table({
    head: ["agreement", "payee", "record", "paid", "donated", "lapsed", "owed"],
    colAligns: ["left", "left", "left", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { agreement, kind, payee, access, ...amounts } of lines) {
    const { paid, donated, lapsed, owed } = amounts;
    const who = payee === null ? (kind === "fund" ? "patient health fund" : "patient, not known") : `${kind} ${payee}`;
    table.push([
      short(agreement),
      who,
      access === null ? "" : short(`0x${access.slice(-64)}`),
      ...[paid, donated, lapsed, owed].map((amount) => amount.toLocaleString("en")),
    ]);
  }
  const sum = (pick: (line: StatementLine) => bigint): string =>
    lines.reduce((total, line) => total + pick(line), 0n).toLocaleString("en");
  table.push([
    "",
    "all",
    "",
    sum(({ paid }) => paid),
    sum(({ donated }) => donated),
    sum(({ lapsed }) => lapsed),
    sum(({ owed }) => owed),
  ]);
  return table.toString();
}

function short(id: string): string {
  return `${id.slice(0, 10)}…`;
}

function parseHex(digits: number): (text: string) => string {
  return (text) => {
    if (new RegExp(`^0x[0-9a-fA-F]{${digits}}$`).test(text)) return text.toLowerCase();
    throw new InvalidArgumentError(`It must be 0x and ${digits} hexadecimal digits.`);
  };
}

await runCommand(command);
