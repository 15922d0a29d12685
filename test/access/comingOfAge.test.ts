import { expect } from "chai";
import type { Address, Hex } from "viem";
import {
  createConsent,
  encodePolicyWord,
  signGiveConsent,
  type ConsentTerms,
  type CreateConsentReturnType,
} from "@consilium/sdk";
import { typedDataSigner } from "../consent/consentFixtures.ts";
import { fundDepositor, openAgreement, REFERENCE } from "../revenue/revenueFixtures.ts";
import {
  DAY,
  decidedArgs,
  Decision,
  DELIVERY,
  deployScenario,
  ethers,
  failedCheckMask,
  hash,
  loadFixture,
  memberOf,
  networkHelpers,
  proofOf,
  Review,
  ReviewMask,
  time,
  YEAR,
  type Signer,
} from "./scenario.ts";

const FOREVER = 2n ** 256n - 1n;
const JOINT = 4n;
const ENDED = failedCheckMask("CONSENT_NOT_IN_FORCE");

/**
 * A study runs for two years. Its patient is a child: in ten days the child reaches the age of assent, in twenty it comes of age. The
 * researcher asks for lab results, for thirty days.
 */
async function deployChild() {
  const s = await loadFixture(deployScenario);
  const { patients, consents, broker, records, signers, start, researchPolicy } = s;
  const { patient: child, guardian, researcher, northGateway } = signers;
  const [assentFrom, majority] = [start + 10 * DAY, start + 20 * DAY];
  await patients.connect(child).appointGuardian(child, guardian, ethers.ZeroAddress, assentFrom, majority);

  /** A consent to the study for two years. */
  const draw = (isMinors: boolean, previous?: Hex, automatic = true): CreateConsentReturnType =>
    createConsent({
      patient: child.address as Address,
      epoch: 0,
      notice: hash("notice"),
      policy: encodePolicyWord({
        ...researchPolicy,
        validUntil: start + 2 * YEAR,
        flags: [...(automatic ? (["autoApprove"] as const) : []), ...(isMinors ? (["guardianSigned"] as const) : [])],
      }),
      ...(previous === undefined ? {} : { previous }),
    });
  const give = async (by: Signer, { terms, details }: CreateConsentReturnType): Promise<ConsentTerms> => {
    await consents.connect(by).give(terms, details);
    return terms;
  };
  const contract = { chainId: 20_261, verifyingContract: (await consents.getAddress()) as Address };
  const sign = async (by: Signer, one: CreateConsentReturnType): Promise<Hex> => {
    const form = { ...contract, ...one, signer: by.address as Address, deadline: FOREVER };
    return (await signGiveConsent(typedDataSigner(by), form)).signature;
  };
  const giveTogether = async (one: CreateConsentReturnType): Promise<ConsentTerms> => {
    const both = [await sign(guardian, one), await sign(child, one)];
    await consents.connect(signers.relayer).giveJointly(one.terms, one.details, FOREVER, both);
    return one.terms;
  };
  /** The researcher asks at a second; denied for these checks, or approved. Returns the delivery. */
  const ask = async (at: number, consent: ConsentTerms, failed = 0n) => {
    const body = s.makeRequest({ consent });
    await time.setNextBlockTimestamp(at);
    await expect(broker.connect(researcher).request(body))
      .to.emit(broker, "AccessDecided")
      .withArgs(
        ...(await decidedArgs(s, body, { decision: failed === 0n ? Decision.APPROVED : Decision.DENIED, failed })),
      );
    const id = await broker.requestId(researcher, body);
    return {
      id,
      entitlement: { grant: id, member: memberOf(body), proof: proofOf(researcher, body) },
      deliver: async (second: number) => {
        await time.setNextBlockTimestamp(second);
        return broker
          .connect(northGateway)
          .logDelivery(id, memberOf(body), proofOf(researcher, body), body.record, DELIVERY);
      },
    };
  };
  /** The study's agreement: three fifths for its patients, of which there is one. */
  const openRevenue = async () => {
    await openAgreement(s);
    await fundDepositor(s, s.token);
    const { splitter, study } = s;
    const pay = async (): Promise<void> =>
      void (await splitter.connect(signers.relayer).deposit(study, 1_000n, REFERENCE));
    return { pay, claims: splitter.connect(signers.stranger) };
  };
  return { ...s, openRevenue, records, child, guardian, assentFrom, majority, draw, give, sign, giveTogether, ask };
}

