import { createHmac, hkdfSync, type webcrypto } from "node:crypto";
import { bytesToString, stringToBytes } from "viem";
import { systemRandom } from "@consilium/sdk";
import { MasterKeyError } from "../errors.ts";
import type { MasterKey } from "./MasterKey.ts";

const NONCE_SIZE = 12;

/** What a vault does with its master key; each use has a key of its own, derived by HKDF (RFC 5869). */
export class Secrets {
  readonly #wrapping: webcrypto.CryptoKey;
  readonly #digest: Uint8Array;

  private constructor(wrapping: webcrypto.CryptoKey, digest: Uint8Array) {
    this.#wrapping = wrapping;
    this.#digest = digest;
  }

  static async derive(masterKey: MasterKey): Promise<Secrets> {
    const derive = (use: string): Uint8Array<ArrayBuffer> =>
      new Uint8Array(hkdfSync("sha256", masterKey, new Uint8Array(), `consilium/vault/${use}/v1`, 32));
    const wrapping = await crypto.subtle.importKey("raw", derive("wrap"), "AES-GCM", false, ["encrypt", "decrypt"]);
    return new Secrets(wrapping, derive("digest"));
  }

  /**
   * Encrypts a text by AES-256-GCM.
   *
   * @param about What it belongs to; it opens for that alone, so that no row's secret can be put into another.
   * @returns Base64 of nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes).
   */
  async seal(about: string, text: string): Promise<string> {
    const iv = Uint8Array.from(systemRandom(NONCE_SIZE));
    const additionalData = Uint8Array.from(stringToBytes(about));
    const bytes = Uint8Array.from(stringToBytes(text));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, this.#wrapping, bytes);
    return Buffer.concat([iv, new Uint8Array(sealed)]).toString("base64");
  }

  /**
   * Opens what `seal` made.
   *
   * @throws MasterKeyError if it was sealed by another key, about something else, or is changed.
   */
  async open(about: string, sealed: string): Promise<string> {
    const bytes = Uint8Array.from(Buffer.from(sealed, "base64"));
    const iv = bytes.subarray(0, NONCE_SIZE);
    const additionalData = Uint8Array.from(stringToBytes(about));
    try {
      const parameters = { name: "AES-GCM", iv, additionalData };
      const opened = await crypto.subtle.decrypt(parameters, this.#wrapping, bytes.subarray(NONCE_SIZE));
      return bytesToString(new Uint8Array(opened));
    } catch (error) {
      throw new MasterKeyError("The vault's master key does not open what the vault keeps.", {
        mend: "Use the key file that this vault was made with; if it is, the database was changed: restore its backup.",
        cause: error,
      });
    }
  }

  /** A hash that only the key's holder can compute, so that nobody else can test guesses of what it is of. HMAC-SHA-256, hex. */
  digest(kind: "check" | "patient" | "record" | "resource" | "source", ...parts: string[]): string {
    return createHmac("sha256", this.#digest)
      .update(JSON.stringify([kind, ...parts]))
      .digest("hex");
  }
}
