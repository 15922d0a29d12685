import { CommanderError } from "commander";
import { BaseError } from "@consilium/sdk";
import { describeError } from "./describeError.ts";
import { Ended } from "./Ended.ts";
import { EXIT_CODES, type ExitCode } from "./ExitCode.ts";
import { exitCodeOf } from "./exitCodeOf.ts";
import type { Io } from "./Io.ts";
import { createProgram } from "./createProgram.ts";
import { toJson } from "./print/toJson.ts";

/** Runs one call of the command line; results go to `io.out`, everything else to `io.note`. Returns the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    await createProgram(io).parseAsync([...argv], { from: "user" });
    return EXIT_CODES.ok;
  } catch (caught) {
    const error = ownCause(caught);
    if (error instanceof Ended) return error.exitCode;
    // Commander has said by itself what is wrong with the call.
    if (!(error instanceof CommanderError)) tell(error, argv, io);
    return exitCodeOf(error);
  }
}

/** Our own error, where a library wrapped it. */
function ownCause(caught: unknown): unknown {
  for (let error = caught; error instanceof Error; error = error.cause) {
    if (error instanceof BaseError) return error;
  }
  return caught;
}

function tell(error: unknown, argv: readonly string[], io: Io): void {
  const described = describeError(error);
  if (argv.includes("--json")) io.out(toJson({ error: { ...described, exitCode: exitCodeOf(error) } }));
  const { message, mend, reasons = [] } = described;
  io.note([message, ...reasons.map((reason) => `  - ${reason}`), `What to do: ${mend}`].join("\n"));
  if (process.env["CONSILIUM_TRACE"] === "1" && error instanceof Error) io.note(error.stack ?? "");
}
