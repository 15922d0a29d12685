import { expect } from "chai";
import type { Address } from "viem";
import { signRefuseConsent } from "@consilium/sdk";
import { deployMandate, goTo, nextAt, Status, typedDataSigner, YEAR, DAY, type Draft } from "./consentFixtures.ts";

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
