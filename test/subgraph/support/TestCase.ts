import { askAt } from "./askAt.ts";
import { encodeEvent, type Emitted } from "./encodeEvent.ts";

/** A story of one chain, told in chapters: what a case costs is the start of graph-node more than what comes in it. */
export type TestCase = {
  name: string;
  chapters: Chapter[];
};

/** The blocks that come after those of the chapters before, and what GraphQL must answer as of the last of them. */
export type Chapter = {
  shows: string;
  blocks: TestBlock[];
  assertions: { query: string; expected: object }[];
};

export type TestBlock = {
  /** Unix seconds. */
  timestamp: number;
  /** All in one transaction. */
  events: Emitted[];
};

/** Hash of the only transaction of block `number`, counted from 1. */
export function transactionOf(number: number): string {
  return `0x${number.toString(16).padStart(64, "0")}`;
}

/** Id of a log entity: the transaction and the log's place in the block, the lowest byte first. */
export function logOf(number: number, index: number): string {
  return transactionOf(number) + littleEndian(index);
}

export function littleEndian(number: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(number);
  return bytes.toString("hex");
}

/** The file that `gnd test` reads. */
export function toJson({ name, chapters }: TestCase): string {
  const blocks = chapters.flatMap((chapter) => chapter.blocks);
  const encoded = blocks.map(({ timestamp, events }, i) => {
    if (timestamp < (blocks[i - 1]?.timestamp ?? 0)) throw new Error(`Block ${i + 1} of ${name} is before the last.`);
    return {
      number: i + 1,
      timestamp,
      events: events.map((event) => ({ ...encodeEvent(event), txHash: transactionOf(i + 1) })),
    };
  });
  let last = 0;
  const assertions = chapters.flatMap((chapter) => {
    last += chapter.blocks.length;
    // The comment says, if the answer is another, which chapter it belongs to.
    return chapter.assertions.map(({ query, expected }) => ({
      query: `# ${chapter.shows}\n${last === blocks.length ? query : askAt(last, query)}`,
      expected,
    }));
  });
  return JSON.stringify({ name, blocks: encoded, assertions }, null, 2);
}
