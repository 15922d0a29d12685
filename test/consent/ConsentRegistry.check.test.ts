import { expect } from "chai";
import type { Address, Hex } from "viem";
import {
  encodePolicyWord,
  failedCheckMask,
  type ConsentTerms,
  type FailedCheckName,
  type PolicyFields,
} from "@consilium/sdk";
import { DAY, deployConsents, ethers, goTo, REASON, type Draft, type Drafted, type World } from "./consentFixtures.ts";

const INSTITUTION = 4;
const STUDY = ethers.id("study") as Hex;

interface Use {
  requester: Address;
  institution: number;
  study: Hex;
  word: bigint;
}

/** What the consents of these tests allow. */
const ALLOWED: Draft = {
  modifiers: ["IRB"],
  sensitivities: ["PSY"],
  deidentification: 1,
  flags: ["recontact"],
};

/** A request that meets it in each field, with the facts that contracts set. */
const ASKED: Partial<PolicyFields> = {
  purposes: ["HRESCH"],
  duoUses: ["health"],
  modifiers: ["IRB"],
  categories: ["labs"],
  level: 2,
  sensitivities: ["PSY"],
  deidentification: 1,
  recipients: ["research"],
  regions: [0],
  flags: ["recontact"],
};

function useOf({ signers, now }: World, fields: Partial<PolicyFields> = {}, changes: Partial<Use> = {}): Use {
  return {
    requester: signers.researcher.address as Address,
    institution: INSTITUTION,
    study: STUDY,
    word: encodePolicyWord({ ...ASKED, validUntil: now + 30 * DAY, ...fields }),
    ...changes,
  };
}

/** That `check` and `checkMany` both answer so. */
async function expectFailed(
  { consents }: World,
  one: { id: Hex; terms: ConsentTerms },
  use: Use,
  ...names: FailedCheckName[]
): Promise<void> {
  expect(await consents.check(one.terms, use)).to.equal(failedCheckMask(...names));
  expect([...(await consents.checkMany([one.terms, one.terms], use))]).to.deep.equal([
    failedCheckMask(...names),
    failedCheckMask(...names),
  ]);
}

