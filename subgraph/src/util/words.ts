import { BigInt, Entity, Value } from "@graphprotocol/graph-ts";
import { CATEGORIES, DUO_MODIFIERS, DUO_USES, FAILED_CHECKS, INSTITUTION_KINDS, POLICY_FLAGS, PURPOSES } from "./names";

/** Whether a bit of an unsigned number is set. */
export function hasBit(word: BigInt, bit: i32): bool {
  return ((byteAt(word, bit >> 3) >> ((<u8>bit) & 7)) & 1) == 1;
}

/** The unsigned number in `size` bytes from a bit on, which begins a byte. */
export function numberAt(word: BigInt, bit: i32, size: i32): u64 {
  let number: u64 = 0;
  for (let i = size - 1; i >= 0; i--) number = (number << 8) | (<u64>byteAt(word, (bit >> 3) + i));
  return number;
}

/** Unix seconds, in five bytes. */
export function timeAt(word: BigInt, bit: i32): BigInt {
  return BigInt.fromU64(numberAt(word, bit, 5));
}

/** Names of the bits set, the first name being that of bit `first`; a bit without a name is left out. */
export function namesAt(word: BigInt, first: i32, names: string[]): string[] {
  const set = new Array<string>();
  for (let i = 0; i < names.length; i++) if (names[i] != "" && hasBit(word, first + i)) set.push(names[i]);
  return set;
}

/** The same of a short mask. */
export function namesOf(mask: i32, names: string[]): string[] {
  return namesAt(BigInt.fromI32(mask), 0, names);
}

export function failedChecks(failed: BigInt): string[] {
  return namesAt(failed, 0, FAILED_CHECKS);
}

export function purposes(word: BigInt): string[] {
  return namesAt(word, 0, PURPOSES);
}

export function modifiers(word: BigInt): string[] {
  return namesAt(word, 48, DUO_MODIFIERS);
}

export function level(word: BigInt): i32 {
  return <i32>numberAt(word, 96, 1);
}

export function validFrom(word: BigInt): BigInt {
  return timeAt(word, 104);
}

export function validUntil(word: BigInt): BigInt {
  return timeAt(word, 144);
}

/** Whether a policy lies within a mandate: allows no more, demands no less, lives no longer. As PolicyWord decides it. */
export function isWithin(policy: BigInt, mandate: BigInt): bool {
  for (let bit = 0; bit < 256; bit++) {
    if (isAllowance(bit) && hasBit(policy, bit) && !hasBit(mandate, bit)) return false;
    if (bit >= 48 && bit < 80 && hasBit(mandate, bit) && !hasBit(policy, bit)) return false;
  }
  return (
    level(policy) <= level(mandate) &&
    numberAt(policy, 216, 1) >= numberAt(mandate, 216, 1) &&
    validFrom(policy).ge(validFrom(mandate)) &&
    validUntil(policy).le(validUntil(mandate))
  );
}

/** Purposes, DUO uses, categories, sensitivities, recipients, regions, and the flags but those of who signed. */
function isAllowance(bit: i32): bool {
  return (
    bit < 48 ||
    (bit >= 80 && bit < 96) ||
    (bit >= 184 && bit < 216) ||
    (bit >= 224 && bit < 245) ||
    (bit >= 247 && bit < 250)
  );
}

/** Fills what requests, consents, mandates and studies have in common. */
export function setWord(entity: Entity, word: BigInt): void {
  entity.setBigInt("word", word);
  entity.set("purposes", Value.fromStringArray(purposes(word)));
  entity.set("duoUses", Value.fromStringArray(namesAt(word, 32, DUO_USES)));
  entity.set("categories", Value.fromStringArray(namesAt(word, 80, CATEGORIES)));
  entity.setI32("level", level(word));
  entity.setI32("deidentification", <i32>numberAt(word, 216, 1));
  entity.set("flags", Value.fromStringArray(namesAt(word, 240, POLICY_FLAGS)));
}

/** Fills what consents and mandates have beside. */
export function setConditions(entity: Entity, word: BigInt): void {
  entity.set("modifiers", Value.fromStringArray(modifiers(word)));
  entity.set("recipientKinds", Value.fromStringArray(namesAt(word, 224, INSTITUTION_KINDS)));
  const regions = new Array<i32>();
  for (let i = 0; i < 8; i++) if (hasBit(word, 232 + i)) regions.push(i);
  entity.set("regions", Value.fromI32Array(regions));
}

/** A BigInt holds its bytes little-endian, without leading zeros. */
function byteAt(word: BigInt, index: i32): u8 {
  return index < word.length ? word[index] : 0;
}
