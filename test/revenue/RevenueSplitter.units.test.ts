import { expect } from "chai";
import type { Address, Hex } from "viem";
import { NO_CONSENT } from "@consilium/sdk";
import { ethers } from "../fixtures/consilium.ts";
import {
  agreementIdOf,
  CUSTODIAN_SHARES,
  DAY,
  deliver,
  deployAgreement,
  deployAllRules,
  dustOf,
  entitlementOf,
  entitlementsOf,
  grantCohort,
  loadFixture,
  openAgreement,
  openStudy,
  owed,
  quietPatients,
  REASON,
  REFERENCE,
  requestOne,
  time,
  UnitRule,
  UNKNOWN,
  ZERO_HASH,
} from "./revenueFixtures.ts";

const { ZeroAddress, ZeroHash } = ethers;
const PRODUCT = ethers.id("product") as Hex;

describe("RevenueSplitter, units", () => {
  for (const rule of ["RECORD", "PATIENT"] as const) {
    const unitRule = UnitRule[rule];
    describe(`enroll, by the rule ${rule}`, () => {
      const deployOpen = async () => {
        const suite = await loadFixture(deployAgreement);
        return { ...suite, id: await openAgreement(suite, { product: PRODUCT, unitRule }) };
      };

      it("reverts without an agreement", async () => {
        const suite = await deployOpen();
        const { splitter, asStranger, study } = suite;
        const other = await openStudy(suite, "other protocol");
        const grant = await grantCohort(suite, other, quietPatients(1));
        const free = await grantCohort(suite, ZERO_HASH, quietPatients(1));
        for (const [unknown, of] of [
          [other, grant],
          [ZERO_HASH, free],
          [UNKNOWN, grant],
          [agreementIdOf(study, UNKNOWN), grant],
        ] as const) {
          await expect(asStranger.enroll(unknown, entitlementOf(of, 0)))
            .to.be.revertedWithCustomError(splitter, "AgreementUnknown")
            .withArgs(unknown);
          for (const list of [entitlementsOf(of), []]) {
            await expect(asStranger.enrollMany(unknown, list))
              .to.be.revertedWithCustomError(splitter, "AgreementUnknown")
              .withArgs(unknown);
          }
        }
      });

      it("reverts for a grant that is none: unknown, denied, or waiting for review", async () => {
        const suite = await deployOpen();
        const { splitter, broker, signers, study, asStranger, id } = suite;
        const granted = await grantCohort(suite, study, quietPatients(1));
        const waiting = await requestOne(suite, study, quietPatients(1)[0]!, 1);
        expect((await broker.grant(waiting.id)).decision).to.equal(3n);
        // Level 2 without the patient's consent.
        const { batch } = granted.members[0]!;
        const request = {
          ...{ study, word: 1n << 19n, salt: 1n, batch, proof: [], consent: NO_CONSENT },
          record: { patient: quietPatients(1)[0]!, commitment: REASON as Hex, meta: 0n },
        };
        const denied = (await broker.requestId(signers.researcher, request)) as Hex;
        await broker.connect(signers.researcher).request(request);
        expect((await broker.grant(denied)).decision).to.equal(2n);

        for (const [grant, of] of [
          [UNKNOWN, granted],
          [denied, granted],
          [waiting.id, waiting],
        ] as const) {
          const entitlement = { ...entitlementOf(of, 0), grant };
          await expect(asStranger.enroll(id, entitlement))
            .to.be.revertedWithCustomError(splitter, "NotEnrollable")
            .withArgs(id, grant);
          await expect(asStranger.enrollMany(id, [entitlement]))
            .to.be.revertedWithCustomError(splitter, "NotEnrollable")
            .withArgs(id, grant);
        }
      });

      it("reverts without proof of a member, of another grant, study, or place", async () => {
        const suite = await deployOpen();
        const { splitter, study, asStranger, id } = suite;
        const other = await openStudy(suite, "other protocol");
        const ofOther = await openAgreement(suite, { study: other, unitRule });
        const grant = await grantCohort(suite, study, quietPatients(3));
        const foreign = await grantCohort(suite, study, quietPatients(3, 4));
        const { member, proof } = entitlementOf(grant, 0);
        for (const [shown, by, agreement] of [
          [foreign.members[0]!, foreign.proofs[0]!, id],
          [member, grant.proofs[1]!, id],
          [member, [], id],
          [{ ...member, study: other }, proof, ofOther],
          [member, proof, ofOther],
          [{ ...member, patient: quietPatients(1, 9)[0]! }, proof, id],
          [{ ...member, consent: UNKNOWN }, proof, id],
          [{ ...member, batch: UNKNOWN }, proof, id],
          [{ ...member, record: UNKNOWN }, proof, id],
        ] as const) {
          await expect(asStranger.enroll(agreement, { grant: grant.id, member: shown, proof: [...by] }))
            .to.be.revertedWithCustomError(splitter, "NotEnrollable")
            .withArgs(agreement, grant.id);
        }
        for (const agreement of [id, ofOther]) expect((await splitter.agreement(agreement)).units).to.equal(0n);
      });

      it("enrols nobody when one of many is not enrollable", async () => {
        const suite = await deployOpen();
        const { splitter, asStranger, id } = suite;
        const grant = await grantCohort(suite, suite.study, quietPatients(2));
        const [first, second] = entitlementsOf(grant);
        await expect(asStranger.enrollMany(id, [first!, { ...second!, grant: UNKNOWN }]))
          .to.be.revertedWithCustomError(splitter, "NotEnrollable")
          .withArgs(id, UNKNOWN);
        expect((await splitter.agreement(id)).units).to.equal(0n);
      });

      it("reverts the second time, and passes over who is enrolled among many", async () => {
        const suite = await deployOpen();
        const { splitter, asStranger, id } = suite;
        const grant = await grantCohort(suite, suite.study, quietPatients(3));
        const entitlements = entitlementsOf(grant);
        await asStranger.enrollMany(id, [...entitlements, ...entitlements]);
        expect((await splitter.agreement(id)).units).to.equal(3n);
        for (const entitlement of entitlements) {
          await expect(asStranger.enroll(id, entitlement))
            .to.be.revertedWithCustomError(splitter, "AlreadyEnrolled")
            .withArgs(id, grant.id);
        }
        const again = asStranger.enrollMany(id, entitlements);
        await expect(again).not.to.emit(splitter, "GrantEnrolled");
        await expect(again).not.to.emit(splitter, "PatientEnrolled");
        expect((await splitter.agreement(id)).units).to.equal(3n);
      });

      it("counts for one agreement only", async () => {
        const suite = await deployOpen();
        const { splitter, asStranger, id } = suite;
        const grant = await grantCohort(suite, suite.study, quietPatients(2));
        await asStranger.enrollMany(id, entitlementsOf(grant));
        expect((await splitter.agreement(suite.study)).units).to.equal(0n);
        await asStranger.enroll(suite.study, entitlementOf(grant, 0));
        expect((await splitter.agreement(suite.study)).units).to.equal(2n);
      });

      it("counts a grant that was revoked or is over, so that nobody can shut patients out", async () => {
        const suite = await deployOpen();
        const { splitter, broker, study, signers, asStranger, id } = suite;
        const grants = [
          await grantCohort(suite, study, quietPatients(1)),
          await grantCohort(suite, study, quietPatients(1, 2)),
        ];
        await broker.connect(signers.researcher).revokeGrant(grants[0]!.id, REASON);
        await time.increase(200 * DAY);
        for (const grant of grants) await asStranger.enroll(id, entitlementOf(grant, 0));
        expect((await splitter.agreement(id)).units).to.equal(2n);
      });

      it("leaves what is due to the others as it was, and earns from later deposits only", async () => {
        const suite = await deployOpen();
        const { splitter, study, asDepositor, asStranger, id } = suite;
        const grant = await grantCohort(suite, study, quietPatients(2));
        await asStranger.enrollMany(id, entitlementsOf(grant));
        await asDepositor.deposit(id, 1_001n, REFERENCE);
        const before = await owed(suite, id, entitlementsOf(grant));
        const late = await grantCohort(suite, study, quietPatients(1, 3));
        await asStranger.enroll(id, entitlementOf(late, 0));
        expect(await owed(suite, id, entitlementsOf(grant))).to.equal(before);
        expect(await splitter.dueToMember(id, late.id, late.members[0]!)).to.equal(0n);
        await expect(asStranger.claim(id, entitlementOf(late, 0)))
          .to.be.revertedWithCustomError(splitter, "NothingDue")
          .withArgs(id, late.members[0]!.patient);

        await asDepositor.deposit(id, 1_000n, REFERENCE);
        await asStranger.claim(id, entitlementOf(late, 0));
        expect(await suite.token.balanceOf(late.members[0]!.patient)).to.equal(200n);
        expect(await splitter.dueToMember(id, grant.id, grant.members[0]!)).to.equal(500n);
      });
    });
  }

  describe("enroll, by records", () => {
    it("counts the members of cohorts and single grants, by anyone's call, and says so", async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, study, signers, asStranger, id } = suite;
      const cohort = await grantCohort(suite, study, quietPatients(5));
      const single = await requestOne(suite, study, signers.patient.address as Address, 2);
      await expect(asStranger.enroll(id, entitlementOf(cohort, 3)))
        .to.emit(splitter, "GrantEnrolled")
        .withArgs(id, cohort.id, 5n, 5n);
      const enrolling = asStranger.enroll(id, entitlementOf(single, 0));
      await expect(enrolling).to.emit(splitter, "GrantEnrolled").withArgs(id, single.id, 1n, 6n);
      await expect(enrolling).not.to.emit(splitter, "PatientEnrolled");
      expect((await splitter.agreement(id)).units).to.equal(6n);
    });
  });

  describe("enroll, by patients", () => {
    it("counts the patient, by anyone's call, and says so", async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, study, asStranger } = suite;
      const id = await openAgreement(suite, { product: PRODUCT, unitRule: UnitRule.PATIENT });
      const cohort = await grantCohort(suite, study, quietPatients(5));
      const single = await requestOne(suite, study, suite.signers.patient.address as Address, 2);
      for (const [grant, index, units] of [
        [cohort, 3, 1n],
        [cohort, 0, 2n],
        [single, 0, 3n],
      ] as const) {
        const enrolling = asStranger.enroll(id, entitlementOf(grant, index));
        await expect(enrolling)
          .to.emit(splitter, "PatientEnrolled")
          .withArgs(id, grant.id, grant.members[index]!.patient, units);
        await expect(enrolling).not.to.emit(splitter, "GrantEnrolled");
      }
      expect((await splitter.agreement(id)).units).to.equal(3n);
    });

    it("counts a patient once over several grants and records", async () => {
      const suite = await loadFixture(deployAllRules);
      const { splitter, study, asStranger, asDepositor, byPatients, grant, signers } = suite;
      const patient = signers.patient.address as Address;
      const more = await grantCohort(suite, study, [patient, patient]);
      await expect(asStranger.enroll(byPatients, entitlementOf(more, 0)))
        .to.be.revertedWithCustomError(splitter, "AlreadyEnrolled")
        .withArgs(byPatients, more.id);
      await asStranger.enrollMany(byPatients, entitlementsOf(more));
      expect((await splitter.agreement(byPatients)).units).to.equal(2n);

      await asDepositor.deposit(byPatients, 1_000n, REFERENCE);
      for (const { id, members } of [grant, more]) {
        for (const member of members) expect(await splitter.dueToMember(byPatients, id, member)).to.equal(300n);
      }
      await asStranger.claimMany(byPatients, entitlementsOf(grant, more));
      expect(await suite.token.balanceOf(patient)).to.equal(300n);
      expect(await suite.token.balanceOf(signers.otherPatient)).to.equal(300n);
    });
  });

  describe("countDelivery", () => {
    const deployCustodians = async () => {
      const suite = await loadFixture(deployAgreement);
      const id = await openAgreement(suite, { product: PRODUCT, shares: CUSTODIAN_SHARES });
      const north = await grantCohort(suite, suite.study, quietPatients(3));
      const south = await grantCohort(suite, suite.study, quietPatients(2, 4), { custodian: "south" });
      await suite.asStranger.enrollMany(id, entitlementsOf(north, south));
      return { ...suite, id, north, south };
    };

    it("reverts without an agreement", async () => {
      const { splitter, asStranger, north } = await deployCustodians();
      for (const unknown of [UNKNOWN, ZeroHash]) {
        await expect(asStranger.countDelivery(unknown, north.id, north.members[0]!))
          .to.be.revertedWithCustomError(splitter, "AgreementUnknown")
          .withArgs(unknown);
      }
    });

    it("reverts for what no gateway has logged", async () => {
      const suite = await deployCustodians();
      const { splitter, asStranger, id, north, south } = suite;
      await deliver(suite, north, 0);
      for (const [grant, member] of [
        [north.id, north.members[1]!],
        [south.id, north.members[0]!],
        [UNKNOWN, north.members[0]!],
        [ZeroHash, north.members[0]!],
        [north.id, { ...north.members[0]!, record: UNKNOWN }],
        [north.id, { ...north.members[0]!, patient: ZeroAddress }],
      ] as const) {
        await expect(asStranger.countDelivery(id, grant, member))
          .to.be.revertedWithCustomError(splitter, "DeliveryNotCountable")
          .withArgs(id, grant);
      }
      expect((await splitter.agreement(id)).custodianUnits).to.equal(0n);
    });

    it("reverts for another study's", async () => {
      const suite = await deployCustodians();
      const { splitter, asStranger, north } = suite;
      const other = await openStudy(suite, "other protocol");
      const ofOther = await openAgreement(suite, { study: other, shares: CUSTODIAN_SHARES });
      await deliver(suite, north, 0);
      for (const member of [north.members[0]!, { ...north.members[0]!, study: other }]) {
        await expect(asStranger.countDelivery(ofOther, north.id, member))
          .to.be.revertedWithCustomError(splitter, "DeliveryNotCountable")
          .withArgs(ofOther, north.id);
      }
    });

    it("counts it once, however often it was logged, by anyone's call, and says so", async () => {
      const suite = await deployCustodians();
      const { splitter, asStranger, id, members, north, south } = suite;
      await deliver(suite, north, 1);
      await expect(asStranger.countDelivery(id, north.id, north.members[1]!))
        .to.emit(splitter, "DeliveryCounted")
        .withArgs(id, north.id, members["northHospital"]!, north.members[1]!.record, 1n);
      await deliver(suite, north, 1);
      await expect(asStranger.countDelivery(id, north.id, north.members[1]!))
        .to.be.revertedWithCustomError(splitter, "DeliveryNotCountable")
        .withArgs(id, north.id);
      await deliver(suite, south, 0);
      await expect(asStranger.countDelivery(id, south.id, south.members[0]!))
        .to.emit(splitter, "DeliveryCounted")
        .withArgs(id, south.id, members["southHospital"]!, south.members[0]!.record, 2n);
      expect((await splitter.agreement(id)).custodianUnits).to.equal(2n);
    });

    it("counts a delivery for each agreement of the study by itself, with or without a share of custodians", async () => {
      const suite = await deployCustodians();
      const { splitter, asStranger, north } = suite;
      await deliver(suite, north, 0);
      for (const id of [suite.id, suite.study]) {
        await asStranger.countDelivery(id, north.id, north.members[0]!);
        expect((await splitter.agreement(id)).custodianUnits).to.equal(1n);
      }
    });

    it("counts it also once the grant is revoked, the custodian suspended or expelled", async () => {
      const suite = await deployCustodians();
      const { splitter, broker, institutions, asStranger, signers, members, id, north, south } = suite;
      await deliver(suite, north, 0);
      await deliver(suite, south, 0);
      await broker.connect(signers.researcher).revokeGrant(north.id, REASON);
      const until = (await time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(members["northHospital"]!, until, REASON);
      await institutions.connect(signers.supervision).expel(members["southHospital"]!, REASON);
      await asStranger.countDelivery(id, north.id, north.members[0]!);
      await asStranger.countDelivery(id, south.id, south.members[0]!);
      expect((await splitter.agreement(id)).custodianUnits).to.equal(2n);
    });

    it("earns by units from later deposits only", async () => {
      const suite = await deployCustodians();
      const { splitter, asStranger, asDepositor, id, members, north, south } = suite;
      const duesOf = () =>
        Promise.all(
          ["northHospital", "southHospital", "eastHospital"].map((name) => splitter.dueToCustodian(id, members[name]!)),
        );
      const count = async (grant: typeof north, index: number) => {
        await deliver(suite, grant, index);
        await asStranger.countDelivery(id, grant.id, grant.members[index]!);
      };
      await count(north, 0);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      expect(await duesOf()).to.deep.equal([200n, 0n, 0n]);
      await count(south, 0);
      expect(await duesOf()).to.deep.equal([200n, 0n, 0n]);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      expect(await duesOf()).to.deep.equal([300n, 100n, 0n]);
      await count(north, 1);
      await count(north, 2);
      // Twice before anything is settled.
      await asDepositor.deposit(id, 500n, REFERENCE);
      await asDepositor.deposit(id, 1_500n, REFERENCE);
      expect(await duesOf()).to.deep.equal([600n, 200n, 0n]);
      expect(await splitter.dueToCustodian(id, 0)).to.equal(0n);
      expect(await dustOf(suite, suite.token, [{ id, entitlements: entitlementsOf(north, south) }])).to.equal(0n);
    });
  });
});
