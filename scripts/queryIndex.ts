/** Asks the index; throws what it answers as errors, which come with status 200. */
export async function queryIndex<T>(
  graphUrl: string,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<T> {
  const response = await fetch(graphUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: T; errors?: { message: string }[] };
  if (errors !== undefined || data === undefined) {
    throw new Error(errors?.map(({ message }) => message).join("; ") ?? `The index answers ${response.status}.`);
  }
  return data;
}

/** Milliseconds that the index may stand still. */
const PATIENCE = 120_000;

/** Waits until the index has seen a block; returns the block that it is at. */
export async function waitForIndex(graphUrl: string, block: number): Promise<number> {
  const query = "{ _meta { block { number } hasIndexingErrors } }";
  let reached = -1;
  for (let end = Date.now() + PATIENCE; Date.now() < end;) {
    const { _meta } = await queryIndex<{ _meta: { block: { number: number }; hasIndexingErrors: boolean } }>(
      graphUrl,
      query,
    );
    if (_meta.hasIndexingErrors) throw new Error("The index met an error; see graph-node's log.");
    const { number } = _meta.block;
    if (number >= block) return number;
    if (number > reached) end = Date.now() + PATIENCE;
    reached = number;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(
    `The index has stood at block ${reached} for two minutes, and has not reached ${block}; see graph-node's log.`,
  );
}
