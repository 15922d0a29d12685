import type { Source } from "./findSources.ts";
import { FAULTS, type ImportReason } from "./ImportReport.ts";
import type { Refusal } from "./readResources.ts";

export interface ImportSummary {
  files: number;
  /** Read to their end, now or before. */
  filesDone: number;
  bytes: number;
  /** Read, now or before. */
  bytesDone: number;
  /** Resources that became records. */
  taken: number;
  /** Resources that were records already. */
  known: number;
  /** Resources that were records once and are not taken again. */
  destroyed: number;
  /** Resources whose patient has no DID here; a later run takes them once the patient is mapped. */
  setAside: number;
  /** Resources that are no records of a patient, by type. */
  leftOut: Record<string, number>;
  /** Faulty ones, by reason. */
  faults: Partial<Record<ImportReason, number>>;
}

/** Counts what an import does. */
export class ImportTally {
  readonly #files: number;
  readonly #bytes: number;
  readonly #counts = { taken: 0, known: 0, destroyed: 0, setAside: 0 };
  readonly #leftOut: Record<string, number> = {};
  readonly #faults: Partial<Record<ImportReason, number>> = {};
  #filesDone = 0;
  /** Of the files that were read to their end. */
  #bytesDone = 0;
  /** Of the one that is being read. */
  #bytesReading = 0;

  constructor(sources: readonly Source[]) {
    this.#files = sources.length;
    this.#bytes = sources.reduce((total, { size }) => total + size, 0);
  }

  count(outcome: "taken" | "known"): void {
    this.#counts[outcome]++;
  }

  refuse({ reason, type = "unknown" }: Refusal): void {
    if (reason === "patientUnknown") this.#counts.setAside++;
    else if (reason === "destroyed") this.#counts.destroyed++;
    else if (FAULTS.includes(reason)) this.#faults[reason] = (this.#faults[reason] ?? 0) + 1;
    else this.#leftOut[type] = (this.#leftOut[type] ?? 0) + 1;
  }

  /** How far the present file was read. */
  read(bytes: number): void {
    this.#bytesReading = bytes;
  }

  finish({ size }: Source): void {
    this.#bytesReading = 0;
    this.#bytesDone += size;
    this.#filesDone++;
  }

  summary(): ImportSummary {
    return {
      files: this.#files,
      filesDone: this.#filesDone,
      bytes: this.#bytes,
      bytesDone: this.#bytesDone + this.#bytesReading,
      ...this.#counts,
      leftOut: { ...this.#leftOut },
      faults: { ...this.#faults },
    };
  }
}
