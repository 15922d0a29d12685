import { encodeAbiParameters, keccak256 } from "viem";
import type { Address, Hex } from "viem";
import type { CohortRequest } from "./AccessRequest.ts";

const PARTS_TYPE = {
  type: "tuple[]",
  components: [
    { name: "batch", type: "bytes32" },
    {
      name: "records",
      type: "tuple[]",
      components: [
        { name: "patient", type: "address" },
        { name: "commitment", type: "bytes32" },
        { name: "meta", type: "uint256" },
      ],
    },
    {
      name: "consents",
      type: "tuple[]",
      components: [
        { name: "patient", type: "address" },
        { name: "institution", type: "uint32" },
        { name: "agent", type: "address" },
        { name: "study", type: "bytes32" },
        { name: "policy", type: "uint256" },
        { name: "epoch", type: "uint8" },
        { name: "details", type: "bytes32" },
      ],
    },
    { name: "proof", type: "bytes32[]" },
    { name: "proofFlags", type: "bool[]" },
  ],
} as const;

/** A cohort request's id: keccak256(abi.encode(requester, study, word, salt, keccak256(abi.encode(parts)))). */
export function cohortRequestId(requester: Address, request: CohortRequest): Hex {
  return keccak256(
    encodeAbiParameters(
      [{ type: "address" }, { type: "bytes32" }, { type: "uint256" }, { type: "uint256" }, { type: "bytes32" }],
      [
        requester,
        request.study,
        request.word,
        request.salt,
        keccak256(encodeAbiParameters([PARTS_TYPE], [request.parts])),
      ],
    ),
  );
}
