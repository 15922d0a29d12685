import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { KeySourceError } from "../errors.ts";
import type { Io } from "../Io.ts";

export type ReadPasswordParameters = { io: Io; file: string | undefined; question: string };

/**
 * A password from a file that its owner alone can read, or from the person at the terminal; never from a flag or the environment, which
 * other programs can see.
 *
 * @throws KeySourceError if others can read the file, or if nobody is there to ask.
 */
export async function readPassword({ io, file, question }: ReadPasswordParameters): Promise<string> {
  if (file !== undefined) return readPrivateFile(resolve(io.directory, file));
  if (io.askSecret === undefined) {
    throw new KeySourceError("There is no terminal to ask for the password.", {
      mend: "Put it into a file of mode 0600, and name that by --password-file.",
    });
  }
  return io.askSecret(question);
}

function readPrivateFile(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true)
    throw new KeySourceError(`There is no file ${path}.`, { mend: "Name the password's file." });
  if ((found.mode & 0o077) !== 0) {
    throw new KeySourceError(`Others than its owner can use ${path}.`, { mend: `Run: chmod 600 ${path}.` });
  }
  return readFileSync(path, "utf8").replace(/\r?\n$/, "");
}
