import { BundleError } from "../errors.ts";
import { bundleEntries } from "./bundleEntries.ts";
import { dataPeriod } from "./dataPeriod.ts";
import type { DataPeriod } from "./dataPeriod.ts";
import type { FhirResource } from "./FhirResource.ts";

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
 * @example
 * const [imported] = importBundle({
 *   resourceType: "Bundle",
 *   entry: [{ resource: { resourceType: "Observation", subject: { reference: "Patient/1" } } }],
 * });
 * expect(imported?.resource.resourceType).to.equal("Observation");
 */
export function importBundle(bundle: FhirResource | string): ImportBundleReturnType {
  return bundleEntries(bundle).map(({ content, resource, patient }, index) => {
    if (resource === undefined) {
      throw new BundleError(`Entry ${index} of the bundle has no resource.`, {
        mend: "Pass a bundle of resources; deletions and responses cannot be imported.",
      });
    }
    return { content, resource, patient, ...dataPeriod(resource) };
  });
}
