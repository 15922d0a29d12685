import type { Command } from "commander";
import { BaseError } from "@consilium/sdk";

/** Runs a script's command: results go to standard output, progress and errors to standard error, failure into the exit code. */
export async function runCommand(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    // What we raised on purpose explains itself; of anything else the trace is of use.
    console.error(error instanceof BaseError ? error.message : error);
    process.exitCode = 1;
  }
}
