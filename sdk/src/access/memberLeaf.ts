import { encodeAbiParameters, keccak256 } from "viem";
import type { Hex } from "viem";
import type { CohortMember } from "./AccessRequest.ts";

/** Types of a member's leaf, for `@openzeppelin/merkle-tree`: study, patient, consent, batch, record. */
export const MEMBER_LEAF_TYPES = ["bytes32", "address", "bytes32", "bytes32", "bytes32"];

/**
 * A member's leaf, that of StandardMerkleTree: keccak256(keccak256(abi.encode(study, patient, consent, batch, record))).
 *
 * @example
 * const answer = await sendRequest(suite, request);
 * expect(memberLeaf(answer.grant!.member)).to.equal(memberLeaf(memberOf(request)));
 */
export function memberLeaf({ study, patient, consent, batch, record }: CohortMember): Hex {
  return keccak256(
    keccak256(
      encodeAbiParameters(
        [{ type: "bytes32" }, { type: "address" }, { type: "bytes32" }, { type: "bytes32" }, { type: "bytes32" }],
        [study, patient, consent, batch, record],
      ),
    ),
  );
}
