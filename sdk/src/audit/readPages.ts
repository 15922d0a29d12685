import { queryIndex } from "./queryIndex.ts";

/** Entries that the index answers at most. */
export const PAGE = 1_000;

/**
 * All entries of a list, page after page.
 *
 * @param query Takes `$after`, the cursor of the entry before, and names its list `page`, of `PAGE` entries at most.
 * @param paging `first`: what stands for `$after` at the first page; `cursor` of an entry.
 * @throws IndexError, IndexUnavailableError as `queryIndex`.
 * @example
 * const query = `query All($after: String!) { page: consents(where: { id_gt: $after }, orderBy: id, first: ${PAGE}) { id } }`;
 * const consents = await readPages<{ id: string }>(graphUrl, query, {}, { first: "0x", cursor: ({ id }) => id });
 * expect(consents).to.deep.equal([]);
 */
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
