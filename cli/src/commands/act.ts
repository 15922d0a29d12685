import type { Command } from "commander";
import type { Io } from "../Io.ts";
import { openSession } from "../session/openSession.ts";
import type { Session } from "../session/Session.ts";
import type { Settings } from "../session/readSettings.ts";

/** What a command does, given its operands and its own options; it reports through the session. */
export type Act<options> = (session: Session, options: options, ...operands: string[]) => Promise<void>;

/** Ties a command to what it does. */
export function act<options>(command: Command, io: Io, perform: Act<options>): Command {
  return command.action(async (...parameters: unknown[]) => {
    const called = parameters.at(-1) as Command;
    const options = called.optsWithGlobals();
    const session = openSession(globals(options), io);
    try {
      await perform(session, options as options, ...(called.processedArgs as string[]));
    } finally {
      await session.close();
    }
  });
}

function globals(options: Record<string, unknown>): Partial<Settings> {
  const names = [
    ...["network", "consortium", "rpc", "graph", "root", "key", "passwordFile", "dryRun", "yes", "json", "field"],
  ] as (keyof Settings)[];
  return Object.fromEntries(names.map((name) => [name, options[name]]));
}
