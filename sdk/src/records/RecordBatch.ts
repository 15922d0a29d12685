import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { isAddress } from "viem";
import type { Address, Hex } from "viem";
import { RecordError } from "../errors.ts";
import { batchId } from "./batchId.ts";
import { recordLeaf } from "./recordLeaf.ts";
import type { AnchoredRecord } from "./recordLeaf.ts";
import { encodeRecordMeta } from "./recordMeta.ts";
import type { RecordMeta } from "./recordMeta.ts";

/** A record to be anchored; the batch adds custodian and index. */
export interface RecordBatchEntry extends Omit<RecordMeta, "custodian" | "index"> {
  patient: Address;
  /** See `recordCommitment`. */
  commitment: Hex;
}

export interface RecordMultiProof {
  /** Positions in the order in which records, consents and leaves must be passed to the contracts. */
  indices: number[];
  records: AnchoredRecord[];
  proof: Hex[];
  proofFlags: boolean[];
}

/**
 * Records anchored together: the Merkle tree over their leaves, that of `@openzeppelin/merkle-tree` with `sortLeaves: false`,
 * in the order given. A single record is a batch of one.
 *
 * @example
 * const { commitment } = await sealRecord('{"resourceType":"Observation"}');
 * const facts = { level: 2, category: "labs", dataFrom: 0, dataUntil: 0, retentionUntil: 0 } as const;
 * const one = new RecordBatch(1, [{ patient, commitment, ...facts }]);
 * expect(one.id).to.equal(batchId(1, one.root));
 */
export class RecordBatch {
  readonly custodian: number;
  readonly records: readonly AnchoredRecord[];
  /** Latest end of retention, unix seconds; 0 if one record has none. */
  readonly retentionUntil: number;
  readonly #tree: SimpleMerkleTree;

  /**
   * @param custodian Institution id, 1 to 2^32 - 1.
   * @param entries At least one. `anchorIndexed` takes at most 2,000 in one transaction.
   * @throws RecordError if there are none, an address is none, or a value is out of bounds.
   */
  constructor(custodian: number, entries: readonly RecordBatchEntry[]) {
    if (entries.length === 0) throw new RecordError("The batch is empty.", { mend: "Pass at least one record." });
    this.custodian = custodian;
    this.records = entries.map(({ patient, commitment, ...facts }, index) => {
      if (!isAddress(patient)) {
        throw new RecordError(`The patient of record ${index} is no address.`, {
          mend: "Pass the patient's DID address.",
        });
      }
      return { patient, commitment, meta: encodeRecordMeta({ ...facts, custodian, index }) };
    });
    this.retentionUntil = entries.some(({ retentionUntil }) => retentionUntil === 0)
      ? 0
      : Math.max(...entries.map(({ retentionUntil }) => retentionUntil));
    this.#tree = SimpleMerkleTree.of(this.records.map(recordLeaf), { sortLeaves: false });
  }

  get root(): Hex {
    return this.#tree.root as Hex;
  }

  get id(): Hex {
    return batchId(this.custodian, this.root);
  }

  /**
   * @param index Position in the batch.
   * @throws RecordError if there is no such record.
   */
  record(index: number): AnchoredRecord {
    const record = this.records[index];
    if (record === undefined) {
      throw new RecordError(`The batch has no record ${index}.`, {
        mend: `Use a position from 0 to ${this.records.length - 1}.`,
      });
    }
    return record;
  }

  /** The record's leaf. Throws as `record`. */
  leaf(index: number): Hex {
    return recordLeaf(this.record(index));
  }

  /** The Merkle proof of a record, for `verify` and access requests. Throws as `record`. */
  proof(index: number): Hex[] {
    this.record(index);
    return this.#tree.getProof(index) as Hex[];
  }

  /**
   * One proof for several records, for `checkMany` and cohort requests.
   *
   * @param indices Positions in any order, each once.
   * @returns The records in the order that the proof needs, which is not the order given.
   * @throws RecordError if a position is none, or stands twice, or none is given.
   */
  multiProof(indices: readonly number[]): RecordMultiProof {
    if (indices.length === 0 || new Set(indices).size !== indices.length) {
      throw new RecordError("A multiproof needs each position once, and at least one.", {
        mend: "Remove the duplicates.",
      });
    }
    for (const index of indices) this.record(index);
    const { leaves, proof, proofFlags } = this.#tree.getMultiProof([...indices]);
    const ordered = leaves.map((leaf) => this.#tree.leafLookup(leaf));
    return { indices: ordered, records: ordered.map((index) => this.record(index)), proof: proof as Hex[], proofFlags };
  }
}
