import { expect } from "chai";
import type { Address, Hex } from "viem";
import { consentId, signAnswerRequest, type TypedDataSigner } from "@consilium/sdk";
import {
  DAY,
  Decision,
  DELIVERY,
  deployApproved,
  deployScenario,
  ethers,
  expectDecision,
  hash,
  loadFixture,
  memberOf,
  proofOf,
  RECORD,
  Review,
  sendPending,
  time,
  type Scenario,
} from "./scenario.ts";

const REASON = hash("reason");
const WEEK = 7 * DAY;

/** Pauses for so many seconds; returns when it began and when it ends. */
async function pause({ broker, signers }: Scenario, length: number): Promise<{ from: number; until: number }> {
  const from = (await time.latest()) + 1;
  await time.setNextBlockTimestamp(from);
  await broker.connect(signers.supervision).pauseAccess(from + length, REASON);
  return { from, until: from + length };
}

describe("AccessBroker, the emergency pause", () => {
  describe("pauseAccess", () => {
    it("reverts when the caller does not hold the role", async () => {
      const { broker, signers } = await loadFixture(deployScenario);
      const until = (await time.latest()) + DAY;
      for (const who of [signers.stranger, signers.operator, signers.rules, signers.supervisor, signers.deployer]) {
        await expect(broker.connect(who).pauseAccess(until, REASON))
          .to.be.revertedWithCustomError(broker, "AccessManagedUnauthorized")
          .withArgs(who.address);
        await expect(broker.connect(who).resumeAccess(REASON))
          .to.be.revertedWithCustomError(broker, "AccessManagedUnauthorized")
          .withArgs(who.address);
      }
    });

    it("reverts for an end that is not to come, or more than a week off", async () => {
      const { broker, signers } = await loadFixture(deployScenario);
      const as = broker.connect(signers.supervision);
      const now = (await time.latest()) + 100;
      for (const until of [0, now - 1, now, now + WEEK + 1, 2 ** 40 - 1]) {
        await time.setNextBlockTimestamp(now);
        await expect(as.pauseAccess.staticCall(until, REASON, { blockTag: "pending" }))
          .to.be.revertedWithCustomError(broker, "PeriodInvalid")
          .withArgs(now, until);
      }
      for (const until of [now + 1, now + WEEK]) {
        await time.setNextBlockTimestamp(now);
        await as.pauseAccess.staticCall(until, REASON, { blockTag: "pending" });
      }
    });

    it("says until when, why and by whom", async () => {
      const { broker, signers } = await loadFixture(deployScenario);
      expect(await broker.pauseState()).to.deep.equal([0n, 0n]);
      const until = (await time.latest()) + 1 + WEEK;
      await time.setNextBlockTimestamp(until - WEEK);
      await expect(broker.connect(signers.supervision).pauseAccess(until, REASON))
        .to.emit(broker, "AccessWasPaused")
        .withArgs(until, REASON, signers.supervision.address);
      expect(await broker.pauseState()).to.deep.equal([BigInt(until), BigInt(until + WEEK)]);
    });

    it("leaves rules, version and thresholds as they are", async () => {
      const s = await loadFixture(deployScenario);
      const before = [await s.broker.ruleSet(), await s.broker.alertThresholds()];
      await pause(s, WEEK);
      expect([await s.broker.ruleSet(), await s.broker.alertThresholds()]).to.deep.equal(before);
    });

    it("reverts during a pause, and until as much time as it took has passed since its end", async () => {
      const s = await loadFixture(deployScenario);
      const { broker, signers } = s;
      const { from, until } = await pause(s, DAY);
      const notBefore = until + DAY;
      for (const at of [from + 1, until - 1, until, notBefore - 1]) {
        await time.setNextBlockTimestamp(at);
        await expect(broker.connect(signers.supervision).pauseAccess(at + DAY, REASON))
          .to.be.revertedWithCustomError(broker, "PauseTooEarly")
          .withArgs(notBefore);
      }
      await time.setNextBlockTimestamp(notBefore);
      await expect(broker.connect(signers.supervision).pauseAccess(notBefore + WEEK, REASON)).to.emit(
        broker,
        "AccessWasPaused",
      );
    });
  });

  describe("resumeAccess", () => {
    it("reverts when there is no pause, or none any more", async () => {
      const s = await loadFixture(deployScenario);
      const as = s.broker.connect(s.signers.supervision);
      await expect(as.resumeAccess(REASON)).to.be.revertedWithCustomError(s.broker, "AccessNotPaused").withArgs();
      const { until } = await pause(s, DAY);
      await time.setNextBlockTimestamp(until);
      await expect(as.resumeAccess(REASON)).to.be.revertedWithCustomError(s.broker, "AccessNotPaused").withArgs();
    });

    it("ends the pause in the same block, once, and shortens the time before the next by as much", async () => {
      const s = await loadFixture(deployScenario);
      const { broker, signers } = s;
      const { from, until } = await pause(s, DAY);
      await time.setNextBlockTimestamp(until - 1);
      await expect(broker.connect(signers.supervision).resumeAccess(REASON))
        .to.emit(broker, "AccessWasResumed")
        .withArgs(REASON, signers.supervision.address);
      expect(await broker.pauseState()).to.deep.equal([BigInt(until - 1), BigInt(until - 1 + (until - from))]);
      await expect(broker.connect(signers.supervision).resumeAccess(REASON))
        .to.be.revertedWithCustomError(broker, "AccessNotPaused")
        .withArgs();
      await expectDecision(s, s.makeRequest(), { decision: Decision.APPROVED });
    });
  });

  describe("what it stops", () => {
    it("is requests, up to the second before its end", async () => {
      const s = await loadFixture(deployScenario);
      const by = s.broker.connect(s.signers.researcher);
      const cohort = s.makeCohort([s.makePart(s.batch, [RECORD.labs], [s.consent])]);
      const { until } = await pause(s, DAY);
      for (const send of [() => by.request(s.makeRequest()), () => by.requestCohort(cohort)]) {
        await expect(send()).to.be.revertedWithCustomError(s.broker, "AccessPaused").withArgs(until);
      }
      await time.setNextBlockTimestamp(until - 1);
      await expect(by.request(s.makeRequest())).to.be.revertedWithCustomError(s.broker, "AccessPaused").withArgs(until);
      await time.setNextBlockTimestamp(until);
      await expect(by.request(s.makeRequest())).to.emit(s.broker, "AccessDecided");
      await expect(by.requestCohort(cohort)).to.emit(s.broker, "CohortDecided");
    });

    it("is approvals of reviews, direct and signed", async () => {
      const s = await loadFixture(deployScenario);
      const { broker, signers } = s;
      const core = await sendPending(s, { ethics: true, patient: false });
      const asked = await sendPending(s, { ethics: false, patient: true });
      const wallet: TypedDataSigner = {
        signTypedData: async ({ domain, types, message }) =>
          (await signers.patient.signTypedData(
            domain,
            types as Record<string, { name: string; type: string }[]>,
            message,
          )) as Hex,
      };
      const answer = await signAnswerRequest(wallet, {
        request: asked.id,
        approved: true,
        deadline: BigInt((await time.latest()) + 30 * DAY),
        signer: signers.patient.address as Address,
        chainId: Number((await ethers.provider.getNetwork()).chainId),
        verifyingContract: (await broker.getAddress()) as Address,
      });
      const acts = [
        () =>
          broker.connect(signers.ethicsReviewer).approveReview(signers.researcher, core.body, Review.ETHICS, REASON),
        () =>
          broker
            .connect(signers.relayer)
            .answerBySignature(signers.researcher, asked.body, true, answer.signer, answer.deadline, answer.signature),
      ];
      const { until } = await pause(s, DAY);
      for (const act of acts) {
        await expect(act()).to.be.revertedWithCustomError(broker, "AccessPaused").withArgs(until);
      }
      await time.setNextBlockTimestamp(until);
      for (const act of acts) await expect(act()).to.emit(broker, "AccessDecided");
    });

    it("is deliveries", async () => {
      const s = await loadFixture(deployApproved);
      const by = s.broker.connect(s.signers.northGateway);
      const deliver = () => by.logDelivery(s.id, s.member, s.proof, s.body.record, DELIVERY);
      const { until } = await pause(s, DAY);
      await expect(deliver()).to.be.revertedWithCustomError(s.broker, "AccessPaused").withArgs(until);
      await time.setNextBlockTimestamp(until);
      await expect(deliver()).to.emit(s.broker, "DeliveryLogged");
    });
  });

  describe("what it never stops", () => {
    it("is withdrawal, revocation and invalidation of consents", async () => {
      const s = await loadFixture(deployScenario);
      const { consents, signers } = s;
      const [revoked, invalid] = [await s.giveConsent(), await s.giveConsent()];
      await pause(s, WEEK);
      await expect(consents.connect(signers.patient).withdraw(consentId(s.consent))).to.emit(
        consents,
        "ConsentWithdrawn",
      );
      await expect(consents.connect(signers.supervision).revoke(consentId(revoked), REASON)).to.emit(
        consents,
        "ConsentRevoked",
      );
      await expect(consents.connect(signers.supervision).invalidate(consentId(invalid), REASON)).to.emit(
        consents,
        "ConsentInvalidated",
      );
      await expect(consents.connect(signers.patient).withdrawAll(signers.patient)).to.emit(
        consents,
        "AllConsentsWithdrawn",
      );
    });

    it("is the giving of consents, which opens nothing by itself", async () => {
      const s = await loadFixture(deployScenario);
      await pause(s, WEEK);
      const terms = await s.giveConsent();
      expect(await s.consents.isInForce(consentId(terms), await time.latest())).to.equal(true);
    });

    it("is the revocation of grants, and the logs of what was done", async () => {
      const s = await loadFixture(deployApproved);
      const { broker, signers } = s;
      await broker.connect(signers.northGateway).logDelivery(s.id, s.member, s.proof, s.body.record, DELIVERY);
      await pause(s, WEEK);
      await expect(
        broker.connect(signers.researcher).logReceipt(s.id, s.member, s.proof, DELIVERY.ciphertextHash, true),
      ).to.emit(broker, "ReceiptLogged");
      await expect(
        broker.connect(signers.northGateway).logKeyRevocation(s.id, s.member, s.proof, s.body.record, REASON),
      ).to.emit(broker, "KeyRevocationLogged");
      await expect(broker.connect(signers.researcher).revokeGrant(s.id, REASON)).to.emit(broker, "GrantRevoked");
    });

    it("is a reviewer's no", async () => {
      const s = await loadFixture(deployScenario);
      const { broker, signers } = s;
      const core = await sendPending(s, { ethics: true, patient: false });
      await pause(s, WEEK);
      await expect(
        broker.connect(signers.ethicsReviewer).rejectReview(signers.researcher, core.body, Review.ETHICS, REASON),
      )
        .to.emit(broker, "AccessReviewed")
        .withArgs(core.id, signers.ethicsReviewer.address, Review.ETHICS, false, REASON);
      expect((await broker.grant(core.id)).decision).to.equal(Decision.DENIED);
    });

    it("is the look at what a request would meet, and at grants", async () => {
      const s = await loadFixture(deployApproved);
      await pause(s, WEEK);
      const body = s.makeRequest();
      expect((await s.broker.evaluate(s.signers.researcher, body)).decision).to.equal(Decision.APPROVED);
      const member = memberOf(s.body);
      const proof = proofOf(s.signers.researcher, s.body);
      expect(await s.broker.checkGrant(s.id, member, proof, s.body.record)).to.equal(0n);
    });
  });
});
