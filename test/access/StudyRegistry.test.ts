import { expect } from "chai";
import type { StudyRegistry } from "../../types/index.ts";
import {
  AgentRole,
  DAY,
  InstitutionKind,
  MAX_TIME,
  ManagerRole,
  YEAR,
  deployTwoInstitutions,
  ethers,
  goTo,
  hash,
  inOneBlock,
  loadFixture,
  networkHelpers,
  nextAt,
  setRoles,
} from "../identity/institutionFixtures.ts";

const { ZeroAddress, ZeroHash } = ethers;
const REASON = hash("reason");
const NO_STUDY = ZeroHash;
/** Sent with a gas limit a transaction is mined even if it fails. */
const mined = { gasLimit: 1_000_000 };

const Kind = { ETHICS: 0, LEGAL: 1 } as const;
const Verdict = { NONE: 0, APPROVED: 1, REJECTED: 2, EXEMPT: 3 } as const;

const Failed = {
  MISSING: 1n << 32n,
  ETHICS: 1n << 33n,
  LEGAL: 1n << 34n,
  PERIOD: 1n << 35n,
  PARTY: 1n << 36n,
  SCOPE: 1n << 37n,
  FILING: 1n << 40n,
} as const;

const HRESCH = 1n << 19n;
const DSRCH = 1n << 23n;
const DUO_DISEASE = 1n << 34n;
const DUO_METHODS = 1n << 36n;
/** Modifiers that a sponsor can promise: NCU, COL, PUB, MOR, RTN, GSO, RS. */
const PROMISES = (1n << 49n) | (0xfn << 51n) | (3n << 60n);
const IRB = 1n << 50n;
/** NPU, IRB, GS, IS, PS, US, TS, and those without a meaning. */
const FACTS_OF_OTHERS = (0xffffffffn << 48n) & ~PROMISES;
const LABS = 1n << 83n;
const DIAGNOSES = 1n << 82n;
const GENOMICS = 1n << 89n;

interface WordParts {
  purposes?: bigint;
  uses?: bigint;
  modifiers?: bigint;
  categories?: bigint;
  level?: number;
  from?: number;
  until?: number;
  deidentification?: number;
  rest?: bigint;
}

/** A policy word of the fields that studies and requests have. */
function word(parts: WordParts): bigint {
  return (
    (parts.purposes ?? HRESCH) |
    (parts.uses ?? DUO_DISEASE) |
    (parts.modifiers ?? 0n) |
    (parts.categories ?? LABS) |
    (BigInt(parts.level ?? 2) << 96n) |
    (BigInt(parts.from ?? 0) << 104n) |
    (BigInt(parts.until ?? 0) << 144n) |
    (BigInt(parts.deidentification ?? 2) << 216n) |
    (parts.rest ?? 0n)
  );
}

type Terms = Parameters<StudyRegistry["register"]>[0];

/**
 * The registries; members: 1 hospital (collaborator), 2 institute (sponsor), 3 regulator with both reviewers, 4 a further hospital
 * with a researcher. The sponsor's study is to run from a day after the start for 100 days.
 */
async function deployStudies() {
  const base = await deployTwoInstitutions();
  const { manager, registry: institutions, operator, start, end } = base;
  const [regulatorAdmin, ethicsReviewer, legalReviewer, outsideAdmin, outsider] = base.rest;
  if (!regulatorAdmin || !ethicsReviewer || !legalReviewer || !outsideAdmin || !outsider) {
    throw new Error("Too few signers");
  }
  const by = institutions.connect(operator);
  await by.admit(InstitutionKind.REGULATOR, 0, true, start, end, hash("regulator"), regulatorAdmin);
  await by.admit(InstitutionKind.HOSPITAL, 0, true, start, end, hash("outside"), outsideAdmin);
  await by.appointAgent(3n, ethicsReviewer, AgentRole.ETHICS_REVIEWER, start, end);
  await by.appointAgent(3n, legalReviewer, AgentRole.LEGAL_REVIEWER, start, end);
  await institutions.connect(outsideAdmin).addAgent(outsider, AgentRole.RESEARCHER, start, end);

  const studies = await ethers.deployContract("StudyRegistry", [manager, institutions]);
  await setRoles(manager, studies, { [String(ManagerRole.SUPERVISION)]: ["setSandboxLimits"] });

  const opens = start + DAY;
  const closes = opens + 100 * DAY;
  const scope: WordParts = {
    purposes: HRESCH | DSRCH,
    uses: DUO_DISEASE | DUO_METHODS,
    categories: LABS | DIAGNOSES | GENOMICS,
    level: 3,
    from: opens,
    until: closes,
    deidentification: 1,
  };
  const terms = (changes: Partial<Terms> = {}): Terms => ({
    protocolHash: hash("protocol"),
    scope: word(scope),
    coreCategories: 1n << 9n,
    subjectCap: 50n,
    sandbox: false,
    filingHash: hash("filing"),
    collaborators: [1n],
    diseaseCodes: ["ICD10:E11"],
    ...changes,
  });
  const id = await studies.studyId(2n, hash("protocol"));
  return {
    ...base,
    institutions,
    studies,
    ethicsReviewer,
    legalReviewer,
    outsider,
    opens,
    closes,
    scope,
    terms,
    id,
    sponsor: 2n,
    collaborator: 1n,
    regulator: 3n,
    outside: 4n,
    asSponsor: studies.connect(base.researcher),
    asEthics: studies.connect(ethicsReviewer),
    asLegal: studies.connect(legalReviewer),
  };
}

