import { isObject, objectsIn } from "./FhirResource.ts";
import type { FhirResource } from "./FhirResource.ts";

/** Elements that name the patient, by FHIR R4. */
const PATIENT_ELEMENTS = ["subject", "patient", "beneficiary"];

/**
 * The reference of the patient whom a resource is about: a Patient's own `Patient/id`; else where `subject`, `patient` or
 * `beneficiary` leads, or the one patient among an Appointment's participants. Undefined if it is about no patient, or about several.
 *
 * @param known Other references that are a patient's (a bundle's `urn:uuid:…`), each with the one to give back.
 * @example
 * expect(patientReference({ resourceType: "Observation", subject: { reference: "Patient/1" } })).to.equal("Patient/1");
 */
export function patientReference(
  resource: FhirResource,
  known: ReadonlyMap<string, string> = new Map(),
): string | undefined {
  if (resource.resourceType === "Patient") return resource.id && `Patient/${resource.id}`;
  const named = PATIENT_ELEMENTS.flatMap((element) => {
    const target = resource[element];
    return Array.isArray(target) ? objectsIn(target) : [target];
  });
  const actors = objectsIn(resource["participant"]).map(({ actor }) => actor);
  for (const targets of [named, actors]) {
    const references = new Set(targets.flatMap((target) => referenceOf(target, known)));
    if (references.size > 0) return references.size === 1 ? [...references][0] : undefined;
  }
  return undefined;
}

function referenceOf(target: unknown, known: ReadonlyMap<string, string>): string[] {
  const reference = isObject(target) ? target["reference"] : undefined;
  if (typeof reference !== "string") return [];
  const patient = known.get(reference);
  if (patient !== undefined) return [patient];
  return /(^|\/)Patient\/[^/]+$/.test(reference) ? [reference] : [];
}
