import { expect } from "chai";
import type { Address, Hex } from "viem";
import { ethers } from "../fixtures/consilium.ts";
import {
  agreementIdOf,
  DAY,
  deployAgreement,
  dustOf,
  enrollAll,
  entitlementOf,
  entitlementsOf,
  grantCohort,
  loadFixture,
  openAgreement,
  openStudy,
  owed,
  quietPatients,
  REASON,
  recordsOf,
  REFERENCE,
  requestOne,
  time,
  UnitRule,
  UNKNOWN,
  unproven,
  ZERO_HASH,
} from "./revenueFixtures.ts";

const PRODUCT = ethers.id("product") as Hex;
/** By the policy word's order. */
const [IDENTITY, LABS, CLAIMS] = [0n, 3n, 10n];

async function deployCategories() {
  const suite = await loadFixture(deployAgreement);
  return { ...suite, id: await openAgreement(suite, { product: PRODUCT, unitRule: UnitRule.CATEGORY }) };
}

/** Of one patient two records of labs and one of claims, of another one of labs. */
async function deployMixed() {
  const suite = await loadFixture(deployCategories);
  const [one, other] = quietPatients(2) as [Address, Address];
  const grant = await grantCohort(suite, suite.study, [one, one, one, other], {
    categories: ["labs", "labs", "claims", "labs"],
  });
  const places = (patient: Address, category: bigint) =>
    grant.members.flatMap((member, index) =>
      member.patient === patient && (grant.records[index]!.meta >> 40n) % 256n === category ? [index] : [],
    );
  const [labs, moreLabs] = places(one, LABS) as [number, number];
  return {
    ...suite,
    one,
    other,
    grant,
    labs,
    moreLabs,
    claims: places(one, CLAIMS)[0]!,
    ofOther: places(other, LABS)[0]!,
  };
}

