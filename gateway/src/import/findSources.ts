import { lstat, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { ImportError } from "../errors.ts";

export interface Source {
  /** Real path. */
  path: string;
  /** Of size and time of change: a file with another is another. */
  fingerprint: string;
  /** Bytes. */
  size: number;
}

const EXTENSIONS = /\.(json|ndjson|jsonl)$/i;

/**
 * The files that an import reads: the file itself, or those of a folder and the folders in it whose names end with `.json`, `.ndjson`
 * or `.jsonl`, in the order of their names. Links within a folder are not followed.
 *
 * @throws ImportError if there is nothing at the path, or nothing to import.
 */
export async function findSources(path: string): Promise<Source[]> {
  let paths: string[];
  try {
    const real = await realpath(path);
    paths = (await lstat(real)).isDirectory() ? await filesIn(real) : [real];
  } catch (error) {
    throw new ImportError(`${path} cannot be read.`, { mend: "Check path and permissions.", cause: error });
  }
  if (paths.length === 0) {
    throw new ImportError(`${path} has no file to import.`, {
      mend: "Name a file, or a folder with files that end with .json, .ndjson or .jsonl.",
    });
  }
  return Promise.all(
    paths.map(async (file) => {
      const { size, mtimeNs } = await lstat(file, { bigint: true });
      return { path: file, fingerprint: `${size}:${mtimeNs}`, size: Number(size) };
    }),
  );
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && EXTENSIONS.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
