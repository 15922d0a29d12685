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
  readonly #sources: readonly Source[];
  readonly #read = new Map<string, number>();
  readonly #counts = { taken: 0, known: 0, destroyed: 0, setAside: 0 };
  readonly #leftOut: Record<string, number> = {};
  readonly #faults: Partial<Record<ImportReason, number>> = {};
  #filesDone = 0;

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
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

  read({ path }: Source, bytes: number): void {
    this.#read.set(path, bytes);
  }

  finish(source: Source): void {
    this.read(source, source.size);
    this.#filesDone++;
  }

  summary(): ImportSummary {
    const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, one) => total + one, 0);
    return {
      files: this.#sources.length,
      filesDone: this.#filesDone,
      bytes: sum(this.#sources.map(({ size }) => size)),
      bytesDone: sum(this.#read.values()),
      ...this.#counts,
      leftOut: { ...this.#leftOut },
      faults: { ...this.#faults },
    };
  }
}
