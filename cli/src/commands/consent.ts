import type { Command } from "commander";
import type { Address, Hex } from "viem";
import {
  abis,
  addressOf,
  callOf,
  createConsent,
  explainPolicyWord,
  isWellFormedPolicy,
  policyWarnings,
} from "@consilium/sdk";
import { UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { keepDocument } from "../keepDocument.ts";
import { parseAddress, parseCount, parseHash } from "../parse/parsers.ts";
import { addPolicyOptions, policyOf, type PolicyOptions } from "../parse/policyOptions.ts";
import { readDocument } from "../readDocument.ts";
import { day } from "../print/day.ts";
import { table } from "../print/table.ts";
import { readEvents } from "../session/readEvents.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

/** The contracts' Status of a consent. */
const STATUSES = ["none", "given", "renewed", "withdrawn", "revoked", "invalidated", "refused"];
const NOTICE = "You decide who may use your health data, and can withdraw at any time.";

type GiveOptions = PolicyOptions & {
  patient?: Address;
  member?: number;
  wallet?: Address;
  study?: Hex;
  notice?: string;
  previous?: Hex;
};

/** A patient's standing rules. */
export function addConsentCommands(program: Command, io: Io): void {
  const consent = program.command("consent").description("a patient's standing rules");

  const give = consent
    .command("give")
    .description("gives a consent; what it allows is shown first")
    .option("--patient <did>", "the patient, where a guardian or delegate gives it", parseAddress)
    .option("--member <id>", "only this member may use it", parseCount)
    .option("--wallet <address>", "only this wallet may use it", parseAddress)
    .option("--study <id>", "only this study may use it", parseHash)
    .option("--notice <file>", "the notice that you were shown; its salted hash goes on the chain")
    .option("--previous <id>", "the consent that this one renews", parseHash);
  act<GiveOptions>(addPolicyOptions(give, true), io, async (session, options) => {
    const { address } = await session.key();
    const policy = policyOf(options, await session.now());
    explainBeforehand(session, policy);
    const patient = options.patient ?? address;
    const { id, terms, details } = createConsent({
      patient,
      policy,
      epoch: await readEpoch(session, patient),
      notice: keepDocument(session, options.notice === undefined ? NOTICE : readDocument(io, options.notice)),
      ...(options.member !== undefined && { institution: options.member }),
      ...(options.wallet && { agent: options.wallet }),
      ...(options.study && { study: options.study }),
      ...(options.previous && { previous: options.previous }),
    });
    const { receipt } = await session.send("Give this consent", callOf("ConsentRegistry", "give", [terms, details]));
    session.report({
      data: {
        consent: id,
        patient,
        policy,
        explanation: explainPolicyWord(policy),
        transaction: receipt?.transactionHash,
      },
      text: `Consent ${id} is given.\nTo withdraw it: consilium consent withdraw ${id}`,
    });
  });

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
  act<{ all?: boolean; patient?: Address }>(
    withdraw
      .argument("[consent]", "id", parseHash)
      .option("--all", "every consent of the patient")
      .option("--patient <did>", "with --all: another patient than the signer", parseAddress),
    io,
    async (session, { all, patient }, id) => {
      if ((all === true) === (id !== undefined)) {
        throw new UsageError("It is not clear what to withdraw.", { mend: "Name one consent, or --all." });
      }
      const call = all
        ? callOf("ConsentRegistry", "withdrawAll", [patient ?? (await session.key()).address])
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
  act(explain.argument("<consent>", "id, or policy word 0x…"), io, async (session, _options, text) => {
    const policy = await policyNamed(session, text);
    const [explanation, warnings] = [explainPolicyWord(policy), policyWarnings(policy)];
    session.print({ data: { policy, explanation, warnings }, text: explanation });
  });
}

/** What is about to be given, for reading before the key is used. */
function explainBeforehand({ io }: Session, policy: bigint): void {
  if (!isWellFormedPolicy(policy)) {
    throw new UsageError("This rule would allow nothing, or contradicts itself.", {
      mend: "Name purposes, uses, categories, recipients and regions, or a --preset.",
    });
  }
  io.note(explainPolicyWord(policy));
}

async function readEpoch(session: Session, patient: Address): Promise<number> {
  const suite = await session.suite();
  const registry = { address: addressOf(suite, "ConsentRegistry"), abi: abis.ConsentRegistry };
  return suite.client.readContract({ ...registry, functionName: "epochOf", args: [patient] });
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
