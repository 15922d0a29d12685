import { expect } from "chai";
import { ZeroAddress } from "ethers";
import {
  Authority,
  DAY,
  deployPatients,
  ethers,
  loadFixture,
  mandateWord,
  MAX_UINT40,
  networkHelpers,
  time,
  type World,
} from "./fixtures.ts";
import { signMandate } from "./signMandate.ts";

const NOTHING = [Authority.NONE, 0n];
const SELF = [Authority.SELF, MAX_UINT40];
/** 21 years with six leap days. */
const MAX_MINORITY = 7_671 * DAY;

interface Minority extends World {
  from: number;
  majority: number;
}

/** `patient`, who owns itself, has `guardian` as its guardian for ten days. */
async function deployMinor(): Promise<Minority> {
  const world = await deployPatients();
  const { registry, patient, guardian } = world;
  const from = (await time.latest()) + DAY;
  await time.setNextBlockTimestamp(from);
  await registry.connect(patient).appointGuardian(patient, guardian, ZeroAddress, from + 10 * DAY, from + 10 * DAY);
  return { ...world, from, majority: from + 10 * DAY };
}

describe("PatientRegistry", () => {
  describe("eip712Domain", () => {
    it("names the registry and its version", async () => {
      const { registry } = await loadFixture(deployPatients);
      const { name, version, chainId, verifyingContract } = await registry.eip712Domain();

      expect([name, version]).to.deep.equal(["Consilium Patients", "1"]);
      expect(chainId).to.equal((await ethers.provider.getNetwork()).chainId);
      expect(verifyingContract).to.equal(await registry.getAddress());
    });
  });

  describe("appointGuardian", () => {
    it("reverts when the caller is the guardian to be", async () => {
      const { registry, patient, guardian } = await loadFixture(deployPatients);
      await expect(
        registry
          .connect(guardian)
          .appointGuardian(patient, guardian, ZeroAddress, (await time.latest()) + DAY, (await time.latest()) + DAY),
      )
        .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
        .withArgs(patient.address, guardian.address);
    });

    it("reverts when the guardian is nobody or the owner", async () => {
      const { registry, owner, child } = await loadFixture(deployPatients);
      const majority = (await time.latest()) + DAY;
      for (const guardian of [ZeroAddress, owner.address]) {
        await expect(registry.connect(owner).appointGuardian(child, guardian, ZeroAddress, majority, majority))
          .to.be.revertedWithCustomError(registry, "GuardianInvalid")
          .withArgs(child.address, guardian);
      }
    });

    for (const offset of [-1, 0]) {
      it(`reverts when majority is ${offset} s away`, async () => {
        const { registry, patient, guardian } = await loadFixture(deployPatients);
        const now = (await time.latest()) + DAY;
        await time.setNextBlockTimestamp(now);

        await expect(
          registry.connect(patient).appointGuardian(patient, guardian, ZeroAddress, now + offset, now + offset),
        )
          .to.be.revertedWithCustomError(registry, "PeriodInvalid")
          .withArgs(now, now + offset);
      });
    }

    it("reverts when majority is more than 21 years away", async () => {
      const { registry, patient, guardian } = await loadFixture(deployPatients);
      const now = (await time.latest()) + DAY;
      for (const majority of [BigInt(now + MAX_MINORITY + 1), MAX_UINT40]) {
        await time.setNextBlockTimestamp(now);
        await expect(registry.connect(patient).appointGuardian(patient, guardian, ZeroAddress, majority, majority))
          .to.be.revertedWithCustomError(registry, "PeriodInvalid")
          .withArgs(now, majority);
      }
    });

    for (const length of [1, MAX_MINORITY - 1, MAX_MINORITY]) {
      it(`accepts a majority ${length} s away`, async () => {
        const { registry, patient, guardian } = await loadFixture(deployPatients);
        const now = (await time.latest()) + DAY;
        await time.setNextBlockTimestamp(now);

        await expect(
          registry.connect(patient).appointGuardian(patient, guardian, ZeroAddress, now + length, now + length),
        )
          .to.emit(registry, "GuardianAppointed")
          .withArgs(patient.address, guardian.address, ZeroAddress, now, now + length, now + length);
        expect(await registry.guardianship(patient)).to.deep.equal([
          guardian.address,
          BigInt(now),
          BigInt(now + length),
          ZeroAddress,
          BigInt(now + length),
        ]);
      });
    }

    it("reverts while a guardian is in force, up to the last second", async () => {
      const { registry, patient, guardian, stranger, majority } = await loadFixture(deployMinor);
      await time.setNextBlockTimestamp(majority - 1);

      await expect(
        registry.connect(patient).appointGuardian(patient, stranger, ZeroAddress, majority + DAY, majority + DAY),
      )
        .to.be.revertedWithCustomError(registry, "GuardianInForce")
        .withArgs(patient.address, guardian.address, majority);
    });

    it("appoints the next guardian from the second of majority on", async () => {
      const { registry, patient, guardian, stranger, from, majority } = await loadFixture(deployMinor);
      await time.setNextBlockTimestamp(majority);
      await registry.connect(patient).appointGuardian(patient, stranger, ZeroAddress, majority + DAY, majority + DAY);

      const at = async (t: number) => registry.guardianAt(patient, t);
      expect(await at(from - 1)).to.equal(ZeroAddress);
      expect(await at(from)).to.equal(guardian.address);
      expect(await at(majority - 1)).to.equal(guardian.address);
      expect(await at(majority)).to.equal(stranger.address);
      expect(await at(majority + DAY - 1)).to.equal(stranger.address);
      expect(await at(majority + DAY)).to.equal(ZeroAddress);
    });

    it("reverts after 255 guardians", async () => {
      const { registry, patient, guardian } = await loadFixture(deployPatients);
      let now = await time.latest();
      for (let i = 0; i < 255; i++) {
        now += 2;
        await time.setNextBlockTimestamp(now);
        await registry.connect(patient).appointGuardian(patient, guardian, ZeroAddress, now + 1, now + 1);
      }
      const first = now - 254 * 2;
      expect(await registry.guardianAt(patient, first)).to.equal(guardian.address);
      expect(await registry.guardianAt(patient, first + 1)).to.equal(ZeroAddress);

      await time.setNextBlockTimestamp(now + 2);
      await expect(registry.connect(patient).appointGuardian(patient, guardian, ZeroAddress, now + DAY, now + DAY))
        .to.be.revertedWithCustomError(registry, "GuardianInvalid")
        .withArgs(patient.address, guardian.address);
    });
  });

  describe("authority", () => {
    it("is the identity's own, without end, while nothing is on record", async () => {
      const { registry, patient, stranger } = await loadFixture(deployPatients);
      expect(await registry.authority(patient, patient)).to.deep.equal(SELF);
      expect(await registry.authority(patient, stranger)).to.deep.equal(NOTHING);
    });

    it("is the new owner's after a change, and the identity's no more", async () => {
      const { registry, child, owner, ward, contractOwner } = await loadFixture(deployPatients);
      expect(await registry.authority(child, owner)).to.deep.equal(SELF);
      expect(await registry.authority(child, child)).to.deep.equal(NOTHING);
      expect(await registry.authority(ward, contractOwner)).to.deep.equal(SELF);
    });

    it("is never nobody's", async () => {
      const { registry, patient } = await loadFixture(deployMinor);
      for (const identity of [ZeroAddress, patient.address]) {
        expect(await registry.authority(identity, ZeroAddress)).to.deep.equal(NOTHING);
      }
    });

    it("is the guardian's alone until majority, the patient's alone from then on", async () => {
      const { registry, patient, guardian, stranger, majority } = await loadFixture(deployMinor);
      const asGuardian = [Authority.GUARDIAN, BigInt(majority)];
      const of = async (actor: { address: string }) => registry.authority(patient, actor.address);

      expect(await of(guardian)).to.deep.equal(asGuardian);
      await time.increaseTo(majority - 1);
      expect(await of(guardian)).to.deep.equal(asGuardian);
      expect(await of(patient)).to.deep.equal(NOTHING);
      expect(await of(stranger)).to.deep.equal(NOTHING);
      for (const t of [majority, majority + 1]) {
        await time.increaseTo(t);
        expect(await of(guardian)).to.deep.equal(NOTHING);
        expect(await of(patient)).to.deep.equal(SELF);
      }
    });

    it("follows the owner, not the identity, at majority", async () => {
      const { registry, patient, owner, majority } = await loadFixture(deployMinor);
      await registry.connect(patient).changeOwner(patient, owner);
      expect(await registry.authority(patient, owner)).to.deep.equal(NOTHING);

      await time.increaseTo(majority);
      expect(await registry.authority(patient, owner)).to.deep.equal(SELF);
      expect(await registry.authority(patient, patient)).to.deep.equal(NOTHING);
    });

    it("is a delegate's from the mandate's first second to its last", async () => {
      const { registry, patient, delegate } = await loadFixture(deployPatients);
      const from = (await time.latest()) + DAY;
      const until = from + DAY;
      await registry.connect(patient).giveMandate(patient, delegate, mandateWord(from, until));
      const seen: unknown[] = [];
      for (const t of [from - 1, from, from + 1, until - 1, until, until + 1]) {
        await time.increaseTo(t);
        seen.push(await registry.authority(patient, delegate));
      }

      const asDelegate = [Authority.DELEGATE, BigInt(until)];
      expect(seen).to.deep.equal([NOTHING, asDelegate, asDelegate, asDelegate, NOTHING, NOTHING]);
    });

    it("is nobody's once the identity is deactivated", async () => {
      const { registry, patient, guardian, delegate, majority } = await loadFixture(deployMinor);
      await registry.connect(guardian).giveMandate(patient, delegate, mandateWord(0, majority));
      expect(await registry.authority(patient, delegate)).to.deep.equal([Authority.DELEGATE, BigInt(majority)]);
      await registry.connect(patient).changeOwner(patient, ZeroAddress);

      for (const t of [await time.latest(), majority, majority + 1]) {
        if (t > (await time.latest())) await time.increaseTo(t);
        for (const actor of [patient, guardian, delegate]) {
          expect(await registry.authority(patient, actor)).to.deep.equal(NOTHING);
        }
      }
    });
  });

  describe("giveMandate", () => {
    it("reverts when the caller is a delegate", async () => {
      const { registry, patient, delegate, stranger } = await loadFixture(deployPatients);
      const word = mandateWord(0, (await time.latest()) + DAY);
      await registry.connect(patient).giveMandate(patient, delegate, word);

      await expect(registry.connect(delegate).giveMandate(patient, stranger, word))
        .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
        .withArgs(patient.address, delegate.address);
    });

    it("reverts when the caller is a minor, and when it is a former guardian", async () => {
      const { registry, patient, guardian, delegate, majority } = await loadFixture(deployMinor);
      const word = mandateWord(0, majority + DAY);
      await time.setNextBlockTimestamp(majority - 1);
      await expect(registry.connect(patient).giveMandate(patient, delegate, word))
        .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
        .withArgs(patient.address, patient.address);

      await time.setNextBlockTimestamp(majority);
      await expect(registry.connect(guardian).giveMandate(patient, delegate, word))
        .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
        .withArgs(patient.address, guardian.address);
    });

    it("reverts when the delegate is nobody, the caller or the owner", async () => {
      const { registry, patient, guardian, majority } = await loadFixture(deployMinor);
      const word = mandateWord(0, majority);
      for (const delegate of [ZeroAddress, guardian.address, patient.address]) {
        await expect(registry.connect(guardian).giveMandate(patient, delegate, word))
          .to.be.revertedWithCustomError(registry, "MandateInvalid")
          .withArgs(patient.address, delegate, word);
      }
    });

    it("reverts when the mandate has no end, is over, or never holds", async () => {
      const { registry, patient, delegate } = await loadFixture(deployPatients);
      const now = (await time.latest()) + DAY;
      for (const word of [
        0n,
        mandateWord(now, 0),
        mandateWord(0, now - 1),
        mandateWord(0, now),
        mandateWord(now + 1, now + 1),
        mandateWord(now + 2, now + 1),
      ]) {
        await time.setNextBlockTimestamp(now);
        await expect(registry.connect(patient).giveMandate(patient, delegate, word))
          .to.be.revertedWithCustomError(registry, "MandateInvalid")
          .withArgs(patient.address, delegate.address, word);
      }
    });

    it("accepts a mandate of the last second, and of all time", async () => {
      const { registry, patient, delegate } = await loadFixture(deployPatients);
      const now = (await time.latest()) + DAY;
      const short = mandateWord(now, now + 1);
      await time.setNextBlockTimestamp(now);
      await registry.connect(patient).giveMandate(patient, delegate, short);
      expect(await registry.authority(patient, delegate)).to.deep.equal([Authority.DELEGATE, BigInt(now + 1)]);

      const long = mandateWord(0, Number(MAX_UINT40));
      await expect(registry.connect(patient).giveMandate(patient, delegate, long))
        .to.emit(registry, "MandateGiven")
        .withArgs(patient.address, delegate.address, long);
      expect(await registry.mandate(patient, delegate)).to.equal(long);
      expect(await registry.authority(patient, delegate)).to.deep.equal([Authority.DELEGATE, MAX_UINT40]);
    });

    it("reverts when a signer has no authority, though it signed", async () => {
      const { registry, patient, delegate, stranger, relayer } = await loadFixture(deployPatients);
      const word = mandateWord(0, (await time.latest()) + DAY);
      const deadline = (await time.latest()) + DAY;
      const signature = await signMandate({
        registry,
        signer: stranger,
        identity: patient.address,
        delegate,
        word,
        deadline,
      });

      await expect(
        registry.connect(relayer).giveMandateBySignature(patient, delegate, word, stranger, deadline, signature),
      )
        .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
        .withArgs(patient.address, stranger.address);
    });

    it("takes a guardian's signature until majority", async () => {
      const { registry, patient, guardian, delegate, relayer, majority } = await loadFixture(deployMinor);
      const word = mandateWord(0, majority + DAY);
      const deadline = majority + DAY;
      const signature = await signMandate({
        registry,
        signer: guardian,
        identity: patient.address,
        delegate,
        word,
        deadline,
      });
      const give = () =>
        registry.connect(relayer).giveMandateBySignature(patient, delegate, word, guardian, deadline, signature);

      const snapshot = await networkHelpers.takeSnapshot();
      await time.setNextBlockTimestamp(majority - 1);
      await expect(give()).to.emit(registry, "MandateGiven").withArgs(patient.address, delegate.address, word);
      await snapshot.restore();
      await time.setNextBlockTimestamp(majority);
      await expect(give())
        .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
        .withArgs(patient.address, guardian.address);
    });

    it("lets a guardian's mandate end at majority, whatever its own end", async () => {
      const { registry, patient, guardian, delegate, majority } = await loadFixture(deployMinor);
      const word = mandateWord(0, majority + 10 * DAY);
      await registry.connect(guardian).giveMandate(patient, delegate, word);

      await time.increaseTo(majority - 1);
      expect(await registry.authority(patient, delegate)).to.deep.equal([Authority.DELEGATE, BigInt(majority)]);
      expect(await registry.mandate(patient, delegate)).to.equal(word);
      await time.increaseTo(majority);
      expect(await registry.authority(patient, delegate)).to.deep.equal(NOTHING);
      expect(await registry.mandate(patient, delegate)).to.equal(0n);
    });

    it("ends a patient's mandates when a guardian is appointed", async () => {
      const { registry, patient, guardian, delegate } = await loadFixture(deployPatients);
      const now = (await time.latest()) + DAY;
      const word = mandateWord(0, now + 10 * DAY);
      await registry.connect(patient).giveMandate(patient, delegate, word);
      await time.setNextBlockTimestamp(now);
      await registry.connect(patient).appointGuardian(patient, guardian, ZeroAddress, now + DAY, now + DAY);

      expect(await registry.authority(patient, delegate)).to.deep.equal(NOTHING);
      await time.increaseTo(now + DAY);
      expect(await registry.authority(patient, delegate)).to.deep.equal(NOTHING);
    });

    it("keeps the patient's mandates when the owner changes", async () => {
      const { registry, patient, owner, delegate } = await loadFixture(deployPatients);
      const until = (await time.latest()) + DAY;
      await registry.connect(patient).giveMandate(patient, delegate, mandateWord(0, until));
      await registry.connect(patient).changeOwner(patient, owner);

      expect(await registry.authority(patient, delegate)).to.deep.equal([Authority.DELEGATE, BigInt(until)]);
    });

    it("gives no authority to a delegate who becomes a minor's owner", async () => {
      const { registry, patient, guardian, delegate, majority } = await loadFixture(deployMinor);
      await registry.connect(guardian).giveMandate(patient, delegate, mandateWord(0, majority));
      await registry.connect(patient).changeOwner(patient, delegate);

      expect(await registry.authority(patient, delegate)).to.deep.equal(NOTHING);
    });
  });

  describe("endMandate", () => {
    it("reverts when there is none", async () => {
      const { registry, patient, delegate } = await loadFixture(deployPatients);
      for (const actor of [patient, delegate]) {
        await expect(registry.connect(actor).endMandate(patient, delegate))
          .to.be.revertedWithCustomError(registry, "MandateInvalid")
          .withArgs(patient.address, delegate.address, 0);
      }
    });

    it("reverts when another delegate ends it", async () => {
      const { registry, patient, delegate, stranger } = await loadFixture(deployPatients);
      const word = mandateWord(0, (await time.latest()) + DAY);
      await registry.connect(patient).giveMandate(patient, delegate, word);
      await registry.connect(patient).giveMandate(patient, stranger, word);

      await expect(registry.connect(stranger).endMandate(patient, delegate))
        .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
        .withArgs(patient.address, stranger.address);
    });

    it("reverts when the identity is deactivated, for the delegate too", async () => {
      const { registry, patient, delegate } = await loadFixture(deployPatients);
      await registry.connect(patient).giveMandate(patient, delegate, mandateWord(0, (await time.latest()) + DAY));
      await registry.connect(patient).changeOwner(patient, ZeroAddress);

      await expect(registry.connect(delegate).endMandate(patient, delegate))
        .to.be.revertedWithCustomError(registry, "IdentityDeactivated")
        .withArgs(patient.address);
    });

    it("lets the patient, the guardian and the delegate end it at once, and once", async () => {
      const { registry, patient, guardian, delegate, majority } = await loadFixture(deployMinor);
      const end = async (actor: typeof patient, giver: typeof patient) => {
        await registry.connect(giver).giveMandate(patient, delegate, mandateWord(0, majority + DAY));
        await expect(registry.connect(actor).endMandate(patient, delegate))
          .to.emit(registry, "MandateEnded")
          .withArgs(patient.address, delegate.address);
        expect(await registry.mandate(patient, delegate)).to.equal(0n);
        expect(await registry.authority(patient, delegate)).to.deep.equal(NOTHING);
        await expect(registry.connect(actor).endMandate(patient, delegate))
          .to.be.revertedWithCustomError(registry, "MandateInvalid")
          .withArgs(patient.address, delegate.address, 0);
      };

      await end(guardian, guardian);
      await end(delegate, guardian);
      await time.increaseTo(majority);
      await end(patient, patient);
    });
  });

  describe("areDeactivated", () => {
    it("answers for each identity", async () => {
      const { registry, patient, stranger } = await loadFixture(deployPatients);
      await registry.connect(patient).changeOwner(patient, ZeroAddress);

      expect(await registry.areDeactivated([stranger, patient, ZeroAddress])).to.deep.equal([false, true, false]);
      expect(await registry.areDeactivated([])).to.deep.equal([]);
      expect(await registry.isDeactivated(stranger)).to.equal(false);
    });

    it("does not hinder what a deactivated identity's address does for others", async () => {
      const { registry, patient, stranger } = await loadFixture(deployPatients);
      await registry.connect(stranger).changeOwner(stranger, patient);
      await registry.connect(patient).changeOwner(patient, ZeroAddress);

      expect(await registry.authority(stranger, patient)).to.deep.equal(SELF);
    });
  });
});
