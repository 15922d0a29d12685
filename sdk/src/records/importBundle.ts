import { BundleError } from "../errors.ts";
import { dataPeriod } from "./dataPeriod.ts";
import type { DataPeriod } from "./dataPeriod.ts";
import { isObject, toResource } from "./FhirResource.ts";
import type { FhirResource } from "./FhirResource.ts";
import { parseJson } from "./parseJson.ts";

export interface ImportedResource extends DataPeriod {
  /** The resource's own JSON text, exactly as in the bundle if that came as text: what `sealRecord` takes. */
  content: string;
  resource: FhirResource;
  /** Reference of the patient whom it is about; undefined for an organisation, a practitioner, or a patient unknown here. */
  patient: string | undefined;
}

export type ImportBundleReturnType = ImportedResource[];

/**
 * Takes a FHIR Bundle apart into its resources, in their order.
 *
 * @param bundle Raw JSON text, which is parsed strictly and keeps every digit of each resource; or an object.
 * @returns Every entry's resource. `patient` is the `fullUrl` of the bundle's Patient entry if the reference leads there (or
 * `Patient/id` if that has none), else the reference as it stands.
 * @throws BundleError if it is no Bundle, or an entry has no resource.
 * @throws JsonError, ResourceError as `parseJson` and `dataPeriod`.
 */
export function importBundle(bundle: FhirResource | string): ImportBundleReturnType {
  const parsed = typeof bundle === "string" ? parseJson(bundle) : { value: bundle, sourceOf: () => undefined };
  const entries = entriesOf(parsed.value);
  const patients = patientReferences(entries);
  return entries.map(({ resource, fullUrl }) => ({
    content: parsed.sourceOf(resource) ?? JSON.stringify(resource),
    resource,
    patient: patientOf(resource, fullUrl, patients),
    ...dataPeriod(resource),
  }));
}

interface Entry {
  fullUrl: string | undefined;
  resource: FhirResource;
}

function entriesOf(bundle: unknown): Entry[] {
  if (!isObject(bundle) || bundle["resourceType"] !== "Bundle") {
    throw new BundleError("The document is no FHIR Bundle.", { mend: "Pass a JSON object with resourceType Bundle." });
  }
  const entries: unknown = bundle["entry"] ?? [];
  if (!Array.isArray(entries))
    throw new BundleError("The bundle's entry is no list.", { mend: "Pass a valid Bundle." });
  return entries.map((entry: unknown, index) => {
    if (!isObject(entry) || !isObject(entry["resource"])) {
      throw new BundleError(`Entry ${index} of the bundle has no resource.`, {
        mend: "Pass a bundle of resources; deletions and responses cannot be imported.",
      });
    }
    const fullUrl = entry["fullUrl"];
    return {
      fullUrl: typeof fullUrl === "string" ? fullUrl : undefined,
      resource: toResource(entry["resource"] as FhirResource),
    };
  });
}

/** For each way to refer to a patient of the bundle, the one that is given back. */
function patientReferences(entries: readonly Entry[]): Map<string, string> {
  const references = new Map<string, string>();
  for (const { fullUrl, resource } of entries) {
    if (resource.resourceType !== "Patient") continue;
    const relative = resource.id === undefined ? undefined : `Patient/${resource.id}`;
    const reference = fullUrl ?? relative;
    if (reference === undefined) continue;
    for (const way of [fullUrl, relative]) {
      if (way !== undefined) references.set(way, reference);
    }
  }
  return references;
}

function patientOf(
  resource: FhirResource,
  fullUrl: string | undefined,
  patients: ReadonlyMap<string, string>,
): string | undefined {
  if (resource.resourceType === "Patient") return fullUrl ?? (resource.id && `Patient/${resource.id}`);
  for (const element of ["subject", "patient", "beneficiary"]) {
    const target = resource[element];
    const reference = isObject(target) ? target["reference"] : undefined;
    if (typeof reference !== "string") continue;
    const known = patients.get(reference);
    if (known !== undefined) return known;
    if (/(^|\/)Patient\/[^/]+$/.test(reference)) return reference;
  }
  return undefined;
}
