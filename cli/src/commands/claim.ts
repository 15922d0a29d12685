import type { Command } from "commander";
import { isAddressEqual } from "viem";
import type { Address, Hex } from "viem";
import { callOf, CallRevertedError, ofPatient, rebuildCohort, rebuildGrant, simulateCall } from "@consilium/sdk";
import type { Call, GrantMember } from "@consilium/sdk";
import { describeError } from "../describeError.ts";
import type { Io } from "../Io.ts";
import { parseAddress } from "../parse/parsers.ts";
import { table } from "../print/table.ts";
import { readPatientOf } from "../readCohort.ts";
import { readEvents } from "../session/readEvents.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

/** The contracts' Decision. */
const APPROVED = 1;

/** What a grant of the patient's may bring; revenue comes only to a grant that was enrolled before the deposit. */
type Claimable = { what: "points" | "revenue"; grant: Hex; call: Call; enrolment?: Call };

type Claimed = {
  what: Claimable["what"];
  grant: Hex;
  outcome: "claimed" | "enrolled" | "refused";
  transaction?: Hex | undefined;
  refused?: string;
};

/** What a patient's data earned. Anyone may claim for a patient: it goes to whom the patient's side chose. */
export function addClaimCommand(program: Command, io: Io): void {
  const claim = program
    .command("claim")
    .description("claims the revenue and the points that a patient's data earned; enrolls grants for revenue to come");
  act<{ patient?: Address }>(
    claim.option("--patient <did>", "another patient than the signer", parseAddress),
    io,
    async (session, options) => {
      const patient = options.patient ?? (await session.key()).address;
      const claims: Claimed[] = [];
      for (const one of await readClaimable(session, patient)) claims.push(await settle(session, one));
      session.report({
        data: { patient, claims },
        text: table(
          ["What", "Grant", "Outcome"],
          claims.map(({ what, grant, outcome, refused }) => [what, grant, refused ?? OUTCOMES[outcome]]),
        ),
      });
    },
  );
}

const OUTCOMES = { claimed: "claimed", enrolled: "enrolled: it shares in every later deposit", refused: "refused" };

/** Claims, or enrolls what is not enrolled yet; a refusal of one claim does not stop the others. */
async function settle(session: Session, { what, grant, call, enrolment }: Claimable): Promise<Claimed> {
  const refusal = await refusalOf(session, call);
  if (refusal === undefined) {
    const { receipt } = await session.send(`Claim ${what} of grant ${grant}`, call);
    return { what, grant, outcome: "claimed", transaction: receipt?.transactionHash };
  }
  if (refusal.error !== "NotEnrolled" || enrolment === undefined) {
    return { what, grant, outcome: "refused", refused: describeError(refusal).message };
  }
  const notEnrollable = await refusalOf(session, enrolment);
  if (notEnrollable !== undefined) {
    return { what, grant, outcome: "refused", refused: describeError(notEnrollable).message };
  }
  const { receipt } = await session.send(`Enroll grant ${grant} for revenue`, enrolment);
  return { what, grant, outcome: "enrolled", transaction: receipt?.transactionHash };
}

async function refusalOf(session: Session, call: Call): Promise<CallRevertedError | undefined> {
  try {
    await simulateCall(await session.suite(), call, (await session.key()).address);
    return undefined;
  } catch (error) {
    if (error instanceof CallRevertedError) return error;
    throw error;
  }
}

/** Every claim that a patient's grants could support. */
async function readClaimable(session: Session, patient: Address): Promise<Claimable[]> {
  const opened = await readEvents(session, "RevenueSplitter", "AgreementOpened");
  const granted = await readGrants(session, patient);
  return granted.flatMap(({ grant, member, proof }): Claimable[] => [
    { what: "points", grant, call: callOf("HealthPoints", "claim", [grant, member, proof]) },
    ...opened
      .filter(({ args }) => args.study === member.study)
      .map(({ args: { agreement } }): Claimable => {
        const values = [agreement, { grant, member, proof }] as const;
        const [call, enrolment] = [
          callOf("RevenueSplitter", "claim", values),
          callOf("RevenueSplitter", "enroll", values),
        ];
        return { what: "revenue", grant, call, enrolment };
      }),
  ]);
}

async function readGrants(session: Session, patient: Address): Promise<GrantMember[]> {
  const singles = (await readEvents(session, "AccessBroker", "AccessDecided", { patient }))
    .filter(({ args }) => args.decision === APPROVED)
    .map(({ args }) => rebuildGrant(args));

  const patientOf = await readPatientOf(session);
  const members = await readEvents(session, "AccessBroker", "CohortMembersGranted");
  const cohorts = (await readEvents(session, "AccessBroker", "CohortDecided")).flatMap(({ args }) => {
    const parts = members.filter((one) => one.args.request === args.request).map((one) => one.args);
    const isTheirs = parts.some(({ consents: of, records }) =>
      records.some((record, index) => {
        const whose = patientOf({ consent: of[index]!, record });
        return whose !== undefined && isAddressEqual(whose, patient);
      }),
    );
    return isTheirs ? ofPatient(rebuildCohort({ ...args, parts, patientOf }), patient) : [];
  });
  return [...singles, ...cohorts];
}
