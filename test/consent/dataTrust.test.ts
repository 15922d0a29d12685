import { expect } from "chai";
import type { Address } from "viem";
import { signRefuseConsent } from "@consilium/sdk";
import {
  deployMandate,
  goTo,
  networkHelpers,
  nextAt,
  REASON,
  Status,
  typedDataSigner,
  YEAR,
  DAY,
  type Draft,
} from "./consentFixtures.ts";

const FOREVER = 2n ** 256n - 1n;

/** The patient has given a data trust a mandate for 100 days, which has begun. */
async function deployTrust() {
  const world = await deployMandate();
  await goTo(world.from);
  return world;
}

/** What the trust would like beyond its mandate. */
const OVERSTEPS: [string, Draft][] = [
  ["another purpose", { purposes: ["TREAT", "HRESCH", "HMARKT"] }],
  ["another category", { categories: ["labs", "imaging", "genomics"] }],
  ["a higher level", { level: 3 }],
  ["a lower de-identification", { deidentification: 0 }],
  ["other recipients", { recipients: ["research", "hospital", "insurer"] }],
  ["other regions", { regions: [0, 1] }],
  ["fewer conditions", { modifiers: [] }],
  ["sensitive matters", { sensitivities: ["PSY", "HIV"] }],
  ["approval without asking", { flags: ["recontact", "autoApprove"] }],
  ["use for AI", { flags: ["recontact", "aiTraining"] }],
  ["use across borders", { flags: ["recontact", "crossBorder"] }],
];

