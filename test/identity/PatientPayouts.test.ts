import { expect } from "chai";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { AddressLike, TypedDataDomain } from "ethers";
import { ethers } from "../fixtures/consilium.ts";
import {
  DAY,
  deployPaid,
  entitlementOf,
  loadFixture,
  REFERENCE,
  time,
  type Revenue,
} from "../revenue/revenueFixtures.ts";
import { domainOf } from "./signRecovery.ts";

const { MaxUint256, ZeroAddress } = ethers;

interface Choice {
  patient: string;
  to: string;
  signer: HardhatEthersSigner;
  nonce?: bigint;
  deadline?: bigint;
  domain?: TypedDataDomain;
}

/** Signs a choice as `signer`, whether or not that one may make it. */
async function signChoice({ patients }: Revenue, choice: Choice): Promise<string> {
  const { patient, to, signer, deadline = MaxUint256, domain } = choice;
  const types = {
    SetPayout: [
      { name: "identity", type: "address" },
      { name: "to", type: "address" },
      { name: "nonce", type: "uint256" },
      { name: "deadline", type: "uint256" },
    ],
  };
  const nonce = choice.nonce ?? (await patients.nonce(signer));
  const message = { identity: patient, to, nonce, deadline };
  return signer.signTypedData({ ...(await domainOf(patients)), ...domain }, types, message);
}

async function deployPayouts() {
  const suite = await loadFixture(deployPaid);
  const { signers, patients } = suite;
  return {
    ...suite,
    patient: signers.patient,
    to: signers.helper1.address,
    asPatient: patients.connect(signers.patient),
  };
}
type Payouts = Awaited<ReturnType<typeof deployPayouts>>;

/** The ways in which somebody chooses. */
const FORMS: Record<string, (suite: Payouts, by: HardhatEthersSigner, to: AddressLike) => Promise<unknown>> = {
  directly: ({ patients, patient }, by, to) => patients.connect(by).setPayout(patient, to),
  "by signature": async (suite, by, to) => {
    const { patients, patient, signers } = suite;
    const address = await ethers.resolveAddress(to);
    const signature = await signChoice(suite, { patient: patient.address, to: address, signer: by });
    return patients.connect(signers.relayer).setPayoutBySignature(patient, address, by.address, MaxUint256, signature);
  },
};

