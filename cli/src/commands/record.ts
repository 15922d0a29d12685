import type { Command } from "commander";
import type { Address } from "viem";
import { readPublished } from "../findRecord.ts";
import type { Io } from "../Io.ts";
import { parseAddress, parseCount } from "../parse/parsers.ts";
import { table } from "../print/table.ts";
import { act } from "./act.ts";
import { addLimitRetentionCommand } from "./limitRetention.ts";
import { addVaultCommands } from "./vault.ts";

type FindOptions = { patient?: Address; category?: string; of?: number };

/** Records and their anchors. */
export function addRecordCommands(program: Command, io: Io): void {
  const record = program.command("record").description("records and their anchors");
  addVaultCommands(record, io);
  addLimitRetentionCommand(record, io);

  act<FindOptions>(
    record
      .command("find")
      .description("lists the records that custodians published")
      .option("--patient <did>", "of this patient only", parseAddress)
      .option("--category <name>", "of this category only, such as labs")
      .option("--of <member>", "of this custodian only", parseCount),
    io,
    async (session, { patient, category, of }) => {
      const records = (await readPublished(session))
        .filter((one) => patient === undefined || one.patient === patient)
        .filter((one) => category === undefined || one.category === category)
        .filter((one) => of === undefined || one.custodian === of)
        .map(({ leaf, batch, patient: whose, custodian, category: kind, level }) => {
          return { record: leaf, batch, patient: whose, custodian, category: kind, level };
        });
      session.print({
        data: { records },
        text: table(
          ["Record", "Patient", "Custodian", "Category", "Level"],
          records.map((one) => [one.record, one.patient, one.custodian, one.category, one.level]),
        ),
      });
    },
  );
}
