import type { Address } from "viem";
import { addressOf } from "../chain/addressOf.ts";
import type { Call } from "../chain/Call.ts";
import type { Suite } from "../chain/Suite.ts";

/**
 * The call by which a payer lets the RevenueSplitter take exactly this much of a token, for `deposit`.
 *
 * @param amount Units of the token.
 * @throws ContractMissingError if the address book has no RevenueSplitter.
 * @example
 * const call = approveCall(suite, { token: ANY, amount: 1_000n });
 * expect(call.args).to.deep.equal([addressOf(suite, "RevenueSplitter"), 1_000n]);
 */
export function approveCall(suite: Suite, { token, amount }: { token: Address; amount: bigint }): Call {
  return {
    contract: "ERC20",
    address: token,
    functionName: "approve",
    args: [addressOf(suite, "RevenueSplitter"), amount],
  };
}
