import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { HttpRequestError, type Hex } from "viem";
import {
  addRecords,
  anchorPending,
  attestDestructions,
  destroyOverdue,
  destroyRecords,
  importRecords,
  openVault,
  verifyAll,
} from "@consilium/gateway";
import { ChainUnavailableError } from "@consilium/sdk";
import { loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import { expectRejection } from "../utils/expectRejection.ts";
import { Crash } from "./crashing.ts";
import {
  addition,
  addObservations,
  deployForVault,
  newHome,
  observation,
  PATIENT,
  removeHomes,
  wire,
  withVault,
} from "./vaultFixtures.ts";

describe("Anchoring", () => {
  after(removeHomes);
  afterEach(() => {
    wire.cut = undefined;
  });

  it("packs a batch anew that waited until a retention was over, without what is over or destroyed", async () => {
    const { chain, records } = await loadFixture(deployForVault);
    await withVault(async (vault) => {
      const retentionUntil = (await networkHelpers.time.latest()) + 10_000;
      await addObservations(vault, 3);
      await addRecords(vault, [addition(observation("brief"), { retentionUntil })]);
      const dying = { ...chain, anchorIndexed: () => Promise.reject(new Crash()) };
      await expectRejection(anchorPending({ vault, chain: dying }), Crash);
      expect(await vault.countRecords()).to.include({ sealed: 0, batched: 4 });
      const [{ leaf }] = (await vault.database.query("SELECT leaf FROM record ORDER BY sequence")) as [{ leaf: Hex }];
      await destroyRecords(vault, { leaves: [leaf], reason: "withdrawal" });

      await networkHelpers.time.increaseTo(retentionUntil);
      expect(await anchorPending({ vault, chain })).to.include({ batches: 1, records: 2 });
      const [anchored, ...others] = await records.queryFilter(records.filters.BatchAnchored());
      expect(others).to.deep.equal([]);
      expect(anchored!.args.count).to.equal(2n);
      expect(await vault.countRecords()).to.deep.equal({ sealed: 1, batched: 0, anchored: 2, destroyed: 1 });
      expect(await verifyAll({ vault, chain })).to.deep.equal({ checked: 2, failures: [] });
      // Neither was ever on the chain.
      expect(await destroyOverdue(vault, { now: retentionUntil })).to.equal(1);
      expect(await attestDestructions({ vault, chain })).to.deep.equal({ batches: 0, records: 0 });
    });
  });

  it("goes on after an outage of the chain, whether it cut off the question, the transaction or its answer", async () => {
    const { chain, records } = await loadFixture(deployForVault);
    const cuts = [
      ["eth_call", "before", 0],
      ["eth_sendTransaction", "before", 0],
      ["eth_sendTransaction", "after", 1],
    ] as const;
    let anchored = 0;
    for (const [method, when, done] of cuts) {
      await withVault(async (vault) => {
        await addObservations(vault, 3);
        const events = async (): Promise<number[]> => {
          const found = await records.queryFilter(records.filters.BatchAnchored());
          return found.slice(anchored).map(({ args }) => Number(args.count));
        };
        wire.cut = { method, when, error: new HttpRequestError({ url: "http://127.0.0.1" }) };
        await expectRejection(anchorPending({ vault, chain, size: 2 }), ChainUnavailableError);
        expect(await events(), `${method} ${when}`).to.have.lengthOf(done);
        wire.cut = undefined;
        expect(await anchorPending({ vault, chain, size: 2 })).to.include({ batches: 2, records: 3 });
        expect(await events(), `${method} ${when}`).to.deep.equal([2, 1]);
        anchored += 2;
      });
    }
  });

  it("takes and anchors each record once, though two do it at once", async () => {
    const { chain, records } = await loadFixture(deployForVault);
    const { parameters, home } = await newHome();
    const vaults = [await openVault(parameters), await openVault(parameters)];
    const atOnce = <result>(work: (vault: (typeof vaults)[number]) => Promise<result>) => Promise.all(vaults.map(work));
    try {
      await vaults[0]!.mapPatient("Patient/1", PATIENT);
      const path = join(home, "in");
      mkdirSync(path);
      for (const file of ["a", "b"]) {
        const lines = Array.from({ length: 20 }, (_, index) => JSON.stringify(observation(`${file}${index}`)));
        writeFileSync(join(path, `${file}.ndjson`), lines.join("\n"));
      }
      const done = await atOnce((vault) => importRecords({ vault, path, retentionUntil: 0, chunkSize: 8 }));
      expect(done.map(({ taken, known }) => taken + known)).to.deep.equal([40, 40]);
      expect(done[0]!.taken + done[1]!.taken).to.equal(40);
      await atOnce((vault) => anchorPending({ vault, chain, size: 16 }));
      const events = await records.queryFilter(records.filters.BatchAnchored());
      expect(events.map(({ args }) => Number(args.count))).to.have.members([16, 16, 8]);
      expect(await vaults[1]!.countRecords()).to.deep.equal({ sealed: 0, batched: 0, anchored: 40, destroyed: 0 });
      expect(await verifyAll({ vault: vaults[1]!, chain })).to.deep.equal({ checked: 40, failures: [] });
    } finally {
      for (const vault of vaults) await vault.close();
    }
  });
});
