import type { AbiFunction, AbiParameter } from "viem";
import { z } from "zod";
import { abis, type Call, type ContractName } from "@consilium/sdk";
import { UsageError } from "./errors.ts";
import type { Io } from "./Io.ts";
import { readDocument } from "./readDocument.ts";

const FILE = z.array(z.strictObject({ contract: z.string(), function: z.string(), args: z.array(z.unknown()) })).min(1);

/**
 * Reads `[{"contract": "AccessBroker", "function": "setRuleSet", "args": ["0x…"]}, …]`: integers as numbers or decimal text, structs as
 * objects by the names of the ABI.
 *
 * @throws UsageError if there is no such function that changes something, or a value is not of its type.
 */
export function readCalls(io: Io, file: string): Call[] {
  const { data, error } = FILE.safeParse(readDocument(io, file));
  if (data === undefined) {
    const faults = error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`).join("; ");
    throw new UsageError(`${file} is no list of calls: ${faults}.`, {
      mend: 'Write [{"contract": "AccessBroker", "function": "setRuleSet", "args": ["0x…"]}] into a .json file.',
    });
  }
  return data.map((one) => callFrom(one, file));
}

function callFrom({ contract, function: name, args }: z.output<typeof FILE>[number], file: string): Call {
  if (!Object.hasOwn(abis, contract)) {
    throw new UsageError(`${file}: the suite has no contract ${contract}.`, {
      mend: `Name of these: ${Object.keys(abis).join(", ")}.`,
    });
  }
  const acts = (abis[contract as ContractName] as readonly { type: string }[]).filter(
    (entry): entry is AbiFunction =>
      entry.type === "function" && ["nonpayable", "payable"].includes((entry as AbiFunction).stateMutability),
  );
  const found = acts.find((entry) => entry.name === name && entry.inputs.length === args.length);
  if (found === undefined) {
    throw new UsageError(`${file}: ${contract} has no ${name} of ${args.length} values that changes something.`, {
      mend: `See docs/contracts/${contract}.md for what it takes.`,
    });
  }
  const where = `${file}: ${contract}.${name}`;
  const values = found.inputs.map((input, index) => valueOf(input, args[index], `${where}, ${input.name || index}`));
  return { contract: contract as ContractName, functionName: name, args: values };
}

/** A JSON value as viem takes it for a type of the ABI, which itself looks at addresses and bytes. */
function valueOf(parameter: AbiParameter, value: unknown, where: string): unknown {
  const refuse = (): never => {
    throw new UsageError(`${where} is no ${parameter.type}.`, {
      mend: "Write integers as numbers or decimal text, structs as objects with all their fields, the rest as text.",
    });
  };
  const item = /^(.*)\[\d*\]$/.exec(parameter.type)?.[1];
  if (item !== undefined) {
    if (!Array.isArray(value)) return refuse();
    return value.map((one, index) => valueOf({ ...parameter, type: item }, one, `${where}.${index}`));
  }
  if ("components" in parameter) {
    const fields = Object(value) as Record<string, unknown>;
    const names = parameter.components.map(({ name }) => name!);
    if (Object.keys(fields).sort().join() !== [...names].sort().join()) return refuse();
    return Object.fromEntries(
      parameter.components.map((part) => [part.name, valueOf(part, fields[part.name!], `${where}.${part.name}`)]),
    );
  }
  if (/^u?int/.test(parameter.type)) {
    const exact = Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d{1,78}$/.test(value));
    return exact ? BigInt(value as number | string) : refuse();
  }
  return typeof value === (parameter.type === "bool" ? "boolean" : "string") ? value : refuse();
}
