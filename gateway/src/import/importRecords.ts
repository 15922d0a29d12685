import type { Address } from "viem";
import { BaseError, classifyResource, JsonError, type FhirResource } from "@consilium/sdk";
import { ImportError } from "../errors.ts";
import { addRecords, type Addition } from "../vault/addRecords.ts";
import type { Vault } from "../vault/Vault.ts";
import { findSources, type Source } from "./findSources.ts";
import { FAULTS, type ImportReason, type ImportReport } from "./ImportReport.ts";
import { ImportTally, type ImportSummary } from "./ImportTally.ts";
import { openPlace, type Place } from "./openPlace.ts";
import { readDocuments } from "./readDocuments.ts";
import { readResources, type FoundResource, type Refusal } from "./readResources.ts";

export interface ImportRecordsParameters {
  vault: Vault;
  /** A FHIR Bundle, a single resource or NDJSON, or a folder of such files. */
  path: string;
  /** Second after which the records must be destroyed, unix seconds; 0: without end. */
  retentionUntil: number;
  /** What to do with a patient that has no DID here: leave the resource for a later run (by default), or stop. */
  unknownPatients?: "setAside" | "refuse";
  /** Stop at the first faulty resource. */
  strict?: boolean;
  /** Read, classify, seal and count as ever, and write nothing: `taken` is what an import would take. */
  isDryRun?: boolean;
  /** Resources that are committed at once; 256 by default. */
  chunkSize?: number;
  /** Told of each resource that was not taken and was not known. */
  onReport?: (report: ImportReport) => void;
  /** Told after each chunk. */
  onProgress?: (summary: ImportSummary) => void;
}

/** What a chunk may hold: resources, and characters of them. */
const CHUNK_SIZE = 256;
const CHUNK_LENGTH = 8_000_000;

/**
 * Imports FHIR R4 resources of every type into a vault, as sealed records. How far a file was read is committed with the records of
 * each chunk; killed at any point, the same call goes on there, and no resource is lost or taken twice. A file that was read to its end is
 * skipped as long as it stays as it is, unless something in it was faulty or set aside: then it is read again.
 *
 * @returns What this run did, or would have done if it is a dry one.
 * @throws ImportError if there is nothing to import; or at the first fault or unknown patient, if so told: what came before is kept.
 * @throws VaultUnavailableError if database or store do not answer.
 */
export async function importRecords(parameters: ImportRecordsParameters): Promise<ImportSummary> {
  const sources = await findSources(parameters.path);
  const tally = new ImportTally(sources);
  const dids = new Map<string, Address>();
  const rehearsed = parameters.isDryRun === true ? new Set<string>() : undefined;
  for (const source of sources) {
    const place = await openPlace(parameters.vault, source);
    if (place.settled) tally.finish(source);
    else await importSource({ ...parameters, source, place, tally, dids, rehearsed });
  }
  return tally.summary();
}

interface ImportSourceParameters extends ImportRecordsParameters {
  source: Source;
  place: Place;
  tally: ImportTally;
  /** Of the patients met so far. */
  dids: Map<string, Address>;
  /** Ids of what a dry run has met; undefined if it is none. */
  rehearsed: Set<string> | undefined;
}

type Pending = { line: number; entry: number | undefined; addition: Addition };

