import { BigInt, ByteArray, Bytes } from "@graphprotocol/graph-ts";

/** The number in four bytes, the highest first. */
export function bytes4(number: BigInt): Bytes {
  return bigEndian(<u64>number.toU32(), 4);
}

/** The number in eight bytes, the highest first. */
export function bytes8(number: BigInt): Bytes {
  return bigEndian(number.toU64(), 8);
}

/** The number in thirty-two bytes, the highest first. */
export function bytes32(number: BigInt): Bytes {
  const bytes = new Bytes(32);
  for (let i = 0; i < number.length && i < 32; i++) bytes[31 - i] = number[i];
  return bytes;
}

export function isZero(bytes: ByteArray): bool {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] != 0) return false;
  return true;
}

/** On the chain a zero says "none". */
export function bytesOrNull(bytes: Bytes): Bytes | null {
  return isZero(bytes) ? null : bytes;
}

/** On the chain a zero says "none". */
export function numberOrNull(number: BigInt): BigInt | null {
  return number.isZero() ? null : number;
}

function bigEndian(number: u64, size: i32): Bytes {
  const bytes = new Bytes(size);
  for (let i = 0; i < size; i++) bytes[i] = <u8>(number >> (8 * <u64>(size - 1 - i)));
  return bytes;
}
