import type { Address, Hex } from "viem";
import { contractAt, decodeCall, type Suite } from "@consilium/sdk";
import { toJson } from "./print/toJson.ts";

/** What a call would do. */
export type CallDescription = {
  target: Address;
  data: Hex;
  /** Null if it is no call of the suite's contracts, so that nobody knows from here what it does. */
  call: { contract: string; function: string; args: readonly unknown[] } | null;
  text: string;
};

export function describeCall(suite: Suite, target: Address, data: Hex): CallDescription {
  const contract = contractAt(suite, target);
  const decoded = contract === undefined ? undefined : decodeCall(contract, data);
  if (decoded === undefined) {
    return { target, data, call: null, text: `No call that the suite knows: ${data}\nto ${contract ?? target}` };
  }
  const { functionName, args } = decoded;
  return {
    ...{ target, data, call: { contract: decoded.contract, function: functionName, args } },
    text: `${decoded.contract}.${functionName}\n${args.map((arg) => (typeof arg === "string" ? arg : toJson(arg))).join("\n")}`,
  };
}
