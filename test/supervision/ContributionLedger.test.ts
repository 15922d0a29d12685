import { expect } from "chai";
import { requestId } from "@consilium/sdk";
import { Decision, failedCheckMask, memberOf, NO_CONSENT, RECORD } from "../access/scenario.ts";
import { deployContributing, RULES } from "./contributionFixtures.ts";
import {
  addressOf,
  DAY,
  ethers,
  hash,
  inOneBlock,
  loadFixture,
  plain,
  REASON,
  time,
  zeroAddress,
  zeroHash,
} from "./supervisionFixtures.ts";

const PERIOD = 30 * DAY;
const MAX_32 = 2n ** 32n - 1n;
const MAX_64 = 2n ** 64n - 1n;
const UNKNOWN = hash("unknown");
/** A record's first delivery, its leaf not published. */
const FIRST = RULES.delivery + RULES.acceptance;
const LEAK = RULES.deduction + 90n * RULES.deductionPerDay;

describe("ContributionLedger", () => {
  it("needs its partners and sound rules", async () => {
    const { authority, institutions, records, broker, supervision, contributions } =
      await loadFixture(deployContributing);
    const parts = [institutions, records, broker, supervision];
    for (const missing of parts.keys()) {
      const shown = parts.map((part, index) => (index === missing ? zeroAddress : part));
      await expect(ethers.deployContract("ContributionLedger", [authority, ...shown, RULES]))
        .to.be.revertedWithCustomError(contributions, "ZeroAddress")
        .withArgs();
    }
    await expect(ethers.deployContract("ContributionLedger", [authority, ...parts, { ...RULES, cap: 0n }]))
      .to.be.revertedWithCustomError(contributions, "PointsCapInvalid")
      .withArgs(0n);
    const made = await ethers.deployContract("ContributionLedger", [authority, ...parts, RULES]);
    await expect(made.deploymentTransaction())
      .to.emit(made, "ContributionRulesChanged")
      .withArgs(Object.values(RULES), (await ethers.getSigners())[0]!.address);
    expect(plain(await made.rules())).to.deep.equal(RULES);
  });

  describe("credit", () => {
    it("gives the custodian of a delivered record its points, whoever calls", async () => {
      const { contributions, broker, ids, deliver, credit, earned } = await loadFixture(deployContributing);
      const delivery = await deliver();
      const { grant, member } = delivery;
      await expect(credit(delivery))
        .to.emit(contributions, "ContributionCredited")
        .withArgs(ids.north, grant, ids.institute, member.batch, member.record, true, false, FIRST, FIRST, 2n);
      expect(plain(await contributions.pointsOf(ids.north))).to.deep.equal({ earned: FIRST, deducted: 0n });
      expect(await contributions.isCredited(grant, await broker.memberLeaf(member))).to.equal(true);
      expect(await contributions.isAccepted(member.record)).to.equal(true);
      const period = await contributions.periodOf((await broker.grant(grant)).decidedAt);
      expect(await contributions.earnedFrom(ids.north, ids.institute, period)).to.equal(FIRST);
      for (const other of [ids.institute, ids.south, 0]) expect(await earned(other)).to.equal(0n);
    });

    it("gives nothing for a delivery that is credited, in a later call or in the same", async () => {
      const { contributions, ids, signers, deliver, credit, earned } = await loadFixture(deployContributing);
      const { grant, member } = await deliver();
      await expect(contributions.connect(signers.stranger).credit(grant, [member, member])).to.emit(
        contributions,
        "ContributionCredited",
      );
      expect(await earned(ids.north)).to.equal(FIRST);
      await expect(credit({ grant, member })).not.to.emit(contributions, "ContributionCredited");
      expect(await earned(ids.north)).to.equal(FIRST);
    });

    it("counts a delivery that was logged twice once", async () => {
      const { ids, grant, handOver, credit, earned } = await loadFixture(deployContributing);
      const granted = await grant();
      await credit(await handOver(granted));
      await credit(await handOver(granted));
      expect(await earned(ids.north)).to.equal(FIRST);
    });

    it("gives a record's acceptance for its first delivery alone", async () => {
      const { contributions, ids, deliver, credit, earned } = await loadFixture(deployContributing);
      await credit(await deliver());
      const { grant, member } = await deliver();
      const total = FIRST + RULES.delivery;
      await expect(credit({ grant, member }))
        .to.emit(contributions, "ContributionCredited")
        .withArgs(
          ...[ids.north, grant, ids.institute, member.batch, member.record],
          ...[false, false, RULES.delivery, total, 2n],
        );
      expect(await earned(ids.north)).to.equal(total);
    });

    it("gives more for the first delivery of a record whose leaf was published, and not for its second", async () => {
      const { contributions, ids, anchorRecord, deliver, credit } = await loadFixture(deployContributing);
      const from = await anchorRecord(true);
      const first = await deliver({ from, record: 0 });
      const worth = FIRST + RULES.publication;
      await expect(credit(first))
        .to.emit(contributions, "ContributionCredited")
        .withArgs(
          ...[ids.north, first.grant, ids.institute, first.member.batch, first.member.record],
          ...[true, true, worth, worth, 2n],
        );
      const second = await deliver({ from, record: 0 });
      const total = worth + RULES.delivery;
      await expect(credit(second))
        .to.emit(contributions, "ContributionCredited")
        .withArgs(
          ...[ids.north, second.grant, ids.institute, second.member.batch, second.member.record],
          ...[false, true, RULES.delivery, total, 2n],
        );
    });

    it("takes records that need no consent, and grants that are revoked or over", async () => {
      const { broker, ids, signers, until, grant, handOver, deliver, credit, earned } =
        await loadFixture(deployContributing);
      await credit(await deliver({ record: RECORD.public, word: { level: 0 }, consent: NO_CONSENT }));
      const revoked = await grant({ record: RECORD.labs });
      const delivery = await handOver(revoked);
      await broker.connect(signers.researcher).revokeGrant(revoked.id, REASON);
      await credit(delivery);
      const over = await deliver({ record: RECORD.successor });
      await time.increaseTo(until);
      await credit(over);
      expect(await earned(ids.north)).to.equal(3n * FIRST);
    });

    it("credits each custodian of a grant in one call", async () => {
      const { contributions, ids, signers, deliverCohort, earned } = await loadFixture(deployContributing);
      const { id, delivered } = await deliverCohort();
      await contributions.connect(signers.stranger).credit(id, delivered);
      expect(await earned(ids.north)).to.equal(FIRST);
      expect(await earned(ids.south)).to.equal(FIRST);
    });

    it("reverts for a member whose record was not delivered, and credits none of the others then", async () => {
      const { contributions, ids, deliverCohort, earned } = await loadFixture(deployContributing);
      const { id, members, delivered } = await deliverCohort();
      const missing = members.find((member) => !delivered.includes(member))!;
      await expect(contributions.credit(id, [...delivered, missing]))
        .to.be.revertedWithCustomError(contributions, "DeliveryNotCreditable")
        .withArgs(id, missing.record);
      expect(await earned(ids.north)).to.equal(0n);
    });

    it("reverts for a grant that is unknown, and for a member of which any field is another", async () => {
      const { contributions, deliver } = await loadFixture(deployContributing);
      const { grant, member } = await deliver();
      for (const [id, shown] of [
        [UNKNOWN, member],
        [zeroHash, member],
        [grant, { ...member, study: zeroHash }],
        [grant, { ...member, patient: zeroAddress }],
        [grant, { ...member, consent: UNKNOWN }],
        [grant, { ...member, batch: UNKNOWN }],
        [grant, { ...member, record: UNKNOWN }],
      ] as const) {
        await expect(contributions.credit(id, [shown]))
          .to.be.revertedWithCustomError(contributions, "DeliveryNotCreditable")
          .withArgs(id, shown.record);
      }
    });

    it("does nothing for no members", async () => {
      const { contributions, deliver } = await loadFixture(deployContributing);
      const { grant } = await deliver();
      await expect(contributions.credit(grant, [])).not.to.emit(contributions, "ContributionCredited");
    });

    it("reverts where a custodian uses its own record, which others may still accept", async () => {
      const { contributions, ids, useOwn, deliver, credit, earned } = await loadFixture(deployContributing);
      const own = await useOwn();
      await expect(credit(own))
        .to.be.revertedWithCustomError(contributions, "DeliveryNotCreditable")
        .withArgs(own.grant, own.member.record);
      expect(await contributions.isAccepted(own.member.record)).to.equal(false);
      await credit(await deliver());
      expect(await earned(ids.north)).to.equal(FIRST);
    });

    it("gives nothing for anchors that nobody asked for, however many", async () => {
      const { contributions, records, signers, ids } = await loadFixture(deployContributing);
      await records.connect(signers.northGateway).anchor(hash("junk"), MAX_32, 0, hash("manifest"));
      expect(plain(await contributions.pointsOf(ids.north))).to.deep.equal({ earned: 0n, deducted: 0n });
      expect(await contributions.ratingOf(ids.north)).to.equal(1n);
    });
  });

  describe("the cap", () => {
    it("leaves of a delivery what there is room for, and nothing of those after it", async () => {
      const { contributions, ids, deliver, credit, changeRules, earned } = await loadFixture(deployContributing);
      const cap = FIRST + 1n;
      await changeRules({ cap: RULES.delivery + RULES.acceptance + RULES.publication });
      await changeRules({ cap, publication: 0n });
      await credit(await deliver());
      for (const [points, record] of [
        [1n, RECORD.labs],
        [0n, RECORD.successor],
      ] as const) {
        const { grant, member } = await deliver({ record });
        await expect(credit({ grant, member }))
          .to.emit(contributions, "ContributionCredited")
          .withArgs(
            ...[ids.north, grant, ids.institute, member.batch, member.record],
            ...[record === RECORD.successor, false, points, cap, 2n],
          );
      }
      expect(await earned(ids.north)).to.equal(cap);
    });

    it("counts each recipient, and each custodian, by itself", async () => {
      const { ids, signers, southBatch, carePolicy, careWord, giveConsent, deliver, credit, changeRules, earned } =
        await loadFixture(deployContributing);
      await changeRules({ cap: FIRST, publication: 0n });
      await credit(await deliver());
      await credit(await deliver({ record: RECORD.successor }));
      expect(await earned(ids.north)).to.equal(FIRST);
      await credit(await deliver({ from: southBatch, record: 0 }));
      expect(await earned(ids.south)).to.equal(FIRST);
      const consent = await giveConsent({ policy: carePolicy });
      const care = { study: zeroHash, word: careWord, consent, record: RECORD.shortLived };
      await credit(await deliver(care, signers.southClinician));
      expect(await earned(ids.north)).to.equal(2n * FIRST);
    });

    it("begins anew with each period, by the second of the decision and not of the call", async () => {
      const { contributions, ids, start, grant, handOver, credit, changeRules, earned } =
        await loadFixture(deployContributing);
      await changeRules({ cap: FIRST, publication: 0n });
      const boundary = (Math.floor(start / PERIOD) + 1) * PERIOD;
      const word = { validUntil: boundary + 10 * DAY };
      const grantAt = async (at: number, record: number) => {
        await time.setNextBlockTimestamp(at);
        return grant({ record, word });
      };
      const before = await grantAt(boundary - 2, RECORD.labs);
      const last = await grantAt(boundary - 1, RECORD.successor);
      const first = await grantAt(boundary, RECORD.labs);
      const after = await grantAt(boundary + 1, RECORD.successor);
      for (const [granted, total] of [
        [last, FIRST],
        [before, FIRST],
        [first, FIRST + RULES.delivery],
        [after, FIRST + 2n * RULES.delivery],
      ] as const) {
        await credit(await handOver(granted));
        expect(await earned(ids.north)).to.equal(total);
      }
      const period = await contributions.periodOf(boundary);
      expect(await contributions.periodOf(boundary - 1)).to.equal(period - 1n);
      expect(await contributions.earnedFrom(ids.north, ids.institute, period - 1n)).to.equal(FIRST);
      expect(await contributions.earnedFrom(ids.north, ids.institute, period)).to.equal(2n * RULES.delivery);
    });

    it("leaves nothing where it was lowered below what was earned, and takes nothing away", async () => {
      const { ids, deliver, credit, changeRules, earned } = await loadFixture(deployContributing);
      await credit(await deliver());
      await changeRules({ delivery: 1n, acceptance: 1n, publication: 0n, cap: 2n });
      await credit(await deliver({ record: RECORD.successor }));
      expect(await earned(ids.north)).to.equal(FIRST);
    });

    it("holds at the maximum", async () => {
      const { ids, deliver, credit, changeRules, earned } = await loadFixture(deployContributing);
      await changeRules({ delivery: MAX_32, acceptance: 0n, publication: 0n, cap: MAX_32 });
      await credit(await deliver());
      await credit(await deliver());
      expect(await earned(ids.north)).to.equal(MAX_32);
    });
  });

  describe("standing", () => {
    it("leaves a suspended or expelled member its points, and what it delivered before", async () => {
      const { contributions, institutions, signers, ids, deliver, credit, suspend, earned } =
        await loadFixture(deployContributing);
      await credit(await deliver());
      const second = await deliver({ record: RECORD.successor });
      const third = await deliver({ record: RECORD.shortLived });
      await suspend(ids.north, (await time.latest()) + DAY);
      expect(await earned(ids.north)).to.equal(FIRST);
      await credit(second);
      expect(await earned(ids.north)).to.equal(2n * FIRST);
      await institutions.connect(signers.supervision).expel(ids.north, REASON);
      await credit(third);
      expect(await earned(ids.north)).to.equal(3n * FIRST);
      expect(await contributions.ratingOf(ids.north)).to.equal(3n);
    });

    it("lets a suspended member deliver nothing that would earn, up to the suspension's end", async () => {
      const { contributions, institutions, signers, ids, grant, handOver, credit, suspend, earned } =
        await loadFixture(deployContributing);
      const granted = await grant();
      const until = (await time.latest()) + DAY;
      await suspend(ids.north, until);
      await time.setNextBlockTimestamp(until - 1);
      await expect(handOver(granted))
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.northGateway.address, 8n);
      const member = memberOf(granted.body);
      await expect(credit({ grant: granted.id, member }))
        .to.be.revertedWithCustomError(contributions, "DeliveryNotCreditable")
        .withArgs(granted.id, member.record);
      await time.setNextBlockTimestamp(until);
      await credit(await handOver(granted));
      expect(await earned(ids.north)).to.equal(FIRST);
    });

    it("gives no acceptance for what was anchored in the very second in which a suspension began", async () => {
      const { contributions, ids, oneRecord, sendAnchor, suspend, deliver, credit } =
        await loadFixture(deployContributing);
      const [before, same, after] = [oneRecord(), oneRecord(), oneRecord()];
      const at = (await time.latest()) + 100;
      const until = at + DAY;
      await time.setNextBlockTimestamp(at - 1);
      await sendAnchor(before);
      await time.setNextBlockTimestamp(at);
      const done = await inOneBlock(
        () => sendAnchor(same),
        () => suspend(ids.north, until),
      );
      expect(done).to.deep.equal([true, true]);
      await time.setNextBlockTimestamp(until);
      await sendAnchor(after);
      let total = 0n;
      for (const [from, accepted] of [
        [before, true],
        [same, false],
        [after, true],
      ] as const) {
        const { grant, member } = await deliver({ from, record: 0 });
        const points = accepted ? FIRST : RULES.delivery;
        total += points;
        await expect(credit({ grant, member }))
          .to.emit(contributions, "ContributionCredited")
          .withArgs(
            ...[ids.north, grant, ids.institute, member.batch, member.record],
            ...[accepted, false, points, total, starsOf(total)],
          );
      }
    });
  });

  describe("deduct", () => {
    it("deducts what an upheld case costs, whoever calls, once", async () => {
      const { contributions, signers, ids, deliver, credit, convict, deducted } = await loadFixture(deployContributing);
      await credit(await deliver());
      const { id } = await convict();
      await expect(contributions.connect(signers.stranger).deduct(id))
        .to.emit(contributions, "PointsDeducted")
        .withArgs(id, ids.north, LEAK, LEAK, 1n);
      expect(plain(await contributions.deductionOf(id))).to.deep.equal({ points: LEAK, made: true, restored: false });
      expect(await deducted(ids.north)).to.equal(LEAK);
      await expect(contributions.deduct(id))
        .to.be.revertedWithCustomError(contributions, "CaseNotDeductible")
        .withArgs(id);
      expect(await deducted(ids.north)).to.equal(LEAK);
    });

    it("adds up case by case", async () => {
      const { contributions, ids, convict, deducted } = await loadFixture(deployContributing);
      for (const times of [1n, 2n]) {
        const { id } = await convict();
        await contributions.deduct(id);
        expect(await deducted(ids.north)).to.equal(times * LEAK);
      }
    });

    it("reverts for a case that is unknown, undecided or dismissed", async () => {
      const { contributions, supervision, signers, report } = await loadFixture(deployContributing);
      const refused = (id: string) =>
        expect(contributions.deduct(id)).to.be.revertedWithCustomError(contributions, "CaseNotDeductible").withArgs(id);
      await refused(zeroHash);
      await refused(UNKNOWN);
      const id = await report();
      await refused(id);
      await supervision.connect(signers.supervisor).decide(id, false, REASON);
      await refused(id);
    });

    it("is not held up by an appeal, pending, rejected or lapsed, and refused once one was granted", async () => {
      const { contributions, supervision, signers, ids, southSupervisor, uphold, deducted } =
        await loadFixture(deployContributing);
      const cases = [await uphold(), await uphold(), await uphold(), await uphold()];
      const [pending, rejected, granted, lapsed] = cases.map(({ id }) => id) as [string, string, string, string];
      for (const { id } of cases) await supervision.connect(signers.instituteAdmin).appeal(id, REASON);
      await supervision.connect(southSupervisor).decideAppeal(rejected, false, REASON);
      await supervision.connect(southSupervisor).decideAppeal(granted, true, REASON);
      await contributions.deduct(pending);
      await contributions.deduct(rejected);
      const { decideAppealUntil } = await supervision.caseOf(lapsed);
      await time.increaseTo(decideAppealUntil);
      await supervision.lapseAppeal(lapsed);
      await contributions.deduct(lapsed);
      await expect(contributions.deduct(granted))
        .to.be.revertedWithCustomError(contributions, "CaseNotDeductible")
        .withArgs(granted);
      await expect(contributions.restore(lapsed))
        .to.be.revertedWithCustomError(contributions, "CaseNotRestorable")
        .withArgs(lapsed);
      expect(await deducted(ids.institute)).to.equal(3n * LEAK);
    });

    it("counts each day begun of the suspension that the case gave", async () => {
      const { contributions, supervision, signers, convict } = await loadFixture(deployContributing);
      for (const [suspension, days] of [
        [0, 0n],
        [1, 1n],
        [DAY - 1, 1n],
        [DAY, 1n],
        [DAY + 1, 2n],
        [2 ** 32 - 1, 49_711n],
      ] as const) {
        await supervision.connect(signers.rules).setSanction(8, { suspension, bondShare: 0 });
        const { id } = await convict("UNCONSENTED_USE");
        await contributions.deduct(id);
        const { points } = await contributions.deductionOf(id);
        expect(points, `${suspension} seconds`).to.equal(RULES.deduction + days * RULES.deductionPerDay);
      }
    });

    it("costs an expelled member, whom no case suspends, the first part alone", async () => {
      const { contributions, institutions, signers, ids, convict, deducted } = await loadFixture(deployContributing);
      await institutions.connect(signers.supervision).expel(ids.north, REASON);
      const { id } = await convict();
      await contributions.deduct(id);
      expect(await deducted(ids.north)).to.equal(RULES.deduction);
    });

    it("holds at the maximum", async () => {
      const { contributions, supervision, signers, ids, convict, changeRules, deducted } =
        await loadFixture(deployContributing);
      await changeRules({ deduction: MAX_32, deductionPerDay: MAX_32 });
      await supervision.connect(signers.rules).setSanction(8, { suspension: 2 ** 32 - 1, bondShare: 0 });
      const { id } = await convict("UNCONSENTED_USE");
      await contributions.deduct(id);
      expect(await deducted(ids.north)).to.equal(MAX_32 + 49_711n * MAX_32);
    });

    it("may take more than was earned, which later points make up for first", async () => {
      const { contributions, supervision, signers, ids, deliver, credit, convict, changeRules } =
        await loadFixture(deployContributing);
      await supervision.connect(signers.rules).setSanction(8, { suspension: 0, bondShare: 0 });
      await changeRules({ deduction: 2n * FIRST });
      await credit(await deliver());
      const { id } = await convict("UNCONSENTED_USE");
      await contributions.deduct(id);
      expect(await contributions.ratingOf(ids.north)).to.equal(1n);
      await credit(await deliver({ record: RECORD.successor }));
      expect(await contributions.ratingOf(ids.north)).to.equal(1n);
      await credit(await deliver({ record: RECORD.shortLived }));
      expect(await contributions.ratingOf(ids.north)).to.equal(2n);
    });
  });

  describe("restore", () => {
    it("gives back what was deducted once an appeal was granted, whoever calls, once", async () => {
      const { contributions, supervision, signers, ids, southSupervisor, uphold, changeRules, deducted } =
        await loadFixture(deployContributing);
      const { id } = await uphold();
      const { id: other } = await uphold();
      await contributions.deduct(id);
      await contributions.deduct(other);
      const refused = async () =>
        expect(contributions.restore(id))
          .to.be.revertedWithCustomError(contributions, "CaseNotRestorable")
          .withArgs(id);
      await refused();
      await supervision.connect(signers.instituteAdmin).appeal(id, REASON);
      await refused();
      await supervision.connect(southSupervisor).decideAppeal(id, true, REASON);
      // What was deducted counts, whatever the rules say now.
      await changeRules({ deduction: 1n, deductionPerDay: 1n });
      await expect(contributions.connect(signers.stranger).restore(id))
        .to.emit(contributions, "PointsRestored")
        .withArgs(id, ids.institute, LEAK, LEAK, 1n);
      expect(await deducted(ids.institute)).to.equal(LEAK);
      expect(plain(await contributions.deductionOf(id))).to.deep.equal({ points: LEAK, made: true, restored: true });
      await refused();
      await expect(contributions.deduct(id))
        .to.be.revertedWithCustomError(contributions, "CaseNotDeductible")
        .withArgs(id);
    });

    it("brings the stars back", async () => {
      const { contributions, supervision, signers, ids, eastSupervisor, deliver, credit, convict } =
        await loadFixture(deployContributing);
      await credit(await deliver());
      const { id } = await convict();
      await contributions.deduct(id);
      expect(await contributions.ratingOf(ids.north)).to.equal(1n);
      await supervision.connect(signers.northAdmin).appeal(id, REASON);
      await supervision.connect(eastSupervisor).decideAppeal(id, true, REASON);
      await expect(contributions.restore(id))
        .to.emit(contributions, "PointsRestored")
        .withArgs(id, ids.north, LEAK, 0n, 2n);
      expect(await contributions.ratingOf(ids.north)).to.equal(2n);
    });

    it("reverts for a case that deducted nothing, even if its appeal was granted, and where one was rejected", async () => {
      const { contributions, supervision, signers, southSupervisor, uphold } = await loadFixture(deployContributing);
      const { id: granted } = await uphold();
      const { id: rejected } = await uphold();
      await contributions.deduct(rejected);
      for (const [id, success] of [
        [granted, true],
        [rejected, false],
      ] as const) {
        await supervision.connect(signers.instituteAdmin).appeal(id, REASON);
        await supervision.connect(southSupervisor).decideAppeal(id, success, REASON);
      }
      for (const id of [granted, rejected, UNKNOWN, zeroHash]) {
        await expect(contributions.restore(id))
          .to.be.revertedWithCustomError(contributions, "CaseNotRestorable")
          .withArgs(id);
      }
    });
  });

  describe("setRules", () => {
    it("is for the rules role alone", async () => {
      const { contributions, signers } = await loadFixture(deployContributing);
      for (const caller of ["stranger", "operator", "supervision", "admin", "deployer", "northAdmin"] as const) {
        await expect(contributions.connect(signers[caller]).setRules(RULES))
          .to.be.revertedWithCustomError(contributions, "AccessManagedUnauthorized")
          .withArgs(signers[caller].address);
      }
      const changed = { ...RULES, delivery: 4n };
      await expect(contributions.connect(signers.rules).setRules(changed))
        .to.emit(contributions, "ContributionRulesChanged")
        .withArgs(Object.values(changed), signers.rules.address);
      expect(plain(await contributions.rules())).to.deep.equal(changed);
    });

    it("reverts for a cap of zero, or below what a record can earn", async () => {
      const { contributions, changeRules } = await loadFixture(deployContributing);
      const most = RULES.delivery + RULES.acceptance + RULES.publication;
      const free = { delivery: 0n, acceptance: 0n, publication: 0n };
      for (const [change, cap] of [
        [{ cap: 0n }, 0n],
        [{ ...free, cap: 0n }, 0n],
        [{ cap: most - 1n }, most - 1n],
        [{ delivery: MAX_32, acceptance: MAX_32, publication: MAX_32, cap: MAX_32 }, MAX_32],
      ] as const) {
        await expect(changeRules(change))
          .to.be.revertedWithCustomError(contributions, "PointsCapInvalid")
          .withArgs(cap);
      }
      await changeRules({ cap: most });
      await changeRules({ ...free, cap: 1n });
    });

    it("reverts for thresholds that begin at zero or do not ascend", async () => {
      const { contributions, changeRules } = await loadFixture(deployContributing);
      for (const thresholds of [
        [0n, 1n, 2n, 3n],
        [1n, 1n, 2n, 3n],
        [1n, 2n, 2n, 3n],
        [1n, 2n, 3n, 3n],
        [1n, 2n, 4n, 3n],
        [MAX_64, MAX_64, MAX_64, MAX_64],
      ] as [bigint, bigint, bigint, bigint][]) {
        await expect(changeRules({ thresholds }))
          .to.be.revertedWithCustomError(contributions, "ThresholdsInvalid")
          .withArgs(thresholds);
      }
      await changeRules({ thresholds: [1n, 2n, 3n, MAX_64] });
    });

    it("changes what later credits give, and leaves points as they are", async () => {
      const { ids, deliver, credit, changeRules, earned } = await loadFixture(deployContributing);
      const early = await deliver();
      await credit(await deliver({ record: RECORD.successor }));
      await changeRules({ delivery: 1n, acceptance: 0n });
      expect(await earned(ids.north)).to.equal(FIRST);
      await credit(early);
      expect(await earned(ids.north)).to.equal(FIRST + 1n);
    });
  });

  describe("ratingOf", () => {
    it("is one star for whoever earned nothing, and for no member", async () => {
      const { contributions, ids } = await loadFixture(deployContributing);
      for (const institution of [0n, ids.north, ids.institute, 99n, MAX_32]) {
        expect(await contributions.ratingOf(institution)).to.equal(1n);
      }
    });

    it("is one star more from each threshold on, and five at most", async () => {
      const { contributions, ids, deliver, credit, changeRules } = await loadFixture(deployContributing);
      await credit(await deliver());
      const far = [MAX_64 - 3n, MAX_64 - 2n, MAX_64 - 1n, MAX_64];
      for (let reached = 0; reached < 4; ++reached) {
        const below = Array.from({ length: reached }, (_, i) => BigInt(i + 1));
        for (const [threshold, stars] of [
          [FIRST + 1n, reached + 1],
          [FIRST, reached + 2],
          [FIRST - 1n, reached + 2],
        ] as const) {
          const thresholds = [...below, threshold, ...far.slice(reached + 1)];
          await changeRules({ thresholds: thresholds as [bigint, bigint, bigint, bigint] });
          expect(await contributions.ratingOf(ids.north), thresholds.join()).to.equal(stars);
        }
      }
    });
  });

  describe("a rule set that asks for ratings", () => {
    async function deployRated() {
      const s = await loadFixture(deployContributing);
      const { ruleSet, contributions, broker, signers } = s;
      const rated = await ethers.deployContract("RatedRuleSet", [ruleSet, contributions, 2]);
      await broker.connect(signers.rules).setRuleSet(rated);
      const consent = await s.giveConsent({ policy: s.carePolicy });
      const ask = () => s.makeRequest({ study: zeroHash, word: s.careWord, consent, from: s.southBatch, record: 0 });
      return { ...s, rated, ask };
    }

    it("denies members with too few stars, until they contributed", async () => {
      const s = await loadFixture(deployRated);
      const { broker, contributions, ruleSet, rated, signers, ids, ask, credit } = s;
      const clinician = signers.northClinician;
      const tooFew = await rated.REQUESTER_RATING();
      const denied = ask();
      const verdict = await broker.evaluate(clinician, denied);
      expect([verdict.decision, verdict.failed, verdict.pendingReviews]).to.deep.equal([Decision.DENIED, tooFew, 0n]);
      await broker.connect(clinician).request(denied);
      expect((await broker.grant(requestId(addressOf(clinician), denied))).decision).to.equal(Decision.DENIED);

      await broker.connect(signers.rules).setRuleSet(ruleSet);
      await credit(await s.deliver());
      await broker.connect(signers.rules).setRuleSet(rated);
      expect(await contributions.ratingOf(ids.north)).to.equal(2n);
      const approved = ask();
      await broker.connect(clinician).request(approved);
      expect((await broker.grant(requestId(addressOf(clinician), approved))).decision).to.equal(Decision.APPROVED);
    });

    it("denies whole cohorts, and names the other checks that failed besides", async () => {
      const s = await loadFixture(deployRated);
      const { broker, rated, signers } = s;
      const tooFew = await rated.REQUESTER_RATING();
      const body = s.makeCohort([s.makePart(s.batch, [RECORD.labs], [s.consent])]);
      expect((await broker.evaluateCohort(signers.researcher, body)).failed).to.equal(tooFew);
      const verdict = await broker.evaluate(signers.researcher, s.makeRequest({ consent: NO_CONSENT }));
      expect(verdict.failed & tooFew).to.equal(tooFew);
      expect(verdict.failed & failedCheckMask("CONSENT_PATIENT")).to.equal(failedCheckMask("CONSENT_PATIENT"));
    });
  });
});

function starsOf(points: bigint): bigint {
  return 1n + BigInt(RULES.thresholds.filter((threshold) => points >= threshold).length);
}
