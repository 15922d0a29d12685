import { expect } from "chai";
import { ZeroAddress, Signature } from "ethers";
import type { Address, Hex } from "viem";
import { createConsent, decodePolicyWord, encodePolicyWord, signAnswerRequest } from "@consilium/sdk";
import type { AccessRequest, SignedAnswer, TypedDataSigner } from "@consilium/sdk";
import {
  AGENT_ROLES,
  DAY,
  Decision,
  MAX_TIME,
  RECORD,
  Review,
  ReviewMask,
  StudyReview,
  StudyVerdict,
  YEAR,
  decidedArgs,
  deployScenario,
  ethers,
  expectDecision,
  expectNoGrant,
  failedCheckMask,
  hash,
  loadFixture,
  memberOf,
  plain,
  sendPending,
  time,
  zeroAddress,
  zeroHash,
  type Decided,
  type Scenario,
  type Signer,
  proofOf,
} from "./scenario.ts";

const EVIDENCE = hash("evidence");
const KINDS = ["PATIENT", "ETHICS", "CUSTODIAN"] as const;
type Kind = (typeof KINDS)[number];

/** The rules with all three reviews at level 2. */
async function deployThreeReviews() {
  const s = await loadFixture(deployScenario);
  const { broker, institutions, records, consents, studies, ruleSet, signers } = s;
  const rules = plain(await ruleSet.rules()) as { levels: { reviews: bigint }[] };
  rules.levels[2]!.reviews = ReviewMask.PATIENT | ReviewMask.ETHICS | ReviewMask.CUSTODIAN;
  const strict = await ethers.deployContract("RuleSet", [rules, institutions, records, consents, studies]);
  await broker.connect(signers.rules).setRuleSet(strict);
  const body = s.makeRequest();
  const { id } = await expectDecision(s, body, { decision: Decision.NEEDS_REVIEW, pending: 7n, version: 2 });
  const reviewers: Record<Kind, Signer> = {
    PATIENT: signers.patient,
    ETHICS: signers.ethicsReviewer,
    CUSTODIAN: signers.northGateway,
  };
  return { ...s, id, body, reviewers };
}

async function deployWaitingForPatient(): Promise<Waiting> {
  const s = await loadFixture(deployScenario);
  const key = s.signers.patient;
  const waiting = await sendPending(s, { ethics: false, patient: true });
  return { ...s, ...waiting, key, owner: key.address as Address };
}

async function deployWaitingForEthics() {
  const s = await loadFixture(deployScenario);
  return { ...s, ...(await sendPending(s, { ethics: true, patient: false })) };
}

