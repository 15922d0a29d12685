import type { Address, ContractFunctionArgs, ContractFunctionName } from "viem";
import type { abis } from "../abis.ts";
import type { ContractName } from "./Suite.ts";

/** Names of the functions of a contract that change something. */
export type ActName<name extends ContractName> = ContractFunctionName<(typeof abis)[name], "nonpayable" | "payable">;

/** An act that can be tried (`simulateCall`) or sent (`sendCall`) by any wallet: a contract's function with its arguments. */
export interface Call {
  /** Of the suite, or a token. */
  contract: ContractName | "ERC20";
  /** Of the token; the suite's own are found by their names. */
  address?: Address;
  functionName: string;
  args: readonly unknown[];
}

/**
 * Makes a call of a contract's function, its arguments checked by type.
 *
 * @example
 * const call = callOf("ConsentRegistry", "withdraw", [consent.id]);
 * expect(call.functionName).to.equal("withdraw");
 */
export function callOf<name extends ContractName, act extends ActName<name>>(
  contract: name,
  functionName: act,
  args: ContractFunctionArgs<(typeof abis)[name], "nonpayable" | "payable", act>,
): Call {
  return { contract, functionName, args: args as readonly unknown[] };
}
