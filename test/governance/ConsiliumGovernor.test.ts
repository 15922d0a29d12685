import { expect } from "chai";
import type { HardhatEthersSigner as Signer } from "@nomicfoundation/hardhat-ethers/types";
import { ROLE_IDS } from "../../deploy/roles.ts";
import { deployGoverned, ethers, loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import {
  actAsGroup,
  DAY,
  decideByVote,
  Group,
  propose,
  proposalText,
  State,
  states,
  TIMELOCK_DELAY,
  Vote,
  voteFor,
  VOTING_DELAY,
  VOTING_PERIOD,
} from "./acts.ts";

const { time } = networkHelpers;
const REASON = ethers.id("reason");

describe("ConsiliumGovernor", () => {
  async function deployGovernor() {
    const suite = await loadFixture(deployGoverned);
    const { broker, institutions, seats, members, signers } = suite;
    const thresholds = (maxDenials: number) => ({
      target: broker,
      data: broker.interface.encodeFunctionData("setAlertThresholds", [{ maxDenials, window: 60, suspension: 60 }]),
    });
    const asSupervision = async (data: string) =>
      actAsGroup(suite.supervisionGroup, [signers.eastAdmin, signers.regulatorAdmin], { target: institutions, data });
    return {
      ...suite,
      thresholds,
      calls: [thresholds(3)],
      suspend: async (key: string, until: number) =>
        asSupervision(institutions.interface.encodeFunctionData("suspend", [members[key]!, until, REASON])),
      expel: async (key: string) =>
        asSupervision(institutions.interface.encodeFunctionData("expel", [members[key]!, REASON])),
      endSeat: (key: string, group: number) => ({
        target: seats,
        data: seats.interface.encodeFunctionData("endSeat", [members[key]!, group]),
      }),
    };
  }

  /** A proposal under vote. */
  async function deployVote() {
    const suite = await deployGovernor();
    const proposal = await propose(suite, suite.signers.northAdmin, suite.calls);
    await time.increaseTo(proposal.snapshot + 1);
    return { ...suite, proposal };
  }

  describe("settings", () => {
    it("are those of the config, with one seat to propose", async () => {
      const { governor, seats, timelock } = await deployGovernor();
      expect(await governor.votingDelay()).to.equal(VOTING_DELAY);
      expect(await governor.votingPeriod()).to.equal(VOTING_PERIOD);
      expect(await governor.proposalThreshold()).to.equal(1n);
      expect(await governor["quorumNumerator()"]()).to.equal(50n);
      expect(await governor.token()).to.equal(await seats.getAddress());
      expect(await governor.timelock()).to.equal(await timelock.getAddress());
      expect(await governor.CLOCK_MODE()).to.equal("mode=timestamp");
      expect(await timelock.getMinDelay()).to.equal(TIMELOCK_DELAY);
    });

    it("take half of all seats for a quorum, rounded up", async () => {
      const suite = await deployGovernor();
      const { governor } = suite;
      await networkHelpers.mine();
      expect(await governor.quorum((await time.latest()) - 1)).to.equal(6n);
      await decideByVote(suite, [suite.endSeat("eastHospital", Group.TECHNOLOGY)]);
      await networkHelpers.mine();
      expect(await governor.quorum((await time.latest()) - 1)).to.equal(6n);
      await decideByVote(suite, [suite.endSeat("eastHospital", Group.SUPERVISION)]);
      await networkHelpers.mine();
      expect(await governor.quorum((await time.latest()) - 1)).to.equal(5n);
    });

    it("never take fewer than two votes for a quorum", async () => {
      const suite = await deployGovernor();
      const { governor } = suite;
      const data = governor.interface.encodeFunctionData("updateQuorumNumerator", [0]);
      await decideByVote(suite, [{ target: governor, data }]);
      await networkHelpers.mine();
      expect(await governor["quorumNumerator()"]()).to.equal(0n);
      expect(await governor.quorum((await time.latest()) - 1)).to.equal(2n);
    });

    it("change by proposal alone", async () => {
      const suite = await deployGovernor();
      const { governor, timelock, signers } = suite;
      for (const who of [signers.deployer, signers.northAdmin, signers.stranger]) {
        const as = governor.connect(who);
        for (const act of [
          () => as.setVotingDelay(0),
          () => as.setVotingPeriod(1),
          () => as.updateTimelock(who),
          () => as.relay(who, 0, "0x"),
        ]) {
          await expect(act()).to.be.revertedWithCustomError(governor, "GovernorOnlyExecutor").withArgs(who.address);
        }
        await expect(timelock.connect(who).updateDelay(0))
          .to.be.revertedWithCustomError(timelock, "TimelockUnauthorizedCaller")
          .withArgs(who.address);
      }
      await decideByVote(suite, [
        { target: governor, data: governor.interface.encodeFunctionData("setVotingDelay", [7]) },
        { target: timelock, data: timelock.interface.encodeFunctionData("updateDelay", [9]) },
      ]);
      expect(await governor.votingDelay()).to.equal(7n);
      expect(await timelock.getMinDelay()).to.equal(9n);
    });
  });

  describe("propose", () => {
    const proposeAs = async (suite: Awaited<ReturnType<typeof deployGovernor>>, name: "stranger" | "southAdmin") => {
      const who = suite.signers[name];
      const { target, data } = suite.calls[0]!;
      return suite.governor.connect(who).propose([target], [0], [data], proposalText(who));
    };

    it("reverts when the caller has no seat", async () => {
      const suite = await deployGovernor();
      await expect(proposeAs(suite, "stranger"))
        .to.be.revertedWithCustomError(suite.governor, "GovernorInsufficientProposerVotes")
        .withArgs(suite.signers.stranger.address, 0n, 1n);
    });

    it("reverts in the second of the suspension of the caller's member, and up to the second after it", async () => {
      const suite = await deployGovernor();
      const { governor, signers } = suite;
      const until = (await time.latest()) + DAY;
      await suite.suspend("southHospital", until);
      for (const at of [until - 1, until]) {
        await time.setNextBlockTimestamp(at);
        await expect(proposeAs(suite, "southAdmin"))
          .to.be.revertedWithCustomError(governor, "GovernorInsufficientProposerVotes")
          .withArgs(signers.southAdmin.address, 0n, 1n);
      }
      await time.setNextBlockTimestamp(until + 1);
      await expect(proposeAs(suite, "southAdmin")).to.emit(governor, "ProposalCreated");
    });

    it("reverts in the block in which the member is expelled", async () => {
      const suite = await deployGovernor();
      const { governor, institutions, members, supervisionGroup, signers } = suite;
      const data = institutions.interface.encodeFunctionData("expel", [members["southHospital"]!, REASON]);
      const action = [await institutions.getAddress(), data, ethers.ZeroHash] as const;
      await supervisionGroup.connect(signers.eastAdmin).propose(...action);
      await supervisionGroup.connect(signers.regulatorAdmin).approve(await supervisionGroup.actionId(...action));
      await ethers.provider.send("evm_setAutomine", [false]);
      try {
        await supervisionGroup.execute(...action, { gasLimit: 5_000_000 });
        const { target, data: call } = suite.calls[0]!;
        const sent = await governor
          .connect(signers.southAdmin)
          .propose([target], [0], [call], proposalText(signers.southAdmin), { gasLimit: 5_000_000 });
        await networkHelpers.mine();
        await expect(sent).to.be.revertedWithCustomError(governor, "SeatMissing").withArgs(signers.southAdmin.address);
      } finally {
        await ethers.provider.send("evm_setAutomine", [true]);
      }
    });

    it("reverts when the description is not the hash of a text with its proposer", async () => {
      const { governor, calls, signers } = await deployGovernor();
      const { northAdmin, southAdmin } = signers;
      const good = proposalText(northAdmin);
      const bad = [
        "",
        "We should allow more.",
        good.slice(0, 66),
        proposalText(southAdmin),
        good.toUpperCase(),
        ` ${good.slice(1)}`,
        `0y${good.slice(2)}`,
        `${good} `,
        good.replace(/^0x./, "0xg"),
        good.replace(/^0x./, "0x/"),
        good.replace(/^0x./, "0x:"),
        good.replace(/^0x./, "0xA"),
        good.replace(/^0x./, "0x`"),
        good.replace("#proposer", "#proposed"),
        `${good.slice(0, 65)}${good.slice(66)}`,
      ];
      for (const text of bad) {
        await expect(governor.connect(northAdmin).propose([calls[0]!.target], [0], [calls[0]!.data], text), text)
          .to.be.revertedWithCustomError(governor, "ProposalTextInvalid")
          .withArgs(northAdmin.address);
      }
      const edges = `0x${"09af".repeat(16)}${good.slice(66)}`;
      await expect(governor.connect(northAdmin).propose([calls[0]!.target], [0], [calls[0]!.data], edges)).to.emit(
        governor,
        "ProposalCreated",
      );
    });

    it("reverts for nothing to do, and for the same again", async () => {
      const { governor, calls, signers } = await deployGovernor();
      const { northAdmin } = signers;
      const as = governor.connect(northAdmin);
      const text = proposalText(northAdmin);
      await expect(as.propose([], [], [], text))
        .to.be.revertedWithCustomError(governor, "GovernorInvalidProposalLength")
        .withArgs(0n, 0n, 0n);
      const same = [[await calls[0]!.target.getAddress()], [0n], [calls[0]!.data]] as const;
      await as.propose(...(same as never as [string[], bigint[], string[]]), text);
      const id = await governor.getProposalId([...same[0]], [...same[1]], [...same[2]], ethers.id(text));
      await expect(as.propose([...same[0]], [...same[1]], [...same[2]], text))
        .to.be.revertedWithCustomError(governor, "GovernorUnexpectedProposalState")
        .withArgs(id, State.PENDING, ethers.ZeroHash);
    });
  });

  describe("castVote", () => {
    it("reverts when the caller has no seat", async () => {
      const { governor, proposal, signers } = await deployVote();
      for (const who of [signers.stranger, signers.deployer]) {
        await expect(governor.connect(who).castVote(proposal.id, Vote.FOR))
          .to.be.revertedWithCustomError(governor, "SeatMissing")
          .withArgs(who.address);
      }
    });

    it("reverts when the seat was granted after the vote's first second", async () => {
      const suite = await deployGovernor();
      const { governor, seats, members, signers } = suite;
      const grant = {
        target: seats,
        data: seats.interface.encodeFunctionData("grantSeat", [
          members["southHospital"]!,
          Group.SUPERVISION,
          signers.stranger.address,
        ]),
      };
      const granting = await propose(suite, signers.northAdmin, [grant]);
      await voteFor(suite, granting, [signers.northAdmin, signers.southAdmin, signers.instituteAdmin]);
      await time.increaseTo(granting.deadline + 1);
      await governor.queue(...granting.arguments);
      await time.increase(TIMELOCK_DELAY - VOTING_DELAY - 10);
      const voted = await propose(suite, signers.northAdmin, suite.calls);
      await time.increaseTo(voted.snapshot + 20);
      await governor.execute(...granting.arguments);
      expect(await seats.getVotes(signers.stranger)).to.equal(1n);
      await expect(governor.connect(signers.stranger).castVote(voted.id, Vote.FOR))
        .to.be.revertedWithCustomError(governor, "SeatMissing")
        .withArgs(signers.stranger.address);
    });

    it("reverts when the member was in standing at the vote's first second and is suspended now", async () => {
      const suite = await deployVote();
      const { governor, proposal, signers } = suite;
      const until = (await time.latest()) + DAY;
      await suite.suspend("southHospital", until);
      const vote = () => governor.connect(signers.southAdmin).castVote(proposal.id, Vote.FOR);
      await time.setNextBlockTimestamp(until - 1);
      await expect(vote()).to.be.revertedWithCustomError(governor, "SeatMissing").withArgs(signers.southAdmin.address);
      await time.setNextBlockTimestamp(until);
      await expect(vote()).to.emit(governor, "VoteCast").withArgs(signers.southAdmin.address, proposal.id, 1n, 2n, "");
    });

    it("reverts when the member was suspended at the vote's first second", async () => {
      const suite = await deployGovernor();
      const { governor, signers } = suite;
      const proposal = await propose(suite, signers.northAdmin, suite.calls);
      await suite.suspend("southHospital", proposal.snapshot + 1);
      await time.increaseTo(proposal.snapshot + 1);
      await expect(governor.connect(signers.southAdmin).castVote(proposal.id, Vote.FOR))
        .to.be.revertedWithCustomError(governor, "SeatMissing")
        .withArgs(signers.southAdmin.address);
    });

    it("reverts when the member was expelled", async () => {
      const suite = await deployVote();
      const { governor, proposal, signers } = suite;
      await suite.expel("southHospital");
      await expect(governor.connect(signers.southAdmin).castVote(proposal.id, Vote.FOR))
        .to.be.revertedWithCustomError(governor, "SeatMissing")
        .withArgs(signers.southAdmin.address);
    });

    it("reverts for a second vote and for an unknown proposal", async () => {
      const { governor, proposal, signers } = await deployVote();
      const as = governor.connect(signers.southAdmin);
      await as.castVote(proposal.id, Vote.AGAINST);
      await expect(as.castVote(proposal.id, Vote.FOR))
        .to.be.revertedWithCustomError(governor, "GovernorAlreadyCastVote")
        .withArgs(signers.southAdmin.address);
      await expect(as.castVote(7n, Vote.FOR))
        .to.be.revertedWithCustomError(governor, "GovernorNonexistentProposal")
        .withArgs(7n);
    });

    it("takes the hash of a reason, and no words", async () => {
      const { governor, proposal, signers } = await deployVote();
      const as = governor.connect(signers.southAdmin);
      for (const reason of [
        "Because.",
        REASON.slice(0, 65),
        `${REASON}0`,
        REASON.toUpperCase(),
        REASON.replace("0x", "  "),
      ]) {
        await expect(as.castVoteWithReason(proposal.id, Vote.FOR, reason))
          .to.be.revertedWithCustomError(governor, "VoteTextInvalid")
          .withArgs(signers.southAdmin.address);
      }
      await expect(as.castVoteWithReasonAndParams(proposal.id, Vote.FOR, "", "0x01"))
        .to.be.revertedWithCustomError(governor, "VoteTextInvalid")
        .withArgs(signers.southAdmin.address);
      await expect(as.castVoteWithReason(proposal.id, Vote.FOR, REASON))
        .to.emit(governor, "VoteCast")
        .withArgs(signers.southAdmin.address, proposal.id, 1n, 2n, REASON);
    });

    it("counts a signed vote, relayed by anyone, once", async () => {
      const { governor, proposal, signers } = await deployVote();
      const { southAdmin, relayer, stranger } = signers;
      const { name, version, chainId, verifyingContract } = await governor.eip712Domain();
      const types = {
        Ballot: [
          { name: "proposalId", type: "uint256" },
          { name: "support", type: "uint8" },
          { name: "voter", type: "address" },
          { name: "nonce", type: "uint256" },
        ],
      };
      const sign = (who: typeof stranger) =>
        who.signTypedData({ name, version, chainId, verifyingContract }, types, {
          proposalId: proposal.id,
          support: Vote.FOR,
          voter: southAdmin.address,
          nonce: 0,
        });
      const relay = (signature: string) =>
        governor.connect(relayer).castVoteBySig(proposal.id, Vote.FOR, southAdmin, signature);
      await expect(relay(await sign(stranger)))
        .to.be.revertedWithCustomError(governor, "GovernorInvalidSignature")
        .withArgs(southAdmin.address);
      const signature = await sign(southAdmin);
      await expect(relay(signature))
        .to.emit(governor, "VoteCast")
        .withArgs(southAdmin.address, proposal.id, 1n, 2n, "");
      await expect(relay(signature))
        .to.be.revertedWithCustomError(governor, "GovernorInvalidSignature")
        .withArgs(southAdmin.address);
    });
  });

  describe("outcome", () => {
    it("is defeat without a quorum, which abstentions help to reach", async () => {
      const suite = await deployVote();
      const { governor, proposal, signers } = suite;
      await governor.connect(signers.northAdmin).castVote(proposal.id, Vote.FOR);
      await governor.connect(signers.southAdmin).castVote(proposal.id, Vote.FOR);
      await time.increaseTo(proposal.deadline + 1);
      expect(await governor.state(proposal.id)).to.equal(State.DEFEATED);

      const next = await propose(suite, signers.northAdmin, suite.calls);
      await time.increaseTo(next.snapshot + 1);
      await governor.connect(signers.northAdmin).castVote(next.id, Vote.FOR);
      await governor.connect(signers.instituteAdmin).castVote(next.id, Vote.ABSTAIN);
      await time.increaseTo(next.deadline + 1);
      expect(await governor.state(next.id)).to.equal(State.SUCCEEDED);
    });

    it("is defeat when as many are against as for", async () => {
      const { governor, proposal, signers } = await deployVote();
      await governor.connect(signers.northAdmin).castVote(proposal.id, Vote.FOR);
      await governor.connect(signers.instituteAdmin).castVote(proposal.id, Vote.AGAINST);
      await governor.connect(signers.southAdmin).castVote(proposal.id, Vote.ABSTAIN);
      await time.increaseTo(proposal.deadline + 1);
      expect(await governor.state(proposal.id)).to.equal(State.DEFEATED);
      await expect(governor.queue(...proposal.arguments))
        .to.be.revertedWithCustomError(governor, "GovernorUnexpectedProposalState")
        .withArgs(proposal.id, State.DEFEATED, states(State.SUCCEEDED));
    });

    it("cannot be brought about by suspending those who would vote against", async () => {
      const suite = await deployGovernor();
      const { governor, signers } = suite;
      const until = (await time.latest()) + 100 * DAY;
      for (const key of ["southHospital", "researchInstitute"]) await suite.suspend(key, until);
      const proposal = await propose(suite, signers.eastAdmin, suite.calls);
      await voteFor(suite, proposal, [signers.eastAdmin, signers.regulatorAdmin]);
      await time.increaseTo(proposal.deadline + 1);
      expect(await governor.state(proposal.id)).to.equal(State.DEFEATED);
    });

    /** Has the supervision group expel members one after the other; its last two seats in standing are enough. */
    async function expelAll(suite: Awaited<ReturnType<typeof deployGovernor>>, keys: string[], by: [string, string]) {
      const { institutions, members, signers, supervisionGroup } = suite;
      const [first, second] = by.map((name) => signers[name as "northAdmin"]) as [Signer, Signer];
      for (const key of keys) {
        const data = institutions.interface.encodeFunctionData("expel", [members[key]!, REASON]);
        await actAsGroup(supervisionGroup, [first, second], { target: institutions, data });
      }
    }

    it("is still possible when exactly a quorum of seats is left in standing, and frees the seats of who was expelled", async () => {
      const suite = await deployGovernor();
      const { governor, signers } = suite;
      await expelAll(suite, ["northHospital", "researchInstitute"], ["eastAdmin", "regulatorAdmin"]);
      const voters = [signers.southAdmin, signers.eastAdmin, signers.regulatorAdmin];
      const ends = [Group.STANDARDS, Group.TECHNOLOGY].flatMap((group) =>
        ["northHospital", "researchInstitute"].map((key) => suite.endSeat(key, group)),
      );
      const others = [
        suite.endSeat("northHospital", Group.SUPERVISION),
        suite.endSeat("researchInstitute", Group.ETHICS),
      ];
      const proposal = await propose(suite, signers.southAdmin, [...ends, ...others]);
      await voteFor(suite, proposal, voters);
      expect(await governor.quorum(proposal.snapshot)).to.equal(6n);
      await time.increaseTo(proposal.deadline + 1);
      await governor.queue(...proposal.arguments);
      await time.increase(TIMELOCK_DELAY);
      await governor.execute(...proposal.arguments);
      await networkHelpers.mine();
      expect(await governor.quorum((await time.latest()) - 1)).to.equal(3n);
    });

    it("is defeat for ever when fewer are left, so that those who expelled the others get nothing decided either", async () => {
      const suite = await deployGovernor();
      const { governor, signers } = suite;
      const gone = ["southHospital", "researchInstitute", "regulator"];
      await expelAll(suite, gone, ["northAdmin", "eastAdmin"]);
      const proposal = await propose(suite, signers.northAdmin, [suite.endSeat("southHospital", Group.ETHICS)]);
      await voteFor(suite, proposal, [signers.northAdmin, signers.eastAdmin]);
      await time.increaseTo(proposal.deadline + 1);
      expect((await governor.proposalVotes(proposal.id))[1]).to.equal(5n);
      expect(await governor.state(proposal.id)).to.equal(State.DEFEATED);
    });

    it("comes back with the members at the second at which their suspension ends", async () => {
      const suite = await deployGovernor();
      const { governor, signers } = suite;
      const until = (await time.latest()) + 10 * DAY;
      for (const key of ["northHospital", "southHospital", "researchInstitute"]) await suite.suspend(key, until);
      for (const [offset, outcome] of [
        [-1, State.DEFEATED],
        [0, State.SUCCEEDED],
      ] as const) {
        const snapshot = await networkHelpers.takeSnapshot();
        // The vote's first second is one before the suspension's end, or that very second.
        await time.setNextBlockTimestamp(until + offset - VOTING_DELAY);
        const proposal = await propose(suite, signers.eastAdmin, suite.calls);
        expect(proposal.snapshot).to.equal(until + offset);
        const back = outcome === State.SUCCEEDED ? [signers.northAdmin] : [];
        await voteFor(suite, proposal, [signers.eastAdmin, signers.regulatorAdmin, ...back]);
        await time.increaseTo(proposal.deadline + 1);
        expect(await governor.state(proposal.id)).to.equal(outcome);
        await snapshot.restore();
      }
    });

    it("can no more be made impossible by a group once it takes a vote to expel", async () => {
      const suite = await deployGovernor();
      const { authority, institutions, members, signers, supervisionGroup } = suite;
      const { selector } = institutions.interface.getFunction("expel");
      const moved = authority.interface.encodeFunctionData("setTargetFunctionRole", [
        await institutions.getAddress(),
        [selector],
        ROLE_IDS.rules,
      ]);
      await decideByVote(suite, [{ target: authority, data: moved }]);
      const data = institutions.interface.encodeFunctionData("expel", [members["southHospital"]!, REASON]);
      await expect(
        actAsGroup(supervisionGroup, [signers.eastAdmin, signers.regulatorAdmin], { target: institutions, data }),
      )
        .to.be.revertedWithCustomError(institutions, "AccessManagedUnauthorized")
        .withArgs(await supervisionGroup.getAddress());
      // A vote that expels ends the seats with it, so that the count follows.
      const ends = [Group.STANDARDS, Group.ETHICS].map((group) => suite.endSeat("southHospital", group));
      await decideByVote(suite, [{ target: institutions, data }, ...ends]);
      await networkHelpers.mine();
      expect(await suite.seats.getPastTotalSupply((await time.latest()) - 1)).to.equal(10n);
    });

    it("executes once", async () => {
      const suite = await deployGovernor();
      const { governor, broker } = suite;
      const proposal = await decideByVote(suite, suite.calls);
      expect((await broker.alertThresholds()).maxDenials).to.equal(3n);
      await expect(governor.execute(...proposal.arguments))
        .to.be.revertedWithCustomError(governor, "GovernorUnexpectedProposalState")
        .withArgs(proposal.id, State.EXECUTED, states(State.QUEUED));
    });
  });

  describe("cancel", () => {
    it("is the proposer's, before the vote begins", async () => {
      const suite = await deployGovernor();
      const { governor, signers } = suite;
      const proposal = await propose(suite, signers.northAdmin, suite.calls);
      await expect(governor.connect(signers.southAdmin).cancel(...proposal.arguments))
        .to.be.revertedWithCustomError(governor, "GovernorUnableToCancel")
        .withArgs(proposal.id, signers.southAdmin.address);
      await time.setNextBlockTimestamp(proposal.snapshot);
      await expect(governor.connect(signers.northAdmin).cancel(...proposal.arguments))
        .to.emit(governor, "ProposalCanceled")
        .withArgs(proposal.id);
      expect(await governor.state(proposal.id)).to.equal(State.CANCELED);
    });

    it("reverts once the vote has begun", async () => {
      const { governor, proposal, signers } = await deployVote();
      await expect(governor.connect(signers.northAdmin).cancel(...proposal.arguments))
        .to.be.revertedWithCustomError(governor, "GovernorUnableToCancel")
        .withArgs(proposal.id, signers.northAdmin.address);
    });
  });

  describe("timelock", () => {
    it("takes calls from the governor alone", async () => {
      const { timelock, calls, signers } = await deployGovernor();
      const call = [calls[0]!.target, 0n, calls[0]!.data, ethers.ZeroHash, ethers.ZeroHash] as const;
      for (const who of [signers.deployer, signers.northAdmin, signers.stranger]) {
        const as = timelock.connect(who);
        for (const [act, role] of [
          [() => as.schedule(...call, TIMELOCK_DELAY), "PROPOSER_ROLE"],
          [() => as.execute(...call), "EXECUTOR_ROLE"],
          [() => as.cancel(ethers.ZeroHash), "CANCELLER_ROLE"],
        ] as const) {
          await expect(act())
            .to.be.revertedWithCustomError(timelock, "AccessControlUnauthorizedAccount")
            .withArgs(who.address, ethers.id(role));
        }
      }
    });
  });
});
