import { createRequire } from "node:module";
import { getAddress, getTypesForEIP712Domain, serializeTransaction, toHex } from "viem";
import type { Hex, TypedDataDomain } from "viem";
import { toAccount } from "viem/accounts";
import type { LocalAccount } from "viem/accounts";
import { KeySourceError } from "../errors.ts";

/** The little of Ledger's transports that is used here. */
export type LedgerTransport = { close(): Promise<void> };

/** The little of Ledger's app that is used here. */
type LedgerApp = {
  getAddress(path: string): Promise<{ address: string }>;
  signTransaction(path: string, rawHex: string, resolution: null): Promise<LedgerSignature>;
  signPersonalMessage(path: string, messageHex: string): Promise<LedgerSignature>;
  signEIP712Message(path: string, message: unknown): Promise<LedgerSignature>;
};
type LedgerSignature = { v: string | number; r: string; s: string };

export const DEFAULT_LEDGER_PATH = "44'/60'/0'/0/0";

/** The library's own services would tell a third party what is signed here: none is asked. */
const NO_SERVICES = {
  calServiceURL: null,
  cryptoassetsBaseURL: null,
  nftExplorerBaseURL: null,
  pluginBaseURL: null,
  extraPlugins: null,
};

/**
 * An account whose key never leaves a Ledger. The device shows typed data field by field; a transaction's call it shows as data only.
 *
 * @param path BIP-32 path, such as 44'/60'/0'/0/0.
 * @throws KeySourceError if the device does not answer, is locked, or its holder declines.
 */
export async function ledgerAccount(transport: LedgerTransport, path: string): Promise<LocalAccount> {
  // The library's ESM build lacks file extensions, so that Node cannot load it.
  const { default: Eth } = createRequire(import.meta.url)("@ledgerhq/hw-app-eth") as {
    default: new (transport: LedgerTransport, scrambleKey: string, loadConfig: object) => LedgerApp;
  };
  const app = new Eth(transport, "w0w", NO_SERVICES);
  const { address } = await onDevice(() => app.getAddress(path));

  return toAccount({
    address: getAddress(address),
    async signMessage({ message }) {
      const bytes =
        typeof message === "string"
          ? toHex(message)
          : typeof message.raw === "string"
            ? message.raw
            : toHex(message.raw);
      return serialize(await onDevice(() => app.signPersonalMessage(path, bytes.slice(2))));
    },
    async signTransaction(transaction, { serializer = serializeTransaction } = {}) {
      const unsigned = await serializer(transaction);
      const { v, r, s } = await onDevice(() => app.signTransaction(path, unsigned.slice(2), null));
      const parity = Number(BigInt(`0x${v}`)) % 2;
      // A typed transaction's v is the parity; an older one's has the chain in it.
      const rs: { r: Hex; s: Hex } = { r: `0x${r}`, s: `0x${s}` };
      return serializer(
        transaction,
        transaction.type === "legacy" ? { ...rs, v: BigInt(`0x${v}`) } : { ...rs, yParity: parity },
      );
    },
    async signTypedData({ domain, types, primaryType, message }) {
      const plain = {
        domain: plainValues(domain ?? {}),
        types: { EIP712Domain: getTypesForEIP712Domain({ domain: domain as TypedDataDomain }), ...types },
        primaryType,
        message: plainValues(message),
      };
      return serialize(await onDevice(() => app.signEIP712Message(path, plain)));
    },
  });
}

function serialize({ v, r, s }: LedgerSignature): Hex {
  const parity = Number(v) >= 27 ? Number(v) - 27 : Number(v);
  return `0x${r}${s}${(27 + parity).toString(16)}`;
}

/** As JSON has them: the library knows no bigint. */
function plainValues(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, one: unknown) => (typeof one === "bigint" ? one.toString() : one)));
}

const DECLINED = 0x6985;

async function onDevice<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const declined = (cause as { statusCode?: number }).statusCode === DECLINED;
    throw new KeySourceError(declined ? "It was declined on the Ledger." : "The Ledger did not do it.", {
      mend: declined
        ? "Nothing was signed or sent. Ask again only if the holder wants to."
        : "Unlock the device, open its Ethereum app, and try again.",
      cause,
    });
  }
}
