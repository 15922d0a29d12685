import { keccak256 } from "viem";
import type { Hex } from "viem";
import { hpke } from "./envelopeSuite.ts";

/** A recipient's key pair for envelopes, X-Wing's. */
export interface EncryptionKey {
  /** 1,216 bytes; published on the chain by `publishEncryptionKey`. */
  publicKey: Uint8Array;
  /** 32 bytes. Who has it opens every envelope sealed to the key: keep it as a wallet's key is kept. */
  privateKey: Uint8Array;
  /** See `encryptionKeyId`. */
  id: Hex;
}

/**
 * Makes a fresh key pair for envelopes: X-Wing, which holds as long as one of X25519 and ML-KEM-768 does.
 *
 * @example
 * const { publicKey, privateKey } = await generateEncryptionKey();
 * expect([publicKey.length, privateKey.length]).to.deep.equal([1_216, 32]);
 */
export async function generateEncryptionKey(): Promise<EncryptionKey> {
  const pair = await hpke.kem.generateKeyPair();
  const publicKey = new Uint8Array(await hpke.kem.serializePublicKey(pair.publicKey));
  const privateKey = new Uint8Array(await hpke.kem.serializePrivateKey(pair.privateKey));
  return { publicKey, privateKey, id: encryptionKeyId(publicKey) };
}

/**
 * A public key's id: its keccak256.
 *
 * @example
 * const { publicKey, id } = await generateEncryptionKey();
 * expect(encryptionKeyId(publicKey)).to.equal(id);
 */
export function encryptionKeyId(publicKey: Uint8Array): Hex {
  return keccak256(publicKey);
}
