import { encodeAbiParameters, keccak256 } from "viem";
import type { Address, Hex } from "viem";
import type { AccessRequest } from "./AccessRequest.ts";

/**
 * Who asks for what, without whom: keccak256(abi.encode(requester, word, salt)). It is the whole proof of a single request's one
 * member, as the AccessDecided event has it.
 *
 * @example
 * expect(rebuildGrant({ ...memberOf(request), request: HASH, askHash: askHash(researcher, request) }).proof).to.deep.equal([
 *   askHash(researcher, request),
 * ]);
 */
export function askHash(requester: Address, { word, salt }: Pick<AccessRequest, "word" | "salt">): Hex {
  return keccak256(
    encodeAbiParameters([{ type: "address" }, { type: "uint256" }, { type: "uint256" }], [requester, word, salt]),
  );
}
