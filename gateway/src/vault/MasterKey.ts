import { randomBytes } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { hexToBytes, isHex } from "viem";
import { MasterKeyError } from "../errors.ts";

/** 32 bytes under which a vault keeps all that opens its records. */
export type MasterKey = Uint8Array;

/**
 * Makes a new master key and its file, readable by its owner alone.
 *
 * @throws MasterKeyError if there is a file already: overwriting it would destroy a vault.
 */
export async function createMasterKey(path: string): Promise<void> {
  try {
    await writeFile(path, `0x${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx", flush: true });
  } catch (error) {
    throw new MasterKeyError(`The key file ${path} cannot be made.`, {
      mend: "Name a file that does not exist yet, in a folder that does; a vault's key is never overwritten.",
      cause: error,
    });
  }
}

/**
 * Reads what `createMasterKey` made.
 *
 * @throws MasterKeyError if it is missing, others may read it, or it holds no key.
 */
export async function readMasterKey(path: string): Promise<MasterKey> {
  const text = await readOwn(path);
  const key = text.trim();
  if (!isHex(key) || key.length !== 66) {
    throw new MasterKeyError(`The key file ${path} holds no key.`, {
      mend: "Restore it from its backup: it is one line, 0x and 64 hexadecimal digits.",
    });
  }
  return hexToBytes(key);
}

async function readOwn(path: string): Promise<string> {
  let mode: number;
  let text: string;
  try {
    ({ mode } = await stat(path));
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new MasterKeyError(`The key file ${path} cannot be read.`, {
      mend: "Check the path; a new vault's key is made by `createMasterKey`, an old one's comes from its backup.",
      cause: error,
    });
  }
  // Windows tells no such thing by mode.
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new MasterKeyError(`The key file ${path} can be read by others than its owner.`, {
      mend: `Run \`chmod 600 ${path}\`, and think who may have read it meanwhile.`,
    });
  }
  return text;
}
