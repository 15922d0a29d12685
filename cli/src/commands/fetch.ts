import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { hexToBytes, isHash, zeroHash } from "viem";
import type { Hex } from "viem";
import {
  fetchEmergencyRecord,
  fetchRecord,
  ParcelError,
  readEncryptionKey,
  rebuildGrant,
  signInToGateway,
  type FetchedRecord,
  type GatewaySession,
  type Suite,
} from "@consilium/sdk";
import { UnverifiedError, UsageError } from "../errors.ts";
import { findEmergency } from "../findEmergency.ts";
import { findRecord } from "../findRecord.ts";
import type { Io } from "../Io.ts";
import { parseHash } from "../parse/parsers.ts";
import { readCohort } from "../readCohort.ts";
import { readGivenConsents } from "../readGivenConsents.ts";
import { readEvents } from "../session/readEvents.ts";
import type { Session } from "../session/Session.ts";
import { openEncryptionKey } from "./encryptionKey.ts";
import { act } from "./act.ts";

type FetchOptions = { gateway: string; out?: string; emergency?: Hex; record?: Hex };

/** What is fetched, and how once there are a session and the key that opens it. */
type Wanted = {
  record: Hex;
  fetch(suite: Suite, opened: { session: GatewaySession; privateKey: Uint8Array }): Promise<FetchedRecord>;
};

/** Getting what was granted, or opened in an emergency. */
export function addFetchCommand(program: Command, io: Io): void {
  const fetch = program
    .command("fetch")
    .description("fetches a granted record from its custodian, opens and verifies it, and logs the receipt")
    .argument("<request>", "id of the approved request; in an emergency the record's leaf or reference file")
    .requiredOption("--gateway <url>", "the custodian's gateway")
    .option("--emergency <id>", "fetch by this emergency, which you opened, in place of a request", parseHash)
    .option("--record <leaf>", "which record of a cohort's request", parseHash)
    .option("--out <file>", "where the record goes; readable by its owner alone");
  act<FetchOptions>(fetch, io, async (session, { gateway, out, emergency, record }, named) => {
    const suite = await session.signing();
    const wallet = suite.wallet!;
    const signer = {
      address: wallet.account.address,
      signMessage: ({ message }: { message: string }) => wallet.signMessage({ message }),
    };
    const wanted = await (emergency === undefined
      ? readGranted(session, named, record)
      : readOpened(session, emergency, named));
    const { id } = await readEncryptionKey(suite, signer.address);
    const privateKey = hexToBytes(await openEncryptionKey(session, id));
    if (session.settings.dryRun) return session.report({ data: {}, text: "" });
    await session.requireYes(`Fetch record ${wanted.record} and log its receipt, signed by ${signer.address}`);

    io.note("Signing in to the gateway …");
    const signedIn = await signInToGateway({ url: gateway, chainId: suite.chainId, signer });
    io.note("Fetching, opening and verifying …");
    try {
      const got = await wanted.fetch(suite, { session: signedIn, privateKey });
      if (out !== undefined) save(resolve(io.directory, out), got.content);
      session.print({
        data: {
          verified: true,
          record: wanted.record,
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

async function readGranted(session: Session, text: string, leaf: Hex | undefined): Promise<Wanted> {
  if (!isHash(text)) throw new UsageError(`${text} is no request's id.`, { mend: "Take the id that `request` told." });
  const request = text.toLowerCase() as Hex;
  const { member, decidedIn } = await (leaf === undefined
    ? readSingle(session, request)
    : readMember(session, request, leaf));
  const { consent: consentId, record } = member.member;
  const [consent] = consentId === zeroHash ? [] : await readGivenConsents(session, { consent: consentId });
  return { record, fetch: (suite, opened) => fetchRecord(suite, { ...opened, member, consent, decidedIn }) };
}

async function readSingle(session: Session, request: Hex) {
  const [event] = await readEvents(session, "AccessBroker", "AccessDecided", { request });
  if (event !== undefined) return { member: rebuildGrant(event.args), decidedIn: event.blockNumber };
  throw new UsageError(`There is no request ${request} for one record.`, {
    mend: "Take the id that `request` told; of a cohort's request name the record by --record.",
  });
}

async function readMember(session: Session, request: Hex, leaf: Hex) {
  const { members = [], decidedIn = 0n } = (await readCohort(session, request)) ?? {};
  const member = members.find((one) => one.member.record === leaf);
  if (member !== undefined) return { member, decidedIn };
  throw new UsageError(`The request ${request} grants no record ${leaf} of a cohort.`, {
    mend: "Take request and record from what `request --cohort` told.",
  });
}

async function readOpened(session: Session, id: Hex, text: string): Promise<Wanted> {
  const { batch, leaf: record } = await findRecord(session, text);
  const emergency = await findEmergency(session, id);
  return { record, fetch: (suite, opened) => fetchEmergencyRecord(suite, { ...opened, emergency, batch, record }) };
}

function save(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: 0o600 });
}
