import { encodeAbiParameters, hexToBytes } from "viem";
import type { Address, Hex } from "viem";

/** What an envelope is bound to: it opens in this context only. */
export interface EnvelopeContext {
  chainId: number;
  /** The AccessBroker. */
  broker: Address;
  /** The grant's id. */
  grant: Hex;
  /** The record's leaf. */
  record: Hex;
}

/** HPKE's `aad`: abi.encode(chain id, broker, grant, record, key id). */
export function envelopeAad({ chainId, broker, grant, record }: EnvelopeContext, keyId: Hex): Uint8Array {
  return hexToBytes(
    encodeAbiParameters(
      [{ type: "uint256" }, { type: "address" }, { type: "bytes32" }, { type: "bytes32" }, { type: "bytes32" }],
      [BigInt(chainId), broker, grant, record, keyId],
    ),
  );
}
