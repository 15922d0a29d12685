import { FhirConsentError } from "../../errors.ts";

const FHIR_DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/;
const LAST_SECOND = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;
/** Hours by which a day without a time zone may begin later, or end earlier, than in UTC. */
const LATEST_START = 12;
const EARLIEST_END = 14;
const DAY = 86_400;

export interface Validity {
  /** First second in force, unix seconds. */
  validFrom: number;
  /** First second no longer in force. */
  validUntil: number;
}

/** A validity as FHIR's period, whose end is the last second within it. */
export function writePeriod({ validFrom, validUntil }: Validity): { start: string; end: string } {
  if (validUntil <= validFrom || validUntil - 1 > LAST_SECOND) {
    throw new FhirConsentError("FHIR cannot express the validity.", {
      mend: "Let it begin before it ends, and end before the year 10000.",
    });
  }
  return { start: textOf(validFrom), end: textOf(validUntil - 1) };
}

/** The validity that a period covers wherever it was written: never more, where a day has no time zone. */
export function readPeriod(period: Record<string, unknown>): Validity & { narrowed: boolean } {
  const start = dateOf("start", period["start"]);
  const end = dateOf("end", period["end"]);
  const validFrom = start.isDay ? start.seconds + LATEST_START * 3_600 : Math.ceil(start.seconds);
  const wholeSecond = Number.isInteger(end.seconds) ? 1 : 0;
  const validUntil = end.isDay ? end.seconds + DAY - EARLIEST_END * 3_600 : Math.floor(end.seconds) + wholeSecond;
  if (validFrom < 0 || validUntil <= validFrom) {
    throw new FhirConsentError("The period is empty, or begins before 1970.", {
      mend: "Ask for a Consent with another.",
    });
  }
  return { validFrom, validUntil, narrowed: start.isDay || end.isDay };
}

function dateOf(name: string, value: unknown): { seconds: number; isDay: boolean } {
  const seconds = typeof value === "string" && FHIR_DATE.test(value) ? Date.parse(value) / 1000 : NaN;
  if (typeof value !== "string" || Number.isNaN(seconds)) {
    throw new FhirConsentError(`The period's ${name} is missing, or no date to the day.`, {
      mend: "A consent has a beginning and an end: ask for a Consent that names both to the day.",
    });
  }
  return { seconds, isDay: !value.includes("T") };
}

function textOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
