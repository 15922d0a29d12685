import { expect } from "chai";
import type { Address, Hex } from "viem";
import { ethers } from "../fixtures/consilium.ts";
import {
  deployAgreement,
  deployEnrolled,
  deployPaid,
  deployAllRules,
  dustOf,
  enrollAll,
  entitlementOf,
  entitlementsOf,
  fundDepositor,
  grantCohort,
  loadFixture,
  openAgreement,
  openStudy,
  quietPatients,
  REFERENCE,
  RULES,
  UNKNOWN,
  unproven,
  UnitRule,
  ZERO_HASH,
  type Entitlement,
  type Rule,
} from "./revenueFixtures.ts";

const { ZeroAddress, ZeroHash } = ethers;
const PRODUCT = ethers.id("product") as Hex;

/** An agreement in a token that refuses some recipients, with 200 due to each of three patients. */
async function deployBlocklist() {
  const suite = await loadFixture(deployAgreement);
  const token = await ethers.deployContract("BlocklistToken");
  const id = await openAgreement(suite, { product: PRODUCT, token });
  await fundDepositor(suite, token);
  const patients = quietPatients(3);
  const grant = await grantCohort(suite, suite.study, patients);
  await suite.asStranger.enroll(id, entitlementOf(grant, 0));
  await suite.asDepositor.deposit(id, 1_000n, REFERENCE);
  return { ...suite, token, id, grant, entitlements: entitlementsOf(grant) };
}
describe("RevenueSplitter, claims", () => {
  describe("claim, by records", () => {
    it("reverts before the grant is enrolled", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, asStranger, id } = suite;
      const grant = await grantCohort(suite, suite.study, quietPatients(1));
      await suite.asDepositor.deposit(id, 1_000n, REFERENCE);
      const entitlement = entitlementOf(grant, 0);
      for (const [agreement, of] of [
        [id, grant.id],
        [id, UNKNOWN],
        [UNKNOWN, suite.grant.id],
        [ZERO_HASH, suite.grant.id],
      ] as const) {
        for (const claiming of [
          () => asStranger.claim(agreement, { ...entitlement, grant: of }),
          () => asStranger.claimMany(agreement, [{ ...entitlement, grant: of }]),
        ]) {
          await expect(claiming()).to.be.revertedWithCustomError(splitter, "NotEnrolled").withArgs(agreement, of);
        }
        expect(await splitter.dueToMember(agreement, of, entitlement.member)).to.equal(0n);
      }
    });

    it("reverts without proof of the member, whose every field counts", async () => {
      const { splitter, token, signers, grant, id } = await loadFixture(deployPaid);
      const { member, proof } = entitlementOf(grant, 0);
      const thief = splitter.connect(signers.stranger);
      for (const [shown, by] of [
        [{ ...member, patient: signers.stranger.address }, proof],
        [{ ...member, study: UNKNOWN }, proof],
        [{ ...member, consent: UNKNOWN }, proof],
        [{ ...member, batch: UNKNOWN }, proof],
        [{ ...member, record: UNKNOWN }, proof],
        [member, []],
        [member, grant.proofs[1]!],
      ] as const) {
        const entitlement = { grant: grant.id, member: shown, proof: [...by] };
        for (const claiming of [() => thief.claim(id, entitlement), () => thief.claimMany(id, [entitlement])]) {
          await expect(claiming())
            .to.be.revertedWithCustomError(splitter, "MemberNotInGrant")
            .withArgs(grant.id, shown.record);
        }
      }
      expect(await token.balanceOf(signers.stranger)).to.equal(0n);
    });

    it("pays the patient whoever calls, and says so", async () => {
      const { splitter, token, asStranger, grant, id } = await loadFixture(deployPaid);
      const { member } = entitlementOf(grant, 0);
      const claiming = asStranger.claim(id, entitlementOf(grant, 0));
      await expect(claiming)
        .to.emit(splitter, "PatientPaid")
        .withArgs(id, grant.id, member.patient, member.batch, member.record, member.patient, 300n);
      await expect(claiming).to.changeTokenBalances(ethers, token, [splitter, member.patient], [-300n, 300n]);
      expect(await splitter.dueToMember(id, grant.id, member)).to.equal(0n);
      expect(await splitter.dueToMember(id, grant.id, grant.members[1]!)).to.equal(300n);
    });

    it("needs no proof after the first claim, which helps no other member", async () => {
      const { splitter, token, asStranger, asDepositor, signers, grant, id } = await loadFixture(deployPaid);
      const [first, second] = entitlementsOf(grant) as [Entitlement, Entitlement];
      await asStranger.claim(id, first);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      for (const shown of [
        second.member,
        { ...first.member, patient: signers.stranger.address },
        { ...first.member, study: UNKNOWN },
        { ...first.member, consent: UNKNOWN },
        { ...first.member, batch: UNKNOWN },
        { ...first.member, record: UNKNOWN },
      ]) {
        for (const proof of [[], first.proof]) {
          const entitlement = { grant: grant.id, member: shown, proof };
          await expect(asStranger.claim(id, entitlement))
            .to.be.revertedWithCustomError(splitter, "MemberNotInGrant")
            .withArgs(grant.id, shown.record);
        }
      }
      await expect(asStranger.claim(id, { ...first, grant: UNKNOWN, proof: [] }))
        .to.be.revertedWithCustomError(splitter, "NotEnrolled")
        .withArgs(id, UNKNOWN);

      await asStranger.claim(id, unproven(first));
      expect(await token.balanceOf(first.member.patient)).to.equal(600n);
      expect(await splitter.dueToMember(id, grant.id, second.member)).to.equal(600n);
    });

    it("reverts for a patient of more than 20 bytes, who is no member", async () => {
      const { splitter, token, asStranger, asDepositor, signers, grant, id } = await loadFixture(deployPaid);
      const entitlement = entitlementOf(grant, 0);
      const { patient, record } = entitlement.member;
      const word = ethers.zeroPadValue(patient, 32).slice(2);
      const claimDirty = (shown: Entitlement) => {
        const data = splitter.interface.encodeFunctionData("claim", [id, shown]);
        expect(data.split(word)).to.have.length(2);
        return signers.stranger.sendTransaction({ to: splitter, data: data.replace(word, `01${word.slice(2)}`) });
      };
      const reverts = async (shown: Entitlement) =>
        expect(claimDirty(shown))
          .to.be.revertedWithCustomError(splitter, "MemberNotInGrant")
          .withArgs(grant.id, record);
      await reverts(entitlement);
      await asStranger.claim(id, entitlement);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      for (const shown of [entitlement, unproven(entitlement)]) await reverts(shown);
      expect(await token.balanceOf(patient)).to.equal(300n);
    });

    it("needs no proof of who was passed over by the token either, and still pays that member alone", async () => {
      const { splitter, token, asStranger, id, entitlements } = await loadFixture(deployBlocklist);
      const [first] = entitlements;
      const { patient } = first!.member;
      await token.setBlocked(patient, true);
      await asStranger.claimMany(id, [first!]);
      await token.setBlocked(patient, false);
      await expect(asStranger.claim(id, { ...first!, member: entitlements[1]!.member }))
        .to.be.revertedWithCustomError(splitter, "MemberNotInGrant")
        .withArgs(first!.grant, entitlements[1]!.member.record);
      await asStranger.claim(id, unproven(first!));
      expect(await token.balanceOf(patient)).to.equal(200n);
    });

    it("pays a member of two grants for each", async () => {
      const suite = await loadFixture(deployAgreement);
      const { token, asStranger, asDepositor, id, study } = suite;
      const patients = quietPatients(2);
      const grants = [await grantCohort(suite, study, patients), await grantCohort(suite, study, [patients[0]!])];
      for (const grant of grants) await asStranger.enroll(id, entitlementOf(grant, 0));
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      const entitlements = entitlementsOf(...grants);
      for (const entitlement of entitlements) await asStranger.claim(id, entitlement);
      expect(await token.balanceOf(patients[0]!)).to.equal(400n);
      expect(await token.balanceOf(patients[1]!)).to.equal(200n);
      expect(await dustOf(suite, token, [{ id, entitlements }])).to.equal(0n);
    });
  });

  describe("claim, by patients", () => {
    it("reverts for who is not enrolled", async () => {
      const { splitter, asStranger, grant, byPatients } = await loadFixture(deployPaid);
      const entitlement = entitlementOf(grant, 0);
      for (const patient of [...quietPatients(1), ZeroAddress as Address]) {
        const shown = { ...entitlement, member: { ...entitlement.member, patient } };
        for (const claiming of [
          () => asStranger.claim(byPatients, shown),
          () => asStranger.claimMany(byPatients, [shown]),
        ]) {
          await expect(claiming())
            .to.be.revertedWithCustomError(splitter, "NotEnrolled")
            .withArgs(byPatients, grant.id);
        }
        expect(await splitter.dueToMember(byPatients, grant.id, shown.member)).to.equal(0n);
      }
    });

    it("pays the patient whoever calls, whatever else the caller says, and says nothing of that", async () => {
      const { splitter, token, asStranger, grant, byPatients } = await loadFixture(deployPaid);
      const { member } = entitlementOf(grant, 0);
      const shown = { study: UNKNOWN, patient: member.patient, consent: UNKNOWN, batch: UNKNOWN, record: UNKNOWN };
      const claiming = asStranger.claim(byPatients, { grant: UNKNOWN, member: shown, proof: [] });
      await expect(claiming)
        .to.emit(splitter, "PatientPaid")
        .withArgs(byPatients, ZeroHash, member.patient, ZeroHash, ZeroHash, member.patient, 300n);
      await expect(claiming).to.changeTokenBalances(ethers, token, [splitter, member.patient], [-300n, 300n]);
      expect(await splitter.dueToMember(byPatients, grant.id, grant.members[1]!)).to.equal(300n);
    });
  });

  for (const rule of Object.keys(RULES) as Rule[]) {
    describe(`claim, whatever the rule (${RULES[rule]})`, () => {
      it("reverts before anything is due, and the second time", async () => {
        const suite = await loadFixture(deployAllRules);
        const { splitter, asStranger, asDepositor, grant } = suite;
        const reverts = () =>
          expect(asStranger.claim(suite[rule], entitlementOf(grant, 0)))
            .to.be.revertedWithCustomError(splitter, "NothingDue")
            .withArgs(suite[rule], grant.members[0]!.patient);
        await reverts();
        await asDepositor.deposit(suite[rule], 1_000n, REFERENCE);
        await asStranger.claim(suite[rule], entitlementOf(grant, 0));
        await reverts();
      });

      it("reverts for a deactivated patient, whose money stays owed", async () => {
        const suite = await loadFixture(deployPaid);
        const { splitter, token, patients, signers, asStranger, grant, indexOf } = suite;
        const index = indexOf(signers.patient);
        await patients.connect(signers.patient).changeOwner(signers.patient, ZeroAddress);
        await expect(asStranger.claim(suite[rule], entitlementOf(grant, index)))
          .to.be.revertedWithCustomError(splitter, "PatientUnreachable")
          .withArgs(signers.patient.address);
        await asStranger.claimMany(suite[rule], entitlementsOf(grant));
        expect(await splitter.dueToMember(suite[rule], grant.id, grant.members[index]!)).to.equal(300n);
        expect(await token.balanceOf(signers.otherPatient)).to.equal(300n);
      });

      it("pays the present owner of the patient's DID", async () => {
        const suite = await loadFixture(deployPaid);
        const { token, patients, signers, asStranger, grant, indexOf } = suite;
        await patients.connect(signers.patient).changeOwner(signers.patient, signers.helper1);
        await expect(
          asStranger.claim(suite[rule], entitlementOf(grant, indexOf(signers.patient))),
        ).to.changeTokenBalances(ethers, token, [signers.patient, signers.helper1], [0n, 300n]);
      });

      it("pays as much in many claims as in one", async () => {
        const suite = await loadFixture(deployAgreement);
        const { splitter, token, asStranger, asDepositor } = suite;
        const unitRule = { id: UnitRule.RECORD, byPatients: UnitRule.PATIENT, byCategories: UnitRule.CATEGORY }[rule];
        const id = await openAgreement(suite, { product: PRODUCT, unitRule });
        const grant = await grantCohort(suite, suite.study, quietPatients(3));
        await enrollAll(suite, id, grant);
        const eager = grant.members[0]!;
        const patient = grant.members[1]!;
        // 6/5 of a unit each time: the fifth is not lost by claiming.
        for (let i = 0; i < 10; ++i) {
          await asDepositor.deposit(id, 6n, REFERENCE);
          if ((await splitter.dueToMember(id, grant.id, eager)) !== 0n)
            await asStranger.claim(id, entitlementOf(grant, 0));
        }
        await asStranger.claim(id, entitlementOf(grant, 1));
        expect(await token.balanceOf(eager.patient)).to.equal(await token.balanceOf(patient.patient));
        expect(await token.balanceOf(eager.patient)).to.be.within(11n, 12n);
      });
    });

    describe(`claimMany, by ${RULES[rule]}`, () => {
      it("pays each once, whoever calls and however often they are named", async () => {
        const suite = await loadFixture(deployPaid);
        const { splitter, token, asStranger, grant, signers } = suite;
        const entitlements = entitlementsOf(grant);
        const claiming = asStranger.claimMany(suite[rule], [...entitlements, ...entitlements, entitlements[0]!]);
        await expect(claiming).to.changeTokenBalances(
          ethers,
          token,
          [splitter, signers.patient, signers.otherPatient],
          [-600n, 300n, 300n],
        );
        const receipt = await (await claiming).wait();
        const paid = receipt!.logs
          .map((log) => splitter.interface.parseLog(log)?.name)
          .filter((name) => name === "PatientPaid");
        expect(paid).to.have.lengthOf(2);
        // And again nothing, without a revert.
        await expect(asStranger.claimMany(suite[rule], entitlements)).to.changeTokenBalance(
          ethers,
          token,
          splitter,
          0n,
        );
      });

      it("says of each what it was paid", async () => {
        const suite = await loadFixture(deployPaid);
        const { splitter, asStranger, grant } = suite;
        const claiming = asStranger.claimMany(suite[rule], entitlementsOf(grant));
        for (const { patient, batch, record } of grant.members) {
          const named =
            rule === "byPatients" ? [ZeroHash, patient, ZeroHash, ZeroHash] : [grant.id, patient, batch, record];
          await expect(claiming)
            .to.emit(splitter, "PatientPaid")
            .withArgs(suite[rule], ...named, patient, 300n);
        }
      });

      it("does nothing for nobody", async () => {
        const suite = await loadFixture(deployPaid);
        await expect(suite.asStranger.claimMany(suite[rule], [])).to.changeTokenBalance(
          ethers,
          suite.token,
          suite.splitter,
          0n,
        );
      });
    });
  }

  describe("a token that refuses a recipient", () => {
    it("stops a claim, whose money stays owed", async () => {
      const { splitter, token, asStranger, id, entitlements } = await loadFixture(deployBlocklist);
      const { patient } = entitlements[0]!.member;
      await token.setBlocked(patient, true);
      await expect(asStranger.claim(id, entitlements[0]!))
        .to.be.revertedWithCustomError(token, "RecipientBlocked")
        .withArgs(patient);
      expect(await splitter.dueToMember(id, entitlements[0]!.grant, entitlements[0]!.member)).to.equal(200n);
    });

    it("stops nobody else's among many, and each is paid later, once", async () => {
      const suite = await loadFixture(deployBlocklist);
      const { splitter, token, asStranger, id, entitlements } = suite;
      const [first, blocked, last] = entitlements as [Entitlement, Entitlement, Entitlement];
      const { patient } = blocked.member;
      await token.setBlocked(patient, true);
      // Named twice, refused twice.
      const claiming = asStranger.claimMany(id, [first, blocked, blocked, last]);
      await expect(claiming).to.emit(splitter, "PaymentFailed").withArgs(id, patient, patient, 200n);
      await expect(claiming).to.changeTokenBalances(
        ethers,
        token,
        [splitter, first.member.patient, patient, last.member.patient],
        [-400n, 200n, 0n, 200n],
      );
      expect(await splitter.dueToMember(id, blocked.grant, blocked.member)).to.equal(200n);
      expect(await dustOf(suite, token, [{ id, entitlements }])).to.equal(0n);

      await token.setBlocked(patient, false);
      await asStranger.claimMany(id, [blocked, first, blocked, last]);
      expect(await token.balanceOf(patient)).to.equal(200n);
      await expect(asStranger.claim(id, blocked))
        .to.be.revertedWithCustomError(splitter, "NothingDue")
        .withArgs(id, patient);
    });

    it("is got round by the patient's own choice of an address", async () => {
      const suite = await loadFixture(deployAgreement);
      const { patients, asStranger, asDepositor, signers, study } = suite;
      const token = await ethers.deployContract("BlocklistToken");
      const id = await openAgreement(suite, { product: PRODUCT, token });
      await fundDepositor(suite, token);
      const grant = await grantCohort(suite, study, [signers.patient.address as Address]);
      await asStranger.enroll(id, entitlementOf(grant, 0));
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      await token.setBlocked(signers.patient, true);
      await patients.connect(signers.patient).setPayout(signers.patient, signers.helper1);
      await asStranger.claim(id, entitlementOf(grant, 0));
      expect(await token.balanceOf(signers.helper1)).to.equal(600n);
    });

    it("counts as refused when it answers false, and pays later", async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, asStranger, asDepositor, study } = suite;
      const token = await ethers.deployContract("FalseReturningToken");
      const id = await openAgreement(suite, { product: PRODUCT, token });
      await fundDepositor(suite, token);
      const grant = await grantCohort(suite, study, quietPatients(1));
      const { patient } = grant.members[0]!;
      await asStranger.enroll(id, entitlementOf(grant, 0));
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      await token.setFailing(true);
      await expect(asStranger.claim(id, entitlementOf(grant, 0)))
        .to.be.revertedWithCustomError(splitter, "SafeERC20FailedOperation")
        .withArgs(await token.getAddress());
      await expect(asStranger.claimMany(id, entitlementsOf(grant)))
        .to.emit(splitter, "PaymentFailed")
        .withArgs(id, patient, patient, 600n);
      await token.setFailing(false);
      await asStranger.claim(id, entitlementOf(grant, 0));
      expect(await token.balanceOf(patient)).to.equal(600n);
    });
  });

  it("owes nothing to members of other studies' grants", async () => {
    const suite = await loadFixture(deployPaid);
    const other = await openStudy(suite, "other protocol");
    const grant = await grantCohort(suite, other, quietPatients(1));
    await expect(suite.asStranger.claim(suite.id, entitlementOf(grant, 0)))
      .to.be.revertedWithCustomError(suite.splitter, "NotEnrolled")
      .withArgs(suite.id, grant.id);
  });
});