describe("RevenueSplitter, units by categories", () => {
  describe("enrollCategories", () => {
    it("reverts without an agreement", async () => {
      const suite = await loadFixture(deployCategories);
      const { splitter, asStranger, study } = suite;
      const grant = await grantCohort(suite, study, quietPatients(1));
      for (const unknown of [UNKNOWN, ZERO_HASH, agreementIdOf(study, UNKNOWN)]) {
        for (const grants of [[grant], []]) {
          await expect(asStranger.enrollCategories(unknown, entitlementsOf(...grants), recordsOf(...grants)))
            .to.be.revertedWithCustomError(splitter, "AgreementUnknown")
            .withArgs(unknown);
        }
      }
    });

    it("reverts under an agreement by records or patients, whose ways in are closed to this rule", async () => {
      const suite = await loadFixture(deployCategories);
      const { splitter, asStranger, study, id } = suite;
      const grant = await grantCohort(suite, study, quietPatients(1));
      const byPatients = await openAgreement(suite, { product: UNKNOWN, unitRule: UnitRule.PATIENT });
      for (const other of [suite.study, byPatients]) {
        await expect(asStranger.enrollCategories(other, entitlementsOf(grant), recordsOf(grant)))
          .to.be.revertedWithCustomError(splitter, "NotEnrollable")
          .withArgs(other, grant.id);
      }
      for (const enrolling of [
        () => asStranger.enroll(id, entitlementOf(grant, 0)),
        () => asStranger.enrollMany(id, entitlementsOf(grant)),
      ]) {
        await expect(enrolling()).to.be.revertedWithCustomError(splitter, "NotEnrollable").withArgs(id, grant.id);
      }
      for (const agreement of [id, suite.study, byPatients]) {
        expect((await splitter.agreement(agreement)).units).to.equal(0n);
      }
    });

    it("reverts for a grant that is unknown or waits for review, and of another study", async () => {
      const suite = await loadFixture(deployCategories);
      const { splitter, asStranger, study, id } = suite;
      const granted = await grantCohort(suite, study, quietPatients(1));
      const waiting = await requestOne(suite, study, quietPatients(1)[0]!, 1);
      const foreign = await grantCohort(suite, await openStudy(suite, "other protocol"), quietPatients(1));
      for (const [entitlement, of] of [
        [{ ...entitlementOf(granted, 0), grant: UNKNOWN }, granted],
        [entitlementOf(waiting, 0), waiting],
        [entitlementOf(foreign, 0), foreign],
        [{ ...entitlementOf(foreign, 0), member: { ...foreign.members[0]!, study } }, foreign],
      ] as const) {
        await expect(asStranger.enrollCategories(id, [entitlement], recordsOf(of)))
          .to.be.revertedWithCustomError(splitter, "NotEnrollable")
          .withArgs(id, entitlement.grant);
      }
    });

    it("reverts without proof of the member, whose every field counts", async () => {
      const { splitter, asStranger, id, grant } = await loadFixture(deployMixed);
      const { member, proof } = entitlementOf(grant, 0);
      for (const [shown, by] of [
        [{ ...member, patient: quietPatients(1, 9)[0]! }, proof],
        [{ ...member, consent: UNKNOWN }, proof],
        [{ ...member, batch: UNKNOWN }, proof],
        [member, []],
        [member, grant.proofs[1]!],
      ] as const) {
        const entitlement = { grant: grant.id, member: shown, proof: [...by] };
        await expect(asStranger.enrollCategories(id, [entitlement], [grant.records[0]!]))
          .to.be.revertedWithCustomError(splitter, "NotEnrollable")
          .withArgs(id, grant.id);
      }
    });

    it("reverts for any other record than the member's, so that nobody chooses a category", async () => {
      const { splitter, records, asStranger, id, grant, labs, claims, one, other } = await loadFixture(deployMixed);
      const record = grant.records[labs]!;
      expect(record.patient).to.equal(one);
      for (const shown of [
        { ...record, meta: record.meta ^ (1n << 40n) },
        { ...record, meta: record.meta | (1n << 200n) },
        { ...record, commitment: UNKNOWN },
        { ...record, patient: other },
        grant.records[claims]!,
      ]) {
        await expect(asStranger.enrollCategories(id, [entitlementOf(grant, labs)], [shown]))
          .to.be.revertedWithCustomError(splitter, "NotEnrollable")
          .withArgs(id, grant.id);
      }
      // Nor does a member who names the made-up record stand in the grant.
      const forged = { ...record, meta: record.meta ^ (1n << 40n) };
      const member = { ...grant.members[labs]!, record: (await records.leafOf(forged)) as Hex };
      await expect(asStranger.enrollCategories(id, [{ ...entitlementOf(grant, labs), member }], [forged]))
        .to.be.revertedWithCustomError(splitter, "NotEnrollable")
        .withArgs(id, grant.id);
    });

    it("reverts unless there is one record for each member", async () => {
      const { splitter, asStranger, id, grant } = await loadFixture(deployMixed);
      const [entitlements, records] = [entitlementsOf(grant), recordsOf(grant)];
      for (const [some, of] of [
        [entitlements, records.slice(1)],
        [entitlements.slice(1), records],
        [[], records],
        [entitlements, []],
      ] as const) {
        await expect(asStranger.enrollCategories(id, [...some], [...of]))
          .to.be.revertedWithCustomError(splitter, "RecordsMismatched")
          .withArgs(some.length, of.length);
      }
      expect((await splitter.agreement(id)).units).to.equal(0n);
      await asStranger.enrollCategories(id, [], []);
    });

    it("enrols nobody when one of many is not enrollable", async () => {
      const { splitter, asStranger, id, grant } = await loadFixture(deployMixed);
      const [first, ...others] = entitlementsOf(grant);
      await expect(
        asStranger.enrollCategories(
          id,
          [...others, { ...first!, proof: [] }],
          [...recordsOf(grant).slice(1), grant.records[0]!],
        ),
      )
        .to.be.revertedWithCustomError(splitter, "NotEnrollable")
        .withArgs(id, grant.id);
      expect((await splitter.agreement(id)).units).to.equal(0n);
    });

    it("counts each category of a patient once, over records and grants, by anyone's call, and says so", async () => {
      const suite = await loadFixture(deployMixed);
      const { splitter, asStranger, study, id, grant, labs, claims, ofOther, one } = suite;
      const order = [labs, claims, ofOther];
      const enrolling = asStranger.enrollCategories(
        id,
        order.map((index) => entitlementOf(grant, index)),
        order.map((index) => grant.records[index]!),
      );
      for (const [index, category, units] of [
        [labs, LABS, 1n],
        [claims, CLAIMS, 2n],
        [ofOther, LABS, 3n],
      ] as const) {
        const { patient, batch, record } = grant.members[index]!;
        await expect(enrolling)
          .to.emit(splitter, "CategoryEnrolled")
          .withArgs(id, grant.id, patient, batch, record, category, units);
      }
      await expect(enrolling).not.to.emit(splitter, "GrantEnrolled");
      await expect(enrolling).not.to.emit(splitter, "PatientEnrolled");

      const later = await grantCohort(suite, study, [one, one, one], { categories: ["labs", "claims", "labs"] });
      for (const again of [grant, later]) {
        await expect(asStranger.enrollCategories(id, entitlementsOf(again), recordsOf(again))).not.to.emit(
          splitter,
          "CategoryEnrolled",
        );
      }
      expect((await splitter.agreement(id)).units).to.equal(3n);

      const single = await grantCohort(suite, study, [one], { categories: ["identity"] });
      await expect(asStranger.enrollCategories(id, entitlementsOf(single, single), recordsOf(single, single)))
        .to.emit(splitter, "CategoryEnrolled")
        .withArgs(id, single.id, one, single.members[0]!.batch, single.members[0]!.record, IDENTITY, 4n);
      expect((await splitter.agreement(id)).units).to.equal(4n);
    });

    it("counts a grant for one record, and one that was revoked or is over", async () => {
      const suite = await loadFixture(deployCategories);
      const { splitter, broker, signers, study, id } = suite;
      const single = await requestOne(suite, study, signers.patient.address as Address, 2);
      const cohort = await grantCohort(suite, study, quietPatients(1));
      await broker.connect(signers.researcher).revokeGrant(cohort.id, REASON);
      await time.increase(200 * DAY);
      await enrollAll(suite, id, single, cohort);
      expect((await splitter.agreement(id)).units).to.equal(2n);
    });

    it("counts for one agreement only", async () => {
      const suite = await loadFixture(deployMixed);
      const { splitter, id, grant } = suite;
      const another = await openAgreement(suite, { product: UNKNOWN, unitRule: UnitRule.CATEGORY });
      await enrollAll(suite, id, grant);
      expect((await splitter.agreement(another)).units).to.equal(0n);
      await enrollAll(suite, another, grant);
      for (const agreement of [id, another]) expect((await splitter.agreement(agreement)).units).to.equal(3n);
    });

    it("leaves what is due to the others as it was, and earns from later deposits only", async () => {
      const suite = await loadFixture(deployMixed);
      const { splitter, token, study, asStranger, asDepositor, id, grant, one } = suite;
      await enrollAll(suite, id, grant);
      await asDepositor.deposit(id, 1_001n, REFERENCE);
      const before = await owed(suite, id, entitlementsOf(grant));
      const late = await grantCohort(suite, study, [one], { categories: ["identity"] });
      await enrollAll(suite, id, late);
      expect(await owed(suite, id, entitlementsOf(grant))).to.equal(before);
      expect(await splitter.dueToMember(id, late.id, late.members[0]!)).to.equal(0n);
      await asDepositor.deposit(id, 999n, REFERENCE);
      await asStranger.claim(id, entitlementOf(late, 0));
      expect(await token.balanceOf(one)).to.equal(150n);
      expect(await dustOf(suite, token, [{ id, entitlements: entitlementsOf(grant, late) }])).to.be.within(0n, 8n);
    });
  });

  describe("claims", () => {
    /** Three units, 200 for each. */
    const deployMixedPaid = async () => {
      const suite = await loadFixture(deployMixed);
      const { asStranger, asDepositor, id, grant, labs, claims, ofOther } = suite;
      const order = [labs, claims, ofOther];
      await asStranger.enrollCategories(
        id,
        order.map((index) => entitlementOf(grant, index)),
        order.map((index) => grant.records[index]!),
      );
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      return { ...suite, enrolled: order.map((index) => entitlementOf(grant, index)) };
    };

    it("pay each category by the record that stands for it, without a proof, whoever calls", async () => {
      const { splitter, token, asStranger, id, grant, labs, claims, one } = await loadFixture(deployMixedPaid);
      for (const index of [labs, claims]) {
        const { batch, record } = grant.members[index]!;
        const claiming = asStranger.claim(id, unproven(entitlementOf(grant, index)));
        await expect(claiming).to.emit(splitter, "PatientPaid").withArgs(id, grant.id, one, batch, record, one, 200n);
        await expect(claiming).to.changeTokenBalances(ethers, token, [splitter, one], [-200n, 200n]);
        await expect(asStranger.claim(id, entitlementOf(grant, index)))
          .to.be.revertedWithCustomError(splitter, "NothingDue")
          .withArgs(id, one);
      }
    });

    it("pay nothing for the category's other records, nor for what is no member", async () => {
      const suite = await loadFixture(deployMixedPaid);
      const { splitter, token, asStranger, study, id, grant, labs, moreLabs, one, signers } = suite;
      const later = await grantCohort(suite, study, [one]);
      await enrollAll(suite, id, later);
      const { member, proof } = entitlementOf(grant, labs);
      const shown = [
        entitlementOf(grant, moreLabs),
        entitlementOf(later, 0),
        { grant: later.id, member, proof },
        { grant: UNKNOWN, member, proof },
        ...[
          { ...member, study: UNKNOWN },
          { ...member, patient: signers.stranger.address as Address },
          { ...member, consent: UNKNOWN },
          { ...member, batch: UNKNOWN },
          { ...member, record: UNKNOWN },
        ].map((forged) => ({ grant: grant.id, member: forged, proof })),
      ];
      for (const entitlement of shown) {
        for (const claiming of [
          () => asStranger.claim(id, entitlement),
          () => asStranger.claimMany(id, [entitlementOf(grant, labs), entitlement]),
        ]) {
          await expect(claiming())
            .to.be.revertedWithCustomError(splitter, "NotEnrolled")
            .withArgs(id, entitlement.grant);
        }
        expect(await splitter.dueToMember(id, entitlement.grant, entitlement.member)).to.equal(0n);
      }
      expect(await token.balanceOf(splitter)).to.equal(1_000n);
    });

    it("pay as often as there are categories, and no unit twice", async () => {
      const suite = await loadFixture(deployMixedPaid);
      const { token, asStranger, id, enrolled, one, other } = suite;
      await asStranger.claimMany(id, [...enrolled, ...enrolled]);
      expect(await token.balanceOf(one)).to.equal(400n);
      expect(await token.balanceOf(other)).to.equal(200n);
      expect(await dustOf(suite, token, [{ id, entitlements: enrolled }])).to.equal(0n);
    });
  });
});
