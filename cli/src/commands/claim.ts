import type { Command } from "commander";
import { isAddressEqual } from "viem";
import type { Address, Hex } from "viem";
import { callOf, CallRevertedError, ofPatient, rebuildCohort, rebuildGrant, simulateCall } from "@consilium/sdk";
import type { Call, GrantMember } from "@consilium/sdk";
import { describeError } from "../describeError.ts";
import type { Io } from "../Io.ts";
import { parseAddress } from "../parse/parsers.ts";
import { table } from "../print/table.ts";
import { readPublished } from "../findRecord.ts";
import { readEvents } from "../session/readEvents.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

/** The contracts' Decision. */
const APPROVED = 1;

/** What a patient's data earned. Anyone may claim for a patient: it goes to whom the patient's side chose. */
export function addClaimCommand(program: Command, io: Io): void {
  const claim = program.command("claim").description("claims the revenue and the points that a patient's data earned");
  act<{ patient?: Address }>(
    claim.option("--patient <did>", "another patient than the signer", parseAddress),
    io,
    async (session, options) => {
      const suite = await session.suite();
      const { address } = await session.key();
      const patient = options.patient ?? address;
      const claims: { what: string; grant: Hex; transaction?: Hex | undefined; refused?: string }[] = [];
      for (const { what, grant, call } of await claimable(session, patient)) {
        try {
          await simulateCall(suite, call, address);
        } catch (error) {
          if (!(error instanceof CallRevertedError)) throw error;
          claims.push({ what, grant, refused: describeError(error).message });
          continue;
        }
        const { receipt } = await session.send(`Claim ${what} of grant ${grant}`, call);
        claims.push({ what, grant, transaction: receipt?.transactionHash });
      }
      session.report({
        data: { patient, claims },
        text: table(
          ["What", "Grant", "Outcome"],
          claims.map(({ what, grant, refused }) => [what, grant, refused ?? "claimed"]),
        ),
      });
    },
  );
}

/** Every claim that a patient's grants could support. */
async function claimable(session: Session, patient: Address): Promise<{ what: string; grant: Hex; call: Call }[]> {
  const opened = await readEvents(session, "RevenueSplitter", "AgreementOpened");
  const granted = await readGrants(session, patient);
  return granted.flatMap(({ grant, member, proof }) => [
    { what: "points", grant, call: callOf("HealthPoints", "claim", [grant, member, proof]) },
    ...opened
      .filter(({ args }) => args.study === member.study)
      .map(({ args: { agreement } }) => ({
        what: "revenue",
        grant,
        call: callOf("RevenueSplitter", "claim", [agreement, { grant, member, proof }]),
      })),
  ]);
}

async function readGrants(session: Session, patient: Address): Promise<GrantMember[]> {
  const singles = (await readEvents(session, "AccessBroker", "AccessDecided", { patient }))
    .filter(({ args }) => args.decision === APPROVED)
    .map(({ args }) => rebuildGrant(args));

  const consents = await readEvents(session, "ConsentRegistry", "ConsentGiven");
  const patients = new Map(consents.map(({ args }) => [args.consent, args.patient]));
  const published = new Map((await readPublished(session)).map((one) => [one.leaf, one.patient]));
  const members = await readEvents(session, "AccessBroker", "CohortMembersGranted");
  const cohorts = (await readEvents(session, "AccessBroker", "CohortDecided")).flatMap(({ args }) => {
    const parts = members.filter((one) => one.args.request === args.request).map((one) => one.args);
    const patientOf = ({ consent, record }: { consent: Hex; record: Hex }) =>
      patients.get(consent) ?? published.get(record);
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
