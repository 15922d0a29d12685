import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { once } from "node:events";
import { BytesMissingError, VaultError, VaultUnavailableError } from "../errors.ts";
import type { BlobStore } from "./BlobStore.ts";

/**
 * Keeps bytes in a folder, one file each, spread over 256 folders by the first two digits of the name.
 *
 * @throws VaultError if the folder cannot be made.
 */
export async function folderBlobs(folder: string): Promise<BlobStore> {
  const made = new Set<string>();
  const shardOf = (name: string): string => join(folder, name.slice(0, 2));
  const pathOf = (name: string): string => join(shardOf(name), name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new VaultError("The vault's folder cannot be made.", {
      mend: "Name a folder that can be written.",
      cause: error,
    });
  }

  return {
    put: (name, bytes) =>
      available(async () => {
        const shard = shardOf(name);
        if (!made.has(shard)) await mkdir(shard, { recursive: true, mode: 0o700 });
        made.add(shard);
        await withFile(pathOf(name), "w", async (file) => {
          await file.writeFile(bytes);
          await file.sync();
        });
        // The file's name must reach the disk too.
        if (process.platform !== "win32") await withFile(shard, "r", (directory) => directory.sync());
      }),
    get: (name) =>
      available(async () => {
        const stream = createReadStream(pathOf(name));
        await once(stream, "open").catch((error: unknown) => {
          throw (error as NodeJS.ErrnoException).code === "ENOENT" ? new BytesMissingError(name) : error;
        });
        return stream;
      }),
    delete: (name) => available(() => rm(pathOf(name), { force: true })),
    async *list(before) {
      for (const shard of await available(() => readdir(folder))) {
        for (const name of await available(() => readdir(join(folder, shard)))) {
          const { mtime } = await available(() => stat(pathOf(name)));
          if (mtime < before) yield name;
        }
      }
    },
    close: () => undefined,
  };
}

async function withFile(path: string, flags: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

async function available<result>(work: () => Promise<result>): Promise<result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof BytesMissingError ? error : new VaultUnavailableError("store", error);
  }
}
