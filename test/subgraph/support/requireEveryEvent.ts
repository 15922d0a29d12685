import { EVENTS } from "./contracts.ts";
import type { TestCase } from "./TestCase.ts";

/** Throws unless every event of every contract comes in some case. */
export function requireEveryEvent(cases: TestCase[]): void {
  const covered = new Set(
    cases
      .flatMap(({ chapters }) => chapters.flatMap(({ blocks }) => blocks.flatMap(({ events }) => events)))
      .map(({ contract, event }) => `${contract}.${event}`),
  );
  const missing = [...EVENTS].flatMap(([contract, events]) =>
    [...events.keys()].map((event) => `${contract}.${event}`).filter((event) => !covered.has(event)),
  );
  if (missing.length !== 0) throw new Error(`No case has ${missing.join(", ")}.`);
}
