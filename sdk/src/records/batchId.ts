import { encodeAbiParameters, keccak256 } from "viem";
import type { Hex } from "viem";

/**
 * The id under which a custodian's batch is anchored: keccak256(abi.encode(custodian, root)).
 *
 * @example
 * expect(batchId(batch.custodian, batch.root)).to.equal(batch.id);
 */
export function batchId(custodian: number, root: Hex): Hex {
  return keccak256(encodeAbiParameters([{ type: "uint32" }, { type: "bytes32" }], [custodian, root]));
}
