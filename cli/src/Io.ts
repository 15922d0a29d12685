import type { Transport } from "viem";
import type { LedgerTransport } from "./keys/ledgerAccount.ts";

/** Everything by which the command line touches its surroundings, so that tests run it without a process of its own. */
export type Io = {
  /** Writes a result. */
  out(text: string): void;
  /** Writes progress, questions and errors: never to where results go. */
  note(text: string): void;
  /** Asks without showing what is typed; undefined if nobody is at the terminal. */
  askSecret: ((question: string) => Promise<string>) | undefined;
  /** Asks for a yes; undefined if nobody is at the terminal. */
  confirm: ((question: string) => Promise<boolean>) | undefined;
  /** The way to a JSON-RPC endpoint. */
  transport(url: string): Transport;
  openLedger(): Promise<LedgerTransport>;
  /** Where `consilium.json` of a project is looked for, and relative paths start. */
  directory: string;
  /** Holds the person's own `consilium.json`, `keys/` and `documents/`; nobody else can read it. */
  home: string;
  /** Resolves when somebody ends what goes on until it is stopped, such as the gateway. */
  untilStopped(): Promise<void>;
};
