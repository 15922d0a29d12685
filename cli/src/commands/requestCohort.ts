import type { Hex } from "viem";
import { sendCohort } from "@consilium/sdk";
import type { CohortEvaluation, CohortMember, EncodePolicyWordParameters, RefusedMember } from "@consilium/sdk";
import { drawUpCohort } from "../drawUpCohort.ts";
import { Ended } from "../Ended.ts";
import { EXIT_CODES } from "../ExitCode.ts";
import { day } from "../print/day.ts";
import { readCohortFile } from "../readCohortFile.ts";
import type { Session } from "../session/Session.ts";

export type RequestCohortParameters = {
  /** See `readCohortFile`. */
  file: string;
  study: Hex | undefined;
  word: EncodePolicyWordParameters & { validUntil: number };
  /** Send it even if nobody would be granted. */
  isAnyway: boolean;
};

/** Asks for the records of a cohort, or in a dry run tells who would be granted, and of each other why not. */
export async function requestCohort(session: Session, parameters: RequestCohortParameters): Promise<void> {
  const { file, study, word, isAnyway } = parameters;
  const { body, evaluation } = await drawUpCohort(session, { cohort: readCohortFile(session.io, file), study, word });
  if (session.settings.dryRun || (evaluation.decision === "DENIED" && !isAnyway)) {
    session.print({
      data: { sent: false, ...dataOf(evaluation, evaluation.granted) },
      text: `${told(evaluation)}\nNothing was sent.`,
    });
    if (evaluation.decision === "DENIED") throw new Ended(EXIT_CODES.denied);
    return;
  }
  const { granted, refused } = evaluation;
  await session.requireYes(
    `Ask for ${granted.length + refused.length} records, of which ${granted.length} would be granted`,
  );
  session.io.note("Sending the request …");
  const answer = await sendCohort(await session.signing(), body);
  const { id, decision, transaction, until } = answer;
  const members = answer.granted.map(({ member }) => member);
  const next =
    decision === "APPROVED" ? `\nUntil ${day(until)}: consilium fetch ${id} --record LEAF --gateway URL` : "";
  session.print({
    data: { sent: true, request: id, ...dataOf(answer, members), transaction },
    text: `Request ${id}\n${told(answer)}${next}`,
  });
  if (decision === "DENIED") throw new Ended(EXIT_CODES.denied);
}

type Told = Pick<CohortEvaluation, "decision" | "failed" | "reasons" | "refused" | "until"> & { granted: unknown[] };

function dataOf({ decision, failed, reasons, refused, until }: Told, granted: readonly CohortMember[]) {
  return { decision, failed, reasons, granted: granted.map(named), refused: refused.map(refusal), until };
}

const named = ({ record, batch, consent }: CohortMember) => ({ record, batch, consent });
const refusal = ({ member, failed, reasons }: RefusedMember) => ({ ...named(member), failed, reasons });

function told({ decision, reasons, granted, refused }: Told): string {
  return [
    `Decision: ${decision}`,
    ...reasons.map(({ text }) => `  - ${text}`),
    `Granted: ${granted.length}`,
    ...(refused.length > 0 ? [`Refused: ${refused.length}`] : []),
    ...refused.flatMap(({ member, reasons: why }) => [member.record, ...why.map(({ text }) => `  - ${text}`)]),
  ].join("\n");
}
