import type { Account, Address, Chain, PublicClient, Transport, WalletClient } from "viem";
import type { abis } from "../abis.ts";

/** A kind of contract of the suite, by which its ABI is known. */
export type ContractName = keyof typeof abis;

/** What the SDK needs of an address book (`deployments/<network>.json`). */
export interface SuiteBook {
  network: string;
  chainId: number;
  contracts: Record<string, { address: Address; block: number }>;
}

/**
 * A deployed suite, and the way to it: what every function that asks or tells the chain takes first. See `openSuite`.
 */
export interface Suite {
  readonly chainId: number;
  /** Addresses of the contracts by the name in the address book. */
  readonly addresses: Readonly<Record<string, Address>>;
  /** The block before which no contract of the suite was there. */
  readonly firstBlock: bigint;
  readonly client: PublicClient<Transport, Chain>;
  /** Who sends transactions; without it the suite can only be read. */
  readonly wallet: WalletClient<Transport, Chain, Account> | undefined;
  /** Whether transactions offer no fee, as on a consortium's own chain. */
  readonly freeGas: boolean;
}
