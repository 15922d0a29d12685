import type { Command } from "commander";
import type { Address } from "viem";
import { askAudit, auditQuestions, institutionKey } from "@consilium/sdk";
import type { AuditQuestion, AuditQuestionDescription, AuditVariables } from "@consilium/sdk";
import { UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { parseAddress, parseTime, timeOf, type TimeText } from "../parse/parsers.ts";
import { answerTables } from "../print/answerTables.ts";
import { table } from "../print/table.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

/** What a report has: the questions about everybody, by the variables that the period fills. */
const REPORT: AuditQuestion[] = [29, 5, 6, 9, 10, 13, 17, 22, 23];

/** Questions to the audit trail, answered by the index. */
export function addAuditCommands(program: Command, io: Io): void {
  const audit = program
    .command("audit")
    .description("questions to the audit trail")
    .argument("[question]", "number of a question; without it, all questions are listed")
    .argument("[values...]", "variables of the question as name=value; times as days or periods before now");
  act(audit, io, async (session, _options, text, values) => {
    if (text === undefined) {
      const rows = auditQuestions.map(({ question, title, variables }) => [
        question,
        title,
        Object.keys(variables).join(", "),
      ]);
      session.print({ data: { questions: auditQuestions }, text: table(["", "Question", "Variables"], rows) });
      return;
    }
    const asked = auditQuestions.find(({ question }) => String(question) === text);
    if (asked === undefined) throw new UsageError(`There is no question ${text}.`, { mend: "See `consilium audit`." });
    const answer = await ask(session, asked, variablesOf(asked, values as unknown as string[]));
    session.print({
      data: { question: asked.question, title: asked.title, answer },
      text: `${asked.title}\n${answerTables(answer)}`,
    });
  });

  act<{ from: TimeText; to: TimeText }>(
    audit
      .command("report")
      .description("what a supervisor looks at for a period: statistics, and every finding")
      .requiredOption("--from <time>", "a day, or a period before now", parseTime)
      .requiredOption("--to <time>", "a day, its first second excluded", parseTime),
    io,
    async (session, { from, to }) => {
      const now = Math.floor(Date.now() / 1_000);
      const [since, until] = [before(from, now), before(to, now)];
      const period: Record<string, number> = { since, until, before: until, now: until, openedBefore: until };
      const answers = [];
      for (const number of REPORT) {
        const asked = auditQuestions.find(({ question }) => question === number)!;
        io.note(asked.title);
        const variables = Object.fromEntries(Object.keys(asked.variables).map((name) => [name, period[name]]));
        answers.push({ question: number, title: asked.title, answer: await ask(session, asked, variables) });
      }
      const text = answers.map(({ title, answer }) => `${title}\n${answerTables(answer)}`).join("\n\n");
      session.print({ data: { from: since, to: until, answers }, text });
    },
  );

  const access = program.command("access").description("who used a patient's data");
  act<{ patient?: Address }>(
    access
      .command("log")
      .description("who accessed the patient's data, when, for what and on which basis")
      .option("--patient <did>", "another patient than the signer", parseAddress),
    io,
    async (session, options) => {
      const patient = options.patient ?? (await session.key()).address;
      const answer = await askAudit(session.graph(), 1, { patient });
      session.print({ data: { patient, ...answer }, text: answerTables(answer) });
    },
  );
}

function ask(
  session: Session,
  { question, variables: types }: AuditQuestionDescription,
  given: Record<string, unknown>,
) {
  // As text, since the index takes a number beyond 32 bits for a fraction.
  const variables = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, types[name] === "BigInt!" ? String(value) : value]),
  );
  return askAudit(
    session.graph(),
    question,
    variables as unknown as AuditVariables[typeof question] as never,
  ) as Promise<object>;
}

function variablesOf({ variables }: AuditQuestionDescription, values: string[]): Record<string, unknown> {
  const given = new Map(values.map((value) => value.split(/=(.*)/s).slice(0, 2) as [string, string]));
  const now = Math.floor(Date.now() / 1_000);
  const unknown = [...given.keys()].find((name) => variables[name] === undefined);
  const missing = Object.keys(variables).find((name) => !given.has(name));
  if (unknown !== undefined || missing !== undefined) {
    throw new UsageError(`The question needs ${Object.keys(variables).join(", ") || "no variable"}.`, {
      mend: "Give each as name=value, such as since=2026-01-01 or institution=1.",
    });
  }
  return Object.fromEntries([...given].map(([name, text]) => [name, valueOf(name, text, variables[name]!, now)]));
}

function valueOf(name: string, text: string, type: string, now: number): unknown {
  if (name === "institution" && /^\d+$/.test(text)) return institutionKey(Number(text));
  if (type === "Int!") return Number(text);
  if (type === "BigInt!" && !/^\d+$/.test(text)) return before(parseTime(text), now);
  return text;
}

/** Unix seconds; periods count back from `now`. */
function before(text: TimeText, now: number): number {
  const then = timeOf(text, 0);
  return /^\d+[hdy]$/.test(text) ? now - then : then;
}
