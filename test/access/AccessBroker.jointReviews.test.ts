import { expect } from "chai";
import type { Address, Hex } from "viem";
import {
  createConsent,
  encodePolicyWord,
  signAnswerRequest,
  signGiveConsent,
  type AccessRequest,
} from "@consilium/sdk";
import { typedDataSigner } from "../consent/consentFixtures.ts";
import {
  DAY,
  decidedArgs,
  Decision,
  deployScenario,
  ethers,
  expectNoGrant,
  failedCheckMask,
  hash,
  loadFixture,
  networkHelpers,
  Review,
  ReviewMask,
  time,
  YEAR,
  type Signer,
} from "./scenario.ts";

const CHAIN = 20_261;
const FOREVER = 2n ** 256n - 1n;
const EVIDENCE = hash("evidence");

/** A minor with two guardians; a request waits for their answer, since their consent does not approve by itself. */
async function deployTwoGuardians() {
  return makeWaiting(true);
}

/** A minor of an age to assent, with one guardian. */
async function deployAssenting() {
  return makeWaiting(false);
}

async function makeWaiting(isTwo: boolean) {
  const s = await loadFixture(deployScenario);
  const { patients, consents, broker, signers, start, researchPolicy } = s;
  const { patient: child, guardian, helper1, researcher, relayer } = signers;
  const [assentFrom, majority] = [start + 10 * DAY, start + 20 * DAY];
  const second = isTwo ? helper1.address : ethers.ZeroAddress;
  await patients.connect(child).appointGuardian(child, guardian, second, assentFrom, majority);
  if (!isTwo) await time.increaseTo(assentFrom);
  const both = [guardian, isTwo ? helper1 : child] as const;

  const consent = createConsent({
    patient: child.address as Address,
    epoch: 0,
    notice: hash("notice"),
    policy: encodePolicyWord({ ...researchPolicy, validUntil: start + 2 * YEAR, flags: ["guardianSigned"] }),
  });
  const verifyingContract = (await consents.getAddress()) as Address;
  const signatures: Hex[] = [];
  for (const by of both) {
    const form = { chainId: CHAIN, verifyingContract, ...consent, signer: by.address as Address, deadline: FOREVER };
    signatures.push((await signGiveConsent(typedDataSigner(by), form)).signature);
  }
  await consents.connect(relayer).giveJointly(consent.terms, consent.details, FOREVER, signatures);

  const body = s.makeRequest({ consent: consent.terms });
  await broker.connect(researcher).request(body);
  const id = (await broker.requestId(researcher, body)) as Hex;
  const waiting = { decision: Decision.NEEDS_REVIEW, pending: ReviewMask.PATIENT };
  expect((await broker.grant(id)).pendingReviews).to.equal(waiting.pending);

  const agree = (by: Signer) => broker.connect(by).approveReview(researcher, body, Review.PATIENT, EVIDENCE);
  const refuse = (by: Signer) => broker.connect(by).rejectReview(researcher, body, Review.PATIENT, EVIDENCE);
  const sign = async (by: Signer, { approved = true, deadline = FOREVER } = {}) =>
    signAnswerRequest(typedDataSigner(by), {
      ...{ request: id, approved, deadline, signer: by.address as Address },
      ...{ chainId: CHAIN, verifyingContract: (await broker.getAddress()) as Address },
    });
  const send = (answer: Awaited<ReturnType<typeof sign>>) => {
    const { approved, signer, deadline, signature } = answer;
    return broker.connect(relayer).answerBySignature(researcher, body, approved, signer, deadline, signature);
  };
  /** A court's order, carried out. */
  const replace = async (to: Signer, co: Signer): Promise<void> => {
    const orders = await s.guardianOrders.getAddress();
    await networkHelpers.impersonateAccount(orders);
    await networkHelpers.setBalance(orders, 10n ** 18n);
    const { from } = await patients.guardianship(child);
    await patients.connect(await ethers.getSigner(orders)).replaceGuardian(child, to, co, from, majority);
    await networkHelpers.stopImpersonatingAccount(orders);
  };
  const expectWaiting = async (act: Promise<unknown>, one: AccessRequest = body): Promise<void> => {
    await expect(act)
      .to.emit(broker, "AccessDecided")
      .withArgs(...(await decidedArgs(s, one, waiting)));
    await expectNoGrant(s, id, one, researcher);
  };
  const expectApproved = async (act: Promise<unknown>): Promise<void> => {
    await expect(act)
      .to.emit(broker, "AccessDecided")
      .withArgs(...(await decidedArgs(s, body, { decision: Decision.APPROVED })));
  };
  return {
    ...{ ...s, child, guardian, coGuardian: helper1, assentFrom, majority, both, body, id },
    ...{ agree, refuse, sign, send, replace, expectWaiting, expectApproved },
  };
}

