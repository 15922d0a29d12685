import { custom, getAddress, isAddressEqual } from "viem";
import type { Address, EIP1193RequestFn, Hex, Transport } from "viem";
import { KeySourceError } from "../errors.ts";

type Request = (call: { method: string; params?: unknown }) => Promise<unknown>;

/** A method that the signer does not have, by the codes of JSON-RPC, EIP-1474 and EIP-1193. */
const NOT_THERE = [-32601, -32004, 4200];

/** What goes to the signer; the chain answers the rest. */
const SIGNING = ["eth_accounts", "eth_requestAccounts", "personal_sign", "eth_sign"];

/**
 * The account to use at a remote signer: Web3Signer, an EIP-1193 bridge such as Frame, or a node's own.
 *
 * @param wanted One of several; may be left out where there is one.
 * @throws KeySourceError if it has none, not this one, or several to choose from.
 */
export async function remoteAddress(signer: Request, wanted: Address | undefined, name: string): Promise<Address> {
  const accounts = ((await signer({ method: "eth_accounts" })) as Address[]).map((one) => getAddress(one));
  if (wanted !== undefined) {
    const found = accounts.find((one) => isAddressEqual(one, wanted));
    if (found !== undefined) return found;
    throw new KeySourceError(`${name} has no account ${wanted}.`, { mend: "Load its key there, or name another." });
  }
  if (accounts.length === 1) return accounts[0]!;
  throw new KeySourceError(`${name} has ${accounts.length} accounts.`, {
    mend: accounts.length === 0 ? "Load a key there." : "Name one: --key rpc:URL#0xADDRESS.",
  });
}

/**
 * One way for both: what needs the key goes to the signer, all else to the chain. The signer signs and we send, wherever it can, so that
 * it cannot be on another chain; one that only sends must say that it is on this chain.
 */
export function remoteSignerTransport(signer: Request, chain: Request): Transport {
  const request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    if (method === "eth_signTypedData_v4") {
      return (await ifThere(() => signer({ method, params }))) ?? signer({ method: "eth_signTypedData", params });
    }
    if (method === "eth_sendTransaction") {
      const [transaction] = params as [Record<string, unknown>];
      const filled = [await fillIn(transaction, chain)];
      const signed = await ifThere(() => signer({ method: "eth_signTransaction", params: filled }));
      if (signed !== undefined) {
        const raw = typeof signed === "string" ? signed : (signed as { raw: Hex }).raw;
        return chain({ method: "eth_sendRawTransaction", params: [raw] });
      }
      await requireSameChain(signer, chain);
      return signer({ method, params });
    }
    return (SIGNING.includes(method) ? signer : chain)({ method, params });
  };
  return custom({ request: request as EIP1193RequestFn }, { retryCount: 0 });
}

/** What a signer that only signs cannot know by itself. */
async function fillIn(transaction: Record<string, unknown>, chain: Request): Promise<Record<string, unknown>> {
  const { from, maxFeePerGas, gasPrice } = transaction;
  const ask = (method: string, ...params: unknown[]): Promise<unknown> => chain({ method, params });
  return {
    chainId: await ask("eth_chainId"),
    nonce: await ask("eth_getTransactionCount", from, "pending"),
    gas: await ask("eth_estimateGas", transaction),
    ...(maxFeePerGas === undefined && gasPrice === undefined && { gasPrice: await ask("eth_gasPrice") }),
    ...transaction,
  };
}

async function requireSameChain(signer: Request, chain: Request): Promise<void> {
  const [theirs, ours] = [await signer({ method: "eth_chainId" }), await chain({ method: "eth_chainId" })];
  if (BigInt(theirs as Hex) === BigInt(ours as Hex)) return;
  throw new KeySourceError("The remote signer sends to another chain.", { mend: "Connect it to this chain." });
}

/** What the signer answers; undefined if it does not know the method. */
async function ifThere(act: () => Promise<unknown>): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

function isNotThere(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, cause, details, message } = error as {
    code?: number;
    cause?: unknown;
    details?: string;
    message?: string;
  };
  if (code !== undefined && NOT_THERE.includes(code)) return true;
  if (/method .*(not (found|supported|available|exist)|does not exist)|not supported/i.test(details ?? message ?? ""))
    return true;
  return cause !== undefined && cause !== error && isNotThere(cause);
}
