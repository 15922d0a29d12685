import { createPublicClient, createWalletClient, defineChain } from "viem";
import type { Account, Address, Chain, PublicClient, Transport, WalletClient } from "viem";
import { ChainMismatchError } from "../errors.ts";
import { askChain } from "./askChain.ts";
import type { Suite, SuiteBook } from "./Suite.ts";

export interface OpenSuiteParameters {
  /** The address book, as `npm run deploy` writes it. */
  book: SuiteBook;
  /** viem's `http(url)`, `webSocket(url)`, or `custom(provider)` for an EIP-1193 provider. */
  transport: Transport;
  /** Who sends transactions: a viem account, or the address of an account that the node or provider signs for. */
  account?: Account | Address | undefined;
  /** Whether transactions offer no fee. */
  freeGas?: boolean;
  /** Milliseconds between looks for a receipt; 1,000 unless said. */
  pollingInterval?: number;
}

/**
 * Connects to a deployed suite, and makes sure that the chain is the one of the address book.
 *
 * @throws ChainMismatchError if it is another chain.
 * @throws ChainUnavailableError if none answers; trying again may help.
 * @example
 * const suite = await openSuite({ book, transport, account: researcher, freeGas: true });
 * expect(suite.chainId).to.equal(book.chainId);
 */
export async function openSuite(parameters: OpenSuiteParameters): Promise<Suite> {
  const { book, transport, account, freeGas = false, pollingInterval = 1_000 } = parameters;
  const chain = defineChain({
    id: book.chainId,
    name: book.network,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [] } },
  });
  const client: PublicClient<Transport, Chain> = createPublicClient({ chain, transport, pollingInterval });
  const chainId = await askChain(() => client.getChainId());
  if (chainId !== book.chainId) throw new ChainMismatchError(chainId, book.chainId);

  const contracts = Object.entries(book.contracts);
  const wallet: WalletClient<Transport, Chain, Account> | undefined =
    account === undefined ? undefined : createWalletClient({ chain, transport, account, pollingInterval });
  return {
    chainId,
    addresses: Object.fromEntries(contracts.map(([name, { address }]) => [name, address])),
    firstBlock: BigInt(Math.min(...contracts.map(([, { block }]) => block))),
    client,
    wallet,
    freeGas,
  };
}