/** The study is registered. */
async function deployRegistered() {
  const base = await loadFixture(deployStudies);
  await base.asSponsor.register(base.terms());
  return base;
}

/** Both reviews approve it, ethics for 50 days and legal for 60 from its opening; its first second has come. */
async function deployApproved() {
  const base = await loadFixture(deployRegistered);
  const ethicsUntil = base.opens + 50 * DAY;
  const legalUntil = base.opens + 60 * DAY;
  await base.asEthics.review(base.id, 1, Kind.ETHICS, Verdict.APPROVED, ethicsUntil, REASON);
  await base.asLegal.review(base.id, 1, Kind.LEGAL, Verdict.APPROVED, legalUntil, REASON);
  await goTo(base.opens);
  const request = (changes: WordParts = {}) => word({ until: base.opens + 30 * DAY, ...changes });
  const failed = async (changes: WordParts = {}, institution = base.sponsor) =>
    (await base.studies.check(base.id, institution, request(changes))).failed;
  return { ...base, ethicsUntil, legalUntil, request, failed };
}

describe("StudyRegistry", () => {
  describe("constructor", () => {
    it("reverts without the institutions", async () => {
      const { manager, studies } = await loadFixture(deployStudies);
      await expect(ethers.deployContract("StudyRegistry", [manager, ZeroAddress]))
        .to.be.revertedWithCustomError(studies, "ZeroAddress")
        .withArgs();
    });

    it("keeps the authority and starts without a sandbox", async () => {
      const { manager, studies } = await loadFixture(deployStudies);
      expect(await studies.authority()).to.equal(await manager.getAddress());
      expect([...(await studies.sandboxLimits())]).to.deep.equal([0n, 0n]);
    });
  });

  // What registering and amending have in common: who may, and which terms.
  for (const name of ["register", "amend"] as const) {
    describe(`${name}: caller and terms`, () => {
      async function deploySubmitting() {
        const base = await loadFixture(name === "register" ? deployStudies : deployRegistered);
        const submit = (terms: Terms, caller = base.researcher) =>
          name === "register"
            ? base.studies.connect(caller).register(terms)
            : base.studies.connect(caller).amend(base.id, terms);
        return { ...base, submit };
      }

      it("reverts for a stranger, an agent without the role, a suspended and an expelled member's researcher", async () => {
        const base = await deploySubmitting();
        const refuses = async (caller: typeof base.stranger) =>
          expect(base.submit(base.terms(), caller))
            .to.be.revertedWithCustomError(base.institutions, "AgentNotPermitted")
            .withArgs(caller.address, AgentRole.RESEARCHER);
        await refuses(base.stranger);
        await refuses(base.clinician);
        await refuses(base.instituteAdmin);
        await refuses(base.ethicsReviewer);
        await base.institutions.connect(base.supervision).suspend(base.sponsor, base.end, REASON);
        await refuses(base.researcher);
        await base.institutions.connect(base.supervision).expel(base.sponsor, REASON);
        await refuses(base.researcher);
      });

      it("reverts without a protocol", async () => {
        const { studies, submit, terms } = await deploySubmitting();
        await expect(submit(terms({ protocolHash: ZeroHash })))
          .to.be.revertedWithCustomError(studies, "ZeroHash")
          .withArgs();
      });

      it("reverts for a scope without purpose, category or period, or beyond a field's bounds", async () => {
        const { studies, submit, terms, scope, opens } = await deploySubmitting();
        for (const flaw of [
          { purposes: 0n },
          { categories: 0n },
          { until: 0 },
          { until: opens },
          { level: 4 },
          { deidentification: 5 },
          { rest: 1n << 250n },
        ]) {
          const bad = word({ ...scope, ...flaw });
          await expect(submit(terms({ scope: bad, coreCategories: 0n })))
            .to.be.revertedWithCustomError(studies, "StudyScopeInvalid")
            .withArgs(bad);
        }
        await expect(submit(terms({ scope: 0n, coreCategories: 0n })))
          .to.be.revertedWithCustomError(studies, "StudyScopeInvalid")
          .withArgs(0n);
        await submit(terms({ scope: word({ ...scope, until: MAX_TIME, level: 3, deidentification: 4 }) }));
      });

      it("reverts for a study that is over, up to its end's very second", async () => {
        const { studies, submit, terms, scope, start } = await deploySubmitting();
        const now = start + DAY;
        for (const until of [now - 1, now]) {
          await nextAt(now);
          await expect(submit(terms({ scope: word({ ...scope, from: start, until }) })))
            .to.be.revertedWithCustomError(studies, "PeriodInvalid")
            .withArgs(start, until);
        }
        await nextAt(now);
        await submit(terms({ scope: word({ ...scope, from: start, until: now + 1 }) }));
      });

      it("reverts for core categories outside the scope", async () => {
        const { studies, submit, terms } = await deploySubmitting();
        for (const coreCategories of [1n << 4n, (1n << 9n) | (1n << 15n), 0xffffn]) {
          await expect(submit(terms({ coreCategories })))
            .to.be.revertedWithCustomError(studies, "StudyTermsInvalid")
            .withArgs(hash("protocol"));
        }
        await submit(terms({ coreCategories: (1n << 9n) | (1n << 3n) | (1n << 2n) }));
      });

      it("takes up to 32 collaborators, none of them nobody", async () => {
        const { studies, submit, terms } = await deploySubmitting();
        const many = (count: number) => Array.from({ length: count }, (_, i) => BigInt(i + 10));
        for (const collaborators of [many(33), [0n], [1n, 0n]]) {
          await expect(submit(terms({ collaborators })))
            .to.be.revertedWithCustomError(studies, "StudyTermsInvalid")
            .withArgs(hash("protocol"));
        }
        await submit(terms({ collaborators: many(32) }));
      });

      it("takes up to 32 disease codes of 1 to 32 bytes", async () => {
        const { studies, submit, terms } = await deploySubmitting();
        for (const diseaseCodes of [Array<string>(33).fill("ICD10:E11"), ["x".repeat(33)], ["ICD10:E11", ""]]) {
          await expect(submit(terms({ diseaseCodes })))
            .to.be.revertedWithCustomError(studies, "StudyTermsInvalid")
            .withArgs(hash("protocol"));
        }
        await submit(terms({ diseaseCodes: Array<string>(32).fill("x".repeat(32)) }));
      });

      it("reverts for every sandbox study while there is no sandbox", async () => {
        const { studies, submit, terms, opens, closes } = await deploySubmitting();
        await expect(submit(terms({ sandbox: true, subjectCap: 1n })))
          .to.be.revertedWithCustomError(studies, "SandboxLimitExceeded")
          .withArgs(1n, closes - opens);
      });

      it("holds sandbox studies, and no other, to the limits", async () => {
        const { studies, supervision, submit, terms, scope, opens } = await deploySubmitting();
        await studies.connect(supervision).setSandboxLimits(10, 30 * DAY);
        const within = word({ ...scope, until: opens + 30 * DAY });
        const beyond = word({ ...scope, until: opens + 30 * DAY + 1 });
        for (const [subjectCap, words, duration] of [
          [0n, within, 30 * DAY],
          [11n, within, 30 * DAY],
          [10n, beyond, 30 * DAY + 1],
        ] as const) {
          await expect(submit(terms({ sandbox: true, subjectCap, scope: words })))
            .to.be.revertedWithCustomError(studies, "SandboxLimitExceeded")
            .withArgs(subjectCap, duration);
        }
        const snapshot = await networkHelpers.takeSnapshot();
        await submit(terms({ sandbox: true, subjectCap: 10n, scope: within }));
        await snapshot.restore();
        await submit(terms({ sandbox: false, subjectCap: 0n, scope: beyond }));
      });
    });
  }

  describe("register", () => {
    it("reverts for a study that exists, also after its end", async () => {
      const { studies, asSponsor, terms, id } = await loadFixture(deployRegistered);
      const again = () =>
        expect(asSponsor.register(terms({ subjectCap: 9n })))
          .to.be.revertedWithCustomError(studies, "StudyExists")
          .withArgs(id);
      await again();
      await asSponsor.close(id, REASON);
      await again();
    });

    it("gives each sponsor a study of its own, so that nobody registers another's first", async () => {
      const { studies, asSponsor, outsider, terms, id } = await loadFixture(deployStudies);
      await studies.connect(outsider).register(terms());
      const theirs = await studies.studyId(4n, hash("protocol"));
      expect(theirs).to.not.equal(id);
      await asSponsor.register(terms());
      expect((await studies.study(theirs)).sponsor).to.equal(4n);
      expect((await studies.study(id)).sponsor).to.equal(2n);
    });

    it("keeps the terms and waits for both reviews", async () => {
      const { studies, asSponsor, terms, id, scope } = await loadFixture(deployStudies);
      await asSponsor.register(terms());
      expect([...(await studies.study(id))]).to.deep.equal([2n, 1n, 1n << 9n, 50n, false, true, false, word(scope)]);
      expect([...(await studies.reviewOf(id, Kind.ETHICS))]).to.deep.equal([0n, 0n, 0n]);
      expect([...(await studies.reviewOf(id, Kind.LEGAL))]).to.deep.equal([0n, 0n, 0n]);
      expect((await studies.check(id, 2n, word({}))).failed & (Failed.ETHICS | Failed.LEGAL)).to.equal(
        Failed.ETHICS | Failed.LEGAL,
      );
    });

    it("keeps the largest values", async () => {
      const { studies, asSponsor, terms, id } = await loadFixture(deployStudies);
      const scope = word({
        purposes: 0xffffffffn,
        uses: 0xffffn << 32n,
        modifiers: 0xffffffffn << 48n,
        categories: 0xffffn << 80n,
        level: 3,
        from: MAX_TIME - 1,
        until: MAX_TIME,
        deidentification: 4,
        rest: (0xffffn << 224n) | (0xffffffffn << 184n),
      });
      await asSponsor.register(
        terms({ scope, coreCategories: 0xffffn, subjectCap: 2n ** 32n - 1n, filingHash: ZeroHash }),
      );
      expect([...(await studies.study(id))]).to.deep.equal([
        2n,
        1n,
        0xffffn,
        2n ** 32n - 1n,
        false,
        false,
        false,
        scope,
      ]);
    });

    it("emits StudyRegistered with the whole terms", async () => {
      const { studies, asSponsor, researcher, terms, id } = await loadFixture(deployStudies);
      const all = terms();
      await expect(asSponsor.register(all))
        .to.emit(studies, "StudyRegistered")
        .withArgs(id, 2n, 1, Object.values(all), researcher.address);
    });
  });

  describe("amend", () => {
    it("reverts for an unknown and for a closed study", async () => {
      const { studies, asSponsor, terms, id } = await loadFixture(deployRegistered);
      for (const unknown of [NO_STUDY, hash("unknown")]) {
        await expect(asSponsor.amend(unknown, terms()))
          .to.be.revertedWithCustomError(studies, "StudyUnknown")
          .withArgs(unknown);
      }
      await asSponsor.close(id, REASON);
      await expect(asSponsor.amend(id, terms()))
        .to.be.revertedWithCustomError(studies, "StudyAlreadyClosed")
        .withArgs(id);
    });

    it("reverts for another member's researcher, a collaborator's too", async () => {
      const { studies, institutions, hospitalAdmin, clinician, outsider, terms, id, start, end } =
        await loadFixture(deployRegistered);
      await institutions.connect(hospitalAdmin).addAgent(clinician, AgentRole.RESEARCHER, start, end);
      for (const [caller, member] of [
        [outsider, 4n],
        [clinician, 1n],
      ] as const) {
        await expect(studies.connect(caller).amend(id, terms()))
          .to.be.revertedWithCustomError(studies, "StudySponsorOnly")
          .withArgs(id, 2n, member);
      }
    });

    it("makes a new version of the same study and clears both reviews", async () => {
      const { studies, asSponsor, terms, id, scope, failed } = await loadFixture(deployApproved);
      expect(await failed()).to.equal(0n);
      await asSponsor.amend(
        id,
        terms({ protocolHash: hash("second"), subjectCap: 7n, coreCategories: 0n, filingHash: ZeroHash }),
      );
      expect([...(await studies.study(id))]).to.deep.equal([2n, 2n, 0n, 7n, false, false, false, word(scope)]);
      expect([...(await studies.reviewOf(id, Kind.ETHICS))]).to.deep.equal([0n, 0n, 0n]);
      expect([...(await studies.reviewOf(id, Kind.LEGAL))]).to.deep.equal([0n, 0n, 0n]);
      expect(await failed()).to.equal(Failed.ETHICS | Failed.LEGAL);
      expect((await studies.study(await studies.studyId(2n, hash("second")))).version).to.equal(0n);
    });

    it("ends the approval from its very second and leaves the past", async () => {
      const { studies, asSponsor, terms, id, opens } = await loadFixture(deployApproved);
      const now = opens + DAY;
      await nextAt(now);
      await asSponsor.amend(id, terms());
      expect(await studies.approvedAt(id, now - 1)).to.equal(true);
      expect(await studies.approvedAt(id, now)).to.equal(false);
      expect(await studies.approvedAt(id, now + 1)).to.equal(false);
    });

    it("replaces the collaborators", async () => {
      const { studies, asSponsor, terms, id } = await loadFixture(deployRegistered);
      await asSponsor.amend(id, terms({ collaborators: [4n] }));
      expect(await studies.isParty(id, 1n)).to.equal(false);
      expect(await studies.isParty(id, 4n)).to.equal(true);
      await asSponsor.amend(id, terms({ collaborators: [1n] }));
      expect(await studies.isParty(id, 1n)).to.equal(true);
      expect(await studies.isParty(id, 4n)).to.equal(false);
    });

    it("emits StudyRegistered with the new version", async () => {
      const { studies, asSponsor, researcher, terms, id } = await loadFixture(deployRegistered);
      const all = terms({ protocolHash: hash("second"), collaborators: [], diseaseCodes: [] });
      for (const version of [2, 3]) {
        await expect(asSponsor.amend(id, all))
          .to.emit(studies, "StudyRegistered")
          .withArgs(id, 2n, version, Object.values(all), researcher.address);
      }
    });
  });

  describe("review", () => {
    for (const [name, kind, role] of [
      ["ethics", Kind.ETHICS, AgentRole.ETHICS_REVIEWER],
      ["legal", Kind.LEGAL, AgentRole.LEGAL_REVIEWER],
    ] as const) {
      describe(name, () => {
        async function deployReviewing() {
          const base = await loadFixture(deployRegistered);
          const reviewer = kind === Kind.ETHICS ? base.ethicsReviewer : base.legalReviewer;
          const other = kind === Kind.ETHICS ? base.legalReviewer : base.ethicsReviewer;
          const studies = base.studies.connect(reviewer);
          return { ...base, reviewer, other, studies, until: base.closes };
        }

        it("reverts for a stranger, the sponsor, the other reviewer, and a reviewer of a suspended member", async () => {
          const base = await deployReviewing();
          const refuses = async (caller: typeof base.stranger) =>
            expect(base.studies.connect(caller).review(base.id, 1, kind, Verdict.APPROVED, base.until, REASON))
              .to.be.revertedWithCustomError(base.institutions, "AgentNotPermitted")
              .withArgs(caller.address, role);
          await refuses(base.stranger);
          await refuses(base.researcher);
          await refuses(base.other);
          await base.institutions.connect(base.supervision).suspend(base.regulator, base.end, REASON);
          await refuses(base.reviewer);
        });

        it("reverts for an unknown and for a closed study", async () => {
          const { studies, asSponsor, id, until } = await deployReviewing();
          for (const unknown of [NO_STUDY, hash("unknown")]) {
            await expect(studies.review(unknown, 0, kind, Verdict.APPROVED, until, REASON))
              .to.be.revertedWithCustomError(studies, "StudyUnknown")
              .withArgs(unknown);
          }
          await asSponsor.close(id, REASON);
          await expect(studies.review(id, 1, kind, Verdict.APPROVED, until, REASON))
            .to.be.revertedWithCustomError(studies, "StudyAlreadyClosed")
            .withArgs(id);
        });

        it("reverts for another version, so that an amendment in between is seen", async () => {
          const { studies, asSponsor, reviewer, terms, id, until } = await deployReviewing();
          for (const version of [0, 2, 65_535]) {
            await expect(studies.review(id, version, kind, Verdict.APPROVED, until, REASON))
              .to.be.revertedWithCustomError(studies, "StudyVersionStale")
              .withArgs(id, version, 1);
          }
          const outcome = await inOneBlock(
            () => asSponsor.amend(id, terms({ protocolHash: hash("second") }), mined),
            () => studies.connect(reviewer).review(id, 1, kind, Verdict.APPROVED, until, REASON, mined),
          );
          expect(outcome).to.deep.equal([true, false]);
          await expect(studies.review(id, 1, kind, Verdict.APPROVED, until, REASON))
            .to.be.revertedWithCustomError(studies, "StudyVersionStale")
            .withArgs(id, 1, 2);
        });

        it("reverts for a reviewer of the sponsor or of a collaborator", async () => {
          const { studies, institutions, operator, rest, id, until, start, end } = await deployReviewing();
          for (const [party, wallet] of [
            [2n, rest[6]],
            [1n, rest[7]],
          ] as const) {
            if (!wallet) throw new Error("Too few signers");
            await institutions.connect(operator).appointAgent(party, wallet, role, start, end);
            await expect(studies.connect(wallet).review(id, 1, kind, Verdict.APPROVED, until, REASON))
              .to.be.revertedWithCustomError(studies, "ReviewConflict")
              .withArgs(id, party);
          }
        });

        it("reverts without a verdict", async () => {
          const { studies, id, until } = await deployReviewing();
          await expect(studies.review(id, 1, kind, Verdict.NONE, until, REASON))
            .to.be.revertedWithCustomError(studies, "ReviewVerdictInvalid")
            .withArgs();
        });

        it("reverts when it is to be over already, unless it rejects", async () => {
          const { studies, id, start } = await deployReviewing();
          const now = start + DAY;
          for (const verdict of [Verdict.APPROVED, Verdict.EXEMPT]) {
            for (const until of [0, now - 1, now]) {
              await nextAt(now);
              await expect(studies.review(id, 1, kind, verdict, until, REASON))
                .to.be.revertedWithCustomError(studies, "PeriodInvalid")
                .withArgs(now, until);
            }
          }
          await nextAt(now);
          await studies.review(id, 1, kind, Verdict.APPROVED, now + 1, REASON);
          await studies.review(id, 1, kind, Verdict.REJECTED, 0, REASON);
        });

        it("keeps the last verdict and leaves the other review", async () => {
          const { studies, id, until, start } = await deployReviewing();
          await nextAt(start + 100);
          await studies.review(id, 1, kind, Verdict.APPROVED, until, REASON);
          await nextAt(start + 200);
          await studies.review(id, 1, kind, Verdict.EXEMPT, MAX_TIME, REASON);
          expect([...(await studies.reviewOf(id, kind))]).to.deep.equal([
            BigInt(Verdict.EXEMPT),
            BigInt(start + 200),
            BigInt(MAX_TIME),
          ]);
          expect([...(await studies.reviewOf(id, 1 - kind))]).to.deep.equal([0n, 0n, 0n]);
        });

        it("emits StudyReviewed, each time", async () => {
          const { studies, reviewer, regulator, id, until } = await deployReviewing();
          for (const verdict of [Verdict.APPROVED, Verdict.APPROVED, Verdict.REJECTED]) {
            await expect(studies.review(id, 1, kind, verdict, until, REASON))
              .to.emit(studies, "StudyReviewed")
              .withArgs(id, 1, kind, verdict, until, REASON, regulator, reviewer.address);
          }
        });
      });
    }
  });

  describe("close", () => {
    it("reverts for a stranger and a suspended sponsor", async () => {
      const { studies, institutions, supervision, researcher, stranger, sponsor, id, end } =
        await loadFixture(deployRegistered);
      await institutions.connect(supervision).suspend(sponsor, end, REASON);
      for (const caller of [stranger, researcher]) {
        await expect(studies.connect(caller).close(id, REASON))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(caller.address, AgentRole.RESEARCHER);
      }
    });

    it("reverts for another member's researcher, an unknown study, and the second time", async () => {
      const { studies, asSponsor, outsider, id } = await loadFixture(deployRegistered);
      await expect(studies.connect(outsider).close(id, REASON))
        .to.be.revertedWithCustomError(studies, "StudySponsorOnly")
        .withArgs(id, 2n, 4n);
      await expect(asSponsor.close(NO_STUDY, REASON))
        .to.be.revertedWithCustomError(studies, "StudyUnknown")
        .withArgs(NO_STUDY);
      await asSponsor.close(id, REASON);
      await expect(asSponsor.close(id, REASON))
        .to.be.revertedWithCustomError(studies, "StudyAlreadyClosed")
        .withArgs(id);
    });

    it("ends the study from its very second, and keeps what it was", async () => {
      const { studies, asSponsor, id, opens, failed } = await loadFixture(deployApproved);
      const now = opens + DAY;
      await nextAt(now);
      await asSponsor.close(id, REASON);
      expect(await failed()).to.equal(Failed.PERIOD);
      expect((await studies.study(id)).closed).to.equal(true);
      expect((await studies.study(id)).version).to.equal(1n);
      expect(await studies.approvedAt(id, now - 1)).to.equal(true);
      expect(await studies.approvedAt(id, now)).to.equal(false);
    });

    it("emits StudyClosed", async () => {
      const { studies, asSponsor, researcher, id } = await loadFixture(deployRegistered);
      await expect(asSponsor.close(id, REASON))
        .to.emit(studies, "StudyClosed")
        .withArgs(id, REASON, researcher.address);
    });
  });

  describe("setSandboxLimits", () => {
    it("reverts for anyone without the role", async () => {
      const { studies, stranger, researcher, operator } = await loadFixture(deployStudies);
      for (const caller of [stranger, researcher, operator]) {
        await expect(studies.connect(caller).setSandboxLimits(1, 1))
          .to.be.revertedWithCustomError(studies, "AccessManagedUnauthorized")
          .withArgs(caller.address);
      }
    });

    it("sets the limits and emits SandboxLimitsChanged", async () => {
      const { studies, supervision } = await loadFixture(deployStudies);
      for (const [subjects, duration] of [
        [10, 30 * DAY],
        [2 ** 32 - 1, MAX_TIME],
        [0, 0],
      ] as const) {
        await expect(studies.connect(supervision).setSandboxLimits(subjects, duration))
          .to.emit(studies, "SandboxLimitsChanged")
          .withArgs(subjects, duration, supervision.address);
        expect([...(await studies.sandboxLimits())]).to.deep.equal([BigInt(subjects), BigInt(duration)]);
      }
    });

    it("closes the sandbox to new studies and leaves those that run", async () => {
      const { studies, supervision, asSponsor, terms, scope, id, opens } = await loadFixture(deployStudies);
      await studies.connect(supervision).setSandboxLimits(10, 30 * DAY);
      const within = terms({ sandbox: true, subjectCap: 10n, scope: word({ ...scope, until: opens + DAY }) });
      await asSponsor.register(within);
      await studies.connect(supervision).setSandboxLimits(0, 0);
      expect((await studies.study(id)).sandbox).to.equal(true);
      await expect(asSponsor.amend(id, within))
        .to.be.revertedWithCustomError(studies, "SandboxLimitExceeded")
        .withArgs(10n, DAY);
    });
  });

  describe("check", () => {
    it("passes the sponsor's and a collaborator's request within the scope", async () => {
      const { failed, sponsor, collaborator } = await loadFixture(deployApproved);
      expect(await failed({}, sponsor)).to.equal(0n);
      expect(await failed({}, collaborator)).to.equal(0n);
    });

    it("fails an unknown study, and tells nothing else of it", async () => {
      const { studies, request } = await loadFixture(deployApproved);
      for (const unknown of [NO_STUDY, hash("unknown")]) {
        for (const institution of [0n, 2n]) {
          const answer = await studies.check(unknown, institution, request());
          expect([...answer]).to.deep.equal([Failed.MISSING, 0n, 0n, 0n]);
        }
      }
    });

    for (const [name, bit] of [
      ["ethics", Failed.ETHICS],
      ["legal", Failed.LEGAL],
    ] as const) {
      const kind = name === "ethics" ? Kind.ETHICS : Kind.LEGAL;

      it(`needs the ${name} review, and nothing else fails without it`, async () => {
        const base = await loadFixture(deployRegistered);
        if (kind === Kind.LEGAL) {
          await base.asEthics.review(base.id, 1, Kind.ETHICS, Verdict.APPROVED, base.closes, REASON);
        } else {
          await base.asLegal.review(base.id, 1, Kind.LEGAL, Verdict.APPROVED, base.closes, REASON);
        }
        await goTo(base.opens);
        const answer = await base.studies.check(base.id, base.sponsor, word({ until: base.closes }));
        expect(answer.failed).to.equal(bit);
      });

      it(`fails once the ${name} review rejects, until it approves again`, async () => {
        const { asEthics, asLegal, id, closes, failed } = await loadFixture(deployApproved);
        const reviewing = kind === Kind.ETHICS ? asEthics : asLegal;
        await reviewing.review(id, 1, kind, Verdict.REJECTED, closes, REASON);
        expect(await failed()).to.equal(bit);
        await reviewing.review(id, 1, kind, Verdict.APPROVED, closes, REASON);
        expect(await failed()).to.equal(0n);
      });

      it(`takes an exemption from the ${name} review for a pass, as long as it runs`, async () => {
        const { asEthics, asLegal, id, opens, failed } = await loadFixture(deployApproved);
        const until = opens + 10 * DAY;
        const reviewing = kind === Kind.ETHICS ? asEthics : asLegal;
        await reviewing.review(id, 1, kind, Verdict.EXEMPT, until, REASON);
        expect(await failed()).to.equal(0n);
        await goTo(until - 1);
        expect(await failed()).to.equal(0n);
        await goTo(until);
        expect(await failed()).to.equal(bit);
      });

      it(`fails from the very second at which the ${name} review expires`, async () => {
        const { asEthics, asLegal, id, opens, failed } = await loadFixture(deployApproved);
        const until = opens + 10 * DAY;
        const reviewing = kind === Kind.ETHICS ? asEthics : asLegal;
        await reviewing.review(id, 1, kind, Verdict.APPROVED, until, REASON);
        for (const [t, expected] of [
          [until - 1, 0n],
          [until, bit],
          [until + 1, bit],
        ] as const) {
          await goTo(t);
          expect(await failed()).to.equal(expected);
        }
      });
    }

    it("fails before the study's first second and from its last", async () => {
      const base = await loadFixture(deployRegistered);
      const { studies, asEthics, asLegal, id, opens, closes } = base;
      await asEthics.review(id, 1, Kind.ETHICS, Verdict.APPROVED, MAX_TIME, REASON);
      await asLegal.review(id, 1, Kind.LEGAL, Verdict.APPROVED, MAX_TIME, REASON);
      for (const [t, expected] of [
        [opens - 1, Failed.PERIOD],
        [opens, 0n],
        [opens + 1, 0n],
        [closes - 1, 0n],
        [closes, Failed.PERIOD],
        [closes + 1, Failed.PERIOD],
      ] as const) {
        await goTo(t);
        expect((await studies.check(id, 2n, word({ until: closes }))).failed, String(t - opens)).to.equal(expected);
      }
    });

    it("fails a request that would outlive the study", async () => {
      const { failed, closes } = await loadFixture(deployApproved);
      expect(await failed({ until: closes - 1 })).to.equal(0n);
      expect(await failed({ until: closes })).to.equal(0n);
      expect(await failed({ until: closes + 1 })).to.equal(Failed.PERIOD);
    });

    it("fails an institution that is no party", async () => {
      const { failed } = await loadFixture(deployApproved);
      for (const institution of [0n, 3n, 4n, 2n ** 32n - 1n]) {
        expect(await failed({}, institution)).to.equal(Failed.PARTY);
      }
    });

    it("fails a request beyond the scope, field by field", async () => {
      const { failed } = await loadFixture(deployApproved);
      for (const beyond of [
        { purposes: HRESCH | 1n },
        { purposes: 1n << 20n },
        { uses: DUO_DISEASE | (1n << 33n) },
        { categories: LABS | (1n << 84n) },
        { categories: 1n << 95n },
        { level: 4 },
        { deidentification: 0 },
      ]) {
        expect(await failed(beyond), Object.keys(beyond).join()).to.equal(Failed.SCOPE);
      }
    });

    it("passes a request up to the scope's edge", async () => {
      const { failed, request, studies, id } = await loadFixture(deployApproved);
      expect(
        await failed({
          purposes: HRESCH | DSRCH,
          uses: DUO_DISEASE | DUO_METHODS,
          categories: LABS | DIAGNOSES | GENOMICS,
          level: 3,
          deidentification: 1,
        }),
      ).to.equal(0n);
      expect(await failed({ uses: 0n, level: 0, deidentification: 4 })).to.equal(0n);
      // Recipient kinds, regions, sensitivities and flags are the consent's business.
      const rest = (0xffffn << 224n) | (0xffffffffn << 184n) | (0x3ffn << 240n);
      expect((await studies.check(id, 2n, request({ rest }))).failed).to.equal(0n);
    });

    it("fails a level above the scope's", async () => {
      const { asSponsor, asEthics, asLegal, terms, scope, id, closes, failed } = await loadFixture(deployApproved);
      await asSponsor.amend(id, terms({ scope: word({ ...scope, level: 2 }) }));
      await asEthics.review(id, 2, Kind.ETHICS, Verdict.APPROVED, closes, REASON);
      await asLegal.review(id, 2, Kind.LEGAL, Verdict.APPROVED, closes, REASON);
      expect(await failed({ level: 2 })).to.equal(0n);
      expect(await failed({ level: 3 })).to.equal(Failed.SCOPE);
    });

    it("needs a filing for genomics alone", async () => {
      const { asSponsor, asEthics, asLegal, terms, id, closes, failed } = await loadFixture(deployApproved);
      expect(await failed({ categories: GENOMICS })).to.equal(0n);
      await asSponsor.amend(id, terms({ filingHash: ZeroHash }));
      await asEthics.review(id, 2, Kind.ETHICS, Verdict.APPROVED, closes, REASON);
      await asLegal.review(id, 2, Kind.LEGAL, Verdict.APPROVED, closes, REASON);
      expect(await failed({ categories: LABS })).to.equal(0n);
      expect(await failed({ categories: GENOMICS })).to.equal(Failed.FILING);
      expect(await failed({ categories: LABS | GENOMICS })).to.equal(Failed.FILING);
    });

    it("names all failures at once", async () => {
      const { studies, id, opens, closes } = await loadFixture(deployRegistered);
      await goTo(opens);
      const all = word({ purposes: 1n, categories: GENOMICS, until: closes + 1 });
      expect((await studies.check(id, 4n, all)).failed).to.equal(
        Failed.ETHICS | Failed.LEGAL | Failed.PERIOD | Failed.PARTY | Failed.SCOPE,
      );
    });

    it("answers with core categories and cap", async () => {
      const { studies, id, request } = await loadFixture(deployApproved);
      const answer = await studies.check(id, 2n, request());
      expect(answer.coreCategories).to.equal(1n << 9n);
      expect(answer.subjectCap).to.equal(50n);
    });

    it("answers with the scope's uses and promises, never with facts that others establish", async () => {
      const { studies, asSponsor, asEthics, id, terms, scope, closes, request } = await loadFixture(deployApproved);
      await asSponsor.amend(id, terms({ scope: word({ ...scope, modifiers: PROMISES | FACTS_OF_OTHERS }) }));
      const facts = async () => (await studies.check(id, 2n, request({ modifiers: FACTS_OF_OTHERS }))).facts;
      const uses = DUO_DISEASE | DUO_METHODS;
      expect(await facts()).to.equal(uses | PROMISES);
      await asEthics.review(id, 2, Kind.ETHICS, Verdict.APPROVED, closes, REASON);
      expect(await facts()).to.equal(uses | PROMISES | IRB);
      await asEthics.review(id, 2, Kind.ETHICS, Verdict.EXEMPT, closes, REASON);
      expect(await facts()).to.equal(uses | PROMISES);
      await asEthics.review(id, 2, Kind.ETHICS, Verdict.REJECTED, closes, REASON);
      expect(await facts()).to.equal(uses | PROMISES);
    });

    it("has ethics' approval for a fact up to its end", async () => {
      const { studies, id, request, ethicsUntil } = await loadFixture(deployApproved);
      for (const [t, holds] of [
        [ethicsUntil - 1, true],
        [ethicsUntil, false],
        [ethicsUntil + 1, false],
      ] as const) {
        await goTo(t);
        const { facts } = await studies.check(id, 2n, request());
        expect((facts & IRB) !== 0n, String(t - ethicsUntil)).to.equal(holds);
      }
    });

    it("reads three cold slots for the sponsor and four for a collaborator", async () => {
      const { studies, id, request, sponsor, collaborator } = await loadFixture(deployApproved);
      for (const [institution, cold] of [
        [sponsor, 3],
        [collaborator, 4],
      ] as const) {
        const data = studies.interface.encodeFunctionData("check", [id, institution, request()]);
        const { structLogs } = (await ethers.provider.send("debug_traceCall", [
          { to: await studies.getAddress(), data },
          "latest",
        ])) as { structLogs: { op: string; gasCost: number }[] };
        // A slot read again costs 100.
        expect(structLogs.filter(({ op, gasCost }) => op === "SLOAD" && gasCost === 2_100)).to.have.lengthOf(cold);
      }
    });
  });

  describe("approvedAt", () => {
    it("holds while both reviews and the study's dates do", async () => {
      const { studies, id, opens, ethicsUntil } = await loadFixture(deployApproved);
      for (const [t, holds] of [
        [0, false],
        [opens - 1, false],
        [opens, true],
        [opens + 1, true],
        [ethicsUntil - 1, true],
        [ethicsUntil, false],
        [MAX_TIME, false],
      ] as const) {
        expect(await studies.approvedAt(id, t), String(t - opens)).to.equal(holds);
      }
      expect(await studies.approvedAt(hash("unknown"), opens)).to.equal(false);
    });

    it("ends with the legal review or the study where they end first", async () => {
      const { studies, asEthics, asLegal, id, legalUntil, closes } = await loadFixture(deployApproved);
      await asEthics.review(id, 1, Kind.ETHICS, Verdict.APPROVED, MAX_TIME, REASON);
      expect(await studies.approvedAt(id, legalUntil - 1)).to.equal(true);
      expect(await studies.approvedAt(id, legalUntil)).to.equal(false);
      await asLegal.review(id, 1, Kind.LEGAL, Verdict.EXEMPT, MAX_TIME, REASON);
      expect(await studies.approvedAt(id, closes - 1)).to.equal(true);
      expect(await studies.approvedAt(id, closes)).to.equal(false);
    });

    it("needs both reviews, from the second of the later", async () => {
      const { studies, asEthics, asLegal, id, opens, closes } = await loadFixture(deployRegistered);
      await nextAt(opens + 10);
      await asLegal.review(id, 1, Kind.LEGAL, Verdict.APPROVED, closes, REASON);
      await nextAt(opens + 20);
      await asEthics.review(id, 1, Kind.ETHICS, Verdict.EXEMPT, closes, REASON);
      for (const [t, holds] of [
        [opens + 10, false],
        [opens + 19, false],
        [opens + 20, true],
        [opens + 21, true],
      ] as const) {
        expect(await studies.approvedAt(id, t), String(t - opens)).to.equal(holds);
      }
    });

    it("keeps the past when a review is withdrawn by a rejection", async () => {
      const { studies, asEthics, id, opens } = await loadFixture(deployApproved);
      const now = opens + 5 * DAY;
      await nextAt(now);
      await asEthics.review(id, 1, Kind.ETHICS, Verdict.REJECTED, MAX_TIME, REASON);
      expect(await studies.approvedAt(id, now - 1)).to.equal(true);
      expect(await studies.approvedAt(id, now)).to.equal(false);
      expect(await studies.approvedAt(id, now + 1)).to.equal(false);
    });

    it("takes the last of several reviews of one second", async () => {
      const { studies, asEthics, id, closes } = await loadFixture(deployApproved);
      const verdicts = [Verdict.REJECTED, Verdict.APPROVED, Verdict.REJECTED];
      expect(
        await inOneBlock(
          ...verdicts.map((verdict) => () => asEthics.review(id, 1, Kind.ETHICS, verdict, closes, REASON, mined)),
        ),
      ).to.deep.equal([true, true, true]);
      const now = await networkHelpers.time.latest();
      expect(await studies.approvedAt(id, now - 1)).to.equal(true);
      expect(await studies.approvedAt(id, now)).to.equal(false);
    });

    it("agrees with check at every turn", async () => {
      const { studies, id, request, ethicsUntil, opens } = await loadFixture(deployApproved);
      for (const t of [opens + 1, ethicsUntil - 1, ethicsUntil, ethicsUntil + YEAR]) {
        await goTo(t);
        const { failed } = await studies.check(id, 2n, request());
        expect(await studies.approvedAt(id, t)).to.equal(failed === 0n);
      }
    });
  });

  describe("isParty", () => {
    it("knows sponsor and collaborators, and nobody of an unknown study", async () => {
      const { studies, id } = await loadFixture(deployRegistered);
      for (const [institution, party] of [
        [0n, false],
        [1n, true],
        [2n, true],
        [3n, false],
        [4n, false],
      ] as const) {
        expect(await studies.isParty(id, institution)).to.equal(party);
        expect(await studies.isParty(NO_STUDY, institution)).to.equal(false);
      }
    });
  });

  describe("studyId", () => {
    it("is the hash of sponsor and protocol", async () => {
      const { studies } = await loadFixture(deployStudies);
      const encoded = ethers.AbiCoder.defaultAbiCoder().encode(["uint32", "bytes32"], [7n, hash("p")]);
      expect(await studies.studyId(7n, hash("p"))).to.equal(ethers.keccak256(encoded));
    });
  });
});
