/**
 * Why a resource was not taken.
 *
 * Left out, as no record of a patient: `noPatient`: it names no patient, or several (an organisation, a group, a catalogue);
 * `noCategory`: its type belongs to no category (StructureDefinition, Binary, …).
 * Set aside until the vault knows more: `patientUnknown`: the patient has no DID here.
 * `destroyed`: it was kept once, destroyed, and is not taken again.
 * Faulty: `json`: the text is no JSON that a commitment could stand on; `noResource`: an object without resource type, or a bundle's
 * entry without resource; `date`: an element that says when it happened is no FHIR date, or it cannot be sealed for another reason that
 * the text names; `encoding`: the bytes are no UTF-8; `size`: the document is larger than 256 MiB.
 */
export type ImportReason =
  "noPatient" | "noCategory" | "patientUnknown" | "destroyed" | "json" | "noResource" | "date" | "encoding" | "size";

/** Reasons that stop a strict import. */
export const FAULTS: readonly ImportReason[] = ["json", "noResource", "date", "encoding", "size"];

/** One resource that was not taken; never any of its content. */
export interface ImportReport {
  file: string;
  /** Line of NDJSON; 1 of a file that is one document. */
  line: number;
  /** Position in a bundle, from 0. */
  entry: number | undefined;
  /** FHIR type, if it could be read. */
  type: string | undefined;
  reason: ImportReason;
  /** For people. */
  text: string;
}
