import { createHash } from "node:crypto";
import type { Address, Hex } from "viem";
import type { ContractName } from "./contracts.ts";
import type { Emitted } from "./encodeEvent.ts";

/** Time of the first block of a test, unix seconds. */
export const T = 1_800_000_000;
export const DAY = 86_400;
export const YEAR = 365 * DAY;

export const ZERO: Hex = `0x${"00".repeat(32)}`;
export const NOBODY: Address = `0x${"00".repeat(20)}`;

export function emit(contract: ContractName, event: string, ...values: unknown[]): Emitted {
  return { contract, event, values };
}

/** An address that the name makes. */
export function wallet(name: string): Address {
  return `0x${digest(name).slice(0, 40)}`;
}

/** Thirty-two bytes that the name makes. */
export function hash(name: string): Hex {
  return `0x${digest(name)}`;
}

/** An institution's id in the index. */
export function institutionKey(number: number): Hex {
  return `0x${number.toString(16).padStart(8, "0")}`;
}

/** Bytes one after another. */
export function concat(...parts: string[]): string {
  return `0x${parts.map((part) => part.replace("0x", "")).join("")}`;
}

function digest(name: string): string {
  return createHash("sha256").update(name).digest("hex");
}
