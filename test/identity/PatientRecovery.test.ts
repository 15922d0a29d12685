import { expect } from "chai";
import { ZeroAddress, ZeroHash, type Wallet } from "ethers";
import { hashOfSetup, setupOf, type Setup } from "./acts.ts";
import { DAY, deployPatients, ethers, loadFixture, MAX_UINT256, time, walletOf, type World } from "./fixtures.ts";
import { signRecovery, type SignRecoveryParameters } from "./signRecovery.ts";

interface Recoverable extends World {
  /** `patient`'s: two of three helpers, three days. */
  setup: Setup;
  identity: string;
  newOwner: string;
}

async function deployWithHelpers(): Promise<Recoverable> {
  const world = await deployPatients();
  const { registry, patient, stranger } = world;
  const setup = setupOf(world);
  await registry.connect(patient).setRecovery(patient, setup);
  return { ...world, setup, identity: patient.address, newOwner: stranger.address };
}

async function start(world: Recoverable, deviation: Partial<SignRecoveryParameters> = {}) {
  const { registry, relayer, identity, newOwner, setup, helpers } = world;
  const signers = helpers.slice(0, 2);
  const parameters = await signRecovery(registry, { identity, newOwner, setup, signers, ...deviation });
  return registry.connect(relayer).startRecovery(...parameters);
}

async function deployStarted(): Promise<Recoverable & { readyAt: number }> {
  const world = await deployWithHelpers();
  const now = (await time.latest()) + DAY;
  await time.setNextBlockTimestamp(now);
  await start(world);
  return { ...world, readyAt: now + world.setup.delay };
}

