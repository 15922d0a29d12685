import { IncompleteAnswerError } from "../errors.ts";
import { AUDIT_QUESTIONS } from "./auditQuestions.ts";
import type { AuditAnswers, AuditVariables } from "./auditQuestions.ts";
import { queryIndex } from "./queryIndex.ts";

/** Number of an audit question. */
export type AuditQuestion = keyof typeof AUDIT_QUESTIONS;

/** An audit question, as tools list it. */
export interface AuditQuestionDescription {
  question: AuditQuestion;
  title: string;
  /** GraphQL type of each variable that has to be given. */
  variables: Readonly<Record<string, string>>;
  /** Values of them, as an example. */
  example: Readonly<Record<string, unknown>>;
}

/** All questions that the index answers, in their order; docs/audit-queries.md tells what the answers mean. */
export const auditQuestions: readonly AuditQuestionDescription[] = Object.values(AUDIT_QUESTIONS);

interface AnswerList {
  path: string;
  first: number;
  paged: boolean;
}

/**
 * Asks the index one of the audit questions, and pages on until the answer is whole, all of it as of one block.
 *
 * @param variables Times in unix seconds; an institution by `institutionKey`; addresses and ids in any case.
 * @param block Number of the block as of whose end the answer is; the index's latest unless said. Question 4 names it as a variable.
 * @throws IncompleteAnswerError if a list that cannot be paged may be cut off.
 * @throws IndexError if the index refuses; IndexUnavailableError if it cannot be reached.
 * @example
 * const { consents } = await askAudit(graphUrl, 3, { patient, now: 1_800_000_000n });
 * expect(consents[0]?.status).to.equal("GIVEN");
 */
export async function askAudit<question extends AuditQuestion>(
  graphUrl: string,
  question: question,
  variables: AuditVariables[question],
  block?: number,
): Promise<AuditAnswers[question]> {
  const { query, pinned, lists } = AUDIT_QUESTIONS[question];
  const asked = {
    ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, lowerCase(value)])),
    ...(pinned && { block: { number: block ?? (await latestBlock(graphUrl)) } }),
  };
  let whole: Record<string, unknown> | undefined;
  for (let skip = 0; ;) {
    const page = await queryIndex<Record<string, unknown>>(graphUrl, query, { ...asked, skip });
    const longest = checkLists(page, lists);
    whole = whole === undefined ? page : joined(whole, page, lists);
    if (longest === 0) return whole as unknown as AuditAnswers[question];
    skip += longest;
  }
}

async function latestBlock(graphUrl: string): Promise<number> {
  const query = "{ _meta { block { number } } }";
  return (await queryIndex<{ _meta: { block: { number: number } } }>(graphUrl, query))._meta.block.number;
}

/** The index keeps addresses and ids in lower case. */
function lowerCase(value: unknown): unknown {
  return typeof value === "string" && value.startsWith("0x") ? value.toLowerCase() : value;
}

/** How many entries the full lists at the top hold, which go on on the next page; 0 if none is full. */
function checkLists(page: Record<string, unknown>, lists: readonly AnswerList[]): number {
  let longest = 0;
  for (const { path, first, paged } of lists) {
    const full = listsAt([page], path.split(".")).some((list) => list.length >= first);
    if (full && !paged) throw new IncompleteAnswerError(path);
    if (full) longest = first;
  }
  return longest;
}

function listsAt(values: readonly unknown[], [name, ...rest]: string[]): unknown[][] {
  const found = values.flatMap((value) => {
    const inner = (value as Record<string, unknown> | null)?.[name!];
    return inner === undefined || inner === null ? [] : [inner];
  });
  return rest.length === 0 ? (found as unknown[][]) : listsAt(found.flat(), rest);
}

/** Paged lists one behind the other; all else is the same on each page. */
function joined(
  whole: Record<string, unknown>,
  page: Record<string, unknown>,
  lists: readonly AnswerList[],
): Record<string, unknown> {
  const paged = lists.filter((list) => list.paged).map(({ path }) => path);
  return Object.fromEntries(
    Object.entries(whole).map(([name, value]) => [
      name,
      paged.includes(name) ? [...(value as unknown[]), ...(page[name] as unknown[])] : value,
    ]),
  );
}
