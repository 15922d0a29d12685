import type { Command } from "commander";
import { Option } from "commander";
import { zeroAddress, type Hex } from "viem";
import { callOf } from "@consilium/sdk";
import { UsageError } from "../errors.ts";
import { findEmergency } from "../findEmergency.ts";
import { findRecord } from "../findRecord.ts";
import type { Io } from "../Io.ts";
import { keepDocument } from "../keepDocument.ts";
import { parseHash } from "../parse/parsers.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

type ReviewOptions = { verdict: "justified" | "unjustified"; reason: string };

/** What follows an emergency: its verdict, its end without one, and the notice to a person who was not identified. */
export function addEmergencyReviewCommands(emergency: Command, io: Io): void {
  const review = emergency
    .command("review")
    .description("gives a supervisor's verdict; unjustified ends the access and sanctions the clinician's institution")
    .argument("<emergency>", "id", parseHash)
    .addOption(
      new Option("--verdict <verdict>", "what you find: justified or unjustified")
        .choices(["justified", "unjustified"])
        .makeOptionMandatory(),
    )
    .requiredOption("--reason <text>", "why, in words; its salted hash goes on the chain");
  act<ReviewOptions>(review, io, async (session, { verdict, reason }, id) => {
    const reasonHash = keepDocument(session, reason);
    const call = callOf("EmergencyAccess", "review", [id as Hex, verdict === "justified", reasonHash]);
    const { receipt } = await session.send(`Find emergency ${id} ${verdict}`, call);
    session.report({
      data: { emergency: id, verdict, reasonHash, transaction: receipt?.transactionHash },
      text: `Emergency ${id} is found ${verdict}.`,
    });
  });

  const lapse = emergency
    .command("lapse")
    .description("closes an emergency that nobody reviewed in time, and sanctions its institution; anyone may")
    .argument("<emergency>", "id", parseHash);
  act(lapse, io, async (session, _options, id) => {
    const { receipt } = await session.send(
      `Have emergency ${id} lapse, which sanctions its institution`,
      callOf("EmergencyAccess", "lapse", [id as Hex]),
    );
    session.report({
      data: { emergency: id, transaction: receipt?.transactionHash },
      text: `Emergency ${id} has lapsed.`,
    });
  });

  const bind = emergency
    .command("bind")
    .description(
      "as the record's custodian says who an unidentified person is, by the record that the emergency names; once, for good",
    )
    .argument("<emergency>", "id", parseHash)
    .option("--record <file>", "the record's reference file, if it was not published");
  act<{ record?: string }>(bind, io, (session, { record }, id) => bindPatient(session, id as Hex, record));
}

async function bindPatient(session: Session, id: Hex, reference: string | undefined): Promise<void> {
  const { clinician, terms } = await findEmergency(session, id);
  if (terms.patient !== zeroAddress) {
    throw new UsageError(`The emergency ${id} names its patient.`, {
      mend: "There is nobody to bind: the notice went out when it was opened.",
    });
  }
  const { leaf, record, proof } = await findRecord(session, reference ?? terms.record);
  if (leaf !== terms.record) {
    throw new UsageError(`The emergency ${id} names another record.`, {
      mend: `Give the reference file of the record ${terms.record}.`,
    });
  }
  const { receipt } = await session.send(
    `Bind emergency ${id} to the patient of record ${leaf}`,
    callOf("EmergencyAccess", "bindPatient", [clinician, terms, record, proof]),
  );
  session.report({
    data: { emergency: id, record: leaf, patient: record.patient, transaction: receipt?.transactionHash },
    text: `Emergency ${id} is about ${record.patient}, and covers this patient's other records too.`,
  });
}
