import { concatBytes, stringToBytes } from "viem";
import { systemRandom } from "../random.ts";
import type { RandomBytes } from "../random.ts";

export interface EncryptRecordReturnType {
  /** Nonce (12 bytes) ‖ AES-256-GCM ciphertext ‖ tag (16 bytes). */
  ciphertext: Uint8Array;
  /** 32 bytes. Destroying it, the salts and the plaintext is what erasure means. */
  dataKey: Uint8Array;
}

/**
 * Encrypts a record under a fresh data key, with AES-256-GCM.
 *
 * @param content The resource's own JSON text, not its canonical form: nothing of it may be lost.
 * @param random Source of key and nonce; the system's by default.
 * @example
 * const { ciphertext, dataKey } = await encryptRecord("content");
 * expect(await decryptRecord(ciphertext, dataKey)).to.equal("content");
 */
export async function encryptRecord(
  content: string,
  random: RandomBytes = systemRandom,
): Promise<EncryptRecordReturnType> {
  const dataKey = Uint8Array.from(random(32));
  const nonce = Uint8Array.from(random(12));
  const key = await crypto.subtle.importKey("raw", dataKey, "AES-GCM", false, ["encrypt"]);
  const encrypted = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce },
    key,
    Uint8Array.from(stringToBytes(content)),
  );
  return { ciphertext: concatBytes([nonce, new Uint8Array(encrypted)]), dataKey };
}
