import { Address, BigInt, ByteArray, Bytes, crypto } from "@graphprotocol/graph-ts";
import { CATEGORIES } from "./names";
import { bytes4 } from "./values";
import { numberAt } from "./words";

/** The record's leaf: the hash of the hash of its three values, a word each. */
export function recordLeaf(patient: Address, commitment: Bytes, meta: BigInt): Bytes {
  const words = new ByteArray(96);
  for (let i = 0; i < 20; i++) words[12 + i] = patient[i];
  for (let i = 0; i < 32; i++) words[32 + i] = commitment[i];
  const size = min<i32>(meta.length, 32);
  for (let i = 0; i < size; i++) words[95 - i] = meta[i];
  return Bytes.fromByteArray(crypto.keccak256(crypto.keccak256(words)));
}

/** The custodian's id in the index. */
export function recordCustodian(meta: BigInt): Bytes {
  return bytes4(BigInt.fromU64(numberAt(meta, 0, 4)));
}

export function recordLevel(meta: BigInt): i32 {
  return <i32>numberAt(meta, 32, 1);
}

/** Null if the category is none that is known. */
export function recordCategory(meta: BigInt): string | null {
  const category = <i32>numberAt(meta, 40, 1);
  return category < CATEGORIES.length ? CATEGORIES[category] : null;
}
