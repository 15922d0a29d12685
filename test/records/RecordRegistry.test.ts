import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import type { Address, Hex } from "viem";
import {
  encodeRecordMeta,
  failedCheckMask,
  RECORD_LEAF_TYPES,
  RecordBatch,
  recordLeaf,
  type AnchoredRecord,
} from "@consilium/sdk";
import type { SignerName } from "../fixtures/consilium.ts";
import { seededRandom } from "../utils/seededRandom.ts";
import {
  batchOf,
  DAY,
  deployBatch,
  deployRecords,
  entry,
  ethers,
  EVIDENCE,
  GATEWAY,
  goTo,
  MANIFEST,
  MAX_TIME,
  networkHelpers,
  nextAt,
  NO_GATEWAYS,
  REASON,
  YEAR,
  type Records,
} from "./recordFixtures.ts";

const { time } = networkHelpers;
const { ZeroAddress } = ethers;
const ZERO_HASH = ethers.ZeroHash as Hex;
const ROOT = ethers.id("root") as Hex;
/** Of those who may report: RESEARCHER, CLINICIAN, OFFICER, GATEWAY. */
const REPORTERS = 4 | 2 | 16 | 8;
const IN_USE = 0n;
const NOT_ANCHORED = failedCheckMask("RECORD_NOT_ANCHORED");
const SUPERSEDED = failedCheckMask("RECORD_SUPERSEDED");
const DESTROYED = failedCheckMask("RECORD_DESTROYED");
const RETENTION_ENDED = failedCheckMask("RETENTION_ENDED");

type Place = [batch: RecordBatch, index: number];
type WithBatch = Awaited<ReturnType<typeof deployBatch>>;
type Act = (base: WithBatch, as: SignerName) => Promise<unknown>;

/** Every act of a custodian, on what is there to act upon. */
const CUSTODIAN_ACTS: Record<string, Act> = {
  anchor: ({ records, signers }, as) => records.connect(signers[as]).anchor(ROOT, 1, 0, MANIFEST),
  anchorIndexed: ({ records, signers, north, patient }, as) =>
    records.connect(signers[as]).anchorIndexed([...batchOf(north, patient, 2, 50).records], MANIFEST),
  supersede: ({ records, signers, batch }, as) =>
    records
      .connect(signers[as])
      .supersede(batch.id, batch.record(0), batch.proof(0), batch.id, batch.record(1), batch.proof(1), REASON),
  attestDestruction: ({ records, signers, batch }, as) =>
    records.connect(signers[as]).attestDestruction(batch.id, batch.record(0), batch.proof(0), EVIDENCE),
  attestBatchDestruction: ({ records, signers, batch }, as) =>
    records.connect(signers[as]).attestBatchDestruction(batch.id, EVIDENCE),
};
const ACTS_ON_A_BATCH = ["supersede", "attestDestruction", "attestBatchDestruction"];

/** A word with another value in one field. */
function withField(meta: bigint, offset: bigint, width: bigint, value: bigint): bigint {
  const mask = ((1n << width) - 1n) << offset;
  return (meta & ~mask) | (value << offset);
}

/** The records' tree as the package builds it by default: leaves sorted. */
function sortedTree(records: readonly AnchoredRecord[]) {
  return StandardMerkleTree.of(
    records.map(({ patient, commitment, meta }): [Address, Hex, bigint] => [patient, commitment, meta]),
    RECORD_LEAF_TYPES,
  );
}

/** Anchors records as they stand, well formed or not, by the root of their sorted tree. */
async function anchorAsIs({ northRecords, north, patient }: Records, metas: readonly bigint[]) {
  const list = metas.map((meta, i): AnchoredRecord => ({ patient, commitment: ethers.id(`as is ${i}`) as Hex, meta }));
  const tree = sortedTree(list);
  await northRecords.anchor(tree.root, list.length, 0, MANIFEST);
  const id = (await northRecords.batchId(north, tree.root)) as Hex;
  return { id, leaves: list.map((record, i) => ({ record, proof: tree.getProof(i) as Hex[] })) };
}

function supersede(
  { northRecords }: Records,
  [old, i]: Place,
  [next, k]: Place,
  changes: { proof?: Hex[]; successorProof?: Hex[]; successorBatch?: Hex } = {},
) {
  return northRecords.supersede(
    old.id,
    old.record(i),
    changes.proof ?? old.proof(i),
    changes.successorBatch ?? next.id,
    next.record(k),
    changes.successorProof ?? next.proof(k),
    REASON,
  );
}

