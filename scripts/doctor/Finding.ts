import type { Consortium } from "../config/schemas.ts";
import type { Connection } from "../connect.ts";
import type { AddressBook } from "../deployment/AddressBook.ts";

/** One thing looked at. */
export type Finding = {
  check: string;
  state: "ok" | "problem" | "skipped";
  detail: string;
  /** What to do about a problem. */
  mend?: string;
};

/** What the checks look at. */
export type Subject = {
  book: AddressBook;
  consortium: Consortium;
  connection: Connection;
  /** Takes GraphQL queries; undefined if there is no index to look at. */
  graphUrl: string | undefined;
  /** Blocks by which the index may be behind. */
  maxLag: number;
};

export type Check = { name: string; examine: (subject: Subject) => Promise<Finding[]> };

export function ok(check: string, detail: string): Finding {
  return { check, state: "ok", detail };
}

export function problem(check: string, detail: string, mend: string): Finding {
  return { check, state: "problem", detail, mend };
}

/** A finding by comparison; bigints and numbers of one value are equal. */
export function compare(check: string, found: unknown, wanted: unknown, mend: string): Finding {
  const [is, shouldBe] = [show(found), show(wanted)];
  return is === shouldBe ? ok(check, is) : problem(check, `is ${is}, but should be ${shouldBe}`, mend);
}

function show(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? Number(item) : item));
}
