import type { Command } from "commander";
import { zeroAddress, zeroHash, type Hex } from "viem";
import { PAGE, readPages, VIOLATIONS } from "@consilium/sdk";
import { caseStatusOf, describeCase } from "../describeCase.ts";
import type { Io } from "../Io.ts";
import { parseCount, parseHash } from "../parse/parsers.ts";
import { day } from "../print/day.ts";
import { table } from "../print/table.ts";
import { readCase } from "../readCase.ts";
import { readHistory } from "../readHistory.ts";
import { readEvents } from "../session/readEvents.ts";
import { act } from "./act.ts";

const CASES = `query Cases($after: String!) {
  page: cases(where: { id_gt: $after }, orderBy: id, first: ${PAGE}) {
    id reportedAt violation status accused { number } reporter { number } complaint { id }
  }
}`;
const COMPLAINTS = `query Complaints($after: String!) {
  page: complaints(where: { id_gt: $after }, orderBy: id, first: ${PAGE}) {
    id filedAt textHash accused { number } institution { number } patient { id } cases { id }
  }
}`;

type Member = { number: number };
type IndexedCase = {
  id: Hex;
  reportedAt: string;
  violation: string;
  status: string;
  accused: Member;
  reporter: Member | null;
  complaint: { id: Hex } | null;
};
type IndexedComplaint = {
  id: Hex;
  filedAt: string;
  textHash: Hex;
  accused: Member;
  institution: Member | null;
  patient: { id: Hex } | null;
  cases: { id: Hex }[];
};

/** What was complained of and reported, and how a case stands. */
export function addCaseListCommands(cases: Command, io: Io): void {
  const listed = (name: string, description: string): Command =>
    cases.command(name).description(description).option("--against <member>", "against this member only", parseCount);

  act<{ against?: number }>(
    listed("list", "lists cases, the newest first, from the index"),
    io,
    async (session, { against }) => {
      const found = await read<IndexedCase>(session.graph(), CASES, against, ({ reportedAt }) => reportedAt);
      session.print({
        data: { cases: found },
        text: table(
          ["Case", "Reported (UTC)", "Against", "By", "Violation", "Status"],
          found.map(({ id, reportedAt, accused, reporter, violation, status }) => {
            return [id, day(Number(reportedAt)), accused.number, reporter?.number ?? "-", violation, status];
          }),
        ),
      });
    },
  );

  act<{ against?: number }>(
    listed("complaints", "lists complaints and the cases that name them, the newest first, from the index"),
    io,
    async (session, { against }) => {
      const found = await read<IndexedComplaint>(session.graph(), COMPLAINTS, against, ({ filedAt }) => filedAt);
      session.print({
        data: { complaints: found },
        text: table(
          ["Complaint", "Filed (UTC)", "Against", "By", "Cases"],
          found.map(({ id, filedAt, accused, institution, patient, cases: of }) => {
            const by = institution === null ? (patient?.id ?? "-") : `member ${institution.number}`;
            return [id, day(Number(filedAt)), accused.number, by, of.map((one) => one.id).join("\n")];
          }),
        ),
      });
    },
  );

  const show = cases
    .command("show")
    .description("shows how a case stands, what can follow, and its history, from the chain alone")
    .argument("<case>", "id", parseHash);
  act(show, io, async (session, _options, text) => {
    const id = text as Hex;
    const kept = await readCase(session, id);
    const { state, next } = describeCase(id, kept, await session.now());
    const events = (await readEvents(session, "Supervision")).filter(({ args }) => "id" in args && args.id === id);
    const history = await readHistory(session, events);
    const violation = VIOLATIONS[kept.violation - 1]!;
    session.print({
      data: {
        ...{ ...kept, case: id, status: caseStatusOf(kept), violation },
        ...{ state, next, history },
      },
      text: [
        `Case ${id}: member ${kept.accused} is accused of ${violation}.`,
        ...[state, ...next],
        table(
          ["Time (UTC)", "What", "Says"],
          history.map(({ at, event, args }) => [day(at), event, factsOf(args)]),
        ),
      ].join("\n"),
    });
  });
}

/** What an event says beside the case and the accused, one fact a line; what is not there is left out. */
function factsOf(args: Record<string, unknown>): string {
  return Object.entries(args)
    .filter(
      ([name, value]) => !["id", "accused"].includes(name) && ![zeroHash, zeroAddress, 0, 0n].includes(value as never),
    )
    .map(([name, value]) => `${name} ${/Until$/.test(name) ? day(Number(value)) : String(value)}`)
    .join("\n");
}

async function read<T extends { id: Hex; accused: Member }>(
  graphUrl: string,
  query: string,
  against: number | undefined,
  timeOf: (entry: T) => string,
): Promise<T[]> {
  const all = await readPages<T>(graphUrl, query, {}, { first: "0x", cursor: ({ id }) => id });
  const found = against === undefined ? all : all.filter(({ accused }) => accused.number === against);
  return found.sort((a, b) => Number(timeOf(b)) - Number(timeOf(a)));
}
