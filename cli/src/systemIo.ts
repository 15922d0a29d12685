import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { http } from "viem";
import type { Io } from "./Io.ts";
import { openUsbLedger } from "./keys/openUsbLedger.ts";

/** The person's own terminal, file system and network. */
export function systemIo(): Io {
  const attended = process.stdin.isTTY && process.stderr.isTTY;
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    askSecret: attended ? askSecret : undefined,
    confirm: attended ? confirm : undefined,
    transport: (url) => http(url, { batch: true, retryCount: 1, timeout: 30_000 }),
    openLedger: openUsbLedger,
    directory: process.cwd(),
    home:
      process.env["CONSILIUM_HOME"] ?? join(process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "consilium"),
    untilStopped,
  };
}

async function askSecret(question: string): Promise<string> {
  const { default: password } = await import("@inquirer/password");
  return password({ message: question, mask: "*" }, { output: process.stderr });
}

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

/** Until the terminal or a supervisor says to stop. */
function untilStopped(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
  });
}
