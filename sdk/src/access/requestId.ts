import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import type { Address, Hex } from "viem";
import type { AccessRequest } from "./AccessRequest.ts";
import { askHash } from "./askHash.ts";
import { memberLeaf } from "./memberLeaf.ts";
import { memberOf } from "./memberOf.ts";

/**
 * A request's id, which its grant will bear: the Merkle root of its member's leaf and its `askHash`. The record's proof is no part
 * of it.
 *
 * @example
 * expect((await sendRequest(suite, request)).id).to.equal(requestId(researcher, request));
 */
export function requestId(requester: Address, request: AccessRequest): Hex {
  const nodes = [memberLeaf(memberOf(request)), askHash(requester, request)];
  return SimpleMerkleTree.of(nodes, { sortLeaves: false }).root as Hex;
}