describe("RecordRegistry", () => {
  describe("agents", () => {
    for (const [name, act] of Object.entries(CUSTODIAN_ACTS)) {
      for (const as of NO_GATEWAYS) {
        it(`refuses ${name} to ${as}, who is no gateway`, async () => {
          const base = await deployBatch();
          await expect(act(base, as))
            .to.be.revertedWithCustomError(base.institutions, "AgentNotPermitted")
            .withArgs(base.signers[as].address, GATEWAY);
        });
      }

      it(`refuses ${name} to a suspended member up to the last second`, async () => {
        const base = await deployBatch();
        const { institutions, signers, north } = base;
        const until = (await time.latest()) + DAY;
        await institutions.connect(signers.supervision).suspend(north, until, REASON);
        for (const second of [until - DAY + 10, until - 1]) {
          await nextAt(second);
          await expect(act(base, "northGateway"))
            .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
            .withArgs(signers.northGateway.address, GATEWAY);
        }
        await nextAt(until);
        await expect(act(base, "northGateway")).to.not.be.revert(ethers);
      });

      it(`refuses ${name} to an expelled member`, async () => {
        const base = await deployBatch();
        const { institutions, signers, north } = base;
        await institutions.connect(signers.supervision).expel(north, REASON);
        await expect(act(base, "northGateway"))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(signers.northGateway.address, GATEWAY);
      });

      it(`refuses ${name} from the second at which the gateway's role is over`, async () => {
        const base = await deployBatch();
        const { institutions, signers } = base;
        const end = (await time.latest()) + DAY;
        await institutions.connect(signers.northAdmin).addAgent(signers.northGateway, GATEWAY, end - DAY, end);
        await nextAt(end);
        await expect(act(base, "northGateway"))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(signers.northGateway.address, GATEWAY);
      });
    }

    for (const name of ACTS_ON_A_BATCH) {
      it(`refuses ${name} to another custodian's gateway`, async () => {
        const base = await deployBatch();
        const { records, batch, north, south } = base;
        await expect(CUSTODIAN_ACTS[name]?.(base, "southGateway"))
          .to.be.revertedWithCustomError(records, "NotCustodian")
          .withArgs(batch.id, north, south);
      });
    }

    it("refuses records that name another custodian than the caller", async () => {
      const base = await deployBatch();
      const first = batchOf(base.north, base.patient, 2, 50).record(0);
      await expect(CUSTODIAN_ACTS["anchorIndexed"]?.(base, "southGateway"))
        .to.be.revertedWithCustomError(base.records, "RecordMetaInvalid")
        .withArgs(0, first.meta);
    });
  });

  describe("anchor", () => {
    it("reverts for a zero root or manifest", async () => {
      const { northRecords } = await deployRecords();
      for (const [root, manifest] of [
        [ZERO_HASH, MANIFEST],
        [ROOT, ZERO_HASH],
      ] as const) {
        await expect(northRecords.anchor(root, 1, 0, manifest))
          .to.be.revertedWithCustomError(northRecords, "ZeroHash")
          .withArgs();
      }
    });

    it("reverts for no records", async () => {
      const { northRecords } = await deployRecords();
      await expect(northRecords.anchor(ROOT, 0, 0, MANIFEST))
        .to.be.revertedWithCustomError(northRecords, "BatchSizeInvalid")
        .withArgs(0);
    });

    for (const [name, offset] of [
      ["a second ago", -1],
      ["this very second", 0],
    ] as const) {
      it(`reverts for a retention that ended ${name}`, async () => {
        const { northRecords } = await deployRecords();
        const now = (await time.latest()) + 100;
        await nextAt(now);
        await expect(northRecords.anchor(ROOT, 1, now + offset, MANIFEST))
          .to.be.revertedWithCustomError(northRecords, "RetentionInvalid")
          .withArgs(now + offset);
      });
    }

    it("takes a retention that ends with the next second, or at the last of all", async () => {
      const { northRecords, records, north } = await deployRecords();
      const now = (await time.latest()) + 100;
      await nextAt(now);
      await northRecords.anchor(ROOT, 1, now + 1, MANIFEST);
      expect((await records.batch(await records.batchId(north, ROOT))).retentionUntil).to.equal(now + 1);
      await northRecords.anchor(EVIDENCE, 1, MAX_TIME, MANIFEST);
      expect((await records.batch(await records.batchId(north, EVIDENCE))).retentionUntil).to.equal(MAX_TIME);
    });

    it("reverts for a root that this custodian anchored before", async () => {
      const { northRecords, records, north } = await deployRecords();
      await northRecords.anchor(ROOT, 1, 0, MANIFEST);
      await expect(northRecords.anchor(ROOT, 2, 0, EVIDENCE))
        .to.be.revertedWithCustomError(records, "BatchAlreadyAnchored")
        .withArgs(await records.batchId(north, ROOT));
    });

    it("keeps custodian, time, count and retention, unpublished", async () => {
      const { northRecords, records, north, signers } = await deployRecords();
      const now = (await time.latest()) + 100;
      const id = await records.batchId(north, ROOT);
      expect(await northRecords.anchor.staticCall(ROOT, 2 ** 32 - 1, now + YEAR, MANIFEST)).to.equal(id);
      await nextAt(now);
      await expect(northRecords.anchor(ROOT, 2 ** 32 - 1, now + YEAR, MANIFEST))
        .to.emit(records, "BatchAnchored")
        .withArgs(id, north, ROOT, 2 ** 32 - 1, now + YEAR, MANIFEST, signers.northGateway.address);
      expect([...(await records.batch(id))]).to.deep.equal([
        ...[BigInt(north), BigInt(now), 2n ** 32n - 1n, BigInt(now + YEAR), 0n, false],
      ]);
    });

    it("harms nobody when another member is first with the same root", async () => {
      const { northRecords, southRecords, records, north, south, patient } = await deployRecords();
      const batch = batchOf(north, patient, 3);
      await southRecords.anchor(batch.root, 3, 0, MANIFEST);
      await northRecords.anchorIndexed([...batch.records], MANIFEST);
      const copy = await records.batchId(south, batch.root);
      expect(copy).to.not.equal(batch.id);
      expect((await records.batch(batch.id)).custodian).to.equal(north);
      expect((await records.batch(copy)).custodian).to.equal(south);
      expect(await records.verify(batch.id, batch.record(1), batch.proof(1))).to.equal(true);
      // The copy proves nothing: the records name their custodian.
      expect(await records.verify(copy, batch.record(1), batch.proof(1))).to.equal(false);
      expect(await records.check(copy, batch.record(1), batch.proof(1))).to.equal(NOT_ANCHORED);
    });
  });

  describe("anchorIndexed", () => {
    it("reverts for a zero manifest", async () => {
      const { northRecords, north, patient } = await deployRecords();
      await expect(northRecords.anchorIndexed([...batchOf(north, patient, 1).records], ZERO_HASH))
        .to.be.revertedWithCustomError(northRecords, "ZeroHash")
        .withArgs();
    });

    for (const size of [0, 2_001]) {
      it(`reverts for ${size} records`, async () => {
        const { northRecords, north, patient } = await deployRecords();
        const list = size === 0 ? [] : [...batchOf(north, patient, size).records];
        await expect(northRecords.anchorIndexed(list, MANIFEST))
          .to.be.revertedWithCustomError(northRecords, "BatchSizeInvalid")
          .withArgs(size);
      });
    }

    const flaws: [string, (meta: bigint) => bigint][] = [
      ["an index one too low", (meta) => withField(meta, 48n, 32n, 1n)],
      ["an index one too high", (meta) => withField(meta, 48n, 32n, 3n)],
      ["the highest index", (meta) => withField(meta, 48n, 32n, 2n ** 32n - 1n)],
      ["another custodian", (meta) => withField(meta, 0n, 32n, 2n)],
      ["no custodian", (meta) => withField(meta, 0n, 32n, 0n)],
      ["a level above 3", (meta) => withField(meta, 32n, 8n, 4n)],
      ["the highest level", (meta) => withField(meta, 32n, 8n, 255n)],
      ["a category above 10", (meta) => withField(meta, 40n, 8n, 11n)],
      ["the highest category", (meta) => withField(meta, 40n, 8n, 255n)],
      ["data that ends before it begins", (meta) => withField(meta, 120n, 40n, 1_599_999_999n)],
      ["the first unused bit", (meta) => meta | (1n << 200n)],
      ["the last unused bit", (meta) => meta | (1n << 255n)],
    ];
    for (const [name, spoil] of flaws) {
      it(`reverts for ${name}`, async () => {
        const { northRecords, north, patient } = await deployRecords();
        const list = batchOf(north, patient, 4).records.map((record, i) =>
          i === 2 ? { ...record, meta: spoil(record.meta) } : record,
        );
        await expect(northRecords.anchorIndexed(list, MANIFEST))
          .to.be.revertedWithCustomError(northRecords, "RecordMetaInvalid")
          .withArgs(2, list[2]?.meta);
      });
    }

    it("takes the highest level and category, and data of one second", async () => {
      const { northRecords, records, north, patient } = await deployRecords();
      const facts = { level: 3, category: "claims", dataFrom: 5, dataUntil: 5 } as const;
      const batch = new RecordBatch(north, [entry(patient, facts)]);
      await northRecords.anchorIndexed([...batch.records], MANIFEST);
      expect(await records.check(batch.id, batch.record(0), [])).to.equal(IN_USE);
    });

    it("reverts for a record of no patient", async () => {
      const { northRecords, north, patient } = await deployRecords();
      const batch = batchOf(north, patient, 2);
      const nobodys = { ...batch.record(1), patient: ZeroAddress };
      await expect(northRecords.anchorIndexed([batch.record(0), nobodys], MANIFEST))
        .to.be.revertedWithCustomError(northRecords, "RecordMetaInvalid")
        .withArgs(1, nobodys.meta);
    });

    it("reverts for a patient with bits above an address", async () => {
      const { northRecords, north, patient, signers } = await deployRecords();
      const list = [...batchOf(north, patient, 2).records];
      const data = northRecords.interface.encodeFunctionData("anchorIndexed", [list, MANIFEST]);
      const at = data.lastIndexOf(ethers.zeroPadValue(patient, 32).slice(2).toLowerCase());
      for (const dirt of ["01", "80"]) {
        const dirty = data.slice(0, at) + dirt + data.slice(at + 2);
        await expect(signers.northGateway.sendTransaction({ to: northRecords, data: dirty }))
          .to.be.revertedWithCustomError(northRecords, "RecordMetaInvalid")
          .withArgs(1, list[1]!.meta);
      }
      await expect(signers.northGateway.sendTransaction({ to: northRecords, data })).to.not.be.revert(ethers);
    });

    for (const [name, offset] of [
      ["a second ago", -1],
      ["this very second", 0],
    ] as const) {
      it(`reverts for a retention that ended ${name}`, async () => {
        const { northRecords, north, patient } = await deployRecords();
        const now = (await time.latest()) + 100;
        const entries = [entry(patient), entry(patient, { nonce: 1, retentionUntil: now + offset })];
        await nextAt(now);
        await expect(northRecords.anchorIndexed([...new RecordBatch(north, entries).records], MANIFEST))
          .to.be.revertedWithCustomError(northRecords, "RetentionInvalid")
          .withArgs(now + offset);
      });
    }

    it("takes a retention that ends with the next second", async () => {
      const { northRecords, records, north, patient } = await deployRecords();
      const now = (await time.latest()) + 100;
      const batch = new RecordBatch(north, [entry(patient, { retentionUntil: now + 1 })]);
      await nextAt(now);
      await northRecords.anchorIndexed([...batch.records], MANIFEST);
      expect((await records.batch(batch.id)).retentionUntil).to.equal(now + 1);
    });

    it("keeps the latest retention, and none if one record has none", async () => {
      const { northRecords, records, north, patient } = await deployRecords();
      const now = await time.latest();
      const three = [now + DAY, now + YEAR, now + 2 * DAY];
      for (const [untils, kept] of [
        [three, now + YEAR],
        [[MAX_TIME], MAX_TIME],
        [[...three, 0], 0],
        [[0, ...three], 0],
      ] as const) {
        const entries = untils.map((retentionUntil, nonce) => entry(patient, { nonce, retentionUntil }));
        const batch = new RecordBatch(north, entries);
        await northRecords.anchorIndexed([...batch.records], MANIFEST);
        expect((await records.batch(batch.id)).retentionUntil).to.equal(kept);
        expect(batch.retentionUntil).to.equal(kept);
      }
    });

    it("reverts for records anchored before, in either form", async () => {
      const { northRecords, north, patient } = await deployRecords();
      const [first, second] = [batchOf(north, patient, 3), batchOf(north, patient, 3, 10)];
      await northRecords.anchorIndexed([...first.records], MANIFEST);
      await northRecords.anchor(second.root, 3, 0, MANIFEST);
      for (const { id, records } of [first, second]) {
        await expect(northRecords.anchorIndexed([...records], MANIFEST))
          .to.be.revertedWithCustomError(northRecords, "BatchAlreadyAnchored")
          .withArgs(id);
      }
      await expect(northRecords.anchor(first.root, 3, 0, MANIFEST))
        .to.be.revertedWithCustomError(northRecords, "BatchAlreadyAnchored")
        .withArgs(first.id);
    });

    it("publishes every record as it was given", async () => {
      const { northRecords, records, north, patient, otherPatient, signers } = await deployRecords();
      const batch = new RecordBatch(north, [
        entry(patient, { level: 0, category: "identity" }),
        entry(otherPatient, { nonce: 1, retentionUntil: MAX_TIME }),
        entry(patient, { nonce: 2, level: 3, category: "genomics" }),
      ]);
      const tx = northRecords.anchorIndexed([...batch.records], MANIFEST);
      await expect(tx)
        .to.emit(records, "BatchAnchored")
        .withArgs(batch.id, north, batch.root, 3, 0, MANIFEST, signers.northGateway.address);
      const published = batch.records.map(({ patient: of, commitment, meta }) => [of, commitment, meta]);
      await expect(tx).to.emit(records, "RecordsIndexed").withArgs(batch.id, north, published);
      const kept = await records.batch(batch.id);
      expect([kept.published, kept.count]).to.deep.equal([true, 3n]);
    });

    it("computes the package's root for 1 to 33 records, and the proof of each verifies", async () => {
      const { northRecords, records, north, patient } = await deployRecords();
      for (let size = 1; size <= 33; ++size) {
        const batch = batchOf(north, patient, size, 100 * size);
        const [id, root] = await northRecords.anchorIndexed.staticCall([...batch.records], MANIFEST);
        expect([id, root]).to.deep.equal([batch.id, batch.root]);
        await northRecords.anchorIndexed([...batch.records], MANIFEST);
        for (let i = 0; i < size; ++i) {
          expect(await records.verify(batch.id, batch.record(i), batch.proof(i)), `${i} of ${size}`).to.equal(true);
        }
      }
    });

    for (const size of [64, 255, 256, 257, 1_000, 2_000]) {
      it(`computes the package's root for ${size} records`, async () => {
        const { northRecords, records, north, patient } = await deployRecords();
        const batch = batchOf(north, patient, size);
        await northRecords.anchorIndexed([...batch.records], MANIFEST);
        expect((await records.batch(batch.id)).count).to.equal(size);
        for (const i of [0, 1, Math.floor(size / 2), size - 1]) {
          expect(await records.verify(batch.id, batch.record(i), batch.proof(i))).to.equal(true);
        }
      });
    }
  });

  describe("verify and check", () => {
    it("take proofs of the package's sorted trees", async () => {
      const base = await deployRecords();
      for (const size of [1, 2, 3, 5, 8, 13, 33]) {
        const metas = batchOf(base.north, base.patient, size).records.map(({ meta }) => meta);
        const { id, leaves } = await anchorAsIs(base, metas);
        for (const { record, proof } of leaves) {
          expect(await base.records.verify(id, record, proof)).to.equal(true);
          expect(await base.records.check(id, record, proof)).to.equal(IN_USE);
        }
      }
    });

    it("refuse a record changed in any field, and a proof changed in any way", async () => {
      const { records, batch, otherPatient } = await deployBatch();
      const [record, proof] = [batch.record(2), batch.proof(2)];
      const forged: [AnchoredRecord, Hex[]][] = [
        [{ ...record, patient: otherPatient }, proof],
        [{ ...record, commitment: EVIDENCE }, proof],
        [{ ...record, meta: withField(record.meta, 32n, 8n, 1n) }, proof],
        [{ ...record, meta: withField(record.meta, 160n, 40n, 0n) }, proof],
        [record, []],
        [record, proof.slice(1)],
        [record, proof.slice(0, -1)],
        [record, [...proof, EVIDENCE]],
        [record, [EVIDENCE, ...proof.slice(1)]],
        [record, [...proof].reverse()],
        [record, batch.proof(1)],
      ];
      expect(await records.verify(batch.id, record, proof)).to.equal(true);
      for (const [changed, path] of forged) {
        expect(await records.verify(batch.id, changed, path)).to.equal(false);
        expect(await records.check(batch.id, changed, path)).to.equal(NOT_ANCHORED);
      }
    });

    it("refuse a batch that is unknown or another", async () => {
      const { records, northRecords, batch, north, patient } = await deployBatch();
      const other = batchOf(north, patient, 5, 70);
      await northRecords.anchorIndexed([...other.records], MANIFEST);
      for (const id of [ZERO_HASH, EVIDENCE, other.id]) {
        expect(await records.verify(id, batch.record(0), batch.proof(0))).to.equal(false);
        expect(await records.check(id, batch.record(0), batch.proof(0))).to.equal(NOT_ANCHORED);
      }
    });

    it("refuse leaves of an unpublished root that are malformed, another custodian's or beyond its count", async () => {
      const base = await deployRecords();
      const facts = { level: 2, category: "labs", dataFrom: 0, dataUntil: 0, retentionUntil: 0 } as const;
      const good = encodeRecordMeta({ ...facts, custodian: base.north, index: 0 });
      const metas = [
        good,
        encodeRecordMeta({ ...facts, custodian: base.north, index: 7 }),
        encodeRecordMeta({ ...facts, custodian: base.north, index: 8 }),
        encodeRecordMeta({ ...facts, custodian: base.south, index: 1 }),
        withField(good, 32n, 8n, 4n),
        withField(good, 40n, 8n, 11n),
        withField(good, 80n, 40n, 1n),
        good | (1n << 200n),
      ];
      const { id, leaves } = await anchorAsIs(base, metas);
      for (const [i, { record, proof }] of leaves.entries()) {
        expect(await base.records.verify(id, record, proof), `leaf ${i}`).to.equal(i < 2);
        expect(await base.records.check(id, record, proof)).to.equal(i < 2 ? IN_USE : NOT_ANCHORED);
        const many = await base.records.checkMany(
          id,
          [record],
          proof,
          proof.map(() => false),
        );
        expect([...many]).to.deep.equal([i < 2 ? IN_USE : NOT_ANCHORED]);
      }
    });

    it("take a patient with bits above an address for another leaf", async () => {
      const { records, batch, patient } = await deployBatch();
      const data = records.interface.encodeFunctionData("verify", [batch.id, batch.record(0), batch.proof(0)]);
      const at = data.indexOf(ethers.zeroPadValue(patient, 32).slice(2).toLowerCase());
      const to = await records.getAddress();
      const answer = async (call: string) => BigInt(await ethers.provider.call({ to, data: call }));
      expect(await answer(data)).to.equal(1n);
      expect(await answer(`${data.slice(0, at)}01${data.slice(at + 2)}`)).to.equal(0n);
    });

    it("name batch and leaf as the client does", async () => {
      const { records, batch, north } = await deployBatch();
      expect(await records.batchId(north, batch.root)).to.equal(batch.id);
      expect(await records.leafOf(batch.record(3))).to.equal(recordLeaf(batch.record(3)));
    });
  });

  describe("checkMany", () => {
    const random = seededRandom("multiproofs");

    it("takes multiproofs of the package for any choice of records", async () => {
      const { northRecords, records, north, patient } = await deployRecords();
      for (const size of [1, 2, 3, 7, 8, 20, 33]) {
        const batch = batchOf(north, patient, size, 1_000 * size);
        await northRecords.anchorIndexed([...batch.records], MANIFEST);
        const all = Array.from({ length: size }, (_, i) => i);
        const choices = [all, [0], [size - 1], ...[1, 2, 3].map(() => all.filter(() => random.below(2) === 0))];
        for (const choice of choices.filter(({ length }) => length > 0)) {
          const { records: chosen, proof, proofFlags } = batch.multiProof(choice);
          const failed = await records.checkMany(batch.id, chosen, proof, proofFlags);
          expect([...failed]).to.deep.equal(choice.map(() => IN_USE));
        }
      }
    });

    it("takes multiproofs of a sorted tree", async () => {
      const base = await deployRecords();
      const tree = sortedTree(batchOf(base.north, base.patient, 9).records);
      await base.northRecords.anchor(tree.root, 9, 0, MANIFEST);
      const { leaves, proof, proofFlags } = tree.getMultiProof([1, 4, 8]);
      const chosen = leaves.map(([patient, commitment, meta]) => ({ patient, commitment, meta }));
      const id = await base.records.batchId(base.north, tree.root);
      expect([...(await base.records.checkMany(id, chosen, proof, proofFlags))]).to.deep.equal([0n, 0n, 0n]);
    });

    it("fails all records if one is forged, or the batch unknown", async () => {
      const { records, batch, otherPatient } = await deployBatch();
      const { records: chosen, proof, proofFlags } = batch.multiProof([0, 2, 3]);
      const none = chosen.map(() => NOT_ANCHORED);
      for (const i of chosen.keys()) {
        const forged = chosen.map((record, k) => (k === i ? { ...record, patient: otherPatient } : record));
        expect([...(await records.checkMany(batch.id, forged, proof, proofFlags))]).to.deep.equal(none);
      }
      expect([...(await records.checkMany(EVIDENCE, chosen, proof, proofFlags))]).to.deep.equal(none);
    });

    it("fails proofs of any other shape, and never reverts for one", async () => {
      const { records, batch } = await deployBatch();
      const { records: chosen, proof, proofFlags } = batch.multiProof([0, 2, 3]);
      const shapes: [AnchoredRecord[], Hex[], boolean[]][] = [
        [chosen, [], []],
        [chosen, proof, []],
        [chosen, [], proofFlags],
        [chosen, proof.slice(1), proofFlags],
        [chosen, [...proof, EVIDENCE], proofFlags],
        [chosen, [...proof, EVIDENCE], [...proofFlags, false]],
        [chosen, [...proof, EVIDENCE], [...proofFlags, true]],
        [chosen, proof, proofFlags.slice(1)],
        [chosen, proof, [...proofFlags, true]],
        [chosen, proof, proofFlags.map((flag) => !flag)],
        [chosen, proof, proofFlags.map(() => true)],
        [chosen, proof, proofFlags.map(() => false)],
        [chosen.slice(1), proof, proofFlags],
        [[...chosen, batch.record(4)], proof, proofFlags],
        [[batch.record(0), batch.record(0)], [], [true]],
        [[batch.record(0)], [EVIDENCE], []],
        [[batch.record(0)], [], []],
      ];
      expect([...(await records.checkMany(batch.id, chosen, proof, proofFlags))]).to.deep.equal([0n, 0n, 0n]);
      for (const [list, hashes, flags] of shapes) {
        const failed = await records.checkMany(batch.id, list, hashes, flags);
        expect([...failed]).to.deep.equal(list.map(() => NOT_ANCHORED));
      }
      const empty: [Hex[], boolean[]][] = [
        [[], []],
        [proof, proofFlags],
        [[batch.root], []],
      ];
      for (const [hashes, flags] of empty) {
        expect([...(await records.checkMany(batch.id, [], hashes, flags))]).to.deep.equal([]);
      }
    });

    it("agrees with check and checkState on every record", async () => {
      const base = await deployBatch();
      const { records, northRecords, batch, retentionUntil } = base;
      await supersede(base, [batch, 0], [batch, 1]);
      await northRecords.attestDestruction(batch.id, batch.record(2), batch.proof(2), EVIDENCE);
      const { indices, records: chosen, proof, proofFlags } = batch.multiProof([0, 1, 2, 3, 4]);
      for (const ended of [0n, RETENTION_ENDED]) {
        if (ended !== 0n) await goTo(retentionUntil);
        const expected = [SUPERSEDED, IN_USE, DESTROYED, IN_USE, IN_USE].map((mask) => mask | ended);
        const many = await records.checkMany(batch.id, chosen, proof, proofFlags);
        expect([...many]).to.deep.equal(indices.map((i) => expected[i]));
        for (const i of indices) {
          expect(await records.check(batch.id, batch.record(i), batch.proof(i))).to.equal(expected[i]);
          expect(await records.checkState(batch.id, batch.record(i).meta)).to.equal(expected[i]);
          // Whether it may be used is one matter, whether it was anchored another.
          expect(await records.verify(batch.id, batch.record(i), batch.proof(i))).to.equal(true);
        }
      }
    });
  });

  describe("retention", () => {
    it("ends the use of a record at its second, without any act", async () => {
      const { records, batch, retentionUntil } = await deployBatch();
      for (const [second, failed] of [
        [retentionUntil - 1, IN_USE],
        [retentionUntil, RETENTION_ENDED],
        [retentionUntil + 1, RETENTION_ENDED],
      ] as const) {
        await goTo(second);
        expect(await records.check(batch.id, batch.record(0), batch.proof(0))).to.equal(failed);
      }
    });

    it("never ends for a record without one", async () => {
      const { records, northRecords, north, patient } = await deployRecords();
      const batch = batchOf(north, patient, 1);
      await northRecords.anchorIndexed([...batch.records], MANIFEST);
      await goTo((await time.latest()) + 900 * YEAR);
      expect(await records.check(batch.id, batch.record(0), [])).to.equal(IN_USE);
    });
  });

  describe("supersede", () => {
    async function deployCorrection() {
      const base = await deployBatch();
      const { north, south, patient, otherPatient, northRecords, southRecords } = base;
      const correction = batchOf(north, patient, 2, 200);
      const foreign = batchOf(south, patient, 1, 300);
      const others = batchOf(north, otherPatient, 1, 400);
      await northRecords.anchorIndexed([...correction.records], MANIFEST);
      await southRecords.anchorIndexed([...foreign.records], MANIFEST);
      await northRecords.anchorIndexed([...others.records], MANIFEST);
      return { ...base, correction, foreign, others };
    }

    async function expectRefused(base: Records, from: Place, to: Place, changes: Parameters<typeof supersede>[3] = {}) {
      await expect(supersede(base, from, to, changes))
        .to.be.revertedWithCustomError(base.records, "SuccessorInvalid")
        .withArgs(from[0].leaf(from[1]), to[0].leaf(to[1]));
      expect(await base.records.isSuperseded(from[0].id, from[1])).to.equal(false);
    }

    it("reverts for an unknown batch", async () => {
      const { northRecords, batch } = await deployCorrection();
      const [first, second] = [batch.record(0), batch.record(1)];
      await expect(northRecords.supersede(EVIDENCE, first, batch.proof(0), batch.id, second, batch.proof(1), REASON))
        .to.be.revertedWithCustomError(northRecords, "BatchUnknown")
        .withArgs(EVIDENCE);
    });

    it("reverts for a record that is not in the batch", async () => {
      const base = await deployCorrection();
      const { batch, correction } = base;
      await expect(supersede(base, [batch, 0], [correction, 0], { proof: batch.proof(1) }))
        .to.be.revertedWithCustomError(base.records, "RecordNotAnchored")
        .withArgs(batch.id, batch.leaf(0));
    });

    it("reverts for a record superseded already", async () => {
      const base = await deployCorrection();
      const { batch, correction } = base;
      await supersede(base, [batch, 0], [correction, 0]);
      await expect(supersede(base, [batch, 0], [correction, 1]))
        .to.be.revertedWithCustomError(base.records, "RecordAlreadySuperseded")
        .withArgs(batch.id, batch.leaf(0));
    });

    it("reverts for the record itself, in its batch or in another", async () => {
      const base = await deployCorrection();
      const { batch, northRecords } = base;
      await expectRefused(base, [batch, 0], [batch, 0]);
      // A root of that leaf alone: the same record, anchored twice.
      await northRecords.anchor(batch.leaf(0), 1, 0, MANIFEST);
      const twin = (await northRecords.batchId(batch.custodian, batch.leaf(0))) as Hex;
      expect(await northRecords.verify(twin, batch.record(0), [])).to.equal(true);
      await expectRefused(base, [batch, 0], [batch, 0], { successorBatch: twin, successorProof: [] });
    });

    it("reverts for another patient's or another custodian's successor", async () => {
      const base = await deployCorrection();
      const { batch, others, foreign } = base;
      await expectRefused(base, [batch, 0], [others, 0]);
      await expectRefused(base, [batch, 0], [batch, 4]);
      await expectRefused(base, [batch, 0], [foreign, 0]);
    });

    it("reverts for a successor that is not anchored", async () => {
      const base = await deployCorrection();
      const { batch, north, patient, correction } = base;
      await expectRefused(base, [batch, 0], [batchOf(north, patient, 1, 500), 0]);
      await expectRefused(base, [batch, 0], [correction, 0], { successorProof: [] });
      await expectRefused(base, [batch, 0], [correction, 0], { successorBatch: batch.id });
    });

    it("reverts for a successor that is destroyed, alone or with its batch", async () => {
      const base = await deployCorrection();
      const { batch, correction, northRecords } = base;
      await northRecords.attestDestruction(correction.id, correction.record(0), correction.proof(0), EVIDENCE);
      await expectRefused(base, [batch, 0], [correction, 0]);
      await northRecords.attestBatchDestruction(correction.id, EVIDENCE);
      await expectRefused(base, [batch, 0], [correction, 1]);
    });

    it("reverts for a successor superseded itself, so that no circle closes", async () => {
      const base = await deployCorrection();
      const { batch, correction } = base;
      await supersede(base, [batch, 0], [correction, 0]);
      await expectRefused(base, [correction, 0], [batch, 0]);
      await expectRefused(base, [batch, 1], [batch, 0]);
    });

    for (const [name, offset] of [
      ["reverts for a successor whose retention ends this very second", 0],
      ["takes a successor whose retention ends with the next second", -1],
    ] as const) {
      it(name, async () => {
        const base = await deployCorrection();
        const { batch, north, patient, northRecords } = base;
        const end = (await time.latest()) + DAY;
        const short = new RecordBatch(north, [entry(patient, { nonce: 600, retentionUntil: end })]);
        await northRecords.anchorIndexed([...short.records], MANIFEST);
        await nextAt(end + offset);
        if (offset === 0) return expectRefused(base, [batch, 0], [short, 0]);
        await supersede(base, [batch, 0], [short, 0]);
        expect(await base.records.isSuperseded(batch.id, 0)).to.equal(true);
      });
    }

    it("keeps a chain of corrections visible, and only its end in use", async () => {
      const base = await deployCorrection();
      const { records, batch, correction, patient, signers } = base;
      const end: Place = [correction, 1];
      const links: [Place, Place][] = [
        [
          [batch, 0],
          [batch, 1],
        ],
        [
          [batch, 1],
          [correction, 0],
        ],
        [[correction, 0], end],
      ];
      for (const [from, to] of links) {
        const named = [from[0].id, from[0].leaf(from[1]), patient, to[0].id, to[0].leaf(to[1])];
        await expect(supersede(base, from, to))
          .to.emit(records, "RecordSuperseded")
          .withArgs(...named, REASON, signers.northGateway.address);
      }
      for (const [holder, i] of [...links.map(([from]) => from), end]) {
        const isEnd = holder === correction && i === 1;
        const failed = await records.check(holder.id, holder.record(i), holder.proof(i));
        expect(failed).to.equal(isEnd ? IN_USE : SUPERSEDED);
        expect(await records.isSuperseded(holder.id, i)).to.equal(!isEnd);
        expect(await records.verify(holder.id, holder.record(i), holder.proof(i))).to.equal(true);
      }
    });

    it("touches no other record, in this word of bits or the next", async () => {
      const base = await deployRecords();
      const { northRecords, records, north, patient } = base;
      const batch = batchOf(north, patient, 514);
      await northRecords.anchorIndexed([...batch.records], MANIFEST);
      const superseded = [0, 255, 256, 513];
      const destroyed = [1, 254, 257, 512];
      for (const i of superseded) await supersede(base, [batch, i], [batch, 2]);
      for (const i of destroyed) {
        await northRecords.attestDestruction(batch.id, batch.record(i), batch.proof(i), EVIDENCE);
      }
      const { indices, records: all, proof, proofFlags } = batch.multiProof(batch.records.map((_, i) => i));
      const failed = await records.checkMany(batch.id, all, proof, proofFlags);
      const expected = indices.map((i) =>
        superseded.includes(i) ? SUPERSEDED : destroyed.includes(i) ? DESTROYED : IN_USE,
      );
      expect([...failed]).to.deep.equal(expected);
    });
  });

  describe("attestDestruction", () => {
    it("reverts for an unknown batch, and for a record that is not in it", async () => {
      const { northRecords, batch } = await deployBatch();
      await expect(northRecords.attestDestruction(EVIDENCE, batch.record(0), batch.proof(0), EVIDENCE))
        .to.be.revertedWithCustomError(northRecords, "BatchUnknown")
        .withArgs(EVIDENCE);
      await expect(northRecords.attestDestruction(batch.id, batch.record(0), batch.proof(1), EVIDENCE))
        .to.be.revertedWithCustomError(northRecords, "RecordNotAnchored")
        .withArgs(batch.id, batch.leaf(0));
    });

    it("reverts for a record destroyed already, alone or with its batch", async () => {
      const { northRecords, batch } = await deployBatch();
      const destroy = (i: number) =>
        northRecords.attestDestruction(batch.id, batch.record(i), batch.proof(i), EVIDENCE);
      await destroy(0);
      await expect(destroy(0))
        .to.be.revertedWithCustomError(northRecords, "RecordAlreadyDestroyed")
        .withArgs(batch.id, batch.leaf(0));
      await northRecords.attestBatchDestruction(batch.id, EVIDENCE);
      await expect(destroy(1))
        .to.be.revertedWithCustomError(northRecords, "RecordAlreadyDestroyed")
        .withArgs(batch.id, batch.leaf(1));
    });

    it("leaves a tombstone, also after the end of retention", async () => {
      const { northRecords, records, batch, patient, signers, retentionUntil } = await deployBatch();
      await nextAt(retentionUntil + 1);
      await expect(northRecords.attestDestruction(batch.id, batch.record(1), batch.proof(1), EVIDENCE))
        .to.emit(records, "RecordDestroyed")
        .withArgs(batch.id, batch.leaf(1), patient, EVIDENCE, signers.northGateway.address);
      expect(await records.verify(batch.id, batch.record(1), batch.proof(1))).to.equal(true);
      expect(await records.check(batch.id, batch.record(1), batch.proof(1))).to.equal(DESTROYED | RETENTION_ENDED);
      expect(await records.isDestroyed(batch.id, 1)).to.equal(true);
      expect(await records.isDestroyed(batch.id, 0)).to.equal(false);
    });
  });

  describe("attestBatchDestruction", () => {
    it("reverts for an unknown batch", async () => {
      const { northRecords } = await deployBatch();
      for (const id of [ZERO_HASH, EVIDENCE]) {
        await expect(northRecords.attestBatchDestruction(id, EVIDENCE))
          .to.be.revertedWithCustomError(northRecords, "BatchUnknown")
          .withArgs(id);
      }
    });

    it("reverts the second time, and the first second stands", async () => {
      const { northRecords, records, batch } = await deployBatch();
      const now = (await time.latest()) + 100;
      await nextAt(now);
      await northRecords.attestBatchDestruction(batch.id, EVIDENCE);
      await expect(northRecords.attestBatchDestruction(batch.id, REASON))
        .to.be.revertedWithCustomError(northRecords, "BatchAlreadyDestroyed")
        .withArgs(batch.id);
      expect((await records.batch(batch.id)).destroyedAt).to.equal(now);
    });

    it("destroys every record and leaves the tombstones", async () => {
      const { northRecords, records, batch, north, signers } = await deployBatch();
      await expect(northRecords.attestBatchDestruction(batch.id, EVIDENCE))
        .to.emit(records, "BatchDestroyed")
        .withArgs(batch.id, north, EVIDENCE, signers.northGateway.address);
      for (const i of batch.records.keys()) {
        expect(await records.isDestroyed(batch.id, i)).to.equal(true);
        expect(await records.check(batch.id, batch.record(i), batch.proof(i))).to.equal(DESTROYED);
        expect(await records.verify(batch.id, batch.record(i), batch.proof(i))).to.equal(true);
      }
    });
  });

  describe("reportFailedVerification", () => {
    it("reverts for an unknown batch", async () => {
      const { records, signers } = await deployBatch();
      await expect(records.connect(signers.researcher).reportFailedVerification(EVIDENCE, ROOT, EVIDENCE))
        .to.be.revertedWithCustomError(records, "BatchUnknown")
        .withArgs(EVIDENCE);
    });

    it("reverts for who is no agent, has another role, or whose member is suspended", async () => {
      const { records, institutions, institute, signers, batch } = await deployBatch();
      const until = (await time.latest()) + DAY;
      await institutions.connect(signers.supervision).suspend(institute, until, REASON);
      for (const as of ["stranger", "patient", "northAdmin", "ethicsReviewer", "supervisor", "researcher"] as const) {
        await expect(records.connect(signers[as]).reportFailedVerification(batch.id, batch.leaf(0), EVIDENCE))
          .to.be.revertedWithCustomError(institutions, "AgentNotPermitted")
          .withArgs(signers[as].address, REPORTERS);
      }
    });

    it("puts the report of any user of data on record, and changes nothing else", async () => {
      const { records, institute, south, signers, batch } = await deployBatch();
      for (const [as, member] of [
        ["researcher", institute],
        ["officer", institute],
        ["southClinician", south],
        ["southGateway", south],
      ] as const) {
        await expect(records.connect(signers[as]).reportFailedVerification(batch.id, batch.leaf(0), EVIDENCE))
          .to.emit(records, "VerificationFailed")
          .withArgs(batch.id, batch.leaf(0), member, EVIDENCE, signers[as].address);
      }
      expect(await records.check(batch.id, batch.record(0), batch.proof(0))).to.equal(IN_USE);
    });
  });

  describe("author and time", () => {
    it("stay as they were first written, whatever happens later", async () => {
      const base = await deployBatch();
      const { records, northRecords, southRecords, institutions, signers, batch, north } = base;
      await supersede(base, [batch, 0], [batch, 1]);
      await northRecords.attestDestruction(batch.id, batch.record(0), batch.proof(0), EVIDENCE);
      await southRecords.anchor(batch.root, 1, 0, MANIFEST);
      await expect(northRecords.anchor(batch.root, 1, 0, MANIFEST))
        .to.be.revertedWithCustomError(records, "BatchAlreadyAnchored")
        .withArgs(batch.id);
      await northRecords.attestBatchDestruction(batch.id, EVIDENCE);
      const destroyedAt = await time.latest();
      await institutions.connect(signers.supervision).expel(north, REASON);
      expect([...(await records.batch(batch.id))]).to.deep.equal([
        ...[BigInt(north), BigInt(base.anchoredAt), 5n, BigInt(base.retentionUntil), BigInt(destroyedAt), true],
      ]);
    });
  });
});
