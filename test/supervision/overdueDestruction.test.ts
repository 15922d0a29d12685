import { expect } from "chai";
import { RecordBatch, recordLeaf, violationCode } from "@consilium/sdk";
import { RECORD, RETENTION } from "../access/scenario.ts";
import {
  CaseStatus,
  DAY,
  deploySupervision,
  ethers,
  hash,
  loadFixture,
  networkHelpers,
  plain,
  REASON,
  time,
  zeroAddress,
  zeroHash,
} from "./supervisionFixtures.ts";

/** North hospital keeps one record with an end, to be destroyed by then, and others without. */
async function deployDuty() {
  const s = await loadFixture(deploySupervision);
  const { batch, records, supervision, signers, start } = s;
  const deadline = start + RETENTION;
  const record = batch.record(RECORD.shortLived);
  const leaf = recordLeaf(record);
  return {
    ...s,
    ...{ deadline, record, leaf },
    caseId: ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["bytes32", "bytes32"], [batch.id, leaf])),
    report: async (by = signers.stranger, index: number = RECORD.shortLived) =>
      supervision.connect(by).reportOverdueDestruction(batch.id, batch.record(index), batch.proof(index)),
    attest: async (index: number = RECORD.shortLived) =>
      records
        .connect(signers.northGateway)
        .attestDestruction(batch.id, batch.record(index), batch.proof(index), hash("evidence of destruction")),
  };
}

describe("Supervision of the duty to destroy", () => {
  it("opens a case by one call of a stranger, at the very second of the deadline", async () => {
    const { supervision, report, deadline, batch, record, leaf, caseId, ids, signers } = await deployDuty();
    await time.setNextBlockTimestamp(deadline - 1);
    await expect(report()).to.be.revertedWithCustomError(supervision, "DestructionNotOverdue").withArgs(batch.id, leaf);
    await time.setNextBlockTimestamp(deadline);
    await expect(report())
      .to.emit(supervision, "ViolationReported")
      .withArgs(
        ...[caseId, ids.north, 0, violationCode("DESTRUCTION_OVERDUE"), leaf, zeroHash, zeroHash],
        signers.stranger.address,
      )
      .and.to.emit(supervision, "DestructionOverdue")
      .withArgs(caseId, batch.id, leaf, record.patient, deadline, signers.stranger.address);
    const { status, accused, reporter } = await supervision.caseOf(caseId);
    expect([status, accused, reporter]).to.deep.equal([CaseStatus.REPORTED, ids.north, 0n]);
  });

  it("takes each record once, whoever reports and however its case ended", async () => {
    const { supervision, report, deadline, caseId, signers } = await deployDuty();
    await time.setNextBlockTimestamp(deadline + 1);
    await report();
    for (const by of [signers.stranger, signers.northGateway, signers.supervisor]) {
      await expect(report(by)).to.be.revertedWithCustomError(supervision, "CaseExists").withArgs(caseId);
    }
    await supervision.connect(signers.supervisor).decide(caseId, false, REASON);
    await expect(report()).to.be.revertedWithCustomError(supervision, "CaseExists").withArgs(caseId);
  });

  it("reports nothing of a record whose destruction was attested, even late, nor of a destroyed batch", async () => {
    const { supervision, records, report, attest, deadline, batch, leaf, signers } = await deployDuty();
    const snapshot = await networkHelpers.takeSnapshot();
    await time.setNextBlockTimestamp(deadline + DAY);
    await attest();
    await expect(report()).to.be.revertedWithCustomError(supervision, "DestructionNotOverdue").withArgs(batch.id, leaf);
    await snapshot.restore();
    await time.setNextBlockTimestamp(deadline - 1);
    await records.connect(signers.northGateway).attestBatchDestruction(batch.id, hash("evidence"));
    await expect(report()).to.be.revertedWithCustomError(supervision, "DestructionNotOverdue").withArgs(batch.id, leaf);
  });

  it("reports nothing of a record that may be kept without end", async () => {
    const { supervision, report, batch, deadline, signers } = await deployDuty();
    await time.increaseTo(deadline + 20 * 365 * DAY);
    await expect(report(signers.stranger, RECORD.labs))
      .to.be.revertedWithCustomError(supervision, "DestructionNotOverdue")
      .withArgs(batch.id, recordLeaf(batch.record(RECORD.labs)));
  });

  it("believes nobody's word of a record: what is not in the batch is not anchored", async () => {
    const { supervision, batch, southBatch, record, leaf, deadline, signers, ids } = await deployDuty();
    await time.increaseTo(deadline + DAY);
    const { patient, commitment, meta } = record;
    const proof = batch.proof(RECORD.shortLived);
    const forged = new RecordBatch(ids.south, [
      { patient, commitment, level: 2, category: "labs", dataFrom: 0, dataUntil: 0, retentionUntil: deadline },
    ]).record(0);
    for (const [id, one, path] of [
      [southBatch.id, record, proof],
      [zeroHash, record, proof],
      [batch.id, record, []],
      [batch.id, { ...record, meta: meta - (1n << 160n) }, proof],
      [batch.id, { ...record, patient: zeroAddress }, proof],
      [batch.id, forged, []],
    ] as const) {
      await expect(supervision.connect(signers.stranger).reportOverdueDestruction(id, one, [...path]))
        .to.be.revertedWithCustomError(supervision, "RecordNotAnchored")
        .withArgs(id, recordLeaf(one));
    }
    expect(recordLeaf(record)).to.equal(leaf);
  });

  it("reports a suspended and an expelled custodian's records too", async () => {
    for (const end of ["suspend", "expel"] as const) {
      const { supervision, institutions, report, deadline, caseId, ids, signers } = await deployDuty();
      const bySupervision = institutions.connect(signers.supervision);
      if (end === "suspend") await bySupervision.suspend(ids.north, deadline + 100 * DAY, REASON);
      else await bySupervision.expel(ids.north, REASON);
      await time.increaseTo(deadline);
      await expect(report()).to.emit(supervision, "DestructionOverdue");
      expect((await supervision.caseOf(caseId)).status).to.equal(CaseStatus.REPORTED);
    }
  });

  it("leads to the catalogue's sanction once a supervisor of another member upholds the case", async () => {
    const { supervision, institutions, report, deadline, caseId, ids, signers, consortium } = await deployDuty();
    await time.increaseTo(deadline);
    await report();
    const { suspensionDays } = consortium.rules.sanctions["DESTRUCTION_OVERDUE"]!;
    const decidedAt = deadline + DAY;
    await time.setNextBlockTimestamp(decidedAt);
    await supervision.connect(signers.supervisor).decide(caseId, true, REASON);
    expect(plain(await supervision.caseOf(caseId))["status"]).to.equal(CaseStatus.UPHELD);
    expect((await institutions.profile(ids.north)).suspendedUntil).to.equal(decidedAt + suspensionDays * DAY);
  });

  it("refuses access from the same second on, by itself", async () => {
    const { records, batch, deadline, record } = await deployDuty();
    const failed = async () => records.check(batch.id, record, batch.proof(RECORD.shortLived));
    await time.increaseTo(deadline - 1);
    expect(await failed()).to.equal(0n);
    await time.increaseTo(deadline);
    expect(await failed()).to.equal(1n << 11n);
  });
});
