import { expect } from "chai";
import type { Address } from "viem";
import {
  ENCRYPTION_KEY_ATTRIBUTE,
  EncryptionKeyError,
  generateEncryptionKey,
  publishEncryptionKey,
  readEncryptionKey,
  revokeEncryptionKey,
} from "@consilium/sdk";
import { deployConsilium, ethers, loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import { openAs } from "./support/openScenario.ts";

const YEAR = 31_536_000n;

describe("encryption keys on the chain", () => {
  async function setUp() {
    const fixture = await loadFixture(deployConsilium);
    const suite = await openAs(fixture, "researcher");
    const researcher = fixture.signers.researcher.address as Address;
    return { ...fixture, suite, researcher };
  }

  async function expectNone(reading: Promise<unknown>): Promise<void> {
    expect(await reading.catch((error: unknown) => error)).to.be.instanceOf(EncryptionKeyError);
  }

  it("are read as they were published", async () => {
    const { suite, researcher } = await loadFixture(setUp);
    const { publicKey, id } = await generateEncryptionKey();
    await publishEncryptionKey(suite, { publicKey, validity: YEAR });
    const found = await readEncryptionKey(suite, researcher);
    expect([found.id, found.publicKey]).to.deep.equal([id, publicKey]);
  });

  it("are none for a wallet that published none", async () => {
    const { suite, signers } = await loadFixture(setUp);
    await expectNone(readEncryptionKey(suite, signers.officer.address as Address));
  });

  it("give way to a newer one, and come back when it is revoked, never once revoked themselves", async () => {
    const { suite, researcher, signers, patients } = await loadFixture(setUp);
    const [old, young] = [await generateEncryptionKey(), await generateEncryptionKey()];
    await publishEncryptionKey(suite, { publicKey: old.publicKey, validity: YEAR });
    // A change of another kind lies between them.
    await patients
      .connect(signers.researcher)
      .addDelegate(researcher, ethers.encodeBytes32String("veriKey"), signers.helper1, 1_000);
    await publishEncryptionKey(suite, { publicKey: young.publicKey, validity: YEAR });
    expect((await readEncryptionKey(suite, researcher)).id).to.equal(young.id);

    await revokeEncryptionKey(suite, young.publicKey);
    expect((await readEncryptionKey(suite, researcher)).id).to.equal(old.id);
    await revokeEncryptionKey(suite, old.publicKey);
    await expectNone(readEncryptionKey(suite, researcher));
  });

  it("hold through their last second and not after", async () => {
    const { suite, researcher } = await loadFixture(setUp);
    const { publicKey, id } = await generateEncryptionKey();
    await publishEncryptionKey(suite, { publicKey, validity: 100n });
    const { validUntil } = await readEncryptionKey(suite, researcher);
    await networkHelpers.time.increaseTo(validUntil);
    expect((await readEncryptionKey(suite, researcher)).id).to.equal(id);
    await networkHelpers.time.increaseTo(validUntil + 1n);
    await expectNone(readEncryptionKey(suite, researcher));
  });

  it("are told apart when events share a block, others' too", async () => {
    const { suite, researcher, patients, signers } = await loadFixture(setUp);
    const [first, second] = [await generateEncryptionKey(), await generateEncryptionKey()];
    const others = await generateEncryptionKey();
    await ethers.provider.send("evm_setAutomine", [false]);
    try {
      const own = patients.connect(signers.researcher);
      await own.setAttribute(researcher, ENCRYPTION_KEY_ATTRIBUTE, first.publicKey, YEAR);
      await own.setAttribute(researcher, ENCRYPTION_KEY_ATTRIBUTE, second.publicKey, YEAR);
      const { officer } = signers;
      await patients.connect(officer).setAttribute(officer, ENCRYPTION_KEY_ATTRIBUTE, others.publicKey, YEAR);
      await ethers.provider.send("evm_mine", []);
    } finally {
      await ethers.provider.send("evm_setAutomine", [true]);
    }
    expect((await readEncryptionKey(suite, researcher)).id).to.equal(second.id);
  });

  it("are not taken from a DID that was handed over, nor of a wrong size", async () => {
    const { suite, researcher, patients, signers } = await loadFixture(setUp);
    const { publicKey } = await generateEncryptionKey();
    const own = patients.connect(signers.researcher);
    await own.setAttribute(researcher, ENCRYPTION_KEY_ATTRIBUTE, "0x1234", YEAR);
    await expectNone(readEncryptionKey(suite, researcher));
    await publishEncryptionKey(suite, { publicKey, validity: YEAR });
    await own.changeOwner(researcher, signers.stranger);
    await expectNone(readEncryptionKey(suite, researcher));
  });

  it("are not published in a wrong size", async () => {
    const { suite } = await loadFixture(setUp);
    await expectNone(publishEncryptionKey(suite, { publicKey: new Uint8Array(1_215), validity: YEAR }));
  });
});
