import { ZeroAddress } from "ethers";
import { expect } from "chai";
import { ROLE_IDS } from "../../deploy/roles.ts";
import { signComplaint, violationCode, VIOLATIONS } from "@consilium/sdk";
import { AGENT_ROLES } from "../fixtures/consilium.ts";
import {
  addressOf,
  APPEAL_WINDOW,
  BOND,
  CaseStatus,
  DAY,
  DECISION_WINDOW,
  deploySupervision,
  ethers,
  EVIDENCE,
  hash,
  LEAK,
  loadFixture,
  networkHelpers,
  plain,
  REASON,
  signMessage,
  Standing,
  time,
  zeroAddress,
  zeroHash,
} from "./supervisionFixtures.ts";

const UNKNOWN = hash("unknown");
const TEXT = hash("text of a complaint");
const LEAK_CODE = violationCode("LEAK");

describe("Supervision", () => {
  describe("deployment", () => {
    it("reverts when a partner is missing", async () => {
      const { authority, institutions, patients, broker, records, fund } = await loadFixture(deploySupervision);
      const partners = [institutions, patients, broker, records, fund];
      const factory = await ethers.getContractFactory("Supervision");
      for (const index of partners.keys()) {
        const [a, b, c, d, e] = partners.map((one, i) => (i === index ? zeroAddress : one));
        await expect(
          factory.deploy(authority, a!, b!, c!, d!, e!, APPEAL_WINDOW, DECISION_WINDOW, []),
          `partner ${index}`,
        ).to.be.revertedWithCustomError(factory, "ZeroAddress");
      }
    });

    it("takes the catalogue from the consortium's rules", async () => {
      const { supervision, consortium, fund } = await loadFixture(deploySupervision);
      for (const violation of VIOLATIONS) {
        const { suspensionDays, bondShare } = consortium.rules.sanctions[violation]!;
        expect(plain(await supervision.sanctionOf(violationCode(violation)))).to.deep.equal({
          suspension: BigInt(suspensionDays * DAY),
          bondShare: BigInt(bondShare),
        });
      }
      expect(plain(await supervision.sanctionOf(LEAK_CODE))).to.deep.equal({
        suspension: BigInt(LEAK.suspension),
        bondShare: 3_000n,
      });
      expect(await supervision.appealWindows()).to.deep.equal([BigInt(APPEAL_WINDOW), BigInt(DECISION_WINDOW)]);
      expect(await supervision.fund()).to.equal(await fund.getAddress());
    });
  });

  describe("complain", () => {
    it("reverts when the caller is neither the patient's side nor an agent", async () => {
      const { supervision, institutions, signers, ids } = await loadFixture(deploySupervision);
      const by = supervision.connect(signers.stranger);
      await expect(by.complain(signers.patient, ids.north, TEXT))
        .to.be.revertedWithCustomError(supervision, "ComplainantNotPermitted")
        .withArgs(signers.patient, signers.stranger);
      await expect(by.complain(zeroAddress, ids.north, TEXT))
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.stranger, 255);
    });

    it("reverts when the member that complains is suspended", async () => {
      const { supervision, institutions, signers, ids } = await loadFixture(deploySupervision);
      await institutions.connect(signers.supervision).suspend(ids.north, (await time.latest()) + DAY, REASON);
      await expect(supervision.connect(signers.northClinician).complain(zeroAddress, ids.institute, TEXT))
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.northClinician, 255);
    });

    it("reverts when the accused is no member or there is no text", async () => {
      const { supervision, institutions, signers, ids } = await loadFixture(deploySupervision);
      const by = supervision.connect(signers.patient);
      const beyond = (await institutions.institutionCount()) + 1n;
      for (const nobody of [0n, beyond]) {
        await expect(by.complain(signers.patient, nobody, TEXT))
          .to.be.revertedWithCustomError(supervision, "InstitutionUnknown")
          .withArgs(nobody);
      }
      await expect(by.complain(signers.patient, ids.north, zeroHash)).to.be.revertedWithCustomError(
        supervision,
        "ZeroHash",
      );
    });

    it("reverts when the same complaint was filed before", async () => {
      const { supervision, signers, ids } = await loadFixture(deploySupervision);
      const by = supervision.connect(signers.patient);
      const id = await by.complain.staticCall(signers.patient, ids.north, TEXT);
      await by.complain(signers.patient, ids.north, TEXT);
      await expect(by.complain(signers.patient, ids.north, TEXT))
        .to.be.revertedWithCustomError(supervision, "ComplaintExists")
        .withArgs(id);
    });

    it("takes a patient's complaint of any member", async () => {
      const { supervision, signers, ids } = await loadFixture(deploySupervision);
      const by = supervision.connect(signers.patient);
      const id = await by.complain.staticCall(signers.patient, ids.institute, TEXT);
      await expect(by.complain(signers.patient, ids.institute, TEXT))
        .to.emit(supervision, "ComplaintFiled")
        .withArgs(id, ids.institute, signers.patient, 0, TEXT, signers.patient);
      expect(plain(await supervision.complaint(id))).to.deep.equal({
        accused: BigInt(ids.institute),
        filedAt: BigInt(await time.latest()),
      });
    });

    it("takes a guardian's complaint up to the second of majority", async () => {
      const { supervision, patients, signers, ids } = await loadFixture(deploySupervision);
      const majority = (await time.latest()) + DAY;
      await patients
        .connect(signers.minor)
        .appointGuardian(signers.minor, signers.guardian, ZeroAddress, majority, majority);
      const by = supervision.connect(signers.guardian);
      await time.setNextBlockTimestamp(majority - 1);
      await expect(by.complain(signers.minor, ids.north, TEXT))
        .to.emit(supervision, "ComplaintFiled")
        .withArgs(
          await by.complain.staticCall(signers.minor, ids.north, TEXT),
          ids.north,
          signers.minor,
          0,
          TEXT,
          signers.guardian,
        );
      await time.setNextBlockTimestamp(majority);
      await expect(by.complain(signers.minor, ids.south, TEXT))
        .to.be.revertedWithCustomError(supervision, "ComplainantNotPermitted")
        .withArgs(signers.minor, signers.guardian);
    });

    it("takes a member's complaint by any of its agents", async () => {
      const { supervision, signers, ids } = await loadFixture(deploySupervision);
      for (const agent of [signers.northGateway, signers.officer, signers.northAdmin]) {
        await expect(supervision.connect(agent).complain(zeroAddress, ids.east, TEXT)).to.emit(
          supervision,
          "ComplaintFiled",
        );
      }
    });
  });

  describe("complainBySignature", () => {
    async function sign(s: Awaited<ReturnType<typeof deploySupervision>>, deadline: bigint) {
      const { supervision, signers, ids } = s;
      const wallet = {
        signTypedData: (message: Parameters<typeof signMessage>[1]) => signMessage(signers.patient, message),
      };
      return signComplaint(wallet, {
        chainId: Number((await ethers.provider.getNetwork()).chainId),
        verifyingContract: addressOf({ address: await supervision.getAddress() }),
        patient: addressOf(signers.patient),
        accused: ids.institute,
        textHash: TEXT,
        signer: addressOf(signers.patient),
        deadline,
      });
    }

    it("takes what the patient signed, from anyone, up to the deadline's second", async () => {
      const s = await loadFixture(deploySupervision);
      const { supervision, signers, ids } = s;
      const deadline = (await time.latest()) + DAY;
      const { patient, accused, textHash, signer, signature } = await sign(s, BigInt(deadline));
      const send = (hashOfText = textHash) =>
        supervision
          .connect(signers.relayer)
          .complainBySignature(patient, accused, hashOfText, signer, deadline, signature);
      await expect(send(UNKNOWN))
        .to.be.revertedWithCustomError(supervision, "SignatureInvalid")
        .withArgs(signers.patient);
      await time.setNextBlockTimestamp(deadline);
      const id = await supervision.connect(signers.patient).complain.staticCall(signers.patient, ids.institute, TEXT);
      await expect(send())
        .to.emit(supervision, "ComplaintFiled")
        .withArgs(id, ids.institute, signers.patient, 0, TEXT, signers.patient);
    });

    it("reverts after the deadline, and for one who is not the patient's side", async () => {
      const s = await loadFixture(deploySupervision);
      const { supervision, signers, ids } = s;
      const deadline = (await time.latest()) + DAY;
      const form = await sign(s, BigInt(deadline));
      await time.setNextBlockTimestamp(deadline + 1);
      await expect(
        supervision.complainBySignature(form.patient, form.accused, TEXT, form.signer, form.deadline, form.signature),
      )
        .to.be.revertedWithCustomError(supervision, "SignatureExpired")
        .withArgs(deadline);

      const wallet = {
        signTypedData: (message: Parameters<typeof signMessage>[1]) => signMessage(signers.stranger, message),
      };
      const foreign = await signComplaint(wallet, {
        chainId: Number((await ethers.provider.getNetwork()).chainId),
        verifyingContract: addressOf({ address: await supervision.getAddress() }),
        patient: addressOf(signers.patient),
        accused: ids.institute,
        textHash: TEXT,
        signer: addressOf(signers.stranger),
        deadline: BigInt(deadline + DAY),
      });
      await expect(
        supervision.complainBySignature(
          foreign.patient,
          foreign.accused,
          TEXT,
          foreign.signer,
          foreign.deadline,
          foreign.signature,
        ),
      )
        .to.be.revertedWithCustomError(supervision, "ComplainantNotPermitted")
        .withArgs(signers.patient, signers.stranger);
    });

    it("takes what a contract wallet's owner signed for the wallet's own DID", async () => {
      const { supervision, signers, ids } = await loadFixture(deploySupervision);
      const wallet = await ethers.deployContract("Erc1271Wallet", [signers.otherPatient]);
      const patient = addressOf({ address: await wallet.getAddress() });
      const signing = {
        signTypedData: (message: Parameters<typeof signMessage>[1]) => signMessage(signers.otherPatient, message),
      };
      const deadline = BigInt((await time.latest()) + DAY);
      const form = await signComplaint(signing, {
        chainId: Number((await ethers.provider.getNetwork()).chainId),
        verifyingContract: addressOf({ address: await supervision.getAddress() }),
        ...{ patient, accused: ids.north, textHash: TEXT, signer: patient, deadline },
      });
      await expect(
        supervision
          .connect(signers.relayer)
          .complainBySignature(patient, ids.north, TEXT, patient, deadline, form.signature),
      ).to.emit(supervision, "ComplaintFiled");
    });
  });

  describe("reportViolation", () => {
    it("reverts when the caller is no agent of a member in standing", async () => {
      const { supervision, institutions, signers, ids } = await loadFixture(deploySupervision);
      await institutions.connect(signers.supervision).suspend(ids.north, (await time.latest()) + DAY, REASON);
      for (const outsider of [signers.stranger, signers.patient, signers.northClinician]) {
        await expect(
          supervision.connect(outsider).reportViolation(ids.institute, LEAK_CODE, EVIDENCE, zeroHash, zeroHash),
        )
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(outsider, 255);
      }
    });

    it("reverts without a violation, an accused or evidence", async () => {
      const { supervision, signers, ids } = await loadFixture(deploySupervision);
      const by = supervision.connect(signers.northClinician);
      await expect(by.reportViolation(ids.institute, 0, EVIDENCE, zeroHash, zeroHash))
        .to.be.revertedWithCustomError(supervision, "ViolationInvalid")
        .withArgs(0);
      await expect(by.reportViolation(0, LEAK_CODE, EVIDENCE, zeroHash, zeroHash))
        .to.be.revertedWithCustomError(supervision, "InstitutionUnknown")
        .withArgs(0);
      await expect(
        by.reportViolation(ids.institute, LEAK_CODE, zeroHash, zeroHash, zeroHash),
      ).to.be.revertedWithCustomError(supervision, "ZeroHash");
    });

    it("reverts when it names a complaint or a grant that does not exist", async () => {
      const { supervision, signers, ids } = await loadFixture(deploySupervision);
      const by = supervision.connect(signers.northClinician);
      await expect(by.reportViolation(ids.institute, LEAK_CODE, EVIDENCE, UNKNOWN, zeroHash))
        .to.be.revertedWithCustomError(supervision, "ComplaintUnknown")
        .withArgs(UNKNOWN);
      await expect(by.reportViolation(ids.institute, LEAK_CODE, EVIDENCE, zeroHash, UNKNOWN))
        .to.be.revertedWithCustomError(supervision, "GrantUnknown")
        .withArgs(UNKNOWN);
    });

    it("reverts when the same agent reported the same before", async () => {
      const { supervision, report, signers, ids } = await loadFixture(deploySupervision);
      const id = await report("LEAK", { evidenceHash: EVIDENCE });
      await expect(
        supervision
          .connect(signers.northClinician)
          .reportViolation(ids.institute, LEAK_CODE, EVIDENCE, zeroHash, zeroHash),
      )
        .to.be.revertedWithCustomError(supervision, "CaseExists")
        .withArgs(id);
    });

    it("opens a case with complaint and grant", async () => {
      const s = await loadFixture(deploySupervision);
      const { supervision, broker, signers, ids } = s;
      const complaining = supervision.connect(signers.patient);
      const complaint = await complaining.complain.staticCall(signers.patient, ids.institute, TEXT);
      await complaining.complain(signers.patient, ids.institute, TEXT);
      const body = s.makeRequest();
      await broker.connect(signers.researcher).request(body);
      const grant = await broker.requestId(signers.researcher, body);

      const by = supervision.connect(signers.northClinician);
      const args = [ids.institute, LEAK_CODE, EVIDENCE, complaint, grant] as const;
      const id = await by.reportViolation.staticCall(...args);
      await expect(by.reportViolation(...args))
        .to.emit(supervision, "ViolationReported")
        .withArgs(id, ids.institute, ids.north, LEAK_CODE, EVIDENCE, complaint, grant, signers.northClinician);
      expect(plain(await supervision.caseOf(id))).to.deep.equal({
        accused: BigInt(ids.institute),
        reporter: BigInt(ids.north),
        decider: 0n,
        violation: BigInt(LEAK_CODE),
        status: CaseStatus.REPORTED,
        fineSettled: false,
        decidedAt: 0n,
        suspendedUntil: 0n,
        appealUntil: 0n,
        decidedBy: zeroAddress,

        decideAppealUntil: 0n,
        fine: 0n,
      });
    });
  });

  describe("decide", () => {
    it("reverts when the caller is no supervisor in standing", async () => {
      const { supervision, institutions, report, signers, ids } = await loadFixture(deploySupervision);
      const id = await report();
      await institutions.connect(signers.supervision).suspend(ids.regulator, (await time.latest()) + DAY, REASON);
      for (const outsider of [signers.stranger, signers.ethicsReviewer, signers.supervision, signers.supervisor]) {
        await expect(supervision.connect(outsider).decide(id, true, REASON))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(outsider, AGENT_ROLES.supervisor);
      }
    });

    it("reverts when the supervisor is of the accused or of the reporter", async () => {
      const { supervision, report, instituteSupervisor, northSupervisor } = await loadFixture(deploySupervision);
      const id = await report();
      for (const biased of [instituteSupervisor, northSupervisor]) {
        await expect(supervision.connect(biased).decide(id, false, REASON))
          .to.be.revertedWithCustomError(supervision, "DeciderNotPermitted")
          .withArgs(id, biased);
      }
    });

    it("reverts when the case is unknown, or there is no reason", async () => {
      const { supervision, report, signers } = await loadFixture(deploySupervision);
      const by = supervision.connect(signers.supervisor);
      await expect(by.decide(UNKNOWN, true, REASON))
        .to.be.revertedWithCustomError(supervision, "CaseStatusInvalid")
        .withArgs(UNKNOWN, CaseStatus.NONE);
      const id = await report();
      for (const upheld of [true, false]) {
        await expect(by.decide(id, upheld, zeroHash)).to.be.revertedWithCustomError(supervision, "ZeroHash");
      }
    });

    it("reverts when the case is decided already", async () => {
      const { supervision, report, southSupervisor, signers } = await loadFixture(deploySupervision);
      for (const [upheld, status] of [
        [true, CaseStatus.UPHELD],
        [false, CaseStatus.DISMISSED],
      ] as const) {
        const id = await report();
        await supervision.connect(signers.supervisor).decide(id, upheld, REASON);
        await expect(supervision.connect(southSupervisor).decide(id, !upheld, REASON))
          .to.be.revertedWithCustomError(supervision, "CaseStatusInvalid")
          .withArgs(id, status);
      }
    });

    it("dismisses without any consequence", async () => {
      const { supervision, institutions, token, report, signers, ids } = await loadFixture(deploySupervision);
      const id = await report();
      await expect(supervision.connect(signers.supervisor).decide(id, false, REASON))
        .to.emit(supervision, "CaseDecided")
        .withArgs(id, ids.institute, false, 0, 0, 0, REASON, ids.regulator, signers.supervisor);
      expect(await institutions.standing(ids.institute)).to.equal(Standing.ACTIVE);
      expect(await institutions.bond(ids.institute)).to.equal(BOND);
      expect(await token.balanceOf(supervision)).to.equal(0);
    });

    it("suspends and fines by the catalogue in the same transaction", async () => {
      const { supervision, institutions, token, report, signers, ids } = await loadFixture(deploySupervision);
      const id = await report();
      const at = (await time.latest()) + 10;
      const until = at + LEAK.suspension;
      await time.setNextBlockTimestamp(at);
      const decision = supervision.connect(signers.supervisor).decide(id, true, REASON);
      await expect(decision)
        .to.emit(supervision, "CaseDecided")
        .withArgs(
          id,
          ids.institute,
          true,
          until,
          LEAK.fine,
          at + APPEAL_WINDOW,
          REASON,
          ids.regulator,
          signers.supervisor,
        );
      await expect(decision)
        .to.emit(institutions, "InstitutionSuspended")
        .withArgs(ids.institute, until, REASON, supervision);
      await expect(decision)
        .to.emit(institutions, "BondSlashed")
        .withArgs(ids.institute, supervision, LEAK.fine, BOND - LEAK.fine, REASON, supervision);
      expect(plain(await supervision.caseOf(id))).to.deep.equal({
        accused: BigInt(ids.institute),
        reporter: BigInt(ids.north),
        decider: BigInt(ids.regulator),
        violation: BigInt(LEAK_CODE),
        status: CaseStatus.UPHELD,
        fineSettled: false,
        decidedAt: BigInt(at),
        suspendedUntil: BigInt(until),
        appealUntil: BigInt(at + APPEAL_WINDOW),
        decidedBy: signers.supervisor.address,

        decideAppealUntil: 0n,
        fine: LEAK.fine,
      });
      expect(await token.balanceOf(supervision)).to.equal(LEAK.fine);
    });

    it("holds providers of technology liable the same way", async () => {
      const { supervision, institutions, token, uphold, signers, freeWallet, start, until } =
        await loadFixture(deploySupervision);
      const TECHNOLOGY = 7;
      const admitting = institutions.connect(signers.operator);
      const terms = [TECHNOLOGY, 0, false, start, until, hash("provider"), freeWallet] as const;
      const provider = await admitting.admit.staticCall(...terms);
      await admitting.admit(...terms);
      await institutions.connect(signers.deployer).depositBond(provider, 7n);

      const { at } = await uphold("LEAK", { accused: provider });
      expect(await institutions.standing(provider)).to.equal(Standing.SUSPENDED);
      expect((await institutions.profile(provider)).suspendedUntil).to.equal(at + LEAK.suspension);
      // 30 % of 7, rounded down.
      expect(await institutions.bond(provider)).to.equal(5n);
      expect(await token.balanceOf(supervision)).to.equal(2n);
    });

    it("fines by the bond that is left, never more than it, and nothing without one", async () => {
      const { supervision, institutions, uphold, ids } = await loadFixture(deploySupervision);
      await uphold("REIDENTIFICATION");
      expect(await institutions.bond(ids.institute)).to.equal(0n);
      const { id } = await uphold("REIDENTIFICATION");
      expect((await supervision.caseOf(id)).fine).to.equal(0n);
      const { id: south } = await uphold("LEAK", { accused: ids.south });
      expect((await supervision.caseOf(south)).fine).to.equal(0n);
      expect(await institutions.standing(ids.south)).to.equal(Standing.SUSPENDED);
    });

    it("leaves a suspension alone that runs longer", async () => {
      const { supervision, institutions, uphold, suspendedUntil, ids } = await loadFixture(deploySupervision);
      const { suspendedUntil: longer } = await uphold("REIDENTIFICATION");
      const second = await uphold("LEAK");
      expect(second.suspendedUntil).to.be.lessThan(longer);
      expect(await suspendedUntil(ids.institute)).to.equal(longer);
      expect((await supervision.caseOf(second.id)).suspendedUntil).to.equal(second.suspendedUntil);
      expect(await institutions.standing(ids.institute)).to.equal(Standing.SUSPENDED);
    });

    it("does not suspend, or does not fine, where the catalogue says so", async () => {
      const { supervision, institutions, uphold, signers, ids } = await loadFixture(deploySupervision);
      const rules = supervision.connect(signers.rules);
      await rules.setSanction(LEAK_CODE, { suspension: 0, bondShare: 10_000 });
      const fined = await uphold();
      expect(fined.suspendedUntil).to.equal(0);
      expect(await institutions.standing(ids.institute)).to.equal(Standing.ACTIVE);
      expect(await institutions.bond(ids.institute)).to.equal(0n);

      await rules.setSanction(LEAK_CODE, { suspension: 1, bondShare: 0 });
      const { id, at } = await uphold("LEAK", { accused: ids.north, by: signers.southClinician });
      expect((await institutions.profile(ids.north)).suspendedUntil).to.equal(at + 1);
      expect((await supervision.caseOf(id)).fine).to.equal(0n);
      expect(await institutions.bond(ids.north)).to.equal(BOND);
    });

    it("fines an expelled member without suspending it", async () => {
      const { institutions, report, supervision, signers, ids } = await loadFixture(deploySupervision);
      const id = await report();
      await institutions.connect(signers.supervision).expel(ids.institute, REASON);
      await supervision.connect(signers.supervisor).decide(id, true, REASON);
      const kept = await supervision.caseOf(id);
      expect(kept.suspendedUntil).to.equal(0n);
      expect(kept.fine).to.equal(LEAK.fine);
      expect(await institutions.standing(ids.institute)).to.equal(Standing.EXPELLED);
    });
  });

  describe("appeal", () => {
    it("reverts when the case was not upheld", async () => {
      const { supervision, report, signers } = await loadFixture(deploySupervision);
      const id = await report();
      const by = supervision.connect(signers.instituteAdmin);
      await expect(by.appeal(id, REASON))
        .to.be.revertedWithCustomError(supervision, "CaseStatusInvalid")
        .withArgs(id, CaseStatus.REPORTED);
      await supervision.connect(signers.supervisor).decide(id, false, REASON);
      await expect(by.appeal(id, REASON))
        .to.be.revertedWithCustomError(supervision, "CaseStatusInvalid")
        .withArgs(id, CaseStatus.DISMISSED);
    });

    it("reverts when the caller is no administrator of the accused", async () => {
      const { supervision, uphold, signers } = await loadFixture(deploySupervision);
      const { id } = await uphold();
      for (const outsider of [signers.stranger, signers.northAdmin, signers.researcher, signers.officer]) {
        await expect(supervision.connect(outsider).appeal(id, REASON))
          .to.be.revertedWithCustomError(supervision, "AppellantNotPermitted")
          .withArgs(id, outsider);
      }
    });

    it("asks for an administrator whose registration holds, at its first and its last second", async () => {
      const { supervision, institutions, uphold, signers, freeWallet, ids } = await loadFixture(deploySupervision);
      const from = (await time.latest()) + 1_000;
      await institutions
        .connect(signers.operator)
        .appointAgent(ids.institute, freeWallet, AGENT_ROLES.admin, from, from + 10);
      const first = await uphold();
      const second = await uphold();
      const third = await uphold();
      const by = supervision.connect(freeWallet);
      const refuse = async (id: string) =>
        expect(by.appeal(id, REASON))
          .to.be.revertedWithCustomError(supervision, "AppellantNotPermitted")
          .withArgs(id, freeWallet);
      await time.setNextBlockTimestamp(from - 1);
      await refuse(first.id);
      await time.setNextBlockTimestamp(from);
      await by.appeal(first.id, REASON);
      await time.setNextBlockTimestamp(from + 9);
      await by.appeal(second.id, REASON);
      await time.setNextBlockTimestamp(from + 10);
      await refuse(third.id);
    });

    it("is open up to, not including, the window's end", async () => {
      const { supervision, uphold, signers, ids } = await loadFixture(deploySupervision);
      const first = await uphold();
      const by = supervision.connect(signers.instituteAdmin);
      await time.setNextBlockTimestamp(first.appealUntil - 1);
      await expect(by.appeal(first.id, REASON))
        .to.emit(supervision, "CaseAppealed")
        .withArgs(first.id, ids.institute, REASON, first.appealUntil - 1 + DECISION_WINDOW, signers.instituteAdmin);

      const second = await uphold();
      await time.setNextBlockTimestamp(second.appealUntil);
      await expect(by.appeal(second.id, REASON))
        .to.be.revertedWithCustomError(supervision, "AppealWindowClosed")
        .withArgs(second.id, second.appealUntil);
    });

    it("reverts without grounds, and a second time", async () => {
      const { supervision, uphold, signers } = await loadFixture(deploySupervision);
      const { id } = await uphold();
      const by = supervision.connect(signers.instituteAdmin);
      await expect(by.appeal(id, zeroHash)).to.be.revertedWithCustomError(supervision, "ZeroHash");
      await by.appeal(id, REASON);
      await expect(by.appeal(id, REASON))
        .to.be.revertedWithCustomError(supervision, "CaseStatusInvalid")
        .withArgs(id, CaseStatus.APPEALED);
    });

    it("does not stay the suspension", async () => {
      const { supervision, uphold, suspendedUntil, signers, ids } = await loadFixture(deploySupervision);
      const { id, suspendedUntil: until } = await uphold();
      await supervision.connect(signers.instituteAdmin).appeal(id, REASON);
      expect(await suspendedUntil(ids.institute)).to.equal(until);
    });
  });

  describe("decideAppeal", () => {
    async function deployAppealed() {
      const s = await loadFixture(deploySupervision);
      const upheld = await s.uphold();
      await s.supervision.connect(s.signers.instituteAdmin).appeal(upheld.id, REASON);
      return { ...s, ...upheld };
    }

    it("reverts when the case is not under appeal", async () => {
      const { supervision, uphold, southSupervisor } = await loadFixture(deploySupervision);
      const { id } = await uphold();
      await expect(supervision.connect(southSupervisor).decideAppeal(id, true, REASON))
        .to.be.revertedWithCustomError(supervision, "CaseStatusInvalid")
        .withArgs(id, CaseStatus.UPHELD);
    });

    it("reverts when the caller is no supervisor", async () => {
      const { supervision, institutions, id, signers } = await deployAppealed();
      for (const outsider of [signers.stranger, signers.southAdmin]) {
        await expect(supervision.connect(outsider).decideAppeal(id, true, REASON))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(outsider, AGENT_ROLES.supervisor);
      }
    });

    it("reverts when the supervisor's institution is accused, reporter or first decider", async () => {
      const s = await deployAppealed();
      const { supervision, id } = s;
      await time.increaseTo(s.suspendedUntil);
      for (const biased of [s.instituteSupervisor, s.northSupervisor, s.signers.supervisor, s.secondSupervisor]) {
        await expect(supervision.connect(biased).decideAppeal(id, true, REASON))
          .to.be.revertedWithCustomError(supervision, "DeciderNotPermitted")
          .withArgs(id, biased);
      }
    });

    it("reverts when the first decider's wallet has moved to another institution", async () => {
      const { supervision, institutions, id, signers, ids, until } = await deployAppealed();
      const operator = institutions.connect(signers.operator);
      await operator.dismissAgent(signers.supervisor);
      await operator.appointAgent(ids.south, signers.supervisor, AGENT_ROLES.supervisor, await time.latest(), until);
      await expect(supervision.connect(signers.supervisor).decideAppeal(id, true, REASON))
        .to.be.revertedWithCustomError(supervision, "DeciderNotPermitted")
        .withArgs(id, signers.supervisor);
    });

    it("reverts without a reason", async () => {
      const { supervision, id, southSupervisor } = await deployAppealed();
      for (const granted of [true, false]) {
        await expect(
          supervision.connect(southSupervisor).decideAppeal(id, granted, zeroHash),
        ).to.be.revertedWithCustomError(supervision, "ZeroHash");
      }
    });

    it("rejects, and leaves the sanction as it is", async () => {
      const { supervision, institutions, id, southSupervisor, ids, suspendedUntil, ...s } = await deployAppealed();
      await expect(supervision.connect(southSupervisor).decideAppeal(id, false, REASON))
        .to.emit(supervision, "AppealDecided")
        .withArgs(id, ids.institute, false, REASON, ids.south, southSupervisor);
      expect((await supervision.caseOf(id)).status).to.equal(CaseStatus.APPEAL_REJECTED);
      expect((await institutions.profile(ids.institute)).suspendedUntil).to.equal(suspendedUntil);
      await expect(supervision.connect(s.signers.instituteAdmin).appeal(id, REASON))
        .to.be.revertedWithCustomError(supervision, "CaseStatusInvalid")
        .withArgs(id, CaseStatus.APPEAL_REJECTED);
    });

    it("grants: lifts the suspension and returns the fine to the bond", async () => {
      const { supervision, institutions, token, id, southSupervisor, ids } = await deployAppealed();
      const decision = supervision.connect(southSupervisor).decideAppeal(id, true, REASON);
      await expect(decision)
        .to.emit(supervision, "AppealDecided")
        .withArgs(id, ids.institute, true, REASON, ids.south, southSupervisor);
      await expect(decision).to.emit(supervision, "FineRefunded").withArgs(id, ids.institute, LEAK.fine);
      await expect(decision)
        .to.emit(institutions, "InstitutionReinstated")
        .withArgs(ids.institute, REASON, supervision);
      expect(await institutions.standing(ids.institute)).to.equal(Standing.ACTIVE);
      expect(await institutions.bond(ids.institute)).to.equal(BOND);
      expect(await token.balanceOf(supervision)).to.equal(0n);
      expect((await supervision.caseOf(id)).status).to.equal(CaseStatus.APPEAL_GRANTED);
      await expect(supervision.payFine(id)).to.be.revertedWithCustomError(supervision, "FineNotPayable").withArgs(id);
      await expect(supervision.connect(southSupervisor).decideAppeal(id, true, REASON))
        .to.be.revertedWithCustomError(supervision, "CaseStatusInvalid")
        .withArgs(id, CaseStatus.APPEAL_GRANTED);
    });

    it("grants after the suspension ended by itself", async () => {
      const { supervision, institutions, uphold, southSupervisor, signers, ids } = await loadFixture(deploySupervision);
      const { id, suspendedUntil } = await uphold("DESTRUCTION_OVERDUE");
      await supervision.connect(signers.instituteAdmin).appeal(id, REASON);
      await time.setNextBlockTimestamp(suspendedUntil);
      const decision = supervision.connect(southSupervisor).decideAppeal(id, true, REASON);
      await expect(decision).not.to.emit(institutions, "InstitutionReinstated");
      expect(await institutions.bond(ids.institute)).to.equal(BOND);
    });

    it("grants to an expelled member the fine alone", async () => {
      const { supervision, institutions, id, southSupervisor, signers, ids } = await deployAppealed();
      await institutions.connect(signers.supervision).expel(ids.institute, REASON);
      await supervision.connect(southSupervisor).decideAppeal(id, true, REASON);
      expect(await institutions.standing(ids.institute)).to.equal(Standing.EXPELLED);
      expect(await institutions.bond(ids.institute)).to.equal(BOND);
    });
  });

  describe("lapseAppeal", () => {
    async function deployAppealed(violation: "LEAK" | "REIDENTIFICATION" = "LEAK") {
      const s = await loadFixture(deploySupervision);
      const upheld = await s.uphold(violation);
      await s.supervision.connect(s.signers.instituteAdmin).appeal(upheld.id, REASON);
      const decideUntil = (await time.latest()) + DECISION_WINDOW;
      return { ...s, ...upheld, decideUntil };
    }

    it("leaves the last second to a decision, and is for anyone from the next one on", async () => {
      const { supervision, southSupervisor, signers, ...s } = await deployAppealed();
      const second = await s.uphold();
      await supervision.connect(signers.instituteAdmin).appeal(second.id, REASON);
      const by = supervision.connect(signers.stranger);
      const decider = supervision.connect(southSupervisor);

      const checkpoint = await networkHelpers.takeSnapshot();
      await time.setNextBlockTimestamp(s.decideUntil - 1);
      await expect(by.lapseAppeal(s.id))
        .to.be.revertedWithCustomError(supervision, "AppealDecisionRunning")
        .withArgs(s.id, s.decideUntil);
      await checkpoint.restore();
      await time.setNextBlockTimestamp(s.decideUntil - 1);
      await decider.decideAppeal(s.id, false, REASON);
      await expect(by.lapseAppeal(s.id))
        .to.be.revertedWithCustomError(supervision, "CaseStatusInvalid")
        .withArgs(s.id, CaseStatus.APPEAL_REJECTED);
      await checkpoint.restore();

      for (const granted of [true, false]) {
        await time.setNextBlockTimestamp(s.decideUntil + Number(granted));
        await expect(decider.decideAppeal(s.id, granted, REASON))
          .to.be.revertedWithCustomError(supervision, "AppealDecisionOver")
          .withArgs(s.id, s.decideUntil);
        await checkpoint.restore();
      }
      await time.setNextBlockTimestamp(s.decideUntil);
      await expect(by.lapseAppeal(s.id))
        .to.emit(supervision, "AppealLapsed")
        .withArgs(s.id, s.ids.institute, signers.stranger);
    });

    it("returns the fine to the bond, and leaves the decision and its suspension as they are", async () => {
      const s = await deployAppealed("REIDENTIFICATION");
      const { supervision, institutions, token, id, ids, fund } = s;
      expect(s.suspendedUntil).to.be.greaterThan(s.decideUntil);
      await time.setNextBlockTimestamp(s.decideUntil);
      const lapse = supervision.connect(s.signers.stranger).lapseAppeal(id);
      await expect(lapse).to.emit(supervision, "FineRefunded").withArgs(id, ids.institute, BOND);
      await expect(lapse).not.to.emit(institutions, "InstitutionReinstated");
      expect(await institutions.bond(ids.institute)).to.equal(BOND);
      expect(await token.balanceOf(supervision)).to.equal(0n);
      expect(await token.balanceOf(fund)).to.equal(0n);
      expect((await institutions.profile(ids.institute)).suspendedUntil).to.equal(s.suspendedUntil);
      expect((await supervision.caseOf(id)).status).to.equal(CaseStatus.APPEAL_LAPSED);
    });

    it("ends the case: no lapse, decision, appeal or payment comes after it", async () => {
      const { supervision, id, decideUntil, southSupervisor, signers } = await deployAppealed();
      await time.setNextBlockTimestamp(decideUntil);
      await supervision.lapseAppeal(id);
      for (const act of [
        supervision.lapseAppeal(id),
        supervision.connect(southSupervisor).decideAppeal(id, true, REASON),
        supervision.connect(signers.instituteAdmin).appeal(id, REASON),
      ]) {
        await expect(act)
          .to.be.revertedWithCustomError(supervision, "CaseStatusInvalid")
          .withArgs(id, CaseStatus.APPEAL_LAPSED);
      }
      await expect(supervision.payFine(id)).to.be.revertedWithCustomError(supervision, "FineNotPayable").withArgs(id);
    });

    it("reverts for a case that nobody appealed against, and for none", async () => {
      const { supervision, uphold } = await loadFixture(deploySupervision);
      const { id, at } = await uphold();
      await time.setNextBlockTimestamp(at + 2 * DECISION_WINDOW);
      for (const [one, status] of [
        [id, CaseStatus.UPHELD],
        [UNKNOWN, CaseStatus.NONE],
      ] as const) {
        await expect(supervision.lapseAppeal(one))
          .to.be.revertedWithCustomError(supervision, "CaseStatusInvalid")
          .withArgs(one, status);
      }
    });

    it("returns the fine to a member that was expelled meanwhile", async () => {
      const { supervision, institutions, id, decideUntil, signers, ids } = await deployAppealed();
      await institutions.connect(signers.supervision).expel(ids.institute, REASON);
      await time.setNextBlockTimestamp(decideUntil);
      await supervision.lapseAppeal(id);
      expect(await institutions.bond(ids.institute)).to.equal(BOND);
    });

    it("lapses where there was no fine", async () => {
      const s = await loadFixture(deploySupervision);
      await s.supervision.connect(s.signers.rules).setSanction(LEAK_CODE, { suspension: DAY, bondShare: 0 });
      const { id } = await s.uphold();
      await s.supervision.connect(s.signers.instituteAdmin).appeal(id, REASON);
      await time.increase(DECISION_WINDOW);
      await expect(s.supervision.lapseAppeal(id)).not.to.emit(s.supervision, "FineRefunded");
      expect((await s.supervision.caseOf(id)).status).to.equal(CaseStatus.APPEAL_LAPSED);
    });
  });

  describe("suspensions side by side", () => {
    async function deployPair() {
      const s = await loadFixture(deploySupervision);
      const grant = async (id: string): Promise<void> => {
        await s.supervision.connect(s.signers.instituteAdmin).appeal(id, REASON);
        await s.supervision.connect(s.southSupervisor).decideAppeal(id, true, REASON);
      };
      return { ...s, grant };
    }

    it("leaves the shorter one when the longer one is lifted, whichever came first", async () => {
      for (const order of [
        ["LEAK", "REIDENTIFICATION"],
        ["REIDENTIFICATION", "LEAK"],
      ] as const) {
        const { uphold, grant, suspendedUntil, ids } = await deployPair();
        const cases = [await uphold(order[0]), await uphold(order[1])];
        const longer = cases[order.indexOf("REIDENTIFICATION")]!;
        const shorter = cases[order.indexOf("LEAK")]!;
        await grant(longer.id);
        expect(await suspendedUntil(ids.institute), order.join()).to.equal(shorter.suspendedUntil);
        await grant(shorter.id);
        expect(await suspendedUntil(ids.institute), order.join()).to.equal(await time.latest());
      }
    });

    it("does not bring back one that was lifted before", async () => {
      const { institutions, uphold, grant, suspendedUntil, ids } = await deployPair();
      const shorter = await uphold("LEAK");
      const longer = await uphold("REIDENTIFICATION");
      await grant(shorter.id);
      expect(await suspendedUntil(ids.institute)).to.equal(longer.suspendedUntil);
      await grant(longer.id);
      expect(await institutions.standing(ids.institute)).to.equal(Standing.ACTIVE);
    });

    it("leaves a suspension that supervision gave by hand before", async () => {
      const { institutions, uphold, grant, suspendedUntil, signers, ids } = await deployPair();
      const byHand = (await time.latest()) + 30 * DAY;
      await institutions.connect(signers.supervision).suspend(ids.institute, byHand, REASON);
      const { id } = await uphold();
      await grant(id);
      expect(await suspendedUntil(ids.institute)).to.equal(byHand);
    });

    it("leaves what supervision decided by hand since", async () => {
      const { institutions, uphold, grant, suspendedUntil, signers, ids } = await deployPair();
      const first = await uphold();
      const byHand = (await time.latest()) + 120 * DAY;
      await institutions.connect(signers.supervision).suspend(ids.institute, byHand, REASON);
      await grant(first.id);
      expect(await suspendedUntil(ids.institute)).to.equal(byHand);
    });

    it("forgets what supervision ended by hand", async () => {
      const { institutions, uphold, grant, suspendedUntil, signers, ids } = await deployPair();
      await uphold("REIDENTIFICATION");
      await institutions.connect(signers.supervision).reinstate(ids.institute, REASON);
      const second = await uphold("LEAK");
      expect(await suspendedUntil(ids.institute)).to.equal(second.suspendedUntil);
      await grant(second.id);
      expect(await institutions.standing(ids.institute)).to.equal(Standing.ACTIVE);
    });

    it("forgets one that ended by itself", async () => {
      const { institutions, uphold, grant, suspendedUntil, signers, ids } = await deployPair();
      const first = await uphold("DESTRUCTION_OVERDUE");
      await time.setNextBlockTimestamp(first.suspendedUntil);
      await institutions.connect(signers.deployer).depositBond(ids.institute, 1n);
      const second = await uphold("LEAK");
      expect(await suspendedUntil(ids.institute)).to.equal(second.suspendedUntil);
      await grant(second.id);
      expect(await institutions.standing(ids.institute)).to.equal(Standing.ACTIVE);
    });
  });

  describe("payFine", () => {
    it("reverts before the window's end, and pays the fund from it on, once, for anyone", async () => {
      const { supervision, token, fund, uphold, signers, ids } = await loadFixture(deploySupervision);
      const { id, appealUntil } = await uphold();
      const by = supervision.connect(signers.stranger);
      await time.setNextBlockTimestamp(appealUntil - 1);
      await expect(by.payFine(id)).to.be.revertedWithCustomError(supervision, "FineNotPayable").withArgs(id);
      await time.setNextBlockTimestamp(appealUntil);
      await expect(by.payFine(id)).to.emit(supervision, "FinePaid").withArgs(id, ids.institute, fund, LEAK.fine);
      expect(await token.balanceOf(fund)).to.equal(LEAK.fine);
      expect(await token.balanceOf(supervision)).to.equal(0n);
      await expect(by.payFine(id)).to.be.revertedWithCustomError(supervision, "FineNotPayable").withArgs(id);
    });

    it("reverts while an appeal is pending, and pays once it is rejected", async () => {
      const { supervision, token, fund, uphold, southSupervisor, signers } = await loadFixture(deploySupervision);
      const { id, appealUntil } = await uphold();
      await supervision.connect(signers.instituteAdmin).appeal(id, REASON);
      await time.setNextBlockTimestamp(appealUntil);
      await expect(supervision.payFine(id)).to.be.revertedWithCustomError(supervision, "FineNotPayable").withArgs(id);
      await supervision.connect(southSupervisor).decideAppeal(id, false, REASON);
      await supervision.payFine(id);
      expect(await token.balanceOf(fund)).to.equal(LEAK.fine);
    });

    it("reverts when there is no fine", async () => {
      const { supervision, uphold, report, ids } = await loadFixture(deploySupervision);
      const reported = await report();
      const { id, appealUntil } = await uphold("LEAK", { accused: ids.south });
      await time.setNextBlockTimestamp(appealUntil);
      for (const bare of [id, reported, UNKNOWN]) {
        await expect(supervision.payFine(bare))
          .to.be.revertedWithCustomError(supervision, "FineNotPayable")
          .withArgs(bare);
      }
    });
  });

  describe("with a token that keeps a part of each transfer", () => {
    it("holds, pays and refunds what arrived", async () => {
      const {
        authority,
        patients,
        broker,
        records,
        fund,
        signers,
        start,
        until,
        freeWallet,
        eastSupervisor,
        southSupervisor,
      } = await loadFixture(deploySupervision);
      const token = await ethers.deployContract("FeeToken", [1_000]);
      const manager = await ethers.deployContract("AccessManager", [signers.deployer]);
      const institutions = await ethers.deployContract("InstitutionRegistry", [manager, token]);
      const supervision = await ethers.deployContract("Supervision", [
        manager,
        institutions,
        patients,
        broker,
        records,
        fund,
        DAY,
        DAY,
        [{ violation: LEAK_CODE, sanction: { suspension: DAY, bondShare: 5_000 } }],
      ]);
      expect(await authority.getAddress()).not.to.equal(await manager.getAddress());
      const restricted = ["suspend", "reinstate", "slashBond"].map(
        (name) => institutions.interface.getFunction(name as "suspend").selector,
      );
      await manager.setTargetFunctionRole(institutions, restricted, 7);
      await manager.grantRole(7, supervision, 0);
      const admins = [signers.northAdmin, signers.southAdmin, signers.eastAdmin];
      for (const admin of admins) await institutions.admit(1, 0, true, start, until, hash("member"), admin);
      await institutions.appointAgent(2, southSupervisor, AGENT_ROLES.supervisor, start, until);
      await institutions.appointAgent(3, eastSupervisor, AGENT_ROLES.supervisor, start, until);
      await institutions.admit(1, 0, true, start, until, hash("reporter"), freeWallet);
      await token.mint(signers.deployer, 10_000n);
      await token.approve(institutions, 10_000n);
      await institutions.depositBond(1, 10_000n);
      expect(await institutions.bond(1)).to.equal(9_000n);

      const by = supervision.connect(freeWallet);
      const report = async (text: string): Promise<string> => {
        const args = [1, LEAK_CODE, hash(text), zeroHash, zeroHash] as const;
        const id = await by.reportViolation.staticCall(...args);
        await by.reportViolation(...args);
        await supervision.connect(southSupervisor).decide(id, true, REASON);
        return id;
      };
      const first = await report("first");
      expect((await supervision.caseOf(first)).fine).to.equal(4_050n);
      const second = await report("second");
      expect((await supervision.caseOf(second)).fine).to.equal(2_025n);
      expect(await token.balanceOf(supervision)).to.equal(6_075n);

      await supervision.connect(signers.northAdmin).appeal(first, REASON);
      await supervision.connect(eastSupervisor).decideAppeal(first, true, REASON);
      expect(await token.balanceOf(supervision)).to.equal(2_025n);
      await time.increase(DAY);
      await supervision.payFine(second);
      expect(await token.balanceOf(supervision)).to.equal(0n);
    });
  });

  describe("sanction", () => {
    it("reverts when the caller does not hold the role", async () => {
      const { supervision, signers, ids } = await loadFixture(deploySupervision);
      for (const outsider of [signers.stranger, signers.rules, signers.supervisor]) {
        await expect(supervision.connect(outsider).sanction(UNKNOWN, ids.north, LEAK_CODE, 0, zeroAddress, REASON))
          .to.be.revertedWithCustomError(supervision, "AccessManagedUnauthorized")
          .withArgs(outsider);
      }
    });

    it("reverts for a case that exists, an unknown member, no violation, no reason", async () => {
      const { authority, supervision, report, signers, ids } = await loadFixture(deploySupervision);
      await authority.connect(signers.admin).grantRole(ROLE_IDS.emergency, signers.officer, 0);
      const by = supervision.connect(signers.officer);
      const id = await report();
      await expect(by.sanction(id, ids.north, LEAK_CODE, 0, zeroAddress, REASON))
        .to.be.revertedWithCustomError(supervision, "CaseExists")
        .withArgs(id);
      await expect(by.sanction(UNKNOWN, 0, LEAK_CODE, 0, zeroAddress, REASON))
        .to.be.revertedWithCustomError(supervision, "InstitutionUnknown")
        .withArgs(0);
      await expect(by.sanction(UNKNOWN, ids.north, 0, 0, zeroAddress, REASON))
        .to.be.revertedWithCustomError(supervision, "ViolationInvalid")
        .withArgs(0);
      await expect(by.sanction(UNKNOWN, ids.north, LEAK_CODE, 0, zeroAddress, zeroHash)).to.be.revertedWithCustomError(
        supervision,
        "ZeroHash",
      );
    });
  });

  describe("setSanction", () => {
    it("reverts when the caller does not hold the rules role", async () => {
      const { supervision, signers } = await loadFixture(deploySupervision);
      for (const outsider of [signers.stranger, signers.supervision, signers.supervisor]) {
        await expect(supervision.connect(outsider).setSanction(LEAK_CODE, { suspension: 1, bondShare: 1 }))
          .to.be.revertedWithCustomError(supervision, "AccessManagedUnauthorized")
          .withArgs(outsider);
      }
    });

    it("reverts without a violation, and above the whole bond", async () => {
      const { supervision, signers } = await loadFixture(deploySupervision);
      const by = supervision.connect(signers.rules);
      await expect(by.setSanction(0, { suspension: 1, bondShare: 1 }))
        .to.be.revertedWithCustomError(supervision, "ViolationInvalid")
        .withArgs(0);
      await expect(by.setSanction(LEAK_CODE, { suspension: 1, bondShare: 10_001 }))
        .to.be.revertedWithCustomError(supervision, "SanctionInvalid")
        .withArgs(LEAK_CODE, 10_001);
    });

    it("holds for decisions from then on, at the extremes too", async () => {
      const { supervision, institutions, uphold, signers, ids } = await loadFixture(deploySupervision);
      const before = await uphold("LEAK", { accused: ids.north, by: signers.southClinician });
      const suspension = 2 ** 32 - 1;
      await expect(supervision.connect(signers.rules).setSanction(LEAK_CODE, { suspension, bondShare: 10_000 }))
        .to.emit(supervision, "SanctionChanged")
        .withArgs(LEAK_CODE, suspension, 10_000, signers.rules);
      expect((await institutions.profile(ids.north)).suspendedUntil).to.equal(before.suspendedUntil);
      const after = await uphold("LEAK", { by: signers.southClinician });
      expect(after.suspendedUntil).to.equal(after.at + suspension);
      expect(await institutions.bond(ids.institute)).to.equal(0n);
    });
  });

  describe("setAppealWindows", () => {
    it("reverts when the caller does not hold the rules role", async () => {
      const { supervision, signers } = await loadFixture(deploySupervision);
      await expect(supervision.connect(signers.supervision).setAppealWindows(DAY, DAY))
        .to.be.revertedWithCustomError(supervision, "AccessManagedUnauthorized")
        .withArgs(signers.supervision);
    });

    it("takes a day to 90 days each, for decisions and appeals from then on", async () => {
      const { supervision, uphold, signers } = await loadFixture(deploySupervision);
      const by = supervision.connect(signers.rules);
      for (const window of [0, DAY - 1, 90 * DAY + 1, 2 ** 32 - 1]) {
        for (const windows of [
          [window, DAY],
          [DAY, window],
        ] as const) {
          await expect(by.setAppealWindows(...windows))
            .to.be.revertedWithCustomError(supervision, "AppealWindowInvalid")
            .withArgs(window);
        }
      }
      const before = await uphold();
      await supervision.connect(signers.instituteAdmin).appeal(before.id, REASON);
      const appealedAt = await time.latest();
      await expect(by.setAppealWindows(90 * DAY, 89 * DAY))
        .to.emit(supervision, "AppealWindowsChanged")
        .withArgs(90 * DAY, 89 * DAY, signers.rules);
      await by.setAppealWindows(DAY, 2 * DAY);
      expect((await supervision.caseOf(before.id)).decideAppealUntil).to.equal(appealedAt + DECISION_WINDOW);
      expect((await supervision.caseOf(before.id)).appealUntil).to.equal(before.at + APPEAL_WINDOW);
      const after = await uphold();
      expect(after.appealUntil).to.equal(after.at + DAY);
      await supervision.connect(signers.instituteAdmin).appeal(after.id, REASON);
      const { decideAppealUntil } = await supervision.caseOf(after.id);
      expect(decideAppealUntil).to.equal((await time.latest()) + 2 * DAY);
    });
  });
});
