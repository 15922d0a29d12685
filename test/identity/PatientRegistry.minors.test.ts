import { expect } from "chai";
import { ZeroAddress, type Wallet } from "ethers";
import {
  Authority,
  DAY,
  deployPatients,
  loadFixture,
  mandateWord,
  MAX_UINT40,
  networkHelpers,
  time,
  type World,
} from "./fixtures.ts";

const NOTHING = [Authority.NONE, 0n];
const SELF = [Authority.SELF, MAX_UINT40];
const NOBODY = [[], 0n];

interface Minority extends World {
  from: number;
  assentFrom: number;
  majority: number;
  coGuardian: Wallet;
}

/** `patient` has a guardian, an age of assent in ten days, and majority in twenty. */
async function deployMinor(): Promise<Minority> {
  return appoint(false);
}

/** The same with a second guardian. */
async function deployTwoGuardians(): Promise<Minority> {
  return appoint(true);
}

async function appoint(isTwo: boolean): Promise<Minority> {
  const world = await deployPatients();
  const { registry, patient, guardian, stranger: coGuardian } = world;
  const from = (await time.latest()) + DAY;
  const [assentFrom, majority] = [from + 10 * DAY, from + 20 * DAY];
  await time.setNextBlockTimestamp(from);
  await registry
    .connect(patient)
    .appointGuardian(patient, guardian, isTwo ? coGuardian : ZeroAddress, assentFrom, majority);
  return { ...world, from, assentFrom, majority, coGuardian };
}

