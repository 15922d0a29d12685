import { expect } from "chai";
import type { Hex } from "viem";
import { AGENT_ROLES, ethers, networkHelpers } from "../fixtures/consilium.ts";
import {
  CUSTODIAN_SHARES,
  DAY,
  deliver,
  deployAgreement,
  deployEnrolled,
  deployPaid,
  entitlementOf,
  entitlementsOf,
  grantCohort,
  loadFixture,
  MAX_RECEIVED,
  openAgreement,
  quietPatients,
  REASON,
  REFERENCE,
  time,
  UNKNOWN,
  type Revenue,
} from "./revenueFixtures.ts";

const { ZeroAddress, ZeroHash } = ethers;
const PRODUCT = ethers.id("product") as Hex;

/** One unit of the north's, two of the south's; 200 of 1,000 are theirs. */
async function deployDelivered() {
  const suite = await loadFixture(deployAgreement);
  const { asStranger, asDepositor, study } = suite;
  const id = await openAgreement(suite, { product: PRODUCT, shares: CUSTODIAN_SHARES });
  const north = await grantCohort(suite, study, quietPatients(2));
  const south = await grantCohort(suite, study, quietPatients(2, 4), { custodian: "south" });
  await asStranger.enrollMany(id, entitlementsOf(north, south));
  for (const [grant, index] of [
    [north, 0],
    [south, 0],
    [south, 1],
  ] as const) {
    await deliver(suite, grant, index);
    await asStranger.countDelivery(id, grant.id, grant.members[index]!);
  }
  await asDepositor.deposit(id, 1_000n, REFERENCE);
  return { ...suite, id, north, south };
}

