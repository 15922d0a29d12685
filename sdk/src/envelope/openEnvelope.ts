import { bytesToHex, bytesToNumber } from "viem";
import { EnvelopeError } from "../errors.ts";
import { FIELDS, namesOf, SENSITIVITIES } from "../policy/bits.ts";
import { sensitivityMask } from "../records/classifyResource.ts";
import type { RecordOpening } from "../records/sealRecord.ts";
import { envelopeAad } from "./EnvelopeContext.ts";
import type { EnvelopeContext } from "./EnvelopeContext.ts";
import { ENVELOPE_INFO, ENVELOPE_PREFIX, ENVELOPE_SIZES, hpke, ownBytes } from "./envelopeSuite.ts";

export interface OpenEnvelopeParameters {
  /** What the recipient asked for; an envelope of another chain, grant, emergency or record does not open. */
  context: EnvelopeContext;
  /** 32 bytes. */
  privateKey: Uint8Array;
  envelope: Uint8Array;
}

const { header, encapsulation, opening: openingSize, tag } = ENVELOPE_SIZES;

/**
 * Opens what `sealEnvelope` made.
 *
 * @returns The opening of the record, for `verifyRecord`, which alone shows that it is the anchored record's.
 * @throws EnvelopeError if the envelope is of another version, or does not open with this key in this context.
 * @example
 * const { publicKey, privateKey } = await generateEncryptionKey();
 * const envelope = await sealEnvelope({ context, publicKey, opening });
 * const { dataKey } = await openEnvelope({ context, privateKey, envelope });
 * expect(dataKey).to.deep.equal(opening.dataKey);
 */
export async function openEnvelope({ context, privateKey, envelope }: OpenEnvelopeParameters): Promise<RecordOpening> {
  const prefix = bytesToHex(envelope.subarray(0, ENVELOPE_PREFIX.length));
  if (prefix !== bytesToHex(ENVELOPE_PREFIX)) {
    throw new EnvelopeError("The envelope is of another version or suite, or none at all");
  }
  if (envelope.length !== header + encapsulation + openingSize + tag) {
    throw new EnvelopeError("The envelope is cut off or too long");
  }
  const aad = envelopeAad(context, bytesToHex(envelope.subarray(ENVELOPE_PREFIX.length, header)));
  return unpackOpening(await decrypted(envelope, aad, privateKey));
}

async function decrypted(envelope: Uint8Array, aad: Uint8Array, privateKey: Uint8Array): Promise<Uint8Array> {
  try {
    const plain = await hpke.open(
      {
        recipientKey: await hpke.kem.deserializePrivateKey(ownBytes(privateKey).buffer),
        enc: ownBytes(envelope.subarray(header, header + encapsulation)).buffer,
        info: ownBytes(ENVELOPE_INFO).buffer,
      },
      ownBytes(envelope.subarray(header + encapsulation)).buffer,
      ownBytes(aad).buffer,
    );
    return new Uint8Array(plain);
  } catch (error) {
    throw new EnvelopeError(
      "The envelope does not open with this key, or is of another chain, grant, emergency or record",
      error,
    );
  }
}

function unpackOpening(plain: Uint8Array): RecordOpening {
  const mask = bytesToNumber(plain.subarray(96));
  const sensitivities = namesOf(SENSITIVITIES).filter(
    (name) => (mask >>> (SENSITIVITIES[name].bit - FIELDS.sensitivities.offset)) & 1,
  );
  if (sensitivityMask(sensitivities) !== mask) {
    throw new EnvelopeError("The envelope names a sensitivity that this version does not know");
  }
  return {
    dataKey: plain.slice(0, 32),
    contentSalt: bytesToHex(plain.subarray(32, 64)),
    sensitivitySalt: bytesToHex(plain.subarray(64, 96)),
    sensitivities,
  };
}
