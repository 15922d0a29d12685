import type { Hex } from "viem";
import { canonicalJson } from "@consilium/sdk";
import { LogEntryError } from "../errors.ts";
import { hashLogEntry, LOG_START } from "./hashLogEntry.ts";
import type { Vault } from "./Vault.ts";

/** One word, a number, or a hash, address or other hexadecimal: no place for free text. */
export type LogFact = string | number | boolean;

export interface LogEntry {
  /** What happened, as one word: `delivered`, `refused`, … */
  event: string;
  /** Unix seconds. */
  time: number;
  [fact: string]: LogFact;
}

export interface LogPosition {
  /** Counts from 1. */
  sequence: number;
  /** Over this entry and, through the former's, over all before it. */
  hash: Hex;
}

const WORD = /^([A-Za-z][A-Za-z0-9_.-]{0,63}|0x[0-9a-fA-F]{1,256}|[0-9]{1,78})$/;

/**
 * Adds an entry to the delivery log, which is never changed: each is chained to the former by its hash. Name patients by DID or leaf
 * only. A hash of it that is put on the chain fixes all up to it.
 *
 * @throws LogEntryError if a fact is more than one word, hexadecimal or a whole number.
 */
export async function appendLog({ database }: Vault, entry: LogEntry): Promise<LogPosition> {
  for (const [fact, value] of Object.entries(entry)) {
    const isFit =
      typeof value === "string" ? WORD.test(value) : typeof value === "boolean" || Number.isSafeInteger(value);
    if (!isFit || !WORD.test(fact)) throw new LogEntryError(fact);
  }
  const text = canonicalJson(entry);
  return database.transaction(async (query) => {
    const [last] = await query<{ sequence: number; hash: Hex }>(
      "SELECT sequence, hash FROM log ORDER BY sequence DESC LIMIT 1",
    );
    const sequence = (last?.sequence ?? 0) + 1;
    const hash = hashLogEntry(last?.hash ?? LOG_START, sequence, text);
    await query("INSERT INTO log (sequence, entry, hash) VALUES ($1, $2, $3)", [sequence, text, hash]);
    return { sequence, hash };
  });
}
