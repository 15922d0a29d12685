import { InvalidArgumentError } from "commander";
import { getAddress, isAddress, isHash, maxUint256, numberToHex } from "viem";
import type { Address, Hex } from "viem";

/** Parsers of operands and options; what they refuse is a wrong use of the command. */

/** An address, or a `did:ethr` that ends in one. */
export function parseAddress(text: string): Address {
  const address = /^did:ethr:(?:0x[0-9a-fA-F]+:|\w+:)?(0x[0-9a-fA-F]{40})$/.exec(text)?.[1] ?? text;
  if (isAddress(address)) return getAddress(address);
  throw new InvalidArgumentError("It is no address and no DID, or its checksum is wrong.");
}

/** Thirty-two bytes: an id or a hash. */
export function parseHash(text: string): Hex {
  if (isHash(text)) return text.toLowerCase() as Hex;
  throw new InvalidArgumentError("It is no id: 0x and 64 hex digits.");
}

/** A proposal's number, in decimal digits or as 32 bytes; answers these. */
export function parseProposal(text: string): Hex {
  if (/^\d{1,78}$/.test(text) && BigInt(text) <= maxUint256) return numberToHex(BigInt(text), { size: 32 });
  return parseHash(text);
}

/** A whole number of 0 or more. */
export function parseCount(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is no whole number.");
}

/** Units of a token, of which there may be more than a JavaScript number holds. */
export function parseUnits(text: string): bigint {
  if (/^[1-9]\d{0,77}$/.test(text) && BigInt(text) <= maxUint256) return BigInt(text);
  throw new InvalidArgumentError("It is no whole number of the token's smallest units, from 1.");
}

/** Text of a point in time or of a period from now, see `timeOf`. */
export type TimeText = string & { readonly time: unique symbol };

const UNITS: Record<string, number> = { h: 3_600, d: 86_400, y: 365 * 86_400 };
const FORM = /^(\d{1,5})([hdy])$/;

export function parseTime(text: string): TimeText {
  if (FORM.test(text) || (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text) && !Number.isNaN(Date.parse(text)))) {
    return text as TimeText;
  }
  throw new InvalidArgumentError(
    "Give a day such as 2027-01-31 (its first second, UTC), or a period such as 12h, 30d, 2y.",
  );
}

/** Unix seconds; periods count from `now`. */
export function timeOf(text: TimeText, now: number): number {
  const [, count, unit] = FORM.exec(text) ?? [];
  return unit === undefined ? Math.floor(Date.parse(text) / 1_000) : now + Number(count) * UNITS[unit]!;
}

/** Seconds of a period such as 4h. */
export function parsePeriod(text: string): number {
  const [, count, unit] = FORM.exec(text) ?? [];
  if (unit !== undefined) return Number(count) * UNITS[unit]!;
  throw new InvalidArgumentError("Give a period such as 4h or 2d.");
}

/** Collects an option that may be given several times, or names separated by commas. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(",").map((one) => one.trim())];
}
