import { expect } from "chai";
import type { Address, Hex } from "viem";
import { deployConsents, DAY, ethers, nextAt, Status, type Drafted, type World } from "./consentFixtures.ts";
import { ACTS, formsOf, keyOf, patientOf, perform, type Act, type Form } from "./consentForms.ts";

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** A consent of the form's patient, given already where the act ends it. */
async function prepare(act: Act, form: Form) {
  const world = await deployConsents();
  const consent = world.draft({ patient: patientOf(world, form) });
  if (act === "withdraw" || act === "withdrawAll") await giveDirect(world, form, consent);
  return { world, consent, patient: consent.terms.patient };
}

async function giveDirect(world: World, form: Form, consent: Drafted): Promise<void> {
  await perform(world, { ...form, kind: "direct", isRelayed: false }, "give", consent);
}

/** What an act leaves behind, to be compared before and after. */
async function stateOf({ consents }: World, { id, terms }: Drafted) {
  return [...(await consents.consent(id)), await consents.epochOf(terms.patient)];
}

/** The same key's other signature over the same digest: s mirrored, v flipped. */
function malleate(signature: Hex): Hex {
  const { r, s, v } = ethers.Signature.from(signature);
  const mirrored = ethers.toBeHex(CURVE_ORDER - BigInt(s), 32);
  return ethers.concat([r, mirrored, ethers.toBeHex(v === 27 ? 28 : 27)]) as Hex;
}