describe("PatientRecovery", () => {
  describe("setRecovery", () => {
    it("reverts when the setup is out of bounds", async () => {
      const world = await loadFixture(deployPatients);
      const { registry, patient, helpers } = world;
      const setup = setupOf(world);
      const [first, second, third] = setup.helpers as [string, string, string];
      const seventeen = await Promise.all(Array.from({ length: 17 }, (_, i) => walletOf(`many ${i}`)));
      const bad: Partial<Setup>[] = [
        { threshold: 0 },
        { threshold: 4 },
        { threshold: 255 },
        { helpers: [] },
        { helpers: [], threshold: 0 },
        { helpers: [first, third, second] },
        { helpers: [first, first, second] },
        { helpers: [ZeroAddress, first, second] },
        { helpers: sorted([...helpers, patient]) },
        { helpers: sorted(seventeen) },
        { delay: 0 },
        { delay: DAY - 1 },
        { delay: 60 * DAY + 1 },
        { delay: 2 ** 40 - 1 },
      ];
      for (const part of bad) {
        await expect(registry.connect(patient).setRecovery(patient, { ...setup, ...part }), JSON.stringify(part))
          .to.be.revertedWithCustomError(registry, "RecoverySetupInvalid")
          .withArgs(patient.address);
      }
      expect(await registry.recoverySetup(patient)).to.equal(ZeroHash);
    });

    it("accepts the least and the most", async () => {
      const world = await loadFixture(deployPatients);
      const { registry, patient, child, owner } = world;
      const least = { helpers: [world.stranger.address], threshold: 1, delay: DAY };
      const sixteen = sorted(await Promise.all(Array.from({ length: 16 }, (_, i) => walletOf(`many ${i}`))));
      const most = { helpers: sixteen, threshold: 16, delay: 60 * DAY };

      await registry.connect(patient).setRecovery(patient, least);
      expect(await registry.recoverySetup(patient)).to.equal(hashOfSetup(least));
      await registry.connect(owner).setRecovery(child, most);
      expect(await registry.recoverySetup(child)).to.equal(hashOfSetup(most));
    });

    it("takes the first setup at once, a change after the delay of the setup in force", async () => {
      const { registry, patient, setup } = await loadFixture(deployWithHelpers);
      const slower = { ...setup, threshold: 3, delay: 60 * DAY };
      const now = (await time.latest()) + DAY;
      await time.setNextBlockTimestamp(now);
      await expect(registry.connect(patient).setRecovery(patient, slower))
        .to.emit(registry, "RecoverySetupChanged")
        .withArgs(patient.address, hashOfSetup(slower), now + setup.delay);

      await time.increaseTo(now + setup.delay - 1);
      expect(await registry.recoverySetup(patient)).to.equal(hashOfSetup(setup));
      await time.increaseTo(now + setup.delay);
      expect(await registry.recoverySetup(patient)).to.equal(hashOfSetup(slower));

      const next = await time.latest();
      await time.setNextBlockTimestamp(next + 1);
      await expect(registry.connect(patient).setRecovery(patient, setup))
        .to.emit(registry, "RecoverySetupChanged")
        .withArgs(patient.address, hashOfSetup(setup), next + 1 + slower.delay);
      await time.increaseTo(next + slower.delay);
      expect(await registry.recoverySetup(patient)).to.equal(hashOfSetup(slower));
      await time.increaseTo(next + 1 + slower.delay);
      expect(await registry.recoverySetup(patient)).to.equal(hashOfSetup(setup));
    });

    it("drops a change still waiting, whose time starts anew", async () => {
      const { registry, patient, setup } = await loadFixture(deployWithHelpers);
      const [second, third] = [
        { ...setup, threshold: 3 },
        { ...setup, threshold: 1 },
      ];
      const now = (await time.latest()) + DAY;
      await time.setNextBlockTimestamp(now);
      await registry.connect(patient).setRecovery(patient, second);
      await time.setNextBlockTimestamp(now + setup.delay - 1);
      await registry.connect(patient).setRecovery(patient, third);

      await time.increaseTo(now + 2 * setup.delay - 2);
      expect(await registry.recoverySetup(patient)).to.equal(hashOfSetup(setup));
      await time.increaseTo(now + 2 * setup.delay - 1);
      expect(await registry.recoverySetup(patient)).to.equal(hashOfSetup(third));
    });

    it("reverts while a hand-over is under way", async () => {
      const { registry, patient, setup } = await loadFixture(deployStarted);
      await expect(registry.connect(patient).setRecovery(patient, setup))
        .to.be.revertedWithCustomError(registry, "RecoveryInProgress")
        .withArgs(patient.address);
    });
  });

  describe("startRecovery", () => {
    it("reverts when the setup is not the one in force", async () => {
      const world = await loadFixture(deployWithHelpers);
      const { registry, identity, setup } = world;
      for (const part of [{ threshold: 1 }, { delay: DAY }, { helpers: setup.helpers.slice(0, 2) }]) {
        await expect(start(world, { setup: { ...setup, ...part } }))
          .to.be.revertedWithCustomError(registry, "RecoverySetupUnknown")
          .withArgs(identity);
      }
    });

    it("reverts when no setup was ever made", async () => {
      const world = await loadFixture(deployWithHelpers);
      const { registry, child, setup } = world;
      for (const part of [setup, { helpers: [], threshold: 0, delay: 0 }]) {
        await expect(start(world, { identity: child.address, setup: part }))
          .to.be.revertedWithCustomError(registry, "RecoverySetupUnknown")
          .withArgs(child.address);
      }
    });

    it("reverts when the new owner is nobody or the present owner", async () => {
      const world = await loadFixture(deployWithHelpers);
      for (const newOwner of [ZeroAddress, world.patient.address]) {
        await expect(start(world, { newOwner }))
          .to.be.revertedWithCustomError(world.registry, "RecoveryOwnerInvalid")
          .withArgs(world.identity, newOwner);
      }
    });

    it("reverts when a hand-over is under way, whoever it is to", async () => {
      const world = await loadFixture(deployStarted);
      for (const newOwner of [world.newOwner, world.owner.address]) {
        await expect(start(world, { newOwner }))
          .to.be.revertedWithCustomError(world.registry, "RecoveryInProgress")
          .withArgs(world.identity);
      }
    });

    it("reverts when too few signed, or not each named one", async () => {
      const world = await loadFixture(deployWithHelpers);
      const { registry, identity, helpers } = world;
      const [first, second, third] = helpers as [Wallet, Wallet, Wallet];
      const named = [first.address, second.address];
      const cases: [Partial<SignRecoveryParameters>, number, number][] = [
        [{ signers: [] }, 0, 0],
        [{ signers: [first] }, 1, 1],
        [{ signers: [first], named }, 2, 1],
        [{ signers: [first, second, third], named }, 2, 3],
      ];
      for (const [deviation, signers, signatures] of cases) {
        await expect(start(world, deviation))
          .to.be.revertedWithCustomError(registry, "RecoverySignersInvalid")
          .withArgs(identity, signers, signatures);
      }
    });

    it("reverts when a signer is no helper, signs twice, or out of order", async () => {
      const world = await loadFixture(deployWithHelpers);
      const { registry, stranger } = world;
      const [first, second, third] = world.helpers as [Wallet, Wallet, Wallet];
      for (const [signers, refused] of [
        [[first, stranger], stranger],
        [[stranger, first], stranger],
        [[first, first], first],
        [[third, third], third],
        [[second, first], first],
        [[first, second, third, third], third],
      ] as const) {
        await expect(start(world, { signers: [...signers] }))
          .to.be.revertedWithCustomError(registry, "SignatureInvalid")
          .withArgs(refused.address);
      }
    });

    it("reverts when a signature is another's, or for another hand-over, registry or chain", async () => {
      const world = await loadFixture(deployWithHelpers);
      const { registry, relayer, identity, newOwner, owner, setup, helpers, stranger } = world;
      const [first, second] = helpers as [Wallet, Wallet, Wallet];
      const { chainId } = await ethers.provider.getNetwork();
      const refused = async (deviation: Partial<SignRecoveryParameters>) =>
        expect(start(world, deviation))
          .to.be.revertedWithCustomError(registry, "SignatureInvalid")
          .withArgs(first.address);

      await refused({ signers: [stranger, second], named: [first.address, second.address] });
      await refused({ nonce: 1n });
      await refused({ domain: { chainId: chainId + 1n } });
      await refused({ domain: { verifyingContract: stranger.address } });
      await refused({ domain: { name: "Consilium Consents" } });
      await refused({ domain: { version: "2" } });

      const signed = await signRecovery(registry, { identity, newOwner, setup, signers: [first, second] });
      const altered: typeof signed = [...signed];
      altered[1] = owner.address;
      await expect(registry.connect(relayer).startRecovery(...altered))
        .to.be.revertedWithCustomError(registry, "SignatureInvalid")
        .withArgs(first.address);
    });

    it("reverts when a signature is another identity's with the same helpers", async () => {
      const world = await loadFixture(deployWithHelpers);
      const { registry, relayer, child, owner, setup, helpers } = world;
      await registry.connect(owner).setRecovery(child, setup);
      const signers = helpers.slice(0, 2);
      const [, ...others] = await signRecovery(registry, { ...world, signers });

      await expect(registry.connect(relayer).startRecovery(child, ...others))
        .to.be.revertedWithCustomError(registry, "SignatureInvalid")
        .withArgs(helpers[0]!.address);
    });

    it("reverts the second after the deadline, not before", async () => {
      const world = await loadFixture(deployWithHelpers);
      const { registry, identity, newOwner, setup } = world;
      const deadline = (await time.latest()) + DAY;
      await time.setNextBlockTimestamp(deadline + 1);
      await expect(start(world, { deadline: BigInt(deadline) }))
        .to.be.revertedWithCustomError(registry, "SignatureExpired")
        .withArgs(deadline);

      await time.setNextBlockTimestamp(deadline);
      await expect(start(world, { deadline: BigInt(deadline) }))
        .to.emit(registry, "RecoveryStarted")
        .withArgs(identity, newOwner, deadline + setup.delay);
    });

    it("reverts when the identity is deactivated", async () => {
      const world = await loadFixture(deployWithHelpers);
      await world.registry.connect(world.patient).changeOwner(world.identity, ZeroAddress);

      await expect(start(world))
        .to.be.revertedWithCustomError(world.registry, "IdentityDeactivated")
        .withArgs(world.identity);
    });

    for (const [chosen, indices] of [
      ["the first two", [0, 1]],
      ["the last two", [1, 2]],
      ["the outer two", [0, 2]],
      ["all three", [0, 1, 2]],
    ] as const) {
      it(`starts when ${chosen} helpers sign`, async () => {
        const world = await loadFixture(deployWithHelpers);
        const { registry, identity, newOwner, setup, helpers, patient } = world;
        const now = (await time.latest()) + DAY;
        await time.setNextBlockTimestamp(now);

        await expect(start(world, { signers: indices.map((i) => helpers[i]!) }))
          .to.emit(registry, "RecoveryStarted")
          .withArgs(identity, newOwner, now + setup.delay);
        expect(await registry.recovery(identity)).to.deep.equal([newOwner, BigInt(now + setup.delay)]);
        expect(await registry.recoveryNonce(identity)).to.equal(1n);
        expect(await registry.identityOwner(identity)).to.equal(patient.address);
      });
    }

    it("takes a contract wallet as helper", async () => {
      const world = await loadFixture(deployPatients);
      const { registry, patient, contractOwner, contractSigner, stranger, newOwner } = {
        ...world,
        newOwner: world.owner,
      };
      const helper = await contractOwner.getAddress();
      const setup = { helpers: [helper], threshold: 1, delay: DAY };
      await registry.connect(patient).setRecovery(patient, setup);
      const parameters = { identity: patient.address, newOwner: newOwner.address, setup, named: [helper] };
      const startWith = async (signer: Wallet) => {
        const signed = await signRecovery(registry, { ...parameters, signers: [signer] });
        return registry.connect(world.relayer).startRecovery(...signed);
      };

      await expect(startWith(stranger)).to.be.revertedWithCustomError(registry, "SignatureInvalid").withArgs(helper);
      await expect(startWith(contractSigner)).to.emit(registry, "RecoveryStarted");
    });

    it("goes by the changed setup from its first second on", async () => {
      const world = await loadFixture(deployWithHelpers);
      const { registry, patient, identity, setup } = world;
      const changed = { ...setup, threshold: 1, delay: DAY };
      const now = (await time.latest()) + DAY;
      await time.setNextBlockTimestamp(now);
      await registry.connect(patient).setRecovery(patient, changed);

      await time.setNextBlockTimestamp(now + setup.delay - 1);
      await expect(start(world, { setup: changed }))
        .to.be.revertedWithCustomError(registry, "RecoverySetupUnknown")
        .withArgs(identity);
      await time.setNextBlockTimestamp(now + setup.delay);
      await expect(start(world, { setup }))
        .to.be.revertedWithCustomError(registry, "RecoverySetupUnknown")
        .withArgs(identity);
      await time.setNextBlockTimestamp(now + setup.delay);
      await expect(start(world, { setup: changed, signers: world.helpers.slice(2) }))
        .to.emit(registry, "RecoveryStarted")
        .withArgs(identity, world.newOwner, now + setup.delay + DAY);
    });
  });

  describe("cancelRecovery", () => {
    it("reverts when there is none", async () => {
      const { registry, patient } = await loadFixture(deployWithHelpers);
      await expect(registry.connect(patient).cancelRecovery(patient))
        .to.be.revertedWithCustomError(registry, "RecoveryNotStarted")
        .withArgs(patient.address);
    });

    it("reverts when a helper or the owner to be cancels", async () => {
      const { registry, identity, helpers, stranger } = await loadFixture(deployStarted);
      for (const actor of [helpers[0]!, stranger]) {
        await expect(registry.connect(actor).cancelRecovery(identity))
          .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
          .withArgs(identity, actor.address);
      }
    });

    it("stops the hand-over, even when it is ready, and its signatures are spent", async () => {
      const world = await loadFixture(deployStarted);
      const { registry, patient, identity, newOwner, readyAt } = world;
      await time.setNextBlockTimestamp(readyAt + 1);
      await expect(registry.connect(patient).cancelRecovery(patient))
        .to.emit(registry, "RecoveryCancelled")
        .withArgs(identity, newOwner);

      expect(await registry.recovery(identity)).to.deep.equal([ZeroAddress, 0n]);
      await expect(registry.connect(patient).finishRecovery(patient))
        .to.be.revertedWithCustomError(registry, "RecoveryNotStarted")
        .withArgs(identity);
      await expect(start(world, { nonce: 0n }))
        .to.be.revertedWithCustomError(registry, "SignatureInvalid")
        .withArgs(world.helpers[0]!.address);
      await expect(start(world)).to.emit(registry, "RecoveryStarted");
    });

    it("lets a waiting change of helpers take hold on its day", async () => {
      const world = await loadFixture(deployWithHelpers);
      const { registry, patient, setup } = world;
      const changed = { ...setup, threshold: 1 };
      await registry.connect(patient).setRecovery(patient, changed);
      await start(world);
      await time.increase(setup.delay);
      expect(await registry.recoverySetup(patient)).to.equal(hashOfSetup(setup));

      await registry.connect(patient).cancelRecovery(patient);
      expect(await registry.recoverySetup(patient)).to.equal(hashOfSetup(changed));
    });
  });

  describe("finishRecovery", () => {
    it("reverts when there is none", async () => {
      const { registry, stranger, identity } = await loadFixture(deployWithHelpers);
      await expect(registry.connect(stranger).finishRecovery(identity))
        .to.be.revertedWithCustomError(registry, "RecoveryNotStarted")
        .withArgs(identity);
    });

    it("reverts up to the last second of the delay", async () => {
      const { registry, stranger, identity, readyAt } = await loadFixture(deployStarted);
      await time.setNextBlockTimestamp(readyAt - 1);
      await expect(registry.connect(stranger).finishRecovery(identity))
        .to.be.revertedWithCustomError(registry, "RecoveryTooEarly")
        .withArgs(identity, readyAt);
    });

    for (const offset of [0, 1]) {
      it(`hands the identity over ${offset} s after the delay, whoever calls`, async () => {
        const { registry, patient, relayer, identity, newOwner, readyAt } = await loadFixture(deployStarted);
        const previous = await registry.changed(identity);
        await time.setNextBlockTimestamp(readyAt + offset);
        const finished = registry.connect(relayer).finishRecovery(identity);

        await expect(finished).to.emit(registry, "RecoveryFinished").withArgs(identity, newOwner);
        await expect(finished).to.emit(registry, "DIDOwnerChanged").withArgs(identity, newOwner, previous);
        await expect(finished).to.not.emit(registry, "RecoverySetupChanged");
        expect(await registry.identityOwner(identity)).to.equal(newOwner);
        expect(await registry.recovery(identity)).to.deep.equal([ZeroAddress, 0n]);
        await expect(registry.connect(patient).changeOwner(identity, patient))
          .to.be.revertedWithCustomError(registry, "NotIdentityOwner")
          .withArgs(identity, patient.address);
        await expect(registry.connect(relayer).finishRecovery(identity))
          .to.be.revertedWithCustomError(registry, "RecoveryNotStarted")
          .withArgs(identity);
      });
    }

    it("reverts when the identity was deactivated meanwhile", async () => {
      const { registry, patient, identity, readyAt } = await loadFixture(deployStarted);
      await registry.connect(patient).changeOwner(identity, ZeroAddress);
      await time.setNextBlockTimestamp(readyAt);

      await expect(registry.connect(patient).finishRecovery(identity))
        .to.be.revertedWithCustomError(registry, "IdentityDeactivated")
        .withArgs(identity);
    });

    it("is not escaped by a thief who hands the identity on", async () => {
      const { registry, patient, owner, identity, newOwner, readyAt } = await loadFixture(deployStarted);
      await registry.connect(patient).changeOwner(identity, owner);
      await time.setNextBlockTimestamp(readyAt);
      await registry.connect(owner).finishRecovery(identity);

      expect(await registry.identityOwner(identity)).to.equal(newOwner);
    });

    it("keeps the helpers who recovered, not those whom a thief set meanwhile", async () => {
      const world = await loadFixture(deployWithHelpers);
      const { registry, patient, identity, setup, owner } = world;
      const thieves = { helpers: [owner.address], threshold: 1, delay: DAY };
      await registry.connect(patient).setRecovery(patient, thieves);
      await start(world);
      await time.increase(setup.delay);
      const { from } = await setupChangeOf(world, hashOfSetup(setup));

      await expect(registry.connect(owner).finishRecovery(identity))
        .to.emit(registry, "RecoverySetupChanged")
        .withArgs(identity, hashOfSetup(setup), from);
      expect(await registry.recoverySetup(identity)).to.equal(hashOfSetup(setup));
      await time.increase(60 * DAY);
      expect(await registry.recoverySetup(identity)).to.equal(hashOfSetup(setup));
      await expect(start(world, { newOwner: owner.address, setup: thieves, signers: [owner] }))
        .to.be.revertedWithCustomError(registry, "RecoverySetupUnknown")
        .withArgs(identity);
    });

    it("lets the same helpers recover again", async () => {
      const world = await loadFixture(deployStarted);
      const { registry, identity, readyAt, owner } = world;
      await time.setNextBlockTimestamp(readyAt);
      await registry.connect(owner).finishRecovery(identity);

      await expect(start(world, { newOwner: world.newOwner }))
        .to.be.revertedWithCustomError(registry, "RecoveryOwnerInvalid")
        .withArgs(identity, world.newOwner);
      await expect(start(world, { newOwner: owner.address, deadline: MAX_UINT256 })).to.emit(
        registry,
        "RecoveryStarted",
      );
      expect(await registry.recoveryNonce(identity)).to.equal(2n);
    });
  });
});

function sorted(wallets: Wallet[]): string[] {
  return wallets.map(({ address }) => address).sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}

/** When a setup took hold, by its event. */
async function setupChangeOf({ registry }: Recoverable, setupHash: string): Promise<{ from: bigint }> {
  const events = await registry.queryFilter(registry.filters.RecoverySetupChanged());
  return { from: events.find(({ args }) => args.setupHash === setupHash)!.args.from };
}
