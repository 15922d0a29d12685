import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
  CATEGORIES,
  decodePolicyWord,
  encodePolicyWord,
  DUO_USES,
  explainFailedChecks,
  explainPolicyWord,
  FAILED_CHECKS,
  failedCheckMask,
  FIELDS,
  FLAGS,
  isWellFormedPolicy,
  isWithinPolicy,
  matchPolicy,
  MODIFIERS,
  policyWarnings,
  PolicyWordError,
  presetPolicy,
  PURPOSES,
  RECIPIENTS,
  SENSITIVITIES,
} from "@consilium/sdk";
import type { Bit, PolicyFields, PresetName } from "@consilium/sdk";
import { seededRandom } from "../utils/seededRandom.ts";

const MAX_TIME = 2 ** 40 - 1;
const FROM = 1_800_000_000;
const UNTIL = FROM + 365 * 86_400;

const EMPTY: PolicyFields = {
  purposes: [],
  duoUses: [],
  modifiers: [],
  categories: [],
  level: 0,
  validFrom: 0,
  validUntil: 0,
  sensitivities: [],
  deidentification: 0,
  recipients: [],
  regions: [],
  flags: [],
  unknownBits: 0n,
};

describe("policy words", () => {
  describe("encodePolicyWord and decodePolicyWord", () => {
    it("throw PolicyWordError for values out of bounds", () => {
      const bad: [string, Partial<PolicyFields>][] = [
        ["level", { level: 4 }],
        ["level", { level: -1 }],
        ["level", { level: 1.5 }],
        ["validFrom", { validFrom: MAX_TIME + 1 }],
        ["validUntil", { validUntil: -1 }],
        ["validUntil", { validUntil: NaN }],
        ["deidentification", { deidentification: 5 }],
        ["regions", { regions: [8] }],
        ["regions", { regions: [-1] }],
        ["unknownBits", { unknownBits: 1n }],
        ["unknownBits", { unknownBits: 1n << 256n }],
        ["unknownBits", { unknownBits: -1n }],
        ["purposes", { purposes: ["HEAL" as never] }],
        ["flags", { flags: ["toString" as never] }],
      ];
      for (const [field, fields] of bad) {
        expect(() => encodePolicyWord(fields), field).to.throw(PolicyWordError, `"${field}"`);
      }
      expect(() => decodePolicyWord(-1n)).to.throw(PolicyWordError, '"word"');
      expect(() => decodePolicyWord(1n << 256n)).to.throw(PolicyWordError, '"word"');
    });

    it("put each field in its place", () => {
      expect(encodePolicyWord({})).to.equal(0n);
      expect(encodePolicyWord({ purposes: ["TREAT", "HTEST"] })).to.equal(0x80000001n);
      expect(encodePolicyWord({ duoUses: ["beyondHealth", "clinicalCare"] })).to.equal(0b100001n << 32n);
      expect(encodePolicyWord({ modifiers: ["NPU", "RS"] })).to.equal((1n << 48n) | (1n << 61n));
      expect(encodePolicyWord({ categories: ["identity", "claims"] })).to.equal((1n << 80n) | (1n << 90n));
      expect(encodePolicyWord({ level: 3 })).to.equal(3n << 96n);
      expect(encodePolicyWord({ validFrom: MAX_TIME })).to.equal(BigInt(MAX_TIME) << 104n);
      expect(encodePolicyWord({ validUntil: MAX_TIME })).to.equal(BigInt(MAX_TIME) << 144n);
      expect(encodePolicyWord({ sensitivities: ["HIV", "TBOO"] })).to.equal((1n << 184n) | (1n << 198n));
      expect(encodePolicyWord({ deidentification: 4 })).to.equal(4n << 216n);
      expect(encodePolicyWord({ recipients: ["hospital", "dataTrust"] })).to.equal((1n << 224n) | (1n << 231n));
      expect(encodePolicyWord({ regions: [0, 7] })).to.equal((1n << 232n) | (1n << 239n));
      expect(encodePolicyWord({ flags: ["autoApprove", "rewardOptIn"] })).to.equal((1n << 240n) | (1n << 249n));
    });

    it("undo each other for every single bit and for random words", () => {
      const random = seededRandom("round trip");
      const words = Array.from({ length: 256 }, (_, bit) => 1n << BigInt(bit)).concat(
        Array.from({ length: 200 }, () => random.word()),
      );
      for (const word of words) {
        const fields = decodePolicyWord(word);
        const inBounds = fields.level <= 3 && fields.deidentification <= 4;
        if (inBounds) expect(encodePolicyWord(fields)).to.equal(word);
        else expect(() => encodePolicyWord(fields)).to.throw(PolicyWordError);
      }
      expect(decodePolicyWord(0n)).to.deep.equal(EMPTY);
      expect(decodePolicyWord(1n << 255n)).to.deep.equal({ ...EMPTY, unknownBits: 1n << 255n });
    });
  });

  describe("tables", () => {
    it("number the failed checks as the contracts do", () => {
      const source = readFileSync(new URL("../../contracts/common/FailedCheck.sol", import.meta.url), "utf8");
      const constants = [...source.matchAll(/constant (\w+) = 1 << (\d+);/g)].map((match) => [
        match[1],
        Number(match[2]),
      ]);
      expect(constants.length).to.be.greaterThan(30);
      expect(Object.entries(FAILED_CHECKS).map(([name, { bit }]) => [name, bit])).to.deep.equal(constants);
    });

    it("order the kinds of recipient as the contracts do", () => {
      const source = readFileSync(
        new URL("../../contracts/identity/IInstitutionRegistry.sol", import.meta.url),
        "utf8",
      );
      const kinds = /enum InstitutionKind \{([^}]*)\}/
        .exec(source)?.[1]
        ?.split(",")
        .map((kind) => kind.trim());
      const names = Object.keys(RECIPIENTS).map((name) => name.replace(/([A-Z])/g, "_$1").toUpperCase());
      expect(["NONE", ...names]).to.deep.equal(kinds);
      expect(Object.values(RECIPIENTS).map(({ bit }) => bit)).to.deep.equal([224, 225, 226, 227, 228, 229, 230, 231]);
    });

    it("keep each bit within its field, in ascending order", () => {
      for (const [table, field] of [
        [PURPOSES, FIELDS.purposes],
        [CATEGORIES, FIELDS.categories],
        [SENSITIVITIES, FIELDS.sensitivities],
        [FLAGS, FIELDS.flags],
      ] as const) {
        const bits = Object.values<Bit>(table).map(({ bit }) => bit);
        expect(bits).to.deep.equal(Array.from(bits, (_, i) => field.offset + i));
        expect(bits.length).to.be.at.most(field.width);
      }
    });

    it("cover the whole word with the fields, each bit once", () => {
      let next = 0;
      for (const { offset, width } of Object.values(FIELDS)) {
        expect(offset).to.equal(next);
        next = offset + width;
      }
      expect(next).to.equal(256);
    });
  });

  describe("matchPolicy", () => {
    const policy = presetPolicy({ preset: "careOnly", validFrom: FROM, validUntil: UNTIL, separateConsent: true });
    const request: Partial<PolicyFields> = {
      purposes: ["TREAT"],
      categories: ["labs"],
      level: 2,
      validUntil: UNTIL,
      recipients: ["hospital"],
      regions: [0],
    };

    it("answers DENIED with every reason", () => {
      const { decision, failed, mask } = matchPolicy(
        policy,
        encodePolicyWord({ ...request, purposes: ["HMARKT"], recipients: ["insurer"] }),
        UNTIL,
      );
      expect(decision).to.equal("DENIED");
      expect(failed).to.deep.equal(["CONSENT_PURPOSE", "CONSENT_RECIPIENT", "CONSENT_PERIOD"]);
      expect(mask).to.equal(failedCheckMask("CONSENT_PURPOSE", "CONSENT_RECIPIENT", "CONSENT_PERIOD"));
    });

    it("answers APPROVED for an automatic policy and a request below level 3", () => {
      expect(matchPolicy(policy, encodePolicyWord(request), FROM)).to.deep.equal({
        decision: "APPROVED",
        failed: [],
        mask: 0n,
      });
    });

    it("answers NEEDS_REVIEW for level 3, and for a policy that is not automatic", () => {
      expect(matchPolicy(policy, encodePolicyWord({ ...request, level: 3 }), FROM).decision).to.equal("NEEDS_REVIEW");
      const asking = policy & ~(1n << 240n);
      expect(matchPolicy(asking, encodePolicyWord(request), FROM).decision).to.equal("NEEDS_REVIEW");
    });
  });

  describe("presetPolicy", () => {
    const presets: PresetName[] = [
      "careOnly",
      "careAndPublicHealth",
      "nonProfitDiseaseResearch",
      "allEthicalResearch",
      "askMeEachTime",
    ];
    const preset = (name: PresetName, separateConsent = false): bigint =>
      presetPolicy({ preset: name, validFrom: FROM, validUntil: UNTIL, separateConsent });

    it("throws PolicyWordError for a time or region out of bounds", () => {
      const parameters = { preset: "careOnly", validFrom: FROM, validUntil: UNTIL } as const;
      expect(() => presetPolicy({ ...parameters, validUntil: MAX_TIME + 1 })).to.throw(PolicyWordError, '"validUntil"');
      expect(() => presetPolicy({ ...parameters, regions: [9] })).to.throw(PolicyWordError, '"regions"');
    });

    for (const name of presets) {
      it(`compiles ${name} to a well-formed word without a warning, with sensitivities all or none`, () => {
        for (const separate of [false, true]) {
          const word = preset(name, separate);
          const fields = decodePolicyWord(word);
          expect(isWellFormedPolicy(word)).to.equal(true);
          expect(policyWarnings(word)).to.deep.equal([]);
          expect(fields.sensitivities.length).to.equal(separate ? 15 : 0);
          expect(fields.level).to.equal(separate ? 3 : 2);
          expect(fields.flags.includes("separateConsent")).to.equal(separate);
          expect(fields.purposes).to.not.include.members(["HMARKT"]);
          expect(fields.purposes).to.not.include.members(["BTG"]);
        }
        expect(isWithinPolicy(preset(name), preset(name, true))).to.equal(true);
      });
    }

    it("lets care and public health allow all that care only allows", () => {
      expect(isWithinPolicy(preset("careOnly"), preset("careAndPublicHealth"))).to.equal(true);
      expect(isWithinPolicy(preset("careAndPublicHealth"), preset("careOnly"))).to.equal(false);
    });

    it("keeps research out of care, and care out of research", () => {
      const research = encodePolicyWord({ purposes: ["DSRCH"], validUntil: UNTIL });
      const care = encodePolicyWord({ purposes: ["TREAT"], validUntil: UNTIL });
      expect(matchPolicy(preset("careOnly"), research, FROM).failed).to.include("CONSENT_PURPOSE");
      expect(matchPolicy(preset("nonProfitDiseaseResearch"), care, FROM).failed).to.include("CONSENT_PURPOSE");
    });

    it("asks of non-profit disease research what its name says", () => {
      const request: Partial<PolicyFields> = {
        purposes: ["DSRCH"],
        duoUses: ["diseaseSpecific"],
        modifiers: ["NPU", "NCU", "IRB"],
        categories: ["labs"],
        level: 2,
        deidentification: 1,
        validUntil: UNTIL,
        recipients: ["research"],
        regions: [0],
      };
      const answer = (change: Partial<PolicyFields>): string[] =>
        matchPolicy(preset("nonProfitDiseaseResearch"), encodePolicyWord({ ...request, ...change }), FROM).failed;
      expect(answer({})).to.deep.equal([]);
      expect(answer({ modifiers: ["NCU", "IRB"] })).to.deep.equal(["CONSENT_MODIFIER"]);
      expect(answer({ modifiers: ["NPU", "NCU"] })).to.deep.equal(["CONSENT_MODIFIER"]);
      expect(answer({ duoUses: ["health"] })).to.deep.equal(["CONSENT_DUO_USE"]);
      expect(answer({ categories: ["genomics"] })).to.deep.equal(["CONSENT_CATEGORY"]);
      expect(answer({ deidentification: 0 })).to.deep.equal(["CONSENT_DEIDENTIFICATION"]);
      expect(answer({ recipients: ["technology"] })).to.deep.equal(["CONSENT_RECIPIENT"]);
    });

    it("never approves without asking under ask me each time", () => {
      const request = encodePolicyWord({ purposes: ["TREAT"], level: 0, validUntil: UNTIL });
      expect(matchPolicy(preset("askMeEachTime"), request, FROM).decision).to.equal("NEEDS_REVIEW");
    });
  });

  describe("explainPolicyWord", () => {
    it("says every field in plain English", () => {
      const word = presetPolicy({
        preset: "nonProfitDiseaseResearch",
        validFrom: FROM,
        validUntil: UNTIL,
        regions: [2],
      });
      expect(explainPolicyWord(word).split("\n")).to.deep.equal([
        "Purposes: biomedical research; clinical trial research; disease-specific research; translational research.",
        "Kinds of use (DUO): research on named diseases; methods development.",
        "Conditions (DUO): by not-for-profit organisations only; for non-commercial use only; with approval of an ethics group.",
        "Data: record summary; diagnoses; labs; imaging; prescriptions; procedures; allergy and immunisation; vitals and devices, up to level 2 (sensitive).",
        "Sensitive matters: none.",
        "Form: at least pseudonymised.",
        "Recipients: hospitals; primary care; research institutes.",
        "Regions: 2.",
        "Validity: from 2027-01-15T08:00:00Z until 2028-01-15T08:00:00Z.",
        "Asking: a request that matches is approved without asking; level 3 is reviewed all the same.",
        "Besides: the patient takes a share of revenue.",
      ]);
    });

    it("explains any word that a chain may hold", () => {
      const text = explainPolicyWord((1n << 256n) - 1n);
      expect(text).to.include("up to level 255 (no such value)");
      expect(text).to.include("Sensitive matters: all.");
      expect(text).to.include("Regions: all.");
      expect(text).to.include("Warning: some bits have no known meaning");
      expect(explainPolicyWord(0n)).to.include("Purposes: none.");
      expect(explainPolicyWord(0n)).to.include("Form: identified data is allowed.");
      expect(explainPolicyWord(0n)).to.include("Asking: every request waits for an answer.");
    });
  });

  describe("in Chinese", () => {
    const MATTERS = [PURPOSES, DUO_USES, MODIFIERS, CATEGORIES, SENSITIVITIES, RECIPIENTS, FLAGS, FAILED_CHECKS];

    it("has a word of its own for every name of a table, and no English left", () => {
      for (const table of MATTERS) {
        const words = Object.values(table).map(({ zh }: { zh: string }) => zh);
        expect(new Set(words).size).to.equal(words.length);
        expect(words.filter((word) => !/[\u4e00-\u9fff]/.test(word))).to.deep.equal([]);
      }
    });

    it("says every field", () => {
      const word = presetPolicy({
        preset: "nonProfitDiseaseResearch",
        validFrom: FROM,
        validUntil: UNTIL,
        regions: [2],
      });
      expect(explainPolicyWord(word, "zh").split("\n")).to.deep.equal([
        "用途：生物医学研究；临床试验研究；特定疾病研究；转化研究。",
        "使用类型（DUO）：指定疾病的研究；方法开发。",
        "条件（DUO）：仅限非营利机构；仅限非商业用途；须经伦理组批准。",
        "数据：病历摘要；诊断；检验；影像；处方；手术与操作；过敏与免疫接种；生命体征与设备，最高 2 级（敏感）。",
        "敏感内容：无。",
        "形式：至少假名化。",
        "接收方：医院；基层医疗机构；研究机构。",
        "地区：2。",
        "有效期：自 2027-01-15T08:00:00Z 起，至 2028-01-15T08:00:00Z 止（不含该时刻）。",
        "询问：符合条件的请求无需询问即获批准；三级数据仍须审查。",
        "另外：患者参与收益分配。",
      ]);
    });

    it("names each failed check, and those that it does not know", () => {
      const mask = failedCheckMask("CONSENT_PURPOSE") | (1n << 255n);
      expect(explainFailedChecks(mask, "zh").map(({ text }) => text)).to.deep.equal([
        "同意不允许该用途：请患者给予范围更广的同意。",
        "第 255 项检查未通过；新版本的 SDK 可以说明。",
      ]);
    });
  });

  describe("policyWarnings", () => {
    const good: Partial<PolicyFields> = {
      purposes: ["TREAT"],
      categories: ["labs"],
      validUntil: 1,
      recipients: ["hospital"],
      regions: [0],
    };
    const cases: [string, bigint, string, string][] = [
      ["a word that the contracts refuse", encodePolicyWord({ ...good, purposes: [] }), "will refuse", "合约会拒绝"],
      ["bits without a meaning", encodePolicyWord(good) | (1n << 95n), "no meaning yet", "尚无含义"],
      [
        "some sensitivities but not all",
        encodePolicyWord({ ...good, sensitivities: ["HIV"] }),
        "which ones concern",
        "哪些类型与患者有关",
      ],
      [
        "marketing",
        encodePolicyWord({ ...good, purposes: ["TREAT", "HMARKT"] }),
        "HMARKT is prohibited",
        "禁止用途 HMARKT",
      ],
      ["break-glass", encodePolicyWord({ ...good, purposes: ["TREAT", "BTG"] }), "BTG is prohibited", "禁止用途 BTG"],
      ["no recipient", encodePolicyWord({ ...good, recipients: [] }), "No kind of recipient", "接收方类型"],
      ["no region", encodePolicyWord({ ...good, regions: [] }), "No region", "任何地区"],
    ];
    for (const [name, word, en, zh] of cases) {
      it(`names ${name}, and nothing else`, () => {
        for (const [locale, text] of Object.entries({ en, zh })) {
          const warnings = policyWarnings(word, locale as "en" | "zh");
          expect(warnings.length).to.equal(1);
          expect(warnings[0]).to.include(text);
        }
      });
    }

    it("says nothing of a word in order", () => {
      expect(policyWarnings(encodePolicyWord(good))).to.deep.equal([]);
    });
  });

  describe("explainFailedChecks", () => {
    it("names each failed check, lowest first", () => {
      const explained = explainFailedChecks(failedCheckMask("CONSENT_PURPOSE", "REQUESTER_STANDING"));
      expect(explained.map(({ name, bit }) => [name, bit])).to.deep.equal([
        ["REQUESTER_STANDING", 0],
        ["CONSENT_PURPOSE", 20],
      ]);
      expect(explained[1]?.text).to.equal(
        "The consent does not allow the purpose: ask the patient for a wider consent.",
      );
    });

    it("says so of a bit that it does not know, and nothing of an empty mask", () => {
      expect(explainFailedChecks(1n << 255n)).to.deep.equal([
        { name: "UNKNOWN", bit: 255, text: "Check 255 failed; a newer SDK can name it." },
      ]);
      expect(explainFailedChecks(0n)).to.deep.equal([]);
    });
  });
});
