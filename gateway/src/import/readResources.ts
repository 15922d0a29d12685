import { BaseError, bundleEntries, parseJson, patientReference, type FhirResource } from "@consilium/sdk";
import type { ImportReason } from "./ImportReport.ts";
import type { SourceDocument } from "./readDocuments.ts";

/** A resource of a document, with all references by which the vault may know its patient. */
export interface FoundResource {
  entry: number | undefined;
  content: string;
  resource: FhirResource;
  patients: string[];
}

export interface Refusal {
  entry: number | undefined;
  type: string | undefined;
  reason: ImportReason;
  text: string;
}

const FAULT_TEXTS = {
  encoding: "The bytes are no UTF-8.",
  size: "The document is larger than 256 MiB; write its resources as NDJSON.",
};

/** The resources of a document: itself, or a bundle's. What is none is refused, with a text that quotes nothing of it. */
export function readResources({ text, fault }: SourceDocument): (FoundResource | Refusal)[] {
  if (fault !== undefined) return [refusal(fault, FAULT_TEXTS[fault])];
  try {
    const { value } = parseJson(text);
    const type = typeOf(value);
    if (type === undefined) return [refusal("noResource", "The document is no FHIR resource: it lacks resourceType.")];
    return type === "Bundle" ? fromBundle(text) : [found(undefined, text.trim(), value as FhirResource)];
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    return [refusal("json", error.shortMessage)];
  }
}

function fromBundle(text: string): (FoundResource | Refusal)[] {
  const entries = bundleEntries(text);
  // A bundle's patient is known by its full URL; the vault may know it as Patient/id.
  const relative = new Map(
    entries.flatMap(({ resource, patient }) => {
      const own = resource?.resourceType === "Patient" ? patientReference(resource) : undefined;
      return patient === undefined || own === undefined ? [] : [[patient, own] as const];
    }),
  );
  return entries.map(({ resource, content, patient }, entry) => {
    if (resource === undefined) return { ...refusal("noResource", "The bundle's entry has no resource."), entry };
    const patients = [patient, relative.get(patient ?? "")].filter((reference) => reference !== undefined);
    return { entry, content, resource, patients: [...new Set(patients)] };
  });
}

function found(entry: number | undefined, content: string, resource: FhirResource): FoundResource {
  const patient = patientReference(resource);
  return { entry, content, resource, patients: patient === undefined ? [] : [patient] };
}

function typeOf(value: unknown): string | undefined {
  const type =
    typeof value === "object" && value !== null ? (value as Record<string, unknown>)["resourceType"] : undefined;
  return typeof type === "string" ? type : undefined;
}

function refusal(reason: ImportReason, text: string): Refusal {
  return { entry: undefined, type: undefined, reason, text };
}
