import { resolve } from "node:path";
import { openSuite, sendCall, simulateCall } from "@consilium/sdk";
import type { Call, Suite } from "@consilium/sdk";
import type { AddressBook } from "../../../scripts/deployment/AddressBook.ts";
import { readAddressBook } from "../../../scripts/deployment/AddressBook.ts";
import { loadConsortium } from "../../../scripts/config/loadConsortium.ts";
import type { NetworkSettings } from "../../../scripts/config/schemas.ts";
import { ROOT } from "../../../scripts/paths.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { openKey } from "../keys/openKey.ts";
import { fieldOf } from "../print/fieldOf.ts";
import { toJson } from "../print/toJson.ts";
import { plan, planText, type Planned } from "./plan.ts";
import { readSettings, type Settings } from "./readSettings.ts";
import type { Outcome, Report, Session } from "./Session.ts";

/** Begins a call of the command line. Nothing is opened yet. */
export function openSession(options: Partial<Settings>, io: Io): Session {
  const settings = readSettings(options, io);
  const root = settings.root === undefined ? ROOT : resolve(io.directory, settings.root);
  const planned: Planned[] = [];

  const book = once((): AddressBook => {
    const { network } = settings;
    if (network === undefined) {
      throw new UsageError("No network is named.", { mend: "Name one by --network, or in consilium.json." });
    }
    const found = readAddressBook(root, network);
    if (found !== undefined) return found;
    throw new UsageError(`There is no ${root}/deployments/${network}.json.`, {
      mend: "Take the address book that the operator's `consilium deploy` wrote, or name its folder by --root.",
    });
  });
  const configured = once((): Partial<NetworkSettings> => {
    const { consortium, network } = book();
    return loadConsortium({ name: consortium }).chain.networks[network] ?? {};
  });
  const chain = once(() => {
    const url = settings.rpc ?? configured().url;
    if (url !== undefined) return io.transport(url);
    throw new UsageError("It is not known where the chain is.", { mend: "Name its endpoint by --rpc URL." });
  });
  const open = (parameters: Partial<Parameters<typeof openSuite>[0]>): Promise<Suite> =>
    openSuite({
      book: book(),
      transport: chain(),
      freeGas: configured().freeGas ?? false,
      pollingInterval: 200,
      ...parameters,
    });
  const key = once(() => openKey({ source: settings.key, passwordFile: settings.passwordFile, io, chain: chain() }));
  const signing = once(async () => {
    const { account, transport } = await key();
    return open({ account, transport });
  });
  const suite = once(() => open({}));
  let keyWasOpened = false;

  async function send(what: string, call: Call): Promise<Outcome> {
    const sender = await signing();
    const { address } = await key();
    if (settings.dryRun) {
      planned.push(await plan(sender, { what, call, from: address }));
      return { call, receipt: undefined, result: await simulateCall(sender, call) };
    }
    await requireYes(`${what}, signed by ${address}`);
    io.note(`${what} …`);
    const result = await simulateCall(sender, call);
    return { call, receipt: await sendCall(sender, call), result };
  }

  async function requireYes(what: string): Promise<void> {
    if (settings.yes) return;
    if (io.confirm === undefined) {
      throw new UsageError("There is no terminal to ask whether to send this.", {
        mend: "Look at it by --dry-run, then pass --yes.",
      });
    }
    if (await io.confirm(`${what}?`)) return;
    throw new UsageError("Nothing was sent.", { mend: "Run it again and answer yes, if you want to." });
  }

  const print = ({ data, text }: Report): void => {
    if (settings.field !== undefined) io.out(fieldOf(data, settings.field));
    else io.out(settings.json ? toJson(data) : text);
  };

  return {
    io,
    settings,
    root,
    book,
    suite,
    signing,
    key: () => {
      keyWasOpened = true;
      return key();
    },
    graph: () => {
      const url = settings.graph ?? configured().graphUrl;
      if (url !== undefined) return url;
      throw new UsageError("It is not known where the index is.", { mend: "Name its endpoint by --graph URL." });
    },
    logRange: () => BigInt(configured().logRange ?? 5_000),
    now: async () => Number((await (await suite()).client.getBlock()).timestamp),
    send: async (what, call) => {
      keyWasOpened = true;
      return send(what, call);
    },
    requireYes,
    report: (report) =>
      print(settings.dryRun ? { data: { dryRun: true, transactions: planned }, text: planText(planned) } : report),
    print,
    close: async () => {
      if (keyWasOpened)
        await key().then(
          (opened) => opened.close(),
          () => undefined,
        );
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
