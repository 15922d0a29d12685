import type { Command } from "commander";
import { abis, addressOf, callOf, RECIPIENTS } from "@consilium/sdk";
import { loadConsortium } from "../../../scripts/config/loadConsortium.ts";
import { admission } from "../../../scripts/deployment/admitMembers.ts";
import { memberMetadataHash } from "../../../scripts/deployment/memberMetadataHash.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { keepDocument } from "../keepDocument.ts";
import { parseCount, parseTime, timeOf, type TimeText } from "../parse/parsers.ts";
import { day } from "../print/day.ts";
import { table } from "../print/table.ts";
import { readEvents } from "../session/readEvents.ts";
import { sendByRole, toldOf } from "../session/sendByRole.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

/** The contracts' Standing. */
const STANDINGS = ["none", "active", "suspended", "expelled"];
const REASON = "why, in words; its salted hash goes on the chain";

/** The members of the consortium and how they stand. */
export function addMemberCommands(program: Command, io: Io): void {
  const member = program.command("member").description("the members of the consortium");

  act(member.command("list").description("lists members and how they stand"), io, async (session) => {
    const members = await readMembers(session);
    session.print({
      data: { members },
      text: table(
        ["Id", "Name", "Kind", "Standing", "Accredited until"],
        members.map(({ id, name, kind, standing, accreditedUntil }) => [
          id,
          name ?? "",
          kind,
          standing,
          day(accreditedUntil),
        ]),
      ),
    });
  });

  const add = member.command("add").description("admits a member that members.json of the consortium describes");
  act(add.argument("<key>", "of the member in members.json"), io, async (session, _options, key) => {
    const described = loadConsortium({ name: session.book().consortium }).members;
    const wanted = described.find((one) => one.key === key);
    if (wanted === undefined) {
      const known = described.map((one) => one.key).join(", ");
      throw new UsageError(`members.json has no ${key}; it has ${known}.`, { mend: "Describe the member there." });
    }
    const sent = await sendByRole(
      session,
      `Admit ${wanted.name}`,
      callOf("InstitutionRegistry", "admit", admission(wanted)),
    );
    report(session, sent, { member: key }, `Admitted ${wanted.name}.`);
  });

  const suspend = member.command("suspend").description("suspends a member until a time");
  act<{ until: TimeText; reason: string }>(
    suspend
      .argument("<member>", "id", parseCount)
      .requiredOption("--until <time>", "end of the suspension: a day, or a period from now", parseTime)
      .requiredOption("--reason <text>", REASON),
    io,
    async (session, { until, reason }, id) => {
      const end = timeOf(until, await session.now());
      const call = callOf("InstitutionRegistry", "suspend", [Number(id), end, keepDocument(session, reason)]);
      const sent = await sendByRole(session, `Suspend member ${id} until ${day(end)}`, call);
      report(session, sent, { member: Number(id), until: end }, `Suspended until ${day(end)}.`);
    },
  );

  for (const [name, description, done] of [
    ["reinstate", "ends a member's suspension", "Reinstated."],
    ["expel", "expels a member, for ever", "Expelled."],
  ] as const) {
    act<{ reason: string }>(
      member
        .command(name)
        .description(description)
        .argument("<member>", "id", parseCount)
        .requiredOption("--reason <text>", REASON),
      io,
      async (session, { reason }, id) => {
        const call = callOf("InstitutionRegistry", name, [Number(id), keepDocument(session, reason)]);
        const what = `${name === "expel" ? "Expel" : "Reinstate"} member ${id}`;
        report(session, await sendByRole(session, what, call), { member: Number(id) }, done);
      },
    );
  }
}

type Sent = Awaited<ReturnType<typeof sendByRole>>;

function report(session: Session, sent: Sent, data: Record<string, unknown>, done: string): void {
  const { receipt, proposed } = sent;
  session.report({ data: { ...data, proposed, transaction: receipt?.transactionHash }, text: toldOf(sent, done) });
}

async function readMembers(session: Session) {
  const suite = await session.suite();
  const names = new Map(
    loadConsortium({ name: session.book().consortium }).members.map((one) => [memberMetadataHash(one), one.name]),
  );
  const admitted = await readEvents(session, "InstitutionRegistry", "InstitutionAdmitted");
  const registry = { address: addressOf(suite, "InstitutionRegistry"), abi: abis.InstitutionRegistry };
  return Promise.all(
    admitted.map(async ({ args: { institution: id, metadataHash } }) => {
      const [profile, standing] = await Promise.all([
        suite.client.readContract({ ...registry, functionName: "profile", args: [id] }),
        suite.client.readContract({ ...registry, functionName: "standing", args: [id] }),
      ]);
      return {
        id,
        name: names.get(metadataHash),
        kind: Object.keys(RECIPIENTS)[profile.kind - 1]!,
        standing: STANDINGS[standing]!,
        accreditedFrom: profile.accreditedFrom,
        accreditedUntil: profile.accreditedUntil,
        suspendedUntil: profile.suspendedUntil,
      };
    }),
  );
}
