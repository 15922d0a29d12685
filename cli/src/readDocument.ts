import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "./errors.ts";
import type { Io } from "./Io.ts";

const LIMIT = 10_000_000;

/** A document to be hashed: what JSON text says, or any other text as it is. @throws UsageError if there is no such file of at most 10 MB. */
export function readDocument(io: Io, file: string): unknown {
  const path = resolve(io.directory, file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size > LIMIT) {
    throw new UsageError(`There is no readable file ${path} of at most 10 MB.`, { mend: "Name an existing file." });
  }
  const text = readFileSync(path, "utf8");
  if (!path.endsWith(".json")) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${path} is no JSON.`, { mend: "Mend the file.", cause });
  }
}
