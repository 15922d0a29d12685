import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { custom, type Transport } from "viem";
import type { Io } from "../../../cli/src/Io.ts";
import { run } from "../../../cli/src/run.ts";
import { addressBookPath, writeWhole } from "../../../scripts/deployment/AddressBook.ts";
import { ROOT } from "../../../scripts/paths.ts";
import { connection, type Governed, type SignerName } from "../../fixtures/consilium.ts";
import { bookOf } from "../../sdk/support/openScenario.ts";

const SCRATCH = join(ROOT, ".consilium");

/** What JSON.parse answers, to be looked into by tests. */
export type Json = ReturnType<typeof JSON.parse>;

export type Ran = { code: number; out: string; err: string; json: Json };

/** What is otherwise at this terminal; `transportFor` names endpoints that are not the in-process chain. */
export type Changes = Partial<Io> & { transportFor?: (url: string) => Transport | undefined };

/** A person's terminal before the in-process chain, without a process of its own. */
export type Terminal = {
  directory: string;
  home: string;
  /** Runs `consilium`, the words parted by spaces, or as given. */
  run(words: string | string[], changes?: Changes): Promise<Ran>;
  close(): void;
};

export function openTerminal(): Terminal {
  mkdirSync(SCRATCH, { recursive: true });
  const directory = mkdtempSync(join(SCRATCH, "cli-"));
  const home = join(directory, "home");
  return {
    directory,
    home,
    async run(words, { transportFor, ...changes } = {}) {
      const [out, err]: [string[], string[]] = [[], []];
      const io: Io = {
        out: (text) => void out.push(text),
        note: (text) => void err.push(text),
        askSecret: undefined,
        confirm: undefined,
        transport: (url) => transportFor?.(url) ?? custom(connection.provider, { retryCount: 0 }),
        openLedger: () => Promise.reject(new Error("no device")),
        directory,
        home,
        untilStopped: () => Promise.resolve(),
        ...changes,
      };
      const argv = typeof words === "string" ? words.split(" ") : words;
      const code = await run(argv, io);
      const text = out.join("\n");
      return {
        code,
        out: text,
        err: err.join("\n"),
        json: argv.includes("--json") && text !== "" ? JSON.parse(text) : {},
      };
    },
    close: () => rmSync(directory, { recursive: true }),
  };
}

/** Writes the fixture's address book where `--root` looks for it. */
export function writeBook(directory: string, suite: Pick<Governed, "contracts">): void {
  const book = { ...bookOf(suite), network: "local", consortium: "demo" };
  writeWhole(addressBookPath(directory, "local"), JSON.stringify(book));
}

/** One of the fixture's wallets by its name, or another of the network's. */
export type Who = SignerName | { address: string };

/** The options by which a command signs as somebody. */
export function as({ signers }: Pick<Governed, "signers">, who: Who): string[] {
  const { address } = typeof who === "string" ? signers[who] : who;
  return ["--key", `rpc:http://127.0.0.1:8545#${address}`];
}

/** How a test runs commands by the fixture's wallets; they answer in JSON. */
export type Person = ReturnType<typeof runAs>;

/**
 * @param suite The fixture at the time of the call.
 * @param always Options of every command.
 */
export function runAs(terminal: Terminal, suite: () => Pick<Governed, "signers">, ...always: string[]) {
  const run = (who: Who, words: string | string[], ...more: string[]): Promise<Ran> =>
    terminal.run([
      ...(typeof words === "string" ? words.split(" ") : words),
      ...["--network", "local", "--root", terminal.directory, "--json", ...as(suite(), who)],
      ...always,
      ...more,
    ]);
  /** Runs what must succeed. @returns What it printed. */
  const done = async (who: Who, words: string | string[]): Promise<Json> => {
    const { code, err, json } = await run(who, words, "--yes");
    expect(code, err).to.equal(0);
    return json;
  };
  /** Runs what is refused. @returns How it ended, and by which error. */
  const refusalOf = async (who: Who, words: string | string[]): Promise<[number, string]> => {
    const { code, json } = await run(who, words, "--yes");
    return [code, json["error"].error as string];
  };
  return { run, done, refusalOf };
}
