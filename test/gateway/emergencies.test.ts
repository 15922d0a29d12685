import { expect } from "chai";
import type { Address, Hex } from "viem";
import {
  categoryMask,
  emergencyId,
  emergencyTerms,
  fetchEmergencyRecord,
  GatewayRefusalError,
  GatewayUnavailableError,
  generateEncryptionKey,
  ParcelError,
  publishEncryptionKey,
  revokeEncryptionKey,
  unidentifiedEmergencyTerms,
  violationCode,
  type EmergencyTerms,
  type FetchEmergencyRecordParameters,
} from "@consilium/sdk";
import { destroyRecords, readLog } from "@consilium/gateway";
import { hash, loadFixture, networkHelpers } from "../access/scenario.ts";
import type { SignerName } from "../fixtures/consilium.ts";
import { openAs } from "../sdk/support/openScenario.ts";
import { deployKept, KEPT, limitRetention, runGateway, signIn, type Kept, type Running } from "./gatewayFixtures.ts";
import { removeHomes } from "./vaultFixtures.ts";

const { time } = networkHelpers;

describe("gateway in an emergency", () => {
  let reasons = 0;

  /** A clinician of another hospital, with a published key, has opened the patient's laboratory results. */
  async function deployEmergency() {
    const kept = await deployKept();
    const clinician = await openAs(kept, "southClinician");
    const key = await generateEncryptionKey();
    await publishEncryptionKey(clinician, { publicKey: key.publicKey, validity: 31_536_000n });
    const opened = await open(kept, emergencyTerms(kept.signers.patient.address as Address, ["labs"], reason()));
    const { batch } = (await kept.vault.findRecord(kept.leaves[KEPT.labs]!))!;
    return { ...kept, clinician, clinicianKey: key, batchId: batch, opened };
  }

  let s: Awaited<ReturnType<typeof deployEmergency>>;
  let running: Running;

  beforeEach(async () => {
    s = await loadFixture(deployEmergency);
    running = await runGateway(s);
  });
  afterEach(() => running.stop());
  after(async () => {
    await s.vault.close();
    removeHomes();
  });

  const reason = (): Hex => hash(`emergency ${++reasons}`);

  async function open({ emergencies, signers }: Pick<Kept, "emergencies" | "signers">, terms: EmergencyTerms) {
    await emergencies.connect(signers.southClinician).open(terms);
    const id = emergencyId(signers.southClinician.address as Address, terms);
    return { id, terms, until: Number((await emergencies.emergency(id)).until) };
  }

  type Change = Partial<FetchEmergencyRecordParameters> & { url?: string };

  async function fetchIt({ url = running.url, ...change }: Change = {}) {
    return fetchEmergencyRecord(s.clinician, {
      session: change.session ?? (await signIn(s, url, "southClinician")),
      emergency: s.opened,
      batch: s.batchId,
      record: s.leaves[KEPT.labs]!,
      privateKey: s.clinicianKey.privateKey,
      ...change,
    });
  }

  const caught = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );
  const deliveries = () => s.emergencies.queryFilter(s.emergencies.filters.EmergencyDeliveryLogged());

  /** Refused with that error and these checks, with nothing on the chain, and nothing of patient or record told. */
  async function expectRefused(work: Promise<unknown>, refusal: string, failed: string[] = []): Promise<void> {
    const error = (await caught(work)) as GatewayRefusalError;
    expect(error).to.be.instanceOf(GatewayRefusalError);
    expect([error.refusal, error.failed]).to.deep.equal([refusal, failed]);
    expect(error.message.toLowerCase()).to.not.include(s.signers.patient.address.slice(2).toLowerCase());
    expect(await deliveries()).to.deep.equal([]);
  }

  describe("hands over", () => {
    it("what was opened, logged at both ends and before the key leaves", async () => {
      const [before] = (await readLog(s.vault, { after: 0 })).slice(-1);
      const fetched = await fetchIt();
      expect(JSON.parse(fetched.content)).to.include({ resourceType: "Observation", id: "kept0" });

      const [delivered] = await deliveries();
      const [received] = await s.emergencies.queryFilter(s.emergencies.filters.EmergencyReceiptLogged(s.opened.id));
      expect([delivered?.transactionHash, received?.transactionHash]).to.deep.equal([
        fetched.delivery,
        fetched.receipt,
      ]);
      expect([delivered?.args.emergency, delivered?.args.record, received?.args.verified]).to.deep.equal([
        s.opened.id,
        s.leaves[KEPT.labs],
        true,
      ]);
      expect(received?.args.ciphertextHash).to.equal(delivered?.args.ciphertextHash);

      const entries = await readLog(s.vault, { after: before?.sequence ?? 0 });
      expect(entries.map(({ entry }) => entry.event)).to.deep.equal(["deliveringInEmergency", "delivered"]);
      expect(entries.map(({ entry }) => entry["emergency"])).to.deep.equal([s.opened.id, s.opened.id]);
      expect(entries[0]?.hash).to.equal(delivered?.args.evidenceHash);
    });

    it("what no consent covers, and attests no check of sensitivities", async () => {
      await fetchIt({ record: s.leaves[KEPT.sensitive]! });
      const [entry] = (await readLog(s.vault, { after: 0 })).slice(-2);
      expect(entry?.entry).to.include({ event: "deliveringInEmergency", sensitivitiesChecked: false });
    });

    it("the same again as another delivery on the chain", async () => {
      await fetchIt();
      await fetchIt();
      expect(await deliveries()).to.have.lengthOf(2);
    });

    it("what a supervisor found justified", async () => {
      await s.emergencies.connect(s.signers.supervisor).review(s.opened.id, true, hash("verdict"));
      expect(await fetchIt()).to.have.property("content");
    });

    it("of an unidentified person the record named alone, until the patient is bound", async () => {
      const named = { batch: s.batchId, record: s.leaves[KEPT.labs]! };
      const emergency = await open(s, unidentifiedEmergencyTerms(named, ["labs"], reason()));
      const record = s.leaves[KEPT.moreLabs]!;
      await expectRefused(fetchIt({ emergency, record }), "EmergencyRefusedError", ["REQUEST_SCOPE"]);
      expect(await fetchIt({ emergency })).to.have.property("content");

      const kept = (await s.vault.findRecord(named.record))!;
      const { southClinician, northGateway } = s.signers;
      await s.emergencies
        .connect(northGateway)
        .bindPatient(southClinician, emergency.terms, kept.record, [...kept.proof]);
      expect(await fetchIt({ emergency, record })).to.have.property("content");
    });
  });

  describe("refuses", () => {
    for (const name of ["northClinician", "researcher"] as SignerName[]) {
      it(`another's emergency to ${name}, with the opener's very words`, async () => {
        await expectRefused(fetchIt({ session: await signIn(s, running.url, name) }), "RequesterError");
      });
    }

    it("an id that is not that of the terms, and terms that nobody opened", async () => {
      const terms = emergencyTerms(s.signers.patient.address as Address, ["labs"], reason());
      await expectRefused(fetchIt({ emergency: { id: s.opened.id, terms } }), "RequesterError");
      const id = emergencyId(s.signers.southClinician.address as Address, terms);
      await expectRefused(fetchIt({ emergency: { id, terms } }), "EmergencyRefusedError", ["EmergencyUnknown"]);
    });

    it("nothing the second before its end", async () => {
      const session = await signIn(s, running.url, "southClinician");
      await time.increaseTo(s.opened.until - 2);
      await time.setNextBlockTimestamp(s.opened.until - 1);
      expect(await fetchIt({ session })).to.have.property("content");
    });

    for (const [name, second] of [
      ["at", 0],
      ["a second after", 1],
    ] as const) {
      it(`everything ${name} its end`, async () => {
        const session = await signIn(s, running.url, "southClinician");
        await time.increaseTo(s.opened.until + second);
        await expectRefused(fetchIt({ session }), "EmergencyRefusedError", ["GRANT_EXPIRED"]);
      });
    }

    it("what ends between check and log", async () => {
      const session = await signIn(s, running.url, "southClinician");
      await time.increaseTo(s.opened.until - 1);
      running.rpc.before = async ({ method }) => {
        if (method !== "eth_sendTransaction") return;
        running.rpc.before = () => undefined;
        await networkHelpers.mine();
      };
      await expectRefused(fetchIt({ session }), "EmergencyRefusedError", ["GRANT_EXPIRED"]);
    });

    it("what was found unjustified, before or between check and log", async () => {
      const session = await signIn(s, running.url, "southClinician");
      running.rpc.before = async ({ method }) => {
        if (method !== "eth_sendTransaction") return;
        running.rpc.before = () => undefined;
        await s.emergencies.connect(s.signers.supervisor).review(s.opened.id, false, hash("verdict"));
      };
      // The sanction suspends the member in the same transaction.
      const failed = ["REQUESTER_STANDING", "REVIEW_REJECTED"];
      const between = (await caught(fetchIt({ session }))) as GatewayRefusalError;
      expect([between.refusal, [...between.failed].sort()]).to.deep.equal(["EmergencyRefusedError", failed]);
      const afterwards = (await caught(fetchIt({ session }))) as GatewayRefusalError;
      expect([...afterwards.failed].sort()).to.deep.equal(failed);
      expect(await deliveries()).to.deep.equal([]);
    });

    it("what ends in the very block that would log it, though the latest block is before its end", async () => {
      const session = await signIn(s, running.url, "southClinician");
      await time.increaseTo(s.opened.until - 1);
      running.rpc.before = async ({ method }) => {
        if (method === "eth_sendTransaction") await time.setNextBlockTimestamp(s.opened.until);
      };
      await expectRefused(fetchIt({ session }), "EmergencyRefusedError", ["GRANT_EXPIRED"]);
    });

    it("what was found unjustified, though nobody is suspended for it", async () => {
      const { supervision, emergencies, institutions, signers, ids } = s;
      const violation = violationCode("EMERGENCY_UNJUSTIFIED");
      await supervision.connect(signers.rules).setSanction(violation, { suspension: 0, bondShare: 0 });
      const session = await signIn(s, running.url, "southClinician");
      await emergencies.connect(signers.supervisor).review(s.opened.id, false, hash("verdict"));
      expect(await institutions.isInStanding(ids.south)).to.equal(true);
      await expectRefused(fetchIt({ session }), "EmergencyRefusedError", ["REVIEW_REJECTED"]);
    });

    describe("what nobody reviewed in time, though it would run longer,", () => {
      let emergency: Awaited<ReturnType<typeof open>>;
      let reviewUntil: number;

      beforeEach(async () => {
        const { supervision, emergencies, signers } = s;
        const violation = violationCode("EMERGENCY_LAPSED");
        await supervision.connect(signers.rules).setSanction(violation, { suspension: 0, bondShare: 0 });
        const rules = { defaultDuration: 14_400, maxDuration: 14_400, reviewWindow: 3_600 };
        await emergencies.connect(signers.rules).setEmergencyRules(rules);
        emergency = await open(s, emergencyTerms(signers.patient.address as Address, ["labs"], reason()));
        reviewUntil = Number((await emergencies.emergency(emergency.id)).reviewUntil);
      });

      it("not the second before the review's deadline", async () => {
        const session = await signIn(s, running.url, "southClinician");
        await time.increaseTo(reviewUntil - 2);
        await time.setNextBlockTimestamp(reviewUntil - 1);
        expect(await fetchIt({ session, emergency })).to.have.property("content");
      });

      for (const [name, second] of [
        ["at", 0],
        ["a second after", 1],
      ] as const) {
        it(`${name} the review's deadline`, async () => {
          const session = await signIn(s, running.url, "southClinician");
          await time.increaseTo(reviewUntil + second);
          await expectRefused(fetchIt({ session, emergency }), "EmergencyRefusedError", ["GRANT_EXPIRED"]);
        });
      }

      it("once it lapsed, though nobody is suspended for it", async () => {
        const session = await signIn(s, running.url, "southClinician");
        await time.increaseTo(reviewUntil);
        await s.emergencies.connect(s.signers.stranger).lapse(emergency.id);
        expect(await s.institutions.isInStanding(s.ids.south)).to.equal(true);
        await expectRefused(fetchIt({ session, emergency }), "EmergencyRefusedError", ["REVIEW_REJECTED"]);
      });
    });

    it("what the patient opts out of, though it was opened before", async () => {
      const session = await signIn(s, running.url, "southClinician");
      const { patient } = s.signers;
      await s.emergencies.connect(patient).setOptOut(patient, categoryMask(["labs"]));
      await expectRefused(fetchIt({ session }), "EmergencyRefusedError", ["CONSENT_CATEGORY"]);
      await s.emergencies.connect(patient).setOptOut(patient, categoryMask(["imaging"]));
      expect(await fetchIt({ session })).to.have.property("content");
    });

    describe("a record whose retention the patient's side ended earlier,", () => {
      let end: number;
      let emergency: Awaited<ReturnType<typeof open>>;

      beforeEach(async () => {
        end = await limitRetention(s, KEPT.labs);
        await time.increaseTo(end - 100);
        emergency = await open(s, emergencyTerms(s.signers.patient.address as Address, ["labs"], reason()));
      });

      it("not the second before that end", async () => {
        const session = await signIn(s, running.url, "southClinician");
        await time.increaseTo(end - 2);
        await time.setNextBlockTimestamp(end - 1);
        expect(await fetchIt({ session, emergency })).to.have.property("content");
      });

      for (const [name, second] of [
        ["at", 0],
        ["a second after", 1],
      ] as const) {
        it(`${name} that end, and hands over another record`, async () => {
          const session = await signIn(s, running.url, "southClinician");
          await time.increaseTo(end + second);
          await expectRefused(fetchIt({ session, emergency }), "EmergencyRefusedError", ["RETENTION_ENDED"]);
          expect(await fetchIt({ session, emergency, record: s.leaves[KEPT.moreLabs]! })).to.have.property("content");
        });
      }

      it("when that end comes in the very block that would log it", async () => {
        const session = await signIn(s, running.url, "southClinician");
        await time.increaseTo(end - 1);
        running.rpc.before = async ({ method }) => {
          if (method === "eth_sendTransaction") await time.setNextBlockTimestamp(end);
        };
        await expectRefused(fetchIt({ session, emergency }), "EmergencyRefusedError", ["RETENTION_ENDED"]);
      });
    });

    it("another category, another patient's record, and another batch", async () => {
      const { patient, otherPatient } = s.signers;
      const narrow = await open(s, emergencyTerms(patient.address as Address, ["diagnoses"], reason()));
      await expectRefused(fetchIt({ emergency: narrow }), "EmergencyRefusedError", ["REQUEST_SCOPE"]);
      const other = await open(s, emergencyTerms(otherPatient.address as Address, ["labs"], reason()));
      await expectRefused(fetchIt({ emergency: other }), "EmergencyRefusedError", ["REQUEST_SCOPE"]);
      await expectRefused(fetchIt({ batch: s.batch.id }), "EmergencyRefusedError", ["RECORD_NOT_ANCHORED"]);
    });

    it("what it does not hold, what is destroyed, and what is another custodian's", async () => {
      await expectRefused(fetchIt({ record: hash("no record") }), "RecordNotHereError");
      await destroyRecords(s.vault, { leaves: [s.leaves[KEPT.doomed]!], reason: "withdrawal" });
      await expectRefused(fetchIt({ record: s.leaves[KEPT.doomed]! }), "RecordDestroyedError");

      const signers = { ...s.signers, northGateway: s.signers.southGateway };
      const south = await runGateway({ ...s, signers });
      try {
        await expectRefused(fetchIt({ url: south.url }), "RecordNotHereError");
      } finally {
        await south.stop();
      }
    });

    it("a clinician who was dismissed since, or is none any more", async () => {
      const session = await signIn(s, running.url, "southClinician");
      await s.institutions.connect(s.signers.southAdmin).revokeAgent(s.signers.southClinician);
      await expectRefused(fetchIt({ session }), "RequesterError");
    });

    it("while the clinician's member is suspended, and goes on afterwards", async () => {
      const session = await signIn(s, running.url, "southClinician");
      const until = (await time.latest()) + 100;
      await s.institutions.connect(s.signers.supervision).suspend(s.ids.south, until, hash("reason"));
      await expectRefused(fetchIt({ session }), "EmergencyRefusedError", ["REQUESTER_STANDING"]);
      await time.increaseTo(until);
      expect(await fetchIt({ session })).to.have.property("content");
    });

    it("while the custodian itself is suspended", async () => {
      const session = await signIn(s, running.url, "southClinician");
      const until = (await time.latest()) + 100;
      await s.institutions.connect(s.signers.supervision).suspend(s.ids.north, until, hash("reason"));
      expect(await caught(fetchIt({ session }))).to.be.instanceOf(GatewayUnavailableError);
      expect(await deliveries()).to.deep.equal([]);
    });

    it("a clinician who revoked the key to seal to", async () => {
      await revokeEncryptionKey(s.clinician, s.clinicianKey.publicKey);
      await expectRefused(fetchIt(), "EncryptionKeyError");
    });

    it("whoever is not signed in, before the body is read", async () => {
      const call = fetch(new URL("/v1/emergency-deliveries", running.url), {
        method: "POST",
        headers: { "content-type": "application/json", authorization: "Bearer x" },
        body: "no JSON",
      });
      expect((await call).status).to.equal(401);
    });

    it("while the chain is down, and goes on when it is back", async () => {
      const session = await signIn(s, running.url, "southClinician");
      await running.rpc.down();
      expect(await caught(fetchIt({ session }))).to.be.instanceOf(GatewayUnavailableError);
      expect(await deliveries()).to.deep.equal([]);
      await running.rpc.up();
      expect(await fetchIt({ session })).to.have.property("content");
    });
  });

  it("is refused by the client when it does not open, which is logged as a failed receipt", async () => {
    const { privateKey } = await generateEncryptionKey();
    const error = await caught(fetchIt({ privateKey }));
    expect(error).to.be.instanceOf(ParcelError);
    expect((error as ParcelError).failures).to.deep.equal(["envelope"]);
    const [received] = await s.emergencies.queryFilter(s.emergencies.filters.EmergencyReceiptLogged());
    expect(received?.args.verified).to.equal(false);
  });

  it("puts the emergency into its log, and no record, token or patient", async () => {
    const session = await signIn(s, running.url, "southClinician");
    await fetchIt({ session });
    const log = running.lines.join("").toLowerCase();
    expect(log).to.include(s.opened.id);
    for (const secret of [session.token, s.leaves[KEPT.labs]!.slice(2), s.signers.patient.address.slice(2)]) {
      expect(log).to.not.include(secret.toLowerCase());
    }
  });
});
