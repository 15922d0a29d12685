import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, print, type FieldNode, type OperationDefinitionNode } from "graphql";
import { ROOT } from "../paths.ts";
import { AnswerTypes } from "./answerType.ts";
import { readAuditQueries } from "./readAuditQueries.ts";

/** TypeScript of variables. */
const INPUTS: Record<string, string> = { BigInt: "bigint | number | string", ID: "Hex", Int: "number", String: "Hex" };
/** Set by `askAudit` itself. */
const OWN = ["skip"];

/** The text of `sdk/src/audit/auditQuestions.ts`: the queries of docs/audit-queries.md, and what they answer by the index's schema. */
export function auditFile(): string {
  const types = new AnswerTypes(parse(readFileSync(join(ROOT, "subgraph/schema.graphql"), "utf8")));
  const answers: string[] = [];
  const variables: string[] = [];
  const questions: string[] = [];
  for (const { question, title, query, variables: example } of readAuditQueries()) {
    const { text, lists, unpinned } = types.of(query);
    const inputs = inputsOf(query);
    answers.push(`  ${question}: ${text};`);
    variables.push(
      `  ${question}: ${inputs.length === 0 ? "Record<string, never>" : `{ ${inputs.map(inputType).join("; ")} }`};`,
    );
    const entries = {
      question,
      title,
      variables: Object.fromEntries(inputs),
      example: Object.fromEntries(Object.entries(example).filter(([name]) => !OWN.includes(name))),
      lists,
      pinned: unpinned.length > 0,
      query: pinned(query, unpinned),
    };
    questions.push(`  ${question}: ${JSON.stringify(entries)},`);
  }
  return [
    "// Generated from docs/audit-queries.md and subgraph/schema.graphql by `npm run generate:audit`; do not edit.",
    'import type { Hex } from "viem";',
    "",
    ...[...types.enums].sort().map(([name, values]) => `type ${name} = ${values};`),
    "",
    "/** What each question is asked with. */",
    "export interface AuditVariables {",
    ...variables,
    "}",
    "",
    "/** What the index answers to each question. Integers of the chain are decimal text. */",
    "export interface AuditAnswers {",
    ...answers,
    "}",
    "",
    "/** The questions of docs/audit-queries.md by number; `askAudit` asks them. */",
    "export const AUDIT_QUESTIONS = {",
    ...questions,
    "} as const;",
    "",
  ].join("\n");
}

/** Name and type of each variable that the caller sets. */
function inputsOf(query: string): [name: string, type: string][] {
  const { variableDefinitions } = parse(query).definitions[0] as OperationDefinitionNode;
  return variableDefinitions!
    .map(({ variable, type }): [string, string] => [variable.name.value, print(type)])
    .filter(([name]) => !OWN.includes(name));
}

function inputType([name, type]: [string, string]): string {
  const input = INPUTS[type.replace("!", "")];
  if (input === undefined || !type.endsWith("!")) throw new Error(`A variable of type ${type} has no input.`);
  return `${name}: ${input}`;
}

/** The query with each of these fields as of one block, so that all pages tell of the same moment. */
function pinned(query: string, fields: readonly FieldNode[]): string {
  if (fields.length === 0) return query;
  const edits = fields.map((field): [at: number, text: string] =>
    field.arguments!.length === 0
      ? [field.name.loc!.end, "(block: $block)"]
      : [field.name.loc!.end + 1, "block: $block, "],
  );
  const { name, variableDefinitions } = parse(query).definitions[0] as OperationDefinitionNode;
  const at = name!.loc!.end;
  edits.push(variableDefinitions!.length === 0 ? [at, "($block: Block_height)"] : [at + 1, "$block: Block_height, "]);
  return edits
    .sort(([one], [other]) => other - one)
    .reduce((text, [position, insert]) => `${text.slice(0, position)}${insert}${text.slice(position)}`, query);
}
