import type { Command } from "commander";
import { actNonce, callOf, decodeRecordMeta, relayCall, signLimitRetention } from "@consilium/sdk";
import { UsageError } from "../errors.ts";
import { findRecord } from "../findRecord.ts";
import type { Io } from "../Io.ts";
import { parseTime, timeOf, type TimeText } from "../parse/parsers.ts";
import { addSignOptions, type SignOptions } from "../parse/signOptions.ts";
import { day } from "../print/day.ts";
import { signForRelay } from "../signForRelay.ts";
import { tellSigned } from "../tellSigned.ts";
import { act } from "./act.ts";

type LimitOptions = SignOptions & { until?: TimeText; none?: boolean };

/** How the patient's side ends the retention of a record earlier. */
export function addLimitRetentionCommand(record: Command, io: Io): void {
  const limit = record
    .command("limit-retention")
    .description("as the patient, ends a record's retention earlier, moves that end, or lifts it until it has come")
    .argument("<record>", "by leaf or reference file")
    .option(
      "--until <time>",
      "from when nobody may use it and its destruction is due: a day, or a period from now; more than a day off",
      parseTime,
    )
    .option("--none", "lift the earlier end; the custodian's own holds again");
  act<LimitOptions>(addSignOptions(limit), io, async (session, { none = false, sign, deadline, ...options }, named) => {
    if (none === (options.until !== undefined)) {
      throw new UsageError("It is not clear when the retention ends.", { mend: "Name a time by --until, or --none." });
    }
    const { leaf, batch, record: anchored, proof } = await findRecord(session, named);
    const until = options.until === undefined ? 0 : timeOf(options.until, await session.now());
    const what = none
      ? `Lift the earlier end of the retention of record ${leaf}`
      : `End the retention of record ${leaf} at ${day(until)} UTC`;
    if (sign !== undefined) {
      const nonce = await actNonce(
        await session.suite(),
        "LimitRetention",
        batch,
        decodeRecordMeta(anchored.meta).index,
      );
      const terms = { batch, record: anchored, proof, until, nonce };
      const signed = await signForRelay(session, {
        ...{ what, contract: "RecordRegistry", file: sign, deadline },
        sign: async (wallet, form) =>
          relayCall("LimitRetention", await signLimitRetention(wallet, { ...form, ...terms })),
      });
      return tellSigned(session, { data: { record: leaf, batch, until }, file: sign, ...signed });
    }
    const call = callOf("RecordRegistry", "limitRetention", [batch, anchored, proof, until]);
    const { receipt } = await session.send(what, call);
    session.report({
      data: { record: leaf, batch, until, block: receipt?.blockNumber, transaction: receipt?.transactionHash },
      text: none
        ? "The custodian's own end of retention holds again."
        : `From ${day(until)} UTC on nobody may use the record, and its destruction is due.`,
    });
  });
}