describe("PatientRegistry of minors", () => {
  describe("appointGuardian", () => {
    it("reverts when the age of assent comes after majority", async () => {
      const { registry, patient, guardian } = await loadFixture(deployPatients);
      const majority = (await time.latest()) + DAY;
      for (const assentFrom of [BigInt(majority + 1), MAX_UINT40]) {
        await expect(registry.connect(patient).appointGuardian(patient, guardian, ZeroAddress, assentFrom, majority))
          .to.be.revertedWithCustomError(registry, "PeriodInvalid")
          .withArgs(assentFrom, majority);
      }
    });

    it("reverts when the second guardian is the first, or the owner", async () => {
      const { registry, owner, child, guardian } = await loadFixture(deployPatients);
      const majority = (await time.latest()) + DAY;
      for (const second of [guardian.address, owner.address]) {
        await expect(registry.connect(owner).appointGuardian(child, guardian, second, majority, majority))
          .to.be.revertedWithCustomError(registry, "GuardianInvalid")
          .withArgs(child.address, second);
      }
    });

    it("takes an age of assent that is reached already: nothing is given without the minor from the start", async () => {
      for (const reached of [0, 1]) {
        const { registry, patient, guardian } = await loadFixture(deployPatients);
        const now = (await time.latest()) + DAY;
        await time.setNextBlockTimestamp(now);
        await registry.connect(patient).appointGuardian(patient, guardian, ZeroAddress, reached * now, now + DAY);
        const together = [Authority.JOINT, BigInt(now + DAY)];
        expect(await registry.authority(patient, guardian)).to.deep.equal(together);
        expect(await registry.authority(patient, patient)).to.deep.equal(together);
      }
    });
  });

  describe("authority", () => {
    it("is the guardian's alone, then guardian's and minor's together, then the patient's alone, by the second", async () => {
      const { registry, patient, guardian, delegate, assentFrom, majority } = await loadFixture(deployMinor);
      const asGuardian = [Authority.GUARDIAN, BigInt(assentFrom)];
      const together = [Authority.JOINT, BigInt(majority)];
      for (const [t, ofGuardian, ofPatient] of [
        [assentFrom - 1, asGuardian, NOTHING],
        [assentFrom, together, together],
        [assentFrom + 1, together, together],
        [majority - 1, together, together],
        [majority, NOTHING, SELF],
        [majority + 1, NOTHING, SELF],
      ] as const) {
        await time.increaseTo(t);
        expect(await registry.authority(patient, guardian)).to.deep.equal(ofGuardian);
        expect(await registry.authority(patient, patient)).to.deep.equal(ofPatient);
        expect(await registry.authority(patient, delegate)).to.deep.equal(NOTHING);
        expect(await registry.authority(patient, ZeroAddress)).to.deep.equal(NOTHING);
      }
    });

    it("is two guardians' together, and from the age of assent the minor's with them", async () => {
      const { registry, patient, guardian, coGuardian, assentFrom, majority } = await loadFixture(deployTwoGuardians);
      for (const [t, ofGuardians, ofPatient] of [
        [assentFrom - 1, [Authority.JOINT, BigInt(assentFrom)], NOTHING],
        [assentFrom, [Authority.JOINT, BigInt(majority)], [Authority.JOINT, BigInt(majority)]],
        [majority - 1, [Authority.JOINT, BigInt(majority)], [Authority.JOINT, BigInt(majority)]],
        [majority, NOTHING, SELF],
      ] as const) {
        await time.increaseTo(t);
        expect(await registry.authority(patient, guardian)).to.deep.equal(ofGuardians);
        expect(await registry.authority(patient, coGuardian)).to.deep.equal(ofGuardians);
        expect(await registry.authority(patient, patient)).to.deep.equal(ofPatient);
      }
    });

    it("is nobody's of a minor who is deactivated, at any age", async () => {
      const { registry, patient, guardian, coGuardian, assentFrom, majority } = await loadFixture(deployTwoGuardians);
      await registry.connect(patient).changeOwner(patient, ZeroAddress);
      for (const t of [assentFrom - 1, assentFrom, majority]) {
        await time.increaseTo(t);
        for (const actor of [patient, guardian, coGuardian]) {
          expect(await registry.authority(patient, actor)).to.deep.equal(NOTHING);
        }
        expect(await registry.jointSigners(patient)).to.deep.equal(NOBODY);
      }
    });
  });

  describe("jointSigners", () => {
    it("are none while one acts alone: adults, and minors below the age of assent", async () => {
      const { registry, patient, stranger, assentFrom, majority } = await loadFixture(deployMinor);
      expect(await registry.jointSigners(stranger)).to.deep.equal(NOBODY);
      for (const t of [assentFrom - 1, majority, majority + 1]) {
        await time.increaseTo(t);
        expect(await registry.jointSigners(patient)).to.deep.equal(NOBODY);
      }
    });

    it("are guardian and minor from the age of assent to the second before majority", async () => {
      const { registry, patient, guardian, assentFrom, majority } = await loadFixture(deployMinor);
      for (const t of [assentFrom, majority - 1]) {
        await time.increaseTo(t);
        const both = [guardian.address, patient.address];
        expect(await registry.jointSigners(patient)).to.deep.equal([both, BigInt(majority)]);
      }
    });

    it("are two guardians, and then three with the minor", async () => {
      const { registry, patient, guardian, coGuardian, assentFrom, majority } = await loadFixture(deployTwoGuardians);
      const two = [guardian.address, coGuardian.address];
      for (const [t, signers, until] of [
        [assentFrom - 1, two, assentFrom],
        [assentFrom, [...two, patient.address], majority],
        [majority - 1, [...two, patient.address], majority],
      ] as const) {
        await time.increaseTo(t);
        expect(await registry.jointSigners(patient)).to.deep.equal([signers, BigInt(until)]);
      }
      await time.increaseTo(majority);
      expect(await registry.jointSigners(patient)).to.deep.equal(NOBODY);
    });

    it("follow the owner of the minor's identity", async () => {
      const { registry, patient, guardian, owner, assentFrom, majority } = await loadFixture(deployMinor);
      await registry.connect(patient).changeOwner(patient, owner);
      await time.increaseTo(assentFrom);
      const both = [guardian.address, owner.address];
      expect(await registry.jointSigners(patient)).to.deep.equal([both, BigInt(majority)]);
    });

    it("are nobody where a guardian got hold of the minor's identity, so that no one assents in the minor's stead", async () => {
      for (const which of ["guardian", "coGuardian"] as const) {
        const { registry, patient, assentFrom, ...world } = await loadFixture(deployTwoGuardians);
        await registry.connect(patient).changeOwner(patient, world[which]);
        await time.increaseTo(assentFrom - 1);
        expect((await registry.jointSigners(patient))[0]).to.have.length(2);
        await time.increaseTo(assentFrom);
        expect(await registry.jointSigners(patient)).to.deep.equal(NOBODY);
      }
    });
  });

  describe("mandates", () => {
    it("of a guardian end at the age of assent, though they name a later end", async () => {
      const { registry, patient, guardian, delegate, assentFrom, majority } = await loadFixture(deployMinor);
      const word = mandateWord(0, majority + DAY);
      await registry.connect(guardian).giveMandate(patient, delegate, word);
      await time.increaseTo(assentFrom - 1);
      expect(await registry.authority(patient, delegate)).to.deep.equal([Authority.DELEGATE, BigInt(assentFrom)]);
      expect(await registry.mandate(patient, delegate)).to.equal(word);
      for (const t of [assentFrom, majority - 1, majority]) {
        await time.increaseTo(t);
        expect(await registry.authority(patient, delegate)).to.deep.equal(NOTHING);
        expect(await registry.mandate(patient, delegate)).to.equal(0n);
      }
    });

    it("are given by nobody while several must agree", async () => {
      const { registry, patient, guardian, coGuardian, delegate, assentFrom, majority } =
        await loadFixture(deployTwoGuardians);
      const word = mandateWord(0, majority);
      for (const [t, actors] of [
        [assentFrom - 1, [guardian, coGuardian]],
        [assentFrom, [guardian, coGuardian, patient]],
        [majority - 1, [guardian, coGuardian, patient]],
      ] as const) {
        for (const actor of actors) {
          const snapshot = await networkHelpers.takeSnapshot();
          await time.setNextBlockTimestamp(t);
          await expect(registry.connect(actor).giveMandate(patient, delegate, word))
            .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
            .withArgs(patient.address, actor.address);
          await snapshot.restore();
        }
      }
    });

    it("that an adult gave are no mandate of a guardian's appointed later, nor come back at majority", async () => {
      const { registry, patient, guardian, delegate } = await loadFixture(deployPatients);
      const now = (await time.latest()) + DAY;
      const word = mandateWord(0, now + 100 * DAY);
      await registry.connect(patient).giveMandate(patient, delegate, word);
      await time.setNextBlockTimestamp(now);
      await registry.connect(patient).appointGuardian(patient, guardian, ZeroAddress, now + DAY, now + 2 * DAY);
      for (const t of [now, now + DAY, now + 2 * DAY]) {
        if (t > now) await time.increaseTo(t);
        expect(await registry.authority(patient, delegate)).to.deep.equal(NOTHING);
      }
    });
  });
});