describe("A child who comes of age in the middle of a study", () => {
  it("is spoken for by the guardian up to the second before the age of assent, and no request passes from that second on", async () => {
    const { draw, give, ask, guardian, assentFrom } = await deployChild();
    const consent = await give(guardian, draw(true));
    await ask(assentFrom - 1, consent);
    await ask(assentFrom, consent, ENDED);
    await ask(assentFrom + 1, consent, ENDED);
  });

  it("has nothing delivered any more on the guardian's word from the age of assent on, though it was granted before", async () => {
    const { broker, draw, give, ask, guardian, assentFrom, start } = await deployChild();
    const consent = await give(guardian, draw(true));
    const [early, late] = [await ask(start + DAY, consent), await ask(start + DAY + 1, consent)];
    await expect(early.deliver(assentFrom - 1)).to.emit(broker, "DeliveryLogged");
    for (const second of [assentFrom, assentFrom + 1]) {
      await expect(late.deliver(second))
        .to.be.revertedWithCustomError(broker, "GrantNotInForce")
        .withArgs(late.id, ENDED);
    }
  });

  it("reaffirms together with the guardian at that very second, and requests pass again until majority", async () => {
    const { consents, draw, give, giveTogether, ask, guardian, assentFrom, majority } = await deployChild();
    const first = draw(true);
    const consent = await give(guardian, first);
    const reaffirmed = draw(true, first.id);
    await time.setNextBlockTimestamp(assentFrom);
    const both = await giveTogether(reaffirmed);
    expect((await consents.consent(reaffirmed.id)).status).to.equal(2n);
    await ask(assentFrom + 1, both);
    await ask(assentFrom + 2, consent, ENDED);
    await ask(majority - 1, both);
    await ask(majority, both, ENDED);
    await ask(majority + 1, both, ENDED);
  });

  it("cannot be overridden: the guardian alone gives nothing from the age of assent on, nor does the child alone", async () => {
    const { consents, draw, give, guardian, child, assentFrom, majority } = await deployChild();
    for (const at of [assentFrom, majority - 1]) {
      for (const by of [guardian, child]) {
        const snapshot = await networkHelpers.takeSnapshot();
        await time.setNextBlockTimestamp(at);
        await expect(give(by, draw(true)))
          .to.be.revertedWithCustomError(consents, "NoAuthority")
          .withArgs(child.address, by.address);
        await snapshot.restore();
      }
    }
  });

  it("or the guardian takes a common consent back alone, and the next request is denied", async () => {
    for (const who of ["child", "guardian"] as const) {
      const world = await deployChild();
      const { consents, draw, giveTogether, ask, assentFrom } = world;
      await time.setNextBlockTimestamp(assentFrom);
      const one = draw(true);
      const both = await giveTogether(one);
      await ask(assentFrom + 1, both);
      await time.setNextBlockTimestamp(assentFrom + 2);
      await consents.connect(world[who]).withdraw(one.id);
      await ask(assentFrom + 3, both, ENDED);
    }
  });

  it("decides alone from the second of majority on, over what is to come and what was granted before", async () => {
    const { consents, broker, draw, give, giveTogether, ask, guardian, child, assentFrom, majority } =
      await deployChild();
    await time.setNextBlockTimestamp(assentFrom);
    const common = draw(true);
    const both = await giveTogether(common);
    const granted = await ask(majority - 2, both);
    await expect(granted.deliver(majority - 1)).to.emit(broker, "DeliveryLogged");

    await time.setNextBlockTimestamp(majority);
    const own = await give(child, draw(false, common.id));
    await ask(majority + 1, own);
    await expect(granted.deliver(majority + 2))
      .to.be.revertedWithCustomError(broker, "GrantNotInForce")
      .withArgs(granted.id, ENDED);
    await expect(consents.connect(guardian).withdrawAll(child))
      .to.be.revertedWithCustomError(consents, "NoAuthority")
      .withArgs(child.address, guardian.address);
    await consents.connect(child).withdrawAll(child);
    await ask(majority + 5, own, ENDED);
  });

  it("loses no time: signatures of both, made before, cannot be sent once the child is of age", async () => {
    const { consents, draw, sign, child, guardian, signers, majority } = await deployChild();
    const one = draw(true);
    const both = [await sign(guardian, one), await sign(child, one)];
    await time.setNextBlockTimestamp(majority);
    await expect(consents.connect(signers.relayer).giveJointly(one.terms, one.details, FOREVER, both))
      .to.be.revertedWithCustomError(consents, "NoAuthority")
      .withArgs(child.address, signers.relayer.address);
  });

  it("and the guardian each turn a single request down while they decide together, and neither agrees to one alone", async () => {
    for (const who of ["child", "guardian"] as const) {
      const world = await deployChild();
      const { broker, patients, signers, draw, giveTogether, assentFrom } = world;
      await time.setNextBlockTimestamp(assentFrom);
      const both = await giveTogether(draw(true, undefined, false));
      expect((await patients.authority(world.child, world[who]))[0]).to.equal(JOINT);
      const body = world.makeRequest({ consent: both });
      await expect(broker.connect(signers.researcher).request(body))
        .to.emit(broker, "AccessDecided")
        .withArgs(
          ...(await decidedArgs(world, body, { decision: Decision.NEEDS_REVIEW, pending: ReviewMask.PATIENT })),
        );
      const id = await broker.requestId(signers.researcher, body);
      const answer = broker.connect(world[who]);
      await answer.approveReview(signers.researcher, body, Review.PATIENT, hash("evidence"));
      expect((await broker.grant(id)).decision).to.equal(Decision.NEEDS_REVIEW);
      await answer.rejectReview(signers.researcher, body, Review.PATIENT, hash("evidence"));
      expect((await broker.grant(id)).decision).to.equal(Decision.DENIED);
    }
  });

  it("is paid itself once it is of age, for what the study earned with it as a child too, and the guardian's address no more", async () => {
    const { patients, token, study, signers, child, guardian, assentFrom, majority, start, ...world } =
      await deployChild();
    const [guardiansPurse, ownPurse] = [signers.helper1, signers.helper2];
    const consent = await world.give(guardian, world.draw(true));
    await patients.connect(guardian).setPayout(child, guardiansPurse);
    const { entitlement } = await world.ask(start + DAY, consent);
    const { pay, claims } = await world.openRevenue();
    await claims.enroll(study, entitlement);

    // As a child: to the address that the guardian chose, until the age of assent.
    await pay();
    await time.setNextBlockTimestamp(assentFrom - 1);
    await claims.claim(study, entitlement);
    expect(await token.balanceOf(guardiansPurse)).to.equal(600n);
    await pay();
    await time.setNextBlockTimestamp(majority - 1);
    const snapshot = await networkHelpers.takeSnapshot();
    await claims.claim(study, entitlement);
    expect(await token.balanceOf(child)).to.equal(600n);
    await snapshot.restore();

    // Of age: what was earned before goes to the patient, whoever claims it and at the very second.
    await time.setNextBlockTimestamp(majority);
    await claims.claim(study, entitlement);
    expect(await token.balanceOf(child)).to.equal(600n);
    await expect(patients.connect(guardian).setPayout(child, guardiansPurse))
      .to.be.revertedWithCustomError(patients, "NotIdentityOwner")
      .withArgs(child.address, guardian.address);
    await patients.connect(child).setPayout(child, ownPurse);
    await pay();
    await claims.claim(study, entitlement);
    expect(await token.balanceOf(ownPurse)).to.equal(600n);
    expect(await token.balanceOf(child)).to.equal(600n);
    expect(await token.balanceOf(guardiansPurse)).to.equal(600n);
  });

  it("agrees to a request that waited since before, from the second of majority on, and the guardian no more", async () => {
    const { broker, signers, makeRequest, draw, give, child, guardian, majority } = await deployChild();
    const own = draw(false, undefined, false);
    await time.setNextBlockTimestamp(majority);
    const consent = await give(child, own);
    const body = makeRequest({ consent });
    await broker.connect(signers.researcher).request(body);
    const id = await broker.requestId(signers.researcher, body);
    await expect(broker.connect(guardian).approveReview(signers.researcher, body, Review.PATIENT, hash("evidence")))
      .to.be.revertedWithCustomError(broker, "ReviewerNotPermitted")
      .withArgs(id, guardian.address);
    await broker.connect(child).approveReview(signers.researcher, body, Review.PATIENT, hash("evidence"));
    expect((await broker.grant(id)).decision).to.equal(Decision.APPROVED);
  });
});
