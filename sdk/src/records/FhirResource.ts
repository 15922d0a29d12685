import { ResourceError } from "../errors.ts";
import { parseJson } from "./parseJson.ts";

/** A FHIR R4 resource as parsed JSON. */
export interface FhirResource {
  resourceType: string;
  id?: string;
  [element: string]: unknown;
}

/**
 * The resource, parsed strictly if it comes as text.
 *
 * @throws JsonError if the text is not acceptable JSON.
 * @throws ResourceError if it is no object with a resource type.
 */
export function toResource(resource: FhirResource | string): FhirResource {
  const value: unknown = typeof resource === "string" ? parseJson(resource).value : resource;
  if (!isObject(value) || typeof value["resourceType"] !== "string") {
    throw new ResourceError("The document is no FHIR resource.", {
      mend: "Pass one resource, a JSON object with resourceType.",
    });
  }
  return value as FhirResource;
}

/** Whether a value is an object, neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects in a list; none if it is no list. */
export function objectsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
