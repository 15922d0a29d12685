import type { Command } from "commander";
import { parseEventLogs, type Address } from "viem";
import { abis, callOf, emergencyTerms, unidentifiedEmergencyTerms, type EmergencyTerms } from "@consilium/sdk";
import { Ended } from "../Ended.ts";
import { UsageError } from "../errors.ts";
import { EXIT_CODES } from "../ExitCode.ts";
import { findRecord } from "../findRecord.ts";
import type { Io } from "../Io.ts";
import { keepDocument } from "../keepDocument.ts";
import { categoriesIn, categoriesOf, labelsOf } from "../parse/categories.ts";
import { collect, parseAddress, parsePeriod } from "../parse/parsers.ts";
import { day } from "../print/day.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";
import { addEmergencyReviewCommands } from "./emergencyReview.ts";
import { addOptOutCommand } from "./optOut.ts";

type OpenOptions = { patient?: Address; record?: string; category: string[]; duration?: number; reason: string };

/** Breaking the glass. */
export function addEmergencyCommands(program: Command, io: Io): void {
  const emergency = program.command("emergency").description("access at once, without a consent, reviewed afterwards");
  const open = emergency
    .command("open")
    .description("opens a patient's records to you as a clinician; who finds it unjustified sanctions your institution")
    .option("--patient <did>", "whose records", parseAddress)
    .option("--record <record>", "in place of a patient who is not identified: one record, by leaf or reference file")
    .requiredOption("--category <name>", "kind of record, such as labs; several times or by commas", collect)
    .option("--duration <period>", "such as 4h; the consortium's default unless said", parsePeriod)
    .requiredOption("--reason <text>", "why, in words; its salted hash goes on the chain");
  act<OpenOptions>(open, io, async (session, options) => {
    const terms = await termsOf(session, options);
    const whose = options.patient ?? `the person of record ${terms.record}`;
    const call = callOf("EmergencyAccess", "open", [terms]);
    const { receipt } = await session.send(`Open the records of ${whose} in an emergency`, call);
    const [event] = parseEventLogs({
      ...{ abi: abis.EmergencyAccess, eventName: "EmergencyOpened" },
      logs: receipt?.logs ?? [],
    });
    if (event === undefined) return session.report({ data: {}, text: "" });
    const { emergency: id, categories, optedOut, until, reviewUntil } = event.args;
    const [opened, closed] = [categoriesIn(categories), categoriesIn(optedOut)];
    session.report({
      data: {
        ...{ emergency: id, opened, optedOut: closed, until, reviewUntil },
        ...{ reasonHash: terms.reasonHash, transaction: event.transactionHash },
      },
      text: [
        `Emergency ${id}`,
        `Opened: ${labelsOf(opened) || "nothing"}`,
        ...(closed.length > 0 ? [`Opted out of, and closed: ${labelsOf(closed)}`] : []),
        ...(opened.length > 0 ? [`Until ${day(until)}: consilium fetch RECORD --emergency ${id} --gateway URL`] : []),
        ...(opened.length > 0 ? [`A supervisor must find it justified before ${day(reviewUntil)}.`] : []),
      ].join("\n"),
    });
    if (opened.length === 0) throw new Ended(EXIT_CODES.denied);
  });
  addEmergencyReviewCommands(emergency, io);
  addOptOutCommand(emergency, io);
}

async function termsOf(session: Session, options: OpenOptions): Promise<EmergencyTerms> {
  const { patient, record, duration, reason } = options;
  const categories = categoriesOf(options.category);
  if ((patient === undefined) === (record === undefined)) {
    throw new UsageError("An emergency is about a patient or one record.", {
      mend: "Name one of both, by --patient or --record.",
    });
  }
  const found = record === undefined ? undefined : await findRecord(session, record);
  const reasonHash = keepDocument(session, reason);
  if (patient !== undefined) return emergencyTerms(patient, categories, reasonHash, duration);
  return unidentifiedEmergencyTerms({ batch: found!.batch, record: found!.leaf }, categories, reasonHash, duration);
}
