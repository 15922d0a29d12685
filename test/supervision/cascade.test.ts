import { expect } from "chai";
import type { Hex } from "viem";
import { failedCheckMask, memberOf, RecordBatch, requestId, violationCode } from "@consilium/sdk";
import { DELIVERY, inOneBlock, proofOf, RECORD, Decision, NO_CONSENT, Review } from "../access/scenario.ts";
import {
  addressOf,
  BOND,
  deploySupervision,
  hash,
  LEAK,
  loadFixture,
  REASON,
  Standing,
  time,
  zeroHash,
  type Supervised,
} from "./supervisionFixtures.ts";

/*
 * A hospital leaks by bad management. A patient complains, an institute reports it, the regulator upholds it; from that block on the
 * hospital can do nothing at all, until the very second at which the suspension ends by itself.
 */
describe("a leak and what follows", () => {
  const GATEWAY = 8;
  const RETENTION = 0;

  /** North holds records, one granted and one asked for; north's clinician has a request of south's open, and a consent to use. */
  async function deployLeak() {
    const s = await loadFixture(deploySupervision);
    const { broker, supervision, signers, ids, batch, southBatch } = s;
    const { patient, researcher, northClinician } = signers;

    const granted = s.makeRequest();
    await broker.connect(researcher).request(granted);
    const waiting = s.makeRequest({ record: RECORD.internal, consent: NO_CONSENT, word: { level: 1 } });
    await broker.connect(researcher).request(waiting);
    expect((await broker.grant(idOf(researcher, waiting))).decision, "the custodian's review").to.equal(
      Decision.NEEDS_REVIEW,
    );
    const care = await s.giveConsent({ policy: s.carePolicy });
    const careRequest = (): typeof granted =>
      s.makeRequest({ study: zeroHash, consent: care, word: s.careWord, from: southBatch, record: 0 });
    const open = careRequest();
    await broker.connect(northClinician).request(open);
    expect((await broker.grant(idOf(northClinician, open))).decision, "south's record").to.equal(Decision.APPROVED);

    const complaining = supervision.connect(patient);
    const complaint = (await complaining.complain.staticCall(patient, ids.north, hash("text"))) as Hex;
    await complaining.complain(patient, ids.north, hash("text"));
    const id = await s.report("LEAK", { by: signers.officer, accused: ids.north, complaint });
    return { ...s, granted, waiting, open, careRequest, id, batch, southBatch };
  }

  function idOf(by: { address: string }, body: Parameters<typeof requestId>[1]): Hex {
    return requestId(addressOf(by), body);
  }

  function deliver(
    s: Supervised,
    by: "northGateway" | "southGateway",
    to: Parameters<typeof proofOf>[0],
    body: Parameters<typeof proofOf>[1],
  ) {
    const { broker, signers } = s;
    const id = idOf(to, body);
    return broker.connect(signers[by]).logDelivery(id, memberOf(body), proofOf(to, body), body.record, DELIVERY);
  }

  it("is over in the block of the decision: no delivery, review, request or anchor of the member passes", async () => {
    const s = await deployLeak();
    const { broker, records, supervision, institutions, studies, signers, ids, granted, waiting, open, id } = s;
    const { northGateway, northClinician, researcher } = signers;
    await deliver(s, "northGateway", researcher, granted);
    await deliver(s, "southGateway", northClinician, open);

    const [decided, delivered] = await inOneBlock(
      () => supervision.connect(signers.supervisor).decide(id, true, REASON, { gasLimit: 1_000_000 }),
      () =>
        broker
          .connect(northGateway)
          .logDelivery(
            idOf(researcher, granted),
            memberOf(granted),
            proofOf(researcher, granted),
            granted.record,
            DELIVERY,
            {
              gasLimit: 1_000_000,
            },
          ),
    );
    expect([decided, delivered]).to.deep.equal([true, false]);
    expect(await institutions.standing(ids.north)).to.equal(Standing.SUSPENDED);

    // What it holds is delivered to nobody.
    await expect(deliver(s, "northGateway", researcher, granted))
      .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
      .withArgs(northGateway, GATEWAY);
    expect(
      await broker.checkGrant(
        idOf(researcher, granted),
        memberOf(granted),
        proofOf(researcher, granted),
        granted.record,
      ),
    ).to.equal(failedCheckMask("CUSTODIAN_STANDING"));
    // What waits for its review gets none.
    await expect(broker.connect(northGateway).approveReview(researcher, waiting, Review.CUSTODIAN, hash("evidence")))
      .to.be.revertedWithCustomError(broker, "ReviewerNotPermitted")
      .withArgs(idOf(researcher, waiting), northGateway);
    // What it was granted is delivered by nobody, and it asks for nothing new.
    await expect(deliver(s, "southGateway", northClinician, open))
      .to.be.revertedWithCustomError(broker, "GrantNotInForce")
      .withArgs(idOf(northClinician, open), failedCheckMask("REQUESTER_STANDING"));
    await expect(broker.connect(northClinician).request(s.careRequest()))
      .to.be.revertedWithCustomError(broker, "RequesterNotPermitted")
      .withArgs(northClinician);
    await expect(records.connect(northGateway).anchor(hash("root"), 1, RETENTION, hash("manifest")))
      .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
      .withArgs(northGateway, GATEWAY);
    // Its administrator appoints nobody, and its agents neither register studies, nor complain, nor report.
    await expect(institutions.connect(signers.northAdmin).addAgent(s.freeWallet, GATEWAY, s.start, s.until))
      .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
      .withArgs(signers.northAdmin, 1);
    await expect(studies.connect(northClinician).close(s.study, REASON))
      .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
      .withArgs(northClinician, 4);
    await expect(
      supervision
        .connect(northClinician)
        .reportViolation(ids.institute, violationCode("LEAK"), hash("counter"), zeroHash, zeroHash),
    )
      .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
      .withArgs(northClinician, 255);
    // Requests for its records are denied with the reason.
    const later = s.makeRequest();
    const foretold = await broker.evaluate(researcher, later);
    expect(foretold.failed).to.equal(failedCheckMask("CUSTODIAN_STANDING"));
  });

  it("ends at the very second, without anybody's act", async () => {
    const s = await deployLeak();
    const { broker, records, supervision, institutions, signers, ids, granted, waiting, id } = s;
    const at = (await time.latest()) + 5;
    await time.setNextBlockTimestamp(at);
    await supervision.connect(signers.supervisor).decide(id, true, REASON);
    const end = at + LEAK.suspension;

    const gateway = records.connect(signers.northGateway);
    await time.setNextBlockTimestamp(end - 1);
    await expect(gateway.anchor(hash("root"), 1, RETENTION, hash("manifest")))
      .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
      .withArgs(signers.northGateway, GATEWAY);
    await time.setNextBlockTimestamp(end);
    const root = new RecordBatch(ids.north, [
      {
        patient: addressOf(signers.patient),
        commitment: hash("after the suspension"),
        level: 2,
        category: "labs",
        dataFrom: 0,
        dataUntil: end,
        retentionUntil: 0,
      },
    ]).root;
    await expect(gateway.anchor(root, 1, RETENTION, hash("manifest"))).to.emit(records, "BatchAnchored");
    expect(await institutions.standing(ids.north)).to.equal(Standing.ACTIVE);
    expect(await institutions.standingAt(ids.north, at - 1)).to.equal(Standing.ACTIVE);
    expect(await institutions.standingAt(ids.north, at)).to.equal(Standing.SUSPENDED);
    expect(await institutions.standingAt(ids.north, end - 1)).to.equal(Standing.SUSPENDED);
    expect(await institutions.standingAt(ids.north, end)).to.equal(Standing.ACTIVE);
    // The grant ran out meanwhile, the custodian's standing is no obstacle any more.
    const { researcher } = signers;
    expect(
      await broker.checkGrant(
        idOf(researcher, granted),
        memberOf(granted),
        proofOf(researcher, granted),
        granted.record,
      ),
    ).to.equal(failedCheckMask("GRANT_EXPIRED"));
    await expect(
      broker.connect(signers.northGateway).rejectReview(researcher, waiting, Review.CUSTODIAN, hash("evidence")),
    ).to.emit(broker, "AccessReviewed");
  });

  it("takes the fine, which waits for the appeal and then goes to the patients", async () => {
    const s = await deployLeak();
    const { supervision, institutions, token, fund, signers, ids, id } = s;
    await supervision.connect(signers.supervisor).decide(id, true, REASON);
    expect(await institutions.bond(ids.north)).to.equal(BOND - LEAK.fine);
    await supervision.connect(signers.northAdmin).appeal(id, hash("grounds"));
    await supervision.connect(s.southSupervisor).decideAppeal(id, false, REASON);
    await supervision.connect(signers.stranger).payFine(id);
    expect(await token.balanceOf(fund)).to.equal(LEAK.fine);
  });

  it("is undone by an appeal that is granted: the same grant is delivered again", async () => {
    const s = await deployLeak();
    const { broker, supervision, institutions, signers, ids, granted, id } = s;
    await supervision.connect(signers.supervisor).decide(id, true, REASON);
    await supervision.connect(signers.northAdmin).appeal(id, hash("grounds"));
    await supervision.connect(s.southSupervisor).decideAppeal(id, true, REASON);
    await expect(deliver(s, "northGateway", signers.researcher, granted)).to.emit(broker, "DeliveryLogged");
    expect(await institutions.bond(ids.north)).to.equal(BOND);
  });
});
