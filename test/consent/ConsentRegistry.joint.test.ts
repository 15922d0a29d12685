import { expect } from "chai";
import { ZeroAddress } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Address, Hex } from "viem";
import { signGiveConsent } from "@consilium/sdk";
import {
  Authority,
  DAY,
  deployConsents,
  ethers,
  goTo,
  nextAt,
  Status,
  typedDataSigner,
  UNKNOWN,
  YEAR,
  type Draft,
  type Drafted,
} from "./consentFixtures.ts";

const FOREVER = 2n ** 256n - 1n;

/** A minor with an age of assent in four years and majority in eight, one guardian or two. */
async function deployMinor(isTwo = false) {
  const world = await deployConsents();
  const { patients, consents, signers, now, draft, contract } = world;
  const minor = signers.minor.address as Address;
  const [assentFrom, majority] = [now + 4 * YEAR, now + 8 * YEAR];
  const { guardian, helper1: coGuardian } = signers;
  const second = isTwo ? coGuardian.address : ZeroAddress;
  await patients.connect(signers.minor).appointGuardian(minor, guardian, second, assentFrom, majority);

  /** The wallet's signature of a consent. */
  async function sign(by: HardhatEthersSigner, one: Drafted, deadline: bigint = FOREVER): Promise<Hex> {
    const form = { ...contract, ...one, signer: by.address as Address, deadline };
    return (await signGiveConsent(typedDataSigner(by), form)).signature;
  }
  return {
    ...world,
    ...{ minor, assentFrom, majority, guardian, coGuardian, sign },
    child: signers.minor,
    asGuardian: consents.connect(guardian),
    asMinor: consents.connect(signers.minor),
    draftOfMinor: (fields: Draft = {}): Drafted =>
      draft({ patient: minor, flags: ["guardianSigned"], validUntil: now + 20 * YEAR, ...fields }),
    /** Given by all of these together, sent by a stranger. */
    giveTogether: async (one: Drafted, by: HardhatEthersSigner[], deadline: bigint = FOREVER) => {
      const signatures = [];
      for (const signer of by) signatures.push(await sign(signer, one, deadline));
      return consents.connect(signers.stranger).giveJointly(one.terms, one.details, deadline, signatures);
    },
  };
}

