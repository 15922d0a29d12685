import { expect } from "chai";
import type { Hex } from "viem";
import {
  addRecords,
  anchorPending,
  attestDestructions,
  destroyOverdue,
  destroyPatient,
  destroyRecords,
  RecordDestroyedError,
  RecordUnknownError,
  verifyAll,
  type Vault,
} from "@consilium/gateway";
import { expectRejection } from "../utils/expectRejection.ts";
import { loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import {
  addition,
  addObservations,
  deployForVault,
  observation,
  PATIENT,
  removeHomes,
  withVault,
} from "./vaultFixtures.ts";

describe("Destruction", () => {
  after(removeHomes);

  async function leavesOf(vault: Vault): Promise<Hex[]> {
    const rows = await vault.database.query<{ leaf: Hex }>("SELECT leaf FROM record ORDER BY sequence");
    return rows.map(({ leaf }) => leaf);
  }

  it("takes key, salts and bytes of a record, even from who found it before", async () => {
    const { chain } = await loadFixture(deployForVault);
    await withVault(async (vault) => {
      await addObservations(vault, 2);
      await anchorPending({ vault, chain });
      const [leaf] = await leavesOf(vault);
      const found = (await vault.findRecord(leaf!))!;
      expect(await destroyRecords(vault, { leaves: [leaf!], reason: "withdrawal" })).to.equal(1);
      expect(await destroyRecords(vault, { leaves: [leaf!], reason: "withdrawal" })).to.equal(0);
      await expectRejection(vault.findRecord(leaf!), RecordDestroyedError);
      await expectRejection(found.opening(), RecordDestroyedError);
      await expectRejection(found.openBytes(), RecordDestroyedError);
      const [row] = await vault.database.query("SELECT secret, type, blob FROM record WHERE leaf = $1", [leaf!]);
      expect({ ...row }).to.deep.equal({ secret: null, type: null, blob: null });
      const names: string[] = [];
      for await (const name of vault.blobs.list(new Date(Date.now() + 60_000))) names.push(name);
      expect(names).to.have.lengthOf(1);
      const again = await addRecords(vault, [addition(observation("o0")), addition(observation("o1"))]);
      expect(again).to.deep.equal(["destroyed", "known"]);
    });
  });

  it("destroys nothing if one of the leaves is unknown", async () => {
    const { chain } = await loadFixture(deployForVault);
    await withVault(async (vault) => {
      await addObservations(vault, 1);
      await anchorPending({ vault, chain });
      const leaves = [...(await leavesOf(vault)), `0x${"01".repeat(32)}` as const];
      await expectRejection(destroyRecords(vault, { leaves, reason: "error" }), RecordUnknownError);
      expect((await vault.countRecords()).anchored).to.equal(1);
    });
  });

  it("is attested record by record, each once, and as a whole when nothing of the batch is left", async () => {
    const { chain, records } = await loadFixture(deployForVault);
    await withVault(async (vault) => {
      await addObservations(vault, 3);
      await anchorPending({ vault, chain, size: 2 });
      const leaves = await leavesOf(vault);
      await destroyRecords(vault, { leaves: leaves.slice(0, 1), reason: "withdrawal" });
      expect(await attestDestructions({ vault, chain })).to.deep.equal({ batches: 0, records: 1 });
      expect(await attestDestructions({ vault, chain })).to.deep.equal({ batches: 0, records: 0 });
      expect(await destroyPatient(vault, { patient: PATIENT, reason: "withdrawal" })).to.equal(2);
      expect(await attestDestructions({ vault, chain })).to.deep.equal({ batches: 1, records: 1 });
      const rows = await vault.database.query<{ batch: Hex; position: number }>("SELECT batch, position FROM record");
      for (const { batch, position } of rows) expect(await records.isDestroyed(batch, position)).to.equal(true);
    });
  });

  it("takes what its retention is over, a second after and not before, anchored or not", async () => {
    const { chain } = await loadFixture(deployForVault);
    await withVault(async (vault) => {
      const retentionUntil = (await networkHelpers.time.latest()) + 10_000;
      await addObservations(vault, 1, { retentionUntil });
      await anchorPending({ vault, chain });
      await addRecords(vault, [addition(observation("sealed"), { retentionUntil }), addition(observation("kept"))]);
      expect(await destroyOverdue(vault, { now: retentionUntil - 1 })).to.equal(0);
      expect(await destroyOverdue(vault, { now: retentionUntil })).to.equal(2);
      expect(await attestDestructions({ vault, chain })).to.deep.equal({ batches: 1, records: 0 });
      expect(await vault.countRecords()).to.deep.equal({ sealed: 1, batched: 0, anchored: 0, destroyed: 2 });
    });
  });
});

describe("verifyAll", () => {
  after(removeHomes);

  it("finds every record sound, and names what was done to one that is not", async () => {
    const { chain } = await loadFixture(deployForVault);
    await withVault(async (vault) => {
      await addObservations(vault, 6);
      await anchorPending({ vault, chain, size: 3 });
      const progress: number[] = [];
      const sound = await verifyAll({ vault, chain, onProgress: ({ checked }) => progress.push(checked) });
      expect(sound).to.deep.equal({ checked: 6, failures: [] });
      expect(progress).to.deep.equal([6]);

      const rows = await vault.database.query<{ id: string; leaf: Hex; blob: string; batch: Hex }>(
        "SELECT * FROM record ORDER BY sequence",
      );
      const change = (index: number, column: string, value: string): Promise<unknown> =>
        vault.database.query(`UPDATE record SET ${column} = $1 WHERE id = $2`, [value, rows[index]!.id]);
      await vault.blobs.put(rows[0]!.blob, new TextEncoder().encode("not what was anchored"));
      await vault.blobs.delete(rows[1]!.blob);
      await change(2, "secret", "AAAA");
      await change(3, "level", "0");
      await vault.database.query("UPDATE batch SET count = 4 WHERE id = $1", [rows[3]!.batch]);
      // As from another copy of the vault, which this one knows nothing of.
      const proven = (await vault.findRecord(rows[5]!.leaf))!;
      await chain.attestDestruction({ ...proven, evidence: `0x${"11".repeat(32)}` });
      const { failures } = await verifyAll({ vault, chain });
      expect(failures.map((one) => [rows.findIndex(({ leaf }) => leaf === one.leaf), ...one.failures])).to.deep.equal([
        [0, "ciphertext", "decryption", "content"],
        [1, "bytes"],
        [2, "secret"],
        [3, "anchor", "proof"],
        [4, "anchor"],
        [5, "anchor", "destroyed"],
      ]);
    });
  });
});
