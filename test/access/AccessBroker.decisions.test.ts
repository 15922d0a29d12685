import { readFileSync } from "node:fs";
import { expect } from "chai";
import { FAILED_CHECKS } from "@consilium/sdk";
import type { AccessRequest, FailedCheckName } from "@consilium/sdk";
import {
  AGENT_ROLES,
  DAY,
  Decision,
  MAX_TIME,
  NO_CONSENT,
  RECORD,
  RETENTION,
  Review,
  ReviewMask,
  StudyReview,
  StudyVerdict,
  YEAR,
  decidedArgs,
  deployApproved,
  deployScenario,
  ethers,
  expectDecision,
  expectDenied,
  failedCheckMask,
  hash,
  inOneBlock,
  loadFixture,
  plain,
  sendPending,
  time,
  zeroAddress,
  zeroHash,
  type Scenario,
  type Signer,
} from "./scenario.ts";

type Asked = { body: AccessRequest; by?: Signer };

/** For each check of a request: what makes it fail, and it alone. */
const ALONE: Partial<Record<FailedCheckName, (s: Scenario) => Asked | Promise<Asked>>> = {
  REQUESTER_ROLE: (s) => ({ body: s.makeRequest(), by: s.signers.officer }),
  REQUESTER_ACCREDITATION: async (s) => {
    await s.institutions.connect(s.signers.operator).accredit(s.ids.institute, 0, await time.latest());
    return { body: s.makeRequest() };
  },
  PURPOSE_MISSING: (s) => ({ body: s.makeRequest({ word: { purposes: [] } }) }),
  PURPOSE_PROHIBITED: async (s) => {
    const consent = await s.giveConsent({ policy: s.carePolicy });
    const word = { ...s.careWord, purposes: ["TREAT", "BTG"] as const };
    return { body: s.makeRequest({ study: zeroHash, consent, word }), by: s.signers.southClinician };
  },
  REQUEST_SCOPE: (s) => ({ body: s.makeRequest({ record: RECORD.diagnoses }) }),
  REQUEST_PERIOD: (s) => ({ body: s.makeRequest({ word: { validUntil: s.start + YEAR + DAY } }) }),
  RECORD_NOT_ANCHORED: (s) => ({ body: s.makeRequest({ proof: s.batch.proof(RECORD.other) }) }),
  RECORD_SUPERSEDED: async (s) => {
    const { batch } = s;
    await s.records
      .connect(s.signers.northGateway)
      .supersede(
        batch.id,
        batch.record(RECORD.labs),
        batch.proof(RECORD.labs),
        batch.id,
        batch.record(RECORD.successor),
        batch.proof(RECORD.successor),
        hash("reason"),
      );
    return { body: s.makeRequest() };
  },
  RECORD_DESTROYED: async (s) => {
    const { batch } = s;
    await s.records
      .connect(s.signers.northGateway)
      .attestDestruction(batch.id, batch.record(RECORD.labs), batch.proof(RECORD.labs), hash("evidence"));
    return { body: s.makeRequest() };
  },
  RETENTION_ENDED: async (s) => {
    await time.increaseTo(s.start + RETENTION);
    return { body: s.makeRequest({ record: RECORD.shortLived }) };
  },
  CUSTODIAN_STANDING: async (s) => {
    await s.institutions.connect(s.signers.supervision).suspend(s.ids.north, s.start + YEAR, hash("reason"));
    return { body: s.makeRequest() };
  },
  CONSENT_NOT_IN_FORCE: async (s) => {
    const body = s.makeRequest();
    await s.consents.connect(s.signers.patient).withdraw(await s.consents.consentId(body.consent));
    return { body };
  },
  CONSENT_PATIENT: async (s) => ({
    body: s.makeRequest({ consent: await s.giveConsent({ by: s.signers.otherPatient }) }),
  }),
  CONSENT_GRANTEE: async (s) => ({
    body: s.makeRequest({ consent: await s.giveConsent({ institution: s.ids.south }) }),
  }),
  CONSENT_STUDY: async (s) => ({
    body: s.makeRequest({ consent: await s.giveConsent({ study: hash("other study") }) }),
  }),
  CONSENT_PURPOSE: async (s) => ({
    body: s.makeRequest({ consent: await s.giveConsent({ policy: { purposes: ["HRESCH"] } }) }),
  }),
  CONSENT_DUO_USE: async (s) => ({
    body: s.makeRequest({ consent: await s.giveConsent({ policy: { duoUses: ["diseaseSpecific"] } }) }),
  }),
  CONSENT_MODIFIER: async (s) => ({
    body: s.makeRequest({ consent: await s.giveConsent({ policy: { modifiers: ["COL"] } }) }),
  }),
  CONSENT_CATEGORY: async (s) => ({
    body: s.makeRequest({ consent: await s.giveConsent({ policy: { categories: ["diagnoses"] } }) }),
  }),
  CONSENT_LEVEL: async (s) => ({ body: s.makeRequest({ consent: await s.giveConsent({ policy: { level: 1 } }) }) }),
  CONSENT_PERIOD: async (s) => ({
    body: s.makeRequest({ consent: await s.giveConsent({ policy: { validUntil: s.until - 1 } }) }),
  }),
  CONSENT_SENSITIVITY: (s) => ({ body: s.makeRequest({ word: { sensitivities: ["HIV"] } }) }),
  CONSENT_DEIDENTIFICATION: async (s) => ({
    body: s.makeRequest({ consent: await s.giveConsent({ policy: { deidentification: 2 } }) }),
  }),
  CONSENT_RECIPIENT: async (s) => ({
    body: s.makeRequest({ consent: await s.giveConsent({ policy: { recipients: ["hospital"] } }) }),
  }),
  CONSENT_REGION: async (s) => ({
    body: s.makeRequest({ consent: await s.giveConsent({ policy: { regions: [1] } }) }),
  }),
  CONSENT_FLAG: (s) => ({ body: s.makeRequest({ word: { flags: ["recontact"] } }) }),
  PATIENT_DEACTIVATED: async (s) => {
    await s.patients.connect(s.signers.patient).changeOwner(s.signers.patient, zeroAddress);
    return { body: s.makeRequest() };
  },
  STUDY_MISSING: async (s) => ({
    body: s.makeRequest({ study: zeroHash, consent: await s.giveConsent({ policy: { modifiers: [] } }) }),
  }),
  STUDY_ETHICS: async (s) => {
    await s.reviewStudy(s.study, StudyReview.ETHICS, StudyVerdict.REJECTED);
    return { body: s.makeRequest({ consent: await s.giveConsent({ policy: { modifiers: [] } }) }) };
  },
  STUDY_LEGAL: async (s) => {
    await s.reviewStudy(s.study, StudyReview.LEGAL, StudyVerdict.REJECTED);
    return { body: s.makeRequest() };
  },
  STUDY_PERIOD: async (s) => ({
    body: s.makeRequest({ study: await s.addStudy({ scope: { validUntil: s.until - 1 } }) }),
  }),
  STUDY_PARTY: async (s) => ({
    body: s.makeRequest({
      consent: await s.giveConsent({ policy: { modifiers: [], recipients: ["hospital"] } }),
    }),
    by: s.signers.otherResearcher,
  }),
  STUDY_SCOPE: async (s) => ({ body: s.makeRequest({ study: await s.addStudy({ scope: { purposes: ["HRESCH"] } }) }) }),
  STUDY_CAP: async (s) => {
    const study = await s.addStudy({ subjectCap: 1 });
    await expectDecision(s, s.makeRequest({ study }), { decision: Decision.APPROVED });
    return { body: s.makeRequest({ study }) };
  },
  STUDY_CORE_CATEGORY: async (s) => ({
    body: s.makeRequest({
      study: await s.addStudy({ coreCategories: 1 << 2 }),
      record: RECORD.core,
      word: { level: 3 },
    }),
  }),
  STUDY_FILING: (s) => ({ body: s.makeRequest({ record: RECORD.genomics, word: { categories: ["genomics"] } }) }),
};

