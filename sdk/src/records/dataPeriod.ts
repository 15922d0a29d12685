import { ResourceError } from "../errors.ts";
import { isObject } from "./FhirResource.ts";
import type { FhirResource } from "./FhirResource.ts";

export interface DataPeriod {
  /** First second that the data is about, unix seconds; 0: before 1970 or unknown. */
  dataFrom: number;
  /** Last second that the data is about. */
  dataUntil: number;
}

/** Elements that say when it happened, the most telling first. */
const TIME_ELEMENTS = [
  "effectiveDateTime",
  "effectivePeriod",
  "effectiveInstant",
  "performedDateTime",
  "performedPeriod",
  "occurrenceDateTime",
  "occurrencePeriod",
  "onsetDateTime",
  "onsetPeriod",
  "period",
  "billablePeriod",
  "servicedPeriod",
  "started",
  "authoredOn",
  "recordedDate",
  "date",
  "issued",
  "created",
];

const END_ELEMENTS = ["abatementDateTime", "abatementPeriod"];

const FHIR_DATE = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?)?)?$/;

/**
 * The period that a resource's data is about, by the first element that says when it happened; a year, month or day counts from
 * its first to its last second in UTC. Both 0 if no element tells, or all of it lies before 1970. Never the birth date: a
 * patient's resource has no period.
 *
 * @throws ResourceError if such an element is no FHIR date.
 * @example
 * const { dataFrom, dataUntil } = dataPeriod({ resourceType: "Observation", effectiveDateTime: "2026-01-01" });
 * expect(dataUntil - dataFrom).to.equal(86_399);
 */
export function dataPeriod(resource: FhirResource): DataPeriod {
  const name = TIME_ELEMENTS.find((element) => resource[element] !== undefined);
  if (name === undefined) return { dataFrom: 0, dataUntil: 0 };

  const [from, until] = spanOf(name, resource[name]);
  const ends = END_ELEMENTS.filter((element) => resource[element] !== undefined).map(
    (element) => spanOf(element, resource[element])[1],
  );
  const dataFrom = Math.max(from, 0);
  return { dataFrom, dataUntil: Math.max(until, ...ends, dataFrom) };
}

/** A period without an end is taken to end as it starts: nothing later is known. */
function spanOf(name: string, value: unknown): [from: number, until: number] {
  if (!isObject(value)) return spanOfDate(name, value);
  const start = value["start"] ?? value["end"];
  const end = value["end"] ?? value["start"];
  return [spanOfDate(name, start)[0], spanOfDate(name, end)[1]];
}

function spanOfDate(name: string, value: unknown): [from: number, until: number] {
  const milliseconds = typeof value === "string" && FHIR_DATE.test(value) ? Date.parse(value) : NaN;
  if (typeof value !== "string" || Number.isNaN(milliseconds)) {
    throw new ResourceError(`The resource's ${name} is no FHIR date.`, {
      mend: "Have the source system mend the resource.",
    });
  }
  const from = Math.floor(milliseconds / 1000);
  return [from, from + secondsOf(value, new Date(milliseconds)) - 1];
}

function secondsOf(value: string, start: Date): number {
  if (value.includes("T")) return 1;
  const [years, months, days] = value.length === 4 ? [1, 0, 0] : value.length === 7 ? [0, 1, 0] : [0, 0, 1];
  const end = Date.UTC(start.getUTCFullYear() + years, start.getUTCMonth() + months, start.getUTCDate() + days);
  return (end - start.getTime()) / 1000;
}
