import { expect } from "chai";
import type { FailedCheckName } from "@consilium/sdk";
import {
  AGENT_ROLES,
  DAY,
  DELIVERY,
  Decision,
  NO_CONSENT,
  RECORD,
  RETENTION,
  StudyReview,
  StudyVerdict,
  YEAR,
  deployApproved,
  deployScenario,
  ethers,
  expectDecision,
  expectDenied,
  failedCheckMask,
  hash,
  inOneBlock,
  loadFixture,
  memberOf,
  sendPending,
  time,
  zeroAddress,
  zeroHash,
  type Scenario,
  type Signer,
  proofOf,
} from "./scenario.ts";

type Granted = Awaited<ReturnType<typeof deployApproved>>;

const REASON = hash("reason");
const EVIDENCE = hash("evidence");

/** For each check at delivery: what makes it fail, and it alone. */
const ALONE: Partial<Record<FailedCheckName, (s: Granted) => Promise<unknown>>> = {
  REQUESTER_STANDING: (s) =>
    s.institutions.connect(s.signers.supervision).suspend(s.ids.institute, s.start + YEAR, REASON),
  CUSTODIAN_STANDING: (s) => s.institutions.connect(s.signers.supervision).suspend(s.ids.north, s.start + YEAR, REASON),
  RECORD_SUPERSEDED: ({ records, signers, batch }) =>
    records
      .connect(signers.northGateway)
      .supersede(
        batch.id,
        batch.record(RECORD.labs),
        batch.proof(RECORD.labs),
        batch.id,
        batch.record(RECORD.successor),
        batch.proof(RECORD.successor),
        REASON,
      ),
  RECORD_DESTROYED: ({ records, signers, batch }) =>
    records
      .connect(signers.northGateway)
      .attestDestruction(batch.id, batch.record(RECORD.labs), batch.proof(RECORD.labs), EVIDENCE),
  CONSENT_NOT_IN_FORCE: async ({ consents, signers, consent }) =>
    consents.connect(signers.patient).withdraw(await consents.consentId(consent)),
  PATIENT_DEACTIVATED: ({ patients, signers }) =>
    patients.connect(signers.patient).changeOwner(signers.patient, zeroAddress),
  STUDY_LAPSED: (s) => s.reviewStudy(s.study, StudyReview.LEGAL, StudyVerdict.REJECTED),
  GRANT_REVOKED: (s) => s.broker.connect(s.signers.researcher).revokeGrant(s.id, REASON),
  GRANT_EXPIRED: (s) => time.increaseTo(s.until),
};

function deliver(s: Granted, by: Signer = s.signers.northGateway) {
  return s.broker.connect(by).logDelivery(s.id, s.member, s.proof, s.body.record, DELIVERY);
}

function deliveryArgs(s: Granted): unknown[] {
  const { id, member, body, signers, ids } = s;
  return [
    ...[id, member.patient, ids.north, member.consent, member.batch, member.record, body.record.meta],
    [DELIVERY.ciphertextHash, DELIVERY.evidenceHash, DELIVERY.sensitivitiesChecked],
    signers.northGateway.address,
  ];
}

