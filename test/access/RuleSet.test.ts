import { expect } from "chai";
import { consentId, FIELDS, PURPOSES, RecordBatch, readField, type Purpose } from "@consilium/sdk";
import { seededRandom } from "../utils/seededRandom.ts";
import {
  DAY,
  Decision,
  MAX_TIME,
  NO_CONSENT,
  RECORD,
  ReviewMask,
  YEAR,
  deployScenario,
  ethers,
  failedCheckMask,
  loadFixture,
  plain,
  time,
  zeroHash,
  type Scenario,
} from "./scenario.ts";

interface LevelRule {
  needsConsent: boolean;
  needsStudy: boolean;
  needsCoreCategory: boolean;
  needsSeparateConsent: boolean;
  reviews: bigint;
}

interface Rules {
  levels: LevelRule[];
  prohibitedPurposes: bigint;
  maxGrantDuration: bigint;
}

const FREE: LevelRule = {
  needsConsent: false,
  needsStudy: false,
  needsCoreCategory: false,
  needsSeparateConsent: false,
  reviews: 0n,
};

/** Rules that ask for nothing, with what is overridden at level 2. */
function rulesWith(level2: Partial<LevelRule> = {}, rest: Partial<Omit<Rules, "levels">> = {}): Rules {
  return {
    levels: [FREE, FREE, { ...FREE, ...level2 }, FREE],
    prohibitedPurposes: 0n,
    maxGrantDuration: BigInt(YEAR),
    ...rest,
  };
}

async function deployRules({ institutions, records, consents, studies }: Scenario, rules: Rules) {
  return ethers.deployContract("RuleSet", [rules, institutions, records, consents, studies]);
}

