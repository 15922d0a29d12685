import { IndexError, IndexUnavailableError } from "../errors.ts";

/** Milliseconds that a query may take. */
const PATIENCE = 60_000;

/**
 * Asks the index by GraphQL.
 *
 * @param graphUrl The index's address, as `npm run stack` prints it.
 * @param variables Of the query; a bigint goes as decimal text.
 * @returns What stands under `data`.
 * @throws IndexError if the index refuses the query, which graph-node answers with status 200.
 * @throws IndexUnavailableError if it cannot be reached within a minute, or answers no GraphQL; trying again may help.
 * @example
 * const { _meta } = await queryIndex<{ _meta: { block: { number: number } } }>(graphUrl, "{ _meta { block { number } } }");
 * expect(_meta.block.number).to.equal(7);
 */
export async function queryIndex<T>(
  graphUrl: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<T> {
  const body = JSON.stringify({ query, variables }, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
  const { data, errors } = await post<T>(graphUrl, body);
  if (errors !== undefined && errors.length > 0) throw new IndexError(errors.map(({ message }) => message));
  if (data === undefined || data === null) throw new IndexUnavailableError("it sent no data");
  return data;
}

interface GraphAnswer<T> {
  data?: T | null;
  errors?: { message: string }[];
}

async function post<T>(graphUrl: string, body: string): Promise<GraphAnswer<T>> {
  let text: string;
  let status: number;
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(graphUrl, { method: "POST", headers, body, signal: AbortSignal.timeout(PATIENCE) });
    [text, status] = [await response.text(), response.status];
  } catch (error) {
    throw new IndexUnavailableError("it cannot be reached", error);
  }
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === "object" && answer !== null && ("data" in answer || "errors" in answer)) {
      return answer as GraphAnswer<T>;
    }
  } catch {
    // Not even JSON: told below.
  }
  throw new IndexUnavailableError(`it sent no GraphQL, with status ${status}`);
}