describe("AccessBroker: grants", () => {
  describe("checkGrant", () => {
    for (const [name, breakIt] of Object.entries(ALONE) as [FailedCheckName, (s: Granted) => Promise<unknown>][]) {
      it(`fails with ${name} alone, and no delivery can be logged`, async () => {
        const s = await loadFixture(deployApproved);
        expect(await s.broker.checkGrant(s.id, s.member, s.proof, s.body.record)).to.equal(0n);
        await breakIt(s);
        const failed = failedCheckMask(name);
        expect(await s.broker.checkGrant(s.id, s.member, s.proof, s.body.record)).to.equal(failed);
        if (name === "CUSTODIAN_STANDING") {
          // The gate that all registries share comes first.
          await expect(deliver(s))
            .to.be.revertedWithCustomError(s.institutions, "AgentNotPermitted")
            .withArgs(s.signers.northGateway.address, AGENT_ROLES.gateway);
        } else {
          await expect(deliver(s)).to.be.revertedWithCustomError(s.broker, "GrantNotInForce").withArgs(s.id, failed);
        }
      });
    }

    it("fails with all at once", async () => {
      const s = await loadFixture(deployApproved);
      const names = Object.keys(ALONE).sort((a) => (a === "GRANT_REVOKED" ? -1 : 0)) as FailedCheckName[];
      for (const name of names.filter((one) => !one.endsWith("_STANDING"))) await ALONE[name]!(s);
      await ALONE.REQUESTER_STANDING!(s);
      await ALONE.CUSTODIAN_STANDING!(s);
      expect(await s.broker.checkGrant(s.id, s.member, s.proof, s.body.record)).to.equal(failedCheckMask(...names));
    });

    it("fails with RETENTION_ENDED at the second of the retention's end", async () => {
      const s = await deployGranted({ record: RECORD.shortLived });
      const end = s.start + RETENTION;
      await expectDeliveries(s, end, failedCheckMask("RETENTION_ENDED"));
    });

    it("fails with RETENTION_ENDED at the second to which the patient's side brought the end forward", async () => {
      const s = await loadFixture(deployApproved);
      const end = (await time.latest()) + 2 * DAY;
      const { batch, record, proof } = s.body;
      await s.records.connect(s.signers.patient).limitRetention(batch, record, proof, end);
      await expectDeliveries(s, end, failedCheckMask("RETENTION_ENDED"));
    });

    it("fails with GRANT_EXPIRED at the second of its end", async () => {
      const s = await loadFixture(deployApproved);
      await expectDeliveries(s, s.until, failedCheckMask("GRANT_EXPIRED"));
    });

    it("fails with CONSENT_NOT_IN_FORCE and STUDY_LAPSED at the second at which reviews are over and consent ends", async () => {
      const s = await loadFixture(deployScenario);
      const end = s.until;
      const consent = await s.giveConsent({ policy: { validUntil: end } });
      const study = await s.addStudy({ reviewedUntil: end });
      const granted = await deployGranted({ consent, study }, s);
      await expectDeliveries(granted, end, failedCheckMask("GRANT_EXPIRED", "CONSENT_NOT_IN_FORCE", "STUDY_LAPSED"));
    });

    it("holds again after a suspension, but never again after a withdrawal", async () => {
      const s = await loadFixture(deployApproved);
      const end = s.start + DAY;
      await s.institutions.connect(s.signers.supervision).suspend(s.ids.institute, end, REASON);
      await expect(deliver(s))
        .to.be.revertedWithCustomError(s.broker, "GrantNotInForce")
        .withArgs(s.id, failedCheckMask("REQUESTER_STANDING"));
      await time.setNextBlockTimestamp(end);
      await expect(deliver(s)).to.emit(s.broker, "DeliveryLogged");
      await s.consents.connect(s.signers.patient).withdraw(s.member.consent);
      await s.giveConsent();
      await expect(deliver(s))
        .to.be.revertedWithCustomError(s.broker, "GrantNotInForce")
        .withArgs(s.id, failedCheckMask("CONSENT_NOT_IN_FORCE"));
    });

    it("lets nothing be delivered in the very block of a withdrawal after it", async () => {
      const s = await loadFixture(deployApproved);
      const gas = { gasLimit: 1_000_000 };
      const by = s.broker.connect(s.signers.northGateway);
      const send = () => by.logDelivery(s.id, s.member, s.proof, s.body.record, DELIVERY, gas);
      const done = await inOneBlock(send, () => s.consents.connect(s.signers.patient).withdraw(s.member.consent), send);
      expect(done).to.deep.equal([true, true, false]);
    });

    it("lapses with an amendment and with the study's close", async () => {
      const s = await loadFixture(deployApproved);
      await s.studies.connect(s.signers.researcher).close(s.study, REASON);
      expect(await s.broker.checkGrant(s.id, s.member, s.proof, s.body.record)).to.equal(
        failedCheckMask("STUDY_LAPSED"),
      );
    });

    it("reads no consent where the level needs none, and no study for care", async () => {
      const s = await loadFixture(deployScenario);
      const body = s.makeRequest({ study: zeroHash, consent: NO_CONSENT, record: RECORD.public, word: { level: 0 } });
      const { id } = await expectDecision(s, body, { decision: Decision.APPROVED });
      await s.patients.connect(s.signers.patient).changeOwner(s.signers.patient, zeroAddress);
      expect(await s.broker.checkGrant(id, memberOf(body), proofOf(s.signers.researcher, body), body.record)).to.equal(
        0n,
      );
    });
  });

  describe("logDelivery", () => {
    it("logs what was handed over, as often as it is", async () => {
      const s = await loadFixture(deployApproved);
      for (let i = 0; i < 2; ++i) {
        await expect(deliver(s))
          .to.emit(s.broker, "DeliveryLogged")
          .withArgs(...deliveryArgs(s));
      }
    });

    it("reverts for a stranger, the requester, other roles of the custodian, and its suspended gateway", async () => {
      const s = await loadFixture(deployApproved);
      const { signers } = s;
      for (const by of [
        signers.stranger,
        signers.researcher,
        signers.northClinician,
        signers.northAdmin,
        signers.patient,
      ]) {
        await expect(deliver(s, by))
          .to.be.revertedWithCustomError(s.institutions, "AgentNotPermitted")
          .withArgs(by.address, AGENT_ROLES.gateway);
      }
    });

    it("reverts for another custodian's gateway", async () => {
      const s = await loadFixture(deployApproved);
      await expect(deliver(s, s.signers.southGateway))
        .to.be.revertedWithCustomError(s.broker, "GrantPartyOnly")
        .withArgs(s.id, s.signers.southGateway.address);
    });

    it("reverts when the grant is unknown, denied or waiting", async () => {
      const s = await loadFixture(deployApproved);
      const denied = await expectDenied(s, s.makeRequest({ proof: [] }), ["RECORD_NOT_ANCHORED"]);
      const waiting = await sendPending(s, { ethics: true, patient: false });
      for (const id of [denied.id, waiting.id, zeroHash, hash("unknown")]) {
        const by = s.broker.connect(s.signers.northGateway);
        await expect(by.logDelivery(id, s.member, s.proof, s.body.record, DELIVERY))
          .to.be.revertedWithCustomError(s.broker, "GrantUnknown")
          .withArgs(id);
      }
    });

    for (const field of ["study", "patient", "consent", "batch", "record"] as const) {
      it(`reverts when the member's ${field} is another`, async () => {
        const s = await loadFixture(deployApproved);
        for (const value of field === "patient"
          ? [s.signers.otherPatient.address as `0x${string}`, zeroAddress]
          : [hash("other"), zeroHash]) {
          const member = { ...s.member, [field]: value };
          const by = s.broker.connect(s.signers.northGateway);
          await expect(by.logDelivery(s.id, member, s.proof, s.body.record, DELIVERY))
            .to.be.revertedWithCustomError(s.broker, "MemberNotInGrant")
            .withArgs(s.id, member.record);
          expect(await s.broker.isMember(s.id, member, s.proof)).to.equal(false);
        }
      });
    }

    it("reverts when the record is another than the member's, though anchored in the same batch", async () => {
      const s = await loadFixture(deployApproved);
      for (const record of [s.batch.record(RECORD.other), s.batch.record(RECORD.core)]) {
        const by = s.broker.connect(s.signers.northGateway);
        await expect(by.logDelivery(s.id, s.member, s.proof, record, DELIVERY))
          .to.be.revertedWithCustomError(s.broker, "MemberNotInGrant")
          .withArgs(s.id, s.member.record);
      }
    });

    it("reverts for another grant's member, and for a proof that is none", async () => {
      const s = await loadFixture(deployApproved);
      const other = await deployGranted({ record: RECORD.diagnoses, word: { categories: ["diagnoses"] } }, s);
      const by = s.broker.connect(s.signers.northGateway);
      await expect(by.logDelivery(s.id, other.member, other.proof, other.body.record, DELIVERY))
        .to.be.revertedWithCustomError(s.broker, "MemberNotInGrant")
        .withArgs(s.id, other.member.record);
      await expect(by.logDelivery(s.id, s.member, [zeroHash], s.body.record, DELIVERY))
        .to.be.revertedWithCustomError(s.broker, "MemberNotInGrant")
        .withArgs(s.id, s.member.record);
    });
  });

  describe("logReceipt", () => {
    const receive = (s: Granted, by: Signer = s.signers.researcher, member = s.member, verified = true) =>
      s.broker.connect(by).logReceipt(s.id, member, s.proof, DELIVERY.ciphertextHash, verified);

    it("logs what the recipient found", async () => {
      const s = await loadFixture(deployApproved);
      for (const verified of [true, false]) {
        await expect(receive(s, s.signers.researcher, s.member, verified))
          .to.emit(s.broker, "ReceiptLogged")
          .withArgs(
            ...[s.id, s.member.patient, s.ids.institute, s.member.batch, s.member.record],
            ...[DELIVERY.ciphertextHash, verified, s.signers.researcher.address],
          );
      }
    });

    it("logs after the grant's end and after its revocation, for what came before", async () => {
      const s = await loadFixture(deployApproved);
      await s.broker.connect(s.signers.researcher).revokeGrant(s.id, REASON);
      await time.increaseTo(s.until + 1);
      await expect(receive(s)).to.emit(s.broker, "ReceiptLogged");
    });

    it("reverts for all but the recipient's agents", async () => {
      const s = await loadFixture(deployApproved);
      const { signers } = s;
      for (const by of [
        ...[signers.stranger, signers.patient, signers.northGateway, signers.otherResearcher, signers.southClinician],
        ...[signers.supervisor, signers.operator],
      ]) {
        await expect(receive(s, by))
          .to.be.revertedWithCustomError(s.broker, "GrantPartyOnly")
          .withArgs(s.id, by.address);
      }
      await expect(receive(s, signers.officer)).to.emit(s.broker, "ReceiptLogged");
    });

    it("reverts for a gateway of the recipient, and for a suspended recipient", async () => {
      const s = await loadFixture(deployApproved);
      const { signers, institutions } = s;
      await institutions
        .connect(signers.instituteAdmin)
        .addAgent(signers.helper1, AGENT_ROLES.gateway, s.start, s.start + YEAR);
      await institutions.connect(signers.supervision).suspend(s.ids.institute, s.start + DAY, REASON);
      for (const by of [signers.helper1, signers.researcher]) {
        await expect(receive(s, by))
          .to.be.revertedWithCustomError(s.broker, "GrantPartyOnly")
          .withArgs(s.id, by.address);
      }
      await institutions.connect(signers.supervision).reinstate(s.ids.institute, REASON);
      await expect(receive(s, signers.helper1))
        .to.be.revertedWithCustomError(s.broker, "GrantPartyOnly")
        .withArgs(s.id, signers.helper1.address);
      await expect(receive(s)).to.emit(s.broker, "ReceiptLogged");
    });

    it("reverts for a wrong member", async () => {
      const s = await loadFixture(deployApproved);
      const member = { ...s.member, batch: s.southBatch.id };
      await expect(receive(s, s.signers.researcher, member))
        .to.be.revertedWithCustomError(s.broker, "MemberNotInGrant")
        .withArgs(s.id, member.record);
    });
  });

  describe("logKeyRevocation", () => {
    const revokeKey = (s: Granted, by: Signer = s.signers.northGateway, member = s.member, record = s.body.record) =>
      s.broker.connect(by).logKeyRevocation(s.id, member, s.proof, record, EVIDENCE);

    it("logs it, after a withdrawal too", async () => {
      const s = await loadFixture(deployApproved);
      await s.consents.connect(s.signers.patient).withdraw(s.member.consent);
      await expect(revokeKey(s))
        .to.emit(s.broker, "KeyRevocationLogged")
        .withArgs(
          ...[s.id, s.member.patient, s.ids.north, s.member.consent, s.member.batch, s.member.record, EVIDENCE],
          s.signers.northGateway.address,
        );
    });

    it("reverts for a stranger, another custodian, a suspended one", async () => {
      const s = await loadFixture(deployApproved);
      await expect(revokeKey(s, s.signers.stranger))
        .to.be.revertedWithCustomError(s.institutions, "AgentNotPermitted")
        .withArgs(s.signers.stranger.address, AGENT_ROLES.gateway);
      await expect(revokeKey(s, s.signers.southGateway))
        .to.be.revertedWithCustomError(s.broker, "GrantPartyOnly")
        .withArgs(s.id, s.signers.southGateway.address);
      await s.institutions.connect(s.signers.supervision).suspend(s.ids.north, s.start + DAY, REASON);
      await expect(revokeKey(s))
        .to.be.revertedWithCustomError(s.institutions, "AgentNotPermitted")
        .withArgs(s.signers.northGateway.address, AGENT_ROLES.gateway);
    });

    it("reverts for an unknown grant, a wrong member or record", async () => {
      const s = await loadFixture(deployApproved);
      await expect(
        s.broker
          .connect(s.signers.northGateway)
          .logKeyRevocation(hash("unknown"), s.member, s.proof, s.body.record, EVIDENCE),
      )
        .to.be.revertedWithCustomError(s.broker, "GrantUnknown")
        .withArgs(hash("unknown"));
      const member = { ...s.member, consent: zeroHash };
      await expect(revokeKey(s, s.signers.northGateway, member))
        .to.be.revertedWithCustomError(s.broker, "MemberNotInGrant")
        .withArgs(s.id, member.record);
      await expect(revokeKey(s, s.signers.northGateway, s.member, s.batch.record(RECORD.other)))
        .to.be.revertedWithCustomError(s.broker, "MemberNotInGrant")
        .withArgs(s.id, s.member.record);
    });
  });

  describe("revokeGrant", () => {
    for (const by of ["researcher", "officer", "instituteAdmin", "supervisor"] as const) {
      it(`ends the grant for ${by}, once`, async () => {
        const s = await loadFixture(deployApproved);
        const caller = s.broker.connect(s.signers[by]);
        await expect(caller.revokeGrant(s.id, REASON))
          .to.emit(s.broker, "GrantRevoked")
          .withArgs(s.id, REASON, s.signers[by].address);
        expect((await s.broker.grant(s.id)).revoked).to.equal(true);
        await expect(caller.revokeGrant(s.id, REASON))
          .to.be.revertedWithCustomError(s.broker, "GrantAlreadyRevoked")
          .withArgs(s.id);
      });
    }

    it("reverts for all others", async () => {
      const s = await loadFixture(deployApproved);
      const { signers } = s;
      for (const by of [
        ...[signers.stranger, signers.patient, signers.northGateway, signers.northAdmin, signers.otherResearcher],
        ...[signers.ethicsReviewer, signers.legalReviewer, signers.operator, signers.supervision, signers.admin],
      ]) {
        await expect(s.broker.connect(by).revokeGrant(s.id, REASON))
          .to.be.revertedWithCustomError(s.broker, "GrantPartyOnly")
          .withArgs(s.id, by.address);
      }
    });

    it("reverts for agents of suspended members", async () => {
      const s = await loadFixture(deployApproved);
      const { signers } = s;
      for (const member of [s.ids.institute, s.ids.regulator]) {
        await s.institutions.connect(signers.supervision).suspend(member, s.start + DAY, REASON);
      }
      for (const by of [signers.researcher, signers.supervisor]) {
        await expect(s.broker.connect(by).revokeGrant(s.id, REASON))
          .to.be.revertedWithCustomError(s.broker, "GrantPartyOnly")
          .withArgs(s.id, by.address);
      }
    });

    it("reverts when there is no grant", async () => {
      const s = await loadFixture(deployApproved);
      const denied = await expectDenied(s, s.makeRequest({ proof: [] }), ["RECORD_NOT_ANCHORED"]);
      const waiting = await sendPending(s, { ethics: true, patient: false });
      for (const id of [denied.id, waiting.id, zeroHash]) {
        await expect(s.broker.connect(s.signers.supervisor).revokeGrant(id, REASON))
          .to.be.revertedWithCustomError(s.broker, "GrantUnknown")
          .withArgs(id);
      }
    });

    it("leaves the id decided", async () => {
      const s = await loadFixture(deployApproved);
      await s.broker.connect(s.signers.researcher).revokeGrant(s.id, REASON);
      await expect(s.broker.connect(s.signers.researcher).request(s.body))
        .to.be.revertedWithCustomError(s.broker, "RequestAlreadyDecided")
        .withArgs(s.id);
    });
  });

  describe("receiving", () => {
    it("has no function that takes money", async () => {
      const s = await loadFixture(deployApproved);
      const to = await s.broker.getAddress();
      await expect(s.signers.stranger.sendTransaction({ to, value: 1n })).to.be.revertedWithoutReason(ethers);
    });
  });
});

/** Another approved request. */
async function deployGranted(overrides: Parameters<Scenario["makeRequest"]>[0], scenario?: Scenario): Promise<Granted> {
  const s = scenario ?? (await loadFixture(deployScenario));
  const body = s.makeRequest(overrides);
  const { id } = await expectDecision(s, body, { decision: Decision.APPROVED });
  return { ...s, id, body, member: memberOf(body), proof: proofOf(s.signers.researcher, body) };
}

/** Deliveries pass up to the second before, and fail with this mask from it on. */
async function expectDeliveries(s: Granted, end: number, failed: bigint): Promise<void> {
  await time.setNextBlockTimestamp(end - 1);
  await expect(deliver(s))
    .to.emit(s.broker, "DeliveryLogged")
    .withArgs(...deliveryArgs(s));
  for (const second of [end, end + 1]) {
    await time.setNextBlockTimestamp(second);
    await expect(deliver(s)).to.be.revertedWithCustomError(s.broker, "GrantNotInForce").withArgs(s.id, failed);
  }
}