describe("AccessBroker: reviews", () => {
  describe("approveReview and rejectReview", () => {
    for (const name of ["approveReview", "rejectReview"] as const) {
      const act = (s: Scenario, by: Signer, body: AccessRequest, kind: number, requester = s.signers.researcher) =>
        s.broker.connect(by)[name](requester, body, kind, EVIDENCE);

      it(`${name} reverts when the request is unknown, or another requester is named`, async () => {
        const s = await loadFixture(deployWaitingForEthics);
        const unknown = { ...s.body, salt: 0n };
        const id = await s.broker.requestId(s.signers.researcher, unknown);
        await expect(act(s, s.signers.ethicsReviewer, unknown, Review.ETHICS))
          .to.be.revertedWithCustomError(s.broker, "RequestNotPending")
          .withArgs(id);
        await expect(act(s, s.signers.ethicsReviewer, s.body, Review.ETHICS, s.signers.officer))
          .to.be.revertedWithCustomError(s.broker, "RequestNotPending")
          .withArgs(await s.broker.requestId(s.signers.officer, s.body));
      });

      it(`${name} reverts when the request is decided`, async () => {
        const s = await loadFixture(deployScenario);
        const approved = await expectDecision(s, s.makeRequest(), { decision: Decision.APPROVED });
        const denied = await expectDecision(s, s.makeRequest({ proof: [] }), {
          decision: Decision.DENIED,
          failed: failedCheckMask("RECORD_NOT_ANCHORED"),
        });
        for (const { id, body } of [approved, denied]) {
          await expect(act(s, s.signers.patient, body, Review.PATIENT))
            .to.be.revertedWithCustomError(s.broker, "RequestNotPending")
            .withArgs(id);
        }
      });

      it(`${name} reverts when this review is not due`, async () => {
        const s = await loadFixture(deployWaitingForEthics);
        for (const [by, kind] of [
          [s.signers.patient, Review.PATIENT],
          [s.signers.northGateway, Review.CUSTODIAN],
        ] as const) {
          await expect(act(s, by, s.body, kind))
            .to.be.revertedWithCustomError(s.broker, "ReviewNotDue")
            .withArgs(s.id, kind);
        }
      });

      it(`${name} reverts for every wallet but the one whose review it is`, async () => {
        const s = await loadFixture(deployThreeReviews);
        const { signers, reviewers } = s;
        const all = [
          ...[signers.patient, signers.otherPatient, signers.researcher, signers.officer, signers.instituteAdmin],
          ...[signers.northGateway, signers.southGateway, signers.northClinician, signers.northAdmin],
          ...[signers.ethicsReviewer, signers.legalReviewer, signers.supervisor, signers.stranger, signers.operator],
        ];
        for (const kind of KINDS) {
          for (const by of all.filter((one) => one !== reviewers[kind])) {
            await expect(act(s, by, s.body, Review[kind]), `${by.address} for ${kind}`)
              .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
              .withArgs(s.id, by.address);
          }
        }
      });

      it(`${name} reverts for an ethics reviewer of the requester's own institution`, async () => {
        const s = await loadFixture(deployWaitingForEthics);
        const { signers, institutions, ids } = s;
        await institutions
          .connect(signers.operator)
          .appointAgent(ids.institute, signers.helper1, AGENT_ROLES.ethicsReviewer, s.start, s.start + YEAR);
        await expect(act(s, signers.helper1, s.body, Review.ETHICS))
          .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
          .withArgs(s.id, signers.helper1.address);
      });

      it(`${name} reverts for a reviewer of a suspended member, until the suspension is over`, async () => {
        const s = await loadFixture(deployThreeReviews);
        const end = s.start + DAY;
        const by = s.institutions.connect(s.signers.supervision);
        for (const [kind, member] of [
          ["ETHICS", s.ids.regulator],
          ["CUSTODIAN", s.ids.north],
        ] as const) {
          await by.suspend(member, end, hash("reason"));
          await expect(act(s, s.reviewers[kind], s.body, Review[kind]))
            .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
            .withArgs(s.id, s.reviewers[kind].address);
        }
        await time.setNextBlockTimestamp(end - 1);
        await expect(act(s, s.signers.ethicsReviewer, s.body, Review.ETHICS))
          .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
          .withArgs(s.id, s.signers.ethicsReviewer.address);
        await time.setNextBlockTimestamp(end);
        await expect(act(s, s.signers.ethicsReviewer, s.body, Review.ETHICS))
          .to.emit(s.broker, "AccessReviewed")
          .withArgs(s.id, s.signers.ethicsReviewer.address, Review.ETHICS, name === "approveReview", EVIDENCE);
      });
    }

    const orders = KINDS.flatMap((a) =>
      KINDS.filter((b) => b !== a).map((b): Kind[] => [a, b, KINDS.find((c) => c !== a && c !== b)!]),
    );
    for (const order of orders) {
      it(`approves with the last of ${order.join(", ")}`, async () => {
        const s = await loadFixture(deployThreeReviews);
        let [pending, given] = [7n, 0n];
        for (const kind of order) {
          pending &= ~ReviewMask[kind];
          given |= ReviewMask[kind];
          const decision = pending === 0n ? Decision.APPROVED : Decision.NEEDS_REVIEW;
          const by = s.broker.connect(s.reviewers[kind]);
          const args = [s.signers.researcher, s.body, Review[kind], EVIDENCE] as const;
          expect(await by.approveReview.staticCall(...args)).to.equal(decision);
          await expect(by.approveReview(...args))
            .to.emit(s.broker, "AccessReviewed")
            .withArgs(s.id, s.reviewers[kind].address, Review[kind], true, EVIDENCE)
            .and.to.emit(s.broker, "AccessDecided")
            .withArgs(...(await decidedArgs(s, s.body, { decision, pending, version: 2 })));
          const kept = await s.broker.grant(s.id);
          expect([kept.decision, kept.pendingReviews, kept.givenReviews]).to.deep.equal([decision, pending, given]);
          if (pending === 0n) continue;
          await expectNoGrant(s, s.id, s.body, s.signers.researcher);
          await expect(by.approveReview(...args))
            .to.be.revertedWithCustomError(s.broker, "ReviewNotDue")
            .withArgs(s.id, Review[kind]);
        }
        expect(await s.broker.cohortRoot(s.id)).to.equal(s.id);
        expect(
          await s.broker.checkGrant(s.id, memberOf(s.body), proofOf(s.signers.researcher, s.body), s.body.record),
        ).to.equal(0n);
      });
    }

    for (const kind of KINDS) {
      it(`denies for good when the review of ${kind} is no`, async () => {
        const s = await loadFixture(deployThreeReviews);
        const other = kind === "PATIENT" ? "ETHICS" : "PATIENT";
        await s.broker.connect(s.reviewers[other]).approveReview(s.signers.researcher, s.body, Review[other], EVIDENCE);
        const failed = failedCheckMask("REVIEW_REJECTED");
        await expect(
          s.broker.connect(s.reviewers[kind]).rejectReview(s.signers.researcher, s.body, Review[kind], EVIDENCE),
        )
          .to.emit(s.broker, "AccessReviewed")
          .withArgs(s.id, s.reviewers[kind].address, Review[kind], false, EVIDENCE)
          .and.to.emit(s.broker, "AccessDecided")
          .withArgs(...(await decidedArgs(s, s.body, { decision: Decision.DENIED, failed, version: 2 })));
        const kept = await s.broker.grant(s.id);
        expect([kept.decision, kept.pendingReviews, kept.givenReviews]).to.deep.equal([
          Decision.DENIED,
          0n,
          ReviewMask[other],
        ]);
        await expectNoGrant(s, s.id, s.body, s.signers.researcher);
        for (const later of KINDS) {
          await expect(
            s.broker.connect(s.reviewers[later]).approveReview(s.signers.researcher, s.body, Review[later], EVIDENCE),
          )
            .to.be.revertedWithCustomError(s.broker, "RequestNotPending")
            .withArgs(s.id);
        }
        await expect(s.broker.connect(s.signers.researcher).request(s.body))
          .to.be.revertedWithCustomError(s.broker, "RequestAlreadyDecided")
          .withArgs(s.id);
      });
    }

    it("takes a guardian's answer for a minor's, and not the minor's own", async () => {
      const s = await loadFixture(deployScenario);
      const { patient, guardian } = s.signers;
      await s.patients.connect(patient).appointGuardian(patient, guardian, ZeroAddress, s.start + YEAR, s.start + YEAR);
      const consent = await giveAsGuardian(s);
      const body = s.makeRequest({ consent });
      const { id } = await expectDecision(s, body, { decision: Decision.NEEDS_REVIEW, pending: ReviewMask.PATIENT });
      const answer = (by: Signer) =>
        s.broker.connect(by).approveReview(s.signers.researcher, body, Review.PATIENT, EVIDENCE);
      await expect(answer(patient))
        .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
        .withArgs(id, patient.address);
      await expect(answer(guardian))
        .to.emit(s.broker, "AccessReviewed")
        .withArgs(id, guardian.address, Review.PATIENT, true, EVIDENCE);
    });

    it("does not take a delegate's answer", async () => {
      const s = await loadFixture(deployWaitingForPatient);
      const { patient, dataTrust } = s.signers;
      const mandate = encodePolicyWord({ ...decodePolicyWord(2n ** 256n - 1n), ...s.researchPolicy, unknownBits: 0n });
      await s.patients.connect(patient).giveMandate(patient, dataTrust, mandate);
      expect((await s.patients.authority(patient, dataTrust)).kind).to.equal(3n);
      await expect(s.broker.connect(dataTrust).approveReview(s.signers.researcher, s.body, Review.PATIENT, EVIDENCE))
        .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
        .withArgs(s.id, dataTrust.address);
    });
  });

  describe("evaluation at a review", () => {
    const CHANGES: [string, bigint, (s: Scenario & { body: AccessRequest }) => Promise<unknown>][] = [
      [
        "the consent is withdrawn",
        failedCheckMask("CONSENT_NOT_IN_FORCE"),
        async (s) => s.consents.connect(s.signers.patient).withdraw(await s.consents.consentId(s.body.consent)),
      ],
      [
        "the record is destroyed",
        failedCheckMask("RECORD_DESTROYED"),
        (s) => s.records.connect(s.signers.northGateway).attestBatchDestruction(s.batch.id, EVIDENCE),
      ],
      [
        "the study is rejected",
        failedCheckMask("STUDY_LEGAL"),
        (s) => s.reviewStudy(s.study, StudyReview.LEGAL, StudyVerdict.REJECTED),
      ],
      [
        "the requester's institution is suspended",
        failedCheckMask("REQUESTER_STANDING"),
        (s) => s.institutions.connect(s.signers.supervision).suspend(s.ids.institute, s.start + YEAR, EVIDENCE),
      ],
      [
        "the requester is suspended for denials",
        failedCheckMask("REQUESTER_SUSPENDED"),
        async (s) => {
          const thresholds = { maxDenials: 1, window: DAY, suspension: YEAR };
          await s.broker.connect(s.signers.rules).setAlertThresholds(thresholds);
          await s.broker.connect(s.signers.researcher).request(s.makeRequest({ proof: [] }));
        },
      ],
      ["the time asked for is over", failedCheckMask("REQUEST_PERIOD"), (s) => time.increaseTo(s.until)],
    ];
    for (const [name, failed, change] of CHANGES) {
      it(`denies when ${name} in between`, async () => {
        const s = await loadFixture(deployWaitingForEthics);
        await change(s);
        await expect(
          s.broker
            .connect(s.signers.ethicsReviewer)
            .approveReview(s.signers.researcher, s.body, Review.ETHICS, EVIDENCE),
        )
          .to.emit(s.broker, "AccessReviewed")
          .withArgs(s.id, s.signers.ethicsReviewer.address, Review.ETHICS, true, EVIDENCE)
          .and.to.emit(s.broker, "AccessDecided")
          .withArgs(...(await decidedArgs(s, s.body, { decision: Decision.DENIED, failed })));
        await expectNoGrant(s, s.id, s.body, s.signers.researcher);
        expect((await s.broker.grant(s.id)).decision).to.equal(Decision.DENIED);
      });
    }

    it("counts a reviewed grant against the cap, and denies when it is reached in between", async () => {
      const s = await loadFixture(deployScenario);
      const study = await s.addStudy({ subjectCap: 1 });
      const ask = async () => {
        const body = s.makeRequest({ study, record: RECORD.core, word: { level: 3 } });
        await expectDecision(s, body, { decision: Decision.NEEDS_REVIEW, pending: ReviewMask.ETHICS });
        return body;
      };
      const [first, second] = [await ask(), await ask()];
      const review = (body: AccessRequest) =>
        s.broker.connect(s.signers.ethicsReviewer).approveReview(s.signers.researcher, body, Review.ETHICS, EVIDENCE);
      await review(first);
      expect(await s.broker.subjectsOf(study)).to.equal(1n);
      const failed = failedCheckMask("STUDY_CAP");
      await expect(review(second))
        .to.emit(s.broker, "AccessDecided")
        .withArgs(...(await decidedArgs(s, second, { decision: Decision.DENIED, failed })));
      expect(await s.broker.subjectsOf(study)).to.equal(1n);
    });

    it("decides by the rules of the time of the review, and says so", async () => {
      const s = await loadFixture(deployWaitingForEthics);
      const rules = plain(await s.ruleSet.rules()) as { levels: { reviews: bigint }[] };
      rules.levels[3]!.reviews = ReviewMask.ETHICS | ReviewMask.CUSTODIAN;
      const args = [rules, s.institutions, s.records, s.consents, s.studies];
      await s.broker.connect(s.signers.rules).setRuleSet(await ethers.deployContract("RuleSet", args));
      const waiting = { decision: Decision.NEEDS_REVIEW, pending: ReviewMask.CUSTODIAN, version: 2 };
      await expect(
        s.broker.connect(s.signers.ethicsReviewer).approveReview(s.signers.researcher, s.body, Review.ETHICS, EVIDENCE),
      )
        .to.emit(s.broker, "AccessDecided")
        .withArgs(...(await decidedArgs(s, s.body, waiting)));
    });
  });

  describe("answerBySignature", () => {
    const FORMS: [string, () => Promise<Waiting>][] = [
      ["an EOA", deployWaitingForPatient],
      ["an ERC-1271 wallet", deployWaitingForWallet],
    ];

    for (const [name, fixture] of FORMS) {
      it(`approves by the signature of ${name}, relayed by anyone, once`, async () => {
        const s = await loadFixture(fixture);
        const { key, owner } = s;
        const signed = await sign(s, key, owner, { deadline: await inOneHour() });
        await expect(relay(s, signed))
          .to.emit(s.broker, "AccessReviewed")
          .withArgs(s.id, owner, Review.PATIENT, true, zeroHash)
          .and.to.emit(s.broker, "AccessDecided")
          .withArgs(...(await decidedArgs(s, s.body, { decision: Decision.APPROVED })));
        expect(
          await s.broker.checkGrant(s.id, memberOf(s.body), proofOf(s.signers.researcher, s.body), s.body.record),
        ).to.equal(0n);
        await expect(relay(s, signed)).to.be.revertedWithCustomError(s.broker, "RequestNotPending").withArgs(s.id);
      });

      it(`denies by the signature of ${name}`, async () => {
        const s = await loadFixture(fixture);
        const { key, owner } = s;
        const signed = await sign(s, key, owner, { deadline: await inOneHour(), approved: false });
        const failed = failedCheckMask("REVIEW_REJECTED");
        await expect(relay(s, signed))
          .to.emit(s.broker, "AccessReviewed")
          .withArgs(s.id, owner, Review.PATIENT, false, zeroHash)
          .and.to.emit(s.broker, "AccessDecided")
          .withArgs(...(await decidedArgs(s, s.body, { decision: Decision.DENIED, failed })));
        await expectNoGrant(s, s.id, s.body, s.signers.researcher);
      });

      it(`holds to the deadline of ${name}`, async () => {
        const s = await loadFixture(fixture);
        const { key, owner } = s;
        const deadline = await inOneHour();
        const signed = await sign(s, key, owner, { deadline });
        for (const [offset, holds] of [
          [-1, true],
          [0, true],
          [1, false],
        ] as const) {
          const snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
          await time.setNextBlockTimestamp(Number(deadline) + offset);
          if (holds) await expect(relay(s, signed)).to.emit(s.broker, "AccessDecided");
          else {
            await expect(relay(s, signed))
              .to.be.revertedWithCustomError(s.broker, "SignatureExpired")
              .withArgs(deadline);
          }
          await ethers.provider.send("evm_revert", [snapshot]);
        }
      });

      it(`refuses what ${name} did not sign: other answer, request, deadline, contract, chain, or form`, async () => {
        const s = await loadFixture(fixture);
        const { key, owner } = s;
        const deadline = await inOneHour();
        const signed = await sign(s, key, owner, { deadline });
        const other = { ...s.body, salt: s.body.salt + 1_000_000n };
        await s.broker.connect(s.signers.researcher).request(other);
        const sides: [string, SignedAnswer, AccessRequest?][] = [
          ["answer", { ...signed, approved: false }],
          ["request", signed, other],
          ["deadline", { ...signed, deadline: deadline + 1n }],
          ["contract", await sign(s, key, owner, { deadline, verifyingContract: await s.consents.getAddress() })],
          ["chain", await sign(s, key, owner, { deadline, chainId: 1 })],
          ["key", await sign(s, s.signers.stranger, owner, { deadline })],
          ["malleated", { ...signed, signature: malleated(signed.signature) }],
          ["short", { ...signed, signature: signed.signature.slice(0, -2) as Hex }],
          ["empty", { ...signed, signature: "0x" }],
          ["zeros", { ...signed, signature: `0x${"00".repeat(65)}` }],
        ];
        for (const [label, wrong, body] of sides) {
          await expect(relay(s, wrong, body), label)
            .to.be.revertedWithCustomError(s.broker, "SignatureInvalid")
            .withArgs(owner);
        }
        expect((await s.broker.grant(s.id)).decision).to.equal(Decision.NEEDS_REVIEW);
        await expect(relay(s, signed)).to.emit(s.broker, "AccessDecided");
      });
    }

    it("refuses another contract of the same kind", async () => {
      const s = await loadFixture(deployWaitingForPatient);
      const twin = await deployTwin(s);
      await twin.connect(s.signers.researcher).request(s.body);
      const signed = await sign(s, s.signers.patient, s.signers.patient.address as Address, {
        deadline: await inOneHour(),
      });
      await expect(
        twin.answerBySignature(
          s.signers.researcher,
          s.body,
          signed.approved,
          signed.signer,
          signed.deadline,
          signed.signature,
        ),
      )
        .to.be.revertedWithCustomError(twin, "SignatureInvalid")
        .withArgs(s.signers.patient.address);
    });

    it("refuses a good signature of somebody without authority", async () => {
      const s = await loadFixture(deployWaitingForPatient);
      for (const by of [s.signers.stranger, s.signers.otherPatient, s.signers.researcher, s.signers.northGateway]) {
        const signed = await sign(s, by, by.address as Address, { deadline: await inOneHour() });
        await expect(relay(s, signed))
          .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
          .withArgs(s.id, by.address);
      }
    });

    it("refuses the zero address as signer", async () => {
      const s = await loadFixture(deployWaitingForPatient);
      const signed = await sign(s, s.signers.patient, zeroAddress, { deadline: await inOneHour() });
      await expect(relay(s, { ...signed, signature: `0x${"00".repeat(65)}` }))
        .to.be.revertedWithCustomError(s.broker, "SignatureInvalid")
        .withArgs(zeroAddress);
    });

    it("refuses the wallet's former owner after a change of owner", async () => {
      const s = await loadFixture(deployWaitingForPatient);
      const { patient, helper1 } = s.signers;
      const signed = await sign(s, patient, patient.address as Address, { deadline: await inOneHour() });
      await s.patients.connect(patient).changeOwner(patient, helper1);
      await expect(relay(s, signed))
        .to.be.revertedWithCustomError(s.broker, "ReviewerNotPermitted")
        .withArgs(s.id, patient.address);
    });

    it("takes the patient's answer alone: ethics still has to agree, and the signature works once", async () => {
      const s = await loadFixture(deployScenario);
      const waiting = await sendPending(s, { ethics: true, patient: true });
      const world = { ...s, ...waiting };
      const signed = await sign(world, s.signers.patient, s.signers.patient.address as Address, {
        deadline: BigInt(MAX_TIME),
      });
      const expected = { decision: Decision.NEEDS_REVIEW, pending: ReviewMask.ETHICS };
      await expect(relay(world, signed))
        .to.emit(s.broker, "AccessDecided")
        .withArgs(...(await decidedArgs(s, waiting.body, expected)));
      await expect(relay(world, signed))
        .to.be.revertedWithCustomError(s.broker, "ReviewNotDue")
        .withArgs(waiting.id, Review.PATIENT);
      await expectNoGrant(s, waiting.id, waiting.body, s.signers.researcher);
    });
  });
});

