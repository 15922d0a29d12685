import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Hex } from "viem";
import {
  anchorPending,
  attestDestructions,
  destroyRecords,
  importRecords,
  openVault,
  verifyAll,
} from "@consilium/gateway";
import { bundleEntries } from "@consilium/sdk";
import { loadFixture } from "../fixtures/consilium.ts";
import { seededRandom } from "../utils/seededRandom.ts";
import { syntheaBundles } from "../utils/syntheaBundles.ts";
import { Crash, crashAt } from "./crashing.ts";
import { dieAndGoOn } from "./dieAndGoOn.ts";
import { toNdjson } from "./fhirSamples.ts";
import {
  addObservations,
  deployForVault,
  newHome,
  observation,
  PATIENT,
  removeHomes,
  withVault,
} from "./vaultFixtures.ts";

describe("Resuming", () => {
  after(removeHomes);

  it("anchors each record once, whatever step a run dies at", async () => {
    const { chain, records } = await loadFixture(deployForVault);
    let lived = false;
    let anchored = 0;
    for (let step = 1; !lived; step++) {
      await withVault(async (vault) => {
        await addObservations(vault, 3);
        lived = await anchorPending({ ...crashAt(step, vault, chain), size: 2 }).then(
          () => true,
          (error: unknown) => {
            expect(error).to.be.instanceOf(Crash);
            return false;
          },
        );
        await anchorPending({ vault, chain, size: 2 });
        const events = await records.queryFilter(records.filters.BatchAnchored());
        const counts = events.slice(anchored).map(({ args }) => Number(args.count));
        anchored = events.length;
        expect(counts, `after a death at step ${step}`).to.deep.equal([2, 1]);
        expect(await vault.countRecords()).to.include({ sealed: 0, batched: 0, anchored: 3 });
      });
    }
    expect(anchored / 2).to.be.greaterThan(15);
  });

  it("anchors each record once by its root alone, however often runs die", async () => {
    const { chain, records } = await loadFixture(deployForVault);
    await withVault(async (vault) => {
      await addObservations(vault, 5);
      const deaths = await dieAndGoOn({ vault, chain }, (dying) => anchorPending({ ...dying, form: "plain", size: 2 }));
      expect(deaths).to.be.greaterThan(9);
      const events = await records.queryFilter(records.filters.BatchAnchored());
      expect(events.map(({ args }) => Number(args.count))).to.deep.equal([2, 2, 1]);
      expect((await verifyAll({ vault, chain })).failures).to.deep.equal([]);
    });
  });

  it("destroys and attests each record once, whatever step a run dies at", async () => {
    const { chain, records } = await loadFixture(deployForVault);
    await withVault(async (vault) => {
      await addObservations(vault, 5);
      await anchorPending({ vault, chain, size: 3 });
      const rows = await vault.database.query<{ leaf: Hex }>("SELECT leaf FROM record ORDER BY sequence");
      const leaves = rows.slice(2).map(({ leaf }) => leaf);
      const deaths = await dieAndGoOn({ vault, chain }, async (dying) => {
        await destroyRecords(dying.vault, { leaves, reason: "withdrawal" });
        await attestDestructions(dying);
      });
      expect(deaths).to.be.greaterThan(15);
      expect(await records.queryFilter(records.filters.RecordDestroyed())).to.have.lengthOf(1);
      expect(await records.queryFilter(records.filters.BatchDestroyed())).to.have.lengthOf(1);
      const left = await vault.database.query(
        "SELECT id FROM record WHERE state = 'destroyed' AND (blob IS NOT NULL OR attested_at IS NULL)",
      );
      expect(left).to.deep.equal([]);
      expect(await verifyAll({ vault, chain })).to.deep.equal({ checked: 2, failures: [] });
    });
  });

  it("imports each resource once, whatever step a run dies at", async () => {
    const { parameters, home } = await newHome();
    const vault = await openVault(parameters);
    try {
      await vault.mapPatient("Patient/1", PATIENT);
      const path = join(home, "in.ndjson");
      const resources = Array.from({ length: 9 }, (_, index) => observation(`o${index}`));
      writeFileSync(path, resources.map((one) => `${JSON.stringify(one)}\n`).join(""));
      const form = { path, retentionUntil: 0, chunkSize: 4 };
      expect(await dieAndGoOn({ vault }, (dying) => importRecords({ ...form, vault: dying.vault }))).to.be.greaterThan(
        15,
      );
      expect((await vault.countRecords()).sealed).to.equal(9);
      expect(await importRecords({ ...form, vault })).to.include({ taken: 0, known: 0, filesDone: 1 });
    } finally {
      await vault.close();
    }
  });

  it("imports each resource once when the process itself is killed, once in each of two files", async () => {
    const { parameters, home, keyFile } = await newHome();
    const bundles = syntheaBundles();
    const entries = bundles.flatMap((bundle) => bundleEntries(bundle)).filter(({ patient }) => patient !== undefined);
    const vault = await openVault(parameters);
    for (const reference of new Set(entries.map(({ patient }) => patient!))) await vault.mapPatient(reference, PATIENT);
    const folder = join(home, "in");
    mkdirSync(folder);
    const [first, ...others] = bundles;
    writeFileSync(join(folder, "a.json"), first!);
    writeFileSync(join(folder, "b.ndjson"), toNdjson(others));

    const random = seededRandom("killed imports");
    /** Has it killed in the file of that number, or live. Resolves to the signal that it died of, else to its exit code. */
    const run = (killedIn: number): Promise<NodeJS.Signals | number | null> => {
      const script = join(import.meta.dirname, "importInChild.ts");
      const when = [killedIn, 1 + random.below(4), random.below(12)].map(String);
      const child = spawn(process.execPath, [
        ...[script, parameters.database, parameters.blobs, keyFile, folder],
        ...when,
      ]);
      return new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? code)));
    };
    expect(await run(0)).to.equal("SIGKILL");
    expect(await run(1)).to.equal("SIGKILL");
    expect(await run(-1)).to.equal(0);
    const rows = await vault.database.query<{ type: string; count: number }>(
      "SELECT type, count(*) AS count FROM record GROUP BY type ORDER BY type",
    );
    const expected = new Map<string, number>();
    for (const { resource } of entries)
      expected.set(resource!.resourceType, (expected.get(resource!.resourceType) ?? 0) + 1);
    expect(rows.map(({ type, count }) => [type, count])).to.deep.equal([...expected].sort());
    await vault.close();
  });
});
