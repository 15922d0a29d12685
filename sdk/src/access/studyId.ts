import { encodeAbiParameters, keccak256 } from "viem";
import type { Hex } from "viem";

/**
 * A study's id: keccak256(abi.encode(sponsor, protocolHash)).
 *
 * @example
 * expect(studyId(4, HASH)).to.match(/^0x[0-9a-f]{64}$/);
 */
export function studyId(sponsor: number, protocolHash: Hex): Hex {
  return keccak256(encodeAbiParameters([{ type: "uint32" }, { type: "bytes32" }], [sponsor, protocolHash]));
}
