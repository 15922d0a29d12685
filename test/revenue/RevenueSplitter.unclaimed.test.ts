import { expect } from "chai";
import type { Address, Hex } from "viem";
import type { CohortMember } from "@consilium/sdk";
import { ethers } from "../fixtures/consilium.ts";
import {
  DAY,
  enrollAll,
  deployPaid,
  deployAllRules,
  entitlementOf,
  entitlementsOf,
  grantCohort,
  loadFixture,
  owed,
  PERIOD,
  quietPatients,
  REFERENCE,
  RULES,
  startPeriod,
  time,
  UNKNOWN,
  unproven,
  type Entitlement,
  type Rule,
} from "./revenueFixtures.ts";

const { ZeroAddress, ZeroHash } = ethers;
const WINDOW = 1_095 * DAY;

describe("RevenueSplitter, donations and lapses", () => {
  for (const rule of Object.keys(RULES) as Rule[]) {
    /** Grant, patient, batch and record as the events name them. */
    const named = ({ id }: { id: Hex }, { patient, batch, record }: CohortMember) =>
      rule === "byPatients" ? [ZeroHash, patient, ZeroHash, ZeroHash] : [id, patient, batch, record];

    describe(`donate, by ${RULES[rule]}`, () => {
      it("reverts when the caller is neither patient nor guardian", async () => {
        const suite = await loadFixture(deployPaid);
        const { splitter, patients, signers, grant, indexOf } = suite;
        const { patient } = signers;
        const until = BigInt(await time.latest()) + 100n * BigInt(DAY);
        await patients.connect(patient).giveMandate(patient, signers.dataTrust, until << 144n);
        for (const caller of ["stranger", "otherPatient", "dataTrust", "rules", "researcher", "relayer"] as const) {
          await expect(splitter.connect(signers[caller]).donate(suite[rule], entitlementOf(grant, indexOf(patient))))
            .to.be.revertedWithCustomError(splitter, "NoAuthority")
            .withArgs(patient.address, signers[caller].address);
        }
      });

      it("reverts for a former owner, and for a deactivated patient", async () => {
        const suite = await loadFixture(deployPaid);
        const { splitter, patients, signers, grant, indexOf } = suite;
        const { patient, helper1 } = signers;
        const entitlement = entitlementOf(grant, indexOf(patient));
        await patients.connect(patient).changeOwner(patient, helper1);
        await expect(splitter.connect(patient).donate(suite[rule], entitlement))
          .to.be.revertedWithCustomError(splitter, "NoAuthority")
          .withArgs(patient.address, patient.address);
        await patients.connect(helper1).changeOwner(patient, ZeroAddress);
        await expect(splitter.connect(helper1).donate(suite[rule], entitlement))
          .to.be.revertedWithCustomError(splitter, "NoAuthority")
          .withArgs(patient.address, helper1.address);
      });

      it("reverts for who is not enrolled, or under no agreement", async () => {
        const suite = await loadFixture(deployPaid);
        const { splitter, signers, grant } = suite;
        const member = { ...grant.members[0]!, patient: signers.helper1.address as Address };
        const entitlement = { grant: UNKNOWN, member, proof: [] };
        for (const id of [suite[rule], UNKNOWN]) {
          await expect(splitter.connect(signers.helper1).donate(id, entitlement))
            .to.be.revertedWithCustomError(splitter, "NotEnrolled")
            .withArgs(id, UNKNOWN);
        }
      });

      it("gives what is due to the fund once, leaves the others' due, and says so", async () => {
        const suite = await loadFixture(deployPaid);
        const { splitter, token, signers, grant, indexOf, asDepositor } = suite;
        const { patient, otherPatient } = signers;
        const entitlement = entitlementOf(grant, indexOf(patient));
        const asPatient = splitter.connect(patient);
        const giving = asPatient.donate(suite[rule], entitlement);
        await expect(giving)
          .to.emit(splitter, "ShareDonated")
          .withArgs(suite[rule], ...named(grant, entitlement.member), 300n, patient.address);
        await expect(giving).to.changeTokenBalance(ethers, token, splitter, 0n);
        expect(await splitter.dueToFund(suite[rule])).to.equal(600n);
        expect(await splitter.dueToMember(suite[rule], grant.id, entitlement.member)).to.equal(0n);
        expect(await splitter.dueToMember(suite[rule], grant.id, grant.members[indexOf(otherPatient)]!)).to.equal(300n);
        for (const again of [
          () => asPatient.donate(suite[rule], entitlement),
          () => asPatient.claim(suite[rule], entitlement),
        ]) {
          await expect(again())
            .to.be.revertedWithCustomError(splitter, "NothingDue")
            .withArgs(suite[rule], patient.address);
        }
        // Later revenue is the patient's.
        await asDepositor.deposit(suite[rule], 1_000n, REFERENCE);
        expect(await splitter.dueToMember(suite[rule], grant.id, entitlement.member)).to.equal(300n);
      });

      it("lets a guardian give until the second before majority, and the patient from then on", async () => {
        const suite = await loadFixture(deployPaid);
        const { splitter, patients, signers, grant, indexOf, asDepositor } = suite;
        const { patient, guardian } = signers;
        const majority = (await time.latest()) + 10 * DAY;
        await patients.connect(patient).appointGuardian(patient, guardian, ZeroAddress, majority, majority);
        const entitlement = entitlementOf(grant, indexOf(patient));
        const refused = (who: typeof guardian) =>
          expect(splitter.connect(who).donate(suite[rule], entitlement))
            .to.be.revertedWithCustomError(splitter, "NoAuthority")
            .withArgs(patient.address, who.address);
        await refused(patient);
        await time.setNextBlockTimestamp(majority - 1);
        await expect(splitter.connect(guardian).donate(suite[rule], entitlement))
          .to.emit(splitter, "ShareDonated")
          .withArgs(suite[rule], ...named(grant, entitlement.member), 300n, guardian.address);
        await time.setNextBlockTimestamp(majority);
        await asDepositor.deposit(suite[rule], 1_000n, REFERENCE);
        await refused(guardian);
        await expect(splitter.connect(patient).donate(suite[rule], entitlement)).to.emit(splitter, "ShareDonated");
      });
    });

    describe(`lapse, by ${RULES[rule]}`, () => {
      /** 300 for each of two patients from before a period, which has begun. */
      const deployMarked = async () => {
        const suite = await loadFixture(deployAllRules);
        const before = await startPeriod();
        for (const each of Object.keys(RULES) as Rule[]) {
          await suite.asDepositor.deposit(suite[each], 1_000n, REFERENCE);
        }
        const period = await startPeriod();
        expect(period).to.equal(before + 1);
        return { ...suite, before, period, entitlements: entitlementsOf(suite.grant) };
      };

      it("reverts until the window has passed since the period's beginning, and not from that second on", async () => {
        const suite = await loadFixture(deployMarked);
        const { splitter, asStranger, period, entitlements } = suite;
        await asStranger.markPeriod(suite[rule]);
        for (const timestamp of [period * PERIOD + 10, period * PERIOD + WINDOW - 1]) {
          await time.setNextBlockTimestamp(timestamp);
          await expect(asStranger.lapse(suite[rule], entitlements, period))
            .to.be.revertedWithCustomError(splitter, "NotLapsed")
            .withArgs(suite[rule], period);
        }
        await time.setNextBlockTimestamp(period * PERIOD + WINDOW);
        await expect(asStranger.lapse(suite[rule], entitlements, period)).to.emit(splitter, "ShareLapsed");
      });

      it("reverts for a period without a mark, and of no agreement", async () => {
        const suite = await loadFixture(deployMarked);
        const { splitter, asStranger, before, period, entitlements } = suite;
        await time.increaseTo(period * PERIOD + WINDOW);
        for (const unmarked of [0n, BigInt(before - 1), BigInt(period), ethers.MaxUint256]) {
          await expect(asStranger.lapse(suite[rule], entitlements, unmarked))
            .to.be.revertedWithCustomError(splitter, "NotLapsed")
            .withArgs(suite[rule], unmarked);
        }
        await expect(asStranger.lapse(UNKNOWN, entitlements, before))
          .to.be.revertedWithCustomError(splitter, "NotLapsed")
          .withArgs(UNKNOWN, before);
      });

      it("passes over who has nothing from before the period", async () => {
        const suite = await loadFixture(deployMarked);
        const { splitter, asStranger, before, period, entitlements } = suite;
        await time.increaseTo(period * PERIOD + WINDOW);
        // Before the first deposit there was nothing to mark.
        await expect(asStranger.lapse(suite[rule], entitlements, before))
          .to.be.revertedWithCustomError(splitter, "NotLapsed")
          .withArgs(suite[rule], before);
        await asStranger.markPeriod(suite[rule]);
        const now = Math.floor((await time.latest()) / PERIOD);
        await time.increaseTo(now * PERIOD + WINDOW);
        await expect(asStranger.lapse(suite[rule], [], now)).not.to.emit(splitter, "ShareLapsed");
        expect(await splitter.dueToFund(suite[rule])).to.equal(300n);
        expect(await owed(suite, suite[rule], entitlements)).to.equal(1_000n);
      });

      it("reverts for who is not enrolled, and without proof", async () => {
        const suite = await loadFixture(deployMarked);
        const { splitter, asStranger, period, entitlements } = suite;
        await asStranger.markPeriod(suite[rule]);
        await time.increaseTo(period * PERIOD + WINDOW);
        const [first] = entitlements;
        const stranger = { ...first!, member: { ...first!.member, patient: quietPatients(1)[0]! } };
        const lapsing = () => asStranger.lapse(suite[rule], [first!, stranger], period);
        if (rule === "id") {
          for (const bad of [stranger, unproven(first!)]) {
            await expect(asStranger.lapse(suite[rule], [bad], period))
              .to.be.revertedWithCustomError(splitter, "MemberNotInGrant")
              .withArgs(first!.grant, first!.member.record);
          }
          await expect(asStranger.lapse(suite[rule], [{ ...first!, grant: UNKNOWN }], period))
            .to.be.revertedWithCustomError(splitter, "NotEnrolled")
            .withArgs(suite[rule], UNKNOWN);
          await expect(lapsing())
            .to.be.revertedWithCustomError(splitter, "MemberNotInGrant")
            .withArgs(first!.grant, first!.member.record);
        } else {
          await expect(lapsing())
            .to.be.revertedWithCustomError(splitter, "NotEnrolled")
            .withArgs(suite[rule], first!.grant);
        }
        expect(await splitter.dueToFund(suite[rule])).to.equal(300n);
      });

      for (const [label, mark] of [
        [
          "a deposit",
          (suite: Awaited<ReturnType<typeof deployMarked>>) =>
            suite.asDepositor.deposit(suite[rule], 1_000n, REFERENCE),
        ],
        ["markPeriod", (suite: Awaited<ReturnType<typeof deployMarked>>) => suite.asStranger.markPeriod(suite[rule])],
      ] as const) {
        it(`gives the fund what accrued before the period that ${label} marked, by anyone's call, and says so`, async () => {
          const suite = await loadFixture(deployMarked);
          const { splitter, token, asStranger, asDepositor, period, grant, entitlements, signers } = suite;
          await mark(suite);
          const late = label === "a deposit" ? 1n : 0n;
          await time.increaseTo(period * PERIOD + WINDOW);
          await asDepositor.deposit(suite[rule], 1_000n, REFERENCE);
          const dueToFund = await splitter.dueToFund(suite[rule]);
          // Named twice, lapsed once.
          const lapsing = asStranger.lapse(suite[rule], [...entitlements, ...entitlements], period);
          for (const member of grant.members) {
            await expect(lapsing)
              .to.emit(splitter, "ShareLapsed")
              .withArgs(suite[rule], ...named(grant, member), 300n, signers.stranger.address);
          }
          await expect(lapsing).to.changeTokenBalance(ethers, token, splitter, 0n);
          expect(await splitter.dueToFund(suite[rule])).to.equal(dueToFund + 600n);
          // And again nothing.
          await expect(asStranger.lapse(suite[rule], entitlements, period)).not.to.emit(splitter, "ShareLapsed");
          // What came later is still theirs.
          await asStranger.claimMany(suite[rule], entitlements);
          for (const { patient } of grant.members) {
            expect(await token.balanceOf(patient)).to.equal(300n * (1n + late));
          }
          await splitter.claimFund(suite[rule]);
          expect(await token.balanceOf(suite.fund)).to.equal(dueToFund + 600n);
        });
      }

      it("takes nothing from who has claimed, at the window's end and before", async () => {
        const suite = await loadFixture(deployMarked);
        const { splitter, token, asStranger, asDepositor, period, entitlements } = suite;
        const [claimed, other] = entitlements as [Entitlement, Entitlement];
        await asDepositor.deposit(suite[rule], 1_000n, REFERENCE);
        await time.increaseTo(period * PERIOD + WINDOW);
        await asStranger.claim(suite[rule], claimed);
        const lapsing = asStranger.lapse(suite[rule], [unproven(claimed), other], period);
        await expect(lapsing)
          .to.emit(splitter, "ShareLapsed")
          .withArgs(suite[rule], ...named(suite.grant, other.member), 300n, suite.signers.stranger.address);
        expect(await token.balanceOf(claimed.member.patient)).to.equal(600n);
        expect(await splitter.dueToMember(suite[rule], other.grant, other.member)).to.equal(300n);
        expect(await splitter.dueToFund(suite[rule])).to.equal(600n + 300n);
      });

      it("takes nothing from who joined after the period began", async () => {
        const suite = await loadFixture(deployMarked);
        const { splitter, asStranger, asDepositor, period, entitlements, study } = suite;
        await asStranger.markPeriod(suite[rule]);
        const late = await grantCohort(suite, study, quietPatients(1));
        await enrollAll(suite, suite[rule], late);
        await asDepositor.deposit(suite[rule], 1_000n, REFERENCE);
        await time.increaseTo(period * PERIOD + WINDOW);
        await asStranger.lapse(suite[rule], [...entitlements, entitlementOf(late, 0)], period);
        expect(await splitter.dueToMember(suite[rule], late.id, late.members[0]!)).to.equal(200n);
        expect(await splitter.dueToFund(suite[rule])).to.equal(600n + 600n);
      });

      it("frees the share of a deactivated patient for the fund", async () => {
        const suite = await loadFixture(deployMarked);
        const { splitter, patients, signers, asStranger, period, grant, indexOf } = suite;
        const { patient } = signers;
        await patients.connect(patient).changeOwner(patient, ZeroAddress);
        await asStranger.markPeriod(suite[rule]);
        await time.increaseTo(period * PERIOD + WINDOW);
        await asStranger.lapse(suite[rule], [entitlementOf(grant, indexOf(patient))], period);
        expect(await splitter.dueToFund(suite[rule])).to.equal(600n);
        await asStranger.claimMany(suite[rule], entitlementsOf(grant));
        expect(await suite.token.balanceOf(signers.otherPatient)).to.equal(300n);
      });

      it("keeps agreements apart", async () => {
        const suite = await loadFixture(deployMarked);
        const { asStranger, period, entitlements } = suite;
        const others = (Object.keys(RULES) as Rule[]).filter((each) => each !== rule).map((each) => suite[each]);
        await asStranger.markPeriod(suite[rule]);
        await time.increaseTo(period * PERIOD + WINDOW);
        await asStranger.lapse(suite[rule], entitlements, period);
        for (const other of others) {
          expect(await suite.splitter.dueToFund(other)).to.equal(300n);
          expect(await owed(suite, other, entitlements)).to.equal(1_000n);
        }
      });
    });
  }

  it("refuses donations without proof of the member, by records", async () => {
    const { splitter, signers, grant, indexOf, id } = await loadFixture(deployPaid);
    const index = indexOf(signers.patient);
    const { member } = entitlementOf(grant, index);
    for (const entitlement of [
      { grant: grant.id, member, proof: [] },
      { grant: grant.id, member, proof: grant.proofs[1 - index]! },
      // The other patient's share, as one's own.
      {
        ...entitlementOf(grant, 1 - index),
        member: { ...grant.members[1 - index]!, patient: signers.patient.address as Address },
      },
    ]) {
      await expect(splitter.connect(signers.patient).donate(id, entitlement))
        .to.be.revertedWithCustomError(splitter, "MemberNotInGrant")
        .withArgs(grant.id, entitlement.member.record);
    }
  });
});
