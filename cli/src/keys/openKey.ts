import { isAddress } from "viem";
import type { Address, Transport } from "viem";
import type { LocalAccount } from "viem/accounts";
import { KeySourceError, UsageError } from "../errors.ts";
import type { Io } from "../Io.ts";
import { keystoreAddress, keystorePath, openKeystore } from "./keystore.ts";
import { DEFAULT_LEDGER_PATH, ledgerAccount } from "./ledgerAccount.ts";
import { readPassword } from "./readPassword.ts";
import { remoteAddress, remoteSignerTransport } from "./remoteSigner.ts";

/** Who signs: an account of our own, or an address with the way to its signer. */
export type Key = {
  address: Address;
  account: LocalAccount | Address;
  /** The way to the chain that goes by the signer, where there is a remote one. */
  transport: Transport;
  close(): Promise<void>;
};

export type OpenKeyParameters = {
  /** `keystore:NAME`, `keystore:FILE`, `ledger`, `ledger:PATH`, `rpc:URL` or `rpc:URL#ADDRESS`. */
  source: string | undefined;
  passwordFile: string | undefined;
  io: Io;
  /** The way to the chain. */
  chain: Transport;
};

/**
 * Opens the key that a source names.
 *
 * @throws UsageError if the source has another form.
 * @throws KeySourceError if there is none, or it does not open.
 */
export async function openKey({ source, passwordFile, io, chain }: OpenKeyParameters): Promise<Key> {
  const { kind, value } = parseSource(source);
  if (kind === "keystore") {
    const path = keystorePath(value, io);
    const question = `Password of ${keystoreAddress(path)}`;
    const account = await openKeystore(path, await readPassword({ io, file: passwordFile, question }));
    return { address: account.address, account, transport: chain, close: nothing };
  }
  if (kind === "ledger") {
    const device = await io.openLedger();
    const account = await ledgerAccount(device, value || DEFAULT_LEDGER_PATH);
    return { address: account.address, account, transport: chain, close: () => device.close() };
  }
  const { url, wanted } = splitRemote(value);
  const request = requestOf(io.transport(url));
  const address = await remoteAddress(request, wanted, url);
  return { address, account: address, transport: remoteSignerTransport(request, requestOf(chain)), close: nothing };
}

/** The address of a key, without opening what needs no opening. */
export async function addressOfKey(parameters: Omit<OpenKeyParameters, "chain">): Promise<Address> {
  const { kind, value } = parseSource(parameters.source);
  if (kind === "keystore") return keystoreAddress(keystorePath(value, parameters.io));
  const key = await openKey({ ...parameters, chain: parameters.io.transport("http://127.0.0.1") });
  await key.close();
  return key.address;
}

function parseSource(source: string | undefined): { kind: "keystore" | "ledger" | "rpc"; value: string } {
  if (source === undefined) {
    throw new KeySourceError("There is no key to sign with.", {
      mend: "Name one by --key keystore:NAME, --key ledger or --key rpc:URL, or in consilium.json.",
    });
  }
  const [, kind, value = ""] = /^(keystore|ledger|rpc)(?::(.+))?$/.exec(source) ?? [];
  if (kind === "ledger" || ((kind === "keystore" || kind === "rpc") && value !== "")) {
    return { kind: kind, value };
  }
  // What was given may be a key by mistake, so it is not repeated.
  throw new UsageError("The key source has none of the known forms.", {
    mend: "Give keystore:NAME, keystore:FILE, ledger, ledger:PATH, rpc:URL or rpc:URL#ADDRESS; never a key itself.",
  });
}

function splitRemote(value: string): { url: string; wanted: Address | undefined } {
  const [url = "", wanted] = value.split("#");
  if (wanted === undefined || isAddress(wanted)) return { url, wanted };
  throw new UsageError(`${wanted} is no address.`, { mend: "Write rpc:URL#0xADDRESS." });
}

/** The transport's own request function: by it the signer is asked, whatever it is. */
function requestOf(transport: Transport): (call: { method: string; params?: unknown }) => Promise<unknown> {
  const { request } = transport({ retryCount: 0 });
  return request;
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
