import { ZeroAddress } from "ethers";
import { expect } from "chai";
import type { Address, Hex } from "viem";
import {
  categoryMask,
  emergencyId,
  encodePolicyWord,
  failedCheckMask,
  signOptOut,
  violationCode,
} from "@consilium/sdk";
import { AGENT_ROLES } from "../fixtures/consilium.ts";
import { BOND, CaseStatus, signMessage, Standing } from "../supervision/supervisionFixtures.ts";
import {
  DEFAULT_DURATION,
  deployEmergencies,
  EmergencyStatus,
  HOUR,
  MAX_DURATION,
  REVIEW_WINDOW,
} from "./emergencyFixtures.ts";
import { DAY, ethers, hash, loadFixture, plain, RECORD, RETENTION, time, zeroAddress, zeroHash } from "./scenario.ts";

const REASON = hash("reason");
const UNKNOWN = hash("unknown");
const LABS = categoryMask(["labs"]);
const DIAGNOSES = categoryMask(["diagnoses"]);
const ALL = 2 ** 11 - 1;

describe("EmergencyAccess", () => {
  describe("deployment", () => {
    it("reverts when a partner is missing", async () => {
      const { authority, institutions, patients, records, supervision } = await loadFixture(deployEmergencies);
      const partners = [institutions, patients, records, supervision];
      const factory = await ethers.getContractFactory("EmergencyAccess");
      const rules = { defaultDuration: 1, maxDuration: 1, reviewWindow: HOUR };
      for (const index of partners.keys()) {
        const [a, b, c, d] = partners.map((one, i) => (i === index ? zeroAddress : one));
        await expect(
          factory.deploy(authority, a!, b!, c!, d!, rules),
          `partner ${index}`,
        ).to.be.revertedWithCustomError(factory, "ZeroAddress");
      }
    });

    it("takes its rules from the consortium's", async () => {
      const { emergencies } = await loadFixture(deployEmergencies);
      expect(plain(await emergencies.emergencyRules())).to.deep.equal({
        defaultDuration: BigInt(DEFAULT_DURATION),
        maxDuration: BigInt(MAX_DURATION),
        reviewWindow: BigInt(REVIEW_WINDOW),
      });
    });
  });

  describe("open", () => {
    it("reverts when the caller is no clinician", async () => {
      const { emergencies, institutions, makeTerms, signers } = await loadFixture(deployEmergencies);
      for (const outsider of [signers.stranger, signers.researcher, signers.northGateway, signers.supervisor]) {
        await expect(emergencies.connect(outsider).open(makeTerms()))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(outsider, AGENT_ROLES.clinician);
      }
    });

    it("reverts when the clinician's institution is suspended, up to the suspension's last second", async () => {
      const { emergencies, institutions, makeTerms, open, signers, ids } = await loadFixture(deployEmergencies);
      const until = (await time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(ids.south, until, REASON);
      for (const at of [await time.latest(), until - 2]) {
        await time.setNextBlockTimestamp(at + 1);
        await expect(emergencies.connect(signers.southClinician).open(makeTerms()))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(signers.southClinician, AGENT_ROLES.clinician);
      }
      const { id } = await open(makeTerms(), { at: until });
      expect((await emergencies.emergency(id)).status).to.equal(EmergencyStatus.OPEN);
    });

    it("reverts when the institution is not accredited, from the accreditation's end on", async () => {
      const { emergencies, institutions, makeTerms, open, signers, ids } = await loadFixture(deployEmergencies);
      const end = (await time.latest()) + DAY;
      await institutions.connect(signers.operator).accredit(ids.south, 0, end);
      const { id } = await open(makeTerms(), { at: end - 1 });
      expect((await emergencies.emergency(id)).status).to.equal(EmergencyStatus.OPEN);
      await time.setNextBlockTimestamp(end);
      await expect(emergencies.connect(signers.southClinician).open(makeTerms()))
        .to.be.revertedWithCustomError(emergencies, "InstitutionNotAccredited")
        .withArgs(ids.south);
    });

    it("reverts when the terms name nobody, both, half a record, no category or one that is none", async () => {
      const { emergencies, makeTerms, makeUnidentified, signers } = await loadFixture(deployEmergencies);
      const by = emergencies.connect(signers.southClinician);
      const named = makeTerms();
      const unnamed = makeUnidentified();
      for (const terms of [
        { ...named, patient: zeroAddress },
        { ...named, record: unnamed.record },
        { ...named, batch: unnamed.batch },
        { ...unnamed, patient: named.patient },
        { ...unnamed, record: zeroHash },
        { ...unnamed, batch: zeroHash },
        { ...named, categories: 0 },
        { ...named, categories: 2 ** 11 },
        { ...named, categories: 2 ** 16 - 1 },
      ]) {
        await expect(by.open(terms))
          .to.be.revertedWithCustomError(emergencies, "EmergencyTermsInvalid")
          .withArgs(signers.southClinician);
      }
      await expect(by.open({ ...named, reasonHash: zeroHash })).to.be.revertedWithCustomError(emergencies, "ZeroHash");
    });

    it("reverts when the batch of an unidentified person's record is unknown", async () => {
      const { emergencies, records, makeUnidentified, signers } = await loadFixture(deployEmergencies);
      await expect(emergencies.connect(signers.southClinician).open({ ...makeUnidentified(), batch: UNKNOWN }))
        .to.be.revertedWithCustomError(records, "BatchUnknown")
        .withArgs(UNKNOWN);
    });

    it("takes the longest duration that the rules allow, and none beyond", async () => {
      const { emergencies, makeTerms, open, signers } = await loadFixture(deployEmergencies);
      const { at, until } = await open(makeTerms(["labs"], MAX_DURATION));
      expect(until).to.equal(at + MAX_DURATION);
      for (const duration of [MAX_DURATION + 1, 2 ** 32 - 1]) {
        await expect(emergencies.connect(signers.southClinician).open(makeTerms(["labs"], duration)))
          .to.be.revertedWithCustomError(emergencies, "EmergencyDurationInvalid")
          .withArgs(duration, MAX_DURATION);
      }
      const shortest = await open(makeTerms(["labs"], 1));
      expect(shortest.until).to.equal(shortest.at + 1);
    });

    it("reverts when the same emergency was opened before", async () => {
      const { emergencies, open, signers } = await loadFixture(deployEmergencies);
      const { id, terms } = await open();
      await expect(emergencies.connect(signers.southClinician).open(terms))
        .to.be.revertedWithCustomError(emergencies, "EmergencyExists")
        .withArgs(id);
    });

    it("opens at once, and gives notice to the patient and supervision", async () => {
      const { emergencies, makeTerms, signers, ids } = await loadFixture(deployEmergencies);
      const terms = makeTerms();
      const by = emergencies.connect(signers.southClinician);
      const id = emergencyId(signers.southClinician.address as Address, terms);
      expect(await emergencies.emergencyId(signers.southClinician, terms)).to.equal(id);
      expect(await by.open.staticCall(terms)).to.deep.equal([id, BigInt(LABS | DIAGNOSES)]);
      const at = (await time.latest()) + 10;
      await time.setNextBlockTimestamp(at);
      await expect(by.open(terms))
        .to.emit(emergencies, "EmergencyOpened")
        .withArgs(
          id,
          signers.patient,
          ids.south,
          0,
          zeroHash,
          zeroHash,
          LABS | DIAGNOSES,
          0,
          at + DEFAULT_DURATION,
          at + REVIEW_WINDOW,
          terms.reasonHash,
          signers.southClinician,
        );
      expect(plain(await emergencies.emergency(id))).to.deep.equal({
        institution: BigInt(ids.south),
        status: EmergencyStatus.OPEN,
        categories: BigInt(LABS | DIAGNOSES),
        openedAt: BigInt(at),
        until: BigInt(at + DEFAULT_DURATION),
        reviewUntil: BigInt(at + REVIEW_WINDOW),
      });
    });

    it("keeps a stranger's emergency apart from another clinician's by the same terms", async () => {
      const { emergencies, makeTerms, open, signers } = await loadFixture(deployEmergencies);
      const terms = makeTerms();
      const south = await open(terms);
      const north = await open(terms, { by: signers.northClinician });
      expect(north.id).not.to.equal(south.id);
      expect((await emergencies.emergency(north.id)).status).to.equal(EmergencyStatus.OPEN);
    });
  });

  describe("setOptOut", () => {
    it("reverts when the caller is neither the patient nor the guardian", async () => {
      const { emergencies, signers } = await loadFixture(deployEmergencies);
      for (const outsider of [signers.stranger, signers.northClinician, signers.dataTrust]) {
        await expect(emergencies.connect(outsider).setOptOut(signers.patient, LABS))
          .to.be.revertedWithCustomError(emergencies, "OptOutNotPermitted")
          .withArgs(signers.patient, outsider);
      }
    });

    it("reverts when a data trust calls, whatever its mandate", async () => {
      const { emergencies, patients, carePolicy, signers } = await loadFixture(deployEmergencies);
      await patients
        .connect(signers.patient)
        .giveMandate(signers.patient, signers.dataTrust, encodePolicyWord(carePolicy));
      await expect(emergencies.connect(signers.dataTrust).setOptOut(signers.patient, 0))
        .to.be.revertedWithCustomError(emergencies, "OptOutNotPermitted")
        .withArgs(signers.patient, signers.dataTrust);
    });

    it("reverts for a category that is none, and takes none and all", async () => {
      const { emergencies, signers } = await loadFixture(deployEmergencies);
      const by = emergencies.connect(signers.patient);
      await expect(by.setOptOut(signers.patient, ALL + 1))
        .to.be.revertedWithCustomError(emergencies, "OptOutInvalid")
        .withArgs(signers.patient, ALL + 1);
      for (const [index, categories] of [ALL, 0].entries()) {
        await expect(by.setOptOut(signers.patient, categories))
          .to.emit(emergencies, "OptOutSet")
          .withArgs(signers.patient, categories, index + 1, signers.patient);
        expect(plain(await emergencies.optOutOf(signers.patient))).to.deep.equal({
          categories: BigInt(categories),
          nonce: BigInt(index + 1),
        });
      }
    });

    it("is the guardian's alone until majority", async () => {
      const { emergencies, patients, signers } = await loadFixture(deployEmergencies);
      const majority = (await time.latest()) + DAY;
      await patients
        .connect(signers.minor)
        .appointGuardian(signers.minor, signers.guardian, ZeroAddress, majority, majority);
      await time.setNextBlockTimestamp(majority - 2);
      await expect(emergencies.connect(signers.minor).setOptOut(signers.minor, LABS))
        .to.be.revertedWithCustomError(emergencies, "OptOutNotPermitted")
        .withArgs(signers.minor, signers.minor);
      await time.setNextBlockTimestamp(majority - 1);
      await emergencies.connect(signers.guardian).setOptOut(signers.minor, LABS);
      await time.setNextBlockTimestamp(majority);
      await expect(emergencies.connect(signers.guardian).setOptOut(signers.minor, 0))
        .to.be.revertedWithCustomError(emergencies, "OptOutNotPermitted")
        .withArgs(signers.minor, signers.guardian);
      await emergencies.connect(signers.minor).setOptOut(signers.minor, 0);
    });

    it("keeps the categories closed, and the notice says which", async () => {
      const { emergencies, makeTerms, deliver, signers, ids } = await loadFixture(deployEmergencies);
      await emergencies.connect(signers.patient).setOptOut(signers.patient, DIAGNOSES | categoryMask(["genomics"]));
      const terms = makeTerms();
      const by = emergencies.connect(signers.southClinician);
      const at = (await time.latest()) + 1;
      await time.setNextBlockTimestamp(at);
      await expect(by.open(terms))
        .to.emit(emergencies, "EmergencyOpened")
        .withArgs(
          emergencyId(signers.southClinician.address as Address, terms),
          signers.patient,
          ids.south,
          0,
          zeroHash,
          zeroHash,
          LABS,
          DIAGNOSES,
          at + DEFAULT_DURATION,
          at + REVIEW_WINDOW,
          terms.reasonHash,
          signers.southClinician,
        );
      await expect(deliver(terms)).to.emit(emergencies, "EmergencyDeliveryLogged");
      await expect(deliver(terms, { record: RECORD.diagnoses }))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
        .withArgs(
          emergencyId(signers.southClinician.address as Address, terms),
          failedCheckMask("REQUEST_SCOPE", "CONSENT_CATEGORY"),
        );
    });

    it("puts an attempt on record of which nothing is left, and opens nothing", async () => {
      const { emergencies, makeTerms, open, deliver, signers } = await loadFixture(deployEmergencies);
      await emergencies.connect(signers.patient).setOptOut(signers.patient, ALL);
      const terms = makeTerms();
      expect((await emergencies.connect(signers.southClinician).open.staticCall(terms)).opened).to.equal(0n);
      const { id, reviewUntil } = await open(terms);
      expect((await emergencies.emergency(id)).status).to.equal(EmergencyStatus.REFUSED);
      await expect(deliver(terms))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
        .withArgs(id, failedCheckMask("REVIEW_REJECTED", "REQUEST_SCOPE", "CONSENT_CATEGORY"));
      await expect(emergencies.connect(signers.supervisor).review(id, true, REASON))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotPending")
        .withArgs(id, EmergencyStatus.REFUSED);
      await time.setNextBlockTimestamp(reviewUntil);
      await expect(emergencies.lapse(id))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotPending")
        .withArgs(id, EmergencyStatus.REFUSED);
    });

    it("holds for the deliveries of an open emergency from the same block on", async () => {
      const { emergencies, open, deliver, signers } = await loadFixture(deployEmergencies);
      const { id, terms } = await open();
      await deliver(terms);
      await emergencies.connect(signers.patient).setOptOut(signers.patient, LABS);
      await expect(deliver(terms))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
        .withArgs(id, failedCheckMask("CONSENT_CATEGORY"));
      await emergencies.connect(signers.patient).setOptOut(signers.patient, 0);
      await deliver(terms);
    });

    it("is asked for at the delivery of an unidentified person's record", async () => {
      const { emergencies, makeUnidentified, open, deliver, signers } = await loadFixture(deployEmergencies);
      await emergencies.connect(signers.patient).setOptOut(signers.patient, LABS);
      const { id, terms } = await open(makeUnidentified());
      expect((await emergencies.emergency(id)).categories).to.equal(LABS);
      await expect(deliver(terms))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
        .withArgs(id, failedCheckMask("CONSENT_CATEGORY"));
    });
  });

  describe("setOptOutBySignature", () => {
    async function deploySigning() {
      const s = await loadFixture(deployEmergencies);
      const chainId = Number((await ethers.provider.getNetwork()).chainId);
      const verifyingContract = (await s.emergencies.getAddress()) as Address;
      const deadline = BigInt((await time.latest()) + DAY);
      const sign = async (
        categories: number,
        nonce: bigint,
        by = s.signers.patient,
        signer = by.address,
      ): Promise<Hex> =>
        (
          await signOptOut(
            { signTypedData: (message) => signMessage(by, message) },
            {
              chainId,
              verifyingContract,
              patient: s.signers.patient.address as Address,
              categories,
              nonce,
              deadline,
              signer: signer as Address,
            },
          )
        ).signature;
      const send = (categories: number, signature: Hex, signer = s.signers.patient.address) =>
        s.emergencies
          .connect(s.signers.relayer)
          .setOptOutBySignature(s.signers.patient, categories, signer, deadline, signature);
      return { ...s, deadline, sign, send };
    }

    it("takes what the patient signed, from anyone, once, up to the deadline's second", async () => {
      const { emergencies, sign, send, deadline, signers } = await deploySigning();
      const signature = await sign(LABS, 0n);
      await time.setNextBlockTimestamp(deadline);
      await expect(send(LABS, signature))
        .to.emit(emergencies, "OptOutSet")
        .withArgs(signers.patient, LABS, 1, signers.patient);
      await time.setNextBlockTimestamp(deadline + 1n);
      await expect(send(LABS, signature))
        .to.be.revertedWithCustomError(emergencies, "SignatureExpired")
        .withArgs(deadline);
    });

    it("reverts for a replay, for other categories, and once the patient acted otherwise", async () => {
      const { emergencies, sign, send, signers } = await deploySigning();
      const first = await sign(LABS, 0n);
      await expect(send(DIAGNOSES, first))
        .to.be.revertedWithCustomError(emergencies, "SignatureInvalid")
        .withArgs(signers.patient);
      await send(LABS, first);
      await expect(send(LABS, first))
        .to.be.revertedWithCustomError(emergencies, "SignatureInvalid")
        .withArgs(signers.patient);
      const second = await sign(0, 1n);
      await emergencies.connect(signers.patient).setOptOut(signers.patient, ALL);
      await expect(send(0, second))
        .to.be.revertedWithCustomError(emergencies, "SignatureInvalid")
        .withArgs(signers.patient);
    });

    it("reverts when another signed, in the patient's name or the own", async () => {
      const { emergencies, sign, send, signers } = await deploySigning();
      const { stranger, patient } = signers;
      await expect(send(LABS, await sign(LABS, 0n, stranger)))
        .to.be.revertedWithCustomError(emergencies, "SignatureInvalid")
        .withArgs(patient);
      await expect(send(LABS, await sign(LABS, 0n, stranger), stranger.address))
        .to.be.revertedWithCustomError(emergencies, "OptOutNotPermitted")
        .withArgs(patient, stranger);
    });

    it("takes the signature of a contract wallet that owns the DID", async () => {
      const { emergencies, patients, sign, send, signers } = await deploySigning();
      const wallet = await ethers.deployContract("Erc1271Wallet", [signers.otherPatient]);
      await patients.connect(signers.patient).changeOwner(signers.patient, wallet);
      const address = await wallet.getAddress();
      await expect(send(LABS, await sign(LABS, 0n, signers.otherPatient, address), address))
        .to.emit(emergencies, "OptOutSet")
        .withArgs(signers.patient, LABS, 1, wallet);
    });
  });

  describe("logEmergencyDelivery", () => {
    it("reverts when the caller is no gateway, or that of another member", async () => {
      const { emergencies, institutions, open, deliver, signers } = await loadFixture(deployEmergencies);
      const { id, terms } = await open();
      for (const outsider of [signers.stranger, signers.northClinician, signers.southClinician]) {
        await expect(deliver(terms, { by: outsider }))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(outsider, AGENT_ROLES.gateway);
      }
      await expect(deliver(terms, { by: signers.southGateway }))
        .to.be.revertedWithCustomError(emergencies, "EmergencyPartyOnly")
        .withArgs(id, signers.southGateway);
    });

    it("reverts when the emergency is unknown: other terms, or another clinician", async () => {
      const { emergencies, open, deliver, signers } = await loadFixture(deployEmergencies);
      const { terms } = await open();
      const other = { ...terms, categories: ALL };
      await expect(deliver(other))
        .to.be.revertedWithCustomError(emergencies, "EmergencyUnknown")
        .withArgs(emergencyId(signers.southClinician.address as Address, other));
      await expect(deliver(terms, { clinician: signers.northClinician }))
        .to.be.revertedWithCustomError(emergencies, "EmergencyUnknown")
        .withArgs(emergencyId(signers.northClinician.address as Address, terms));
    });

    it("reverts for another patient's record, another category, one that is not anchored, destroyed or superseded", async () => {
      const s = await loadFixture(deployEmergencies);
      const { emergencies, records, open, deliver, foretell, batch, southBatch, signers } = s;
      const { id, terms } = await open();
      const refuse = async (record: number, failed: bigint): Promise<void> => {
        expect(await foretell(terms, record)).to.equal(failed);
        await expect(deliver(terms, { record }))
          .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
          .withArgs(id, failed);
      };
      await refuse(RECORD.other, failedCheckMask("REQUEST_SCOPE"));
      await refuse(RECORD.genomics, failedCheckMask("REQUEST_SCOPE"));

      const foreign = batch.record(RECORD.labs);
      expect(
        await emergencies.checkDelivery(
          signers.southClinician,
          terms,
          southBatch.id,
          foreign,
          batch.proof(RECORD.labs),
        ),
      ).to.equal(failedCheckMask("RECORD_NOT_ANCHORED"));

      const gateway = records.connect(signers.northGateway);
      await gateway.supersede(
        batch.id,
        batch.record(RECORD.labs),
        batch.proof(RECORD.labs),
        batch.id,
        batch.record(RECORD.successor),
        batch.proof(RECORD.successor),
        REASON,
      );
      await refuse(RECORD.labs, failedCheckMask("RECORD_SUPERSEDED"));
      await gateway.attestDestruction(batch.id, batch.record(RECORD.diagnoses), batch.proof(RECORD.diagnoses), REASON);
      await refuse(RECORD.diagnoses, failedCheckMask("RECORD_DESTROYED"));
      await deliver(terms, { record: RECORD.successor });
    });

    it("reverts from the second on at which the record must be destroyed", async () => {
      const { emergencies, open, deliver, start, makeTerms } = await loadFixture(deployEmergencies);
      const retention = start + RETENTION;
      const { id, terms } = await open(makeTerms(), { at: retention - HOUR });
      await time.setNextBlockTimestamp(retention - 1);
      await deliver(terms, { record: RECORD.shortLived });
      await time.setNextBlockTimestamp(retention);
      await expect(deliver(terms, { record: RECORD.shortLived }))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
        .withArgs(id, failedCheckMask("RETENTION_ENDED"));
    });

    it("reverts from the second on to which the patient's side brought the end of the retention forward", async () => {
      const { emergencies, records, signers, batch, open, deliver, start, makeTerms } =
        await loadFixture(deployEmergencies);
      const end = start + 2 * DAY;
      const record = batch.record(RECORD.labs);
      await records.connect(signers.patient).limitRetention(batch.id, record, batch.proof(RECORD.labs), end);
      const { id, terms } = await open(makeTerms(), { at: end - HOUR });
      await time.setNextBlockTimestamp(end - 1);
      await deliver(terms, { record: RECORD.labs });
      for (const second of [end, end + 1]) {
        await time.setNextBlockTimestamp(second);
        await expect(deliver(terms, { record: RECORD.labs }))
          .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
          .withArgs(id, failedCheckMask("RETENTION_ENDED"));
      }
      await deliver(terms, { record: RECORD.diagnoses });
    });

    it("logs what was handed over, level 3 too, from the block of the opening on", async () => {
      const { emergencies, open, deliver, batch, signers, ids } = await loadFixture(deployEmergencies);
      const { id, terms } = await open();
      for (const record of [RECORD.labs, RECORD.core, RECORD.diagnoses]) {
        await expect(deliver(terms, { record }))
          .to.emit(emergencies, "EmergencyDeliveryLogged")
          .withArgs(
            id,
            signers.patient,
            ids.north,
            batch.id,
            batch.leaf(record),
            batch.record(record).meta,
            hash("ciphertext"),
            hash("evidence"),
            signers.northGateway,
          );
      }
    });

    it("is over with the emergency, to the second, also once it was found justified", async () => {
      for (const justified of [false, true]) {
        const { emergencies, open, deliver, signers } = await loadFixture(deployEmergencies);
        const { id, terms, until } = await open();
        if (justified) await emergencies.connect(signers.supervisor).review(id, true, REASON);
        await time.setNextBlockTimestamp(until - 1);
        await deliver(terms);
        await time.setNextBlockTimestamp(until);
        await expect(deliver(terms))
          .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
          .withArgs(id, failedCheckMask("GRANT_EXPIRED"));
      }
    });

    it("is over by itself at the review's deadline where that comes first", async () => {
      const { emergencies, open, deliver, signers } = await loadFixture(deployEmergencies);
      await emergencies
        .connect(signers.rules)
        .setEmergencyRules({ defaultDuration: 2 * HOUR, maxDuration: 2 * HOUR, reviewWindow: HOUR });
      const { id, terms, reviewUntil } = await open();
      await time.setNextBlockTimestamp(reviewUntil - 1);
      await deliver(terms);
      await time.setNextBlockTimestamp(reviewUntil);
      await expect(deliver(terms))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
        .withArgs(id, failedCheckMask("GRANT_EXPIRED"));
    });

    it("reverts while the clinician's institution is suspended, and goes on after", async () => {
      const { emergencies, institutions, open, deliver, signers, ids } = await loadFixture(deployEmergencies);
      const { id, terms } = await open();
      const end = (await time.latest()) + HOUR;
      await institutions.connect(signers.supervision).suspend(ids.south, end, REASON);
      await time.setNextBlockTimestamp(end - 1);
      await expect(deliver(terms))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
        .withArgs(id, failedCheckMask("REQUESTER_STANDING"));
      await time.setNextBlockTimestamp(end);
      await deliver(terms);
    });

    it("reverts while the custodian is suspended, as `checkDelivery` foretells", async () => {
      const { institutions, open, deliver, foretell, signers, ids } = await loadFixture(deployEmergencies);
      const { terms } = await open();
      expect(await foretell(terms)).to.equal(0n);
      await institutions.connect(signers.supervision).suspend(ids.north, (await time.latest()) + HOUR, REASON);
      expect(await foretell(terms)).to.equal(failedCheckMask("CUSTODIAN_STANDING"));
      await expect(deliver(terms))
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.northGateway, AGENT_ROLES.gateway);
    });
  });

  describe("logEmergencyReceipt", () => {
    it("reverts when the emergency is unknown, or the caller is not of its institution", async () => {
      const { emergencies, open, batch, signers } = await loadFixture(deployEmergencies);
      const record = [batch.id, batch.leaf(RECORD.labs), hash("ciphertext"), true] as const;
      await expect(emergencies.connect(signers.southClinician).logEmergencyReceipt(UNKNOWN, ...record))
        .to.be.revertedWithCustomError(emergencies, "EmergencyUnknown")
        .withArgs(UNKNOWN);
      const { id } = await open();
      for (const outsider of [signers.stranger, signers.northClinician, signers.southGateway]) {
        await expect(emergencies.connect(outsider).logEmergencyReceipt(id, ...record))
          .to.be.revertedWithCustomError(emergencies, "EmergencyPartyOnly")
          .withArgs(id, outsider);
      }
    });

    it("reverts while the institution is suspended", async () => {
      const { emergencies, institutions, open, batch, signers, ids } = await loadFixture(deployEmergencies);
      const { id } = await open();
      await institutions.connect(signers.supervision).suspend(ids.south, (await time.latest()) + HOUR, REASON);
      await expect(
        emergencies
          .connect(signers.southClinician)
          .logEmergencyReceipt(id, batch.id, batch.leaf(RECORD.labs), hash("ciphertext"), true),
      )
        .to.be.revertedWithCustomError(emergencies, "EmergencyPartyOnly")
        .withArgs(id, signers.southClinician);
    });

    it("logs what arrived, by clinician or administrator, verified or not", async () => {
      const { emergencies, open, batch, signers, ids } = await loadFixture(deployEmergencies);
      const { id } = await open();
      const record = [batch.id, batch.leaf(RECORD.labs), hash("ciphertext")] as const;
      for (const [by, verified] of [
        [signers.southClinician, true],
        [signers.southAdmin, false],
      ] as const) {
        await expect(emergencies.connect(by).logEmergencyReceipt(id, ...record, verified))
          .to.emit(emergencies, "EmergencyReceiptLogged")
          .withArgs(id, ids.south, ...record, verified, by);
      }
    });
  });

  describe("an unidentified person", () => {
    async function deployUnidentified() {
      const s = await loadFixture(deployEmergencies);
      const opened = await s.open(s.makeUnidentified());
      const bind = (record: number = RECORD.labs, by = s.signers.northGateway, terms = opened.terms) =>
        s.emergencies
          .connect(by)
          .bindPatient(s.signers.southClinician, terms, s.batch.record(record), s.batch.proof(record));
      return { ...s, ...opened, bind };
    }

    it("is named in the notice by custodian and record alone", async () => {
      const { emergencies, makeUnidentified, batch, signers, ids } = await loadFixture(deployEmergencies);
      const terms = makeUnidentified();
      const at = (await time.latest()) + 1;
      await time.setNextBlockTimestamp(at);
      await expect(emergencies.connect(signers.southClinician).open(terms))
        .to.emit(emergencies, "EmergencyOpened")
        .withArgs(
          emergencyId(signers.southClinician.address as Address, terms),
          zeroAddress,
          ids.south,
          ids.north,
          batch.id,
          batch.leaf(RECORD.labs),
          LABS,
          0,
          at + DEFAULT_DURATION,
          at + REVIEW_WINDOW,
          terms.reasonHash,
          signers.southClinician,
        );
    });

    it("has just the record delivered that was named, until the patient is bound", async () => {
      const { emergencies, id, terms, deliver, bind } = await deployUnidentified();
      await deliver(terms);
      const refused = [id, failedCheckMask("REQUEST_SCOPE")] as const;
      await expect(deliver(terms, { record: RECORD.core }))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
        .withArgs(...refused);
      await bind();
      await deliver(terms, { record: RECORD.core });
      for (const record of [RECORD.other, RECORD.diagnoses]) {
        await expect(deliver(terms, { record }), `record ${record}`)
          .to.be.revertedWithCustomError(emergencies, "EmergencyNotInForce")
          .withArgs(...refused);
      }
    });

    it("is bound once, by the record named, by its custodian's gateway", async () => {
      const { emergencies, institutions, records, id, bind, signers, batch, ids } = await deployUnidentified();
      for (const outsider of [signers.stranger, signers.southClinician, signers.northClinician]) {
        await expect(bind(RECORD.labs, outsider))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(outsider, AGENT_ROLES.gateway);
      }
      await expect(bind(RECORD.labs, signers.southGateway))
        .to.be.revertedWithCustomError(emergencies, "EmergencyPartyOnly")
        .withArgs(id, signers.southGateway);
      await expect(bind(RECORD.other))
        .to.be.revertedWithCustomError(records, "RecordNotAnchored")
        .withArgs(batch.id, batch.leaf(RECORD.other));
      expect(await emergencies.boundPatient(id)).to.equal(zeroAddress);
      await expect(bind())
        .to.emit(emergencies, "EmergencyPatientBound")
        .withArgs(id, signers.patient, ids.north, signers.northGateway);
      expect(await emergencies.boundPatient(id)).to.equal(signers.patient);
      await expect(bind())
        .to.be.revertedWithCustomError(emergencies, "EmergencyPatientKnown")
        .withArgs(id, signers.patient);
    });

    it("is not bound where the leaf that was named is not in the batch", async () => {
      const { emergencies, records, open, makeUnidentified, southBatch, batch, signers } =
        await loadFixture(deployEmergencies);
      const terms = { ...makeUnidentified(), batch: southBatch.id };
      await open(terms);
      await expect(
        emergencies
          .connect(signers.northGateway)
          .bindPatient(signers.southClinician, terms, batch.record(RECORD.labs), batch.proof(RECORD.labs)),
      )
        .to.be.revertedWithCustomError(records, "RecordNotAnchored")
        .withArgs(southBatch.id, batch.leaf(RECORD.labs));
    });

    it("is bound after the emergency too", async () => {
      const { emergencies, id, until, reviewUntil, bind, signers } = await deployUnidentified();
      await time.setNextBlockTimestamp(Math.max(until, reviewUntil));
      await emergencies.lapse(id);
      await bind();
      expect(await emergencies.boundPatient(id)).to.equal(signers.patient);
    });

    it("reverts for a patient who was named from the start, and for an unknown emergency", async () => {
      const { emergencies, open, makeTerms, bind, signers } = await deployUnidentified();
      const named = await open();
      await expect(bind(RECORD.labs, signers.northGateway, named.terms))
        .to.be.revertedWithCustomError(emergencies, "EmergencyPatientKnown")
        .withArgs(named.id, signers.patient);
      const never = makeTerms();
      await expect(bind(RECORD.labs, signers.northGateway, never))
        .to.be.revertedWithCustomError(emergencies, "EmergencyUnknown")
        .withArgs(emergencyId(signers.southClinician.address as Address, never));
    });
  });

  describe("review", () => {
    it("reverts when the caller is no supervisor in standing, or the clinician's own", async () => {
      const { emergencies, institutions, open, southSupervisor, signers, ids } = await loadFixture(deployEmergencies);
      const { id } = await open();
      for (const outsider of [signers.stranger, signers.ethicsReviewer, signers.supervision, signers.patient]) {
        await expect(emergencies.connect(outsider).review(id, true, REASON))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(outsider, AGENT_ROLES.supervisor);
      }
      for (const justified of [true, false]) {
        await expect(emergencies.connect(southSupervisor).review(id, justified, REASON))
          .to.be.revertedWithCustomError(emergencies, "EmergencyReviewerNotPermitted")
          .withArgs(id, southSupervisor);
      }
      await institutions.connect(signers.supervision).suspend(ids.regulator, (await time.latest()) + HOUR, REASON);
      await expect(emergencies.connect(signers.supervisor).review(id, true, REASON))
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.supervisor, AGENT_ROLES.supervisor);
    });

    it("reverts when the emergency is unknown, or there is no reason", async () => {
      const { emergencies, open, signers } = await loadFixture(deployEmergencies);
      const by = emergencies.connect(signers.supervisor);
      await expect(by.review(UNKNOWN, true, REASON))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotPending")
        .withArgs(UNKNOWN, EmergencyStatus.NONE);
      const { id } = await open();
      await expect(by.review(id, true, zeroHash)).to.be.revertedWithCustomError(emergencies, "ZeroHash");
    });

    it("finds an emergency justified, up to the deadline's last second, without any consequence", async () => {
      const { emergencies, institutions, supervision, open, signers, ids } = await loadFixture(deployEmergencies);
      const { id, reviewUntil } = await open();
      await time.setNextBlockTimestamp(reviewUntil - 1);
      await expect(emergencies.connect(signers.supervisor).review(id, true, REASON))
        .to.emit(emergencies, "EmergencyReviewed")
        .withArgs(id, true, REASON, ids.regulator, signers.supervisor);
      expect((await emergencies.emergency(id)).status).to.equal(EmergencyStatus.JUSTIFIED);
      expect(await institutions.standing(ids.south)).to.equal(Standing.ACTIVE);
      expect((await supervision.caseOf(id)).status).to.equal(CaseStatus.NONE);
      await time.setNextBlockTimestamp(reviewUntil);
      await expect(emergencies.lapse(id))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotPending")
        .withArgs(id, EmergencyStatus.JUSTIFIED);
    });

    it("reverts at the deadline", async () => {
      const { emergencies, open, signers } = await loadFixture(deployEmergencies);
      const { id, reviewUntil } = await open();
      await time.setNextBlockTimestamp(reviewUntil);
      await expect(emergencies.connect(signers.supervisor).review(id, true, REASON))
        .to.be.revertedWithCustomError(emergencies, "EmergencyReviewOver")
        .withArgs(id, reviewUntil);
    });

    it("reverts when there is a verdict already", async () => {
      const { emergencies, open, eastSupervisor, signers } = await loadFixture(deployEmergencies);
      for (const [justified, status] of [
        [true, EmergencyStatus.JUSTIFIED],
        [false, EmergencyStatus.UNJUSTIFIED],
      ] as const) {
        const { id } = await open();
        await emergencies.connect(signers.supervisor).review(id, justified, REASON);
        await expect(emergencies.connect(eastSupervisor).review(id, !justified, REASON))
          .to.be.revertedWithCustomError(emergencies, "EmergencyNotPending")
          .withArgs(id, status);
      }
    });

    it("finds one unjustified: the access ends, the institution is suspended and fined, in one transaction", async () => {
      const s = await loadFixture(deployEmergencies);
      const { emergencies, institutions, supervision, open, deliver, foretell, signers, ids, consortium } = s;
      await institutions.connect(signers.deployer).depositBond(ids.south, BOND);
      const { id, terms } = await open();
      await deliver(terms);
      const { suspensionDays, bondShare } = consortium.rules.sanctions.EMERGENCY_UNJUSTIFIED!;
      const at = (await time.latest()) + 5;
      await time.setNextBlockTimestamp(at);
      const verdict = emergencies.connect(signers.supervisor).review(id, false, REASON);
      const fine = (BOND * BigInt(bondShare)) / 10_000n;
      await expect(verdict)
        .to.emit(emergencies, "EmergencyReviewed")
        .withArgs(id, false, REASON, ids.regulator, signers.supervisor);
      await expect(verdict)
        .to.emit(supervision, "ViolationReported")
        .withArgs(id, ids.south, 0, violationCode("EMERGENCY_UNJUSTIFIED"), REASON, zeroHash, zeroHash, emergencies);
      const { appealUntil } = await supervision.caseOf(id);
      await expect(verdict)
        .to.emit(supervision, "CaseDecided")
        .withArgs(
          id,
          ids.south,
          true,
          at + suspensionDays * DAY,
          fine,
          appealUntil,
          REASON,
          ids.regulator,
          signers.supervisor,
        );
      expect((await emergencies.emergency(id)).status).to.equal(EmergencyStatus.UNJUSTIFIED);
      expect(await institutions.standing(ids.south)).to.equal(Standing.SUSPENDED);
      expect(await institutions.bond(ids.south)).to.equal(BOND - fine);
      expect(await foretell(terms)).to.equal(failedCheckMask("REVIEW_REJECTED", "REQUESTER_STANDING"));
      await expect(emergencies.connect(signers.southClinician).open(s.makeTerms()))
        .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
        .withArgs(signers.southClinician, AGENT_ROLES.clinician);
    });

    it("is appealed against like any other decision, not to the reviewer's institution", async () => {
      const s = await loadFixture(deployEmergencies);
      const { emergencies, institutions, supervision, open, foretell, signers, ids } = s;
      const { id, terms } = await open();
      await emergencies.connect(signers.supervisor).review(id, false, REASON);
      await supervision.connect(signers.southAdmin).appeal(id, hash("grounds"));
      for (const biased of [signers.supervisor, s.secondSupervisor]) {
        await expect(supervision.connect(biased).decideAppeal(id, true, REASON))
          .to.be.revertedWithCustomError(supervision, "DeciderNotPermitted")
          .withArgs(id, biased);
      }
      await supervision.connect(s.eastSupervisor).decideAppeal(id, true, REASON);
      expect(await institutions.standing(ids.south)).to.equal(Standing.ACTIVE);
      // The access stays closed.
      expect(await foretell(terms)).to.equal(failedCheckMask("REVIEW_REJECTED"));
    });
  });

  describe("lapse", () => {
    it("reverts before the deadline, and sanctions the institution from it on, once, by anyone", async () => {
      const { emergencies, institutions, supervision, open, signers, ids, consortium } =
        await loadFixture(deployEmergencies);
      const { id, reviewUntil } = await open();
      const by = emergencies.connect(signers.stranger);
      await time.setNextBlockTimestamp(reviewUntil - 1);
      await expect(by.lapse(id))
        .to.be.revertedWithCustomError(emergencies, "EmergencyReviewRunning")
        .withArgs(id, reviewUntil);
      await time.setNextBlockTimestamp(reviewUntil);
      const lapse = by.lapse(id);
      await expect(lapse).to.emit(emergencies, "EmergencyLapsed").withArgs(id, signers.stranger);
      const { appealUntil, decidedBy, decider } = await supervision.caseOf(id);
      const end = reviewUntil + consortium.rules.sanctions.EMERGENCY_LAPSED!.suspensionDays * DAY;
      await expect(lapse)
        .to.emit(supervision, "CaseDecided")
        .withArgs(id, ids.south, true, end, 0, appealUntil, id, 0, zeroAddress);
      expect([decidedBy, decider]).to.deep.equal([zeroAddress, 0n]);
      expect((await emergencies.emergency(id)).status).to.equal(EmergencyStatus.LAPSED);
      expect((await institutions.profile(ids.south)).suspendedUntil).to.equal(end);
      await expect(by.lapse(id))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotPending")
        .withArgs(id, EmergencyStatus.LAPSED);
      await expect(emergencies.connect(signers.supervisor).review(id, true, REASON))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotPending")
        .withArgs(id, EmergencyStatus.LAPSED);
    });

    it("reverts for an unknown emergency", async () => {
      const { emergencies } = await loadFixture(deployEmergencies);
      await expect(emergencies.lapse(UNKNOWN))
        .to.be.revertedWithCustomError(emergencies, "EmergencyNotPending")
        .withArgs(UNKNOWN, EmergencyStatus.NONE);
    });

    it("is appealed against to any other institution's supervisor", async () => {
      const { emergencies, institutions, supervision, open, southSupervisor, signers, ids } =
        await loadFixture(deployEmergencies);
      const { id, reviewUntil } = await open();
      await time.setNextBlockTimestamp(reviewUntil);
      await emergencies.lapse(id);
      await supervision.connect(signers.southAdmin).appeal(id, hash("grounds"));
      await time.increaseTo((await institutions.profile(ids.south)).suspendedUntil);
      await expect(supervision.connect(southSupervisor).decideAppeal(id, true, REASON))
        .to.be.revertedWithCustomError(supervision, "DeciderNotPermitted")
        .withArgs(id, southSupervisor);
      await supervision.connect(signers.supervisor).decideAppeal(id, true, REASON);
      expect((await supervision.caseOf(id)).status).to.equal(CaseStatus.APPEAL_GRANTED);
    });

    it("does not fail for an institution that was expelled meanwhile", async () => {
      const { emergencies, institutions, supervision, open, signers, ids } = await loadFixture(deployEmergencies);
      const { id, reviewUntil } = await open();
      await institutions.connect(signers.supervision).expel(ids.south, REASON);
      await time.setNextBlockTimestamp(reviewUntil);
      await emergencies.lapse(id);
      expect((await supervision.caseOf(id)).status).to.equal(CaseStatus.UPHELD);
      expect(await institutions.standing(ids.south)).to.equal(Standing.EXPELLED);
    });
  });

  describe("setEmergencyRules", () => {
    const rules = (defaultDuration: number, maxDuration: number, reviewWindow: number) => ({
      defaultDuration,
      maxDuration,
      reviewWindow,
    });

    it("reverts when the caller does not hold the rules role", async () => {
      const { emergencies, signers } = await loadFixture(deployEmergencies);
      for (const outsider of [signers.stranger, signers.supervision, signers.supervisor]) {
        await expect(emergencies.connect(outsider).setEmergencyRules(rules(1, 1, HOUR)))
          .to.be.revertedWithCustomError(emergencies, "AccessManagedUnauthorized")
          .withArgs(outsider);
      }
    });

    it("reverts beyond the bounds, and takes the bounds themselves", async () => {
      const { emergencies, signers } = await loadFixture(deployEmergencies);
      const by = emergencies.connect(signers.rules);
      for (const args of [
        [0, HOUR, HOUR],
        [HOUR + 1, HOUR, HOUR],
        [1, 72 * HOUR + 1, HOUR],
        [1, 1, HOUR - 1],
        [1, 1, 30 * DAY + 1],
        [0, 0, 0],
      ] as [number, number, number][]) {
        await expect(by.setEmergencyRules(rules(...args)))
          .to.be.revertedWithCustomError(emergencies, "EmergencyRulesInvalid")
          .withArgs(...args);
      }
      for (const args of [
        [1, 1, HOUR],
        [72 * HOUR, 72 * HOUR, 30 * DAY],
      ] as [number, number, number][]) {
        await expect(by.setEmergencyRules(rules(...args)))
          .to.emit(emergencies, "EmergencyRulesChanged")
          .withArgs(...args, signers.rules);
      }
    });

    it("leaves open emergencies as they are", async () => {
      const { emergencies, open, signers } = await loadFixture(deployEmergencies);
      const { id, until, reviewUntil } = await open();
      await emergencies.connect(signers.rules).setEmergencyRules(rules(1, 1, HOUR));
      const kept = await emergencies.emergency(id);
      expect([kept.until, kept.reviewUntil]).to.deep.equal([BigInt(until), BigInt(reviewUntil)]);
    });
  });
});
