import { queryIndex } from "./queryIndex.ts";

/** Entries that the index answers at most. */
export const PAGE = 1_000;

/** All entries of a list, page after page; the query takes `$after`, the cursor of the entry before, and names its list `page`. */
export async function readPages<T>(
  graphUrl: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  { first, cursor }: { first: unknown; cursor: (entry: T) => unknown },
): Promise<T[]> {
  const all: T[] = [];
  for (let after = first; ;) {
    const { page } = await queryIndex<{ page: T[] }>(graphUrl, query, { ...variables, after });
    all.push(...page);
    if (page.length < PAGE) return all;
    after = cursor(page.at(-1)!);
  }
}
