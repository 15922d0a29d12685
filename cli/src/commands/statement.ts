import type { Command } from "commander";
import type { Address, Hex } from "viem";
import type { Io } from "../Io.ts";
import { parseAddress, parseHash } from "../parse/parsers.ts";
import { table } from "../print/table.ts";
import { readStatement, type StatementLine } from "../readStatement.ts";
import { act } from "./act.ts";

type StatementOptions = { study: Hex; patient?: Address };

const AMOUNTS = ["paid", "donated", "lapsed", "owed"] as const;

export function addStatementCommand(revenue: Command, io: Io): void {
  const statement = revenue
    .command("statement")
    .description("tells who is owed and was paid what by a study's agreements, from the index")
    .requiredOption("--study <id>", "the study's id", parseHash)
    .option("--patient <did>", "only this patient's lines", parseAddress);
  act<StatementOptions>(statement, io, async (session, { study, patient }) => {
    const all = await readStatement({ graphUrl: session.graph(), study, onProgress: (text) => io.note(text) });
    const lines = patient === undefined ? all : all.filter(({ payee }) => payee === patient.toLowerCase());
    session.print({
      data: { study, lines },
      text: lines.length === 0 ? "Nothing: the study has no agreement, or the patient no part in one." : tableOf(lines),
    });
  });
}

function tableOf(lines: StatementLine[]): string {
  const rows = lines.map(({ agreement, kind, payee, access, ...amounts }) => {
    const who = payee === null ? (kind === "fund" ? "patient health fund" : "patient, not known") : `${kind} ${payee}`;
    const record = access === null ? "" : short(`0x${access.slice(-64)}`);
    return [short(agreement), who, record, ...AMOUNTS.map((name) => amounts[name].toLocaleString("en"))];
  });
  const sums = AMOUNTS.map((name) => lines.reduce((total, line) => total + line[name], 0n).toLocaleString("en"));
  return table(
    ["Agreement", "Payee", "Record", "Paid", "Donated", "Lapsed", "Owed"],
    [...rows, ["", "all", "", ...sums]],
  );
}

function short(id: string): string {
  return `${id.slice(0, 10)}…`;
}
