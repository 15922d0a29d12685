import type { Command } from "commander";
import { Option } from "commander";
import type { Hex } from "viem";
import { abis, addressOf, callOf, type Call } from "@consilium/sdk";
import { caseStatusOf, describeCase, type Case } from "../describeCase.ts";
import type { Io } from "../Io.ts";
import { keepFile } from "../keepFile.ts";
import { parseHash } from "../parse/parsers.ts";
import { readCase } from "../readCase.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

type DecideOptions = { verdict: string; reason: string };

const REASON = "why; its salted hash goes on the chain";

/** What follows a report: its decision, the appeal, and where the fine goes. */
export function addCaseDecisionCommands(cases: Command, io: Io): void {
  const step = (name: string, description: string): Command =>
    cases.command(name).description(description).argument("<case>", "id", parseHash);
  const verdicts = (...names: string[]): Option =>
    new Option("--verdict <verdict>", "what you find").choices(names).makeOptionMandatory();

  const decide = step("decide", "upholds a report, which sanctions the accused at once, or dismisses it, for good")
    .addOption(verdicts("upheld", "dismissed"))
    .requiredOption("--reason <file>", REASON);
  act<DecideOptions>(decide, io, async (session, { verdict, reason }, text) => {
    const id = text as Hex;
    const found = await readCase(session, id);
    const what =
      verdict === "upheld" ? `Uphold case ${id}: ${await sanctionText(session, found)}` : `Dismiss case ${id}`;
    const { hash: reasonHash, kept } = keepFile(session, reason);
    const call = callOf("Supervision", "decide", [id, verdict === "upheld", reasonHash]);
    await take(session, { id, found, what, call, data: { verdict, reasonHash, kept } });
  });

  const appeal = step(
    "appeal",
    "appeals, once, as an administrator of the accused, against a case that was upheld",
  ).requiredOption("--grounds <file>", "why it should be undone; its salted hash goes on the chain");
  act<{ grounds: string }>(appeal, io, async (session, { grounds }, text) => {
    const id = text as Hex;
    const found = await readCase(session, id);
    const { hash: groundsHash, kept } = keepFile(session, grounds);
    const call = callOf("Supervision", "appeal", [id, groundsHash]);
    await take(session, { id, found, what: `Appeal against case ${id}`, call, data: { groundsHash, kept } });
  });

  const decideAppeal = step(
    "decide-appeal",
    "grants an appeal, which lifts the sanction and returns the fine, or rejects it",
  )
    .addOption(verdicts("granted", "rejected"))
    .requiredOption("--reason <file>", REASON);
  act<DecideOptions>(decideAppeal, io, async (session, { verdict, reason }, text) => {
    const id = text as Hex;
    const found = await readCase(session, id);
    const { hash: reasonHash, kept } = keepFile(session, reason);
    const granted = verdict === "granted";
    const call = callOf("Supervision", "decideAppeal", [id, granted, reasonHash]);
    const what = `${granted ? "Grant" : "Reject"} the appeal in case ${id}`;
    await take(session, { id, found, what, call, data: { verdict, reasonHash, kept } });
  });

  for (const [name, description, functionName, what] of [
    [
      "lapse-appeal",
      "ends an appeal that nobody decided in time and returns the fine to the bond; anyone may",
      "lapseAppeal",
      "Have the appeal lapse in case",
    ],
    [
      "pay-fine",
      "pays a fine to the patient health fund once it is final; anyone may",
      "payFine",
      "Pay the fine of case",
    ],
  ] as const) {
    act(step(name, description), io, async (session, _options, text) => {
      const id = text as Hex;
      const found = await readCase(session, id);
      await take(session, {
        id,
        found,
        what: `${what} ${id}`,
        call: callOf("Supervision", functionName, [id]),
        data: {},
      });
    });
  }
}

/** What the catalogue says for the violation now, so that whoever decides knows what follows. */
async function sanctionText(session: Session, { accused, violation }: Case): Promise<string> {
  const suite = await session.suite();
  const { suspension, bondShare } = await suite.client.readContract({
    address: addressOf(suite, "Supervision"),
    abi: abis.Supervision,
    functionName: "sanctionOf",
    args: [violation],
  });
  return `member ${accused} is suspended for ${suspension / 86_400} days and fined ${bondShare / 100} % of its bond`;
}

type Step = { id: Hex; found: Case; what: string; call: Call; data: Record<string, unknown> };

/** Says how the case stands before a step, takes it, and tells what can follow. */
async function take(session: Session, { id, found, what, call, data }: Step): Promise<void> {
  session.io.note(describeCase(id, found, await session.now()).state);
  const { receipt } = await session.send(what, call);
  const after = await readCase(session, id);
  const { state, next } = describeCase(id, after, await session.now());
  const { suspendedUntil, fine, appealUntil, decideAppealUntil } = after;
  session.report({
    data: {
      ...{ case: id, status: caseStatusOf(after), ...data, state, next },
      ...{ suspendedUntil, fine, appealUntil, decideAppealUntil, transaction: receipt?.transactionHash },
    },
    text: [`Case ${id}: ${state}`, ...next].join("\n"),
  });
}
