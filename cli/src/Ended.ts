import type { ExitCode } from "./ExitCode.ts";

/** Thrown to end with a code other than 0, once everything has been told. */
export class Ended extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode) {
    super(`Ended with ${exitCode}.`);
    this.exitCode = exitCode;
  }
}
