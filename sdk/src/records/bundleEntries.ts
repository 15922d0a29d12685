import { BundleError } from "../errors.ts";
import { isObject, toResource } from "./FhirResource.ts";
import type { FhirResource } from "./FhirResource.ts";
import { parseJson } from "./parseJson.ts";
import { patientReference } from "./patientReference.ts";

export interface BundleEntry {
  /** Undefined if the entry has none, or what it has is no resource. */
  resource: FhirResource | undefined;
  /** The resource's own JSON text, exactly as in the bundle if that came as text; empty if there is none. */
  content: string;
  /** As `importBundle` gives it. */
  patient: string | undefined;
}

/**
 * Takes a FHIR Bundle apart into its entries, in their order, without judging them: for callers that go on after a bad one.
 *
 * @param bundle As `importBundle`.
 * @throws BundleError if it is no Bundle.
 * @throws JsonError as `parseJson`.
 * @example
 * const entries = [...bundleEntries({ resourceType: "Bundle", entry: [{ resource: { resourceType: "Observation" } }] })];
 * expect(entries).to.have.lengthOf(1);
 */
export function bundleEntries(bundle: FhirResource | string): BundleEntry[] {
  const parsed = typeof bundle === "string" ? parseJson(bundle) : { value: bundle, sourceOf: () => undefined };
  const entries = entriesOf(parsed.value);
  const patients = patientReferences(entries);
  return entries.map(({ resource, fullUrl }) => {
    if (resource === undefined) return { resource, content: "", patient: undefined };
    const content = parsed.sourceOf(resource) ?? JSON.stringify(resource);
    const reference = patientReference(resource, patients);
    const patient = resource.resourceType === "Patient" ? (fullUrl ?? reference) : reference;
    return { resource, content, patient };
  });
}

interface Entry {
  fullUrl: string | undefined;
  resource: FhirResource | undefined;
}

function entriesOf(bundle: unknown): Entry[] {
  if (!isObject(bundle) || bundle["resourceType"] !== "Bundle") {
    throw new BundleError("The document is no FHIR Bundle.", { mend: "Pass a JSON object with resourceType Bundle." });
  }
  const entries: unknown = bundle["entry"] ?? [];
  if (!Array.isArray(entries))
    throw new BundleError("The bundle's entry is no list.", { mend: "Pass a valid Bundle." });
  return entries.map((entry: unknown) => {
    if (!isObject(entry)) return { fullUrl: undefined, resource: undefined };
    const { fullUrl, resource } = entry;
    return {
      fullUrl: typeof fullUrl === "string" ? fullUrl : undefined,
      resource: isResource(resource) ? toResource(resource) : undefined,
    };
  });
}

function isResource(value: unknown): value is FhirResource {
  return isObject(value) && typeof value["resourceType"] === "string";
}

/** For each way to refer to a patient of the bundle, the one that is given back. */
function patientReferences(entries: readonly Entry[]): Map<string, string> {
  const references = new Map<string, string>();
  for (const { fullUrl, resource } of entries) {
    if (resource?.resourceType !== "Patient") continue;
    const relative = patientReference(resource);
    const reference = fullUrl ?? relative;
    if (reference === undefined) continue;
    for (const way of [fullUrl, relative]) {
      if (way !== undefined) references.set(way, reference);
    }
  }
  return references;
}
