import { expect } from "chai";
import { network } from "hardhat";
import {
  decodePolicyWord,
  encodePolicyWord,
  FAILED_CHECKS,
  isWellFormedPolicy,
  isWithinPolicy,
  matchPolicy,
} from "@consilium/sdk";
import type { FailedCheckName, PolicyFields } from "@consilium/sdk";
import { policyPairs } from "../utils/policyPairs.ts";
import { seededRandom } from "../utils/seededRandom.ts";

const { ethers, networkHelpers } = await network.create();

const PAIRS = 12_000;
/** Small, since ethers copies the whole answer for each value that it reads. */
const PAIRS_PER_CALL = 100;

/** The checks that a policy word alone can fail. */
const WORD_CHECKS: FailedCheckName[] = [
  "PURPOSE_MISSING",
  "CONSENT_PURPOSE",
  "CONSENT_DUO_USE",
  "CONSENT_MODIFIER",
  "CONSENT_CATEGORY",
  "CONSENT_LEVEL",
  "CONSENT_PERIOD",
  "CONSENT_SENSITIVITY",
  "CONSENT_DEIDENTIFICATION",
  "CONSENT_RECIPIENT",
  "CONSENT_REGION",
  "CONSENT_FLAG",
];

const T = 1_800_000_000;

const POLICY: Partial<PolicyFields> = {
  purposes: ["TREAT", "DSRCH"],
  duoUses: ["diseaseSpecific"],
  modifiers: ["IRB"],
  categories: ["labs"],
  level: 2,
  validFrom: T - 10,
  validUntil: T + 10,
  sensitivities: ["PSY"],
  deidentification: 1,
  recipients: ["hospital"],
  regions: [3],
  flags: ["autoApprove", "recontact"],
};

const REQUEST: Partial<PolicyFields> = {
  purposes: ["DSRCH"],
  duoUses: ["diseaseSpecific"],
  modifiers: ["IRB", "NPU"],
  categories: ["labs"],
  level: 2,
  validUntil: T + 10,
  deidentification: 1,
  recipients: ["hospital"],
  regions: [3],
};

