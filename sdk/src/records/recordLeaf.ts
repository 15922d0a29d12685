import { encodeAbiParameters, keccak256 } from "viem";
import type { Address, Hex } from "viem";

/** The values of a record's leaf, as the contracts' `Record` struct. */
export interface AnchoredRecord {
  /** The DID of the patient with this custodian. */
  patient: Address;
  /** See `recordCommitment`. */
  commitment: Hex;
  /** See `encodeRecordMeta`. */
  meta: bigint;
}

/** Types of a record's leaf, for `@openzeppelin/merkle-tree`. */
export const RECORD_LEAF_TYPES = ["address", "bytes32", "uint256"];

/**
 * A record's leaf, that of StandardMerkleTree: keccak256(keccak256(abi.encode(patient, commitment, meta))).
 *
 * @example
 * expect(recordLeaf(batch.record(0))).to.equal(batch.leaf(0));
 */
export function recordLeaf({ patient, commitment, meta }: AnchoredRecord): Hex {
  return keccak256(
    keccak256(
      encodeAbiParameters([{ type: "address" }, { type: "bytes32" }, { type: "uint256" }], [patient, commitment, meta]),
    ),
  );
}
