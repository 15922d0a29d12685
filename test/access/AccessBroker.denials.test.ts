import { expect } from "chai";
import {
  DAY,
  Decision,
  MAX_TIME,
  deployScenario,
  ethers,
  expectDecision,
  failedCheckMask,
  loadFixture,
  plain,
  time,
  zeroAddress,
  type Scenario,
  type Signer,
  memberOf,
  proofOf,
} from "./scenario.ts";

const WINDOW = 3_600;
const SUSPENSION = DAY;

/** Three denials within an hour suspend for a day. */
async function deployThresholds() {
  const s = await loadFixture(deployScenario);
  const thresholds = { maxDenials: 3, window: WINDOW, suspension: SUSPENSION };
  await s.broker.connect(s.signers.rules).setAlertThresholds(thresholds);
  return s;
}

function deny(s: Scenario, by: Signer = s.signers.researcher) {
  return s.broker.connect(by).request(s.makeRequest({ proof: [] }));
}

async function denyAt(s: Scenario, second: number) {
  await time.setNextBlockTimestamp(second);
  return deny(s);
}

describe("AccessBroker: denials", () => {
  describe("alert", () => {
    it("counts the denials of a requester, and not what is approved or waits", async () => {
      const s = await loadFixture(deployThresholds);
      await deny(s);
      await expectDecision(s, s.makeRequest(), { decision: Decision.APPROVED });
      const kept = await s.broker.denials(s.signers.researcher);
      expect([kept.count, kept.suspendedUntil]).to.deep.equal([1n, 0n]);
      expect((await s.broker.denials(s.signers.officer)).count).to.equal(0n);
    });

    it("suspends with the last denial of the window, which is logged all the same", async () => {
      const s = await loadFixture(deployThresholds);
      const first = s.start + DAY;
      await denyAt(s, first);
      await denyAt(s, first + 1);
      const last = first + WINDOW - 1;
      await expect(denyAt(s, last))
        .to.emit(s.broker, "DenialAlert")
        .withArgs(s.signers.researcher.address, s.ids.institute, 3, last + SUSPENSION)
        .and.to.emit(s.broker, "AccessDecided");
      expect(plain(await s.broker.denials(s.signers.researcher))).to.deep.equal({
        windowStart: BigInt(first),
        suspendedUntil: BigInt(last + SUSPENSION),
        count: 0n,
      });
    });

    for (const offset of [0, 1]) {
      it(`begins a new window ${offset} seconds after the end of the last`, async () => {
        const s = await loadFixture(deployThresholds);
        const first = s.start + DAY;
        await denyAt(s, first);
        await denyAt(s, first + 1);
        const next = first + WINDOW + offset;
        await expect(denyAt(s, next)).not.to.emit(s.broker, "DenialAlert");
        const kept = await s.broker.denials(s.signers.researcher);
        expect([kept.windowStart, kept.count]).to.deep.equal([BigInt(next), 1n]);
      });
    }

    it("counts each requester by itself", async () => {
      const s = await loadFixture(deployThresholds);
      for (const by of [s.signers.researcher, s.signers.officer, s.signers.otherResearcher]) {
        for (let i = 0; i < 2; ++i) await expect(deny(s, by)).not.to.emit(s.broker, "DenialAlert");
      }
      await expect(deny(s)).to.emit(s.broker, "DenialAlert");
      await expect(deny(s, s.signers.officer)).to.emit(s.broker, "DenialAlert");
    });
  });

  describe("suspension", () => {
    it("refuses every request up to its last second, in the view too, and none after", async () => {
      const s = await loadFixture(deployThresholds);
      for (let i = 0; i < 3; ++i) await deny(s);
      const { suspendedUntil } = await s.broker.denials(s.signers.researcher);
      const end = Number(suspendedUntil);
      const body = s.makeRequest();
      const cohort = s.makeCohort([s.makePart(s.batch, [0], [s.consent])]);
      const by = s.broker.connect(s.signers.researcher);
      const suspended = failedCheckMask("REQUESTER_SUSPENDED");
      expect((await s.broker.evaluate(s.signers.researcher, body)).failed).to.equal(suspended);
      expect((await s.broker.evaluate(s.signers.researcher, body)).decision).to.equal(Decision.DENIED);
      expect((await s.broker.evaluateCohort(s.signers.researcher, cohort)).failed).to.equal(suspended);
      for (const second of [end - DAY / 2, end - 1]) {
        await time.setNextBlockTimestamp(second);
        await expect(by.request(body))
          .to.be.revertedWithCustomError(s.broker, "RequesterSuspended")
          .withArgs(s.signers.researcher.address, end);
      }
      await expect(by.requestCohort.staticCall(cohort, { blockTag: "latest" }))
        .to.be.revertedWithCustomError(s.broker, "RequesterSuspended")
        .withArgs(s.signers.researcher.address, end);
      await time.setNextBlockTimestamp(end);
      await expect(by.request(body)).to.emit(s.broker, "AccessDecided");
      await expect(by.requestCohort(cohort)).to.emit(s.broker, "CohortDecided");
      expect((await s.broker.grant(await s.broker.requestId(s.signers.researcher, body))).decision).to.equal(
        Decision.APPROVED,
      );
    });

    it("does not touch the requester's colleagues, nor grants that are in force", async () => {
      const s = await loadFixture(deployThresholds);
      const { id, body } = await expectDecision(s, s.makeRequest(), { decision: Decision.APPROVED });
      for (let i = 0; i < 3; ++i) await deny(s);
      await expect(deny(s, s.signers.officer)).to.emit(s.broker, "AccessDecided");
      const member = memberOf(body);
      expect(await s.broker.checkGrant(id, member, proofOf(s.signers.researcher, body), body.record)).to.equal(0n);
    });

    it("begins anew after its end", async () => {
      const s = await loadFixture(deployThresholds);
      for (let i = 0; i < 3; ++i) await deny(s);
      const { suspendedUntil } = await s.broker.denials(s.signers.researcher);
      await time.increaseTo(suspendedUntil);
      for (let i = 0; i < 2; ++i) await expect(deny(s)).not.to.emit(s.broker, "DenialAlert");
      await expect(deny(s)).to.emit(s.broker, "DenialAlert");
    });
  });

  describe("setAlertThresholds", () => {
    const thresholds = { maxDenials: 2, window: WINDOW, suspension: SUSPENSION };

    it("reverts for all but the rules role", async () => {
      const s = await loadFixture(deployScenario);
      const { signers } = s;
      for (const by of [signers.stranger, signers.admin, signers.operator, signers.supervision, signers.deployer]) {
        await expect(s.broker.connect(by).setAlertThresholds(thresholds))
          .to.be.revertedWithCustomError(s.broker, "AccessManagedUnauthorized")
          .withArgs(by.address);
      }
    });

    it("sets and logs them", async () => {
      const s = await loadFixture(deployScenario);
      await expect(s.broker.connect(s.signers.rules).setAlertThresholds(thresholds))
        .to.emit(s.broker, "AlertThresholdsChanged")
        .withArgs(2, WINDOW, SUSPENSION, s.signers.rules.address);
      const kept = plain(await s.broker.alertThresholds());
      expect(kept).to.deep.equal({ maxDenials: 2n, window: BigInt(WINDOW), suspension: BigInt(SUSPENSION) });
    });

    it("counts nothing at a threshold of 0", async () => {
      const s = await loadFixture(deployScenario);
      await s.broker.connect(s.signers.rules).setAlertThresholds({ ...thresholds, maxDenials: 0 });
      for (let i = 0; i < 12; ++i) await expect(deny(s)).not.to.emit(s.broker, "DenialAlert");
      expect((await s.broker.denials(s.signers.researcher)).count).to.equal(0n);
    });

    it("takes the highest values: a suspension without end, and the denial is on the log", async () => {
      const s = await loadFixture(deployScenario);
      const highest = { maxDenials: 1, window: MAX_TIME, suspension: MAX_TIME };
      await s.broker.connect(s.signers.rules).setAlertThresholds(highest);
      await expect(deny(s))
        .to.emit(s.broker, "DenialAlert")
        .withArgs(s.signers.researcher.address, s.ids.institute, 1, MAX_TIME)
        .and.to.emit(s.broker, "AccessDecided");
      await expect(deny(s))
        .to.be.revertedWithCustomError(s.broker, "RequesterSuspended")
        .withArgs(s.signers.researcher.address, MAX_TIME);
    });

    it("takes a suspension of no time: an alert and nothing else", async () => {
      const s = await loadFixture(deployScenario);
      await s.broker.connect(s.signers.rules).setAlertThresholds({ ...thresholds, maxDenials: 1, suspension: 0 });
      await expect(deny(s)).to.emit(s.broker, "DenialAlert");
      await expect(deny(s)).to.emit(s.broker, "DenialAlert");
    });
  });

  describe("setRuleSet", () => {
    it("reverts for all but the rules role", async () => {
      const s = await loadFixture(deployScenario);
      const { signers } = s;
      for (const by of [signers.stranger, signers.admin, signers.operator, signers.supervision, signers.deployer]) {
        await expect(s.broker.connect(by).setRuleSet(s.ruleSet))
          .to.be.revertedWithCustomError(s.broker, "AccessManagedUnauthorized")
          .withArgs(by.address);
      }
    });

    it("reverts for the zero address", async () => {
      const s = await loadFixture(deployScenario);
      await expect(s.broker.connect(s.signers.rules).setRuleSet(zeroAddress)).to.be.revertedWithCustomError(
        s.broker,
        "ZeroAddress",
      );
      expect(await s.broker.ruleSet()).to.deep.equal([await s.ruleSet.getAddress(), 1n]);
    });

    it("logs the new rules, and decisions from then on bear the new version", async () => {
      const s = await loadFixture(deployScenario);
      await expectDecision(s, s.makeRequest(), { decision: Decision.APPROVED });
      const rules = plain(await s.ruleSet.rules()) as { levels: { needsStudy: boolean }[]; maxGrantDuration: bigint };
      rules.maxGrantDuration = BigInt(DAY);
      const { institutions, records, consents, studies } = s;
      const strict = await ethers.deployContract("RuleSet", [rules, institutions, records, consents, studies]);
      const receipt = await (await s.broker.connect(s.signers.rules).setRuleSet(strict)).wait();
      const [event] = receipt!.logs.map((log) => s.broker.interface.parseLog(log)!);
      const args = plain(event!.args);
      expect(args).to.deep.equal({
        ruleSet: await strict.getAddress(),
        version: 2n,
        rules,
        by: s.signers.rules.address,
      });
      await expectDecision(s, s.makeRequest(), {
        decision: Decision.DENIED,
        failed: failedCheckMask("REQUEST_PERIOD"),
        version: 2,
      });
      await s.broker.connect(s.signers.rules).setRuleSet(s.ruleSet);
      const { id } = await expectDecision(s, s.makeRequest(), { decision: Decision.APPROVED, version: 3 });
      expect((await s.broker.grant(id)).ruleVersion).to.equal(3n);
    });
  });

  describe("constructor", () => {
    it("reverts for no rule set", async () => {
      const s = await loadFixture(deployScenario);
      const { authority, broker, institutions, patients, records, consents, studies } = s;
      const thresholds = plain(await broker.alertThresholds());
      const args = [authority, zeroAddress, thresholds, institutions, patients, records, consents, studies];
      await expect(ethers.deployContract("AccessBroker", args)).to.be.revertedWithCustomError(broker, "ZeroAddress");
    });
  });
});
