import type { Address, Hex } from "viem";
import { contractAt, decodeCall, type Proposal, type Suite } from "@consilium/sdk";
import { toJson } from "./print/toJson.ts";

/** What a call of a proposal or of a group's action would do. */
export type CallDescription = {
  target: Address;
  data: Hex;
  /** Null if it is no call of the suite's contracts, so that nobody knows from here what it does. */
  call: { contract: string; function: string; args: readonly unknown[] } | null;
  /** What it pays in the chain's own coin, which no contract of the suite takes. */
  value: bigint;
  text: string;
};

/** What is asked of the timelock by a proposal, or of a working group by an action. */
type Asked = Pick<Proposal, "targets" | "values" | "calldatas">;

/** Everything that would be done, so that nobody votes for or approves what was not shown. */
export function describeCalls(suite: Suite, { targets, values, calldatas }: Asked): CallDescription[] {
  return targets.map((target, index) => describeCall(suite, target, calldatas[index]!, values[index]!));
}

function describeCall(suite: Suite, target: Address, data: Hex, value: bigint): CallDescription {
  const contract = contractAt(suite, target);
  const decoded = contract === undefined ? undefined : decodeCall(contract, data);
  const paid = value === 0n ? "" : `\npaying ${value} of the chain's own coin`;
  if (decoded === undefined) {
    const text = `No call that the suite knows: ${data}\nto ${contract ?? target}${paid}`;
    return { target, data, value, call: null, text };
  }
  const { functionName, args } = decoded;
  // As JSON, since a text in it may hold characters that a terminal obeys.
  const text = `${decoded.contract}.${functionName}\n${args.map(toJson).join("\n")}${paid}`;
  return { target, data, value, call: { contract: decoded.contract, function: functionName, args }, text };
}
