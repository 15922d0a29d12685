import { concatBytes, hexToBytes, keccak256, stringToBytes } from "viem";
import type { Hex } from "viem";
import { RecordError } from "./errors.ts";

/** What a salted hash is of; the tag keeps one kind from standing for another. */
export type SaltedHashKind = "record-content" | "record-sensitivity" | "document";

export interface SaltedHashParameters {
  kind: SaltedHashKind;
  /** 32 bytes. */
  salt: Hex;
  bytes: Uint8Array;
}

/**
 * keccak256(domain tag ‖ salt ‖ bytes), the domain tag being keccak256 of "consilium/<kind>/v1".
 *
 * @throws RecordError if the salt is not 32 bytes.
 */
export function saltedHash({ kind, salt, bytes }: SaltedHashParameters): Hex {
  const saltBytes = hexToBytes(salt);
  if (saltBytes.length !== 32) {
    throw new RecordError("The salt is not 32 bytes long.", { mend: "Make it with randomSalt." });
  }
  return keccak256(concatBytes([keccak256(stringToBytes(`consilium/${kind}/v1`), "bytes"), saltBytes, bytes]));
}
