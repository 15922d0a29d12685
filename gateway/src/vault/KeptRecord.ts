import type { Readable } from "node:stream";
import type { Address, Hex } from "viem";
import type { AnchoredRecord, Category, RecordOpening, RecordParts } from "@consilium/sdk";

/** A record of a batch, as a delivery needs it. */
export interface KeptRecord {
  /** `batched` until the vault knows that its batch is on the chain. */
  state: "batched" | "anchored";
  leaf: Hex;
  patient: Address;
  category: Category;
  /** 0 public to 3 core. */
  level: number;
  batch: Hex;
  /** Of the batch; recipients read it from the chain. */
  root: Hex;
  /** The values of its leaf. */
  record: AnchoredRecord;
  /** Of the leaf under the root. */
  proof: Hex[];
  parts: RecordParts;
  /**
   * Key, salts and sensitivities, decrypted now.
   *
   * @throws RecordDestroyedError if they were destroyed meanwhile.
   */
  opening(): Promise<RecordOpening>;
  /**
   * The encrypted bytes.
   *
   * @throws RecordDestroyedError if they were destroyed meanwhile.
   * @throws VaultUnavailableError if the store does not give them.
   */
  openBytes(): Promise<Readable>;
}