describe("ConsentRegistry, in every form", () => {
  for (const act of ACTS) {
    for (const form of formsOf(act)) {
      describe(`${act}, ${form.name}`, () => {
        it("reverts for a stranger who acts in their own name", async () => {
          const { world, consent, patient } = await prepare(act, form);
          const before = await stateOf(world, consent);
          const stranger = world.signers.stranger;
          await expect(perform(world, form, act, consent, { key: stranger, signer: stranger.address as Address }))
            .to.be.revertedWithCustomError(world.consents, "NoAuthority")
            .withArgs(patient, stranger.address);
          expect(await stateOf(world, consent)).to.deep.equal(before);
        });

        it("takes effect, and names the patient as actor whoever sends it", async () => {
          const { world, consent, patient } = await prepare(act, form);
          const { consents, draft, now } = world;
          const { id, terms, details } = consent;
          const at = now + 1_000;
          const other = draft({ patient });
          if (act !== "give") await giveDirect(world, form, other);
          await nextAt(at);
          const tx = perform(world, form, act, consent);
          const given = { patient, from: BigInt(at), until: BigInt(untilOf(world, consent)), epoch: 0n };

          if (act === "give") {
            const scope = [terms.institution, terms.agent, terms.study, terms.policy, 0, given.until];
            await expect(tx)
              .to.emit(consents, "ConsentGiven")
              .withArgs(id, patient, ...scope, Object.values(details), patient);
            expect([...(await consents.consent(id))]).to.deep.equal([...Object.values(given), Status.GIVEN]);
            expect(await consents.isInForce(id, at - 1)).to.equal(false);
            expect(await consents.isInForce(id, at)).to.equal(true);
          } else if (act === "refuse") {
            await expect(tx).to.emit(consents, "ConsentRefused").withArgs(id, patient, Object.values(terms), patient);
            expect([...(await consents.consent(id))]).to.deep.equal([patient, 0n, 0n, 0n, Status.REFUSED]);
            expect(await consents.isInForce(id, at)).to.equal(false);
          } else if (act === "withdraw") {
            await expect(tx).to.emit(consents, "ConsentWithdrawn").withArgs(id, patient, patient);
            const kept = await consents.consent(id);
            expect([kept.status, kept.until]).to.deep.equal([Status.WITHDRAWN, BigInt(at)]);
            expect(await consents.isInForce(id, at - 1)).to.equal(true);
            expect(await consents.isInForce(id, at)).to.equal(false);
          } else {
            await expect(tx).to.emit(consents, "AllConsentsWithdrawn").withArgs(patient, 0, patient);
            expect(await consents.epochOf(patient)).to.equal(1n);
            expect(await consents.isInForce(id, at - 1)).to.equal(true);
            expect(await consents.isInForce(id, at)).to.equal(false);
          }
          if (act !== "give") expect(await consents.isInForce(other.id, at)).to.equal(act !== "withdrawAll");
        });

        it("works once", async () => {
          const { world, consent, patient } = await prepare(act, form);
          await perform(world, form, act, consent);
          const again = perform(world, form, act, consent);
          if (act === "withdrawAll" && form.kind === "direct") {
            await again;
            expect(await world.consents.epochOf(patient)).to.equal(2n);
            return;
          }
          const [error, ...args] = {
            give: ["ConsentExists", consent.id, Status.GIVEN],
            refuse: ["ConsentExists", consent.id, Status.REFUSED],
            withdraw: ["ConsentEnded", consent.id, Status.WITHDRAWN],
            withdrawAll: ["ConsentEpochInvalid", patient, 0, 1],
          }[act] as [string, ...unknown[]];
          await expect(again)
            .to.be.revertedWithCustomError(world.consents, error)
            .withArgs(...args);
        });

        if (form.kind === "direct") return;

        it("works up to the last second of its deadline", async () => {
          for (const late of [-1, 0]) {
            const { world, consent } = await prepare(act, form);
            const deadline = world.now + DAY;
            await nextAt(deadline + late);
            await expect(perform(world, form, act, consent, { deadline: BigInt(deadline) })).to.not.be.revert(ethers);
          }
        });

        it("reverts from the second after its deadline", async () => {
          const { world, consent } = await prepare(act, form);
          const deadline = world.now + DAY;
          await nextAt(deadline + 1);
          await expect(perform(world, form, act, consent, { deadline: BigInt(deadline) }))
            .to.be.revertedWithCustomError(world.consents, "SignatureExpired")
            .withArgs(deadline);
        });

        it("reverts for a signature of another key, act, consent, deadline, chain or contract", async () => {
          const { world, consent, patient } = await prepare(act, form);
          const before = await stateOf(world, consent);
          const { consents, draft, signers, policy } = world;
          const other = draft({ patient });
          const twin = { ...consent, details: { ...consent.details, salt: consent.details.salt + 1n } };
          const wider = { ...consent, terms: { ...consent.terms, policy: policy({ level: 3 }) } };
          const wrong = [
            { key: signers.stranger },
            ...ACTS.filter((one) => one !== act).map((signedAct) => ({ signedAct })),
            ...(act === "withdrawAll" ? [] : [{ signed: other }]),
            ...(act === "give" || act === "refuse" ? [{ signed: twin }, { signed: wider }] : []),
            { deadline: 2n ** 39n, sentDeadline: 2n ** 40n },
            { chainId: 1 },
            { verifyingContract: signers.stranger.address as Address },
          ];
          for (const deviation of wrong) {
            await expect(perform(world, form, act, consent, deviation))
              .to.be.revertedWithCustomError(consents, "SignatureInvalid")
              .withArgs(patient);
          }
          expect(await stateOf(world, consent)).to.deep.equal(before);
        });

        it("reverts at another registry of the same patients", async () => {
          const { world, consent, patient } = await prepare(act, form);
          const target = await ethers.deployContract("ConsentRegistry", [
            world.authority,
            world.patients,
            world.institutions,
          ]);
          await expect(perform(world, form, act, consent, { target }))
            .to.be.revertedWithCustomError(target, "SignatureInvalid")
            .withArgs(patient);
        });

        it("reverts for a malleated, cut, padded or empty signature", async () => {
          const { world, consent, patient } = await prepare(act, form);
          const before = await stateOf(world, consent);
          const altered: ((signature: Hex) => Hex)[] = [
            malleate,
            (signature) => signature.slice(0, -2) as Hex,
            (signature) => `${signature}00`,
            () => "0x",
            () => `0x${"00".repeat(65)}`,
            (signature) => `${signature.slice(0, -2)}1d` as Hex,
          ];
          for (const alter of altered) {
            await expect(perform(world, form, act, consent, { alter }))
              .to.be.revertedWithCustomError(world.consents, "SignatureInvalid")
              .withArgs(patient);
          }
          expect(await stateOf(world, consent)).to.deep.equal(before);
        });

        it("reverts for a signature in the name of another, or of nobody", async () => {
          const { world, consent } = await prepare(act, form);
          const { stranger } = world.signers;
          for (const signer of [stranger.address, ethers.ZeroAddress] as Address[]) {
            await expect(perform(world, form, act, consent, { signer }))
              .to.be.revertedWithCustomError(world.consents, "SignatureInvalid")
              .withArgs(signer);
          }
        });

        it("dies with the patient's consents when all are withdrawn before it is relayed", async () => {
          const { world, consent, patient } = await prepare(act, form);
          await perform(world, { ...form, kind: "direct", isRelayed: false }, "withdrawAll", consent);
          const relayed = perform(world, form, act, consent);
          if (act === "give" || act === "withdrawAll") {
            await expect(relayed)
              .to.be.revertedWithCustomError(world.consents, "ConsentEpochInvalid")
              .withArgs(patient, 0, 1);
          } else {
            // A refusal or a withdrawal takes rights away only: it may still be put on record.
            await relayed;
            expect(await world.consents.isInForce(consent.id, world.now + DAY)).to.equal(false);
          }
        });
      });
    }
  }

  it("takes the key of a contract wallet for the wallet alone, and no longer than the wallet says so", async () => {
    const world = await deployConsents();
    const { signers, walletAddress, consents, draft } = world;
    const form: Form = { name: "", kind: "signed", isContract: true, isRelayed: true };
    const consent = draft({ patient: walletAddress });
    await expect(perform(world, form, "give", consent, { signer: signers.otherPatient.address as Address }))
      .to.be.revertedWithCustomError(consents, "NoAuthority")
      .withArgs(walletAddress, signers.otherPatient.address);
    await expect(perform(world, form, "give", consent, { key: keyOf(world, { ...form, isContract: false }) }))
      .to.be.revertedWithCustomError(consents, "SignatureInvalid")
      .withArgs(walletAddress);
  });
});

/** The policy's end. */
function untilOf({ now }: World, { terms }: Drafted): number {
  const until = Number((terms.policy >> 144n) & (2n ** 40n - 1n));
  if (until <= now) throw new Error("The consent is over");
  return until;
}
