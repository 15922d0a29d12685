import { UsageError } from "./errors.ts";
import type { Io } from "./Io.ts";
import { readText } from "./readText.ts";

/** A document to be hashed: what JSON text says, or any other text as it is. Throws as `readText`, and UsageError for a faulty `.json`. */
export function readDocument(io: Io, file: string): unknown {
  const text = readText(io, file);
  if (!file.endsWith(".json")) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${file} is no JSON.`, { mend: "Mend the file.", cause });
  }
}
