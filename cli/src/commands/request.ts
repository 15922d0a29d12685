import type { Command } from "commander";
import type { Hex } from "viem";
import { createRequest, duoToPolicyWord, evaluateRequest, sendRequest, decodePolicyWord } from "@consilium/sdk";
import type { AccessRequest, CreateRequestParameters, DuoTag, Evaluation, Suite } from "@consilium/sdk";
import { Ended } from "../Ended.ts";
import { UsageError } from "../errors.ts";
import { EXIT_CODES } from "../ExitCode.ts";
import { findRecord, type RecordReference } from "../findRecord.ts";
import type { Io } from "../Io.ts";
import { parseHash, timeOf, type TimeText } from "../parse/parsers.ts";
import { addPolicyOptions, fieldsOf, type PolicyOptions } from "../parse/policyOptions.ts";
import { day } from "../print/day.ts";
import { readGivenConsents } from "../readGivenConsents.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";
import { requestCohort } from "./requestCohort.ts";

type RequestOptions = PolicyOptions & {
  until: TimeText;
  study?: Hex;
  consent?: Hex;
  anyway?: boolean;
  cohort?: boolean;
};

/** Asking for a record, or for those of a cohort. */
export function addRequestCommand(program: Command, io: Io): void {
  const request = program
    .command("request")
    .description("asks for a record; tells each check that fails in words, and sends only what would not be denied")
    .argument(
      "<record>",
      "its leaf, if the custodian published it, or the custodian's reference file; or a cohort's file",
    )
    .option(
      "--cohort",
      'ask for many published records at once, of a file {"members": [{"record": LEAF, "consent": ID}]}; consent may be left out',
    )
    .option("--study <id>", "the study that needs it", parseHash)
    .option("--consent <id>", "the consent to rely on; the patient's best one unless said", parseHash)
    .option("--anyway", "send it even if it would be denied, which goes on record");
  act<RequestOptions>(addPolicyOptions(request, false), io, async (session, options, text) => {
    if (options.cohort === true) {
      if (options.consent !== undefined) {
        throw new UsageError("--consent is one record's.", {
          mend: "Name the members' consents in the cohort's file.",
        });
      }
      const word = await wordOf(session, options);
      const { study, anyway: isAnyway = false } = options;
      return requestCohort(session, { file: text, study, word, isAnyway });
    }
    const suite = await session.signing();
    const reference = await findRecord(session, text);
    const bodies = await drawUp(session, options, reference);
    const { body, evaluation } = await best(suite, bodies);
    const told = (e: Evaluation): string =>
      [
        `Decision: ${e.decision}`,
        ...e.reasons.map(({ text: reason }) => `  - ${reason}`),
        ...(e.pendingReviews.length > 0 ? [`Waits for: ${e.pendingReviews.join(", ")}`] : []),
      ].join("\n");

    if (session.settings.dryRun || (evaluation.decision === "DENIED" && options.anyway !== true)) {
      session.print({
        data: { sent: false, record: reference.leaf, ...evaluation },
        text: `${told(evaluation)}\nNothing was sent.`,
      });
      if (evaluation.decision === "DENIED") throw new Ended(EXIT_CODES.denied);
      return;
    }
    await session.requireYes(`Ask for record ${reference.leaf}`);
    const answer = await sendRequest(suite, body);
    const { id, decision, transaction, until, reasons, pendingReviews, failed } = answer;
    const next = decision === "APPROVED" ? `\nUntil ${day(until)}: consilium fetch ${id} --gateway URL` : "";
    session.print({
      data: {
        sent: true,
        request: id,
        record: reference.leaf,
        decision,
        failed,
        reasons,
        pendingReviews,
        until,
        transaction,
      },
      text: `Request ${id}\n${told(answer)}${next}`,
    });
    if (decision === "DENIED") throw new Ended(EXIT_CODES.denied);
  });
}

/** One request for each consent that it could rely on. */
async function drawUp(session: Session, options: RequestOptions, reference: RecordReference): Promise<AccessRequest[]> {
  const { study, consent } = options;
  const { batch, record, proof } = reference;
  const word = await wordOf(session, options);
  const given = await readGivenConsents(session, consent === undefined ? { patient: record.patient } : { consent });
  const choices = given.length === 0 ? [undefined] : given.map(({ terms }) => terms);
  return choices.map((one) => createRequest({ batch, record, proof, study, word, consent: one }));
}

/** What is asked for; category and level are the records' unless named. */
async function wordOf(session: Session, options: RequestOptions): Promise<CreateRequestParameters["word"]> {
  const { duo = [], disease = [] } = options;
  const now = await session.now();
  const tags = duo.map((code) => ({ code, ...(code === "DUO:0000007" && { diseases: disease }) }) as DuoTag);
  const named = tags.length === 0 ? undefined : decodePolicyWord(duoToPolicyWord(tags).word);
  const fields = fieldsOf(options);
  return {
    ...fields,
    ...(named && {
      duoUses: [...named.duoUses, ...(fields.duoUses ?? [])],
      modifiers: [...named.modifiers, ...(fields.modifiers ?? [])],
    }),
    validUntil: timeOf(options.until, now),
  };
}

/** The request that meets the best decision. */
async function best(suite: Suite, bodies: AccessRequest[]): Promise<{ body: AccessRequest; evaluation: Evaluation }> {
  const tried: { body: AccessRequest; evaluation: Evaluation }[] = [];
  for (const body of bodies) {
    const evaluation = await evaluateRequest(suite, body);
    if (evaluation.decision === "APPROVED") return { body, evaluation };
    tried.push({ body, evaluation });
  }
  const rank = ({ evaluation }: (typeof tried)[number]): number =>
    evaluation.decision === "NEEDS_REVIEW" ? -1 : evaluation.reasons.length;
  return tried.sort((a, b) => rank(a) - rank(b))[0]!;
}