/** Checks that no request can be logged with, each with tests of its own: */
const ELSEWHERE: FailedCheckName[] = [
  // below and in AccessBroker.denials.test.ts: the transaction reverts;
  "REQUESTER_STANDING",
  "REQUESTER_SUSPENDED",
  // in AccessBroker.cohorts.test.ts and AccessBroker.reviews.test.ts;
  "REVIEW_REQUIRED",
  "REVIEW_REJECTED",
  // in AccessBroker.grants.test.ts.
  "STUDY_LAPSED",
  "GRANT_REVOKED",
  "GRANT_EXPIRED",
];

describe("AccessBroker: decisions", () => {
  describe("each check alone", () => {
    it("has a test for every bit of FailedCheck.sol", () => {
      const source = readFileSync(new URL("../../contracts/common/FailedCheck.sol", import.meta.url), "utf8");
      const bits = [...source.matchAll(/constant (\w+) = 1 << (\d+);/g)].map(([, name, bit]) => [name, Number(bit)]);
      expect(bits).to.deep.equal(Object.entries(FAILED_CHECKS).map(([name, { bit }]) => [name, bit]));
      expect([...Object.keys(ALONE), ...ELSEWHERE]).to.have.members(bits.map(([name]) => name));
    });

    for (const [name, breakIt] of Object.entries(ALONE) as [
      FailedCheckName,
      (s: Scenario) => Asked | Promise<Asked>,
    ][]) {
      it(`denies for ${name} and nothing else`, async () => {
        const s = await loadFixture(deployScenario);
        const { body, by } = await breakIt(s);
        await expectDenied(s, body, [name], by);
      });
    }

    it("names all that fails at once", async () => {
      const s = await loadFixture(deployScenario);
      const { signers } = s;
      await s.institutions.connect(signers.supervision).suspend(s.ids.north, s.start + YEAR, hash("reason"));
      await s.institutions.connect(signers.operator).accredit(s.ids.institute, 0, s.start);
      await s.patients.connect(signers.otherPatient).changeOwner(signers.otherPatient, zeroAddress);
      const study = await s.addStudy({
        by: signers.otherResearcher,
        scope: { validUntil: s.until, purposes: ["HRESCH"], duoUses: ["health", "populationOrigins"] },
        coreCategories: 0,
        ethics: StudyVerdict.REJECTED,
        legal: StudyVerdict.REJECTED,
      });
      const consent = {
        ...NO_CONSENT,
        patient: signers.otherPatient.address as `0x${string}`,
        institution: s.ids.south,
        study: s.study,
        policy: (1n << 51n) | (2n << 216n),
      };
      const word = {
        purposes: ["DSRCH", "HMARKT"] as const,
        categories: ["genomics"] as const,
        level: 3,
        validUntil: s.start + 2 * YEAR,
        sensitivities: ["HIV"] as const,
        flags: ["recontact"] as const,
      };
      const body = s.makeRequest({ study, consent, word, proof: [] });
      await expectDenied(s, body, [
        ...["REQUESTER_ROLE", "REQUESTER_ACCREDITATION", "PURPOSE_PROHIBITED", "REQUEST_SCOPE"],
        ...["REQUEST_PERIOD", "RECORD_NOT_ANCHORED", "CUSTODIAN_STANDING", "CONSENT_NOT_IN_FORCE", "CONSENT_PATIENT"],
        ...["CONSENT_GRANTEE", "CONSENT_STUDY", "CONSENT_PURPOSE", "CONSENT_DUO_USE", "CONSENT_MODIFIER"],
        ...["CONSENT_CATEGORY", "CONSENT_LEVEL", "CONSENT_PERIOD", "CONSENT_SENSITIVITY", "CONSENT_DEIDENTIFICATION"],
        ...["CONSENT_RECIPIENT", "CONSENT_REGION", "CONSENT_FLAG", "PATIENT_DEACTIVATED", "STUDY_ETHICS"],
        ...["STUDY_LEGAL", "STUDY_PERIOD", "STUDY_PARTY", "STUDY_SCOPE", "STUDY_CORE_CATEGORY", "STUDY_FILING"],
      ] as FailedCheckName[]);
    });
  });

  describe("request", () => {
    it("reverts and logs nothing when the requester is a stranger", async () => {
      const s = await loadFixture(deployScenario);
      await expectNotPermitted(s, s.signers.stranger, s.makeRequest());
    });

    it("reverts and logs nothing when the requester's institution is suspended, up to its last second", async () => {
      const s = await loadFixture(deployScenario);
      const end = s.start + DAY;
      await s.institutions.connect(s.signers.supervision).suspend(s.ids.institute, end, hash("reason"));
      await expectNotPermitted(s, s.signers.researcher, s.makeRequest());
      const body = s.makeRequest();
      for (const [second, permitted] of [
        [end - 1, false],
        [end, true],
        [end + 1, true],
      ] as const) {
        await time.setNextBlockTimestamp(second);
        const sent = s.broker.connect(s.signers.researcher).request({ ...body, salt: BigInt(second) });
        if (permitted) await expect(sent).to.emit(s.broker, "AccessDecided");
        else {
          await expect(sent)
            .to.be.revertedWithCustomError(s.broker, "RequesterNotPermitted")
            .withArgs(s.signers.researcher.address);
        }
      }
    });

    it("reverts in the very block of the suspension", async () => {
      const s = await loadFixture(deployScenario);
      const done = await inOneBlock(
        () => s.institutions.connect(s.signers.supervision).suspend(s.ids.institute, s.start + DAY, hash("reason")),
        () => s.broker.connect(s.signers.researcher).request(s.makeRequest(), { gasLimit: 2_000_000 }),
      );
      expect(done).to.deep.equal([true, false]);
    });

    it("reverts when the institution is expelled, or the agent revoked", async () => {
      const s = await loadFixture(deployScenario);
      await s.institutions.connect(s.signers.operator).dismissAgent(s.signers.officer);
      await expectNotPermitted(s, s.signers.officer, s.makeRequest());
      await s.institutions.connect(s.signers.supervision).expel(s.ids.institute, hash("reason"));
      await expectNotPermitted(s, s.signers.researcher, s.makeRequest());
    });

    it("reverts when the id was decided: approved, denied or waiting", async () => {
      const s = await loadFixture(deployScenario);
      const approved = await expectDecision(s, s.makeRequest(), { decision: Decision.APPROVED });
      const denied = await expectDenied(s, s.makeRequest({ word: { flags: ["recontact"] } }), ["CONSENT_FLAG"]);
      const waiting = await sendPending(s, { ethics: true, patient: false });
      for (const { id, body } of [approved, denied, waiting]) {
        await expect(s.broker.connect(s.signers.researcher).request(body))
          .to.be.revertedWithCustomError(s.broker, "RequestAlreadyDecided")
          .withArgs(id);
      }
    });

    it("takes no other proof for another request, and no other requester's id", async () => {
      const s = await loadFixture(deployScenario);
      const { id, body } = await expectDenied(s, s.makeRequest({ proof: [] }), ["RECORD_NOT_ANCHORED"]);
      await expect(s.broker.connect(s.signers.researcher).request({ ...body, proof: s.batch.proof(RECORD.labs) }))
        .to.be.revertedWithCustomError(s.broker, "RequestAlreadyDecided")
        .withArgs(id);
      expect(await s.broker.requestId(s.signers.officer, body)).not.to.equal(id);
    });

    it("keeps an approved request's grant with its cohort of one", async () => {
      const s = await loadFixture(deployApproved);
      const kept = await s.broker.grant(s.id);
      expect(plain(kept)).to.deep.equal({
        decision: Decision.APPROVED,
        pendingReviews: 0n,
        givenReviews: 0n,
        revoked: false,
        institution: BigInt(s.ids.institute),
        decidedAt: BigInt(await time.latest()),
        until: BigInt(s.until),
        count: 1n,
        ruleVersion: 1n,
      });
      expect(await s.broker.cohortRoot(s.id)).to.equal(s.id);
      expect(await s.broker.isMember(s.id, s.member, s.proof)).to.equal(true);
      expect(await s.broker.checkGrant(s.id, s.member, s.proof, s.body.record)).to.equal(0n);
    });

    it("counts subjects against a cap, and up to it", async () => {
      const s = await loadFixture(deployScenario);
      const study = await s.addStudy({ subjectCap: 2 });
      for (const count of [1n, 2n]) {
        await expectDecision(s, s.makeRequest({ study }), { decision: Decision.APPROVED });
        expect(await s.broker.subjectsOf(study)).to.equal(count);
      }
      await expectDenied(s, s.makeRequest({ study }), ["STUDY_CAP"]);
      expect(await s.broker.subjectsOf(study)).to.equal(2n);
    });

    it("does not count where there is no cap", async () => {
      const s = await loadFixture(deployApproved);
      expect(await s.broker.subjectsOf(s.study)).to.equal(0n);
    });
  });

  describe("boundaries", () => {
    it("asks for an end after now", async () => {
      const s = await loadFixture(deployScenario);
      const now = s.start + DAY;
      for (const [end, checks] of [
        [now - 1, ["REQUEST_PERIOD"]],
        [now, ["REQUEST_PERIOD"]],
        [now + 1, []],
        [0, ["REQUEST_SCOPE", "REQUEST_PERIOD"]],
        [MAX_TIME, ["REQUEST_PERIOD", "CONSENT_PERIOD", "STUDY_PERIOD"]],
      ] as [number, FailedCheckName[]][]) {
        await expectAt(s, now, s.makeRequest({ word: { validUntil: end } }), checks);
      }
    });

    it("asks for an end within the longest grant", async () => {
      const s = await loadFixture(deployScenario);
      const now = s.start + DAY;
      for (const [end, checks] of [
        [now + YEAR - 1, []],
        [now + YEAR, []],
        [now + YEAR + 1, ["REQUEST_PERIOD"]],
      ] as [number, FailedCheckName[]][]) {
        await expectAt(s, now, s.makeRequest({ word: { validUntil: end } }), checks);
      }
    });

    it("asks for an end within consent and study", async () => {
      const s = await loadFixture(deployScenario);
      for (const [offset, failed] of [
        [-1, true],
        [0, false],
        [1, false],
      ] as const) {
        const consent = await s.giveConsent({ policy: { validUntil: s.until + offset } });
        await expectAt(s, s.start + DAY, s.makeRequest({ consent }), failed ? ["CONSENT_PERIOD"] : []);
        const study = await s.addStudy({ scope: { validUntil: s.until + offset } });
        await expectAt(s, s.start + DAY, s.makeRequest({ study }), failed ? ["STUDY_PERIOD"] : []);
      }
    });

    it("ends with the consent, the accreditation, the reviews and the retention, at the very second", async () => {
      const s = await loadFixture(deployScenario);
      const end = s.start + RETENTION;
      await s.institutions.connect(s.signers.operator).accredit(s.ids.institute, s.start, end);
      const consent = await s.giveConsent({ policy: { validUntil: end } });
      const study = await s.addStudy({ reviewedUntil: end });
      const body = s.makeRequest({ consent, study, record: RECORD.shortLived, word: { validUntil: end } });
      const over: FailedCheckName[] = [
        ...(["REQUESTER_ACCREDITATION", "REQUEST_PERIOD", "RETENTION_ENDED", "CONSENT_NOT_IN_FORCE"] as const),
        ...(["CONSENT_MODIFIER", "CONSENT_PERIOD", "STUDY_ETHICS", "STUDY_LEGAL"] as const),
      ];
      await expectAt(s, end - 1, body, []);
      await expectAt(s, end, { ...body, salt: 1n }, over);
      await expectAt(s, end + 1, { ...body, salt: 2n }, over);
    });

    it("takes the highest values of every field for a denial, not for an error", async () => {
      const s = await loadFixture(deployScenario);
      const max = 2n ** 256n - 1n;
      const body = {
        ...s.makeRequest({ consent: { ...s.consent, policy: max, epoch: 255 } }),
        word: max,
        salt: max,
        record: { ...s.batch.record(RECORD.labs), meta: max },
      };
      const { failed, decision } = await s.broker.evaluate(s.signers.researcher, body);
      expect(decision).to.equal(Decision.DENIED);
      expect(failed & failedCheckMask("RECORD_NOT_ANCHORED", "REQUEST_SCOPE", "REQUEST_PERIOD")).to.equal(
        failedCheckMask("RECORD_NOT_ANCHORED", "REQUEST_SCOPE", "REQUEST_PERIOD"),
      );
      await expect(s.broker.connect(s.signers.researcher).request(body)).to.emit(s.broker, "AccessDecided");
      expect((await s.broker.grant(await s.broker.requestId(s.signers.researcher, body))).decision).to.equal(
        Decision.DENIED,
      );
    });

    it("takes zero in every field for a denial", async () => {
      const s = await loadFixture(deployScenario);
      const body: AccessRequest = {
        study: zeroHash,
        word: 0n,
        salt: 0n,
        batch: zeroHash,
        record: { patient: zeroAddress, commitment: zeroHash, meta: 0n },
        proof: [],
        consent: NO_CONSENT,
      };
      const { failed } = await s.broker.evaluate(s.signers.researcher, body);
      expect(failed).to.equal(
        failedCheckMask(
          "PURPOSE_MISSING",
          "REQUEST_SCOPE",
          "REQUEST_PERIOD",
          "RECORD_NOT_ANCHORED",
          "CUSTODIAN_STANDING",
        ),
      );
      await expect(s.broker.connect(s.signers.researcher).request(body)).to.emit(s.broker, "AccessDecided");
    });
  });

  describe("withdrawal", () => {
    it("denies from the next block", async () => {
      const s = await loadFixture(deployScenario);
      await expectDecision(s, s.makeRequest(), { decision: Decision.APPROVED });
      await s.consents.connect(s.signers.patient).withdraw(await s.consents.consentId(s.consent));
      await expectDenied(s, s.makeRequest(), ["CONSENT_NOT_IN_FORCE"]);
    });

    it("denies in the same block after it, and approves before it", async () => {
      const s = await loadFixture(deployScenario);
      const [before, after] = [s.makeRequest(), s.makeRequest()];
      const by = s.broker.connect(s.signers.researcher);
      const done = await inOneBlock(
        () => by.request(before, { gasLimit: 2_000_000 }),
        async () => s.consents.connect(s.signers.patient).withdraw(await s.consents.consentId(s.consent)),
        () => by.request(after, { gasLimit: 2_000_000 }),
      );
      expect(done).to.deep.equal([true, true, true]);
      const grantOf = async (body: AccessRequest) =>
        s.broker.grant(await s.broker.requestId(s.signers.researcher, body));
      expect((await grantOf(before)).decision).to.equal(Decision.APPROVED);
      expect((await grantOf(after)).decision).to.equal(Decision.DENIED);
    });

    it("denies after all consents are withdrawn, and after a revocation", async () => {
      const s = await loadFixture(deployScenario);
      const other = await s.giveConsent({ by: s.signers.otherPatient });
      await s.consents.connect(s.signers.patient).withdrawAll(s.signers.patient);
      await expectDenied(s, s.makeRequest(), ["CONSENT_NOT_IN_FORCE"]);
      await s.consents.connect(s.signers.supervision).revoke(await s.consents.consentId(other), hash("reason"));
      await expectDenied(s, s.makeRequest({ consent: other, record: RECORD.other }), ["CONSENT_NOT_IN_FORCE"]);
    });
  });

  describe("levels", () => {
    it("0: opens to any member for care, without consent or study", async () => {
      const s = await loadFixture(deployScenario);
      const word = { ...s.careWord, level: 0 };
      const body = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, record: RECORD.public, word });
      await expectDecision(s, body, { by: s.signers.southClinician, decision: Decision.APPROVED });
    });

    it("0: opens for research without consent or study", async () => {
      const s = await loadFixture(deployScenario);
      const body = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, record: RECORD.public, word: { level: 0 } });
      await expectDecision(s, body, { decision: Decision.APPROVED });
    });

    it("1: waits for the custodian", async () => {
      const s = await loadFixture(deployScenario);
      const body = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, record: RECORD.internal, word: { level: 1 } });
      await expectDecision(s, body, { decision: Decision.NEEDS_REVIEW, pending: ReviewMask.CUSTODIAN });
      await expect(
        s.broker
          .connect(s.signers.northGateway)
          .approveReview(s.signers.researcher, body, Review.CUSTODIAN, hash("evidence")),
      )
        .to.emit(s.broker, "AccessDecided")
        .withArgs(...(await decidedArgs(s, body, { decision: Decision.APPROVED })));
    });

    it("1: opens to the custodian's own clinician at once", async () => {
      const s = await loadFixture(deployScenario);
      const word = { ...s.careWord, level: 1 };
      const body = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, record: RECORD.internal, word });
      await expectDecision(s, body, { by: s.signers.northClinician, decision: Decision.APPROVED });
    });

    it("2: opens for research with consent and an approved study", async () => {
      const s = await loadFixture(deployScenario);
      await expectDecision(s, s.makeRequest(), { decision: Decision.APPROVED });
    });

    it("2: opens for treatment at a second hospital without a study", async () => {
      const s = await loadFixture(deployScenario);
      const consent = await s.giveConsent({ policy: s.carePolicy });
      const body = s.makeRequest({ study: zeroHash, consent, word: s.careWord });
      await expectDecision(s, body, { by: s.signers.southClinician, decision: Decision.APPROVED });
    });

    it("2: opens to no clinician for research, and to no researcher for treatment", async () => {
      const s = await loadFixture(deployScenario);
      const consent = await s.giveConsent({ policy: { ...s.carePolicy, recipients: ["hospital", "research"] } });
      const body = s.makeRequest({ study: zeroHash, consent, word: s.careWord });
      await expectDenied(s, body, ["REQUESTER_ROLE"], s.signers.researcher);
      const forResearch = s.makeRequest({
        study: await s.addStudy({ collaborators: [s.ids.south] }),
        consent: await s.giveConsent({ policy: { recipients: ["hospital"] } }),
      });
      await expectDenied(s, forResearch, ["REQUESTER_ROLE"], s.signers.southClinician);
    });

    it("2: opens for other purposes to an officer, without a study", async () => {
      const s = await loadFixture(deployScenario);
      const consent = await s.giveConsent({ policy: { purposes: ["HQUALIMP"], duoUses: [], modifiers: [] } });
      const word = { purposes: ["HQUALIMP"] as const, duoUses: [] };
      await expectDenied(s, s.makeRequest({ study: zeroHash, consent, word }), ["REQUESTER_ROLE"]);
      const body = s.makeRequest({ study: zeroHash, consent, word });
      await expectDecision(s, body, { by: s.signers.officer, decision: Decision.APPROVED });
    });

    it("2: waits for a patient whose policy wants to be asked", async () => {
      const s = await loadFixture(deployScenario);
      await sendPending(s, { ethics: false, patient: true });
    });

    it("3: waits for the ethics group", async () => {
      const s = await loadFixture(deployScenario);
      await sendPending(s, { ethics: true, patient: false });
    });

    it("3: waits for patient and ethics group", async () => {
      const s = await loadFixture(deployScenario);
      await sendPending(s, { ethics: true, patient: true });
    });

    it("3: needs the separate consent", async () => {
      const s = await loadFixture(deployScenario);
      const consent = await s.giveConsent({ policy: { flags: ["autoApprove"] } });
      await expectDenied(s, s.makeRequest({ consent, record: RECORD.core, word: { level: 3 } }), ["CONSENT_FLAG"]);
    });

    it("3: opens for treatment without ethics group and study, with the separate consent", async () => {
      const s = await loadFixture(deployScenario);
      const consent = await s.giveConsent({ policy: s.carePolicy });
      const word = { ...s.careWord, level: 3 };
      const body = s.makeRequest({ study: zeroHash, consent, record: RECORD.core, word });
      await expectDecision(s, body, { by: s.signers.southClinician, decision: Decision.APPROVED });
    });

    it("does not open a record by a request for a lower level", async () => {
      const s = await loadFixture(deployScenario);
      for (const [record, level] of [
        [RECORD.core, 2],
        [RECORD.labs, 1],
        [RECORD.labs, 0],
        [RECORD.internal, 0],
      ] as const) {
        const consent = level < 2 ? NO_CONSENT : s.consent;
        await expectDenied(s, s.makeRequest({ record, consent, word: { level } }), ["REQUEST_SCOPE"]);
      }
    });
  });

  describe("facts", () => {
    it("takes recipient kind, region, modifiers, border and separate consent from the registries, not from the word", async () => {
      const s = await loadFixture(deployScenario);
      const forged = {
        recipients: ["hospital"] as const,
        regions: [1],
        modifiers: ["COL", "PUB", "IS"] as const,
      };
      for (const [policy, check] of [
        [{ recipients: ["hospital"] }, "CONSENT_RECIPIENT"],
        [{ regions: [1] }, "CONSENT_REGION"],
        [{ modifiers: ["COL"] }, "CONSENT_MODIFIER"],
        [{ modifiers: ["PUB"] }, "CONSENT_MODIFIER"],
        [{ modifiers: ["IS"] }, "CONSENT_MODIFIER"],
      ] as const) {
        await expectDenied(s, s.makeRequest({ consent: await s.giveConsent({ policy }), word: forged }), [check]);
      }
    });

    it("writes over what the word says of the requester, so that it harms nobody either", async () => {
      const s = await loadFixture(deployScenario);
      const word = {
        recipients: ["insurer"] as const,
        regions: [7],
        flags: ["crossBorder", "separateConsent"] as const,
      };
      const consent = await s.giveConsent({ policy: { flags: ["autoApprove"] } });
      await expectDecision(s, s.makeRequest({ word, consent }), { decision: Decision.APPROVED });
    });

    it("does not take the word's separate consent for the consent's", async () => {
      const s = await loadFixture(deployScenario);
      const consent = await s.giveConsent({ policy: { flags: ["autoApprove"] } });
      const word = { level: 3, flags: ["separateConsent"] as const };
      await expectDenied(s, s.makeRequest({ consent, record: RECORD.core, word }), ["CONSENT_FLAG"]);
    });

    it("takes not-for-profit from the institution's profile", async () => {
      const s = await loadFixture(deployScenario);
      const study = await s.addStudy({ by: s.signers.otherResearcher });
      const policy = { recipients: ["hospital"] as const };
      const consent = await s.giveConsent({ policy: { ...policy, modifiers: ["NPU"] } });
      const body = s.makeRequest({ study, consent, word: { modifiers: ["NPU"] } });
      await expectDenied(s, body, ["CONSENT_MODIFIER"], s.signers.otherResearcher);
      const other = await s.giveConsent({ policy: { ...policy, modifiers: [] } });
      await expectDecision(s, s.makeRequest({ study, consent: other }), {
        by: s.signers.otherResearcher,
        decision: Decision.APPROVED,
      });
    });

    it("takes the ethics approval from the review: an exemption is none", async () => {
      const s = await loadFixture(deployScenario);
      const study = await s.addStudy({ ethics: StudyVerdict.EXEMPT });
      await expectDenied(s, s.makeRequest({ study, word: { modifiers: ["IRB"] } }), ["CONSENT_MODIFIER"]);
      const consent = await s.giveConsent({ policy: { modifiers: ["NPU", "NCU"] } });
      await expectDecision(s, s.makeRequest({ study, consent }), { decision: Decision.APPROVED });
    });

    it("takes the study's commitments from its scope", async () => {
      const s = await loadFixture(deployScenario);
      const consent = await s.giveConsent({ policy: { modifiers: ["COL", "PUB", "MOR", "RTN", "GSO", "RS"] } });
      const study = await s.addStudy({ scope: { modifiers: ["COL", "PUB", "MOR", "RTN", "GSO", "RS"] } });
      await expectDecision(s, s.makeRequest({ study, consent }), { decision: Decision.APPROVED });
      await expectDenied(s, s.makeRequest({ consent }), ["CONSENT_MODIFIER"]);
    });

    it("does not let a sponsor promise what only contracts know", async () => {
      const s = await loadFixture(deployScenario);
      const study = await s.addStudy({
        by: s.signers.otherResearcher,
        scope: { modifiers: ["NPU", "IS", "PS", "US"] },
      });
      for (const modifier of ["NPU", "IS", "PS", "US"] as const) {
        const consent = await s.giveConsent({ policy: { recipients: ["hospital"], modifiers: [modifier] } });
        await expectDenied(s, s.makeRequest({ study, consent }), ["CONSENT_MODIFIER"], s.signers.otherResearcher);
      }
    });

    it("takes the study's uses for the request's, whatever the word leaves out", async () => {
      const s = await loadFixture(deployScenario);
      const consent = await s.giveConsent({ policy: { duoUses: ["health"] } });
      await expectDenied(s, s.makeRequest({ consent, word: { duoUses: [] } }), ["CONSENT_DUO_USE"]);
    });

    it("takes crossing a border from the two institutions' regions", async () => {
      const s = await loadFixture(deployScenario);
      const { institutions, signers, start } = s;
      const abroad = await institutions.institutionCount();
      await institutions
        .connect(signers.operator)
        .admit(1, 3, true, start, start + 2 * YEAR, hash("abroad"), signers.helper1);
      await institutions
        .connect(signers.helper1)
        .addAgent(signers.helper2, AGENT_ROLES.clinician, start, start + 2 * YEAR);
      expect((await institutions.agent(signers.helper2)).institution).to.equal(abroad + 1n);
      const ask = async (flags: readonly ("autoApprove" | "crossBorder")[]) =>
        s.makeRequest({
          study: zeroHash,
          consent: await s.giveConsent({ policy: { ...s.carePolicy, regions: [0, 3], flags } }),
          word: s.careWord,
        });
      await expectDenied(s, await ask(["autoApprove"]), ["CONSENT_FLAG"], signers.helper2);
      await expectDecision(s, await ask(["autoApprove", "crossBorder"]), {
        by: signers.helper2,
        decision: Decision.APPROVED,
      });
    });

    it("meets IS, PS and US by a consent that names institution, study and wallet", async () => {
      const s = await loadFixture(deployScenario);
      const consent = await s.giveConsent({
        institution: s.ids.institute,
        study: s.study,
        agent: s.signers.researcher.address as `0x${string}`,
        policy: { modifiers: ["IS", "PS", "US", "GS", "TS"] },
      });
      await expectDecision(s, s.makeRequest({ consent }), { decision: Decision.APPROVED });
    });

    it("denies another wallet than the consent names", async () => {
      const s = await loadFixture(deployScenario);
      const consent = await s.giveConsent({ agent: s.signers.officer.address as `0x${string}` });
      await expectDenied(s, s.makeRequest({ consent }), ["CONSENT_GRANTEE"]);
    });

    it("takes the custodian from the anchor: a record that names another is not anchored there", async () => {
      const s = await loadFixture(deployScenario);
      const record = s.batch.record(RECORD.labs);
      const meta = (record.meta & ~0xffffffffn) | BigInt(s.ids.south);
      await expectDenied(s, { ...s.makeRequest(), record: { ...record, meta } }, ["RECORD_NOT_ANCHORED"]);
      await expectDenied(s, s.makeRequest({ batch: s.southBatch.id }), ["RECORD_NOT_ANCHORED"]);
    });

    it("takes level and category from the anchored leaf", async () => {
      const s = await loadFixture(deployScenario);
      const record = s.batch.record(RECORD.core);
      const meta = (record.meta & ~(0xffn << 32n)) | (2n << 32n);
      const body = { ...s.makeRequest({ record: RECORD.core }), record: { ...record, meta } };
      await expectDenied(s, body, ["RECORD_NOT_ANCHORED"]);
    });
  });

  describe("evaluate", () => {
    it("shows what request reverts with, for a stranger and a suspended member", async () => {
      const s = await loadFixture(deployScenario);
      const body = s.makeRequest();
      const stranger = await s.broker.evaluate(s.signers.stranger, body);
      expect(stranger.failed).to.equal(failedCheckMask("REQUESTER_STANDING"));
      expect(stranger.decision).to.equal(Decision.DENIED);
      expect(stranger.institution).to.equal(0n);
      await s.institutions.connect(s.signers.supervision).suspend(s.ids.institute, s.start + DAY, hash("reason"));
      const member = await s.broker.evaluate(s.signers.researcher, body);
      expect(member.failed).to.equal(failedCheckMask("REQUESTER_STANDING"));
      expect(member.institution).to.equal(s.ids.institute);
    });
  });
});

/** The decision of a request that is sent at this very second; then the world is as before. */
async function expectAt(s: Scenario, second: number, body: AccessRequest, checks: FailedCheckName[]): Promise<void> {
  const snapshot = (await ethers.provider.send("evm_snapshot", [])) as string;
  await time.setNextBlockTimestamp(second);
  const decision = checks.length === 0 ? Decision.APPROVED : Decision.DENIED;
  await expect(s.broker.connect(s.signers.researcher).request(body))
    .to.emit(s.broker, "AccessDecided")
    .withArgs(...(await decidedArgs(s, body, { decision, failed: failedCheckMask(...checks) })));
  await ethers.provider.send("evm_revert", [snapshot]);
}

async function expectNotPermitted(s: Scenario, by: Signer, body: AccessRequest): Promise<void> {
  await expect(s.broker.connect(by).request(body))
    .to.be.revertedWithCustomError(s.broker, "RequesterNotPermitted")
    .withArgs(by.address);
  expect((await s.broker.grant(await s.broker.requestId(by, body))).decision).to.equal(0n);
  expect((await s.broker.denials(by)).count).to.equal(0n);
}