describe("PolicyWord", () => {
  async function deployHarness() {
    return { harness: await ethers.deployContract("PolicyWordHarness") };
  }

  describe("against the reference", () => {
    it(`agrees on ${PAIRS} pairs in all that it decides, and the pairs cover every answer`, async () => {
      const { harness } = await networkHelpers.loadFixture(deployHarness);
      const pairs = policyPairs(seededRandom("policy words"), PAIRS);
      const alone = new Map<FailedCheckName, number>(WORD_CHECKS.map((check) => [check, 0]));
      const seen = { APPROVED: 0, DENIED: 0, NEEDS_REVIEW: 0, within: 0, outside: 0, wellFormed: 0, malformed: 0 };

      for (let start = 0; start < PAIRS; start += PAIRS_PER_CALL) {
        const batch = pairs.slice(start, start + PAIRS_PER_CALL);
        const [failed, within, wellFormed, automatic] = await harness.compareMany(
          batch.map(({ a }) => a),
          batch.map(({ b }) => b),
          batch.map(({ t }) => t),
        );
        const matches = batch.map(({ a, b, t }) => matchPolicy(a, b, Number(t)));
        expect([...failed]).to.deep.equal(matches.map(({ mask }) => mask));
        // As texts: to compare truth values one by one takes longer than all the rest.
        expect(within.join()).to.equal(batch.map(({ a, b }) => isWithinPolicy(a, b)).join());
        expect(wellFormed.join()).to.equal(batch.map(({ a }) => isWellFormedPolicy(a)).join());
        expect(automatic.join()).to.equal(
          batch.map(({ a }) => decodePolicyWord(a).flags.includes("autoApprove")).join(),
        );
        within.forEach((is) => seen[is ? "within" : "outside"]++);
        wellFormed.forEach((is) => seen[is ? "wellFormed" : "malformed"]++);
        for (const { decision, failed } of matches) {
          seen[decision]++;
          const [only, ...others] = failed;
          if (only !== undefined && others.length === 0) alone.set(only, (alone.get(only) ?? 0) + 1);
        }
      }

      for (const [check, count] of alone) expect(count, `${check} failing alone`).to.be.at.least(50);
      for (const [answer, count] of Object.entries(seen)) expect(count, answer).to.be.at.least(500);
      expect([...alone.keys()]).to.have.members(WORD_CHECKS);
    });
  });

  describe("matchRequest", () => {
    const failing: [FailedCheckName, Partial<PolicyFields>][] = [
      ["PURPOSE_MISSING", { purposes: [] }],
      ["CONSENT_PURPOSE", { purposes: ["DSRCH", "HMARKT"] }],
      ["CONSENT_PURPOSE", { purposes: ["ETREAT"] }],
      ["CONSENT_DUO_USE", { duoUses: ["health"] }],
      ["CONSENT_MODIFIER", { modifiers: ["NPU"] }],
      ["CONSENT_CATEGORY", { categories: ["labs", "genomics"] }],
      ["CONSENT_LEVEL", { level: 3 }],
      ["CONSENT_PERIOD", { validUntil: T + 11 }],
      ["CONSENT_SENSITIVITY", { sensitivities: ["HIV"] }],
      ["CONSENT_DEIDENTIFICATION", { deidentification: 0 }],
      ["CONSENT_RECIPIENT", { recipients: ["insurer"] }],
      ["CONSENT_REGION", { regions: [4] }],
      ["CONSENT_FLAG", { flags: ["aiTraining"] }],
      ["CONSENT_FLAG", { flags: ["separateConsent"] }],
      ["CONSENT_FLAG", { flags: ["crossBorder"] }],
    ];

    it("passes a request that stays within the policy", async () => {
      const { harness } = await networkHelpers.loadFixture(deployHarness);
      expect(await harness.matchRequest(encodePolicyWord(POLICY), encodePolicyWord(REQUEST), T)).to.equal(0n);
    });

    for (const [check, change] of failing) {
      it(`fails ${check} alone for ${JSON.stringify(change)}`, async () => {
        const { harness } = await networkHelpers.loadFixture(deployHarness);
        const request = encodePolicyWord({ ...REQUEST, ...change });
        const expected = 1n << BigInt(FAILED_CHECKS[check].bit);
        expect(await harness.matchRequest(encodePolicyWord(POLICY), request, T)).to.equal(expected);
        expect(matchPolicy(encodePolicyWord(POLICY), request, T).failed).to.deep.equal([check]);
      });
    }

    it("holds from the first second to the one before the end", async () => {
      const { harness } = await networkHelpers.loadFixture(deployHarness);
      const period = 1n << BigInt(FAILED_CHECKS.CONSENT_PERIOD.bit);
      const request = encodePolicyWord({ ...REQUEST, validUntil: 0 });
      for (const [t, failed] of [
        [T - 11, period],
        [T - 10, 0n],
        [T + 9, 0n],
        [T + 10, period],
        [T + 11, period],
      ] as const) {
        expect(await harness.matchRequest(encodePolicyWord(POLICY), request, t), `at ${t - T}`).to.equal(failed);
        expect(matchPolicy(encodePolicyWord(POLICY), request, t).mask, `at ${t - T}`).to.equal(failed);
      }
    });
  });

  describe("fields", () => {
    const max = 2 ** 40 - 1;
    for (const fields of [
      { level: 0, validFrom: 0, validUntil: 0, deidentification: 0 },
      { level: 3, validFrom: 1, validUntil: 2, deidentification: 4 },
      { level: 1, validFrom: max - 1, validUntil: max, deidentification: 2 },
      { level: 3, validFrom: max, validUntil: max, deidentification: 4 },
    ]) {
      it(`reads ${JSON.stringify(fields)} as the SDK wrote it, whatever else is set`, async () => {
        const { harness } = await networkHelpers.loadFixture(deployHarness);
        const full = { ...POLICY, regions: [0, 7], flags: ["rewardOptIn"] } as const;
        for (const rest of [{}, full]) {
          const read = await harness.fields(encodePolicyWord({ ...rest, ...fields }));
          const { level, validFrom, validUntil, deidentification } = fields;
          expect([...read].map(Number)).to.deep.equal([level, validFrom, validUntil, deidentification]);
        }
      });
    }
  });

  describe("isWellFormed", () => {
    const cases: [string, Partial<PolicyFields>, bigint, boolean][] = [
      ["accepts a policy with purpose, category and period", {}, 0n, true],
      ["refuses one without a purpose", { purposes: [] }, 0n, false],
      ["refuses one without a category", { categories: [] }, 0n, false],
      ["refuses one that ends as it starts", { validFrom: T, validUntil: T }, 0n, false],
      ["accepts one of a single second", { validFrom: T, validUntil: T + 1 }, 0n, true],
      ["refuses level 4", { level: 0 }, 4n << 96n, false],
      ["refuses de-identification 5", { deidentification: 0 }, 5n << 216n, false],
      ["refuses the first unknown flag", {}, 1n << 250n, false],
      ["refuses the last unknown flag", {}, 1n << 255n, false],
    ];
    for (const [name, change, bits, expected] of cases) {
      it(name, async () => {
        const { harness } = await networkHelpers.loadFixture(deployHarness);
        const word = encodePolicyWord({ ...POLICY, ...change }) | bits;
        expect(await harness.isWellFormed(word)).to.equal(expected);
        expect(isWellFormedPolicy(word)).to.equal(expected);
      });
    }
  });

  describe("isAutomatic", () => {
    it("tells whether the policy carries the flag", async () => {
      const { harness } = await networkHelpers.loadFixture(deployHarness);
      expect(await harness.isAutomatic(encodePolicyWord(POLICY))).to.equal(true);
      expect(await harness.isAutomatic(encodePolicyWord({ ...POLICY, flags: ["recontact"] }))).to.equal(false);
    });
  });
});
