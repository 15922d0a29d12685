import { RecordDecryptionError } from "../errors.ts";

const NONCE_SIZE = 12;

/**
 * Opens what `encryptRecord` made.
 *
 * @param ciphertext Nonce (12 bytes) ‖ AES-256-GCM ciphertext ‖ tag (16 bytes).
 * @param dataKey 32 bytes.
 * @returns The resource's JSON text.
 * @throws RecordDecryptionError if key and bytes do not belong together, or the content is no UTF-8.
 * @example
 * const { ciphertext, dataKey } = await encryptRecord("content");
 * expect(await decryptRecord(ciphertext, dataKey)).to.equal("content");
 */
export async function decryptRecord(ciphertext: Uint8Array, dataKey: Uint8Array): Promise<string> {
  try {
    const bytes = Uint8Array.from(ciphertext);
    const key = await crypto.subtle.importKey("raw", Uint8Array.from(dataKey), "AES-GCM", false, ["decrypt"]);
    const iv = bytes.subarray(0, NONCE_SIZE);
    const content = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.subarray(NONCE_SIZE));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (error) {
    throw new RecordDecryptionError(error);
  }
}
