import { encodeEvent, type Emitted } from "./encodeEvent.ts";

/** Blocks of events, and what GraphQL must answer after them. */
export type TestCase = {
  name: string;
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
export function toJson({ name, blocks, assertions }: TestCase): string {
  const encoded = blocks.map(({ timestamp, events }, i) => ({
    number: i + 1,
    timestamp,
    events: events.map((event) => ({ ...encodeEvent(event), txHash: transactionOf(i + 1) })),
  }));
  return JSON.stringify({ name, blocks: encoded, assertions }, null, 2);
}