async function importSource(parameters: ImportSourceParameters): Promise<void> {
  const { vault, source, place, tally, retentionUntil, rehearsed, onProgress, chunkSize = CHUNK_SIZE } = parameters;
  let pending: Pending[] = [];
  let length = 0;
  let { end, line } = place;

  const flush = async (): Promise<void> => {
    const chunk = pending;
    pending = [];
    length = 0;
    const additions = chunk.map(({ addition }) => addition);
    const at = { end, line, done: false };
    const outcomes = await addRecords(vault, additions, {
      alongside: (query) => place.save(query, at),
      ...(rehearsed && { rehearsed }),
    });
    for (const [index, outcome] of outcomes.entries()) {
      const { line: at, entry, addition } = chunk[index]!;
      if (outcome === "taken" || outcome === "known") tally.count(outcome);
      else refuse(parameters, at, { entry, type: typeName(addition.resource), ...reasonOf(outcome) });
    }
    tally.read(end);
    onProgress?.(tally.summary());
  };

  for await (const document of readDocuments(source, place)) {
    for (const item of readResources(document)) {
      const verdict = await judge(parameters, item);
      if (typeof verdict !== "string") {
        if (stops(parameters, verdict.reason)) await flush();
        refuse(parameters, document.line, verdict);
        continue;
      }
      const { content, resource, entry } = item as FoundResource;
      pending.push({ line: document.line, entry, addition: { patient: verdict, content, resource, retentionUntil } });
      length += content.length;
      if (pending.length >= chunkSize || length >= CHUNK_LENGTH) await flush();
    }
    ({ end, line } = document);
  }
  await flush();
  // Apart from the last chunk: what came up in it must be noted too before the file counts as read.
  if (rehearsed === undefined) {
    await vault.database.transaction((query) => place.save(query, { end, line, done: true }));
  }
  tally.finish(source);
  onProgress?.(tally.summary());
}

/** The patient's DID; or why the resource is not taken. */
async function judge(
  { vault, dids }: ImportSourceParameters,
  item: FoundResource | Refusal,
): Promise<Address | Refusal> {
  if ("reason" in item) return item;
  const { entry, resource, patients } = item;
  const refusal = (reason: ImportReason, text: string): Refusal => {
    return { entry, type: typeName(resource), reason, text };
  };
  try {
    classifyResource(resource);
  } catch (error) {
    return refusal("noCategory", (error as BaseError).shortMessage);
  }
  if (patients.length === 0) {
    const isPatient = resource.resourceType === "Patient";
    const text = isPatient
      ? "The patient has neither id nor full URL."
      : "The resource is about no patient, or about several.";
    return refusal("noPatient", text);
  }
  for (const reference of patients) {
    const did = dids.get(reference) ?? (await vault.didOf(reference));
    if (did === undefined) continue;
    dids.set(reference, did);
    return did;
  }
  return refusal("patientUnknown", "The patient has no DID in this vault.");
}

/** A name that could be a FHIR type's: anything else may be somebody's. */
function typeName({ resourceType }: FhirResource): string | undefined {
  return /^[A-Z][A-Za-z]{2,39}$/.test(resourceType) ? resourceType : undefined;
}

function reasonOf(outcome: "destroyed" | Error): { reason: ImportReason; text: string } {
  if (outcome === "destroyed") return { reason: outcome, text: "The record was destroyed and is not taken again." };
  if (!(outcome instanceof BaseError)) throw outcome;
  return { reason: outcome instanceof JsonError ? "json" : "date", text: outcome.shortMessage };
}

function stops(
  { strict = false, unknownPatients = "setAside" }: ImportSourceParameters,
  reason: ImportReason,
): boolean {
  return (strict && FAULTS.includes(reason)) || (unknownPatients === "refuse" && reason === "patientUnknown");
}

function refuse(parameters: ImportSourceParameters, line: number, refusal: Refusal): void {
  const { source, place, tally, onReport } = parameters;
  const report = { file: source.path, line, ...refusal };
  if (stops(parameters, refusal.reason)) {
    const where = refusal.entry === undefined ? `line ${line}` : `line ${line}, entry ${refusal.entry}`;
    throw new ImportError(`${source.path}, ${where}: ${refusal.text}`, {
      mend: "Mend it in the source system, map the patient, or import without stopping at such; what came before is kept.",
    });
  }
  if (FAULTS.includes(refusal.reason) || refusal.reason === "patientUnknown") place.unsettle();
  tally.refuse(refusal);
  onReport?.(report);
}
