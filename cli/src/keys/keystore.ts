import { scrypt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { getAddress, isHex, size } from "viem";
import type { Address, Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { PrivateKeyAccount } from "viem/accounts";
import { KeySourceError } from "../errors.ts";
import type { Io } from "../Io.ts";

/** Encrypted keys by Web3 Secret Storage version 3, as geth, ethers, MetaMask and Web3Signer read and write them. */

/** A name stands for a file in the person's own `keys/`; anything with a slash or an ending is a path. */
export function keystorePath(name: string, io: Io): string {
  if (/^[\w-]+$/.test(name)) return join(io.home, "keys", `${name}.json`);
  return isAbsolute(name) ? name : resolve(io.directory, name);
}

/** Names of the keys in the person's own `keys/`, with their addresses, as the files tell them; nothing is decrypted. */
export function listKeystores(io: Io): { name: string; address: Address }[] {
  const directory = join(io.home, "keys");
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => ({ name: file.slice(0, -".json".length), address: keystoreAddress(join(directory, file)) }));
}

/** The address that the keystore names; it is not secret. */
export function keystoreAddress(path: string): Address {
  try {
    const { address } = JSON.parse(readKeystore(path)) as { address: string };
    return getAddress(address.startsWith("0x") ? address : `0x${address}`);
  } catch (cause) {
    if (cause instanceof KeySourceError) throw cause;
    throw new KeySourceError(`${path} is no keystore.`, { mend: "Name a Web3 Secret Storage file (V3).", cause });
  }
}

/** Writes a wallet's key, encrypted; never over another file. */
export async function writeKeystore(path: string, key: Hex, password: string): Promise<Address> {
  await writeSecret(path, key, password);
  return privateKeyToAccount(key).address;
}

/** Writes any secret of 32 bytes by the same format. @throws KeySourceError if the file is there, or secret or password are unfit. */
export async function writeSecret(path: string, secret: Hex, password: string): Promise<void> {
  if (existsSync(path)) throw new KeySourceError(`${path} is there already.`, { mend: "Take another name." });
  if (password.length < 8) {
    throw new KeySourceError("The password is shorter than 8 characters.", { mend: "Take a longer one." });
  }
  if (!isHex(secret) || size(secret) !== 32) {
    throw new KeySourceError("It is no private key.", { mend: "Give 32 bytes as 0x and 64 hex digits." });
  }
  const { encryptKeystoreJson } = await keystoreLibrary();
  const { address } = privateKeyToAccount(secret);
  const json = await encryptKeystoreJson({ address, privateKey: secret }, password);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${json}\n`, { mode: 0o600, flag: "wx" });
}

/** Opens a wallet's key. Throws as `openSecret`. */
export async function openKeystore(path: string, password: string): Promise<PrivateKeyAccount> {
  return privateKeyToAccount(await openSecret(path, password));
}

/** Opens a keystore. @throws KeySourceError if the file is none, or the password another. */
export async function openSecret(path: string, password: string): Promise<Hex> {
  const json = readKeystore(path);
  const { decryptKeystoreJson, isKeystoreJson } = await keystoreLibrary();
  if (!isKeystoreJson(json)) {
    throw new KeySourceError(`${path} is no keystore.`, { mend: "Name a Web3 Secret Storage file (V3)." });
  }
  try {
    return (await decryptKeystoreJson(json, password)).privateKey as Hex;
  } catch (cause) {
    throw new KeySourceError(`${path} does not open with this password.`, { mend: "Try again.", cause });
  }
}

function readKeystore(path: string): string {
  if (existsSync(path)) return readFileSync(path, "utf8");
  throw new KeySourceError(`There is no keystore ${path}.`, {
    mend: "See `consilium key list`, or make one by `consilium key new NAME`.",
  });
}

async function keystoreLibrary() {
  const ethers = await import("ethers");
  // Node's own scrypt is several times as fast as the library's in JavaScript.
  ethers.scrypt.register(
    (password, salt, N, r, p, length) =>
      new Promise((done, fail) => {
        scrypt(password, salt, length, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
          error === null ? done(ethers.hexlify(key)) : fail(error),
        );
      }),
  );
  return ethers;
}
