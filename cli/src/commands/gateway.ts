import { Writable } from "node:stream";
import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { openVaultOf } from "../openVaultOf.ts";
import { parseCount } from "../parse/parsers.ts";
import { act } from "./act.ts";

/** The custodian's service. */
export function addGatewayCommand(program: Command, io: Io): void {
  const gateway = program
    .command("gateway")
    .description("runs the custodian's gateway until it is stopped; its settings stand under gateway in consilium.json")
    .option("--port <number>", "port on the loopback interface; 0: any that is free", parseCount);
  act<{ port?: number }>(gateway, io, async (session, { port }) => {
    const { settingsSchema, startGateway } = await import("@consilium/gateway");
    const { success, data, error } = settingsSchema.safeParse({
      ...session.settings.gateway,
      ...(port !== undefined && { port }),
    });
    if (!success) {
      const faults = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
      throw new UsageError(`The gateway's settings cannot be used: ${faults}.`, {
        mend: "Mend them by docs/gateway.md.",
      });
    }
    const suite = await session.signing();
    const vault = await openVaultOf(session);
    try {
      const running = await startGateway({ suite, vault, settings: data, logTo: linesTo(io) });
      session.print({ data: { url: running.url }, text: `The gateway listens at ${running.url}` });
      await io.untilStopped();
      io.note("Finishing what is under way …");
      await running.stop();
    } finally {
      await vault.close();
    }
  });
}

/** The service's log, a line of JSON each. */
function linesTo(io: Io): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      io.note(chunk.toString().trimEnd());
      done();
    },
  });
}
