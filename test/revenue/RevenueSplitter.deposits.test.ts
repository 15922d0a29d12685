import { expect } from "chai";
import type { Hex } from "viem";
import {} from "@consilium/sdk";
import { ethers } from "../fixtures/consilium.ts";
import {
  CUSTODIAN_SHARES,
  DAY,
  deliver,
  deployAgreement,
  deployEnrolled,
  deployAllRules,
  dustOf,
  entitlementOf,
  entitlementsOf,
  fundDepositor,
  grantCohort,
  loadFixture,
  MAX_RECEIVED,
  ONE,
  openAgreement,
  openStudy,
  owed,
  PERIOD,
  quietPatients,
  REFERENCE,
  startPeriod,
  time,
  UnitRule,
  UNKNOWN,
} from "./revenueFixtures.ts";

const { MaxUint256, ZeroHash } = ethers;
const PRODUCT = ethers.id("product") as Hex;

describe("RevenueSplitter, deposits", () => {
  describe("deposit", () => {
    it("reverts without an agreement", async () => {
      const { splitter, asDepositor } = await loadFixture(deployAgreement);
      for (const unknown of [UNKNOWN, ZeroHash]) {
        await expect(asDepositor.deposit(unknown, 1n, REFERENCE))
          .to.be.revertedWithCustomError(splitter, "AgreementUnknown")
          .withArgs(unknown);
      }
    });

    it("reverts for nothing", async () => {
      const { splitter, asDepositor, id } = await loadFixture(deployEnrolled);
      await expect(asDepositor.deposit(id, 0n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "AmountInvalid")
        .withArgs(id, 0n);
    });

    it("reverts while no patient is enrolled who has a share", async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, token, asDepositor, asStranger, study } = suite;
      const byPatients = await openAgreement(suite, { product: PRODUCT, unitRule: UnitRule.PATIENT });
      const grant = await grantCohort(suite, study, quietPatients(1));
      for (const id of [suite.id, byPatients]) {
        await expect(asDepositor.deposit(id, 1_000n, REFERENCE))
          .to.be.revertedWithCustomError(splitter, "NobodyEnrolled")
          .withArgs(id);
        await asStranger.enroll(id, entitlementOf(grant, 0));
        await asDepositor.deposit(id, 1_000n, REFERENCE);
      }
      expect(await token.balanceOf(splitter)).to.equal(2_000n);
    });

    it("reverts while no delivery is counted and custodians have a share", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, asDepositor, asStranger, asSponsor, members } = suite;
      const shares = { patients: 0, fund: 3_000, custodians: 7_000, payees: [] };
      const id = await openAgreement(suite, { product: PRODUCT, shares });
      const reverts = (agreement: Hex) =>
        expect(asDepositor.deposit(agreement, 1_000n, REFERENCE))
          .to.be.revertedWithCustomError(splitter, "NobodyEnrolled")
          .withArgs(agreement);
      await reverts(id);
      // A share that starts later counts when it starts.
      await asSponsor.proposeShares(suite.id, CUSTODIAN_SHARES);
      await asDepositor.deposit(suite.id, 1_000n, REFERENCE);
      await time.increase(30 * DAY);
      await reverts(suite.id);
      expect((await splitter.agreement(suite.id)).epoch).to.equal(1n);

      const late = await grantCohort(suite, suite.study, quietPatients(1));
      await deliver(suite, late, 0);
      for (const agreement of [id, suite.id]) {
        await asStranger.countDelivery(agreement, late.id, late.members[0]!);
        await asDepositor.deposit(agreement, 1_000n, REFERENCE);
      }
      expect(await splitter.dueToCustodian(id, members["northHospital"]!)).to.equal(700n);
      expect(await splitter.dueToCustodian(suite.id, members["northHospital"]!)).to.equal(200n);
    });

    it("reverts when the payer has not allowed it, or has too little", async () => {
      const { splitter, token, id, asStranger, signers } = await loadFixture(deployEnrolled);
      const here = await splitter.getAddress();
      await expect(asStranger.deposit(id, 5n, REFERENCE))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(here, 0n, 5n);
      await token.connect(signers.stranger).approve(splitter, 5n);
      await expect(asStranger.deposit(id, 5n, REFERENCE))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientBalance")
        .withArgs(signers.stranger.address, 0n, 5n);
    });

    it("reverts when the token answers false, and when it has taken all", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, asDepositor, asStranger, grant } = suite;
      const failing = await ethers.deployContract("FalseReturningToken");
      const id = await openAgreement(suite, { product: PRODUCT, token: failing });
      await fundDepositor(suite, failing);
      await asStranger.enroll(id, entitlementOf(grant, 0));
      await failing.setFailing(true);
      await expect(asDepositor.deposit(id, 5n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "SafeERC20FailedOperation")
        .withArgs(await failing.getAddress());

      const greedy = await ethers.deployContract("FeeToken", [10_000]);
      const other = await openAgreement(suite, { product: UNKNOWN, token: greedy });
      await fundDepositor(suite, greedy);
      await asStranger.enroll(other, entitlementOf(grant, 0));
      await expect(asDepositor.deposit(other, 5n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "AmountInvalid")
        .withArgs(other, 0n);
    });

    it("takes up to 2^144 - 1 in an epoch, and reverts for one more", async () => {
      const { splitter, asDepositor, id } = await loadFixture(deployEnrolled);
      for (const amount of [MAX_RECEIVED + 1n, 2n ** 200n]) {
        await expect(asDepositor.deposit(id, amount, REFERENCE))
          .to.be.revertedWithCustomError(splitter, "AmountInvalid")
          .withArgs(id, amount);
      }
      await asDepositor.deposit(id, MAX_RECEIVED - 1n, REFERENCE);
      await expect(asDepositor.deposit(id, 2n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "AmountInvalid")
        .withArgs(id, 2n);
      await asDepositor.deposit(id, 1n, REFERENCE);
      await expect(asDepositor.deposit(id, 1n, REFERENCE))
        .to.be.revertedWithCustomError(splitter, "AmountInvalid")
        .withArgs(id, 1n);
      expect((await splitter.epochOf(id, 1))[0].received).to.equal(MAX_RECEIVED);
    });

    it("owes everyone the share, and says so", async () => {
      const { splitter, token, asDepositor, signers, id, members, grant } = await loadFixture(deployEnrolled);
      const paying = asDepositor.deposit(id, 1_000_000n, REFERENCE);
      await expect(paying)
        .to.emit(splitter, "RevenueDeposited")
        .withArgs(id, signers.relayer.address, 1n, 1_000_000n, 600_000n, 300_000n, 0n, 2n, REFERENCE);
      await expect(paying).to.changeTokenBalances(
        ethers,
        token,
        [signers.relayer, splitter],
        [-1_000_000n, 1_000_000n],
      );
      expect(await splitter.dueToFund(id)).to.equal(300_000n);
      expect(await splitter.dueToInstitution(id, 1, members["northHospital"]!)).to.equal(70_000n);
      expect(await splitter.dueToInstitution(id, 1, members["researchInstitute"]!)).to.equal(30_000n);
      for (const member of grant.members) expect(await splitter.dueToMember(id, grant.id, member)).to.equal(300_000n);
      expect((await splitter.agreement(id)).accruedPerUnit).to.equal(300_000n * ONE + 1n);
      const [{ received, remainder }] = await splitter.epochOf(id, 1);
      expect([received, remainder]).to.deep.equal([1_000_000n, 0n]);
    });

    it("says what the custodians get", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, asDepositor, asStranger, grant, signers } = suite;
      const id = await openAgreement(suite, { product: PRODUCT, shares: CUSTODIAN_SHARES });
      await asStranger.enroll(id, entitlementOf(grant, 0));
      await deliver(suite, grant, 0);
      await asStranger.countDelivery(id, grant.id, grant.members[0]!);
      await expect(asDepositor.deposit(id, 1_000n, REFERENCE))
        .to.emit(splitter, "RevenueDeposited")
        .withArgs(id, signers.relayer.address, 1n, 1_000n, 500n, 300n, 200n, 2n, REFERENCE);
    });

    it("counts what arrives of a token with a fee", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, asDepositor, asStranger, signers, grant } = suite;
      const token = await ethers.deployContract("FeeToken", [100]);
      const id = await openAgreement(suite, { product: PRODUCT, token });
      await fundDepositor(suite, token);
      await asStranger.enroll(id, entitlementOf(grant, 0));
      await expect(asDepositor.deposit(id, 1_000n, REFERENCE))
        .to.emit(splitter, "RevenueDeposited")
        .withArgs(id, signers.relayer.address, 1n, 990n, 594n, 297n, 0n, 2n, REFERENCE);
      expect((await splitter.epochOf(id, 1))[0].received).to.equal(await token.balanceOf(splitter));
    });

    it("does not count what was transferred past it", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, token, id, asDepositor, grant } = suite;
      await token.mint(splitter, 999n);
      await asDepositor.deposit(id, 10n, REFERENCE);
      expect((await splitter.epochOf(id, 1))[0].received).to.equal(10n);
      expect(await owed(suite, id, entitlementsOf(grant))).to.equal(3n + 2n * 3n);
    });

    it("keeps agreements of study and product, and of other studies, apart", async () => {
      const suite = await loadFixture(deployAllRules);
      const { splitter, token, asDepositor, asStranger, id, byPatients, grant } = suite;
      const other = await openStudy(suite, "other protocol");
      await openAgreement(suite, { study: other });
      const entitlements = entitlementsOf(grant);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      expect(await owed(suite, byPatients, entitlements)).to.equal(0n);
      expect(await owed(suite, other, entitlements)).to.equal(0n);
      await asDepositor.deposit(byPatients, 500n, REFERENCE);
      expect(await owed(suite, id, entitlements)).to.equal(1_000n);
      await asStranger.claimMany(id, entitlements);
      await splitter.claimFund(id);
      expect(await owed(suite, byPatients, entitlements)).to.equal(500n);
      expect(await token.balanceOf(splitter)).to.equal(600n);
    });

    it("carries what a division leaves, and loses none of it in 1-unit deposits", async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, token, id, members, asDepositor, asStranger } = suite;
      const grant = await grantCohort(suite, suite.study, quietPatients(7));
      await asStranger.enroll(id, entitlementOf(grant, 0));
      for (let i = 1n; i <= 70n; ++i) {
        await asDepositor.deposit(id, 1n, REFERENCE);
        const { accruedPerUnit } = await splitter.agreement(id);
        const [{ remainder }] = await splitter.epochOf(id, 1);
        expect((accruedPerUnit - 1n) * 7n + remainder).to.equal(((i * 6n) / 10n) * ONE);
        expect(remainder).to.be.below(7n);
      }
      // Less than one of each patient and of each other payee.
      expect(await dustOf(suite, token, [{ id, entitlements: entitlementsOf(grant) }])).to.be.within(0n, 10n);
      // 42 among 7 patients are 6 each, but for the carried rest of the last digit.
      expect(await splitter.dueToFund(id)).to.equal(21n);
      expect(await splitter.dueToInstitution(id, 1, members["northHospital"]!)).to.equal(4n);
      expect(await splitter.dueToInstitution(id, 1, members["researchInstitute"]!)).to.equal(2n);
      for (const member of grant.members) {
        expect(await splitter.dueToMember(id, grant.id, member)).to.be.within(5n, 6n);
      }
    });

    it("loses none of the custodians' share in 1-unit deposits", async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, asDepositor, asStranger, members, grant } = suite;
      const id = await openAgreement(suite, { product: PRODUCT, shares: CUSTODIAN_SHARES });
      await asStranger.enroll(id, entitlementOf(grant, 0));
      const south = await grantCohort(suite, suite.study, quietPatients(2), { custodian: "south" });
      for (const [of, index] of [
        [grant, 0],
        [south, 0],
        [south, 1],
      ] as const) {
        await deliver(suite, of, index);
        await asStranger.countDelivery(id, of.id, of.members[index]!);
      }
      for (let i = 0; i < 30; ++i) {
        await asDepositor.deposit(id, 1n, REFERENCE);
        // Settles in between, so that each division leaves its rest.
        if (i === 10)
          await expect(splitter.connect(suite.signers.southAdmin).claimCustodian(id, suite.signers.southAdmin))
            .to.emit(splitter, "CustodianPaid")
            .withArgs(id, members["southHospital"]!, suite.signers.southAdmin.address, 1n);
      }
      // 6 in all: 2 of one unit, 4 of two.
      expect(await splitter.dueToCustodian(id, members["northHospital"]!)).to.be.within(1n, 2n);
      expect(await splitter.dueToCustodian(id, members["southHospital"]!)).to.be.within(2n, 3n);
      const { custodianUnits, custodianRemainder } = await splitter.agreement(id);
      expect(custodianUnits).to.equal(3n);
      expect(custodianRemainder).to.be.below(3n);
    });
  });

  describe("depositWithPermit", () => {
    const deployPermit = async () => {
      const suite = await loadFixture(deployEnrolled);
      const { splitter, signers, asStranger } = suite;
      const token = await ethers.deployContract("PermitToken");
      const id = await openAgreement(suite, { product: PRODUCT, token });
      await asStranger.enroll(id, entitlementOf(suite.grant, 0));
      await token.mint(signers.helper1, 10_000n);
      const deadline = (await time.latest()) + DAY;
      const sign = async (value: bigint, { by = signers.helper1, spender = splitter.target } = {}) => {
        const types = {
          Permit: [
            { name: "owner", type: "address" },
            { name: "spender", type: "address" },
            { name: "value", type: "uint256" },
            { name: "nonce", type: "uint256" },
            { name: "deadline", type: "uint256" },
          ],
        };
        const domain = {
          name: "Permit",
          version: "1",
          chainId: (await ethers.provider.getNetwork()).chainId,
          verifyingContract: await token.getAddress(),
        };
        const owner = signers.helper1.address;
        const nonce = await token.nonces(owner);
        const message = { owner, spender, value, nonce, deadline };
        const { v, r, s } = ethers.Signature.from(await by.signTypedData(domain, types, message));
        return [deadline, v, r, s] as const;
      };
      return { ...suite, id, token, deadline, sign, asPayer: splitter.connect(signers.helper1) };
    };

    it("reverts without an agreement", async () => {
      const { splitter, asPayer, sign } = await loadFixture(deployPermit);
      for (const unknown of [UNKNOWN, ZeroHash]) {
        await expect(asPayer.depositWithPermit(unknown, 1n, REFERENCE, ...(await sign(1n))))
          .to.be.revertedWithCustomError(splitter, "AgreementUnknown")
          .withArgs(unknown);
      }
    });

    it("pays in without an approval, and leaves none", async () => {
      const { splitter, token, asPayer, id, sign, signers } = await loadFixture(deployPermit);
      const paying = asPayer.depositWithPermit(id, 1_000n, REFERENCE, ...(await sign(1_000n)));
      await expect(paying)
        .to.emit(splitter, "RevenueDeposited")
        .withArgs(id, signers.helper1.address, 1n, 1_000n, 600n, 300n, 0n, 2n, REFERENCE);
      await expect(paying).to.changeTokenBalances(ethers, token, [signers.helper1, splitter], [-1_000n, 1_000n]);
      expect(await token.allowance(signers.helper1, splitter)).to.equal(0n);
    });

    it("pays in also when somebody else has sent the permit before", async () => {
      const { splitter, token, asPayer, id, sign, signers } = await loadFixture(deployPermit);
      const permit = await sign(1_000n);
      await token.connect(signers.stranger).permit(signers.helper1, splitter, 1_000n, ...permit);
      await expect(asPayer.depositWithPermit(id, 1_000n, REFERENCE, ...permit)).to.emit(splitter, "RevenueDeposited");
      expect(await token.balanceOf(splitter)).to.equal(1_000n);
    });

    it("reverts when the permit is used again, another's, for another amount, spender or sender", async () => {
      const { splitter, token, asPayer, id, sign, signers } = await loadFixture(deployPermit);
      const here = await splitter.getAddress();
      const used = await sign(1_000n);
      await asPayer.depositWithPermit(id, 1_000n, REFERENCE, ...used);
      for (const [amount, permit] of [
        [1_000n, used],
        [1_000n, await sign(1_000n, { by: signers.stranger })],
        [1_001n, await sign(1_000n)],
        [999n, await sign(1_000n)],
        [1_000n, await sign(1_000n, { spender: signers.stranger.address })],
      ] as const) {
        await expect(asPayer.depositWithPermit(id, amount, REFERENCE, ...permit))
          .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
          .withArgs(here, 0n, amount);
      }
      // A stranger cannot have another pay.
      await expect(splitter.connect(signers.stranger).depositWithPermit(id, 1_000n, REFERENCE, ...(await sign(1_000n))))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(here, 0n, 1_000n);
      expect(await token.balanceOf(splitter)).to.equal(1_000n);
    });

    for (const [label, offset, works] of [
      ["a second before", -1, true],
      ["at", 0, true],
      ["a second after", 1, false],
    ] as const) {
      it(`${works ? "pays in" : "reverts"} ${label} the permit's deadline`, async () => {
        const { splitter, token, asPayer, id, sign, deadline } = await loadFixture(deployPermit);
        const permit = await sign(5n);
        await time.setNextBlockTimestamp(deadline + offset);
        const paying = asPayer.depositWithPermit(id, 5n, REFERENCE, ...permit);
        if (works) await expect(paying).to.emit(splitter, "RevenueDeposited");
        else {
          await expect(paying)
            .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
            .withArgs(await splitter.getAddress(), 0n, 5n);
        }
      });
    }

    it("reverts for nothing, and while nobody is enrolled", async () => {
      const suite = await loadFixture(deployPermit);
      const { splitter, asPayer, id, sign } = suite;
      await expect(asPayer.depositWithPermit(id, 0n, REFERENCE, ...(await sign(0n))))
        .to.be.revertedWithCustomError(splitter, "AmountInvalid")
        .withArgs(id, 0n);
      const empty = await openAgreement(suite, { product: UNKNOWN, token: suite.token });
      await expect(asPayer.depositWithPermit(empty, 5n, REFERENCE, ...(await sign(5n))))
        .to.be.revertedWithCustomError(splitter, "NobodyEnrolled")
        .withArgs(empty);
    });

    it("pays in by an approval where the token knows no permits", async () => {
      const { splitter, token, id, asDepositor } = await loadFixture(deployEnrolled);
      await asDepositor.depositWithPermit(id, 10n, REFERENCE, MaxUint256, 27, ZeroHash, ZeroHash);
      expect(await token.balanceOf(splitter)).to.equal(10n);
      expect(await splitter.dueToFund(id)).to.equal(3n);
    });
  });

  describe("markPeriod", () => {
    it("reverts without an agreement", async () => {
      const { splitter, asStranger } = await loadFixture(deployAgreement);
      for (const unknown of [UNKNOWN, ZeroHash]) {
        await expect(asStranger.markPeriod(unknown))
          .to.be.revertedWithCustomError(splitter, "AgreementUnknown")
          .withArgs(unknown);
      }
    });

    it("keeps what accrued before the period, by anyone's call, once", async () => {
      const { splitter, asStranger, asDepositor, id } = await loadFixture(deployEnrolled);
      const next = (await startPeriod()) + 1;
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      await time.setNextBlockTimestamp(next * PERIOD - 1);
      await asStranger.markPeriod(id);
      expect(await splitter.markOf(id, next)).to.equal(0n);
      // Before the very first deposit there was nothing, and what came in the period does not count as before it.
      expect(await splitter.markOf(id, next - 1)).to.equal(0n);

      await time.setNextBlockTimestamp(next * PERIOD);
      await asStranger.markPeriod(id);
      expect(await splitter.markOf(id, next)).to.equal(300n * ONE + 1n);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      await asStranger.markPeriod(id);
      expect(await splitter.markOf(id, next)).to.equal(300n * ONE + 1n);
      await time.setNextBlockTimestamp((next + 1) * PERIOD);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      expect(await splitter.markOf(id, next + 1)).to.equal(600n * ONE + 1n);
    });

    it("marks one agreement by itself", async () => {
      const { splitter, asStranger, id, byPatients } = await loadFixture(deployAllRules);
      const period = await startPeriod();
      await asStranger.markPeriod(byPatients);
      expect(await splitter.markOf(byPatients, period)).to.equal(1n);
      expect(await splitter.markOf(id, period)).to.equal(0n);
      expect(await splitter.markOf(id, MaxUint256)).to.equal(0n);
    });
  });
});
