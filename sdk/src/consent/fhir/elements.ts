import { FhirConsentError } from "../../errors.ts";
import { isObject, objectsIn } from "../../records/FhirResource.ts";

export interface FhirCoding {
  system: unknown;
  code: string;
}

/** What a policy word cannot hold, by the element's name. */
export function cannotExpress(element: string): FhirConsentError {
  return new FhirConsentError(`The Consent's ${element} cannot be expressed in a consent's terms.`, {
    mend: "Ask the patient anew by terms that can be; docs/sdk.md says what can be read.",
  });
}

/** The codings of a CodeableConcept; each must have a code. */
export function codingsOf(concept: unknown, element: string): FhirCoding[] {
  const codings = isObject(concept) ? concept["coding"] : undefined;
  if (!Array.isArray(codings) || codings.length === 0) throw cannotExpress(element);
  return codingList(codings, element);
}

/** The same of a list of Codings. */
export function codingList(codings: unknown, element: string): FhirCoding[] {
  if (!Array.isArray(codings) || objectsIn(codings).length !== codings.length) throw cannotExpress(element);
  return objectsIn(codings).map(({ system, code }) => {
    if (typeof code !== "string") throw cannotExpress(element);
    return { system, code };
  });
}

/** Refuses what is not looked at, since it may restrict. */
export function requireOnly(value: Record<string, unknown>, known: readonly string[], element: string): void {
  const other = Object.keys(value).find((name) => !known.includes(name));
  if (other !== undefined) throw cannotExpress(`${element}.${/^\w{1,40}$/.test(other) ? other : "element"}`);
}
