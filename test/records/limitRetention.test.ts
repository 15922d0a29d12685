import { expect } from "chai";
import type { Address, Hex } from "viem";
import { encodePolicyWord, failedCheckMask, RecordBatch, signLimitRetention } from "@consilium/sdk";
import { signMessage } from "../supervision/supervisionFixtures.ts";
import type { SignerName } from "../fixtures/consilium.ts";
import {
  DAY,
  deployBatch,
  entry,
  ethers,
  EVIDENCE,
  goTo,
  MANIFEST,
  MAX_TIME,
  networkHelpers,
  nextAt,
  REASON,
  YEAR,
} from "./recordFixtures.ts";

const { time } = networkHelpers;
const ZERO = ethers.ZeroAddress;
const RETENTION_ENDED = failedCheckMask("RETENTION_ENDED");

describe("RecordRegistry's limits of retention", () => {
  async function deployLimits() {
    const base = await deployBatch();
    const { records, signers, batch } = base;
    const start = await time.latest();
    const chainId = Number((await ethers.provider.getNetwork()).chainId);
    const verifyingContract = (await records.getAddress()) as Address;
    const deadline = BigInt(start + 10 * DAY);
    const limit = (until: number, as: SignerName = "patient", i = 0) =>
      records.connect(signers[as]).limitRetention(batch.id, batch.record(i), batch.proof(i), until);
    const sign = async (until: number, nonce: bigint, as: SignerName = "patient"): Promise<Hex> => {
      const signed = await signLimitRetention(
        { signTypedData: (message) => signMessage(signers[as], message) },
        {
          ...{ chainId, verifyingContract, batch: batch.id, record: batch.record(0), proof: batch.proof(0) },
          ...{ until, nonce, deadline, signer: signers[as].address as Address },
        },
      );
      return signed.signature;
    };
    const send = (until: number, signature: string, signer: SignerName = "patient") =>
      records
        .connect(signers.relayer)
        .limitRetentionBySignature(
          ...([
            batch.id,
            batch.record(0),
            batch.proof(0),
            until,
            signers[signer].address,
            deadline,
            signature,
          ] as const),
        );
    const state = (i = 0) => records.check(batch.id, batch.record(i), batch.proof(i));
    return { ...base, start, deadline, limit, sign, send, state };
  }

  it("close a record from their very second on, wherever it is asked for, and no other", async () => {
    const { records, limit, state, start, batch, patient, signers } = await deployLimits();
    const until = start + 2 * DAY;
    await expect(limit(until))
      .to.emit(records, "RetentionLimited")
      .withArgs(batch.id, batch.leaf(0), patient, until, 1, signers.patient.address);
    expect([...(await records.retentionLimit(batch.id, 0))]).to.deep.equal([BigInt(until), 1n]);
    expect(await records.retentionEnd(batch.id, batch.record(0).meta)).to.equal(until);
    const { records: all, proof, proofFlags } = batch.multiProof([0, 1]);
    for (const [second, failed] of [
      [until - 1, 0n],
      [until, RETENTION_ENDED],
      [until + 1, RETENTION_ENDED],
    ] as const) {
      await goTo(second);
      expect(await state()).to.equal(failed);
      expect(await records.checkState(batch.id, batch.record(0).meta)).to.equal(failed);
      const many = await records.checkMany(batch.id, all, proof, proofFlags);
      expect(new Map(all.map((record, i) => [record.meta, many[i]])).get(batch.record(0).meta)).to.equal(failed);
      expect(await state(1)).to.equal(0n);
    }
  });

  it("leave supersession and destruction of their record and its neighbours as they were", async () => {
    const { records, northRecords, limit, state, start, batch } = await deployLimits();
    await limit(start + 2 * DAY, "patient", 1);
    await northRecords.attestDestruction(batch.id, batch.record(0), batch.proof(0), EVIDENCE);
    await northRecords.supersede(
      ...([batch.id, batch.record(1), batch.proof(1)] as const),
      ...([batch.id, batch.record(2), batch.proof(2)] as const),
      REASON,
    );
    expect(await state(0)).to.equal(failedCheckMask("RECORD_DESTROYED"));
    expect(await state(1)).to.equal(failedCheckMask("RECORD_SUPERSEDED"));
    expect([await state(2), await state(3)]).to.deep.equal([0n, 0n]);
    expect((await records.retentionLimit(batch.id, 1)).until).to.equal(start + 2 * DAY);
  });

  for (const as of ["stranger", "northGateway", "northAdmin", "supervision", "otherPatient", "guardian"] as const) {
    it(`are not for ${as}`, async () => {
      const { records, limit, sign, send, start, patient, signers } = await deployLimits();
      await expect(limit(start + 2 * DAY, as))
        .to.be.revertedWithCustomError(records, "NoAuthority")
        .withArgs(patient, signers[as].address);
      await expect(send(start + 2 * DAY, await sign(start + 2 * DAY, 0n, as), as))
        .to.be.revertedWithCustomError(records, "NoAuthority")
        .withArgs(patient, signers[as].address);
    });
  }

  it("are not for a data trust with a mandate", async () => {
    const { records, patients, limit, start, patient, signers } = await deployLimits();
    const mandate = encodePolicyWord({
      ...{ purposes: ["HRESCH"], categories: ["labs"], level: 3, recipients: ["hospital"] },
      validUntil: start + YEAR,
    });
    await patients.connect(signers.patient).giveMandate(patient, signers.stranger, mandate);
    await expect(limit(start + 2 * DAY, "stranger"))
      .to.be.revertedWithCustomError(records, "NoAuthority")
      .withArgs(patient, signers.stranger.address);
  });

  it("are the guardian's up to majority, then the patient's, who may lift what the guardian set", async () => {
    const { records, patients, limit, start, patient, signers, batch } = await deployLimits();
    const majority = start + 30 * DAY;
    await patients.connect(signers.patient).appointGuardian(patient, signers.guardian, ZERO, majority, majority);
    await expect(limit(start + 60 * DAY))
      .to.be.revertedWithCustomError(records, "NoAuthority")
      .withArgs(patient, signers.patient.address);
    await nextAt(majority - 1);
    await limit(start + 60 * DAY, "guardian");
    await nextAt(majority);
    await expect(limit(start + 61 * DAY, "guardian"))
      .to.be.revertedWithCustomError(records, "NoAuthority")
      .withArgs(patient, signers.guardian.address);
    await limit(0);
    expect((await records.retentionLimit(batch.id, 0)).until).to.equal(0n);
  });

  it("are for nobody alone where several have authority only together", async () => {
    const { records, patients, limit, start, patient, signers } = await deployLimits();
    const majority = start + 30 * DAY;
    await patients.connect(signers.patient).appointGuardian(patient, signers.guardian, ZERO, start, majority);
    for (const as of ["patient", "guardian"] as const) {
      await expect(limit(start + 60 * DAY, as))
        .to.be.revertedWithCustomError(records, "NoAuthority")
        .withArgs(patient, signers[as].address);
    }
  });

  it("are at least a day off", async () => {
    const { records, limit, start } = await deployLimits();
    const now = start + 100;
    for (const [i, until] of [1, now, now + 2 + DAY - 1].entries()) {
      await nextAt(now + i);
      await expect(limit(until)).to.be.revertedWithCustomError(records, "RetentionInvalid").withArgs(until);
    }
    await nextAt(now + 10);
    await limit(now + 10 + DAY);
    await nextAt(now + 11);
    await limit(now + 12 + DAY);
  });

  it("never come at or after the custodian's own end", async () => {
    const { records, limit, batch, retentionUntil } = await deployLimits();
    for (const until of [retentionUntil, retentionUntil + 1, MAX_TIME]) {
      await expect(limit(until)).to.be.revertedWithCustomError(records, "RetentionInvalid").withArgs(until);
    }
    await limit(retentionUntil - 1);
    expect(await records.retentionEnd(batch.id, batch.record(0).meta)).to.equal(retentionUntil - 1);
  });

  it("may be the last second of all for a record without an end", async () => {
    const { records, northRecords, north, patient, signers } = await deployLimits();
    const endless = new RecordBatch(north, [entry(patient, { nonce: 900 })]);
    await northRecords.anchorIndexed([...endless.records], MANIFEST);
    await records.connect(signers.patient).limitRetention(endless.id, endless.record(0), [], MAX_TIME);
    expect(await records.retentionEnd(endless.id, endless.record(0).meta)).to.equal(MAX_TIME);
    await records.connect(signers.patient).limitRetention(endless.id, endless.record(0), [], 0);
    expect(await records.retentionEnd(endless.id, endless.record(0).meta)).to.equal(0);
  });

  it("are moved and lifted up to the last second before, and never from it on", async () => {
    const { records, limit, state, start, batch, retentionUntil } = await deployLimits();
    const first = start + 2 * DAY;
    await limit(first);
    await nextAt(first - 1);
    await limit(first + 2 * DAY);
    await nextAt(first + 2 * DAY - 1);
    await limit(0);
    expect(await records.retentionEnd(batch.id, batch.record(0).meta)).to.equal(retentionUntil);
    const last = first + 10 * DAY;
    await limit(last);
    for (const [second, until] of [
      [last, 0],
      [last + 1, last + 9 * DAY],
    ] as const) {
      await nextAt(second);
      await expect(limit(until))
        .to.be.revertedWithCustomError(records, "RetentionOver")
        .withArgs(batch.id, batch.leaf(0), last);
    }
    await goTo(last + 2);
    expect(await state()).to.equal(RETENTION_ENDED);
  });

  it("come too late from the second of the custodian's own end on", async () => {
    const { records, limit, batch, retentionUntil } = await deployLimits();
    await nextAt(retentionUntil - 1);
    await limit(0);
    await nextAt(retentionUntil);
    await expect(limit(0))
      .to.be.revertedWithCustomError(records, "RetentionOver")
      .withArgs(batch.id, batch.leaf(0), retentionUntil);
  });

  it("need a record that is anchored and not destroyed, alone or with its batch", async () => {
    const { records, northRecords, limit, start, batch, signers } = await deployLimits();
    const mine = records.connect(signers.patient);
    for (const id of [EVIDENCE, batch.id]) {
      await expect(mine.limitRetention(id, batch.record(0), batch.proof(1), start + 2 * DAY))
        .to.be.revertedWithCustomError(records, "RecordNotAnchored")
        .withArgs(id, batch.leaf(0));
    }
    await northRecords.attestDestruction(batch.id, batch.record(0), batch.proof(0), EVIDENCE);
    await expect(limit(start + 2 * DAY))
      .to.be.revertedWithCustomError(records, "RecordAlreadyDestroyed")
      .withArgs(batch.id, batch.leaf(0));
    await northRecords.attestBatchDestruction(batch.id, EVIDENCE);
    await expect(limit(start + 2 * DAY, "patient", 1))
      .to.be.revertedWithCustomError(records, "RecordAlreadyDestroyed")
      .withArgs(batch.id, batch.leaf(1));
  });

  it("hold whether or not the custodian is suspended or expelled", async () => {
    const { institutions, limit, state, start, north, signers } = await deployLimits();
    await institutions.connect(signers.supervision).suspend(north, start + 5 * DAY, REASON);
    await limit(start + 3 * DAY);
    await institutions.connect(signers.supervision).expel(north, REASON);
    await limit(start + 4 * DAY);
    await goTo(start + 4 * DAY);
    expect(await state()).to.equal(RETENTION_ENDED);
  });

  it("cannot be set for a patient who is deactivated", async () => {
    const { records, patients, limit, start, patient, signers } = await deployLimits();
    await patients.connect(signers.patient).changeOwner(patient, ZERO);
    await expect(limit(start + 2 * DAY))
      .to.be.revertedWithCustomError(records, "NoAuthority")
      .withArgs(patient, signers.patient.address);
  });

  describe("signed", () => {
    it("go by anyone, once, up to the deadline's second", async () => {
      const { records, sign, send, deadline, batch, patient, signers, start } = await deployLimits();
      const until = start + 40 * DAY;
      const [first, second] = [await sign(until, 0n), await sign(until, 1n)];
      await nextAt(Number(deadline));
      await expect(send(until, first))
        .to.emit(records, "RetentionLimited")
        .withArgs(batch.id, batch.leaf(0), patient, until, 1, signers.patient.address);
      await nextAt(Number(deadline) + 1);
      await expect(send(until, second)).to.be.revertedWithCustomError(records, "SignatureExpired").withArgs(deadline);
    });

    it("fail for a replay, another end, and once a newer act was sent", async () => {
      const { records, limit, sign, send, start, batch, signers } = await deployLimits();
      const until = start + 40 * DAY;
      const lost = await sign(0, 0n);
      const first = await sign(until, 0n);
      const refused = (sent: Promise<unknown>) =>
        expect(sent).to.be.revertedWithCustomError(records, "SignatureInvalid").withArgs(signers.patient.address);
      await refused(send(until + 1, first));
      await send(until, first);
      await refused(send(until, first));
      await refused(send(0, lost));
      const held = await sign(until, 1n);
      await limit(0);
      await refused(send(until, held));
      expect((await records.retentionLimit(batch.id, 0)).until).to.equal(0);
    });
  });

  it("make a destruction overdue that anyone can report, from their second on", async () => {
    const { records, northRecords, supervision, limit, start, batch, patient, signers } = await deployLimits();
    const until = start + 2 * DAY;
    await limit(until);
    await limit(until, "patient", 1);
    const report = (i: number) =>
      supervision.connect(signers.stranger).reportOverdueDestruction(batch.id, batch.record(i), batch.proof(i));
    await nextAt(until - 1);
    await expect(report(0))
      .to.be.revertedWithCustomError(supervision, "DestructionNotOverdue")
      .withArgs(batch.id, batch.leaf(0));
    await nextAt(until);
    const id = ethers.keccak256(ethers.concat([batch.id, batch.leaf(0)]));
    await expect(report(0))
      .to.emit(supervision, "DestructionOverdue")
      .withArgs(id, batch.id, batch.leaf(0), patient, until, signers.stranger.address);
    await northRecords.attestDestruction(batch.id, batch.record(1), batch.proof(1), EVIDENCE);
    await expect(report(1))
      .to.be.revertedWithCustomError(supervision, "DestructionNotOverdue")
      .withArgs(batch.id, batch.leaf(1));
    expect(await records.isDestroyed(batch.id, 1)).to.equal(true);
  });
});
