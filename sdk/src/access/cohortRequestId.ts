import { concat, encodeAbiParameters, keccak256 } from "viem";
import type { Address, Hex } from "viem";
import type { CohortRequest } from "./AccessRequest.ts";
import { memberLeaf } from "./memberLeaf.ts";
import { membersOf } from "./memberOf.ts";

/**
 * A cohort request's id: keccak256(abi.encode(requester, study, word, salt, keccak256(leaves))), the leaves being those of all
 * members asked for, part after part.
 *
 * @example
 * const { id } = await sendCohort(suite, cohort);
 * expect(id).to.equal(cohortRequestId(researcher, cohort));
 */
export function cohortRequestId(requester: Address, request: CohortRequest): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: "address" }, { type: "bytes32" }, { type: "uint256" }, { type: "uint256" }, { type: "bytes32" }],
      [requester, request.study, request.word, request.salt, keccak256(concat(membersOf(request).map(memberLeaf)))],
    ),
  );
}
