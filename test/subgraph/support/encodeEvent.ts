import { AbiCoder, Interface, type EventFragment } from "ethers";
import { addressOf, readAbi, type ContractName } from "./contracts.ts";

/** An event as a test names it: values by the order of the ABI, tuples as arrays. */
export type Emitted = {
  contract: ContractName;
  event: string;
  values: readonly unknown[];
};

export type EncodedEvent = { address: string; event: string; params: Record<string, unknown>; txHash?: string };

export function hasTuple(event: EventFragment): boolean {
  return event.inputs.some((input) => input.format("sighash").includes("("));
}

/** Name of the event that carries one with tuples. */
export function rawName(event: EventFragment): string {
  return `Raw${event.name}`;
}

/** The event as `gnd test` reads it. */
export function encodeEvent({ contract, event, values }: Emitted): EncodedEvent {
  const fragment = interfaceOf(contract).getEvent(event);
  if (fragment === null) throw new Error(`${contract} has no event ${event}`);
  const address = addressOf(contract);
  // Encoding the whole checks number, type and range of the values.
  const data = AbiCoder.defaultAbiCoder().encode([tupleOf(fragment)], [values]);
  if (hasTuple(fragment)) return { address, event: `${rawName(fragment)}(bytes data)`, params: { data } };
  const params = Object.fromEntries(fragment.inputs.map(({ name }, i) => [name, toJson(values[i])]));
  return { address, event: fragment.format("full").replace("event ", ""), params };
}

const interfaces = new Map<ContractName, Interface>();

function interfaceOf(contract: ContractName): Interface {
  const known = interfaces.get(contract) ?? new Interface(readAbi(contract));
  interfaces.set(contract, known);
  return known;
}

function tupleOf(fragment: EventFragment): string {
  return `tuple(${fragment.inputs.map((input) => input.format("sighash")).join(",")})`;
}

function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return Array.isArray(value) ? value.map(toJson) : value;
}
