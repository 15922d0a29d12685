import { expect } from "chai";
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256 } from "hpke";
import { KEM_MLKEM768_X25519 } from "@panva/hpke-noble";
import { bytesToHex, concatBytes, encodeAbiParameters, hexToBytes, stringToBytes, type Hex } from "viem";
import {
  EnvelopeError,
  generateEncryptionKey,
  openEnvelope,
  randomSalt,
  sealEnvelope,
  systemRandom,
  type EncryptionKey,
  type EnvelopeContext,
  type RecordOpening,
} from "@consilium/sdk";

const HEADER = 39;
const BODY = HEADER + 1_120;

describe("envelopes", () => {
  const opening: RecordOpening = {
    dataKey: systemRandom(32),
    contentSalt: randomSalt(),
    sensitivitySalt: randomSalt(),
    sensitivities: ["HIV", "TBOO"],
  };
  const context: EnvelopeContext = {
    chainId: 20_261,
    contract: "0x00000000000000000000000000000000000000b0",
    id: `0x${"11".repeat(32)}`,
    record: `0x${"22".repeat(32)}`,
  };
  let key: EncryptionKey;
  let envelope: Uint8Array;

  /** The second library, told the format by docs/envelope.md and not by our code. */
  const other = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
  const prefix = hexToBytes("0x01647a00010002");
  const info = concatBytes([stringToBytes("consilium/envelope"), prefix]);
  const packed = (): Uint8Array =>
    concatBytes([
      opening.dataKey,
      hexToBytes(opening.contentSalt),
      hexToBytes(opening.sensitivitySalt),
      hexToBytes("0x00004001"),
    ]);
  const aad = (): Uint8Array =>
    hexToBytes(
      encodeAbiParameters(
        [{ type: "uint256" }, { type: "address" }, { type: "bytes32" }, { type: "bytes32" }, { type: "bytes32" }],
        [20_261n, context.contract, context.id, context.record, key.id],
      ),
    );

  before(async () => {
    key = await generateEncryptionKey();
    envelope = await sealEnvelope({ context, publicKey: key.publicKey, opening });
  });

  async function expectShut(parameters: Partial<Parameters<typeof openEnvelope>[0]>): Promise<void> {
    const outcome = await openEnvelope({ context, privateKey: key.privateKey, envelope, ...parameters }).catch(
      (error: unknown) => error,
    );
    expect(outcome).to.be.instanceOf(EnvelopeError);
  }

  it("open with the recipient's key in their own context", async () => {
    expect(await openEnvelope({ context, privateKey: key.privateKey, envelope })).to.deep.equal(opening);
  });

  it("have one size, whatever they hold, and never look the same twice", async () => {
    const bare = { ...opening, sensitivities: [] };
    const again = await sealEnvelope({ context, publicKey: key.publicKey, opening: bare });
    expect([envelope.length, again.length]).to.deep.equal([1_275, 1_275]);
    expect(bytesToHex(again.subarray(HEADER, BODY))).to.not.equal(bytesToHex(envelope.subarray(HEADER, BODY)));
  });

  it("are opened by a second library", async () => {
    const privateKey = await other.DeserializePrivateKey(key.privateKey);
    const plain = await other.Open(privateKey, envelope.slice(HEADER, BODY), envelope.slice(BODY), {
      info,
      aad: aad(),
    });
    expect(bytesToHex(plain)).to.equal(bytesToHex(packed()));
  });

  it("are opened when a second library sealed them", async () => {
    const publicKey = await other.DeserializePublicKey(key.publicKey);
    const { encapsulatedSecret, ciphertext } = await other.Seal(publicKey, packed(), { info, aad: aad() });
    const foreign = concatBytes([prefix, hexToBytes(key.id), encapsulatedSecret, ciphertext]);
    expect(await openEnvelope({ context, privateKey: key.privateKey, envelope: foreign })).to.deep.equal(opening);
  });

  it("do not open with another key", async () => {
    const { privateKey } = await generateEncryptionKey();
    await expectShut({ privateKey });
    await expectShut({ privateKey: privateKey.subarray(1) });
  });

  const others: [string, Partial<EnvelopeContext>][] = [
    ["chain", { chainId: 20_262 }],
    ["contract", { contract: "0x00000000000000000000000000000000000000b1" }],
    ["grant or emergency", { id: `0x${"12".repeat(32)}` }],
    ["record", { record: `0x${"23".repeat(32)}` }],
  ];
  for (const [name, change] of others) {
    it(`do not open for another ${name}`, () => expectShut({ context: { ...context, ...change } }));
  }

  const parts: [string, number, number][] = [
    ["version", 0, 1],
    ["KEM", 1, 3],
    ["KDF", 3, 5],
    ["AEAD", 5, 7],
    ["key id", 7, HEADER],
    ["encapsulation of ML-KEM", HEADER, HEADER + 1_088],
    ["encapsulation of X25519", HEADER + 1_088, BODY],
    ["sealed opening", BODY, BODY + 100],
    ["tag", BODY + 100, BODY + 116],
  ];
  for (const [name, from, until] of parts) {
    it(`do not open with a changed bit in the ${name}`, async () => {
      for (const position of [from, until - 1]) {
        const changed = Uint8Array.from(envelope);
        changed[position]! ^= 1;
        await expectShut({ envelope: changed });
      }
    });
  }

  it("do not open cut off, lengthened or empty", async () => {
    await expectShut({ envelope: envelope.subarray(0, -1) });
    await expectShut({ envelope: concatBytes([envelope, new Uint8Array(1)]) });
    await expectShut({ envelope: new Uint8Array() });
  });

  it("are not sealed to what is no key, nor around what is no opening", async () => {
    const short: Hex = "0x1234";
    const bad = [
      { context, opening, publicKey: new Uint8Array(1_215) },
      { context, opening, publicKey: new Uint8Array(1_216).fill(255) },
      { context, opening: { ...opening, dataKey: systemRandom(31) }, publicKey: key.publicKey },
      { context, opening: { ...opening, contentSalt: short }, publicKey: key.publicKey },
      { context, opening: { ...opening, sensitivitySalt: short }, publicKey: key.publicKey },
    ];
    for (const parameters of bad) {
      expect(await sealEnvelope(parameters).catch((error: unknown) => error)).to.be.instanceOf(EnvelopeError);
    }
  });
});
