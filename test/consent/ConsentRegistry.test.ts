import { expect } from "chai";
import type { Address, Hex } from "viem";
import { detailsHash, signGiveConsent, type CreateConsentReturnType, type SignedConsent } from "@consilium/sdk";
import type { SignerName } from "../fixtures/consilium.ts";
import {
  Authority,
  DAY,
  deployConsents,
  deployGuardianship,
  deployMandate,
  ethers,
  goTo,
  LAST_EPOCH,
  networkHelpers,
  nextAt,
  REASON,
  Status,
  typedDataSigner,
  UNKNOWN,
  YEAR,
  ZERO_HASH,
  type Draft,
  type Drafted,
  type World,
} from "./consentFixtures.ts";

const { time } = networkHelpers;
const MAX_UINT40 = 2n ** 40n - 1n;

/** Ways in which a consent comes to its end by an act. */
const ENDS: Record<string, { status: bigint; end: (world: World, id: Hex) => Promise<unknown> }> = {
  withdrawn: { status: Status.WITHDRAWN, end: ({ asPatient }, id) => asPatient.withdraw(id) },
  revoked: { status: Status.REVOKED, end: ({ asSupervision }, id) => asSupervision.revoke(id, REASON) },
  invalidated: { status: Status.INVALIDATED, end: ({ asSupervision }, id) => asSupervision.invalidate(id, REASON) },
};

async function signGive(world: World, as: SignerName, one: Drafted): Promise<SignedConsent> {
  const signer = world.signers[as];
  const form = { ...world.contract, deadline: 2n ** 40n, signer: signer.address as Address };
  return signGiveConsent(typedDataSigner(signer), { ...form, terms: one.terms, details: one.details });
}

/** The consent with dirt above one word of its terms. */
function dirtyTerms(data: string, word: number, dirt: string): string {
  const at = 2 + 8 + 64 * word;
  return data.slice(0, at) + dirt + data.slice(at + dirt.length);
}