describe("RevenueSplitter, claims of institutions and the fund", () => {
  for (const [call, deploy, event, due] of [
    ["claimInstitution", deployPaid, "InstitutionPaid", 70n],
    ["claimCustodian", deployDelivered, "CustodianPaid", 66n],
  ] as const) {
    it(`pays by ${call} what is due to an expelled one, to its administrator alone and while that appointment holds`, async () => {
      const { splitter, token, institutions, id, signers, members } = await loadFixture<Revenue & { id: Hex }>(deploy);
      const { northAdmin, northGateway, supervision, operator, helper1 } = signers;
      const north = members["northHospital"]!;
      const dueToNorth = () =>
        call === "claimCustodian" ? splitter.dueToCustodian(id, north) : splitter.dueToInstitution(id, 1, north);
      const claim = (caller: typeof northAdmin) => {
        const by = splitter.connect(caller);
        return call === "claimCustodian" ? by.claimCustodian(id, helper1) : by.claimInstitution(id, 1, helper1);
      };
      const { validUntil } = await institutions.agent(northAdmin);
      const until = (await time.latest()) + DAY;
      await institutions.connect(supervision).suspend(north, until, REASON);
      await institutions.connect(supervision).expel(north, REASON);
      const reverts = async (caller: typeof northAdmin) =>
        expect(claim(caller))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(caller.address, AGENT_ROLES.admin);
      for (const other of [northGateway, supervision, operator]) await reverts(other);
      const standing = await networkHelpers.takeSnapshot();
      await time.setNextBlockTimestamp(validUntil);
      await reverts(northAdmin);
      expect(await dueToNorth()).to.equal(due);
      await standing.restore();
      const dismissed = await networkHelpers.takeSnapshot();
      await institutions.connect(operator).dismissAgent(northAdmin);
      await reverts(northAdmin);
      await dismissed.restore();
      await time.setNextBlockTimestamp(validUntil - 1n);
      const claiming = claim(northAdmin);
      await expect(claiming).to.emit(splitter, event);
      await expect(claiming).to.changeTokenBalances(ethers, token, [splitter, helper1], [-due, due]);
    });
  }

  describe("claimInstitution", () => {
    for (const caller of ["stranger", "researcher", "northGateway", "patient", "operator", "rules"] as const) {
      it(`reverts when the caller is ${caller}, no administrator`, async () => {
        const { splitter, institutions, id, signers } = await loadFixture(deployPaid);
        await expect(splitter.connect(signers[caller]).claimInstitution(id, 1, signers[caller]))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(signers[caller].address, AGENT_ROLES.admin);
      });
    }

    it("reverts while the institution is suspended, whose money stays owed, and not from the end on", async () => {
      const { splitter, institutions, id, signers, members } = await loadFixture(deployPaid);
      const until = (await time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(members["northHospital"]!, until, REASON);
      const claiming = () => splitter.connect(signers.northAdmin).claimInstitution(id, 1, signers.northAdmin);
      await time.setNextBlockTimestamp(until - 1);
      await expect(claiming())
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.northAdmin.address, AGENT_ROLES.admin);
      expect(await splitter.dueToInstitution(id, 1, members["northHospital"]!)).to.equal(70n);
      await time.setNextBlockTimestamp(until);
      await expect(claiming()).to.emit(splitter, "InstitutionPaid");
    });

    it("reverts when nothing is due: no payee, no agreement, no such epoch, no deposit, claimed already", async () => {
      const { splitter, asDepositor, asSponsor, id, signers } = await loadFixture(deployEnrolled);
      const { northAdmin, eastAdmin } = signers;
      const reverts = (who: typeof northAdmin, which: string, epoch: number) =>
        expect(splitter.connect(who).claimInstitution(which, epoch, who))
          .to.be.revertedWithCustomError(splitter, "NothingDue")
          .withArgs(which, who.address);
      await reverts(northAdmin, id, 1);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      const payees = [{ institution: 1, share: 7_000 }];
      await asSponsor.proposeShares(id, { patients: 0, fund: 3_000, custodians: 0, payees });
      await reverts(eastAdmin, id, 1);
      await reverts(northAdmin, UNKNOWN, 1);
      for (const epoch of [0, 2, 3, 65_535]) await reverts(northAdmin, id, epoch);
      await splitter.connect(northAdmin).claimInstitution(id, 1, northAdmin);
      await reverts(northAdmin, id, 1);
    });

    it("reverts without a recipient", async () => {
      const { splitter, id, signers, members } = await loadFixture(deployPaid);
      await expect(splitter.connect(signers.northAdmin).claimInstitution(id, 1, ZeroAddress))
        .to.be.revertedWithCustomError(splitter, "ZeroAddress")
        .withArgs();
      expect(await splitter.dueToInstitution(id, 1, members["northHospital"]!)).to.equal(70n);
    });

    it("pays where the administrator says, leaves the others' due, and says so", async () => {
      const { splitter, token, id, byPatients, signers, members } = await loadFixture(deployPaid);
      const [north, institute] = [members["northHospital"]!, members["researchInstitute"]!];
      const claiming = splitter.connect(signers.northAdmin).claimInstitution(id, 1, signers.helper1);
      await expect(claiming).to.emit(splitter, "InstitutionPaid").withArgs(id, north, 1n, signers.helper1.address, 70n);
      await expect(claiming).to.changeTokenBalances(
        ethers,
        token,
        [splitter, signers.helper1, signers.northAdmin],
        [-70n, 70n, 0n],
      );
      expect(await splitter.dueToInstitution(id, 1, north)).to.equal(0n);
      expect(await splitter.dueToInstitution(id, 1, institute)).to.equal(30n);
      expect(await splitter.dueToInstitution(byPatients, 1, north)).to.equal(70n);
    });

    it("pays for each epoch by that epoch's share, also long after", async () => {
      const { splitter, token, asDepositor, asSponsor, id, signers, members } = await loadFixture(deployPaid);
      const north = members["northHospital"]!;
      const payees = [{ institution: north, share: 2_000 }];
      await asSponsor.proposeShares(id, { patients: 5_000, fund: 3_000, custodians: 0, payees });
      await time.increase(30 * DAY);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      const asNorth = splitter.connect(signers.northAdmin);
      for (const [epoch, amount] of [
        [2, 200n],
        [1, 70n],
      ] as const) {
        await expect(asNorth.claimInstitution(id, epoch, signers.northAdmin)).to.changeTokenBalance(
          ethers,
          token,
          signers.northAdmin,
          amount,
        );
      }
      expect(await splitter.dueToInstitution(id, 1, members["researchInstitute"]!)).to.equal(30n);
      expect(await splitter.dueToInstitution(id, 2, members["researchInstitute"]!)).to.equal(0n);
    });
  });

  describe("claimCustodian", () => {
    for (const caller of ["stranger", "researcher", "northGateway", "patient", "operator", "rules"] as const) {
      it(`reverts when the caller is ${caller}, no administrator`, async () => {
        const { splitter, institutions, id, signers } = await loadFixture(deployDelivered);
        await expect(splitter.connect(signers[caller]).claimCustodian(id, signers[caller]))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(signers[caller].address, AGENT_ROLES.admin);
      });
    }

    it("reverts while the custodian is suspended, whose money stays owed, and not from the end on", async () => {
      const { splitter, institutions, id, signers, members } = await loadFixture(deployDelivered);
      const until = (await time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(members["northHospital"]!, until, REASON);
      const claiming = () => splitter.connect(signers.northAdmin).claimCustodian(id, signers.northAdmin);
      await time.setNextBlockTimestamp(until - 1);
      await expect(claiming())
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.northAdmin.address, AGENT_ROLES.admin);
      expect(await splitter.dueToCustodian(id, members["northHospital"]!)).to.equal(66n);
      await time.setNextBlockTimestamp(until);
      await expect(claiming()).to.emit(splitter, "CustodianPaid");
    });

    it("reverts when nothing is due: no delivery, no agreement, another agreement, claimed already", async () => {
      const { splitter, id, study, signers } = await loadFixture(deployDelivered);
      const { northAdmin, eastAdmin } = signers;
      const reverts = (who: typeof northAdmin, which: string) =>
        expect(splitter.connect(who).claimCustodian(which, who))
          .to.be.revertedWithCustomError(splitter, "NothingDue")
          .withArgs(which, who.address);
      await reverts(eastAdmin, id);
      for (const unknown of [UNKNOWN, ZeroHash, study]) await reverts(northAdmin, unknown);
      await splitter.connect(northAdmin).claimCustodian(id, northAdmin);
      await reverts(northAdmin, id);
    });

    it("reverts without a recipient", async () => {
      const { splitter, id, signers, members } = await loadFixture(deployDelivered);
      await expect(splitter.connect(signers.northAdmin).claimCustodian(id, ZeroAddress))
        .to.be.revertedWithCustomError(splitter, "ZeroAddress")
        .withArgs();
      expect(await splitter.dueToCustodian(id, members["northHospital"]!)).to.equal(66n);
    });

    it("pays where the administrator says by units delivered, leaves the others' due, and says so", async () => {
      const { splitter, token, id, signers, members } = await loadFixture(deployDelivered);
      const claiming = splitter.connect(signers.southAdmin).claimCustodian(id, signers.helper1);
      await expect(claiming)
        .to.emit(splitter, "CustodianPaid")
        .withArgs(id, members["southHospital"]!, signers.helper1.address, 133n);
      await expect(claiming).to.changeTokenBalances(
        ethers,
        token,
        [splitter, signers.helper1, signers.southAdmin],
        [-133n, 133n, 0n],
      );
      expect(await splitter.dueToCustodian(id, members["southHospital"]!)).to.equal(0n);
      expect(await splitter.dueToCustodian(id, members["northHospital"]!)).to.equal(66n);
    });

    it("loses no part of a unit by claiming, nor by a change of shares", async () => {
      const { splitter, token, asDepositor, asSponsor, id, signers } = await loadFixture(deployDelivered);
      const asNorth = splitter.connect(signers.northAdmin);
      await asNorth.claimCustodian(id, signers.northAdmin);
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      await asNorth.claimCustodian(id, signers.northAdmin);
      expect(await token.balanceOf(signers.northAdmin)).to.equal(133n);
      await asSponsor.proposeShares(id, { ...CUSTODIAN_SHARES, patients: 6_000, custodians: 1_000 });
      await time.increase(30 * DAY);
      await asDepositor.deposit(id, 2_000n, REFERENCE);
      await asNorth.claimCustodian(id, signers.northAdmin);
      // A third of 200 + 200 + 200, less than one unit of which may wait for the next deposit.
      expect(await token.balanceOf(signers.northAdmin)).to.be.within(199n, 200n);
    });

    it("pays what the greatest deposits owe, one custodian and several epochs", async () => {
      const suite = await loadFixture(deployAgreement);
      const { splitter, token, asStranger, asDepositor, asSponsor, signers, study, members } = suite;
      const shares = { patients: 0, fund: 3_000, custodians: 7_000, payees: [] };
      const id = await openAgreement(suite, { product: PRODUCT, shares });
      const grant = await grantCohort(suite, study, quietPatients(2));
      const count = async (index: number) => {
        await deliver(suite, grant, index);
        await asStranger.countDelivery(id, grant.id, grant.members[index]!);
      };
      await count(0);
      await asDepositor.deposit(id, MAX_RECEIVED, REFERENCE);
      const share = (MAX_RECEIVED * 7_000n) / 10_000n;
      expect(await splitter.dueToCustodian(id, members["northHospital"]!)).to.equal(share);
      await count(1);
      await asSponsor.proposeShares(id, shares);
      await time.increase(30 * DAY);
      await asDepositor.deposit(id, MAX_RECEIVED - 1n, REFERENCE);
      await splitter.connect(signers.northAdmin).claimCustodian(id, signers.northAdmin);
      expect(await token.balanceOf(signers.northAdmin)).to.be.within(2n * share - 1n, 2n * share);
    });
  });

  describe("claimFund", () => {
    it("reverts without an agreement", async () => {
      const { splitter, asStranger } = await loadFixture(deployAgreement);
      for (const unknown of [UNKNOWN, ZeroHash]) {
        await expect(asStranger.claimFund(unknown))
          .to.be.revertedWithCustomError(splitter, "AgreementUnknown")
          .withArgs(unknown);
      }
    });

    it("reverts before anything is due, and the second time", async () => {
      const { splitter, fund, asStranger, asDepositor, id } = await loadFixture(deployEnrolled);
      const reverts = async () =>
        expect(asStranger.claimFund(id))
          .to.be.revertedWithCustomError(splitter, "NothingDue")
          .withArgs(id, await fund.getAddress());
      await reverts();
      await asDepositor.deposit(id, 1_000n, REFERENCE);
      await asStranger.claimFund(id);
      await reverts();
    });

    it("pays exactly 30 % of 1000000 to the fund, by anyone's call, and says so", async () => {
      const { splitter, token, fund, asStranger, asDepositor, id } = await loadFixture(deployEnrolled);
      await asDepositor.deposit(id, 1_000_000n, REFERENCE);
      await expect(asStranger.claimFund(id))
        .to.emit(splitter, "FundPaid")
        .withArgs(id, await fund.getAddress(), 300_000n);
      expect(await token.balanceOf(fund)).to.equal(300_000n);
      const { fundPaid, fundCredit } = await splitter.agreement(id);
      expect([fundPaid, fundCredit]).to.deep.equal([300_000n, 0n]);
    });

    it("pays exactly 30 % also of a million deposited in uneven parts", async () => {
      const { splitter, token, fund, asStranger, asDepositor, id } = await loadFixture(deployEnrolled);
      let rest = 1_000_000n;
      for (const part of [1n, 3n, 7n, 333_333n, 99_999n]) {
        await asDepositor.deposit(id, part, REFERENCE);
        if ((await splitter.dueToFund(id)) !== 0n) await asStranger.claimFund(id);
        rest -= part;
      }
      await asDepositor.deposit(id, rest, REFERENCE);
      await asStranger.claimFund(id);
      expect(await token.balanceOf(fund)).to.equal(300_000n);
    });

    it("pays what ended epochs, donations and lapses owe besides", async () => {
      const { splitter, token, fund, signers, asStranger, asDepositor, asSponsor, id, grant, indexOf } =
        await loadFixture(deployPaid);
      await splitter.connect(signers.patient).donate(id, entitlementOf(grant, indexOf(signers.patient)));
      await asSponsor.proposeShares(id, { patients: 0, fund: 10_000, custodians: 0, payees: [] });
      await time.increase(30 * DAY);
      await asDepositor.deposit(id, 50n, REFERENCE);
      expect(await splitter.dueToFund(id)).to.equal(300n + 300n + 50n);
      await asStranger.claimFund(id);
      expect(await token.balanceOf(fund)).to.equal(650n);
      expect(await splitter.dueToFund(id)).to.equal(0n);
    });
  });
});
