import { eventsOf } from "../generateManifest.ts";
import { readEvents } from "../deployment/readEvents.ts";
import { ok, problem, type Check, type Finding, type Subject } from "./Finding.ts";

type Answer = {
  _meta: { block: { number: number }; hasIndexingErrors: boolean };
  eventCounts: { emitter: string; name: string; count: string }[];
};

/** `_meta` and the counts of one answer are of one block. */
const QUERY = `{
  _meta { block { number } hasIndexingErrors }
  eventCounts(first: 1000) { emitter name count }
}`;

/** Whether the index is up, keeps up, and holds every event that the chain holds. */
export const checkIndex: Check = {
  name: "index",
  examine: async (subject) => {
    const { graphUrl, connection, maxLag } = subject;
    if (graphUrl === undefined) {
      const detail = "no index is configured; name it by --graph-url or as graphUrl in chain.json";
      return [{ check: "index", state: "skipped", detail }];
    }

    const answer = await ask(graphUrl);
    const { number } = answer._meta.block;
    const lag = (await connection.ethers.provider.getBlockNumber()) - number;
    return [
      answer._meta.hasIndexingErrors
        ? problem("index errors", "a mapping failed", "Read graph-node's log; deploy a mended subgraph.")
        : ok("index errors", "none"),
      lag <= maxLag
        ? ok("index progress", `at block ${number}, ${Math.max(lag, 0)} behind`)
        : problem(
            "index progress",
            `at block ${number}, ${lag} behind`,
            "Wait, and look again; if it does not move, see that graph-node runs and reaches the chain.",
          ),
      ...(await compareCounts(subject, answer)),
    ];
  },
};

async function ask(url: string): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: QUERY }),
  });
  // Errors come with status 200.
  const { data, errors } = (await response.json()) as { data?: Answer; errors?: { message: string }[] };
  if (data === undefined)
    throw new Error(errors?.map(({ message }) => message).join("; ") ?? `status ${response.status}`);
  return data;
}

/** Event by event, of all blocks that the index has seen. */
async function compareCounts({ book, connection }: Subject, { _meta, eventCounts }: Answer): Promise<Finding[]> {
  const { ethers, settings } = connection;
  const findings: Finding[] = [];
  for (const [contract, { address, block }] of Object.entries(book.contracts)) {
    const events = await eventsOf(contract);
    if (events.length === 0) continue;

    const logs = await readEvents({
      ethers,
      address,
      fromBlock: block,
      toBlock: _meta.block.number,
      logRange: settings.logRange,
    });
    const differences = events.flatMap(({ name, topicHash }) => {
      const onChain = logs.filter(({ topics }) => topics[0] === topicHash).length;
      const counted = eventCounts.find((entry) => entry.emitter === address.toLowerCase() && entry.name === name);
      const indexed = Number(counted?.count ?? 0);
      return onChain === indexed ? [] : [`${name}: ${onChain} on the chain, ${indexed} in the index`];
    });
    const check = `events of ${contract}`;
    findings.push(
      differences.length === 0
        ? ok(check, `${logs.length} on the chain and in the index`)
        : problem(
            check,
            differences.join("; "),
            "Generate the manifest anew (npm run deploy), build the subgraph, and let graph-node index from the start.",
          ),
    );
  }
  return findings;
}