describe("AccessBroker: reviews by several who decide only together", () => {
  for (const [who, fixture] of [
    ["two guardians", deployTwoGuardians],
    ["guardian and minor", deployAssenting],
  ] as const) {
    it(`takes the agreement of ${who}, in either order, and of none alone`, async () => {
      for (const order of [0, 1] as const) {
        const s = await loadFixture(fixture);
        const [first, last] = [s.both[order], s.both[1 - order]!];
        const one = s.agree(first);
        await expect(one)
          .to.emit(s.broker, "AccessReviewed")
          .withArgs(s.id, first.address, Review.PATIENT, true, EVIDENCE);
        await s.expectWaiting(one);
        expect((await s.broker.grant(s.id)).givenReviews).to.equal(0n);
        await expect(s.agree(first))
          .to.be.revertedWithCustomError(s.broker, "ReviewNotDue")
          .withArgs(s.id, Review.PATIENT);

        const other = s.agree(last);
        await expect(other)
          .to.emit(s.broker, "AccessReviewed")
          .withArgs(s.id, last.address, Review.PATIENT, true, EVIDENCE);
        await s.expectApproved(other);
        await expect(s.agree(last)).to.be.revertedWithCustomError(s.broker, "RequestNotPending").withArgs(s.id);
      }
    });

    it(`lets each of ${who} turn it down, before the other agreed, after it, and after agreeing itself`, async () => {
      for (const by of [0, 1] as const) {
        for (const agreed of [undefined, 0, 1] as const) {
          const s = await loadFixture(fixture);
          if (agreed !== undefined) await s.agree(s.both[agreed]);
          await expect(s.refuse(s.both[by]))
            .to.emit(s.broker, "AccessDecided")
            .withArgs(
              ...(await decidedArgs(s, s.body, {
                decision: Decision.DENIED,
                failed: failedCheckMask("REVIEW_REJECTED"),
              })),
            );
          await expectNoGrant(s, s.id, s.body, s.signers.researcher);
          await expect(s.agree(s.both[1 - by]!))
            .to.be.revertedWithCustomError(s.broker, "RequestNotPending")
            .withArgs(s.id);
        }
      }
    });

    it(`takes signatures of ${who}, each once, and beside an act`, async () => {
      const s = await loadFixture(fixture);
      const [one, other] = [await s.sign(s.both[0]), await s.sign(s.both[1])];
      await s.expectWaiting(s.send(one));
      await expect(s.send(one)).to.be.revertedWithCustomError(s.broker, "ReviewNotDue").withArgs(s.id, Review.PATIENT);
      await expect(s.agree(s.both[0]))
        .to.be.revertedWithCustomError(s.broker, "ReviewNotDue")
        .withArgs(s.id, Review.PATIENT);
      const snapshot = await networkHelpers.takeSnapshot();
      await s.expectApproved(s.send(other));
      for (const again of [one, other]) {
        await expect(s.send(again)).to.be.revertedWithCustomError(s.broker, "RequestNotPending").withArgs(s.id);
      }
      await snapshot.restore();
      await s.expectApproved(s.agree(s.both[1]));
    });
  }

  it("holds each signature to its own deadline", async () => {
    const s = await loadFixture(deployTwoGuardians);
    const deadline = BigInt((await time.latest()) + 3_600);
    const [one, other] = [await s.sign(s.guardian), await s.sign(s.coGuardian, { deadline })];
    await s.send(one);
    for (const [offset, holds] of [
      [-1, true],
      [0, true],
      [1, false],
    ] as const) {
      const snapshot = await networkHelpers.takeSnapshot();
      await time.setNextBlockTimestamp(Number(deadline) + offset);
      if (holds) await s.expectApproved(s.send(other));
      else {
        await expect(s.send(other)).to.be.revertedWithCustomError(s.broker, "SignatureExpired").withArgs(deadline);
      }
      await snapshot.restore();
    }
  });

  it("takes nothing from others: not the minor's own word, a stranger's, nor the same guardian's under another name", async () => {
    const s = await loadFixture(deployTwoGuardians);
    await s.agree(s.guardian);
    for (const by of [s.child, s.signers.stranger, s.signers.researcher, s.signers.ethicsReviewer]) {
      await expect(s.agree(by))
        .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
        .withArgs(s.id, by.address);
    }
    const forged = { ...(await s.sign(s.guardian)), signer: s.coGuardian.address as Address };
    await expect(s.send(forged))
      .to.be.revertedWithCustomError(s.broker, "SignatureInvalid")
      .withArgs(s.coGuardian.address);
    expect((await s.broker.grant(s.id)).decision).to.equal(Decision.NEEDS_REVIEW);
  });

  it("counts no agreement for another request", async () => {
    const s = await loadFixture(deployTwoGuardians);
    await s.agree(s.guardian);
    const other = { ...s.body, salt: s.body.salt + 1_000_000n };
    await s.broker.connect(s.signers.researcher).request(other);
    const by = s.broker.connect(s.coGuardian);
    await by.approveReview(s.signers.researcher, other, Review.PATIENT, EVIDENCE);
    const id = await s.broker.requestId(s.signers.researcher, other);
    expect((await s.broker.grant(id)).decision).to.equal(Decision.NEEDS_REVIEW);
    expect((await s.broker.grant(s.id)).decision).to.equal(Decision.NEEDS_REVIEW);
  });

  it("counts a guardian who was replaced in between no more, and asks the new one", async () => {
    const s = await loadFixture(deployTwoGuardians);
    const late = await s.sign(s.guardian);
    const next = s.signers.helper2;
    await s.agree(s.guardian);
    await s.replace(next, s.coGuardian);
    await s.expectWaiting(s.agree(s.coGuardian));
    await expect(s.send(late))
      .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
      .withArgs(s.id, s.guardian.address);
    await expect(s.refuse(s.guardian))
      .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
      .withArgs(s.id, s.guardian.address);
    await s.expectApproved(s.agree(next));
  });

  it("keeps what the guardian who stays agreed to", async () => {
    const s = await loadFixture(deployTwoGuardians);
    await s.agree(s.coGuardian);
    await s.replace(s.signers.helper2, s.coGuardian);
    await s.expectApproved(s.agree(s.signers.helper2));
  });

  it("denies with the last agreement where the consent ended since the first, by withdrawal or at the age of assent", async () => {
    const denied = { decision: Decision.DENIED, failed: failedCheckMask("CONSENT_NOT_IN_FORCE") };
    for (const end of ["withdrawal", "assent"] as const) {
      const s = await loadFixture(deployTwoGuardians);
      await s.agree(s.guardian);
      if (end === "withdrawal") await s.consents.connect(s.guardian).withdrawAll(s.child);
      else await time.setNextBlockTimestamp(s.assentFrom);
      await expect(s.agree(s.coGuardian))
        .to.emit(s.broker, "AccessDecided")
        .withArgs(...(await decidedArgs(s, s.body, denied)));
      await expectNoGrant(s, s.id, s.body, s.signers.researcher);
    }
  });

  it("takes the minor's word alone from majority on, whatever was agreed to before, and the guardian's no more", async () => {
    const s = await loadFixture(deployAssenting);
    await s.agree(s.guardian);
    await time.setNextBlockTimestamp(s.majority - 1);
    const snapshot = await networkHelpers.takeSnapshot();
    await s.expectApproved(s.agree(s.child));
    await snapshot.restore();
    await time.setNextBlockTimestamp(s.majority);
    await expect(s.agree(s.guardian))
      .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
      .withArgs(s.id, s.guardian.address);
    // The common consent ended at majority, so the answer comes too late for this request.
    await expect(s.agree(s.child))
      .to.emit(s.broker, "AccessDecided")
      .withArgs(
        ...(await decidedArgs(s, s.body, {
          decision: Decision.DENIED,
          failed: failedCheckMask("CONSENT_NOT_IN_FORCE"),
        })),
      );
  });

  it("takes no agreement while a guardian owns the minor's DID, and each can turn it down all the same", async () => {
    const s = await loadFixture(deployAssenting);
    await s.patients.connect(s.child).changeOwner(s.child, s.guardian);
    await expect(s.agree(s.guardian))
      .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
      .withArgs(s.id, s.guardian.address);
    await s.refuse(s.guardian);
    expect((await s.broker.grant(s.id)).decision).to.equal(Decision.DENIED);
  });

  it("takes no agreement while access is paused, and what was agreed to before stays", async () => {
    const s = await loadFixture(deployTwoGuardians);
    await s.agree(s.guardian);
    const until = (await time.latest()) + DAY;
    await s.broker.connect(s.signers.supervision).pauseAccess(until, hash("reason"));
    await expect(s.agree(s.coGuardian)).to.be.revertedWithCustomError(s.broker, "AccessPaused").withArgs(until);
    await time.setNextBlockTimestamp(until);
    await s.expectApproved(s.agree(s.coGuardian));
  });
});
