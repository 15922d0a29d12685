import type { Address, Hex } from "viem";
import { contractCall, encodeCall, feesOf, simulateCall } from "@consilium/sdk";
import type { Call, Suite } from "@consilium/sdk";
import { table } from "../print/table.ts";

/** A transaction that a dry run would send. */
export type Planned = {
  what: string;
  from: Address;
  to: Address;
  contract: string;
  function: string;
  data: Hex;
  /** Gas that it would use now. */
  gas: bigint;
};

/** What would be sent, by whom and for how much; throws what the contract would refuse it for. */
export async function plan(
  suite: Suite,
  { what, call, from }: { what: string; call: Call; from: Address },
): Promise<Planned> {
  await simulateCall(suite, call, from);
  const { address: to } = contractCall(suite, call);
  const data = encodeCall(call);
  const gas = await suite.client.estimateGas({ account: from, to, data, ...feesOf(suite) });
  return { what, from, to, contract: call.contract, function: call.functionName, data, gas };
}

export function planText(planned: Planned[]): string {
  if (planned.length === 0) return "Nothing would be sent.";
  const rows = planned.map(({ what, from, to, contract, function: name, gas }) => [
    what,
    from,
    `${contract}.${name}\n${to}`,
    gas.toLocaleString("en"),
  ]);
  return `Nothing was sent. It would be:\n${table(["What", "Signed by", "Call", "Gas"], rows)}`;
}