/* SIGNING */

/** A request that waits for the patient's side: who owns the DID, and whose key signs for it. */
type Waiting = Scenario & Decided & { key: Signer; owner: Address };

/** A patient whose DID a contract wallet owns. */
async function deployWaitingForWallet(): Promise<Waiting> {
  const s = await loadFixture(deployScenario);
  const waiting = await sendPending(s, { ethics: false, patient: true });
  const key = s.signers.helper1;
  const wallet = await ethers.deployContract("Erc1271Wallet", [key]);
  const owner = (await wallet.getAddress()) as Address;
  await s.patients.connect(s.signers.patient).changeOwner(s.signers.patient, owner);
  return { ...s, ...waiting, key, owner };
}

async function inOneHour(): Promise<bigint> {
  return BigInt((await time.latest()) + 3_600);
}

type Signing = { deadline: bigint; approved?: boolean; verifyingContract?: string; chainId?: number };

async function sign(
  s: Scenario & { id: Hex },
  key: Signer,
  signer: Address,
  { deadline, approved = true, verifyingContract, chainId }: Signing,
): Promise<SignedAnswer> {
  const wallet: TypedDataSigner = {
    signTypedData: async ({ domain, types, message }) =>
      (await key.signTypedData(domain, types as Record<string, { name: string; type: string }[]>, message)) as Hex,
  };
  return signAnswerRequest(wallet, {
    request: s.id,
    approved,
    deadline,
    signer,
    chainId: chainId ?? Number((await ethers.provider.getNetwork()).chainId),
    verifyingContract: (verifyingContract ?? (await s.broker.getAddress())) as Address,
  });
}

