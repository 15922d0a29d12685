import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { hexToBytes, zeroHash } from "viem";
import type { Hex } from "viem";
import { fetchRecord, ParcelError, readEncryptionKey, rebuildGrant, signInToGateway } from "@consilium/sdk";
import { UnverifiedError, UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { parseHash } from "../parse/parsers.ts";
import { readGivenConsents } from "../readGivenConsents.ts";
import { readEvents } from "../session/readEvents.ts";
import type { Session } from "../session/Session.ts";
import { openEncryptionKey } from "./encryptionKey.ts";
import { act } from "./act.ts";

/** Getting what was granted. */
export function addFetchCommand(program: Command, io: Io): void {
  const fetch = program
    .command("fetch")
    .description("fetches a granted record from its custodian, opens and verifies it, and logs the receipt")
    .argument("<request>", "id of the approved request", parseHash)
    .requiredOption("--gateway <url>", "the custodian's gateway")
    .option("--out <file>", "where the record goes; readable by its owner alone");
  act<{ gateway: string; out?: string }>(fetch, io, async (session, { gateway, out }, request) => {
    const suite = await session.signing();
    const wallet = suite.wallet!;
    const signer = {
      address: wallet.account.address,
      signMessage: ({ message }: { message: string }) => wallet.signMessage({ message }),
    };
    const { member, decidedIn } = await readGranted(session, request as Hex);
    const { consent: consentId } = member.member;
    const [consent] = consentId === zeroHash ? [] : await readGivenConsents(session, { consent: consentId });
    const { id } = await readEncryptionKey(suite, signer.address);
    const privateKey = hexToBytes(await openEncryptionKey(session, id));
    if (session.settings.dryRun) return session.report({ data: {}, text: "" });
    await session.requireYes(`Fetch record ${member.member.record} and log its receipt, signed by ${signer.address}`);

    io.note("Signing in to the gateway …");
    const signedIn = await signInToGateway({ url: gateway, chainId: suite.chainId, signer });
    io.note("Fetching, opening and verifying …");
    try {
      const got = await fetchRecord(suite, { session: signedIn, member, consent, privateKey, decidedIn });
      if (out !== undefined) save(resolve(io.directory, out), got.content);
      session.print({
        data: {
          verified: true,
          record: member.member.record,
          delivery: got.delivery,
          receipt: got.receipt,
          ...(out === undefined ? { content: JSON.parse(got.content) as unknown } : { file: out }),
        },
        text: out === undefined ? got.content : `Verified against the anchor. The record is in ${out}`,
      });
    } catch (error) {
      if (!(error instanceof ParcelError)) throw error;
      throw new UnverifiedError(error.shortMessage, { mend: error.mend, cause: error });
    }
  });
}

async function readGranted(session: Session, request: Hex) {
  const [event] = await readEvents(session, "AccessBroker", "AccessDecided", { request });
  if (event !== undefined) return { member: rebuildGrant(event.args), decidedIn: event.blockNumber };
  throw new UsageError(`There is no request ${request} for one record.`, { mend: "Take the id that `request` told." });
}

function save(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: 0o600 });
}