describe("RuleSet", () => {
  describe("constructor", () => {
    it("reverts for a longest grant of no time", async () => {
      const s = await loadFixture(deployScenario);
      await expect(deployRules(s, rulesWith({}, { maxGrantDuration: 0n }))).to.be.revertedWithCustomError(
        s.ruleSet,
        "RulesInvalid",
      );
      expect((await (await deployRules(s, rulesWith({}, { maxGrantDuration: 1n }))).rules()).maxGrantDuration).to.equal(
        1n,
      );
    });

    for (let level = 0; level < 4; ++level) {
      it(`reverts for a review at level ${level} that there is none of`, async () => {
        const s = await loadFixture(deployScenario);
        for (const reviews of [8n, 9n, 255n]) {
          const rules = rulesWith();
          rules.levels[level] = { ...FREE, reviews };
          await expect(deployRules(s, rules)).to.be.revertedWithCustomError(s.ruleSet, "RulesInvalid");
        }
        const rules = rulesWith();
        rules.levels[level] = { ...FREE, reviews: 7n };
        expect(plain(await (await deployRules(s, rules)).rules())).to.deep.equal(rules);
      });
    }
  });

  describe("rules", () => {
    it("gives back what it was made with, whatever the rules", async () => {
      const s = await loadFixture(deployScenario);
      const random = seededRandom("rules");
      for (let i = 0; i < 20; ++i) {
        const bit = (): boolean => random.below(2) === 1;
        const levels = Array.from({ length: 4 }, () => ({
          needsConsent: bit(),
          needsStudy: bit(),
          needsCoreCategory: bit(),
          needsSeparateConsent: bit(),
          reviews: BigInt(random.below(8)),
        }));
        const rules = {
          levels,
          prohibitedPurposes: random.word() % 2n ** 32n,
          maxGrantDuration: 1n + (random.word() % BigInt(MAX_TIME)),
        };
        expect(plain(await (await deployRules(s, rules)).rules())).to.deep.equal(rules);
      }
    });

    it("are those of the consortium's configuration", async () => {
      const s = await loadFixture(deployScenario);
      const level = (flags: string, reviews: bigint): LevelRule => ({
        needsConsent: flags.includes("c"),
        needsStudy: flags.includes("s"),
        needsCoreCategory: flags.includes("k"),
        needsSeparateConsent: flags.includes("p"),
        reviews,
      });
      expect(plain(await s.ruleSet.rules())).to.deep.equal({
        levels: [level("", 0n), level("", ReviewMask.CUSTODIAN), level("cs", 0n), level("cskp", ReviewMask.ETHICS)],
        prohibitedPurposes: (1n << 27n) | (1n << 3n),
        maxGrantDuration: BigInt(YEAR),
      });
    });
  });

  describe("level rules", () => {
    const bare = (s: Scenario) => s.makeRequest({ study: zeroHash, consent: NO_CONSENT });

    it("ask for nothing that they do not name", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith());
      const verdict = await rules.evaluate(s.signers.researcher, bare(s), 0);
      expect([verdict.failed, verdict.decision]).to.deep.equal([0n, Decision.APPROVED]);
    });

    it("hold a consent that is named though they ask for none, alone and in a cohort", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith());
      const body = s.makeRequest();
      const cohort = s.makeCohort([s.makePart(s.batch, [RECORD.labs, RECORD.core], [s.consent, NO_CONSENT])], {
        word: body.word | (3n << 96n),
      });
      const place = cohort.parts[0]!.consents.indexOf(s.consent);
      const failedNow = async () => [
        (await rules.evaluate(s.signers.researcher, body, 0)).failed,
        (await rules.evaluateCohort(s.signers.researcher, cohort)).memberFailed[place],
        (await rules.evaluateCohort(s.signers.researcher, cohort)).memberFailed[1 - place],
      ];
      expect(await failedNow()).to.deep.equal([0n, 0n, 0n]);
      await s.consents.connect(s.signers.patient).withdraw(consentId(s.consent));
      const failed = failedCheckMask("CONSENT_NOT_IN_FORCE");
      expect(await failedNow()).to.deep.equal([failed, failed, 0n]);
    });

    it("ask for a consent", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith({ needsConsent: true }));
      const failed = (await rules.evaluate(s.signers.researcher, bare(s), 0)).failed;
      const expected = failedCheckMask("CONSENT_NOT_IN_FORCE", "CONSENT_PATIENT", "CONSENT_PERIOD");
      expect(failed & expected).to.equal(expected);
      const given = await rules.evaluate(s.signers.researcher, s.makeRequest(), 0);
      expect([given.failed, given.decision]).to.deep.equal([0n, Decision.APPROVED]);
    });

    it("ask for a study, of research alone", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith({ needsStudy: true }));
      const failed = failedCheckMask("STUDY_MISSING");
      expect((await rules.evaluate(s.signers.researcher, bare(s), 0)).failed).to.equal(failed);
      const care = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, word: s.careWord });
      expect((await rules.evaluate(s.signers.southClinician, care, 0)).failed).to.equal(0n);
      const quality = { purposes: ["HQUALIMP"] as const, duoUses: [] };
      const other = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, word: quality });
      expect((await rules.evaluate(s.signers.officer, other, 0)).failed).to.equal(0n);
    });

    it("ask for a study by a DUO use too, whatever the purpose", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith({ needsStudy: true }));
      const word = { purposes: ["HQUALIMP"] as const, duoUses: ["health"] as const };
      const body = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, word });
      const failed = failedCheckMask("STUDY_MISSING", "REQUESTER_ROLE");
      expect((await rules.evaluate(s.signers.officer, body, 0)).failed).to.equal(failed);
    });

    it("ask that the study name the category", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith({ needsCoreCategory: true }));
      const ask = async (coreCategories: number) =>
        rules.evaluate(s.signers.researcher, s.makeRequest({ study: await s.addStudy({ coreCategories }) }), 0);
      expect((await ask(1 << 3)).failed).to.equal(0n);
      expect((await ask(1 << 2)).failed).to.equal(failedCheckMask("STUDY_CORE_CATEGORY"));
    });

    it("ask for the separate consent", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith({ needsConsent: true, needsSeparateConsent: true }));
      const consent = await s.giveConsent({ policy: { flags: ["autoApprove"] } });
      const failed = failedCheckMask("CONSENT_FLAG");
      expect((await rules.evaluate(s.signers.researcher, s.makeRequest({ consent }), 0)).failed).to.equal(failed);
      expect((await rules.evaluate(s.signers.researcher, s.makeRequest(), 0)).failed).to.equal(0n);
    });

    for (let reviews = 0n; reviews < 8n; ++reviews) {
      it(`ask for the reviews of the mask ${reviews}, less those given`, async () => {
        const s = await loadFixture(deployScenario);
        const rules = await deployRules(s, rulesWith({ reviews }));
        for (let given = 0n; given < 8n; ++given) {
          const verdict = await rules.evaluate(s.signers.researcher, bare(s), given);
          const pending = reviews & ~given;
          expect(verdict.pendingReviews).to.equal(pending);
          expect(verdict.decision).to.equal(pending === 0n ? Decision.APPROVED : Decision.NEEDS_REVIEW);
        }
      });
    }

    it("leave out the ethics review of care, and the custodian's of its own records", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith({ reviews: 7n }));
      const care = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, word: s.careWord });
      const pendingFor = async (by: Parameters<typeof rules.evaluate>[0]) =>
        (await rules.evaluate(by, care, 0)).pendingReviews;
      expect(await pendingFor(s.signers.southClinician)).to.equal(ReviewMask.PATIENT | ReviewMask.CUSTODIAN);
      expect(await pendingFor(s.signers.northClinician)).to.equal(ReviewMask.PATIENT);
    });

    it("let no review heal a failed check", async () => {
      const s = await loadFixture(deployScenario);
      const verdict = await s.ruleSet.evaluate(s.signers.researcher, s.makeRequest({ proof: [] }), 7);
      expect([verdict.decision, verdict.failed, verdict.pendingReviews]).to.deep.equal([
        Decision.DENIED,
        failedCheckMask("RECORD_NOT_ANCHORED"),
        0n,
      ]);
    });

    it("are those of the level asked for", async () => {
      const s = await loadFixture(deployScenario);
      for (let level = 0; level < 4; ++level) {
        const rules = rulesWith();
        rules.levels[level] = { ...FREE, reviews: 7n };
        const deployed = await deployRules(s, rules);
        for (let asked = 0; asked < 4; ++asked) {
          const body = s.makeRequest({
            study: zeroHash,
            consent: NO_CONSENT,
            record: RECORD.public,
            word: { level: asked },
          });
          const { pendingReviews } = await deployed.evaluate(s.signers.researcher, body, 0);
          expect(pendingReviews).to.equal(asked === level ? 7n : 0n);
        }
      }
    });

    it("know no level above 3", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith());
      for (const level of [4n, 5n, 16n, 255n]) {
        const body = bare(s);
        const word = (body.word & ~(0xffn << 96n)) | (level << 96n);
        const verdict = await rules.evaluate(s.signers.researcher, { ...body, word }, 7);
        expect([verdict.failed, verdict.decision]).to.deep.equal([failedCheckMask("REQUEST_SCOPE"), Decision.DENIED]);
      }
    });
  });

  describe("purposes", () => {
    it("are prohibited bit by bit", async () => {
      const s = await loadFixture(deployScenario);
      for (const [name, { bit }] of Object.entries(PURPOSES) as [Purpose, { bit: number }][]) {
        const body = s.makeRequest({
          study: zeroHash,
          consent: NO_CONSENT,
          word: { purposes: [name], duoUses: [] },
        });
        const own = await deployRules(s, rulesWith({}, { prohibitedPurposes: 1n << BigInt(bit) }));
        const others = await deployRules(s, rulesWith({}, { prohibitedPurposes: 0xffffffffn ^ (1n << BigInt(bit)) }));
        const prohibited = failedCheckMask("PURPOSE_PROHIBITED");
        expect((await own.evaluate(s.signers.researcher, body, 0)).failed & prohibited, name).to.equal(prohibited);
        expect((await others.evaluate(s.signers.researcher, body, 0)).failed & prohibited, name).to.equal(0n);
      }
    });

    it("each need one role: clinician for care, researcher for research, officer for the rest", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith());
      const { southClinician, researcher, officer } = s.signers;
      for (const [name, { bit }] of Object.entries(PURPOSES) as [Purpose, { bit: number }][]) {
        const right = bit < 7 ? southClinician : bit >= 19 && bit <= 25 ? researcher : officer;
        const body = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, word: { purposes: [name], duoUses: [] } });
        for (const by of [southClinician, researcher, officer]) {
          const expected = by === right ? 0n : failedCheckMask("REQUESTER_ROLE");
          expect((await rules.evaluate(by, body, 0)).failed, `${name} by ${by.address}`).to.equal(expected);
        }
      }
    });

    it("need every role of a request for several", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith());
      const { researcher, instituteAdmin } = s.signers;
      const word = { purposes: ["HRESCH", "HQUALIMP", "TREAT"] as const, duoUses: [] };
      const body = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, word });
      const failed = failedCheckMask("REQUESTER_ROLE");
      for (const [roles, expected] of [
        [4, failed],
        [4 | 16, failed],
        [2 | 4, failed],
        [2 | 4 | 16, 0n],
      ] as const) {
        await s.institutions.connect(instituteAdmin).addAgent(researcher, roles, s.start, s.start + YEAR);
        expect((await rules.evaluate(researcher, body, 0)).failed).to.equal(expected);
      }
    });
  });

  describe("longest grant", () => {
    it("reaches to the last second that fits", async () => {
      const s = await loadFixture(deployScenario);
      const rules = await deployRules(s, rulesWith({}, { maxGrantDuration: BigInt(MAX_TIME) }));
      const body = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, word: { validUntil: MAX_TIME } });
      const verdict = await rules.evaluate(s.signers.researcher, body, 0);
      expect([verdict.failed, verdict.until]).to.deep.equal([0n, readField(body.word, FIELDS.validUntil)]);
    });
  });

  describe("evaluateCohort", () => {
    it("decides each member as evaluate does, and a review it would wait for is a check that fails", async () => {
      const s = await loadFixture(deployScenario);
      const { otherPatient, helper1 } = s.signers;
      const terms = [
        s.consent,
        await s.giveConsent({ by: otherPatient, policy: { purposes: ["HRESCH"] } }),
        await s.giveConsent({ by: helper1, policy: { flags: [] } }),
      ];
      const indices = [RECORD.labs, RECORD.other, RECORD.first];
      const body = s.makeCohort([s.makePart(s.batch, indices, terms)]);
      const cohort = await s.ruleSet.evaluateCohort(s.signers.researcher, body);
      for (const [place, record] of body.parts[0]!.records.entries()) {
        const index = s.batch.records.indexOf(record);
        const consent = terms[indices.indexOf(index as (typeof indices)[number])]!;
        const single = await s.ruleSet.evaluate(s.signers.researcher, s.makeRequest({ record: index, consent }), 0);
        const waits = single.pendingReviews === 0n ? 0n : failedCheckMask("REVIEW_REQUIRED");
        expect(cohort.memberFailed[place]).to.equal(single.failed | waits);
        expect([cohort.institution, cohort.until, cohort.subjectCap]).to.deep.equal([
          single.institution,
          single.until,
          single.subjectCap,
        ]);
      }
    });

    it("looks at no member when the request as a whole fails", async () => {
      const s = await loadFixture(deployScenario);
      const body = s.makeCohort([s.makePart(s.batch, [RECORD.labs], [s.consent])], { study: zeroHash });
      const verdict = await s.ruleSet.evaluateCohort(s.signers.researcher, body);
      expect(verdict.failed).to.equal(failedCheckMask("STUDY_MISSING"));
      expect([...verdict.memberFailed]).to.deep.equal([]);
    });

    it("takes each part's border and custodian by itself", async () => {
      const s = await loadFixture(deployScenario);
      const { institutions, records, signers, start } = s;
      await institutions.connect(signers.operator).admit(1, 3, true, start, start + YEAR, s.study, signers.helper3);
      await institutions.connect(signers.helper3).addAgent(signers.helper2, 8, start, start + YEAR);
      const custodian = Number((await institutions.agent(signers.helper2)).institution);
      const entry = { level: 2, category: "labs", dataFrom: 0, dataUntil: start, retentionUntil: 0 } as const;
      const abroad = new RecordBatch(custodian, [
        { ...entry, patient: signers.patient.address as `0x${string}`, commitment: s.study },
      ]);
      await records.connect(signers.helper2).anchor(abroad.root, 1, 0, s.study);
      const parts = [
        s.makePart(abroad, [0], [s.consent]),
        s.makePart(s.batch, [RECORD.labs], [s.consent]),
        s.makePart(s.southBatch, [0], [s.consent]),
      ];
      const body = s.makeCohort(parts);
      const verdict = await s.ruleSet.evaluateCohort(signers.researcher, body);
      for (const [i, part] of body.parts.entries()) {
        const failed = part.batch === abroad.id ? failedCheckMask("CONSENT_FLAG") : 0n;
        expect(verdict.memberFailed[i]).to.equal(failed);
      }
    });
  });

  describe("time", () => {
    it("has the accreditation begin at its first second", async () => {
      const s = await loadFixture(deployScenario);
      const from = s.start + DAY;
      await s.institutions.connect(s.signers.operator).accredit(s.ids.institute, from, from + DAY);
      const body = s.makeRequest();
      const failed = failedCheckMask("REQUESTER_ACCREDITATION");
      for (const [second, expected] of [
        [from - 1, failed],
        [from, 0n],
        [from + 1, 0n],
        [from + DAY - 1, 0n],
        [from + DAY, failed],
        [from + DAY + 1, failed],
      ] as const) {
        await time.increaseTo(second);
        expect((await s.ruleSet.evaluate(s.signers.researcher, body, 0)).failed, String(second - from)).to.equal(
          expected,
        );
      }
    });
  });
});
