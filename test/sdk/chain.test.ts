import { ZeroAddress } from "ethers";
import { expect } from "chai";
import { network } from "hardhat";
import { getAddress, zeroHash } from "viem";
import type { Address, Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import {
  batchId,
  cohortRequestId,
  CohortTree,
  createConsent,
  memberLeaf,
  NO_CONSENT,
  patientActTypedData,
  presetPolicy,
  RecordBatch,
  recordLeaf,
  requestId,
  signGiveConsent,
  signPatientAct,
  signRefuseConsent,
  signWithdrawAllConsents,
  signWithdrawConsent,
} from "@consilium/sdk";
import type { AccessRequest, CohortMember, CohortRequest, PatientActMessages, RecordBatchEntry } from "@consilium/sdk";

const { ethers, networkHelpers } = await network.create();

const CHAIN_ID = 20_261;
const DEADLINE = 2n ** 40n;
const GIVEN = 1n;
const WITHDRAWN = 3n;
const REFUSED = 6n;

const patient = privateKeyToAccount(`0x${"71".repeat(32)}`);
const guardian = privateKeyToAccount(`0x${"72".repeat(32)}`);

/** What the SDK computes off the chain, held against the contracts themselves. */
describe("SDK and contracts", () => {
  async function deploy() {
    const patients = await ethers.deployContract("PatientRegistry", [ZeroAddress]);
    const [authority] = await ethers.getSigners();
    // Neither administration nor members play a part here.
    const institutions = await ethers.deployContract("InstitutionRegistry", [authority, authority]);
    const consents = await ethers.deployContract("ConsentRegistry", [authority, patients, institutions]);
    const verifyingContract = getAddress(await consents.getAddress());
    const registry = getAddress(await patients.getAddress());
    return { patients, consents, verifyingContract, registry };
  }

  function newConsent() {
    const now = Math.floor(Date.now() / 1000);
    const policy = presetPolicy({ preset: "careOnly", validFrom: 0, validUntil: now + 1_000_000_000 });
    return createConsent({ patient: patient.address, policy, epoch: 0, notice: `0x${"ab".repeat(32)}` });
  }

  describe("consents", () => {
    it("have one id and details hash", async () => {
      const { consents } = await networkHelpers.loadFixture(deploy);
      const { id, terms, details } = newConsent();
      expect(await consents.consentId(terms)).to.equal(id);
      expect(await consents.detailsHash(details)).to.equal(terms.details);
    });

    it("are given, withdrawn, refused and ended by the SDK's signatures", async () => {
      const { consents, verifyingContract } = await networkHelpers.loadFixture(deploy);
      const form = { chainId: CHAIN_ID, verifyingContract, deadline: DEADLINE, signer: patient.address };
      const status = async (id: Hex): Promise<bigint> => (await consents.consent(id)).status;

      const first = newConsent();
      await consents.giveBySignature(await signGiveConsent(patient, { ...form, ...first }));
      expect(await status(first.id)).to.equal(GIVEN);

      const withdrawal = await signWithdrawConsent(patient, { ...form, consent: first.id });
      await consents.withdrawBySignature(
        withdrawal.consent,
        withdrawal.signer,
        withdrawal.deadline,
        withdrawal.signature,
      );
      expect(await status(first.id)).to.equal(WITHDRAWN);

      const second = newConsent();
      const refusal = await signRefuseConsent(patient, { ...form, ...second });
      await consents.refuseBySignature(refusal.terms, refusal.signer, refusal.deadline, refusal.signature);
      expect(await status(second.id)).to.equal(REFUSED);

      const end = await signWithdrawAllConsents(patient, { ...form, patient: patient.address, epoch: 0 });
      await consents.withdrawAllBySignature(end.patient, end.epoch, end.signer, end.deadline, end.signature);
      expect(await consents.epochOf(patient.address)).to.equal(1n);
    });

    it("are not given by another's signature", async () => {
      const { consents, verifyingContract } = await networkHelpers.loadFixture(deploy);
      const form = { chainId: CHAIN_ID, verifyingContract, deadline: DEADLINE, signer: patient.address };
      const forged = await signGiveConsent(guardian, { ...form, ...newConsent() });
      await expect(consents.giveBySignature(forged))
        .to.be.revertedWithCustomError(consents, "SignatureInvalid")
        .withArgs(patient.address);
    });
  });

  describe("patients", () => {
    it("appoint a guardian and hand over by the SDK's signatures", async () => {
      const { patients, registry } = await networkHelpers.loadFixture(deploy);
      const identity = patient.address;
      const contract = { chainId: CHAIN_ID, verifyingContract: registry };
      const base = async () => ({ identity, nonce: await patients.nonce(identity), deadline: DEADLINE });
      const majority = (await networkHelpers.time.latest()) + 1_000_000;

      const appointment: PatientActMessages["AppointGuardian"] = {
        ...(await base()),
        guardian: guardian.address,
        coGuardian: "0x0000000000000000000000000000000000000001",
        assentFrom: majority - 1_000,
        majority,
      };
      await patients.appointGuardianBySignature(
        identity,
        guardian.address,
        appointment.coGuardian,
        appointment.assentFrom,
        majority,
        DEADLINE,
        await signPatientAct(patient, { ...contract, act: "AppointGuardian", message: appointment }),
      );
      expect(await patients.guardianAt(identity, majority - 1)).to.equal(guardian.address);

      const attribute: PatientActMessages["SetAttribute"] = {
        ...(await base()),
        name: `0x${"6b".repeat(32)}`,
        value: "0x1234",
        validity: 1_000n,
      };
      await patients.setAttributeBySignature(
        identity,
        attribute.name,
        attribute.value,
        attribute.validity,
        DEADLINE,
        await signPatientAct(patient, { ...contract, act: "SetAttribute", message: attribute }),
      );

      const setup = { helpers: [getAddress(`0x${"01".repeat(20)}`)], threshold: 1, delay: 86_400 };
      const recovery: PatientActMessages["SetRecovery"] = { ...(await base()), ...setup };
      await patients.setRecoveryBySignature(
        identity,
        setup,
        DEADLINE,
        await signPatientAct(patient, { ...contract, act: "SetRecovery", message: recovery }),
      );
      expect(await patients.recoverySetup(identity)).to.not.equal(zeroHash);

      const handOver: PatientActMessages["ChangeOwner"] = { ...(await base()), newOwner: guardian.address };
      await patients.changeOwnerBySignature(
        identity,
        guardian.address,
        DEADLINE,
        await signPatientAct(patient, { ...contract, act: "ChangeOwner", message: handOver }),
      );
      expect(await patients.identityOwner(identity)).to.equal(guardian.address);
    });

    it("share the registry's domain", async () => {
      const { patients, registry } = await networkHelpers.loadFixture(deploy);
      const message: PatientActMessages["CancelRecovery"] = { identity: patient.address, nonce: 0n, deadline: 0n };
      const { domain } = patientActTypedData({
        act: "CancelRecovery",
        chainId: CHAIN_ID,
        verifyingContract: registry,
        message,
      });
      const { name, version, chainId, verifyingContract } = await patients.eip712Domain();
      expect(domain).to.deep.equal({ name, version, chainId: Number(chainId), verifyingContract });
    });
  });

  describe("records", () => {
    const entries = Array.from({ length: 7 }, (_, i): RecordBatchEntry => ({
      patient: patient.address,
      commitment: `0x${(i + 1).toString(16).padStart(64, "0")}`,
      level: 2,
      category: "labs",
      dataFrom: 0,
      dataUntil: 1_700_000_000,
      retentionUntil: 0,
    }));

    async function deployRecords() {
      const records = await ethers.deployContract("RecordRegistry", [patient.address, patient.address]);
      return { records };
    }

    it("have one leaf and batch id", async () => {
      const { records } = await networkHelpers.loadFixture(deployRecords);
      const batch = new RecordBatch(9, entries);
      expect(await records.leafOf(batch.record(3))).to.equal(recordLeaf(batch.record(3)));
      expect(recordLeaf(batch.record(3))).to.equal(batch.leaf(3));
      expect(await records.batchId(9, batch.root)).to.equal(batch.id);
      expect(batchId(9, batch.root)).to.equal(batch.id);
    });
  });

  describe("requests", () => {
    async function deployHarness() {
      return { hashes: await ethers.deployContract("AccessHashHarness") };
    }

    const batch = new RecordBatch(9, [
      {
        patient: patient.address,
        commitment: `0x${"22".repeat(32)}`,
        level: 2,
        category: "labs",
        dataFrom: 0,
        dataUntil: 0,
        retentionUntil: 0,
      },
    ]);
    const requester: Address = guardian.address;
    const request: AccessRequest = {
      study: `0x${"55".repeat(32)}`,
      word: 66n,
      salt: 77n,
      batch: batch.id,
      record: batch.record(0),
      proof: [],
      consent: newConsent().terms,
    };
    const cohort: CohortRequest = {
      study: request.study,
      word: 66n,
      salt: 77n,
      parts: [
        {
          batch: batch.id,
          records: [batch.record(0)],
          consents: [request.consent],
          proof: [zeroHash],
          proofFlags: [true, false],
        },
      ],
    };

    it("have one id, with a consent and without", async () => {
      const { hashes } = await networkHelpers.loadFixture(deployHarness);
      for (const body of [request, { ...request, consent: NO_CONSENT }]) {
        expect(await hashes.request(requester, body)).to.equal(requestId(requester, body));
      }
      expect(await hashes.cohort(requester, cohort)).to.equal(cohortRequestId(requester, cohort));
    });

    it("have one root of the members granted, whatever their number", async () => {
      const { hashes } = await networkHelpers.loadFixture(deployHarness);
      for (const size of [1, 2, 3, 10, 33]) {
        const members = Array.from({ length: size }, (_, i): CohortMember => ({
          study: request.study,
          patient: patient.address,
          consent: `0x${(i + 1).toString(16).padStart(64, "0")}`,
          batch: batch.id,
          record: batch.leaf(0),
        }));
        const [first] = members;
        expect(first && (await hashes.member(first))).to.equal(first && memberLeaf(first));
        expect(await hashes.root(members)).to.equal(new CohortTree(members).root);
      }
    });
  });
});
