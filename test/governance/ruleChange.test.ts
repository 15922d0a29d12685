import { expect } from "chai";
import {
  Decision,
  decidedArgs,
  deployGovernedScenario,
  expectDecision,
  loadFixture,
  plain,
  ReviewMask,
} from "../access/scenario.ts";
import { ethers, networkHelpers } from "../fixtures/consilium.ts";
import {
  decideByVote,
  propose,
  State,
  states,
  TIMELOCK_DELAY,
  Vote,
  voteFor,
  VOTING_DELAY,
  VOTING_PERIOD,
  type Call,
} from "./acts.ts";

const { time } = networkHelpers;

/** The timelock's state of an operation whose delay is over. */
const READY = 2;

/** The level matrix with an ethics review at level 2 too, ready to be proposed. */
async function deployStricter() {
  const s = await loadFixture(deployGovernedScenario);
  const { broker, institutions, records, consents, studies, ruleSet } = s;
  const rules = plain(await ruleSet.rules()) as { levels: { reviews: bigint }[] };
  rules.levels[2]!.reviews = ReviewMask.ETHICS;
  const stricter = await ethers.deployContract("RuleSet", [rules, institutions, records, consents, studies]);
  const address = await stricter.getAddress();
  const change: Call = { target: broker, data: broker.interface.encodeFunctionData("setRuleSet", [address]) };
  return { ...s, stricter: address, change };
}

