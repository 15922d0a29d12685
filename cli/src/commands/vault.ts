import { resolve } from "node:path";
import { Option, type Command } from "commander";
import type { Address, Hex } from "viem";
import type * as Exports from "@consilium/gateway";
import type { AnchorForm, DestructionReason, Vault } from "@consilium/gateway";
import { Ended } from "../Ended.ts";
import { UsageError } from "../errors.ts";
import { EXIT_CODES } from "../ExitCode.ts";
import type { Io } from "../Io.ts";
import { openChainOf, openVaultOf } from "../openVaultOf.ts";
import { parseAddress, parseHash, parseTime, timeOf, type TimeText } from "../parse/parsers.ts";
import { table } from "../print/table.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

type Gateway = typeof Exports;

type DestroyOptions = { patient?: Address; overdue?: boolean; reason: DestructionReason };

/** What a custodian does with the records that it keeps. Every command goes on where an earlier run was killed. */
export function addVaultCommands(record: Command, io: Io): void {
  act(
    record
      .command("patient")
      .description("tells the vault the DID of a patient, which the patient made for this custodian alone")
      .argument("<reference>", "as your FHIR resources name the patient, such as Patient/123")
      .argument("<did>", "the patient's DID", parseAddress),
    io,
    (session, _options, reference, did) =>
      withVault(session, async (vault) => {
        if (!session.settings.dryRun) await vault.mapPatient(reference, did as Address);
        session.report({ data: { reference, did }, text: `${reference} is ${did}.` });
      }),
  );

  act<{ retention?: TimeText; strict?: boolean }>(
    record
      .command("import")
      .description("takes FHIR bundles, resources and NDJSON into the vault, sealed; killed, the same call goes on")
      .argument("<path>", "a file, or a folder of files")
      .option(
        "--retention <time>",
        "when the records must be destroyed: a day, or a period from now; never unless said",
        parseTime,
      )
      .option("--strict", "stop at the first faulty resource"),
    io,
    (session, { retention, strict }, path) =>
      withVault(session, async (vault, gateway) => {
        const { dryRun } = session.settings;
        const now = Math.floor(Date.now() / 1_000);
        const summary = await gateway.importRecords({
          vault,
          path: resolve(io.directory, path),
          retentionUntil: retention === undefined ? 0 : timeOf(retention, now),
          strict: strict ?? false,
          isDryRun: dryRun,
          onReport: ({ file, line, text }) => io.note(`${file}:${line}: ${text}`),
          onProgress: ({ taken, known, bytesDone, bytes }) =>
            io.note(`${Math.floor((100 * bytesDone) / bytes)} %: ${taken} taken, ${known} known`),
        });
        const { taken, known, setAside, faults } = summary;
        const faulty = Object.values(faults).reduce((sum, count) => sum + count, 0);
        session.print({
          data: { ...(dryRun && { dryRun }), ...summary },
          text: table(
            [dryRun ? "Would be taken" : "Taken", "Known already", "Set aside: no DID", "Faulty"],
            [[taken, known, setAside, faulty]],
          ),
        });
        if (faulty > 0) throw new Ended(EXIT_CODES.failed);
      }),
  );

  act<{ form?: AnchorForm }>(
    record
      .command("anchor")
      .description("anchors every record that is not anchored yet, each once, however often it is called")
      .addOption(
        new Option("--form <form>", "published one by one, or by the root alone").choices(["indexed", "plain"]),
      ),
    io,
    (session, { form }) =>
      withVault(session, async (vault, gateway) => {
        const { sealed, batched } = await vault.countRecords();
        if (session.settings.dryRun) {
          session.print({
            data: { dryRun: true, pending: sealed + batched },
            text: `Nothing was sent. ${sealed + batched} records wait.`,
          });
          return;
        }
        if (sealed + batched > 0) await session.requireYes(`Anchor ${sealed + batched} records`);
        const done = await gateway.anchorPending({
          vault,
          chain: await openChainOf(session),
          ...(form && { form }),
          onProgress: ({ anchored, pending }) => io.note(`${anchored} anchored, ${pending} wait`),
        });
        session.print({ data: { ...done }, text: `Anchored ${done.records} records in ${done.batches} batches.` });
      }),
  );

  act(
    record.command("verify").description("holds every record that is kept against its anchor on the chain"),
    io,
    (session) =>
      withVault(session, async (vault, gateway) => {
        const { checked, failures } = await gateway.verifyAll({
          vault,
          chain: await openChainOf(session),
          onProgress: (progress) => io.note(`${progress.checked} of ${progress.of} checked`),
        });
        const rows = failures.map(({ leaf, failures: what }) => [leaf, what.join(", ")]);
        session.print({
          data: { checked, failures },
          text:
            rows.length === 0 ? `All ${checked} records are as they were anchored.` : table(["Record", "Wrong"], rows),
        });
        if (rows.length > 0) throw new Ended(EXIT_CODES.unverified);
      }),
  );

  act<DestroyOptions>(
    record
      .command("destroy")
      .description("destroys keys, salts and bytes of records for ever, and attests it on the chain")
      .argument("[records...]", "their leaves")
      .option("--patient <did>", "all that is kept of this patient", parseAddress)
      .option("--overdue", "all whose retention is over, by the import or, earlier, by the patient's side")
      .addOption(
        new Option("--reason <reason>", "why").choices(["retention", "withdrawal", "error"]).default("withdrawal"),
      ),
    io,
    (session, { patient, overdue, reason }, ...operands) =>
      withVault(session, async (vault, gateway) => {
        const leaves = ((operands[0] ?? []) as unknown as string[]).map(parseHash);
        if ([leaves.length > 0, patient !== undefined, overdue === true].filter(Boolean).length !== 1) {
          throw new UsageError("It is not clear what to destroy.", {
            mend: "Name records, or --patient, or --overdue.",
          });
        }
        const what = overdue
          ? "all overdue records"
          : patient === undefined
            ? `${leaves.length} records`
            : `all of ${patient}`;
        if (session.settings.dryRun) {
          session.print({ data: { dryRun: true, what }, text: `Nothing was destroyed. It would be ${what}.` });
          return;
        }
        await session.requireYes(`Destroy ${what} for ever`);
        const openChain = () => openChainOf(session);
        const { destroyed, attested } = overdue
          ? await gateway.destroyEnded({ vault, openChain })
          : {
              destroyed: await destroy({ vault, gateway }, { leaves, patient, reason }),
              attested: await gateway.attestDestructions({ vault, chain: await openChain() }),
            };
        session.print({ data: { destroyed, attested }, text: `Destroyed ${destroyed} records, and attested it.` });
      }),
  );
}

function destroy(
  { vault, gateway }: { vault: Vault; gateway: Gateway },
  { leaves, patient, reason }: { leaves: Hex[]; patient: Address | undefined; reason: DestructionReason },
): Promise<number> {
  if (patient !== undefined) return gateway.destroyPatient(vault, { patient, reason });
  return gateway.destroyRecords(vault, { leaves, reason });
}

async function withVault(session: Session, use: (vault: Vault, gateway: Gateway) => Promise<void>): Promise<void> {
  const gateway = await import("@consilium/gateway");
  const vault = await openVaultOf(session);
  try {
    await use(vault, gateway);
  } finally {
    await vault.close();
  }
}