function relay(s: Scenario & { body: AccessRequest }, signed: SignedAnswer, body: AccessRequest = s.body) {
  return s.broker
    .connect(s.signers.relayer)
    .answerBySignature(s.signers.researcher, body, signed.approved, signed.signer, signed.deadline, signed.signature);
}

/** The other signature that the curve allows for the same message. */
function malleated(signature: Hex): Hex {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const { r, s, v } = Signature.from(signature);
  const word = (value: bigint): string => value.toString(16).padStart(64, "0");
  return `0x${word(BigInt(r))}${word(order - BigInt(s))}${v === 27 ? "1c" : "1b"}`;
}

async function deployTwin(s: Scenario) {
  const { authority, ruleSet, broker, institutions, patients, records, consents, studies } = s;
  const thresholds = plain(await broker.alertThresholds());
  const registries = [institutions, patients, records, consents, studies];
  return ethers.deployContract("AccessBroker", [authority, ruleSet, thresholds, ...registries]);
}

async function giveAsGuardian(s: Scenario) {
  const { guardian, patient } = s.signers;
  const { terms, details } = createConsent({
    patient: patient.address as Address,
    epoch: 0,
    notice: hash("notice"),
    policy: encodePolicyWord({ ...s.researchPolicy, flags: ["separateConsent", "guardianSigned"] }),
  });
  await s.consents.connect(guardian).give(terms, details);
  return terms;
}
