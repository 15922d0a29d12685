import { expect } from "chai";
import { deployGoverned, ethers, loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import { actAsGroup, DAY, decideByVote, Group, groupAction } from "./acts.ts";

const { time } = networkHelpers;
const REASON = ethers.id("reason");
const LIFETIME = 7 * DAY;

describe("WorkingGroup", () => {
  async function deployGroup() {
    const suite = await loadFixture(deployGoverned);
    const { institutions, members, signers, supervisionGroup } = suite;
    const south = members["southHospital"]!;
    const call = {
      target: institutions,
      data: institutions.interface.encodeFunctionData("expel", [south, REASON]),
    };
    const { northAdmin, eastAdmin, regulatorAdmin } = signers;
    return {
      ...suite,
      group: supervisionGroup,
      south,
      call,
      seated: [northAdmin, eastAdmin, regulatorAdmin] as const,
      ...(await groupAction(supervisionGroup, call)),
    };
  }

  const suspend = ({ institutions, members }: Awaited<ReturnType<typeof deployGroup>>, key: string, until: number) => ({
    target: institutions,
    data: institutions.interface.encodeFunctionData("suspend", [members[key]!, until, REASON]),
  });

  describe("propose", () => {
    it("reverts when the caller has no seat in the group", async () => {
      const { group, action, signers } = await deployGroup();
      for (const who of [signers.stranger, signers.southAdmin, signers.instituteAdmin, signers.deployer]) {
        await expect(group.connect(who).propose(...action))
          .to.be.revertedWithCustomError(group, "NotInGroup")
          .withArgs(who.address, Group.SUPERVISION);
      }
    });

    it("reverts when the caller's member is suspended, up to the suspension's end", async () => {
      const suite = await deployGroup();
      const { group, action, seated } = suite;
      const until = (await time.latest()) + DAY;
      await actAsGroup(group, [seated[0], seated[1]], suspend(suite, "regulator", until));
      await time.setNextBlockTimestamp(until - 1);
      await expect(group.connect(seated[2]).propose(...action))
        .to.be.revertedWithCustomError(group, "NotInGroup")
        .withArgs(seated[2].address, Group.SUPERVISION);
      await time.setNextBlockTimestamp(until);
      await expect(group.connect(seated[2]).propose(...action)).to.emit(group, "ActionProposed");
    });

    it("reverts when the action was proposed before, even if it expired", async () => {
      const { group, action, id, seated } = await deployGroup();
      await group.connect(seated[0]).propose(...action);
      for (const later of [1, LIFETIME]) {
        await time.increase(later);
        await expect(group.connect(seated[1]).propose(...action))
          .to.be.revertedWithCustomError(group, "ActionAlreadyProposed")
          .withArgs(id);
      }
    });

    it("opens the action for a week with the caller's approval", async () => {
      const { group, action, id, seated } = await deployGroup();
      const sent = group.connect(seated[0]).propose(...action);
      await sent;
      const until = (await time.latest()) + LIFETIME;
      await expect(sent)
        .to.emit(group, "ActionProposed")
        .withArgs(id, ...action, until, Group.SUPERVISION, seated[0].address)
        .and.to.emit(group, "ActionApproved")
        .withArgs(id, seated[0].address);
      expect(await group.actionState(id)).to.deep.equal([1n, 2n, BigInt(until), false]);
    });

    it("gives an id to each chain, group, target, call and salt", async () => {
      const { group, ethicsGroup, action, id } = await deployGroup();
      const [target, data, salt] = action;
      const expected = ethers.keccak256(
        ethers.AbiCoder.defaultAbiCoder().encode(
          ["uint256", "address", "address", "bytes", "bytes32"],
          [20_261, await group.getAddress(), target, data, salt],
        ),
      );
      expect(id).to.equal(expected);
      const others = [
        await ethicsGroup.actionId(...action),
        await group.actionId(await group.getAddress(), data, salt),
        await group.actionId(target, `${data}00`, salt),
        await group.actionId(target, data, ethers.ZeroHash),
      ];
      expect(new Set([id, ...others]).size).to.equal(5);
    });
  });

  describe("approve", () => {
    it("reverts when the caller has no seat in the group", async () => {
      const { group, action, id, seated, signers } = await deployGroup();
      await group.connect(seated[0]).propose(...action);
      for (const who of [signers.stranger, signers.southAdmin]) {
        await expect(group.connect(who).approve(id))
          .to.be.revertedWithCustomError(group, "NotInGroup")
          .withArgs(who.address, Group.SUPERVISION);
      }
    });

    it("reverts when nobody proposed the action", async () => {
      const { group, id, seated } = await deployGroup();
      await expect(group.connect(seated[0]).approve(id))
        .to.be.revertedWithCustomError(group, "ActionUnknown")
        .withArgs(id);
    });

    it("reverts when the seat approved before", async () => {
      const { group, action, id, seated } = await deployGroup();
      await group.connect(seated[0]).propose(...action);
      await group.connect(seated[1]).approve(id);
      for (const who of [seated[0], seated[1]]) {
        await expect(group.connect(who).approve(id))
          .to.be.revertedWithCustomError(group, "ActionAlreadyApproved")
          .withArgs(id, who.address);
      }
    });

    it("reverts when the action has expired or was executed", async () => {
      const { group, action, id, seated, call } = await deployGroup();
      await group.connect(seated[0]).propose(...action);
      const until = (await time.latest()) + LIFETIME;
      await time.setNextBlockTimestamp(until - 1);
      await group.connect(seated[1]).approve(id);
      await time.setNextBlockTimestamp(until);
      await expect(group.connect(seated[2]).approve(id))
        .to.be.revertedWithCustomError(group, "ActionExpired")
        .withArgs(id, until);

      const other = await groupAction(group, call);
      await group.connect(seated[0]).propose(...other.action);
      await group.connect(seated[1]).approve(other.id);
      await group.execute(...other.action);
      await expect(group.connect(seated[2]).approve(other.id))
        .to.be.revertedWithCustomError(group, "ActionAlreadyExecuted")
        .withArgs(other.id);
    });
  });

  describe("execute", () => {
    it("reverts when nobody proposed the action, or one that differs", async () => {
      const { group, action, id, seated } = await deployGroup();
      const [target, data] = action;
      await expect(group.execute(...action))
        .to.be.revertedWithCustomError(group, "ActionUnknown")
        .withArgs(id);
      await group.connect(seated[0]).propose(...action);
      await group.connect(seated[1]).approve(id);
      await expect(group.execute(target, data, ethers.ZeroHash))
        .to.be.revertedWithCustomError(group, "ActionUnknown")
        .withArgs(await group.actionId(target, data, ethers.ZeroHash));
    });

    it("reverts without a majority", async () => {
      const { group, action, id, seated } = await deployGroup();
      await group.connect(seated[0]).propose(...action);
      await expect(group.connect(seated[0]).execute(...action))
        .to.be.revertedWithCustomError(group, "MajorityMissing")
        .withArgs(id, 1n, 2n);
    });

    it("makes the call for anyone once a majority approved, in the group's name, once", async () => {
      const { group, action, id, seated, institutions, south, signers } = await deployGroup();
      await group.connect(seated[0]).propose(...action);
      await group.connect(seated[1]).approve(id);
      await expect(group.connect(signers.stranger).execute(...action))
        .to.emit(group, "ActionExecuted")
        .withArgs(id, 2n, 3n, signers.stranger.address)
        .and.to.emit(institutions, "InstitutionWasExpelled")
        .withArgs(south, REASON, await group.getAddress());
      expect((await group.actionState(id)).executed).to.equal(true);
      await expect(group.connect(signers.stranger).execute(...action))
        .to.be.revertedWithCustomError(group, "ActionAlreadyExecuted")
        .withArgs(id);
    });

    it("works in the action's last second and not after", async () => {
      for (const [late, works] of [
        [-1, true],
        [0, false],
        [1, false],
      ] as const) {
        const { group, action, id, seated } = await deployGroup();
        await group.connect(seated[0]).propose(...action);
        const until = (await time.latest()) + LIFETIME;
        await group.connect(seated[1]).approve(id);
        await time.setNextBlockTimestamp(until + late);
        if (works) await expect(group.execute(...action)).to.emit(group, "ActionExecuted");
        else {
          await expect(group.execute(...action))
            .to.be.revertedWithCustomError(group, "ActionExpired")
            .withArgs(id, until);
        }
      }
    });

    it("does not count the approval of a member that was suspended since, but counts it again later", async () => {
      const suite = await deployGroup();
      const { group, action, id, seated } = suite;
      await group.connect(seated[1]).propose(...action);
      await group.connect(seated[2]).approve(id);
      const until = (await time.latest()) + DAY;
      await actAsGroup(group, [seated[0], seated[1]], suspend(suite, "regulator", until));
      await time.setNextBlockTimestamp(until - 1);
      await expect(group.execute(...action))
        .to.be.revertedWithCustomError(group, "MajorityMissing")
        .withArgs(id, 1n, 2n);
      await time.setNextBlockTimestamp(until);
      await expect(group.execute(...action))
        .to.emit(group, "ActionExecuted")
        .withArgs(id, 2n, 3n, suite.signers.deployer.address);
    });

    it("does not count the approval of a holder whose seat went to another wallet", async () => {
      const suite = await deployGroup();
      const { group, seats, members, seated, signers, call } = suite;
      const north = members["northHospital"]!;
      const { action, id } = await groupAction(group, call);
      await group.connect(seated[0]).propose(...action);
      await group.connect(seated[1]).approve(id);
      const encode = seats.interface.encodeFunctionData.bind(seats.interface);
      expect((await group.actionState(id)).approvals).to.equal(2n);
      await decideByVote(suite, [
        { target: seats, data: encode("endSeat", [north, Group.SUPERVISION]) },
        { target: seats, data: encode("grantSeat", [north, Group.SUPERVISION, signers.helper1.address]) },
      ]);
      expect(await seats.isSeated(signers.helper1, Group.SUPERVISION)).to.equal(true);
      expect((await group.actionState(id)).approvals).to.equal(1n);
    });

    it("needs two approvals even when one seat alone is in standing", async () => {
      const suite = await deployGroup();
      const { group, action, id, seated } = suite;
      const until = (await time.latest()) + 30 * DAY;
      await actAsGroup(group, [seated[0], seated[1]], suspend(suite, "regulator", until));
      await actAsGroup(group, [seated[0], seated[1]], suspend(suite, "eastHospital", until));
      await group.connect(seated[0]).propose(...action);
      expect(await suite.seats.seatsInStanding(Group.SUPERVISION)).to.equal(1n);
      await expect(group.connect(seated[0]).execute(...action))
        .to.be.revertedWithCustomError(group, "MajorityMissing")
        .withArgs(id, 1n, 2n);
    });

    it("reverts as the call does when it lies outside the remit, and leaves the action open", async () => {
      const { group, seated, broker } = await deployGroup();
      const call = {
        target: broker,
        data: broker.interface.encodeFunctionData("setAlertThresholds", [{ maxDenials: 1, window: 1, suspension: 1 }]),
      };
      const { action, id } = await groupAction(group, call);
      await group.connect(seated[0]).propose(...action);
      await group.connect(seated[1]).approve(id);
      await expect(group.execute(...action))
        .to.be.revertedWithCustomError(broker, "AccessManagedUnauthorized")
        .withArgs(await group.getAddress());
      expect((await group.actionState(id)).executed).to.equal(false);
    });

    it("reverts when the target has no code", async () => {
      const { group, seated, signers } = await deployGroup();
      const action = [signers.stranger.address, "0x", ethers.ZeroHash] as const;
      await group.connect(seated[0]).propose(...action);
      await group.connect(seated[1]).approve(await group.actionId(...action));
      await expect(group.execute(...action))
        .to.be.revertedWithCustomError(group, "AddressEmptyCode")
        .withArgs(signers.stranger.address);
    });

    it("returns what the call returned", async () => {
      const { group, seated, institutions } = await deployGroup();
      const action = [
        await institutions.getAddress(),
        institutions.interface.encodeFunctionData("institutionCount"),
        ethers.ZeroHash,
      ] as const;
      await group.connect(seated[0]).propose(...action);
      await group.connect(seated[1]).approve(await group.actionId(...action));
      expect(await group.execute.staticCall(...action)).to.equal(ethers.toBeHex(5, 32));
    });
  });

  it("knows its group and the seats", async () => {
    const { standardsGroup, technologyGroup, ethicsGroup, supervisionGroup, seats } = await loadFixture(deployGoverned);
    const groups = [standardsGroup, technologyGroup, ethicsGroup, supervisionGroup];
    expect(await Promise.all(groups.map((group) => group.group()))).to.deep.equal([0n, 1n, 2n, 3n]);
    for (const group of groups) expect(await group.seats()).to.equal(await seats.getAddress());
  });
});
