import { custom } from "viem";
import type { Address } from "viem";
import { openSuite, type Suite, type SuiteBook } from "@consilium/sdk";
import { connection, type Consilium, type SignerName } from "../../fixtures/consilium.ts";

/** The in-process chain as viem's transport. */
export const transport = custom(connection.provider, { retryCount: 0 });

/** The address book of a fixture's suite. */
export function bookOf({ contracts }: Pick<Consilium, "contracts">): SuiteBook {
  return {
    network: "simulated",
    chainId: connection.networkConfig.chainId!,
    contracts: Object.fromEntries(
      Object.entries(contracts).map(([name, address]) => [name, { address: address, block: 0 }]),
    ),
  };
}

/** A fixture's suite as one of its wallets sees it. */
export function openAs(fixture: Pick<Consilium, "contracts" | "signers">, name: SignerName): Promise<Suite> {
  const account = fixture.signers[name].address as Address;
  return openSuite({ book: bookOf(fixture), transport, account, freeGas: true, pollingInterval: 5 });
}
