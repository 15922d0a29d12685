import type { Command } from "commander";
import type { Address, Hex } from "viem";
import { callOf, spareProof } from "@consilium/sdk";
import type { Call, GrantMember } from "@consilium/sdk";
import { describeError } from "../describeError.ts";
import { findRecord } from "../findRecord.ts";
import type { Io } from "../Io.ts";
import { parseAddress } from "../parse/parsers.ts";
import { table } from "../print/table.ts";
import { readClaimable } from "../readClaimable.ts";
import type { Claimable } from "../readClaimable.ts";
import { refusalOf } from "../session/refusalOf.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

type Claimed = {
  what: Claimable["what"];
  grant: Hex;
  outcome: "claimed" | "donated" | "enrolled" | "refused";
  transaction?: Hex | undefined;
  refused?: string;
};

/** What a patient's data earned. Anyone may claim for a patient: it goes to whom the patient's side chose. */
export function addClaimCommand(program: Command, io: Io): void {
  const claim = program
    .command("claim")
    .description("claims the revenue and the points that a patient's data earned; enrolls grants for revenue to come");
  act<{ patient?: Address; record?: string[]; donate?: boolean }>(
    claim
      .option("--patient <did>", "another patient than the signer", parseAddress)
      .option(
        "--record <reference...>",
        "reference files of records that no custodian published, where revenue is by category",
      )
      .option("--donate", "as the patient or the guardian, give the revenue to the patient health fund instead"),
    io,
    async (session, { donate = false, ...options }) => {
      const patient = options.patient ?? (await session.key()).address;
      const claims: Claimed[] = [];
      const shown = await Promise.all((options.record ?? []).map((text) => findRecord(session, text)));
      for (const one of await readClaimable(session, patient, shown)) claims.push(await settle(session, one, donate));
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

const OUTCOMES = {
  claimed: "claimed",
  donated: "donated",
  enrolled: "enrolled: it shares in every later deposit",
  refused: "refused",
};

/** Claims, or enrolls what is not enrolled yet; a refusal of one claim does not stop the others. */
async function settle(
  session: Session,
  { what, grant, enrolment, ...claim }: Claimable,
  donate: boolean,
): Promise<Claimed> {
  const isDonation = donate && what === "revenue";
  const call = what === "revenue" ? await revenueCall(session, claim.call, donate) : claim.call;
  const refusal = await refusalOf(session, call);
  if (refusal === undefined) {
    const { receipt } = await session.send(`${isDonation ? "Donate" : "Claim"} ${what} of grant ${grant}`, call);
    return { what, grant, outcome: isDonation ? "donated" : "claimed", transaction: receipt?.transactionHash };
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

/** Without a proof that the chain does not need. */
async function revenueCall(session: Session, { args }: Call, donate: boolean): Promise<Call> {
  const [agreement, entitlement] = args as [Hex, GrantMember];
  const spared = await spareProof(await session.suite(), { agreement, entitlement });
  return callOf("RevenueSplitter", donate ? "donate" : "claim", [agreement, spared]);
}