describe("ConsentRegistry, check and checkMany", () => {
  async function deployGiven(fields: Draft = {}) {
    const world = await deployConsents();
    const one = world.draft({ ...ALLOWED, ...fields });
    await world.give(one);
    return { ...world, one };
  }

  it("find nothing wrong with a use that the consent allows", async () => {
    const world = await deployGiven();
    await expectFailed(world, world.one, useOf(world));
  });

  describe("set each bit alone", () => {
    const asked: [FailedCheckName, Partial<PolicyFields>][] = [
      ["PURPOSE_MISSING", { purposes: [] }],
      ["CONSENT_PURPOSE", { purposes: ["HRESCH", "HMARKT"] }],
      ["CONSENT_DUO_USE", { duoUses: ["health", "beyondHealth"] }],
      ["CONSENT_MODIFIER", { modifiers: [] }],
      ["CONSENT_CATEGORY", { categories: ["labs", "genomics"] }],
      ["CONSENT_LEVEL", { level: 3 }],
      ["CONSENT_SENSITIVITY", { sensitivities: ["PSY", "HIV"] }],
      ["CONSENT_DEIDENTIFICATION", { deidentification: 0 }],
      ["CONSENT_RECIPIENT", { recipients: ["insurer"] }],
      ["CONSENT_REGION", { regions: [1] }],
      ["CONSENT_FLAG", { flags: ["recontact", "aiTraining"] }],
    ];
    for (const [name, fields] of asked) {
      it(name, async () => {
        const world = await deployGiven();
        await expectFailed(world, world.one, useOf(world, fields), name);
      });
    }

    it("CONSENT_PERIOD, for a request that ends after the consent", async () => {
      const world = await deployGiven({ validUntil: 4_000_000_000 });
      await expectFailed(world, world.one, useOf(world, { validUntil: 4_000_000_000 }));
      await expectFailed(world, world.one, useOf(world, { validUntil: 4_000_000_001 }), "CONSENT_PERIOD");
    });

    it("CONSENT_NOT_IN_FORCE, for terms never given, refused, withdrawn, revoked, invalidated or of a past epoch", async () => {
      const world = await deployConsents();
      const { asPatient, asSupervision, give, patient } = world;
      const [never, refused, withdrawn, revoked, invalidated, past] = [0, 1, 2, 3, 4, 5].map(() =>
        world.draft(ALLOWED),
      ) as [Drafted, Drafted, Drafted, Drafted, Drafted, Drafted];
      for (const one of [withdrawn, revoked, invalidated, past]) {
        await give(one);
        await expectFailed(world, one, useOf(world));
      }
      await asPatient.refuse(refused.terms);
      await asPatient.withdraw(withdrawn.id);
      await asSupervision.revoke(revoked.id, REASON);
      await asSupervision.invalidate(invalidated.id, REASON);
      for (const one of [never, refused, withdrawn, revoked, invalidated]) {
        await expectFailed(world, one, useOf(world), "CONSENT_NOT_IN_FORCE");
      }
      await expectFailed(world, past, useOf(world));
      await asPatient.withdrawAll(patient);
      await expectFailed(world, past, useOf(world), "CONSENT_NOT_IN_FORCE");
    });

    it("CONSENT_NOT_IN_FORCE, for terms given with any other value", async () => {
      const world = await deployGiven();
      const wider = { ...world.one.terms, policy: world.policy({ ...ALLOWED, level: 3 }) };
      const id = (await world.consents.consentId(wider)) as Hex;
      await expectFailed(world, { id, terms: wider }, useOf(world, { level: 3 }), "CONSENT_NOT_IN_FORCE");
    });

    it("CONSENT_GRANTEE, for another institution or wallet than the one named", async () => {
      const { signers } = await deployConsents();
      const agent = signers.researcher.address as Address;
      for (const [named, changes] of [
        [{ institution: INSTITUTION }, { institution: INSTITUTION + 1 }],
        [{ institution: INSTITUTION }, { institution: 0 }],
        [{ agent }, { requester: signers.stranger.address as Address }],
        [{ agent }, { requester: ethers.ZeroAddress as Address }],
      ] as const) {
        const world = await deployGiven(named);
        await expectFailed(world, world.one, useOf(world));
        await expectFailed(world, world.one, useOf(world, {}, changes), "CONSENT_GRANTEE");
      }
    });

    it("CONSENT_STUDY, for another study than the one named, or none", async () => {
      const world = await deployGiven({ study: STUDY });
      await expectFailed(world, world.one, useOf(world));
      for (const study of [REASON, ethers.ZeroHash as Hex]) {
        await expectFailed(world, world.one, useOf(world, {}, { study }), "CONSENT_STUDY");
      }
    });

    it("PATIENT_DEACTIVATED", async () => {
      const world = await deployGiven();
      const { patients, signers, patient } = world;
      await patients.connect(signers.patient).changeOwner(patient, ethers.ZeroAddress);
      await expectFailed(world, world.one, useOf(world), "PATIENT_DEACTIVATED");
    });
  });

  describe("take the naming of the grantee for DUO's conditions", () => {
    const conditions: ["IS" | "US" | "PS", (world: World) => Draft][] = [
      ["IS", () => ({ institution: INSTITUTION })],
      ["US", ({ signers }) => ({ agent: signers.researcher.address as Address })],
      ["PS", () => ({ study: STUDY })],
    ];
    for (const [modifier, naming] of conditions) {
      it(`${modifier} is met by its own name only`, async () => {
        const world = await deployConsents();
        const demand: Draft = { ...ALLOWED, modifiers: ["IRB", modifier] };
        for (const [named, of] of conditions) {
          const one = world.draft({ ...demand, ...of(world) });
          await world.give(one);
          await expectFailed(world, one, useOf(world), ...(named === modifier ? [] : (["CONSENT_MODIFIER"] as const)));
        }
        const unnamed = world.draft(demand);
        await world.give(unnamed);
        await expectFailed(world, unnamed, useOf(world), "CONSENT_MODIFIER");
      });

      it(`${modifier} named for another fails by the name alone`, async () => {
        const world = await deployConsents();
        const one = world.draft({ ...ALLOWED, modifiers: ["IRB", modifier], ...naming(world) });
        await world.give(one);
        const changes: Partial<Use> = {
          IS: { institution: INSTITUTION + 1 },
          US: { requester: world.signers.stranger.address as Address },
          PS: { study: REASON },
        }[modifier];
        await expectFailed(
          world,
          one,
          useOf(world, {}, changes),
          modifier === "PS" ? "CONSENT_STUDY" : "CONSENT_GRANTEE",
        );
      });
    }
  });

  it("hold at each second around the validity's ends", async () => {
    const world = await deployConsents();
    const [from, until] = [world.now + 10 * DAY, world.now + 20 * DAY];
    const one = world.draft({ ...ALLOWED, validFrom: from, validUntil: until });
    await world.give(one);
    const use = useOf(world, { validUntil: until });
    const over = ["CONSENT_NOT_IN_FORCE", "CONSENT_PERIOD"] as const;
    for (const [second, failed] of [
      [from - 1, over],
      [from, []],
      [from + 1, []],
      [until - 1, []],
      [until, over],
      [until + 1, over],
    ] as const) {
      await goTo(second);
      await expectFailed(world, one, use, ...failed);
    }
  });

  it("name every failed check at once", async () => {
    const world = await deployConsents();
    const one = world.draft({ ...ALLOWED, institution: INSTITUTION, study: STUDY, level: 1 });
    const use = useOf(
      world,
      { modifiers: [], regions: [1], purposes: [] },
      { institution: INSTITUTION + 1, study: REASON },
    );
    await expectFailed(
      world,
      one,
      use,
      ...(["CONSENT_NOT_IN_FORCE", "CONSENT_GRANTEE", "CONSENT_STUDY", "CONSENT_LEVEL"] as const),
      ...(["CONSENT_MODIFIER", "CONSENT_REGION", "PURPOSE_MISSING"] as const),
    );
  });

  it("answer for many terms in their order, each by itself", async () => {
    const world = await deployGiven();
    const { consents, patients, signers, one, draft } = world;
    const narrow = draft({ ...ALLOWED, level: 1 });
    const never = draft(ALLOWED);
    await world.give(narrow);
    const other = draft({ ...ALLOWED, patient: signers.otherPatient.address as Address });
    await consents.connect(signers.otherPatient).give(other.terms, other.details);
    await patients.connect(signers.otherPatient).changeOwner(signers.otherPatient, ethers.ZeroAddress);
    const list = [never, one, other, narrow];
    const failed = await consents.checkMany(
      list.map(({ terms }) => terms),
      useOf(world),
    );
    expect([...failed]).to.deep.equal([
      failedCheckMask("CONSENT_NOT_IN_FORCE"),
      0n,
      failedCheckMask("PATIENT_DEACTIVATED"),
      failedCheckMask("CONSENT_LEVEL"),
    ]);
    expect([...(await consents.checkMany([], useOf(world)))]).to.deep.equal([]);
  });
});
