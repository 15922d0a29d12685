import { bytesToHex, stringToHex } from "viem";
import type { Hex } from "viem";
import { callOf } from "../chain/Call.ts";
import { sendCall, walletOf } from "../chain/sendCall.ts";
import type { Suite } from "../chain/Suite.ts";
import { EncryptionKeyError } from "../errors.ts";
import { ENVELOPE_SIZES } from "./envelopeSuite.ts";
import { encryptionKeyId } from "./generateEncryptionKey.ts";

/** Name of the ERC-1056 attribute, `did/pub/<algorithm>/<purpose>/<encoding>`; resolvers allow no hyphen in it. */
export const ENCRYPTION_KEY_ATTRIBUTE: Hex = stringToHex("did/pub/XWing/enc/base64", { size: 32 });

export interface PublishEncryptionKeyParameters {
  /** 1,216 bytes. */
  publicKey: Uint8Array;
  /** Seconds for which envelopes may be sealed to it. */
  validity: bigint;
}

/**
 * Publishes the key to which gateways seal envelopes for the suite's wallet, as an attribute of its DID (ERC-1056). The newest one that
 * holds is used.
 *
 * @returns The key's id.
 * @throws EncryptionKeyError if the key is not 1,216 bytes long. Otherwise as `sendCall`.
 * @example
 * const { publicKey, id } = await generateEncryptionKey();
 * expect(await publishEncryptionKey(suite, { publicKey, validity: 31_536_000n })).to.equal(id);
 */
export async function publishEncryptionKey(
  suite: Suite,
  { publicKey, validity }: PublishEncryptionKeyParameters,
): Promise<Hex> {
  requireSize(publicKey);
  const { address } = walletOf(suite).account;
  const args = [address, ENCRYPTION_KEY_ATTRIBUTE, bytesToHex(publicKey), validity] as const;
  await sendCall(suite, callOf("PatientRegistry", "setAttribute", args));
  return encryptionKeyId(publicKey);
}

/**
 * Revokes a key of the suite's wallet: no gateway seals to it from the next block on.
 *
 * @throws EncryptionKeyError if the key is not 1,216 bytes long. Otherwise as `sendCall`.
 * @example
 * const { publicKey } = await generateEncryptionKey();
 * await publishEncryptionKey(suite, { publicKey, validity: 31_536_000n });
 * await revokeEncryptionKey(suite, publicKey);
 */
export async function revokeEncryptionKey(suite: Suite, publicKey: Uint8Array): Promise<void> {
  requireSize(publicKey);
  const { address } = walletOf(suite).account;
  const args = [address, ENCRYPTION_KEY_ATTRIBUTE, bytesToHex(publicKey)] as const;
  await sendCall(suite, callOf("PatientRegistry", "revokeAttribute", args));
}

function requireSize({ length }: Uint8Array): void {
  if (length === ENVELOPE_SIZES.publicKey) return;
  throw new EncryptionKeyError(`The public key has ${length} bytes instead of ${ENVELOPE_SIZES.publicKey}.`, {
    mend: "Make it with generateEncryptionKey.",
  });
}
