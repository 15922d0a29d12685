import { encodeAbiParameters, hexToBytes } from "viem";
import type { Address, Hex } from "viem";

/** What an envelope is bound to: it opens in this context only. */
export interface EnvelopeContext {
  chainId: number;
  /** The contract that opened access: AccessBroker, or EmergencyAccess. */
  contract: Address;
  /** Id of the grant or the emergency there. */
  id: Hex;
  /** The record's leaf. */
  record: Hex;
}

/** HPKE's `aad`: abi.encode(chain id, contract, id, record, key id). */
export function envelopeAad({ chainId, contract, id, record }: EnvelopeContext, keyId: Hex): Uint8Array {
  return hexToBytes(
    encodeAbiParameters(
      [{ type: "uint256" }, { type: "address" }, { type: "bytes32" }, { type: "bytes32" }, { type: "bytes32" }],
      [BigInt(chainId), contract, id, record, keyId],
    ),
  );
}