describe("ConsentRegistry of minors", () => {
  it("a guardian's consent lapses at the age of assent, at the very second", async () => {
    const { asGuardian, consents, assentFrom, draftOfMinor } = await deployMinor();
    const one = draftOfMinor();
    await asGuardian.give(one.terms, one.details);
    expect((await consents.consent(one.id)).until).to.equal(assentFrom);
    expect(await consents.isInForce(one.id, assentFrom - 1)).to.equal(true);
    expect(await consents.isInForce(one.id, assentFrom)).to.equal(false);
    expect(await consents.isInForce(one.id, assentFrom + 1)).to.equal(false);
  });

  it("from the age of assent neither guardian nor minor gives alone, not even by what the guardian had signed", async () => {
    const { asGuardian, asMinor, asStranger, consents, guardian, child, minor, assentFrom, sign, ...world } =
      await deployMinor();
    const { draftOfMinor, draft, now } = world;
    const one = draftOfMinor();
    const signature = await sign(guardian, one);
    const signed = { ...one, signer: guardian.address, deadline: FOREVER, signature };
    await nextAt(assentFrom - 1);
    await asGuardian.give(...argsOf(draftOfMinor()));
    await nextAt(assentFrom);
    const own = draft({ patient: minor, validUntil: now + 20 * YEAR });
    for (const [act, who] of [
      [() => asGuardian.give(one.terms, one.details), guardian],
      [() => asStranger.giveBySignature(signed), guardian],
      [() => asStranger.giveMany([signed]), guardian],
      [() => asMinor.give(one.terms, one.details), child],
      [() => asMinor.give(own.terms, own.details), child],
    ] as const) {
      await expect(act()).to.be.revertedWithCustomError(consents, "NoAuthority").withArgs(minor, who.address);
    }
  });

  it("from the age of assent both give together, until majority and no longer", async () => {
    const { consents, guardian, child, minor, assentFrom, majority, draftOfMinor, giveTogether, signers } =
      await deployMinor();
    const one = draftOfMinor();
    await goTo(assentFrom - 2);
    await nextAt(assentFrom - 1);
    await expect(giveTogether(one, [guardian, child]))
      .to.be.revertedWithCustomError(consents, "NoAuthority")
      .withArgs(minor, signers.stranger.address);
    await nextAt(assentFrom);
    const { terms, details } = one;
    const scope = [terms.institution, terms.agent, terms.study, terms.policy, 0, majority];
    await expect(giveTogether(one, [guardian, child]))
      .to.emit(consents, "ConsentGiven")
      .withArgs(one.id, minor, ...scope, Object.values(details), guardian.address);
    expect(await consents.isInForce(one.id, assentFrom)).to.equal(true);
    expect(await consents.isInForce(one.id, majority - 1)).to.equal(true);
    expect(await consents.isInForce(one.id, majority)).to.equal(false);
  });

  it("the second before majority is the last at which both give together", async () => {
    const { consents, guardian, child, minor, majority, draftOfMinor, giveTogether, signers } = await deployMinor();
    const [early, late] = [draftOfMinor(), draftOfMinor()];
    await nextAt(majority - 1);
    await giveTogether(early, [guardian, child]);
    expect((await consents.consent(early.id)).until).to.equal(majority);
    await nextAt(majority);
    await expect(giveTogether(late, [guardian, child]))
      .to.be.revertedWithCustomError(consents, "NoAuthority")
      .withArgs(minor, signers.stranger.address);
  });

  it("one of the two may send it with no signature of its own, but not with a stranger's", async () => {
    const {
      asGuardian,
      asMinor,
      asStranger,
      consents,
      guardian,
      child,
      assentFrom,
      sign,
      draftOfMinor,
      status,
      signers,
    } = await deployMinor();
    const [one, two, three] = [draftOfMinor(), draftOfMinor(), draftOfMinor()];
    await goTo(assentFrom);
    await asMinor.giveJointly(one.terms, one.details, FOREVER, [await sign(guardian, one), "0x"]);
    await asGuardian.giveJointly(two.terms, two.details, FOREVER, ["0x", await sign(child, two)]);
    expect([await status(one.id), await status(two.id)]).to.deep.equal([Status.GIVEN, Status.GIVEN]);

    const forged = await sign(signers.stranger, three);
    for (const [sender, signatures, blamed] of [
      [asGuardian, ["0x", forged], child],
      [asMinor, [forged, "0x"], guardian],
      [asGuardian, ["0x", "0x"], child],
      [asStranger, ["0x", "0x"], guardian],
      [asStranger, [await sign(child, three), await sign(guardian, three)], guardian],
      [asStranger, [await sign(guardian, three), await sign(guardian, three)], child],
      [asStranger, [await sign(guardian, one), await sign(child, three)], guardian],
    ] as const) {
      await expect(sender.giveJointly(three.terms, three.details, FOREVER, [...signatures]))
        .to.be.revertedWithCustomError(consents, "SignatureInvalid")
        .withArgs(blamed.address);
    }
  });

  it("takes as many signatures as there are signers", async () => {
    const { asStranger, consents, guardian, child, assentFrom, sign, draftOfMinor } = await deployMinor();
    const one = draftOfMinor();
    const both = [await sign(guardian, one), await sign(child, one)];
    await goTo(assentFrom);
    for (const signatures of [[], [both[0]!], [...both, both[0]!]]) {
      await expect(asStranger.giveJointly(one.terms, one.details, FOREVER, signatures))
        .to.be.revertedWithCustomError(consents, "ConsentSignersInvalid")
        .withArgs(one.id, 2, signatures.length);
    }
  });

  it("takes signatures up to the deadline's second, and each consent once", async () => {
    const { consents, guardian, child, assentFrom, draftOfMinor, giveTogether } = await deployMinor();
    const [one, two] = [draftOfMinor(), draftOfMinor()];
    const deadline = BigInt(assentFrom + DAY);
    await nextAt(Number(deadline));
    await giveTogether(one, [guardian, child], deadline);
    await expect(giveTogether(one, [guardian, child], FOREVER))
      .to.be.revertedWithCustomError(consents, "ConsentExists")
      .withArgs(one.id, Status.GIVEN);
    await expect(giveTogether(two, [guardian, child], deadline))
      .to.be.revertedWithCustomError(consents, "SignatureExpired")
      .withArgs(deadline);
  });

  it("holds what is given together against every rule of consents", async () => {
    const { consents, guardian, child, minor, assentFrom, draft, draftOfMinor, giveTogether, asMinor } =
      await deployMinor();
    await goTo(assentFrom);
    const both = [guardian, child];
    for (const flags of [[], ["delegateSigned"], ["guardianSigned", "delegateSigned"]] as const) {
      const unflagged = draft({ patient: minor, flags: [...flags], validUntil: assentFrom + YEAR });
      await expect(giveTogether(unflagged, both))
        .to.be.revertedWithCustomError(consents, "ConsentAuthorityFlag")
        .withArgs(unflagged.id, Authority.JOINT);
    }
    const over = draftOfMinor({ validUntil: assentFrom });
    await expect(giveTogether(over, both))
      .to.be.revertedWithCustomError(consents, "ConsentPolicyInvalid")
      .withArgs(over.id, over.terms.policy);
    const foreign = draftOfMinor({ previous: UNKNOWN });
    await expect(giveTogether(foreign, both))
      .to.be.revertedWithCustomError(consents, "ConsentPreviousInvalid")
      .withArgs(foreign.id, UNKNOWN);
    const one = draftOfMinor();
    await asMinor.withdrawAll(minor);
    await expect(giveTogether(one, both))
      .to.be.revertedWithCustomError(consents, "ConsentEpochInvalid")
      .withArgs(minor, 0, 1);
  });

  it("either of the two withdraws, refuses and withdraws all, alone, up to the second before majority", async () => {
    const { asGuardian, asMinor, consents, guardian, child, assentFrom, majority, ...world } = await deployMinor();
    const { draftOfMinor, giveTogether, status, minor } = world;
    await goTo(assentFrom);
    for (const side of [asGuardian, asMinor]) {
      const [one, two] = [draftOfMinor(), draftOfMinor()];
      await giveTogether(one, [guardian, child]);
      await side.withdraw(one.id);
      expect(await status(one.id)).to.equal(Status.WITHDRAWN);
      await side.refuse(two.terms);
      await expect(giveTogether(two, [guardian, child]))
        .to.be.revertedWithCustomError(consents, "ConsentExists")
        .withArgs(two.id, Status.REFUSED);
    }
    const last = draftOfMinor();
    await giveTogether(last, [guardian, child]);
    await nextAt(majority - 1);
    await asGuardian.withdrawAll(minor);
    expect(await consents.isInForce(last.id, majority - 1)).to.equal(false);
  });

  it("a minor below the age of assent withdraws nothing; from that second on it does", async () => {
    const { asGuardian, asMinor, consents, child, minor, assentFrom, draftOfMinor, giveTogether, guardian } =
      await deployMinor();
    const one = draftOfMinor();
    await asGuardian.give(one.terms, one.details);
    await nextAt(assentFrom - 1);
    await expect(asMinor.withdraw(one.id))
      .to.be.revertedWithCustomError(consents, "NoAuthority")
      .withArgs(minor, child.address);
    await nextAt(assentFrom);
    await expect(asMinor.withdraw(one.id)).to.emit(consents, "ConsentWithdrawn").withArgs(one.id, minor, child.address);
    const renewal = draftOfMinor({ previous: one.id });
    await giveTogether(renewal, [guardian, child]);
    expect((await consents.consent(renewal.id)).status).to.equal(Status.RENEWED);
  });

  it("two guardians give only together, and each withdraws alone", async () => {
    const { asGuardian, consents, guardian, coGuardian, minor, assentFrom, ...world } = await deployMinor(true);
    const { draftOfMinor, giveTogether, status } = world;
    const [one, two] = [draftOfMinor(), draftOfMinor()];
    for (const [by, sole] of [
      [asGuardian, guardian],
      [consents.connect(coGuardian), coGuardian],
    ] as const) {
      await expect(by.give(one.terms, one.details))
        .to.be.revertedWithCustomError(consents, "NoAuthority")
        .withArgs(minor, sole.address);
    }
    for (const [each, by] of [
      [one, guardian],
      [two, coGuardian],
    ] as const) {
      await giveTogether(each, [guardian, coGuardian]);
      expect((await consents.consent(each.id)).until).to.equal(assentFrom);
      await consents.connect(by).withdraw(each.id);
      expect(await status(each.id)).to.equal(Status.WITHDRAWN);
    }
  });

  it("two guardians need the minor too from the age of assent, at the very second", async () => {
    const { consents, guardian, coGuardian, child, assentFrom, majority, draftOfMinor, giveTogether } =
      await deployMinor(true);
    const [early, one] = [draftOfMinor(), draftOfMinor()];
    await nextAt(assentFrom - 1);
    await giveTogether(early, [guardian, coGuardian]);
    await nextAt(assentFrom);
    await expect(giveTogether(one, [guardian, coGuardian]))
      .to.be.revertedWithCustomError(consents, "ConsentSignersInvalid")
      .withArgs(one.id, 3, 2);
    await giveTogether(one, [guardian, coGuardian, child]);
    expect((await consents.consent(one.id)).until).to.equal(majority);
  });

  it("takes a contract wallet's signature for the minor's", async () => {
    const { patients, consents, signers, guardian, minor, assentFrom, sign, draftOfMinor, status, asStranger } =
      await deployMinor();
    const wallet = await ethers.deployContract("Erc1271Wallet", [signers.otherPatient.address]);
    await patients.connect(signers.minor).changeOwner(minor, wallet);
    await goTo(assentFrom);
    const one = draftOfMinor();
    const both = [await sign(guardian, one), await sign(signers.otherPatient, one)];
    await asStranger.giveJointly(one.terms, one.details, FOREVER, both);
    expect(await status(one.id)).to.equal(Status.GIVEN);
    const two = draftOfMinor();
    await expect(
      consents.giveJointly(two.terms, two.details, FOREVER, [
        await sign(guardian, two),
        await sign(signers.minor, two),
      ]),
    )
      .to.be.revertedWithCustomError(consents, "SignatureInvalid")
      .withArgs(await wallet.getAddress());
  });

  it("adults and strangers' identities have nothing to give jointly", async () => {
    const { asStranger, consents, signers, patient, draft } = await deployMinor();
    const one = draft({ flags: ["guardianSigned"] });
    await expect(asStranger.giveJointly(one.terms, one.details, FOREVER, []))
      .to.be.revertedWithCustomError(consents, "NoAuthority")
      .withArgs(patient, signers.stranger.address);
  });
});

function argsOf({ terms, details }: Drafted): [Drafted["terms"], Drafted["details"]] {
  return [terms, details];
}
