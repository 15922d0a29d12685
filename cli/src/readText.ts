import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "./errors.ts";
import type { Io } from "./Io.ts";

const LIMIT = 10_000_000;

/** The text of a file that a person names. @throws UsageError if there is no such file of at most 10 MB, or it is no text. */
export function readText(io: Io, file: string): string {
  const path = resolve(io.directory, file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size > LIMIT) {
    throw new UsageError(`There is no readable file ${path} of at most 10 MB.`, { mend: "Name an existing file." });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch (cause) {
    // Read as text it would be another content, whose hash nobody could show to be the file's.
    throw new UsageError(`${path} is no text in UTF-8.`, {
      mend: "Name a text or JSON file; of a picture, a scan or the like one that names the file and its SHA-256.",
      cause,
    });
  }
}
