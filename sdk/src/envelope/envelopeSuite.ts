import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { concatBytes, numberToBytes, stringToBytes } from "viem";

/** Identifiers of RFC 9180 and of its registry at IANA: X-Wing (X25519 and ML-KEM-768), HKDF-SHA256, AES-256-GCM. */
export const ENVELOPE_SUITE = { kem: 0x647a, kdf: 0x0001, aead: 0x0002 } as const;

export const ENVELOPE_VERSION = 1;

/** Sizes in bytes; every envelope of this version has the same, whatever it opens. */
export const ENVELOPE_SIZES = {
  publicKey: 1_216,
  privateKey: 32,
  /** Version (1), KEM, KDF and AEAD (2 each), key id (32). */
  header: 39,
  encapsulation: 1_120,
  /** Data key, content salt, sensitivity salt (32 each), sensitivity mask (4). */
  opening: 100,
  tag: 16,
} as const;

/** What of the library is used here, in types that need no DOM. */
interface HpkeSuite {
  kem: {
    generateKeyPair(): Promise<{ publicKey: object; privateKey: object }>;
    serializePublicKey(key: object): Promise<ArrayBuffer>;
    serializePrivateKey(key: object): Promise<ArrayBuffer>;
    deserializePublicKey(bytes: ArrayBuffer): Promise<object>;
    deserializePrivateKey(bytes: ArrayBuffer): Promise<object>;
  };
  seal(
    parameters: { recipientPublicKey: object; info: ArrayBuffer },
    plain: ArrayBuffer,
    aad: ArrayBuffer,
  ): Promise<{ enc: ArrayBuffer; ct: ArrayBuffer }>;
  open(
    parameters: { recipientKey: object; enc: ArrayBuffer; info: ArrayBuffer },
    ciphertext: ArrayBuffer,
    aad: ArrayBuffer,
  ): Promise<ArrayBuffer>;
}

/** The HPKE suite of this version; the libraries', nothing of our own. */
export const hpke = new CipherSuite({
  kem: new XWing(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
}) as unknown as HpkeSuite;

/** Version and suite as the envelope's first seven bytes have them. */
export const ENVELOPE_PREFIX = concatBytes([
  numberToBytes(ENVELOPE_VERSION, { size: 1 }),
  ...[ENVELOPE_SUITE.kem, ENVELOPE_SUITE.kdf, ENVELOPE_SUITE.aead].map((id) => numberToBytes(id, { size: 2 })),
]);

/** HPKE's `info`: what the envelope is, then version and suite, so that none passes for another's. */
export const ENVELOPE_INFO = concatBytes([stringToBytes("consilium/envelope"), ENVELOPE_PREFIX]);

/** WebCrypto takes bytes of an own ArrayBuffer only. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
