import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import type { Address, Hex } from "viem";
import { createConsent, encodePolicyWord, signGiveConsent } from "@consilium/sdk";
import { typedDataSigner } from "../consent/consentFixtures.ts";
import { deployGoverned, ethers, loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import { actAsGroup, DAY, Group, type Call } from "../governance/acts.ts";

const { time } = networkHelpers;
const YEAR = 365 * DAY;
const DOCUMENT = ethers.id("salted hash of a court's document");
const MAX_LIFETIME = 30 * DAY;

type Order = {
  patient: string;
  guardian: string;
  coGuardian: string;
  since: bigint;
  majority: bigint;
  until: bigint;
  documentHash: string;
};

describe("GuardianOrders", () => {
  /** A minor with a guardian, and an order of a court that somebody else takes the guardian's place. */
  async function deployOrder() {
    const suite = await loadFixture(deployGoverned);
    const { patients, guardianOrders, ethicsGroup, supervisionGroup, signers } = suite;
    const { minor, guardian, relayer, helper1, northAdmin, southAdmin, eastAdmin, instituteAdmin } = signers;
    const start = await time.latest();
    const [assentFrom, majority] = [start + 4 * YEAR, start + 8 * YEAR];
    await patients.connect(minor).appointGuardian(minor, guardian, ZeroAddress, assentFrom, majority);
    const since = (await patients.guardianship(minor)).from;
    const order: Order = {
      patient: minor.address,
      guardian: helper1.address,
      coGuardian: ZeroAddress,
      since,
      majority: BigInt(majority),
      until: BigInt(start + 20 * DAY),
      documentHash: DOCUMENT,
    };
    const approval = (of: Order): Call => ({
      target: guardianOrders,
      data: guardianOrders.interface.encodeFunctionData("approve", [of]),
    });
    return {
      ...suite,
      ...{ order, start, assentFrom, majority, since, minor, guardian, helper1, relayer },
      id: await guardianOrders.orderId(order),
      asAnyone: guardianOrders.connect(signers.stranger),
      approveByEthics: async (of: Order) => actAsGroup(ethicsGroup, [southAdmin, instituteAdmin], approval(of)),
      approveBySupervision: async (of: Order) => actAsGroup(supervisionGroup, [northAdmin, eastAdmin], approval(of)),
    };
  }

  /** The same, approved by both groups. */
  async function deployApproved(change: Partial<Order> = {}) {
    const world = await deployOrder();
    const order = { ...world.order, ...change };
    await world.approveByEthics(order);
    await world.approveBySupervision(order);
    return { ...world, order, id: await world.guardianOrders.orderId(order) };
  }

  describe("deployment", () => {
    it("refuses to go without the registry or one of the groups", async () => {
      const { patients, ethicsGroup, supervisionGroup } = await loadFixture(deployGoverned);
      const whole = await Promise.all([patients, ethicsGroup, supervisionGroup].map((one) => one.getAddress()));
      const factory = await ethers.getContractFactory("GuardianOrders");
      for (const missing of [0, 1, 2]) {
        const [a, b, c] = whole.map((one, i) => (i === missing ? ZeroAddress : one)) as [string, string, string];
        await expect(factory.deploy(a, b, c))
          .to.be.revertedWithCustomError(factory, "ZeroAddress")
          .withArgs();
      }
    });

    it("depends on the access manager of the suite, which nobody can exchange in the registry", async () => {
      const { patients, authority } = await loadFixture(deployGoverned);
      expect(await patients.accessManager()).to.equal(await authority.getAddress());
      expect(patients.interface.getFunction("setAuthority" as "accessManager")).to.equal(null);
    });

    it("alone can have a guardian replaced: neither the admin, a group nor a patient can", async () => {
      const { patients, order, minor, guardian, signers } = await deployOrder();
      for (const who of [signers.stranger, signers.admin, signers.supervision, signers.deployer, guardian, minor]) {
        await expect(
          patients.connect(who).replaceGuardian(minor, order.guardian, order.coGuardian, order.since, order.majority),
        )
          .to.be.revertedWithCustomError(patients, "AccessManagedUnauthorized")
          .withArgs(who.address);
      }
    });
  });

  describe("approve", () => {
    it("reverts for all but the two groups, also for the other groups", async () => {
      const { guardianOrders, order, signers, technologyGroup, approveByEthics } = await deployOrder();
      for (const who of [signers.stranger, signers.northAdmin, signers.guardian, signers.minor]) {
        await expect(guardianOrders.connect(who).approve(order))
          .to.be.revertedWithCustomError(guardianOrders, "NotOrderingGroup")
          .withArgs(who.address);
      }
      const call = {
        target: guardianOrders,
        data: guardianOrders.interface.encodeFunctionData("approve", [order]),
      };
      await expect(actAsGroup(technologyGroup, [signers.northAdmin, signers.eastAdmin], call))
        .to.be.revertedWithCustomError(guardianOrders, "NotOrderingGroup")
        .withArgs(await technologyGroup.getAddress());
      await approveByEthics(order);
    });

    it("reverts without a document", async () => {
      const { guardianOrders, order, approveByEthics } = await deployOrder();
      await expect(approveByEthics({ ...order, documentHash: ZeroHash }))
        .to.be.revertedWithCustomError(guardianOrders, "ZeroHash")
        .withArgs();
    });

    for (const [name, change] of [
      ["ends at the very second", (now: number) => now],
      ["ended a second before", (now: number) => now - 1],
      ["ends 30 days and a second later", (now: number) => now + MAX_LIFETIME + 1],
      ["ends with time itself", () => 2 ** 40 - 1],
    ] as const) {
      it(`reverts when the order ${name}`, async () => {
        const { guardianOrders, order, approveByEthics, start } = await deployOrder();
        // The group proposes, approves and executes; the order is looked at in the last of the three.
        const now = start + DAY;
        const until = BigInt(change(now));
        await time.setNextBlockTimestamp(now - 2);
        await expect(approveByEthics({ ...order, until }))
          .to.be.revertedWithCustomError(guardianOrders, "PeriodInvalid")
          .withArgs(now, until);
      });
    }

    for (const length of [1, MAX_LIFETIME]) {
      it(`takes an order that ends ${length} s later`, async () => {
        const { guardianOrders, order, approveByEthics, start } = await deployOrder();
        const now = start + DAY;
        await time.setNextBlockTimestamp(now - 2);
        const longest = { ...order, until: BigInt(now + length) };
        await approveByEthics(longest);
        expect(await guardianOrders.orderState(await guardianOrders.orderId(longest))).to.deep.equal([
          true,
          false,
          false,
        ]);
      });
    }

    it("puts the whole order on record, once for each group", async () => {
      const { guardianOrders, order, id, minor, helper1, ...world } = await deployOrder();
      const rest = [ZeroAddress, order.since, order.majority, order.until, DOCUMENT] as const;
      await expect(world.approveByEthics(order))
        .to.emit(guardianOrders, "GuardianOrderApproved")
        .withArgs(id, minor.address, helper1.address, ...rest, Group.ETHICS);
      await expect(world.approveByEthics(order))
        .to.be.revertedWithCustomError(guardianOrders, "OrderAlreadyApproved")
        .withArgs(id, Group.ETHICS);
      await expect(world.approveBySupervision(order))
        .to.emit(guardianOrders, "GuardianOrderApproved")
        .withArgs(id, minor.address, helper1.address, ...rest, Group.SUPERVISION);
      await expect(world.approveBySupervision(order))
        .to.be.revertedWithCustomError(guardianOrders, "OrderAlreadyApproved")
        .withArgs(id, Group.SUPERVISION);
      expect(await guardianOrders.orderState(id)).to.deep.equal([true, true, false]);
    });
  });

  describe("carryOut", () => {
    it("reverts while a group's approval is missing, whichever it is", async () => {
      const { guardianOrders, asAnyone, order, id, ...world } = await deployOrder();
      await expect(asAnyone.carryOut(order))
        .to.be.revertedWithCustomError(guardianOrders, "OrderNotApproved")
        .withArgs(id, Group.ETHICS);
      const snapshot = await networkHelpers.takeSnapshot();
      await world.approveByEthics(order);
      await expect(asAnyone.carryOut(order))
        .to.be.revertedWithCustomError(guardianOrders, "OrderNotApproved")
        .withArgs(id, Group.SUPERVISION);
      await snapshot.restore();
      await world.approveBySupervision(order);
      await expect(asAnyone.carryOut(order))
        .to.be.revertedWithCustomError(guardianOrders, "OrderNotApproved")
        .withArgs(id, Group.ETHICS);
    });

    it("takes no approval of one order for another", async () => {
      const { guardianOrders, asAnyone, order, signers } = await deployApproved();
      for (const change of [
        { guardian: signers.stranger.address },
        { coGuardian: signers.stranger.address },
        { patient: signers.patient.address },
        { majority: order.majority - 1n },
        { until: order.until + 1n },
        { since: order.since + 1n },
        { documentHash: ethers.id("another document") },
      ]) {
        const other = { ...order, ...change };
        await expect(asAnyone.carryOut(other))
          .to.be.revertedWithCustomError(guardianOrders, "OrderNotApproved")
          .withArgs(await guardianOrders.orderId(other), Group.ETHICS);
      }
    });

    it("replaces the guardian at the very second, by anyone's call", async () => {
      const { patients, guardianOrders, asAnyone, order, id, since, assentFrom, ...world } = await deployApproved();
      const { minor, guardian, helper1, signers, majority, start } = world;
      const now = start + 10 * DAY;
      await time.setNextBlockTimestamp(now);
      await expect(asAnyone.carryOut(order))
        .to.emit(patients, "GuardianAppointed")
        .withArgs(minor.address, helper1.address, ZeroAddress, now, assentFrom, majority)
        .and.to.emit(guardianOrders, "GuardianOrderCarriedOut")
        .withArgs(id, minor.address, signers.stranger.address);

      expect(await patients.authority(minor, guardian)).to.deep.equal([0n, 0n]);
      expect(await patients.authority(minor, helper1)).to.deep.equal([2n, BigInt(assentFrom)]);
      expect(await patients.guardianAt(minor, since)).to.equal(guardian.address);
      expect(await patients.guardianAt(minor, now - 1)).to.equal(guardian.address);
      expect(await patients.guardianAt(minor, now)).to.equal(helper1.address);
      expect(await guardianOrders.orderState(id)).to.deep.equal([true, true, true]);
    });

    it("works once", async () => {
      const { guardianOrders, asAnyone, order, id } = await deployApproved();
      await asAnyone.carryOut(order);
      await expect(asAnyone.carryOut(order))
        .to.be.revertedWithCustomError(guardianOrders, "OrderAlreadyCarriedOut")
        .withArgs(id);
    });

    it("cannot be undone by an older order against the same guardian", async () => {
      const { patients, asAnyone, order, minor, approveByEthics, approveBySupervision, signers, since } =
        await deployApproved();
      const older = { ...order, guardian: signers.helper2.address };
      await approveByEthics(older);
      await approveBySupervision(older);
      await asAnyone.carryOut(order);
      await expect(asAnyone.carryOut(older))
        .to.be.revertedWithCustomError(patients, "GuardianNotInForce")
        .withArgs(minor.address, since);
    });

    it("is possible up to the second before the order's end", async () => {
      const { guardianOrders, patients, asAnyone, order, id, minor, helper1 } = await deployApproved();
      const snapshot = await networkHelpers.takeSnapshot();
      for (const late of [0n, 1n]) {
        await time.setNextBlockTimestamp(order.until + late);
        await expect(asAnyone.carryOut(order))
          .to.be.revertedWithCustomError(guardianOrders, "OrderExpired")
          .withArgs(id, order.until);
      }
      await snapshot.restore();
      await time.setNextBlockTimestamp(order.until - 1n);
      await asAnyone.carryOut(order);
      expect((await patients.guardianship(minor)).guardian).to.equal(helper1.address);
    });

    it("reverts for one who has come of age, from that very second on", async () => {
      const suite = await loadFixture(deployGoverned);
      const { patients, signers } = suite;
      const majority = (await time.latest()) + 10 * DAY;
      const minor = signers.otherPatient;
      await patients.connect(minor).appointGuardian(minor, signers.guardian, ZeroAddress, majority, majority);
      const { from } = await patients.guardianship(minor);
      const ordered = { patient: minor.address, since: from, majority: BigInt(majority) };
      const replaced = await approveAs(suite, ordered);
      for (const late of [0, 1]) {
        await time.setNextBlockTimestamp(majority + late);
        await expect(replaced())
          .to.be.revertedWithCustomError(patients, "GuardianNotInForce")
          .withArgs(minor.address, from);
      }
    });

    it("reverts for one who never had a guardian, and for a deactivated one", async () => {
      const suite = await loadFixture(deployGoverned);
      const { patients, signers } = suite;
      const { patient, minor, guardian } = signers;
      const majority = BigInt((await time.latest()) + YEAR);
      const never = await approveAs(suite, { patient: patient.address, since: 0n, majority });
      await expect(never()).to.be.revertedWithCustomError(patients, "GuardianNotInForce").withArgs(patient.address, 0);

      await patients.connect(minor).appointGuardian(minor, guardian, ZeroAddress, majority, majority);
      const since = (await patients.guardianship(minor)).from;
      const ended = await approveAs(suite, { patient: minor.address, since, majority });
      await patients.connect(minor).changeOwner(minor, ZeroAddress);
      await expect(ended()).to.be.revertedWithCustomError(patients, "IdentityDeactivated").withArgs(minor.address);
    });

    it("moves majority to no later time, and the age of assent along with an earlier one", async () => {
      const { patients, asAnyone, order, majority, start } = await deployApproved({
        majority: BigInt(2 ** 40 - 1),
      });
      const now = start + 5 * DAY;
      await time.setNextBlockTimestamp(now);
      await expect(asAnyone.carryOut(order))
        .to.be.revertedWithCustomError(patients, "PeriodInvalid")
        .withArgs(now, 2 ** 40 - 1);

      const later = await deployApproved({ majority: BigInt(majority + 1) });
      await time.setNextBlockTimestamp(now);
      await expect(later.asAnyone.carryOut(later.order))
        .to.be.revertedWithCustomError(patients, "PeriodInvalid")
        .withArgs(now, majority + 1);

      const soon = BigInt(start + 10 * DAY);
      const earlier = await deployApproved({ majority: soon });
      await earlier.asAnyone.carryOut(earlier.order);
      const { assentFrom, majority: shortened } = await earlier.patients.guardianship(earlier.minor);
      expect([assentFrom, shortened]).to.deep.equal([soon, soon]);
    });

    it("appoints neither nobody, the minor's own wallet, nor the same one twice", async () => {
      const { minor, helper1 } = await deployOrder();
      for (const [change, named] of [
        [{ guardian: ZeroAddress }, ZeroAddress],
        [{ guardian: minor.address }, minor.address],
        [{ coGuardian: minor.address }, minor.address],
        [{ coGuardian: helper1.address }, helper1.address],
      ] as const) {
        const { patients, asAnyone, order } = await deployApproved(change);
        await expect(asAnyone.carryOut(order))
          .to.be.revertedWithCustomError(patients, "GuardianInvalid")
          .withArgs(minor.address, named);
      }
    });

    it("leaves the former guardian's consents to the new one, and voids what nobody had sent yet", async () => {
      const { patients, consents, asAnyone, order, minor, guardian, helper1, ...world } = await deployApproved();
      const { signers, start, majority } = world;
      const contract = { chainId: 20_261, verifyingContract: (await consents.getAddress()) as Address };
      const draw = (notice: string) =>
        createConsent({
          patient: minor.address as Address,
          epoch: 0,
          notice: ethers.id(notice) as Hex,
          policy: encodePolicyWord({
            purposes: ["TREAT"],
            categories: ["labs"],
            level: 2,
            validUntil: majority,
            recipients: ["hospital"],
            flags: ["autoApprove", "guardianSigned"],
          }),
        });
      const [given, unsent] = [draw("given"), draw("not sent")];
      await consents.connect(guardian).give(given.terms, given.details);
      const deadline = BigInt(start + YEAR);
      const form = { ...contract, ...unsent, signer: guardian.address as Address, deadline };
      const signed = await signGiveConsent(typedDataSigner(guardian), form);

      const now = start + 10 * DAY;
      await time.setNextBlockTimestamp(now);
      await asAnyone.carryOut(order);
      expect(await consents.isInForce(given.id, now)).to.equal(true);
      for (const act of [
        consents.connect(signers.stranger).giveBySignature(signed),
        consents.connect(guardian).give(unsent.terms, unsent.details),
        consents.connect(guardian).withdraw(given.id),
        consents.connect(guardian).withdrawAll(minor),
      ]) {
        await expect(act)
          .to.be.revertedWithCustomError(consents, "NoAuthority")
          .withArgs(minor.address, guardian.address);
      }
      await consents.connect(helper1).withdrawAll(minor);
      expect(await consents.isInForce(given.id, await time.latest())).to.equal(false);
      expect(await patients.authority(minor, guardian)).to.deep.equal([0n, 0n]);
    });

    it("ends the former guardian's mandates", async () => {
      const { patients, asAnyone, order, minor, guardian, signers, majority } = await deployApproved();
      const mandate = BigInt(majority) << 144n;
      await patients.connect(guardian).giveMandate(minor, signers.dataTrust, mandate);
      expect((await patients.authority(minor, signers.dataTrust))[0]).to.equal(3n);
      await asAnyone.carryOut(order);
      expect(await patients.authority(minor, signers.dataTrust)).to.deep.equal([0n, 0n]);
      expect(await patients.mandate(minor, signers.dataTrust)).to.equal(0n);
    });
  });

  /** Has both groups approve an order for the guardian's place, and returns its being carried out. */
  async function approveAs(
    suite: Awaited<ReturnType<typeof deployGoverned>>,
    { patient, since, majority }: Pick<Order, "patient" | "since" | "majority">,
  ) {
    const { guardianOrders, ethicsGroup, supervisionGroup, signers } = suite;
    const order: Order = {
      ...{ patient, since, majority },
      guardian: signers.helper1.address,
      coGuardian: ZeroAddress,
      until: BigInt((await time.latest()) + 20 * DAY),
      documentHash: DOCUMENT,
    };
    const call = { target: guardianOrders, data: guardianOrders.interface.encodeFunctionData("approve", [order]) };
    await actAsGroup(ethicsGroup, [signers.southAdmin, signers.instituteAdmin], call);
    await actAsGroup(supervisionGroup, [signers.northAdmin, signers.eastAdmin], call);
    return () => guardianOrders.connect(signers.stranger).carryOut(order);
  }
});
