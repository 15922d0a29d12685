import { queryIndex } from "@consilium/sdk";

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
