import { concatBytes, hexToBytes, numberToBytes } from "viem";
import { EnvelopeError } from "../errors.ts";
import { sensitivityMask } from "../records/classifyResource.ts";
import type { RecordOpening } from "../records/sealRecord.ts";
import { envelopeAad } from "./EnvelopeContext.ts";
import type { EnvelopeContext } from "./EnvelopeContext.ts";
import { ENVELOPE_INFO, ENVELOPE_PREFIX, ENVELOPE_SIZES, hpke, ownBytes } from "./envelopeSuite.ts";
import { encryptionKeyId } from "./generateEncryptionKey.ts";

export interface SealEnvelopeParameters {
  context: EnvelopeContext;
  /** The recipient's, 1,216 bytes, as `readEncryptionKey` finds it on the chain. */
  publicKey: Uint8Array;
  opening: RecordOpening;
}

/**
 * Seals what opens a record to one recipient's key, by HPKE (RFC 9180, base mode) with X-Wing, HKDF-SHA256 and AES-256-GCM.
 *
 * @returns The envelope, 1,275 bytes: version and suite, key id, encapsulation, ciphertext; see docs/envelope.md.
 * @throws EnvelopeError if the public key is none, or the opening's key or salts are not 32 bytes.
 * @example
 * const { publicKey, privateKey } = await generateEncryptionKey();
 * const envelope = await sealEnvelope({ context, publicKey, opening });
 * expect(await openEnvelope({ context, privateKey, envelope })).to.deep.equal(opening);
 */
export async function sealEnvelope({ context, publicKey, opening }: SealEnvelopeParameters): Promise<Uint8Array> {
  const id = encryptionKeyId(publicKey);
  const plain = packOpening(opening);
  try {
    const { enc, ct } = await hpke.seal(
      {
        recipientPublicKey: await hpke.kem.deserializePublicKey(ownBytes(publicKey).buffer),
        info: ownBytes(ENVELOPE_INFO).buffer,
      },
      ownBytes(plain).buffer,
      ownBytes(envelopeAad(context, id)).buffer,
    );
    return concatBytes([ENVELOPE_PREFIX, hexToBytes(id), new Uint8Array(enc), new Uint8Array(ct)]);
  } catch (error) {
    throw new EnvelopeError("The public key is not one that an envelope can be sealed to", error);
  } finally {
    plain.fill(0);
  }
}

function packOpening({ dataKey, contentSalt, sensitivitySalt, sensitivities }: RecordOpening): Uint8Array {
  const mask = numberToBytes(sensitivityMask(sensitivities), { size: 4 });
  const packed = concatBytes([dataKey, hexToBytes(contentSalt), hexToBytes(sensitivitySalt), mask]);
  const isWhole = dataKey.length === 32 && contentSalt.length === 66 && packed.length === ENVELOPE_SIZES.opening;
  if (!isWhole) throw new EnvelopeError("The opening's data key or a salt is not 32 bytes long");
  return packed;
}
