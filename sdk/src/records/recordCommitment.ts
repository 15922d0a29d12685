import { encodeAbiParameters, keccak256 } from "viem";
import type { Hex } from "viem";

/** What a record's commitment is made of. */
export interface RecordParts {
  /** See `commitContent`. */
  content: Hex;
  /** keccak256 of the encrypted bytes. */
  ciphertextHash: Hex;
  /** See `commitSensitivities`. */
  sensitivity: Hex;
}

/**
 * The second value of a record's leaf: keccak256(abi.encode(content, ciphertextHash, sensitivity)).
 *
 * @example
 * const { parts, commitment } = await sealRecord('{"resourceType":"Observation"}');
 * expect(recordCommitment(parts)).to.equal(commitment);
 */
export function recordCommitment({ content, ciphertextHash, sensitivity }: RecordParts): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: "bytes32" }, { type: "bytes32" }, { type: "bytes32" }],
      [content, ciphertextHash, sensitivity],
    ),
  );
}
