import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Address, Hash } from "viem";

export type DeployedContract = {
  address: Address;
  /** The block and transaction that created it. */
  block: number;
  transaction: Hash;
  /** As JSON; integers as decimal text. */
  arguments: unknown[];
};

/** What `deployments/<network>.json` holds. */
export type AddressBook = {
  network: string;
  consortium: string;
  chainId: number;
  /** Hash of block 0, which tells chains of one id apart. */
  genesis: Hash;
  deployer: Address;
  settlementToken: Address;
  contracts: Record<string, DeployedContract>;
};

export function addressBookPath(root: string, network: string): string {
  return join(root, "deployments", `${network}.json`);
}

export function readAddressBook(root: string, network: string): AddressBook | undefined {
  const path = addressBookPath(root, network);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as AddressBook) : undefined;
}

/** Writes a file whole or not at all. */
export function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}
