import type { Category, DuoModifier, DuoUse, Flag, Purpose, Recipient, Sensitivity } from "./bits.ts";

/** A policy word with its fields taken apart. Times are unix seconds below 2^40. */
export interface PolicyFields {
  purposes: readonly Purpose[];
  duoUses: readonly DuoUse[];
  modifiers: readonly DuoModifier[];
  categories: readonly Category[];
  /** 0 public to 3 core, see LEVELS. */
  level: number;
  /** First second in force. */
  validFrom: number;
  /** First second no longer in force; of a request: the end it asks for. */
  validUntil: number;
  sensitivities: readonly Sensitivity[];
  /** 0 identified to 4 compute-only, see DEIDENTIFICATION. */
  deidentification: number;
  recipients: readonly Recipient[];
  /** Indices 0-7. */
  regions: readonly number[];
  flags: readonly Flag[];
  /** Bits without a meaning yet, in their place; 0n for every word that this SDK makes. */
  unknownBits: bigint;
}
