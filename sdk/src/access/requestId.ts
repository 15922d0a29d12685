import { encodeAbiParameters, keccak256 } from "viem";
import type { Address, Hex } from "viem";
import { consentId } from "../consent/consentId.ts";
import { recordLeaf } from "../records/recordLeaf.ts";
import type { AccessRequest } from "./AccessRequest.ts";

/**
 * A request's id, which its grant will bear:
 * keccak256(abi.encode(requester, study, word, salt, batch, record leaf, consent id)). The proof is no part of it.
 */
export function requestId(requester: Address, request: AccessRequest): Hex {
  return keccak256(
    encodeAbiParameters(
      [
        { type: "address" },
        { type: "bytes32" },
        { type: "uint256" },
        { type: "uint256" },
        { type: "bytes32" },
        { type: "bytes32" },
        { type: "bytes32" },
      ],
      [
        requester,
        request.study,
        request.word,
        request.salt,
        request.batch,
        recordLeaf(request.record),
        consentId(request.consent),
      ],
    ),
  );
}
