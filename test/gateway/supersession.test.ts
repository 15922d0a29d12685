import { expect } from "chai";
import type { Address, Hex } from "viem";
import { addRecords, anchorPending, destroyRecords, verifyAll, type RecordChain, type Vault } from "@consilium/gateway";
import { expectRejection } from "../utils/expectRejection.ts";
import { loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import { Crash, crashAt } from "./crashing.ts";
import { addition, deployForVault, observation, OTHER_PATIENT, removeHomes, withVault } from "./vaultFixtures.ts";

describe("Supersession", () => {
  after(removeHomes);

  /** A version of the Observation "a", told by its value; `lastUpdated` is a day of 2026. */
  const version = (value: number, day?: number) =>
    observation("a", {
      valueInteger: value,
      ...(day !== undefined && { meta: { lastUpdated: `2026-01-0${day}T00:00:00Z` } }),
    });

  async function deploy() {
    const deployed = await loadFixture(deployForVault);
    const { records } = deployed;
    return {
      ...deployed,
      /** Which versions are superseded by which on the chain, as positions in the order of their import. */
      supersessions: async (vault: Vault): Promise<number[][]> => {
        const rows = await vault.database.query<{ leaf: Hex }>("SELECT leaf FROM record ORDER BY sequence");
        const position = (leaf: string): number => rows.findIndex((row) => row.leaf === leaf);
        const events = await records.queryFilter(records.filters.RecordSuperseded());
        return events.map(({ args }) => [position(args.leaf), position(args.successor)]);
      },
    };
  }

  it("has a corrected resource's record superseded by its correction, whether anchored before or with it", async () => {
    const { chain, records, supersessions } = await deploy();
    await withVault(async (vault) => {
      await addRecords(vault, [addition(version(1))]);
      expect(await anchorPending({ vault, chain })).to.include({ records: 1, superseded: 0 });
      await addRecords(vault, [addition(version(2)), addition(version(3))]);
      expect(await anchorPending({ vault, chain })).to.include({ records: 2, superseded: 2 });
      expect(await supersessions(vault)).to.deep.equal([
        [0, 2],
        [1, 2],
      ]);
      expect(await anchorPending({ vault, chain })).to.include({ records: 0, superseded: 0 });
      const rows = await vault.database.query<{ batch: Hex; position: number }>(
        "SELECT * FROM record ORDER BY sequence",
      );
      const marks = rows.map(({ batch, position }) => records.isSuperseded(batch, position));
      expect(await Promise.all(marks)).to.deep.equal([true, true, false]);
      expect(await verifyAll({ vault, chain })).to.deep.equal({ checked: 3, failures: [] });
    });
  });

  it("leaves other patients, types and ids alone, and what has no id", async () => {
    const { chain } = await deploy();
    await withVault(async (vault) => {
      const nameless = { resourceType: "Observation", effectiveDateTime: "2024-03-01" };
      await addRecords(vault, [
        addition(version(1)),
        addition(version(2), { patient: OTHER_PATIENT }),
        addition(observation("b")),
        addition(observation("a", { resourceType: "DiagnosticReport" })),
        addition({ ...nameless, valueInteger: 5 }),
        addition({ ...nameless, valueInteger: 6 }),
      ]);
      expect(await anchorPending({ vault, chain })).to.include({ records: 6, superseded: 0 });
    });
  });

  it("goes by when the source updated them, if it says so, and not by when they came", async () => {
    const { chain, supersessions } = await deploy();
    await withVault(async (vault) => {
      for (const [value, day] of [
        [1, 1],
        [3, 3],
        [2, 2],
      ] as const) {
        await addRecords(vault, [addition(version(value, day))]);
      }
      expect(await anchorPending({ vault, chain })).to.include({ records: 3, superseded: 2 });
      expect(await supersessions(vault)).to.deep.equal([
        [0, 1],
        [2, 1],
      ]);
    });
  });

  it("waits for a successor that is neither destroyed nor past its retention", async () => {
    const { chain, supersessions } = await deploy();
    await withVault(async (vault) => {
      const dying = { ...chain, supersede: () => Promise.reject(new Crash()) };
      const retentionUntil = (await networkHelpers.time.latest()) + 10_000;
      await addRecords(vault, [addition(version(1)), addition(version(2), { retentionUntil })]);
      await expectRejection(anchorPending({ vault, chain: dying }), Crash);
      await networkHelpers.time.increaseTo(retentionUntil);
      expect(await anchorPending({ vault, chain })).to.include({ superseded: 0 });

      await addRecords(vault, [addition(version(3))]);
      await expectRejection(anchorPending({ vault, chain: dying }), Crash);
      const [last] = await vault.database.query<{ leaf: Hex }>("SELECT leaf FROM record WHERE sequence = 3");
      await destroyRecords(vault, { leaves: [last!.leaf], reason: "error" });
      expect(await anchorPending({ vault, chain })).to.include({ superseded: 0 });

      await addRecords(vault, [addition(version(4))]);
      expect(await anchorPending({ vault, chain })).to.include({ superseded: 2 });
      expect(await supersessions(vault)).to.deep.equal([
        [0, 3],
        [1, 3],
      ]);
    });
  });

  it("waits for another successor, once the patient's side ended the retention of one", async () => {
    const { chain, records, signers, supersessions } = await deploy();
    await withVault(async (vault) => {
      const patient = signers.patient.address as Address;
      const dying = { ...chain, supersede: () => Promise.reject(new Crash()) };
      await addRecords(vault, [addition(version(1), { patient }), addition(version(2), { patient })]);
      await expectRejection(anchorPending({ vault, chain: dying }), Crash);
      const [, row] = await vault.database.query<{ leaf: Hex }>("SELECT leaf FROM record ORDER BY sequence");
      const { batch, record, proof } = (await vault.findRecord(row!.leaf))!;
      const until = (await networkHelpers.time.latest()) + 100_000;
      await records.connect(signers.patient).limitRetention(batch, record, [...proof], until);
      await networkHelpers.time.increaseTo(until);
      expect(await anchorPending({ vault, chain })).to.include({ superseded: 0 });

      await addRecords(vault, [addition(version(3), { patient })]);
      expect(await anchorPending({ vault, chain })).to.include({ superseded: 2 });
      expect(await supersessions(vault)).to.deep.equal([
        [0, 2],
        [1, 2],
      ]);
    });
  });

  it("is declared of more than one page of records, with as few questions to the vault for the first version as for the last", async () => {
    const { chain } = await deploy();
    const declared: bigint[] = [];
    const counting: RecordChain = {
      ...chain,
      isDestroyed: () => Promise.resolve(false),
      isSuperseded: () => Promise.resolve(false),
      areRetentionsOver: (records) => Promise.resolve(records.map(() => false)),
      supersede: ({ successor }) => Promise.resolve(void declared.push(successor.record.meta)),
    };
    await withVault(async (vault) => {
      await addRecords(
        vault,
        Array.from({ length: 502 }, (_, value) => addition(version(value))),
      );
      let questions = 0;
      const query = vault.database.query.bind(vault.database);
      vault.database.query = (sql, values) => {
        questions++;
        return query(sql, values);
      };
      expect(await anchorPending({ vault, chain: counting, form: "plain" })).to.include({ superseded: 501 });
      expect(new Set(declared).size).to.equal(1);
      expect(questions).to.be.lessThan(501 * 5);
      expect(await anchorPending({ vault, chain: counting })).to.include({ superseded: 0 });
    });
  });

  it("happens once, whatever step a run dies at", async () => {
    const { chain, supersessions } = await deploy();
    await withVault(async (vault) => {
      await addRecords(vault, [addition(version(1)), addition(version(2)), addition(version(3))]);
      let deaths = 0;
      for (let lived = false; !lived;) {
        const run = anchorPending(crashAt(deaths + 1, vault, chain));
        lived = await run.then(
          () => true,
          (error: unknown) => {
            expect(error).to.be.instanceOf(Crash);
            deaths++;
            return false;
          },
        );
      }
      expect(deaths).to.be.greaterThan(15);
      expect(await supersessions(vault)).to.deep.equal([
        [0, 2],
        [1, 2],
      ]);
    });
  });
});