describe("PatientPayouts", () => {
  it("pays the owner of the DID while nobody has chosen", async () => {
    const { patients, patient } = await loadFixture(deployPayouts);
    expect([...(await patients.payout(patient))]).to.deep.equal([ZeroAddress, ZeroAddress]);
    expect(await patients.payoutAddress(patient)).to.equal(patient.address);
  });

  for (const [form, choose] of Object.entries(FORMS)) {
    describe(`a choice ${form}`, () => {
      it("is refused to a stranger, another patient, a helper, and a delegate with a mandate", async () => {
        const suite = await loadFixture(deployPayouts);
        const { patients, signers, patient, to } = suite;
        const until = BigInt(await time.latest()) + 100n * BigInt(DAY);
        await patients.connect(patient).giveMandate(patient, signers.dataTrust, until << 144n);
        for (const caller of ["stranger", "otherPatient", "helper1", "dataTrust", "rules", "researcher"] as const) {
          await expect(choose(suite, signers[caller], to))
            .to.be.revertedWithCustomError(patients, "NotIdentityOwner")
            .withArgs(patient.address, signers[caller].address);
        }
        expect([...(await patients.payout(patient))]).to.deep.equal([ZeroAddress, ZeroAddress]);
      });

      it("is the patient's, says so, and holds for claims", async () => {
        const suite = await loadFixture(deployPayouts);
        const { splitter, patients, token, patient, to, signers, asStranger, grant, indexOf } = suite;
        await expect(choose(suite, patient, to))
          .to.emit(patients, "PayoutChanged")
          .withArgs(patient.address, to, patient.address);
        expect([...(await patients.payout(patient))]).to.deep.equal([to, patient.address]);
        expect(await patients.payoutAddress(patient)).to.equal(to);
        const { member } = entitlementOf(grant, indexOf(patient));
        const claiming = asStranger.claim(suite.id, entitlementOf(grant, indexOf(patient)));
        await expect(claiming)
          .to.emit(splitter, "PatientPaid")
          .withArgs(suite.id, grant.id, patient.address, member.batch, member.record, to, 300n);
        await expect(claiming).to.changeTokenBalances(ethers, token, [patient, to], [0n, 300n]);
        await expect(
          asStranger.claimMany(suite.byPatients, [entitlementOf(grant, indexOf(patient))]),
        ).to.changeTokenBalances(ethers, token, [patient, to], [0n, 300n]);
        expect(await patients.payoutAddress(signers.otherPatient)).to.equal(signers.otherPatient.address);
      });

      it("is replaced by a later one, and taken back by the zero address", async () => {
        const suite = await loadFixture(deployPayouts);
        const { patients, patient, to, signers } = suite;
        await choose(suite, patient, to);
        await choose(suite, patient, signers.helper2);
        expect(await patients.payoutAddress(patient)).to.equal(signers.helper2.address);
        await expect(choose(suite, patient, ZeroAddress))
          .to.emit(patients, "PayoutChanged")
          .withArgs(patient.address, ZeroAddress, patient.address);
        expect(await patients.payoutAddress(patient)).to.equal(patient.address);
        expect([...(await patients.payout(patient))]).to.deep.equal([ZeroAddress, patient.address]);
      });

      it("of the fund gives it all that is claimed from then on", async () => {
        const suite = await loadFixture(deployPayouts);
        const { splitter, token, fund, patient, asStranger, asDepositor, grant, indexOf, id } = suite;
        await choose(suite, patient, fund);
        const entitlement = entitlementOf(grant, indexOf(patient));
        await asStranger.claim(id, entitlement);
        await asDepositor.deposit(id, 1_000n, REFERENCE);
        await asStranger.claim(id, entitlement);
        expect(await token.balanceOf(fund)).to.equal(600n);
        expect(await splitter.dueToFund(id)).to.equal(600n);
        await splitter.claimFund(id);
        expect(await token.balanceOf(fund)).to.equal(1_200n);
      });

      it("of a guardian holds until the second before majority, when the patient's own holds again", async () => {
        const suite = await loadFixture(deployPayouts);
        const { patients, signers, patient, to } = suite;
        const { guardian } = signers;
        const majority = (await time.latest()) + 10 * DAY;
        await patients.connect(patient).appointGuardian(patient, guardian, ZeroAddress, majority, majority);
        await expect(choose(suite, patient, signers.helper2))
          .to.be.revertedWithCustomError(patients, "NotIdentityOwner")
          .withArgs(patient.address, patient.address);
        await expect(choose(suite, guardian, to))
          .to.emit(patients, "PayoutChanged")
          .withArgs(patient.address, to, guardian.address);
        for (const [timestamp, expected] of [
          [majority - 1, to],
          [majority, patient.address],
          [majority + 1, patient.address],
        ] as const) {
          await time.increaseTo(timestamp);
          expect(await patients.payoutAddress(patient)).to.equal(expected);
        }
        await expect(choose(suite, guardian, to))
          .to.be.revertedWithCustomError(patients, "NotIdentityOwner")
          .withArgs(patient.address, guardian.address);
        await choose(suite, patient, signers.helper2);
        expect(await patients.payoutAddress(patient)).to.equal(signers.helper2.address);
      });

      it("of a guardian lapses at the age of assent; then nobody chooses until majority, and money goes to the DID's owner", async () => {
        const suite = await loadFixture(deployPayouts);
        const { token, patients, signers, patient, to, asStranger, grant, indexOf, id } = suite;
        const { guardian } = signers;
        const now = await time.latest();
        const [assentFrom, majority] = [now + 10 * DAY, now + 20 * DAY];
        await patients.connect(patient).appointGuardian(patient, guardian, ZeroAddress, assentFrom, majority);
        await choose(suite, guardian, to);
        for (const [t, expected] of [
          [assentFrom - 1, to],
          [assentFrom, patient.address],
          [assentFrom + 1, patient.address],
        ] as const) {
          await time.increaseTo(t);
          expect(await patients.payoutAddress(patient)).to.equal(expected);
        }
        for (const by of [guardian, patient]) {
          await expect(choose(suite, by, signers.helper2))
            .to.be.revertedWithCustomError(patients, "NotIdentityOwner")
            .withArgs(patient.address, by.address);
        }
        await expect(asStranger.claim(id, entitlementOf(grant, indexOf(patient)))).to.changeTokenBalances(
          ethers,
          token,
          [to, patient],
          [0n, 300n],
        );
        await time.increaseTo(majority);
        await choose(suite, patient, signers.helper2);
        expect(await patients.payoutAddress(patient)).to.equal(signers.helper2.address);
      });

      it("of a guardian lapses with another guardian", async () => {
        const suite = await loadFixture(deployPayouts);
        const { patients, signers, patient, to } = suite;
        const first = (await time.latest()) + 10 * DAY;
        await patients.connect(patient).appointGuardian(patient, signers.guardian, ZeroAddress, first, first);
        await choose(suite, signers.guardian, to);
        await time.increaseTo(first);
        await patients
          .connect(patient)
          .appointGuardian(patient, signers.supervisor, ZeroAddress, first + 10 * DAY, first + 10 * DAY);
        expect(await patients.payoutAddress(patient)).to.equal(patient.address);
        await choose(suite, signers.supervisor, signers.helper2);
        expect(await patients.payoutAddress(patient)).to.equal(signers.helper2.address);
      });

      it("of a patient rests while a guardian is in force", async () => {
        const suite = await loadFixture(deployPayouts);
        const { patients, signers, patient, to } = suite;
        await choose(suite, patient, to);
        const majority = (await time.latest()) + 10 * DAY;
        await patients.connect(patient).appointGuardian(patient, signers.guardian, ZeroAddress, majority, majority);
        expect(await patients.payoutAddress(patient)).to.equal(patient.address);
        await time.increaseTo(majority);
        expect(await patients.payoutAddress(patient)).to.equal(to);
      });

      it("of a former owner is ignored, and its claims go to the present one", async () => {
        const suite = await loadFixture(deployPayouts);
        const { token, patients, signers, patient, to, asStranger, grant, indexOf, id } = suite;
        await choose(suite, patient, to);
        await patients.connect(patient).changeOwner(patient, signers.helper2);
        expect(await patients.payoutAddress(patient)).to.equal(signers.helper2.address);
        await expect(choose(suite, patient, to))
          .to.be.revertedWithCustomError(patients, "NotIdentityOwner")
          .withArgs(patient.address, patient.address);
        await expect(asStranger.claim(id, entitlementOf(grant, indexOf(patient)))).to.changeTokenBalances(
          ethers,
          token,
          [to, signers.helper2],
          [0n, 300n],
        );
        await choose(suite, signers.helper2, signers.helper3);
        expect(await patients.payoutAddress(patient)).to.equal(signers.helper3.address);
      });

      it("is nobody's once the DID is deactivated, for whom nothing can be claimed", async () => {
        const suite = await loadFixture(deployPayouts);
        const { splitter, patients, patient, to, asStranger, grant, indexOf, id } = suite;
        await choose(suite, patient, to);
        await patients.connect(patient).changeOwner(patient, ZeroAddress);
        expect(await patients.payoutAddress(patient)).to.equal(ZeroAddress);
        await expect(choose(suite, patient, to))
          .to.be.revertedWithCustomError(patients, "IdentityDeactivated")
          .withArgs(patient.address);
        await expect(asStranger.claim(id, entitlementOf(grant, indexOf(patient))))
          .to.be.revertedWithCustomError(splitter, "PatientUnreachable")
          .withArgs(patient.address);
      });
    });
  }

  describe("setPayoutBySignature", () => {
    /** The patient's signature over the choice of `to`, and a send of it by a relayer, with what is altered. */
    const deploySigned = async () => {
      const suite = await loadFixture(deployPayouts);
      const { patients, signers, patient, to } = suite;
      const sign = (choice: Partial<Choice> = {}) =>
        signChoice(suite, { patient: patient.address, to, signer: patient, ...choice });
      const send = (signature: string, { deadline = MaxUint256, signer = patient.address, recipient = to } = {}) =>
        patients.connect(signers.relayer).setPayoutBySignature(patient, recipient, signer, deadline, signature);
      const refuses = async (signature: string, signer = patient.address, recipient = to) => {
        await expect(send(signature, { signer, recipient }))
          .to.be.revertedWithCustomError(patients, "SignatureInvalid")
          .withArgs(signer);
      };
      return { ...suite, sign, send, refuses };
    };

    it("reverts when it is used again, also after the patient has taken it back", async () => {
      const { sign, send, refuses, asPatient, patient } = await deploySigned();
      const first = await sign();
      await send(first);
      await refuses(first);
      await asPatient.setPayout(patient, ZeroAddress);
      await refuses(first);
      await send(await sign());
    });

    it("is spent by a direct choice as well", async () => {
      const { patients, sign, refuses, asPatient, patient, signers } = await deploySigned();
      const signature = await sign();
      await asPatient.setPayout(patient, signers.helper2);
      await refuses(signature);
      expect(await patients.payoutAddress(patient)).to.equal(signers.helper2.address);
    });

    it("is not spent by what a stranger tries for the patient", async () => {
      const { patients, sign, send, patient, signers, to } = await deploySigned();
      const signature = await sign();
      await expect(
        patients.connect(signers.stranger).setPayout(patient, signers.stranger),
      ).to.be.revertedWithCustomError(patients, "NotIdentityOwner");
      await send(signature);
      expect(await patients.payoutAddress(patient)).to.equal(to);
    });

    it("reverts when another signed, or for another signer, patient or address", async () => {
      const { patients, signers, sign, refuses, to } = await deploySigned();
      await refuses(await sign({ signer: signers.stranger }));
      await refuses(await sign(), signers.stranger.address);
      await refuses(await sign(), undefined, signers.stranger.address);
      await refuses(await sign({ patient: signers.otherPatient.address }));
      await refuses(await sign({ to: signers.stranger.address }));
      expect(await patients.payoutAddress(signers.patient)).not.to.equal(to);
    });

    it("reverts when it was for another name or version", async () => {
      const { sign, refuses } = await deploySigned();
      for (const domain of [{ name: "Consilium Revenue" }, { version: "2" }]) await refuses(await sign({ domain }));
    });

    it("takes no signature of nobody for a deactivated patient", async () => {
      const { patients, patient, refuses } = await deploySigned();
      await patients.connect(patient).changeOwner(patient, ZeroAddress);
      await refuses(ethers.zeroPadValue("0x", 65), ZeroAddress);
      expect(await patients.payoutAddress(patient)).to.equal(ZeroAddress);
    });

    it("cannot be given a later deadline", async () => {
      const { patients, sign, send, patient } = await deploySigned();
      const deadline = BigInt((await time.latest()) + DAY);
      await expect(send(await sign({ deadline }), { deadline: deadline + 1n }))
        .to.be.revertedWithCustomError(patients, "SignatureInvalid")
        .withArgs(patient.address);
    });

    it("is taken of the guardian's wallet by ERC-1271, and refused to a wallet without authority", async () => {
      const { patients, patient, signers, sign, send, to } = await deploySigned();
      const wallet = await ethers.deployContract("Erc1271Wallet", [signers.helper3.address]);
      const signer = await wallet.getAddress();
      const signByWallet = async () => sign({ signer: signers.helper3, nonce: await patients.nonce(wallet) });
      await expect(send(await signByWallet(), { signer }))
        .to.be.revertedWithCustomError(patients, "NotIdentityOwner")
        .withArgs(patient.address, signer);
      const majority = (await time.latest()) + DAY;
      await patients.connect(patient).appointGuardian(patient, signer, ZeroAddress, majority, majority);
      await send(await signByWallet(), { signer });
      expect(await patients.payoutAddress(patient)).to.equal(to);
    });
  });
});
