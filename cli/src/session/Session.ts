import type { Suite, Call } from "@consilium/sdk";
import type { TransactionReceipt } from "viem";
import type { AddressBook } from "../../../scripts/deployment/AddressBook.ts";
import type { Io } from "../Io.ts";
import type { Key } from "../keys/openKey.ts";
import type { Settings } from "./readSettings.ts";

/** What a command prints: all of it as JSON, or the text for people. */
export type Report = { data: Record<string, unknown>; text: string };

/** What became of a call: mined, or in a dry run tried only. */
export type Outcome = { call: Call; receipt: TransactionReceipt | undefined; result: unknown };

/** One call of the command line, as its commands see it. Chain and key are opened when first asked for, and once. */
export type Session = {
  io: Io;
  settings: Settings;
  /** Where `deployments/` lies. */
  root: string;
  book(): AddressBook;
  /** To read. */
  suite(): Promise<Suite>;
  /** To read and to send by the key. */
  signing(): Promise<Suite>;
  key(): Promise<Key>;
  /** Endpoint of the index. */
  graph(): string;
  /** Blocks that one call may ask for when events are read. */
  logRange(): bigint;
  /** Time of the latest block, unix seconds. */
  now(): Promise<number>;
  /** Tries a call, asks, sends it and waits; in a dry run only tries it. `what` says in words what it does. */
  send(what: string, call: Call): Promise<Outcome>;
  /** Asks whether to do it, unless `--yes` said so. */
  requireYes(what: string): Promise<void>;
  /** Prints what became of a command that writes; in a dry run, what it would have sent. */
  report(report: Report): void;
  /** Prints what was read, in a dry run too. */
  print(report: Report): void;
  close(): Promise<void>;
};
