import { AbiCoder } from "ethers";
import { addressOf, EVENTS, hasTuple, rawName, typeOf, type ContractName } from "./contracts.ts";

/** An event as a test names it: values by the order of the ABI, tuples as arrays. */
export type Emitted = {
  contract: ContractName;
  event: string;
  values: readonly unknown[];
};

export type EncodedEvent = { address: string; event: string; params: Record<string, unknown> };

/** The event as `gnd test` reads it. */
export function encodeEvent({ contract, event, values }: Emitted): EncodedEvent {
  const fragment = EVENTS.get(contract)?.get(event);
  if (fragment === undefined) throw new Error(`${contract} has no event ${event}`);
  const address = addressOf(contract);
  // Encoding the whole checks number, type and range of the values.
  const data = AbiCoder.defaultAbiCoder().encode([`(${fragment.inputs.map(typeOf).join(",")})`], [values]);
  if (hasTuple(fragment)) return { address, event: `${rawName(fragment)}(bytes data)`, params: { data } };
  const params = Object.fromEntries(fragment.inputs.map(({ name }, i) => [name, toJson(values[i])]));
  return { address, event: fragment.format("full").replace("event ", ""), params };
}

function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return Array.isArray(value) ? value.map(toJson) : value;
}
