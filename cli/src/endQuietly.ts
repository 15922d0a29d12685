import { EXIT_CODES } from "./ExitCode.ts";

/**
 * Lets whoever reads the results go before their end, as `head` does: what is under way is still finished, so that nothing is left
 * half done, nothing more is said, and the process ends as any in a pipe does. Lost progress and errors matter to nobody.
 */
export function endQuietly(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exitCode = EXIT_CODES.unread;
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
