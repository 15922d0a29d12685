import type { Command } from "commander";
import type { Address, Hex } from "viem";
import { abis, addressOf, callOf, explainPolicyWord, policyWarnings } from "@consilium/sdk";
import type { Locale } from "@consilium/sdk";
import { drawUpConsent, type ConsentOptions } from "../drawUpConsent.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { addConsentOptions } from "../parse/consentOptions.ts";
import { localeOption } from "../parse/localeOption.ts";
import { parseAddress, parseHash } from "../parse/parsers.ts";
import { addSignOptions, type SignOptions } from "../parse/signOptions.ts";
import { day } from "../print/day.ts";
import { table } from "../print/table.ts";
import { readEvents } from "../session/readEvents.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";
import { addSigningCommands, signWithdrawal } from "./signedConsent.ts";

/** The contracts' Status of a consent. */
const STATUSES = ["none", "given", "renewed", "withdrawn", "revoked", "invalidated", "refused"];

type WithdrawOptions = SignOptions & { all?: boolean; patient?: Address };

/** A patient's standing rules. */
export function addConsentCommands(program: Command, io: Io): void {
  const consent = program.command("consent").description("a patient's standing rules");

  const give = consent.command("give").description("gives a consent; what it allows is shown first");
  act<ConsentOptions>(addConsentOptions(give), io, async (session, options) => {
    const { id, terms, details } = await drawUpConsent(session, options);
    const { receipt } = await session.send("Give this consent", callOf("ConsentRegistry", "give", [terms, details]));
    session.report({
      data: {
        consent: id,
        patient: terms.patient,
        policy: terms.policy,
        explanation: explainPolicyWord(terms.policy, options.locale),
        transaction: receipt?.transactionHash,
      },
      text: `Consent ${id} is given.\nTo withdraw it: consilium consent withdraw ${id}`,
    });
  });
  addSigningCommands(consent, io);

  const list = consent.command("list").description("lists a patient's consents");
  act<{ patient?: Address }>(
    list.option("--patient <did>", "another patient than the signer", parseAddress),
    io,
    async (session, options) => {
      const patient = options.patient ?? (await session.key()).address;
      const consents = await readConsents(session, { patient });
      session.print({
        data: { patient, consents },
        text: table(
          ["Consent", "Status", "From (UTC)", "Until (UTC)", "Only for"],
          consents.map(({ id, status, from, until, institution }) => {
            return [id, status, day(from), day(until), institution === 0 ? "" : `member ${institution}`];
          }),
        ),
      });
    },
  );

  const withdraw = consent
    .command("withdraw")
    .description("withdraws a consent, or all at once; it holds from that block");
  act<WithdrawOptions>(
    addSignOptions(
      withdraw
        .argument("[consent]", "id", parseHash)
        .option("--all", "every consent of the patient")
        .option("--patient <did>", "with --all: another patient than the signer", parseAddress),
    ),
    io,
    async (session, { all, patient, sign, deadline }, id) => {
      if ((all === true) === (id !== undefined)) {
        throw new UsageError("It is not clear what to withdraw.", { mend: "Name one consent, or --all." });
      }
      const whose = all ? (patient ?? (await session.key()).address) : undefined;
      if (sign !== undefined)
        return signWithdrawal(session, { consent: id as Hex, patient: whose, file: sign, deadline });
      const call = whose
        ? callOf("ConsentRegistry", "withdrawAll", [whose])
        : callOf("ConsentRegistry", "withdraw", [id as Hex]);
      const { receipt } = await session.send(all ? "Withdraw all consents" : `Withdraw consent ${id}`, call);
      session.report({
        data: {
          ...(id !== undefined && { consent: id }),
          block: receipt?.blockNumber,
          transaction: receipt?.transactionHash,
        },
        text: `Withdrawn in block ${receipt?.blockNumber}. From it on every request and every delivery is refused.`,
      });
    },
  );

  const explain = consent.command("explain").description("says in words what a consent or a policy word allows");
  act<{ locale: Locale }>(
    explain.argument("<consent>", "id, or policy word 0x…").addOption(localeOption()),
    io,
    async (session, { locale }, text) => {
      const policy = await policyNamed(session, text);
      const [explanation, warnings] = [explainPolicyWord(policy, locale), policyWarnings(policy, locale)];
      session.print({ data: { policy, explanation, warnings }, text: [explanation, ...warnings].join("\n") });
    },
  );
}

async function readConsents(session: Session, args: { patient?: Address; consent?: Hex }) {
  const suite = await session.suite();
  const given = await readEvents(session, "ConsentRegistry", "ConsentGiven", args);
  return Promise.all(
    given.map(async ({ args: { consent: id, patient, institution, study, policy } }) => {
      const { from, until, status } = await suite.client.readContract({
        address: addressOf(suite, "ConsentRegistry"),
        abi: abis.ConsentRegistry,
        functionName: "consent",
        args: [id],
      });
      return { id, patient, institution, study, policy, status: STATUSES[status]!, from, until };
    }),
  );
}

async function policyNamed(session: Session, text: string): Promise<bigint> {
  if (!/^0x[0-9a-fA-F]{1,64}$/.test(text)) {
    throw new UsageError("It is neither a consent's id nor a policy word.", { mend: "Give 0x and hex digits." });
  }
  if (text.length === 66 && session.settings.network !== undefined) {
    const [found] = await readConsents(session, { consent: text as Hex });
    if (found !== undefined) return found.policy;
  }
  return BigInt(text);
}