describe("a rule change by proposal", () => {
  it("goes from draft to effect, second by second, and each decision names the rules it was made by", async () => {
    const s = await loadFixture(deployStricter);
    const { governor, timelock, broker, ruleSet, signers, stricter } = s;
    const { northAdmin, southAdmin, eastAdmin, instituteAdmin, regulatorAdmin, relayer, researcher } = signers;

    // The draft is a contract anyone can read; nothing has changed.
    expect(await broker.ruleSet()).to.deep.equal([await ruleSet.getAddress(), 1n]);
    await expectDecision(s, s.makeRequest(), { decision: Decision.APPROVED, version: 1 });

    // A seat proposes it.
    const proposal = await propose(s, northAdmin, [s.change]);
    const proposedAt = await time.latest();
    expect(proposal.snapshot).to.equal(proposedAt + VOTING_DELAY);
    expect(proposal.deadline).to.equal(proposal.snapshot + VOTING_PERIOD);

    // The vote is not open a second before its first, nor in it, and is in the one after.
    const vote = (who: typeof northAdmin, support: number) => governor.connect(who).castVote(proposal.id, support);
    for (const at of [proposal.snapshot - 1, proposal.snapshot]) {
      await time.setNextBlockTimestamp(at);
      await expect(vote(northAdmin, Vote.FOR))
        .to.be.revertedWithCustomError(governor, "GovernorUnexpectedProposalState")
        .withArgs(proposal.id, State.PENDING, states(State.ACTIVE));
    }
    await time.setNextBlockTimestamp(proposal.snapshot + 1);
    await expect(vote(northAdmin, Vote.FOR))
      .to.emit(governor, "VoteCast")
      .withArgs(northAdmin.address, proposal.id, Vote.FOR, 3n, "");
    await vote(eastAdmin, Vote.AGAINST);
    await vote(regulatorAdmin, Vote.ABSTAIN);

    // A vote counts in the last second, and no more in the one after.
    await time.setNextBlockTimestamp(proposal.deadline - 1);
    await vote(southAdmin, Vote.FOR);
    await time.setNextBlockTimestamp(proposal.deadline);
    await expect(governor.queue(...proposal.arguments))
      .to.be.revertedWithCustomError(governor, "GovernorUnexpectedProposalState")
      .withArgs(proposal.id, State.ACTIVE, states(State.SUCCEEDED));
    await time.setNextBlockTimestamp(proposal.deadline + 1);
    await expect(vote(instituteAdmin, Vote.AGAINST))
      .to.be.revertedWithCustomError(governor, "GovernorUnexpectedProposalState")
      .withArgs(proposal.id, State.SUCCEEDED, states(State.ACTIVE));
    expect(await governor.proposalVotes(proposal.id)).to.deep.equal([2n, 5n, 2n]);

    // Agreed on is not in force: anyone queues it, and the timelock waits.
    await expect(governor.execute(...proposal.arguments))
      .to.be.revertedWithCustomError(governor, "GovernorUnexpectedProposalState")
      .withArgs(proposal.id, State.SUCCEEDED, states(State.QUEUED));
    await governor.connect(relayer).queue(...proposal.arguments);
    const readyAt = (await time.latest()) + TIMELOCK_DELAY;
    expect(await governor.proposalEta(proposal.id)).to.equal(readyAt);
    await time.setNextBlockTimestamp(readyAt - 1);
    const [targets, values, calldatas, descriptionHash] = proposal.arguments;
    const salt = ethers.toBeHex(BigInt(await governor.getAddress()) << 96n, 32);
    const operation = await timelock.hashOperationBatch(
      targets,
      values,
      calldatas,
      ethers.ZeroHash,
      ethers.toBeHex(BigInt(salt) ^ BigInt(descriptionHash), 32),
    );
    await expect(governor.execute(...proposal.arguments))
      .to.be.revertedWithCustomError(timelock, "TimelockUnexpectedOperationState")
      .withArgs(operation, ethers.toBeHex(1 << READY, 32));
    await time.setNextBlockTimestamp(readyAt);
    const before = s.makeRequest();
    await expect(broker.connect(researcher).request(before))
      .to.emit(broker, "AccessDecided")
      .withArgs(...(await decidedArgs(s, before, { decision: Decision.APPROVED, version: 1 })));

    // From the second after the delay anyone may execute it; from then on decisions name the new version.
    await expect(governor.connect(relayer).execute(...proposal.arguments))
      .to.emit(governor, "ProposalExecuted")
      .withArgs(proposal.id)
      .and.to.emit(broker, "RuleSetChanged");
    const [change] = await broker.queryFilter(broker.filters.RuleSetChanged(stricter));
    expect([change!.args.version, change!.args.by]).to.deep.equal([2n, await timelock.getAddress()]);
    expect(await broker.ruleSet()).to.deep.equal([stricter, 2n]);
    await expectDecision(s, s.makeRequest(), {
      decision: Decision.NEEDS_REVIEW,
      pending: ReviewMask.ETHICS,
      version: 2,
    });
    const [past] = await broker.queryFilter(broker.filters.AccessDecided(await broker.requestId(researcher, before)));
    expect(past!.args.ruleVersion).to.equal(1n);
  });

  it("takes effect in the very second in which the timelock's delay is over", async () => {
    const s = await loadFixture(deployStricter);
    const { governor, broker, signers, stricter } = s;
    const proposal = await propose(s, signers.northAdmin, [s.change]);
    await voteFor(s, proposal, [signers.northAdmin, signers.instituteAdmin]);
    await time.increaseTo(proposal.deadline + 1);
    await governor.queue(...proposal.arguments);
    await time.setNextBlockTimestamp(Number(await governor.proposalEta(proposal.id)));
    await governor.execute(...proposal.arguments);
    expect(await broker.ruleSet()).to.deep.equal([stricter, 2n]);
  });

  it("changes thresholds, shares by default, the fund, roles and seats too", async () => {
    const s = await loadFixture(deployStricter);
    const { broker, splitter, fund, token, authority, seats, signers, members } = s;
    await token.mint(fund, 1_000n);
    const call = (target: Call["target"], name: string, values: unknown[]): Call => ({
      target,
      data: target.interface.encodeFunctionData(name, values),
    });
    await decideByVote(s, [
      call(broker, "setAlertThresholds", [{ maxDenials: 3, window: 60, suspension: 120 }]),
      call(splitter, "setShareRules", [{ fundFloor: 3_500, patients: 4_000, fund: 3_500, custodians: 1_500 }]),
      call(fund, "spend", [await token.getAddress(), signers.helper1.address, 400n, ethers.id("purpose")]),
      call(authority, "grantRole", [1n, signers.helper2.address, 0]),
      call(seats, "grantSeat", [members["southHospital"]!, 3, signers.southAdmin.address]),
    ]);
    expect([...(await broker.alertThresholds())]).to.deep.equal([3n, 60n, 120n]);
    expect([...(await splitter.shareRules())]).to.deep.equal([3_500n, 4_000n, 3_500n, 1_500n]);
    expect(await token.balanceOf(signers.helper1)).to.equal(400n);
    expect(await authority.hasRole(1n, signers.helper2)).to.deep.equal([true, 0n]);
    expect(await seats.isSeated(signers.southAdmin, 3)).to.equal(true);
  });

  it("changes nothing at all when one of its calls fails", async () => {
    const s = await loadFixture(deployStricter);
    const { governor, broker, signers } = s;
    const bad: Call = {
      target: broker,
      data: broker.interface.encodeFunctionData("setRuleSet", [ethers.ZeroAddress]),
    };
    const proposal = await propose(s, signers.northAdmin, [s.change, bad]);
    await voteFor(s, proposal, [signers.northAdmin, signers.instituteAdmin]);
    await time.increaseTo(proposal.deadline + 1);
    await governor.queue(...proposal.arguments);
    await time.increase(TIMELOCK_DELAY);
    await expect(governor.execute(...proposal.arguments))
      .to.be.revertedWithCustomError(broker, "ZeroAddress")
      .withArgs();
    expect((await broker.ruleSet()).version).to.equal(1n);
  });
});
