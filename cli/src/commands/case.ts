import type { Command } from "commander";
import { Option } from "commander";
import { zeroAddress, zeroHash, type Address, type Hex } from "viem";
import { callOf, relayCall, signComplaint, VIOLATIONS, violationCode, type ViolationName } from "@consilium/sdk";
import { UsageError } from "../errors.ts";
import { findRecord } from "../findRecord.ts";
import type { Io } from "../Io.ts";
import { keepFile } from "../keepFile.ts";
import { parseAddress, parseCount, parseHash, parseTime, type TimeText } from "../parse/parsers.ts";
import type { Session } from "../session/Session.ts";
import { signForRelay } from "../signForRelay.ts";
import { tellSigned } from "../tellSigned.ts";
import { act } from "./act.ts";
import { addCaseDecisionCommands } from "./caseDecision.ts";
import { addCaseListCommands } from "./caseList.ts";

type ComplainOptions = {
  against: number;
  text: string;
  patient?: Address;
  forMember?: boolean;
  sign?: string;
  deadline?: TimeText;
};
type ReportOptions = { against: number; violation: ViolationName; evidence: string; complaint?: Hex; grant?: Hex };

/** Complaints, reports of violations, and what becomes of them. */
export function addCaseCommands(program: Command, io: Io): void {
  const cases = program.command("case").description("complaints, reports of violations, and what becomes of them");

  const complain = cases
    .command("complain")
    .description("complains of a member; without effect by itself, but a report may name it")
    .requiredOption("--against <member>", "id of the member complained of", parseCount)
    .requiredOption("--text <file>", "what you say; its salted hash goes on the chain")
    .option("--patient <did>", "the patient for whom you complain: yourself, or one for whom you decide", parseAddress)
    .option("--for-member", "complain for the institution whose agent you are")
    .option("--sign <file>", "with --patient: only sign it, into a file that anyone sends by `consent relay`")
    .option("--deadline <time>", "with --sign: until when it can be sent; 30 days unless said", parseTime);
  act<ComplainOptions>(complain, io, fileComplaint);

  const report = cases
    .command("report")
    .description("reports a violation as an agent of a member, which opens a case")
    .requiredOption("--against <member>", "id of the member accused", parseCount)
    .addOption(
      new Option("--violation <code>", "what it did, by the codes of the negative list and the catalogue")
        .choices(VIOLATIONS)
        .makeOptionMandatory(),
    )
    .requiredOption("--evidence <file>", "what shows it; its salted hash goes on the chain")
    .option("--complaint <id>", "the complaint that it follows from", parseHash)
    .option("--grant <id>", "the grant that it is about", parseHash);
  act<ReportOptions>(report, io, async (session, { against, violation, evidence, complaint, grant }) => {
    const { hash: evidenceHash, kept } = keepFile(session, evidence);
    const about = [complaint ?? zeroHash, grant ?? zeroHash] as const;
    const { receipt, result } = await session.send(
      `Report member ${against} for ${violation}`,
      callOf("Supervision", "reportViolation", [against, violationCode(violation), evidenceHash, ...about]),
    );
    const id = result as Hex;
    session.report({
      data: {
        ...{ case: id, against, violation, complaint, grant },
        ...{ evidenceHash, kept, transaction: receipt?.transactionHash },
      },
      text: `Case ${id}\nA supervisor of neither member decides: consilium case decide ${id}`,
    });
  });

  const overdue = cases
    .command("report-overdue")
    .description(
      "reports a record that was not destroyed by its deadline; anyone may, and every member sees the record",
    )
    .argument("<record>", "leaf of a published record, or its reference file");
  act(overdue, io, async (session, _options, text) => {
    const { leaf, batch, record, proof } = await findRecord(session, text);
    const { receipt, result } = await session.send(
      `Report that record ${leaf} is overdue for destruction`,
      callOf("Supervision", "reportOverdueDestruction", [batch, record, proof]),
    );
    const id = result as Hex;
    session.report({
      data: { case: id, record: leaf, batch, transaction: receipt?.transactionHash },
      text: `Case ${id}\nA supervisor of another member decides: consilium case decide ${id}`,
    });
  });

  addCaseDecisionCommands(cases, io);
  addCaseListCommands(cases, io);
}

async function fileComplaint(session: Session, options: ComplainOptions): Promise<void> {
  const { against, text, patient, forMember = false, sign, deadline } = options;
  if ((patient === undefined) !== forMember) {
    throw new UsageError("A complaint is a patient's or a member's.", {
      mend: "Name one of both, by --patient or --for-member.",
    });
  }
  if (sign !== undefined && patient === undefined) {
    throw new UsageError("Only a patient's side signs a complaint for others to send.", { mend: "Leave out --sign." });
  }
  const { hash: textHash, kept } = keepFile(session, text);
  const data = { against, patient, textHash, kept };
  const what = `Complain of member ${against} for ${patient ?? "your member"}`;
  if (sign !== undefined) {
    const signed = await signForRelay(session, {
      ...{ what, contract: "Supervision", file: sign, deadline },
      sign: async (wallet, form) =>
        relayCall("Complain", await signComplaint(wallet, { ...form, patient: patient!, accused: against, textHash })),
    });
    return tellSigned(session, { data, file: sign, ...signed });
  }
  const call = callOf("Supervision", "complain", [patient ?? zeroAddress, against, textHash]);
  const { receipt, result } = await session.send(what, call);
  session.report({
    data: { complaint: result, ...data, transaction: receipt?.transactionHash },
    text: `Complaint ${String(result)}\nAn agent of any member may report the violation: consilium case report --complaint ${String(result)}`,
  });
}
