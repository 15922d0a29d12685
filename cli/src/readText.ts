import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "./errors.ts";
import type { Io } from "./Io.ts";

const LIMIT = 10_000_000;

/** The text of a file that a person names. @throws UsageError if there is no such file of at most 10 MB. */
export function readText(io: Io, file: string): string {
  const path = resolve(io.directory, file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size > LIMIT) {
    throw new UsageError(`There is no readable file ${path} of at most 10 MB.`, { mend: "Name an existing file." });
  }
  return readFileSync(path, "utf8");
}
