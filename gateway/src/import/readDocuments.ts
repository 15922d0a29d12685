import { createReadStream } from "node:fs";
import { isUtf8 } from "node:buffer";
import type { Source } from "./findSources.ts";

/** One JSON document of a file: a line of NDJSON, or the whole file. */
export interface SourceDocument {
  /** Counts from 1; of a whole file it is 1. */
  line: number;
  /** Byte in the file where the next document starts. */
  end: number;
  /** Empty if there is a fault. */
  text: string;
  /** What is wrong with the bytes: they are no UTF-8, or too many. */
  fault?: "encoding" | "size";
}

/** Bytes that one document may have: far above any resource, and a bundle of so many is better written as NDJSON. */
export const MAX_DOCUMENT = 256 * 1024 * 1024;

/**
 * Reads a file's documents one after the other, never more of a NDJSON file at once than a line. A file is NDJSON if its name says so
 * or its first line is JSON by itself; otherwise it is one document. Empty lines are none.
 *
 * @param start Where to go on: `end` and `line` of the last document read, zeroes for a file's start.
 */
export async function* readDocuments(
  source: Source,
  { end: start, line: linesBefore }: { end: number; line: number },
): AsyncGenerator<SourceDocument> {
  let line = linesBefore;
  let end = start;
  const isLines = /\.(ndjson|jsonl)$/i.test(source.path) || (await beginsWithDocument(source));
  const pieces = isLines ? linesOf(source, start) : whole(source, start);
  for await (const bytes of pieces) {
    line++;
    end += bytes === "size" ? 0 : bytes.length;
    if (bytes === "size") {
      yield { line, end: source.size, text: "", fault: bytes };
      return;
    }
    if (!isUtf8(bytes)) {
      yield { line, end, text: "", fault: "encoding" };
      continue;
    }
    const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
    if (text.trim() !== "") yield { line, end, text };
  }
}

async function beginsWithDocument(source: Source): Promise<boolean> {
  for await (const bytes of linesOf(source, 0)) {
    if (bytes === "size") return false;
    if (bytes.length === source.size) return false;
    try {
      JSON.parse(bytes.toString("utf8"));
      return true;
    } catch {
      return false;
    }
  }
  return false;
}

/** Lines with their ends; "size" for one that is too long, after which none follows. */
async function* linesOf({ path }: Source, start: number): AsyncGenerator<Buffer | "size"> {
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path, { start }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      yield Buffer.concat([...pieces, chunk.subarray(from, at + 1)]);
      pieces = [];
      length = 0;
      from = at + 1;
    }
    pieces.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > MAX_DOCUMENT) {
      yield "size";
      return;
    }
  }
  if (length > 0) yield Buffer.concat(pieces);
}

async function* whole({ path, size }: Source, start: number): AsyncGenerator<Buffer | "size"> {
  if (start >= size) return;
  if (size > MAX_DOCUMENT) {
    yield "size";
    return;
  }
  const pieces: Buffer[] = [];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) pieces.push(chunk);
  yield Buffer.concat(pieces);
}
