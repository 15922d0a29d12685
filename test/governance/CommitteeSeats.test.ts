import { expect } from "chai";
import { deployConsilium, ethers, loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import { DAY, Group } from "./acts.ts";

const { time } = networkHelpers;
const REASON = ethers.id("reason");
const { ZeroAddress } = ethers;

describe("CommitteeSeats", () => {
  async function deploySeats() {
    const suite = await loadFixture(deployConsilium);
    const { seats, institutions, signers, members } = suite;
    return {
      ...suite,
      asRules: seats.connect(signers.rules),
      asSupervision: institutions.connect(signers.supervision),
      south: members["southHospital"]!,
      regulator: members["regulator"]!,
    };
  }

  describe("deployment", () => {
    it("gives the configured seats", async () => {
      const { seats, consortium, members } = await deploySeats();
      for (const [name, group] of [
        ["standards", Group.STANDARDS],
        ["technology", Group.TECHNOLOGY],
        ["ethics", Group.ETHICS],
        ["supervision", Group.SUPERVISION],
      ] as const) {
        expect(await seats.seatsInStanding(group)).to.equal(3n);
        for (const { member, holder } of consortium.governance.seats[name]) {
          expect((await seats.seat(members[member]!, group)).holder).to.equal(holder);
          expect(await seats.institutionOf(holder)).to.equal(members[member]!);
          expect(await seats.isSeated(holder, group)).to.equal(true);
        }
      }
    });

    it("makes each seat one vote", async () => {
      const { seats, signers } = await deploySeats();
      const { northAdmin, southAdmin, eastAdmin, instituteAdmin, regulatorAdmin, stranger } = signers;
      const votes = await Promise.all(
        [northAdmin, southAdmin, eastAdmin, instituteAdmin, regulatorAdmin, stranger].map((one) => seats.getVotes(one)),
      );
      expect(votes).to.deep.equal([3n, 2n, 2n, 3n, 2n, 0n]);
      await networkHelpers.mine();
      expect(await seats.getPastTotalSupply((await time.latest()) - 1)).to.equal(12n);
    });

    it("counts by unix seconds", async () => {
      const { seats } = await deploySeats();
      expect(await seats.clock()).to.equal(await time.latest());
      expect(await seats.CLOCK_MODE()).to.equal("mode=timestamp");
    });
  });

  describe("grantSeat", () => {
    it("reverts when the caller does not hold the role", async () => {
      const { seats, signers, south } = await deploySeats();
      for (const who of [signers.stranger, signers.supervision, signers.northAdmin, signers.deployer]) {
        await expect(seats.connect(who).grantSeat(south, Group.SUPERVISION, signers.southAdmin))
          .to.be.revertedWithCustomError(seats, "AccessManagedUnauthorized")
          .withArgs(who.address);
      }
    });

    it("reverts when the holder is zero", async () => {
      const { asRules, south } = await deploySeats();
      await expect(asRules.grantSeat(south, Group.SUPERVISION, ZeroAddress)).to.be.revertedWithCustomError(
        asRules,
        "ZeroAddress",
      );
    });

    it("reverts when the member is unknown, suspended or expelled", async () => {
      const { asRules, asSupervision, south, signers } = await deploySeats();
      const expectRefusal = (institution: number) =>
        expect(asRules.grantSeat(institution, Group.SUPERVISION, signers.southAdmin))
          .to.be.revertedWithCustomError(asRules, "SeatNeedsStanding")
          .withArgs(institution);
      await expectRefusal(0);
      await expectRefusal(6);
      await expectRefusal(2 ** 32 - 1);
      await asSupervision.suspend(south, (await time.latest()) + DAY, REASON);
      await expectRefusal(south);
      await asSupervision.expel(south, REASON);
      await expectRefusal(south);
    });

    it("reverts when the member has a seat in the group", async () => {
      const { asRules, regulator, signers } = await deploySeats();
      await expect(asRules.grantSeat(regulator, Group.ETHICS, signers.stranger))
        .to.be.revertedWithCustomError(asRules, "SeatTaken")
        .withArgs(regulator, Group.ETHICS, signers.regulatorAdmin.address);
    });

    it("reverts when the wallet holds a seat for another member, or once did", async () => {
      const { asRules, south, regulator, members, signers } = await deploySeats();
      const north = members["northHospital"]!;
      const grant = () => asRules.grantSeat(south, Group.SUPERVISION, signers.regulatorAdmin);
      await expect(grant())
        .to.be.revertedWithCustomError(asRules, "SeatHolderBound")
        .withArgs(signers.regulatorAdmin.address, regulator);
      await asRules.endSeat(regulator, Group.ETHICS);
      await asRules.endSeat(regulator, Group.SUPERVISION);
      await expect(grant())
        .to.be.revertedWithCustomError(asRules, "SeatHolderBound")
        .withArgs(signers.regulatorAdmin.address, regulator);
      await expect(asRules.grantSeat(south, Group.SUPERVISION, signers.northAdmin))
        .to.be.revertedWithCustomError(asRules, "SeatHolderBound")
        .withArgs(signers.northAdmin.address, north);
    });

    it("gives a seat and a vote from the next second on", async () => {
      const { seats, asRules, south, signers } = await deploySeats();
      const { stranger, rules } = signers;
      await expect(asRules.grantSeat(south, Group.SUPERVISION, stranger))
        .to.emit(seats, "SeatGranted")
        .withArgs(south, stranger.address, Group.SUPERVISION, rules.address)
        .and.to.emit(seats, "DelegateChanged")
        .withArgs(stranger.address, ZeroAddress, stranger.address)
        .and.to.emit(seats, "DelegateVotesChanged")
        .withArgs(stranger.address, 0n, 1n);
      const at = await time.latest();
      expect(await seats.seat(south, Group.SUPERVISION)).to.deep.equal([stranger.address, BigInt(at)]);
      expect(await seats.isSeated(stranger, Group.SUPERVISION)).to.equal(true);
      expect(await seats.isSeated(stranger, Group.ETHICS)).to.equal(false);
      expect(await seats.seatsInStanding(Group.SUPERVISION)).to.equal(4n);
      expect(await seats.getVotes(stranger)).to.equal(1n);
      await networkHelpers.mine();
      expect(await seats.getPastVotes(stranger, at - 1)).to.equal(0n);
      expect(await seats.getPastVotes(stranger, at)).to.equal(1n);
      expect(await seats.getPastTotalSupply(at)).to.equal(13n);
    });
  });

  describe("endSeat", () => {
    it("reverts when the caller does not hold the role", async () => {
      const { seats, signers, south } = await deploySeats();
      for (const who of [signers.stranger, signers.southAdmin]) {
        await expect(seats.connect(who).endSeat(south, Group.ETHICS))
          .to.be.revertedWithCustomError(seats, "AccessManagedUnauthorized")
          .withArgs(who.address);
      }
    });

    it("reverts when there is no seat, or no longer", async () => {
      const { asRules, south } = await deploySeats();
      await expect(asRules.endSeat(south, Group.SUPERVISION))
        .to.be.revertedWithCustomError(asRules, "SeatUnknown")
        .withArgs(south, Group.SUPERVISION);
      await asRules.endSeat(south, Group.ETHICS);
      await expect(asRules.endSeat(south, Group.ETHICS))
        .to.be.revertedWithCustomError(asRules, "SeatUnknown")
        .withArgs(south, Group.ETHICS);
    });

    it("takes seat and vote, whichever place the seat had, and lets the past stand", async () => {
      for (const key of ["southHospital", "researchInstitute", "regulator"]) {
        const { seats, asRules, members, consortium, signers } = await deploySeats();
        const { holder } = consortium.governance.seats.ethics.find(({ member }) => member === key)!;
        const others = consortium.governance.seats.ethics.filter(({ member }) => member !== key);
        const before = await seats.getVotes(holder);
        await expect(asRules.endSeat(members[key]!, Group.ETHICS))
          .to.emit(seats, "SeatEnded")
          .withArgs(members[key]!, holder, Group.ETHICS, signers.rules.address)
          .and.to.emit(seats, "DelegateVotesChanged")
          .withArgs(holder, before, before - 1n);
        const at = await time.latest();
        await networkHelpers.mine();

        expect(await seats.isSeated(holder, Group.ETHICS)).to.equal(false);
        expect((await seats.seat(members[key]!, Group.ETHICS)).holder).to.equal(ZeroAddress);
        for (const other of others) expect(await seats.isSeated(other.holder, Group.ETHICS)).to.equal(true);
        expect(await seats.seatsInStanding(Group.ETHICS)).to.equal(2n);
        expect(await seats.getPastVotes(holder, at - 1)).to.equal(before);
        expect(await seats.getPastVotes(holder, at)).to.equal(before - 1n);
        expect(await seats.getPastTotalSupply(at)).to.equal(11n);
      }
    });

    it("makes room for another holder of the same member", async () => {
      const { seats, asRules, south, signers } = await deploySeats();
      await asRules.endSeat(south, Group.ETHICS);
      await asRules.grantSeat(south, Group.ETHICS, signers.stranger);
      expect(await seats.isSeated(signers.stranger, Group.ETHICS)).to.equal(true);
      expect(await seats.isSeated(signers.southAdmin, Group.ETHICS)).to.equal(false);
      expect(await seats.getVotes(signers.southAdmin)).to.equal(1n);
    });
  });

  describe("standing", () => {
    it("takes the votes of a suspended member from the same second, and gives them back at its end", async () => {
      const { seats, asSupervision, south, signers } = await deploySeats();
      const { southAdmin } = signers;
      const until = (await time.latest()) + DAY;
      await asSupervision.suspend(south, until, REASON);
      const at = await time.latest();
      expect(await seats.getVotes(southAdmin)).to.equal(0n);
      expect(await seats.isSeated(southAdmin, Group.ETHICS)).to.equal(false);
      expect(await seats.seatsInStanding(Group.ETHICS)).to.equal(2n);
      await time.increaseTo(until - 1);
      expect(await seats.getVotes(southAdmin)).to.equal(0n);
      await time.increaseTo(until);
      expect(await seats.getVotes(southAdmin)).to.equal(2n);
      expect(await seats.isSeated(southAdmin, Group.ETHICS)).to.equal(true);
      await time.increaseTo(until + 1);
      expect(await seats.getVotes(southAdmin)).to.equal(2n);

      expect(await seats.getPastVotes(southAdmin, at - 1)).to.equal(2n);
      expect(await seats.getPastVotes(southAdmin, at)).to.equal(0n);
      expect(await seats.getPastVotes(southAdmin, until - 1)).to.equal(0n);
      expect(await seats.getPastVotes(southAdmin, until)).to.equal(2n);
    });

    it("takes the votes of an expelled member for ever", async () => {
      const { seats, asSupervision, south, signers } = await deploySeats();
      await asSupervision.expel(south, REASON);
      const at = await time.latest();
      await time.increase(3_650 * DAY);
      expect(await seats.getVotes(signers.southAdmin)).to.equal(0n);
      expect(await seats.isSeated(signers.southAdmin, Group.STANDARDS)).to.equal(false);
      expect(await seats.getPastVotes(signers.southAdmin, at - 1)).to.equal(2n);
      expect(await seats.getPastVotes(signers.southAdmin, at)).to.equal(0n);
    });

    it("lowers no quorum by suspending or expelling", async () => {
      const { seats, asSupervision, asRules, south, regulator } = await deploySeats();
      await asSupervision.expel(south, REASON);
      await asSupervision.suspend(regulator, (await time.latest()) + DAY, REASON);
      await networkHelpers.mine();
      expect(await seats.getPastTotalSupply((await time.latest()) - 1)).to.equal(12n);
      await asRules.endSeat(south, Group.ETHICS);
      await networkHelpers.mine();
      expect(await seats.getPastTotalSupply((await time.latest()) - 1)).to.equal(11n);
    });
  });

  describe("votes", () => {
    it("cannot be delegated, by call or by signature", async () => {
      const { seats, signers } = await deploySeats();
      const { southAdmin, stranger } = signers;
      for (const to of [stranger, southAdmin]) {
        await expect(seats.connect(southAdmin).delegate(to))
          .to.be.revertedWithCustomError(seats, "SeatNotDelegable")
          .withArgs(southAdmin.address);
      }
      const { name, version, chainId, verifyingContract } = await seats.eip712Domain();
      const expiry = (await time.latest()) + DAY;
      const signature = await southAdmin.signTypedData(
        { name, version, chainId, verifyingContract },
        {
          Delegation: [
            { name: "delegatee", type: "address" },
            { name: "nonce", type: "uint256" },
            { name: "expiry", type: "uint256" },
          ],
        },
        { delegatee: stranger.address, nonce: 0, expiry },
      );
      const { v, r, s } = ethers.Signature.from(signature);
      await expect(seats.connect(stranger).delegateBySig(stranger, 0, expiry, v, r, s))
        .to.be.revertedWithCustomError(seats, "SeatNotDelegable")
        .withArgs(southAdmin.address);
    });

    it("cannot be asked for at a second that is not over", async () => {
      const { seats, signers } = await deploySeats();
      const now = await time.latest();
      for (const at of [now, now + 1, 2 ** 40]) {
        await expect(seats.getPastVotes(signers.southAdmin, at))
          .to.be.revertedWithCustomError(seats, "ERC5805FutureLookup")
          .withArgs(at, now);
      }
    });
  });
});