describe("ConsentRegistry", () => {
  describe("give", () => {
    it("reverts for details that the terms do not name", async () => {
      const { asPatient, draft } = await deployConsents();
      const { id, terms, details } = draft();
      const changes = [{ parameters: REASON }, { notice: REASON }, { previous: REASON }, { salt: details.salt + 1n }];
      for (const change of changes) {
        await expect(asPatient.give(terms, { ...details, ...change }))
          .to.be.revertedWithCustomError(asPatient, "ConsentDetailsInvalid")
          .withArgs(id, terms.details);
      }
    });

    const malformed: [string, (word: bigint) => bigint][] = [
      ["without a purpose", (word) => word & ~0xffffffffn],
      ["without a category", (word) => word & ~(0xffffn << 80n)],
      ["of a level above 3", (word) => (word & ~(0xffn << 96n)) | (4n << 96n)],
      ["of a de-identification above 4", (word) => word | (5n << 216n)],
      ["without an end", (word) => word & ~(MAX_UINT40 << 144n)],
      ["that ends as it begins", (word) => word | (((word >> 144n) & MAX_UINT40) << 104n)],
      ["of nothing at all", () => 0n],
      ...Array.from({ length: 6 }, (_, i): [string, (word: bigint) => bigint] => [
        `with the unknown flag ${250 + i}`,
        (word) => word | (1n << BigInt(250 + i)),
      ]),
    ];
    for (const [name, spoil] of malformed) {
      it(`reverts for a policy ${name}`, async () => {
        const { asPatient, draftWord, policy } = await deployConsents();
        const { id, terms, details } = draftWord(spoil(policy()));
        await expect(asPatient.give(terms, details))
          .to.be.revertedWithCustomError(asPatient, "ConsentPolicyInvalid")
          .withArgs(id, terms.policy);
      });
    }

    for (const offset of [-1, 0]) {
      it(`reverts for a policy that is over ${offset === 0 ? "this very second" : "since a second"}`, async () => {
        const { asPatient, draft, now } = await deployConsents();
        const { id, terms, details } = draft({ validUntil: now + 100 + offset });
        await nextAt(now + 100);
        await expect(asPatient.give(terms, details))
          .to.be.revertedWithCustomError(asPatient, "ConsentPolicyInvalid")
          .withArgs(id, terms.policy);
      });
    }

    it("takes a policy that ends with the next second", async () => {
      const { give, consents, draft, now } = await deployConsents();
      const one = draft({ validUntil: now + 101 });
      await nextAt(now + 100);
      await give(one);
      expect(await consents.isInForce(one.id, now + 100)).to.equal(true);
      expect(await consents.isInForce(one.id, now + 101)).to.equal(false);
    });

    it("takes a policy until the last second of all", async () => {
      const { give, consents, draft } = await deployConsents();
      const one = draft({ validUntil: Number(MAX_UINT40) });
      await give(one);
      expect(await consents.isInForce(one.id, MAX_UINT40 - 1n)).to.equal(true);
      expect(await consents.isInForce(one.id, MAX_UINT40)).to.equal(false);
    });

    it("begins at the later of now and the policy's start", async () => {
      const { give, consents, draft, now } = await deployConsents();
      for (const [validFrom, from] of [
        [now + 199, now + 200],
        [now + 300, now + 300],
        [now + 401, now + 401],
      ] as const) {
        const one = draft({ validFrom });
        await nextAt(from === now + 401 ? now + 400 : from);
        await give(one);
        expect((await consents.consent(one.id)).from).to.equal(from);
        expect(await consents.isInForce(one.id, from - 1)).to.equal(false);
        expect(await consents.isInForce(one.id, from)).to.equal(true);
      }
    });

    it("reverts for another epoch than the present one", async () => {
      const { asPatient, draft, patient } = await deployConsents();
      const refuse = async (epoch: number, current: number): Promise<void> => {
        const { terms, details } = draft({ epoch });
        await expect(asPatient.give(terms, details))
          .to.be.revertedWithCustomError(asPatient, "ConsentEpochInvalid")
          .withArgs(patient, epoch, current);
      };
      await refuse(1, 0);
      await refuse(LAST_EPOCH, 0);
      await asPatient.withdrawAll(patient);
      await refuse(0, 1);
      await refuse(2, 1);
      const { terms, details } = draft({ epoch: 1 });
      await expect(asPatient.give(terms, details)).to.not.be.revert(ethers);
    });

    it("reverts for flags of a guardian or a delegate on the patient's own terms", async () => {
      const { asPatient, draft } = await deployConsents();
      for (const flags of [["guardianSigned"], ["delegateSigned"], ["guardianSigned", "delegateSigned"]] as const) {
        const { id, terms, details } = draft({ flags });
        await expect(asPatient.give(terms, details))
          .to.be.revertedWithCustomError(asPatient, "ConsentAuthorityFlag")
          .withArgs(id, Authority.SELF);
      }
    });

    it("reverts for a previous consent that is unknown or another patient's", async () => {
      const { asPatient, consents, signers, draft } = await deployConsents();
      const others = draft({ patient: signers.otherPatient.address as Address });
      await consents.connect(signers.otherPatient).give(others.terms, others.details);
      for (const previous of [UNKNOWN, others.id]) {
        const { id, terms, details } = draft({ previous });
        await expect(asPatient.give(terms, details))
          .to.be.revertedWithCustomError(asPatient, "ConsentPreviousInvalid")
          .withArgs(id, previous);
      }
    });

    it("renews a consent, which goes on until its own end", async () => {
      const { give, consents, draft, status, now, asPatient } = await deployConsents();
      const first = draft({ validUntil: now + 10 * DAY });
      await give(first);
      const second = draft({ previous: first.id });
      await give(second);
      expect([await status(first.id), await status(second.id)]).to.deep.equal([Status.GIVEN, Status.RENEWED]);
      expect(await consents.isInForce(first.id, now + 10 * DAY - 1)).to.equal(true);
      expect(await consents.isInForce(second.id, now + 10 * DAY)).to.equal(true);
      await asPatient.withdraw(second.id);
      expect(await status(second.id)).to.equal(Status.WITHDRAWN);
    });

    for (const [name, { status, end }] of Object.entries(ENDS)) {
      it(`reverts for terms ${name} before, directly, by signature and among many`, async () => {
        const world = await deployConsents();
        const { asPatient, asStranger, draft, give } = world;
        const one = draft();
        const signed = await signGive(world, "patient", one);
        await give(one);
        await end(world, one.id);
        for (const again of [
          () => asPatient.give(one.terms, one.details),
          () => asStranger.giveBySignature(signed),
          () => asStranger.giveMany([signed]),
        ]) {
          await expect(again()).to.be.revertedWithCustomError(asPatient, "ConsentExists").withArgs(one.id, status);
        }
      });
    }

    it("reverts for terms with bits above their types, which no one signed", async () => {
      const { asPatient, signers, draft } = await deployConsents();
      const { terms, details } = draft();
      const data = asPatient.interface.encodeFunctionData("give", [terms, details]);
      // Patient, institution, agent and epoch have fewer bits than a word.
      for (const word of [0, 1, 2, 5]) {
        const dirty = dirtyTerms(data, word, "01");
        await expect(signers.patient.sendTransaction({ to: asPatient, data: dirty })).to.be.revert(ethers);
      }
      await expect(signers.patient.sendTransaction({ to: asPatient, data })).to.not.be.revert(ethers);
    });

    it("reverts for nobody's consent", async () => {
      const { asPatient, draft, signers } = await deployConsents();
      const { terms, details } = draft({ patient: ethers.ZeroAddress as Address });
      await expect(asPatient.give(terms, details))
        .to.be.revertedWithCustomError(asPatient, "NoAuthority")
        .withArgs(ethers.ZeroAddress, signers.patient.address);
    });
  });

  describe("giveMany", () => {
    it("takes none", async () => {
      const { asStranger } = await deployConsents();
      await expect(asStranger.giveMany([])).to.not.emit(asStranger, "ConsentGiven");
    });

    it("takes the consents of many patients", async () => {
      const world = await deployConsents();
      const names = ["patient", "otherPatient", "minor", "guardian", "helper1", "helper2", "helper3"] as const;
      const drafts = names.map((name) => world.draft({ patient: world.signers[name].address as Address }));
      const signed: SignedConsent[] = [];
      for (const [i, name] of names.entries()) signed.push(await signGive(world, name, drafts[i] as Drafted));
      await world.asStranger.giveMany(signed);
      for (const { id, terms } of drafts) {
        const kept = await world.consents.consent(id);
        expect([kept.patient, kept.status]).to.deep.equal([terms.patient, Status.GIVEN]);
      }
    });

    it("reverts as a whole for one bad entry, and the error names it", async () => {
      const world = await deployConsents();
      const { asStranger, consents, draft, signers, status } = world;
      const [good, bad] = [draft(), draft({ patient: signers.otherPatient.address as Address })];
      const entries = [await signGive(world, "patient", good), await signGive(world, "otherPatient", bad)];
      const forged = { ...(entries[1] as SignedConsent), signer: signers.stranger.address as Address };
      await expect(asStranger.giveMany([entries[0] as SignedConsent, forged]))
        .to.be.revertedWithCustomError(consents, "SignatureInvalid")
        .withArgs(signers.stranger.address);
      await expect(asStranger.giveMany([...entries, entries[0] as SignedConsent]))
        .to.be.revertedWithCustomError(consents, "ConsentExists")
        .withArgs(good.id, Status.GIVEN);
      expect([await status(good.id), await status(bad.id)]).to.deep.equal([0n, 0n]);
    });
  });

  describe("withdraw", () => {
    it("reverts for an unknown consent", async () => {
      const { asPatient } = await deployConsents();
      for (const id of [UNKNOWN, ZERO_HASH]) {
        await expect(asPatient.withdraw(id)).to.be.revertedWithCustomError(asPatient, "ConsentUnknown").withArgs(id);
      }
    });

    it("reverts for another patient, a member and the supervision", async () => {
      const { consents, signers, draft, give, patient } = await deployConsents();
      const one = draft();
      await give(one);
      for (const as of ["otherPatient", "northGateway", "researcher", "supervision", "admin"] as const) {
        await expect(consents.connect(signers[as]).withdraw(one.id))
          .to.be.revertedWithCustomError(consents, "NoAuthority")
          .withArgs(patient, signers[as].address);
      }
    });

    it("holds from its very block, and leaves the past as it was", async () => {
      const { asPatient, consents, draft, give, now } = await deployConsents();
      const one = draft();
      await nextAt(now + 100);
      await give(one);
      await nextAt(now + 200);
      await asPatient.withdraw(one.id);
      for (const [t, expected] of [
        [now + 99, false],
        [now + 100, true],
        [now + 199, true],
        [now + 200, false],
        [now + 201, false],
      ] as const) {
        expect(await consents.isInForce(one.id, t)).to.equal(expected);
      }
    });

    it("lets a consent that had not begun never begin", async () => {
      const { asPatient, consents, draft, give, now } = await deployConsents();
      const one = draft({ validFrom: now + 100 * DAY });
      await give(one);
      await asPatient.withdraw(one.id);
      for (const t of [now + 100 * DAY, now + 200 * DAY]) {
        expect(await consents.isInForce(one.id, t)).to.equal(false);
      }
    });

    it("moves the end of a consent that is over no later", async () => {
      const { asPatient, consents, draft, give, now } = await deployConsents();
      const one = draft({ validUntil: now + 100 });
      await give(one);
      await nextAt(now + 200);
      await asPatient.withdraw(one.id);
      expect((await consents.consent(one.id)).until).to.equal(now + 100);
    });
  });

  describe("ends are final", () => {
    const acts: Record<string, (world: World, id: Hex) => Promise<unknown>> = {
      withdraw: ({ asPatient }, id) => asPatient.withdraw(id),
      revoke: ({ asSupervision }, id) => asSupervision.revoke(id, REASON),
      invalidate: ({ asSupervision }, id) => asSupervision.invalidate(id, REASON),
    };
    for (const [end, { status }] of [...Object.entries(ENDS), ["refused", { status: Status.REFUSED }] as const]) {
      for (const [act, run] of Object.entries(acts)) {
        const isAllowed = act === "invalidate" && (end === "withdrawn" || end === "revoked");
        it(`${isAllowed ? "allows" : "refuses"} ${act} of a consent that is ${end}`, async () => {
          const world = await deployConsents();
          const one = world.draft();
          if (end === "refused") {
            await world.asPatient.refuse(one.terms);
          } else {
            await world.give(one);
            await ENDS[end]?.end(world, one.id);
          }
          const before = [...(await world.consents.consent(one.id))];
          if (isAllowed) {
            await run(world, one.id);
            expect(await world.status(one.id)).to.equal(Status.INVALIDATED);
            return;
          }
          await expect(run(world, one.id))
            .to.be.revertedWithCustomError(world.consents, "ConsentEnded")
            .withArgs(one.id, status);
          expect([...(await world.consents.consent(one.id))]).to.deep.equal(before);
        });
      }
    }
  });

  describe("withdrawAll", () => {
    it("reverts for another patient and the supervision", async () => {
      const { consents, signers, patient } = await deployConsents();
      for (const as of ["otherPatient", "supervision", "northGateway"] as const) {
        await expect(consents.connect(signers[as]).withdrawAll(patient))
          .to.be.revertedWithCustomError(consents, "NoAuthority")
          .withArgs(patient, signers[as].address);
      }
    });

    it("ends every consent of this patient at once, those not begun too, and no other's", async () => {
      const { asPatient, consents, signers, draft, give, patient, now } = await deployConsents();
      const own = [draft(), draft(), draft({ validFrom: now + 50 * DAY })];
      for (const one of own) await give(one);
      const others = draft({ patient: signers.otherPatient.address as Address });
      await consents.connect(signers.otherPatient).give(others.terms, others.details);
      const at = now + 10 * DAY;
      await nextAt(at);
      await asPatient.withdrawAll(patient);
      for (const t of [at, at + 1, now + 60 * DAY]) {
        for (const { id } of own) expect(await consents.isInForce(id, t)).to.equal(false);
        expect(await consents.isInForce(others.id, t)).to.equal(true);
      }
      for (const { id } of own.slice(0, 2)) expect(await consents.isInForce(id, at - 1)).to.equal(true);
    });

    it("leaves room for new consents of the next epoch, which it does not touch", async () => {
      const { asPatient, consents, draft, give, patient, now } = await deployConsents();
      await asPatient.withdrawAll(patient);
      const one = draft({ epoch: 1 });
      await give(one);
      expect(await consents.isInForce(one.id, now + DAY)).to.equal(true);
    });

    it("allows the withdrawal of a single consent afterwards, for the record", async () => {
      const { asPatient, consents, draft, give, patient, status, now } = await deployConsents();
      const one = draft();
      await give(one);
      await nextAt(now + 100);
      await asPatient.withdrawAll(patient);
      await nextAt(now + 200);
      await asPatient.withdraw(one.id);
      expect(await status(one.id)).to.equal(Status.WITHDRAWN);
      // The epoch's end is the earlier one.
      expect(await consents.isInForce(one.id, now + 99)).to.equal(true);
      expect(await consents.isInForce(one.id, now + 100)).to.equal(false);
      expect(await consents.isInForce(one.id, now + 150)).to.equal(false);
    });

    it("remembers the end of each of 20 epochs, for every second around it", async () => {
      const { asPatient, consents, draft, give, patient, now } = await deployConsents();
      const epochs: { id: Hex; from: number; end: number }[] = [];
      let at = now + 10;
      for (let epoch = 0; epoch < 20; ++epoch) {
        const one = draft({ epoch });
        const [from, end] = [at, at + 2 + epoch];
        await nextAt(from);
        await give(one);
        await nextAt(end);
        await asPatient.withdrawAll(patient);
        epochs.push({ id: one.id, from, end });
        at = end + 3;
        // All those before, whose ends lie in the present word or in the archive.
        for (const { id, from: start, end: stop } of epochs) {
          const seconds = [start - 1, start, stop - 1, stop, stop + 1];
          const answers = await Promise.all(seconds.map((t) => consents.isInForce(id, t)));
          expect(answers, `epoch ${epoch}`).to.deep.equal([false, true, true, false, false]);
        }
      }
    });

    it("reverts after 255 times, when no consent can be left or given", async () => {
      const world = await deployConsents();
      const { asPatient, consents, draft, patient } = world;
      for (let epoch = 0; epoch < LAST_EPOCH - 1; ++epoch) await asPatient.withdrawAll(patient);
      const last = draft({ epoch: LAST_EPOCH - 1 });
      await asPatient.give(last.terms, last.details);
      await asPatient.withdrawAll(patient);
      const end = await time.latest();
      expect(await consents.isInForce(last.id, end - 1)).to.equal(true);
      expect(await consents.isInForce(last.id, end)).to.equal(false);
      await expect(asPatient.withdrawAll(patient))
        .to.be.revertedWithCustomError(consents, "ConsentsExhausted")
        .withArgs(patient);
      for (const epoch of [LAST_EPOCH, 0]) {
        const { terms, details } = draft({ epoch });
        await expect(asPatient.give(terms, details))
          .to.be.revertedWithCustomError(consents, "ConsentEpochInvalid")
          .withArgs(patient, epoch, LAST_EPOCH);
      }
    });
  });

  describe("refuse", () => {
    it("keeps refused terms from ever being given, even by a signature made before", async () => {
      const world = await deployConsents();
      const { asPatient, asStranger, draft } = world;
      const one = draft();
      const signed = await signGive(world, "patient", one);
      await asPatient.refuse(one.terms);
      for (const give of [
        () => asPatient.give(one.terms, one.details),
        () => asStranger.giveBySignature(signed),
        () => asStranger.giveMany([signed]),
      ]) {
        await expect(give()).to.be.revertedWithCustomError(asPatient, "ConsentExists").withArgs(one.id, Status.REFUSED);
      }
    });

    it("reverts for terms given before, whatever became of them", async () => {
      const world = await deployConsents();
      const { asPatient, draft, give } = world;
      const one = draft();
      await give(one);
      await expect(asPatient.refuse(one.terms))
        .to.be.revertedWithCustomError(asPatient, "ConsentExists")
        .withArgs(one.id, Status.GIVEN);
      await asPatient.withdraw(one.id);
      await expect(asPatient.refuse(one.terms))
        .to.be.revertedWithCustomError(asPatient, "ConsentExists")
        .withArgs(one.id, Status.WITHDRAWN);
    });

    it("reverts for terms with bits above their types", async () => {
      const { asPatient, signers, draft } = await deployConsents();
      const data = asPatient.interface.encodeFunctionData("refuse", [draft().terms]);
      for (const word of [0, 1, 2, 5]) {
        const dirty = dirtyTerms(data, word, "01");
        await expect(signers.patient.sendTransaction({ to: asPatient, data: dirty })).to.be.revert(ethers);
      }
      await expect(signers.patient.sendTransaction({ to: asPatient, data })).to.not.be.revert(ethers);
    });
  });

  describe("revoke and invalidate", () => {
    for (const name of ["revoke", "invalidate"] as const) {
      it(`refuses ${name} to anyone but the supervision`, async () => {
        const { consents, signers, draft, give } = await deployConsents();
        const one = draft();
        await give(one);
        for (const as of ["stranger", "patient", "deployer", "operator", "rules", "supervisor"] as const) {
          await expect(consents.connect(signers[as])[name](one.id, REASON))
            .to.be.revertedWithCustomError(consents, "AccessManagedUnauthorized")
            .withArgs(signers[as].address);
        }
      });

      it(`reverts for ${name} of an unknown consent`, async () => {
        const { asSupervision } = await deployConsents();
        await expect(asSupervision[name](UNKNOWN, REASON))
          .to.be.revertedWithCustomError(asSupervision, "ConsentUnknown")
          .withArgs(UNKNOWN);
      });
    }

    it("ends a revoked consent at once, and leaves the past as it was", async () => {
      const { asSupervision, consents, signers, draft, give, patient, status, now } = await deployConsents();
      const one = draft();
      await give(one);
      await nextAt(now + DAY);
      await expect(asSupervision.revoke(one.id, REASON))
        .to.emit(consents, "ConsentRevoked")
        .withArgs(one.id, patient, REASON, signers.supervision.address);
      expect(await status(one.id)).to.equal(Status.REVOKED);
      expect(await consents.isInForce(one.id, now + DAY - 1)).to.equal(true);
      expect(await consents.isInForce(one.id, now + DAY)).to.equal(false);
    });

    for (const end of ["nothing", "withdrawn", "revoked"]) {
      it(`lets an invalidated consent count at no second, after ${end}`, async () => {
        const world = await deployConsents();
        const { asSupervision, consents, signers, draft, give, patient, now } = world;
        const one = draft();
        await give(one);
        await nextAt(now + DAY);
        await ENDS[end]?.end(world, one.id);
        await nextAt(now + 2 * DAY);
        await expect(asSupervision.invalidate(one.id, REASON))
          .to.emit(consents, "ConsentInvalidated")
          .withArgs(one.id, patient, REASON, signers.supervision.address);
        const { from } = await consents.consent(one.id);
        for (const t of [from - 1n, from, from + 1n, BigInt(now + DAY - 1), BigInt(now + 3 * DAY)]) {
          expect(await consents.isInForce(one.id, t)).to.equal(false);
        }
      });
    }
  });

  describe("guardians", () => {
    it("keep the minor from consenting, refusing and withdrawing", async () => {
      const world = await deployGuardianship();
      const { asMinor, asGuardian, consents, minor, draft, draftOfGuardian } = world;
      const one = draftOfGuardian();
      await asGuardian.give(one.terms, one.details);
      const own = draft({ patient: minor });
      for (const act of [
        () => asMinor.give(own.terms, own.details),
        () => asMinor.refuse(own.terms),
        () => asMinor.withdraw(one.id),
        () => asMinor.withdrawAll(minor),
      ]) {
        await expect(act()).to.be.revertedWithCustomError(consents, "NoAuthority").withArgs(minor, minor);
      }
    });

    it("must sign as guardians", async () => {
      const { asGuardian, draftOfGuardian } = await deployGuardianship();
      for (const flags of [[], ["delegateSigned"], ["guardianSigned", "delegateSigned"]] as const) {
        const { id, terms, details } = draftOfGuardian({ flags });
        await expect(asGuardian.give(terms, details))
          .to.be.revertedWithCustomError(asGuardian, "ConsentAuthorityFlag")
          .withArgs(id, Authority.GUARDIAN);
      }
    });

    it("give consents that lapse at the second of majority", async () => {
      const { asGuardian, consents, signers, minor, majority, draftOfGuardian } = await deployGuardianship();
      const { id, terms, details } = draftOfGuardian();
      const scope = [terms.institution, terms.agent, terms.study, terms.policy, 0, majority];
      await expect(asGuardian.give(terms, details))
        .to.emit(consents, "ConsentGiven")
        .withArgs(id, minor, ...scope, Object.values(details), signers.guardian.address);
      for (const [t, expected] of [
        [majority - 1, true],
        [majority, false],
        [majority + 1, false],
      ] as const) {
        expect(await consents.isInForce(id, t)).to.equal(expected);
      }
    });

    it("give consents that end by their own terms if that is earlier", async () => {
      const { asGuardian, consents, now, draftOfGuardian } = await deployGuardianship();
      const { id, terms, details } = draftOfGuardian({ validUntil: now + YEAR });
      await asGuardian.give(terms, details);
      expect((await consents.consent(id)).until).to.equal(now + YEAR);
    });

    it("withdraw, withdraw all and refuse", async () => {
      const { asGuardian, consents, signers, minor, status, draftOfGuardian } = await deployGuardianship();
      const [one, two] = [draftOfGuardian(), draftOfGuardian()];
      await asGuardian.give(one.terms, one.details);
      await expect(asGuardian.withdraw(one.id))
        .to.emit(consents, "ConsentWithdrawn")
        .withArgs(one.id, minor, signers.guardian.address);
      await asGuardian.refuse(two.terms);
      expect(await status(two.id)).to.equal(Status.REFUSED);
      await expect(asGuardian.withdrawAll(minor))
        .to.emit(consents, "AllConsentsWithdrawn")
        .withArgs(minor, 0, signers.guardian.address);
    });

    it("have the last word the second before majority, and none from it on", async () => {
      const { asGuardian, asStranger, consents, signers, minor, majority, draftOfGuardian, ...world } =
        await deployGuardianship();
      const [early, late] = [draftOfGuardian(), draftOfGuardian()];
      const signed = await signGive({ ...world, consents, signers } as unknown as World, "guardian", late);
      await nextAt(majority - 1);
      await asGuardian.give(early.terms, early.details);
      expect(await consents.isInForce(early.id, majority - 1)).to.equal(true);
      expect(await consents.isInForce(early.id, majority)).to.equal(false);
      await nextAt(majority);
      for (const act of [
        () => asStranger.giveBySignature(signed),
        () => asGuardian.give(late.terms, late.details),
        () => asGuardian.refuse(late.terms),
        () => asGuardian.withdraw(early.id),
        () => asGuardian.withdrawAll(minor),
      ]) {
        await expect(act())
          .to.be.revertedWithCustomError(consents, "NoAuthority")
          .withArgs(minor, signers.guardian.address);
      }
    });

    it("hand over to the patient, who may reaffirm, without the guardian's flag", async () => {
      const { asGuardian, asMinor, consents, minor, majority, status, draft, draftOfGuardian } =
        await deployGuardianship();
      const first = draftOfGuardian();
      await asGuardian.give(first.terms, first.details);
      await nextAt(majority);
      const flagged = draftOfGuardian({ previous: first.id });
      await expect(asMinor.give(flagged.terms, flagged.details))
        .to.be.revertedWithCustomError(consents, "ConsentAuthorityFlag")
        .withArgs(flagged.id, Authority.SELF);
      const renewal = draft({ patient: minor, previous: first.id, validUntil: majority + YEAR });
      await asMinor.give(renewal.terms, renewal.details);
      expect(await status(renewal.id)).to.equal(Status.RENEWED);
      expect(await consents.isInForce(first.id, majority + DAY)).to.equal(false);
      expect(await consents.isInForce(renewal.id, majority + DAY)).to.equal(true);
    });
  });

  describe("delegates", () => {
    async function deployActive() {
      const world = await deployMandate();
      await goTo(world.from);
      return world;
    }

    const beyond: [string, Draft][] = [
      ["a purpose", { purposes: ["TREAT", "HRESCH", "HMARKT"] }],
      ["a use", { duoUses: ["health", "beyondHealth"] }],
      ["a category", { categories: ["labs", "imaging", "genomics"] }],
      ["a level", { level: 3 }],
      ["a sensitivity", { sensitivities: ["PSY", "HIV"] }],
      ["a kind of recipient", { recipients: ["research", "hospital", "insurer"] }],
      ["a region", { regions: [0, 1] }],
      ["a flag that a request may want", { flags: ["recontact", "aiTraining"] }],
      ["approval without asking", { flags: ["recontact", "autoApprove"] }],
      ["a share of revenue", { flags: ["recontact", "rewardOptIn"] }],
      ["a dropped condition", { modifiers: [] }],
      ["less de-identification", { deidentification: 0 }],
    ];
    for (const [name, fields] of beyond) {
      it(`cannot go beyond the mandate by ${name}`, async () => {
        const { asTrust, give, mandate, draftOfTrust, draft, bounds } = await deployActive();
        const one = draftOfTrust(fields);
        await expect(asTrust.give(one.terms, one.details))
          .to.be.revertedWithCustomError(asTrust, "ConsentBeyondMandate")
          .withArgs(one.id, mandate);
        // Nor can they withdraw what they could not have given.
        const own = draft({ ...bounds, ...fields });
        await give(own);
        await expect(asTrust.withdrawAsDelegate(own.terms))
          .to.be.revertedWithCustomError(asTrust, "ConsentBeyondMandate")
          .withArgs(own.id, mandate);
      });
    }

    it("cannot go beyond the mandate's first or last second", async () => {
      const { asTrust, from, until, mandate, draftOfTrust } = await deployActive();
      for (const fields of [{ validFrom: from - 1 }, { validFrom: 0 }, { validUntil: until + 1 }]) {
        const { id, terms, details } = draftOfTrust(fields);
        await expect(asTrust.give(terms, details))
          .to.be.revertedWithCustomError(asTrust, "ConsentBeyondMandate")
          .withArgs(id, mandate);
      }
    });

    it("must sign as delegates", async () => {
      const { asTrust, draft, bounds } = await deployActive();
      for (const flags of [[], ["guardianSigned"], ["guardianSigned", "delegateSigned"]] as const) {
        const { id, terms, details } = draft({ ...bounds, flags });
        await expect(asTrust.give(terms, details))
          .to.be.revertedWithCustomError(asTrust, "ConsentAuthorityFlag")
          .withArgs(id, Authority.DELEGATE);
      }
    });

    it("act from the mandate's first second to its last", async () => {
      const { asTrust, consents, signers, patient, from, until, draftOfTrust } = await deployMandate();
      const [first, last, late] = [draftOfTrust(), draftOfTrust(), draftOfTrust()];
      for (const [second, one] of [
        [from - 1, first],
        [until, late],
      ] as const) {
        if (second === until) {
          await nextAt(from);
          await asTrust.give(first.terms, first.details);
          await nextAt(until - 1);
          await asTrust.give(last.terms, last.details);
          expect(await consents.isInForce(last.id, until - 1)).to.equal(true);
          expect(await consents.isInForce(last.id, until)).to.equal(false);
        }
        await nextAt(second);
        await expect(asTrust.give(one.terms, one.details))
          .to.be.revertedWithCustomError(consents, "NoAuthority")
          .withArgs(patient, signers.dataTrust.address);
      }
    });

    it("give and withdraw within the mandate, by signature too", async () => {
      const world = await deployActive();
      const { asTrust, asStranger, consents, signers, patient, status, draftOfTrust } = world;
      const [one, two] = [draftOfTrust(), draftOfTrust()];
      await asTrust.give(one.terms, one.details);
      await asStranger.giveBySignature(await signGive(world, "dataTrust", two));
      for (const { id, terms } of [one, two]) {
        expect(await status(id)).to.equal(Status.GIVEN);
        await expect(asTrust.withdrawAsDelegate(terms))
          .to.emit(consents, "ConsentWithdrawn")
          .withArgs(id, patient, signers.dataTrust.address);
        await expect(asTrust.withdrawAsDelegate(terms))
          .to.be.revertedWithCustomError(consents, "ConsentEnded")
          .withArgs(id, Status.WITHDRAWN);
      }
    });

    it("cannot withdraw otherwise, nor all", async () => {
      const { asTrust, consents, signers, patient, draftOfTrust } = await deployActive();
      const one = draftOfTrust();
      await asTrust.give(one.terms, one.details);
      for (const act of [() => asTrust.withdraw(one.id), () => asTrust.withdrawAll(patient)]) {
        await expect(act())
          .to.be.revertedWithCustomError(consents, "NoAuthority")
          .withArgs(patient, signers.dataTrust.address);
      }
    });

    it("alone use withdrawAsDelegate", async () => {
      const { asTrust, consents, signers, patient, draftOfTrust } = await deployActive();
      const one = draftOfTrust();
      await expect(asTrust.withdrawAsDelegate(one.terms))
        .to.be.revertedWithCustomError(consents, "ConsentUnknown")
        .withArgs(one.id);
      await asTrust.give(one.terms, one.details);
      for (const as of ["patient", "stranger"] as const) {
        await expect(consents.connect(signers[as]).withdrawAsDelegate(one.terms))
          .to.be.revertedWithCustomError(consents, "NoAuthority")
          .withArgs(patient, signers[as].address);
      }
    });

    it("lose all with the mandate, also signatures not yet relayed; the patient may withdraw what they gave", async () => {
      const world = await deployActive();
      const { asTrust, asPatient, asStranger, consents, patients, signers, patient, status, draftOfTrust } = world;
      const [one, two] = [draftOfTrust(), draftOfTrust()];
      await asTrust.give(one.terms, one.details);
      const signed = await signGive(world, "dataTrust", two);
      await patients.connect(signers.patient).endMandate(patient, signers.dataTrust);
      for (const act of [
        () => asTrust.give(two.terms, two.details),
        () => asStranger.giveBySignature(signed),
        () => asTrust.refuse(two.terms),
        () => asTrust.withdrawAsDelegate(one.terms),
      ]) {
        await expect(act())
          .to.be.revertedWithCustomError(consents, "NoAuthority")
          .withArgs(patient, signers.dataTrust.address);
      }
      await asPatient.withdraw(one.id);
      expect(await status(one.id)).to.equal(Status.WITHDRAWN);
    });

    it("of a guardian give consents that end at majority", async () => {
      const { patients, consents, signers, minor, majority, policy, draft } = await deployGuardianship();
      const mandate = policy({ validUntil: majority + YEAR });
      await patients.connect(signers.guardian).giveMandate(minor, signers.dataTrust, mandate);
      const one = draft({ patient: minor, flags: ["delegateSigned"], validUntil: majority + YEAR });
      await consents.connect(signers.dataTrust).give(one.terms, one.details);
      expect(await consents.isInForce(one.id, majority - 1)).to.equal(true);
      expect(await consents.isInForce(one.id, majority)).to.equal(false);
    });
  });

  describe("deactivated patients", () => {
    it("are acted for by nobody", async () => {
      const world = await deployConsents();
      const { asPatient, asStranger, consents, patients, signers, draft, give, patient } = world;
      const [one, two] = [draft(), draft()];
      await give(one);
      const signed = await signGive(world, "patient", two);
      await patients.connect(signers.patient).changeOwner(patient, ethers.ZeroAddress);
      for (const act of [
        () => asPatient.give(two.terms, two.details),
        () => asStranger.giveBySignature(signed),
        () => asPatient.refuse(two.terms),
        () => asPatient.withdraw(one.id),
        () => asPatient.withdrawAll(patient),
      ]) {
        await expect(act()).to.be.revertedWithCustomError(consents, "NoAuthority").withArgs(patient, patient);
      }
    });
  });

  describe("owners", () => {
    it("take authority over from the key that had it, signatures not yet relayed included", async () => {
      const world = await deployConsents();
      const { asPatient, asStranger, consents, patients, signers, draft, give, patient } = world;
      const [one, two] = [draft(), draft()];
      await give(one);
      const signed = await signGive(world, "patient", two);
      await patients.connect(signers.patient).changeOwner(patient, signers.helper1);
      for (const act of [() => asStranger.giveBySignature(signed), () => asPatient.withdraw(one.id)]) {
        await expect(act()).to.be.revertedWithCustomError(consents, "NoAuthority").withArgs(patient, patient);
      }
      await expect(consents.connect(signers.helper1).withdraw(one.id))
        .to.emit(consents, "ConsentWithdrawn")
        .withArgs(one.id, patient, signers.helper1.address);
    });
  });

  describe("views", () => {
    it("know nothing of what was never given", async () => {
      const { consents, patient, now } = await deployConsents();
      expect([...(await consents.consent(UNKNOWN))]).to.deep.equal([ethers.ZeroAddress, 0n, 0n, 0n, 0n]);
      expect(await consents.epochOf(patient)).to.equal(0n);
      for (const t of [0, now, Number(MAX_UINT40)]) expect(await consents.isInForce(UNKNOWN, t)).to.equal(false);
    });

    it("name consents and details as the client does", async () => {
      const { consents, draft } = await deployConsents();
      const { id, terms, details }: CreateConsentReturnType = draft({ institution: 7, epoch: 9, previous: UNKNOWN });
      expect(await consents.consentId(terms)).to.equal(id);
      expect(await consents.detailsHash(details)).to.equal(detailsHash(details));
    });
  });
});
