import type { Command } from "commander";
import { parseTime, type TimeText } from "./parsers.ts";

export type SignOptions = { sign?: string; deadline?: TimeText };

/** Adds the options by which an act is signed for others to send, see `signForRelay`. */
export function addSignOptions(command: Command): Command {
  return command
    .option("--sign <file>", "only sign it, into a file that anyone sends by `consent relay`")
    .option("--deadline <time>", "with --sign: until when it can be sent; 30 days unless said", parseTime);
}
