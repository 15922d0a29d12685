import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import type { Hex } from "viem";
import { CohortError } from "../errors.ts";
import type { CohortMember } from "./AccessRequest.ts";
import { memberLeaf } from "./memberLeaf.ts";

/**
 * The members of a grant as the broker computed its `cohortRoot`: the Merkle tree over their leaves in the order of the
 * CohortMembersGranted events, that of `@openzeppelin/merkle-tree` with `sortLeaves: false`.
 *
 * @example
 * const tree = new CohortTree([memberOf(request)]);
 * expect(tree.proof(0)).to.deep.equal([]); // of a cohort of one
 */
export class CohortTree {
  readonly members: readonly CohortMember[];
  readonly #tree: SimpleMerkleTree;

  /**
   * @param members At least one, in order.
   * @throws CohortError if there are none.
   */
  constructor(members: readonly CohortMember[]) {
    if (members.length === 0) {
      throw new CohortError("The cohort is empty.", { mend: "Pass the members of an approved grant." });
    }
    this.members = [...members];
    this.#tree = SimpleMerkleTree.of(members.map(memberLeaf), { sortLeaves: false });
  }

  get root(): Hex {
    return this.#tree.root as Hex;
  }

  /**
   * The proof of a member, for deliveries, receipts and claims.
   *
   * @param index Position among the members.
   * @throws CohortError if there is no such member.
   */
  proof(index: number): Hex[] {
    if (this.members[index] === undefined) {
      throw new CohortError(`The cohort has no member ${index}.`, {
        mend: `Use a position from 0 to ${this.members.length - 1}.`,
      });
    }
    return this.#tree.getProof(index) as Hex[];
  }
}
