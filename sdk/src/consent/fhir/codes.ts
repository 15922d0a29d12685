import type { Sensitivity } from "../../policy/bits.ts";

/*
 * Code systems of a Consent (HL7 FHIR R4, https://hl7.org/fhir/R4/consent.html). What FHIR has no word for stands in one modifier
 * extension, which a reader that does not know it must not pass over.
 */

export const SYSTEMS = {
  action: "http://terminology.hl7.org/CodeSystem/consentaction",
  actCode: "http://terminology.hl7.org/CodeSystem/v3-ActCode",
  actReason: "http://terminology.hl7.org/CodeSystem/v3-ActReason",
  category: "urn:consilium:category",
  confidentiality: "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
  institution: "urn:consilium:institution",
  participation: "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
  resourceTypes: "http://hl7.org/fhir/resource-types",
  scope: "http://terminology.hl7.org/CodeSystem/consentscope",
  uri: "urn:ietf:rfc:3986",
} as const;

/** The modifier extension with the parts of a policy word that FHIR lacks. */
export const POLICY_EXTENSION = "urn:consilium:fhir:policy";

/** By level: data up to this HL7 confidentiality, a high-water mark as in DS4P labels. */
export const CONFIDENTIALITY_OF_LEVEL = ["U", "M", "N", "V"] as const;

/** The level below a code that lies between two levels. */
export const NARROWER_LEVELS: Readonly<Record<string, number>> = { L: 0, R: 2 };

/** HL7 obligations (v3-ActCode) by grade of de-identification; computing only has none. */
export const OBLIGATION_OF_GRADE: readonly (string | undefined)[] = [undefined, "PSEUD", "DEID", "ANONY", undefined];

/** Codes of v3-ActCode that mean the very same as one of ours. */
export const SAME_SENSITIVITY: Readonly<Record<string, Sensitivity>> = { MH: "PSY", SUD: "ETH" };