describe("A data trust that oversteps", () => {
  for (const [what, beyond] of OVERSTEPS) {
    it(`neither gives, nor refuses, nor withdraws what goes beyond its mandate by ${what}`, async () => {
      const { asTrust, give, consents, mandate, draft, draftOfTrust, bounds, status } = await deployTrust();
      const wish = draftOfTrust(beyond);
      await expect(asTrust.give(wish.terms, wish.details))
        .to.be.revertedWithCustomError(consents, "ConsentBeyondMandate")
        .withArgs(wish.id, mandate);
      await expect(asTrust.refuse(wish.terms))
        .to.be.revertedWithCustomError(consents, "ConsentBeyondMandate")
        .withArgs(wish.id, mandate);

      const own = draft({ ...bounds, ...beyond });
      await give(own);
      await expect(asTrust.withdrawAsDelegate(own.terms))
        .to.be.revertedWithCustomError(consents, "ConsentBeyondMandate")
        .withArgs(own.id, mandate);
      expect(await status(own.id)).to.equal(Status.GIVEN);
    });
  }

  it("cannot keep the patient from a consent by refusing it first, itself or by a signature that another sends", async () => {
    const { asTrust, asStranger, consents, signers, contract, mandate, draft, give, status, now } = await deployTrust();
    const own = draft({ purposes: ["TREAT"], validUntil: now + YEAR });
    await expect(asTrust.refuse(own.terms))
      .to.be.revertedWithCustomError(consents, "ConsentBeyondMandate")
      .withArgs(own.id, mandate);
    const { dataTrust } = signers;
    const form = { ...contract, ...own, signer: dataTrust.address as Address, deadline: FOREVER };
    const { signature } = await signRefuseConsent(typedDataSigner(dataTrust), form);
    await expect(asStranger.refuseBySignature(own.terms, dataTrust, FOREVER, signature))
      .to.be.revertedWithCustomError(consents, "ConsentBeyondMandate")
      .withArgs(own.id, mandate);
    await give(own);
    expect(await status(own.id)).to.equal(Status.GIVEN);
  });

  it("does within its mandate what it was appointed for: gives, withdraws, refuses", async () => {
    const { asTrust, draftOfTrust, status } = await deployTrust();
    const [given, refused] = [draftOfTrust(), draftOfTrust({ level: 1 })];
    await asTrust.give(given.terms, given.details);
    await asTrust.withdrawAsDelegate(given.terms);
    await asTrust.refuse(refused.terms);
    expect([await status(given.id), await status(refused.id)]).to.deep.equal([Status.WITHDRAWN, Status.REFUSED]);
  });

  it("ends with its time: neither it nor a consent of its own outlives the mandate's last second", async () => {
    const { asTrust, consents, patient, signers, draftOfTrust, until } = await deployTrust();
    const [one, late] = [draftOfTrust(), draftOfTrust()];
    await nextAt(until - 1);
    await asTrust.give(one.terms, one.details);
    expect(await consents.isInForce(one.id, until - 1)).to.equal(true);
    expect(await consents.isInForce(one.id, until)).to.equal(false);
    await nextAt(until);
    for (const act of [
      () => asTrust.give(late.terms, late.details),
      () => asTrust.refuse(late.terms),
      () => asTrust.withdrawAsDelegate(one.terms),
    ]) {
      await expect(act())
        .to.be.revertedWithCustomError(consents, "NoAuthority")
        .withArgs(patient, signers.dataTrust.address);
    }
  });

  it("is dismissed by the patient at once, who withdraws what it gave, and all of it with one call", async () => {
    const { asTrust, asPatient, patients, consents, patient, signers, draftOfTrust, status, from } =
      await deployTrust();
    const [one, two, wish] = [draftOfTrust(), draftOfTrust(), draftOfTrust()];
    await asTrust.give(one.terms, one.details);
    await asTrust.give(two.terms, two.details);
    await nextAt(from + 10 * DAY);
    await patients.connect(signers.patient).endMandate(patient, signers.dataTrust);
    await expect(asTrust.give(wish.terms, wish.details))
      .to.be.revertedWithCustomError(consents, "NoAuthority")
      .withArgs(patient, signers.dataTrust.address);
    await asPatient.withdraw(one.id);
    expect(await status(one.id)).to.equal(Status.WITHDRAWN);
    const last = from + 20 * DAY;
    await nextAt(last);
    await asPatient.withdrawAll(patient);
    expect(await consents.isInForce(two.id, last - 1)).to.equal(true);
    expect(await consents.isInForce(two.id, last)).to.equal(false);
  });

  it("takes no more than the patient left it, once a narrower mandate replaced the first", async () => {
    const { asTrust, patients, consents, patient, signers, draftOfTrust, policy, bounds } = await deployTrust();
    const narrower = policy({ ...bounds, level: 1 });
    const wish = draftOfTrust();
    await patients.connect(signers.patient).giveMandate(patient, signers.dataTrust, narrower);
    await expect(asTrust.give(wish.terms, wish.details))
      .to.be.revertedWithCustomError(consents, "ConsentBeyondMandate")
      .withArgs(wish.id, narrower);
    const within = draftOfTrust({ level: 1 });
    await asTrust.give(within.terms, within.details);
  });

  it("does nothing while the trust is suspended, from that very block to the last second, whatever its mandate", async () => {
    const { asTrust, asStranger, asPatient, consents, institutions, signers, contract, ...world } = await deployTrust();
    const { patient, dataTrust, draftOfTrust, status, from } = world;
    const [given, wish] = [draftOfTrust(), draftOfTrust()];
    await asTrust.give(given.terms, given.details);
    const wallet = signers.dataTrust;
    const form = { ...contract, ...wish, signer: wallet.address as Address, deadline: FOREVER };
    const { signature } = await signRefuseConsent(typedDataSigner(wallet), form);
    const acts = [
      () => asTrust.give(wish.terms, wish.details),
      () => asTrust.refuse(wish.terms),
      () => asTrust.withdrawAsDelegate(given.terms),
      () => asStranger.refuseBySignature(wish.terms, wallet, FOREVER, signature),
    ];
    const [since, until] = [from + DAY, from + 5 * DAY];
    await networkHelpers.time.setNextBlockTimestamp(since);
    await institutions.connect(signers.supervision).suspend(dataTrust, until, REASON);
    for (const second of [since, until - 1]) {
      for (const act of acts) {
        await expect(act.call(undefined), `at ${second}`)
          .to.be.revertedWithCustomError(consents, "DelegateNotPermitted")
          .withArgs(patient, wallet.address);
      }
      if (second === since) await goTo(until - 20);
    }
    await asPatient.withdraw(given.id);
    await nextAt(until);
    await asTrust.give(wish.terms, wish.details);
    expect(await status(wish.id)).to.equal(Status.GIVEN);
  });

  it("does nothing once its accreditation's roles are over, or it is expelled; nor does a wallet of another kind of member", async () => {
    const { asTrust, consents, institutions, patients, signers, patient, dataTrust, mandate, draftOfTrust } =
      await deployTrust();
    const wish = draftOfTrust();
    const { officer } = signers;
    await patients.connect(signers.patient).giveMandate(patient, officer, mandate);
    await patients.connect(signers.patient).giveMandate(patient, signers.stranger, mandate);
    for (const wallet of [officer, signers.stranger]) {
      await expect(consents.connect(wallet).give(wish.terms, wish.details))
        .to.be.revertedWithCustomError(consents, "DelegateNotPermitted")
        .withArgs(patient, wallet.address);
    }
    await institutions.connect(signers.supervision).expel(dataTrust, REASON);
    await expect(asTrust.give(wish.terms, wish.details))
      .to.be.revertedWithCustomError(consents, "DelegateNotPermitted")
      .withArgs(patient, signers.dataTrust.address);
  });

  it("passes its mandate on to nobody, nor ends the patient's other consents", async () => {
    const { asTrust, patients, consents, patient, signers, mandate } = await deployTrust();
    await expect(patients.connect(signers.dataTrust).giveMandate(patient, signers.stranger, mandate))
      .to.be.revertedWithCustomError(patients, "NotIdentityOwner")
      .withArgs(patient, signers.dataTrust.address);
    await expect(asTrust.withdrawAll(patient))
      .to.be.revertedWithCustomError(consents, "NoAuthority")
      .withArgs(patient, signers.dataTrust.address);
  });
});
