import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../paths.ts";

export type AuditQuery = {
  /** Number of the question. */
  question: number;
  title: string;
  query: string;
  /** Names of the variables of the example. */
  variables: Record<string, unknown>;
};

/** The queries of docs/audit-queries.md. */
export function readAuditQueries(): AuditQuery[] {
  const text = readFileSync(join(ROOT, "docs/audit-queries.md"), "utf8");
  const sections = text.split(/^## (?=Q\d+\. )/m).slice(1);
  return sections.map((section) => {
    const [, number, title] = /^Q(\d+)\. (.*)/.exec(section)!;
    const query = /```graphql\n(.*?)```/s.exec(section)?.[1];
    const variables = /```json\n(.*?)```/s.exec(section)?.[1];
    if (query === undefined || variables === undefined) throw new Error(`Q${number} lacks a query or its variables.`);
    if (!query.startsWith(`query Q${number}`)) throw new Error(`The query of Q${number} bears another name.`);
    return {
      question: Number(number),
      title: title!,
      query,
      variables: JSON.parse(variables) as Record<string, unknown>,
    };
  });
}
