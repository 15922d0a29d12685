import type { Hex } from "viem";
import type { AnchoredRecord } from "@consilium/sdk";

/** A batch as the chain has it. */
export interface ChainBatch {
  /** Institution id. */
  custodian: number;
  /** Unix seconds. */
  anchoredAt: number;
  count: number;
  /** Unix seconds; 0: the batch was not destroyed as a whole. */
  destroyedAt: number;
}

/** A record, with what proves that it is anchored. */
export interface ProvenRecord {
  batch: Hex;
  record: AnchoredRecord;
  proof: Hex[];
}

/** What the vault's jobs ask of the RecordRegistry and have it do. Each act returns once its transaction is mined. */
export interface RecordChain {
  /** Names chain, contract and custodian; a vault that anchored on one takes no other. */
  name: string;
  /** Institution id for which the wallet acts. */
  custodian: number;
  /** Time of the latest block, unix seconds. */
  now(): Promise<number>;
  batch(id: Hex): Promise<ChainBatch | undefined>;
  isDestroyed(batch: Hex, index: number): Promise<boolean>;
  isSuperseded(batch: Hex, index: number): Promise<boolean>;
  /** For each record, whether its retention is over at the latest block: by its custodian's end, or an earlier one of the patient's side. */
  areRetentionsOver(records: readonly ProvenRecord[]): Promise<boolean[]>;
  anchor(batch: { root: Hex; count: number; retentionUntil: number; manifest: Hex }): Promise<void>;
  anchorIndexed(batch: { records: readonly AnchoredRecord[]; manifest: Hex }): Promise<void>;
  supersede(correction: ProvenRecord & { successor: ProvenRecord; reason: Hex }): Promise<void>;
  attestDestruction(attestation: ProvenRecord & { evidence: Hex }): Promise<void>;
  attestBatchDestruction(attestation: { batch: Hex; evidence: Hex }): Promise<void>;
}
