import { expect } from "chai";
import { concat, HttpRequestError, keccak256, type Address, type Hex } from "viem";
import {
  anchorPending,
  attestDestructions,
  destroyLimited,
  destroyOverdue,
  openVault,
  verifyAll,
  type KeptRecord,
  type Vault,
} from "@consilium/gateway";
import { ChainUnavailableError, RecordBatch } from "@consilium/sdk";
import { expectRejection } from "../utils/expectRejection.ts";
import { loadFixture, networkHelpers } from "../fixtures/consilium.ts";
import { dieAndGoOn } from "./dieAndGoOn.ts";
import { addObservations, deployForVault, newHome, removeHomes, wire, withVault } from "./vaultFixtures.ts";

const { time } = networkHelpers;
const DAY = 86_400;

describe("Ends of retention that the patient's side set earlier", () => {
  after(removeHomes);
  afterEach(() => (wire.cut = undefined));

  async function deploy() {
    const deployed = await loadFixture(deployForVault);
    const { records, signers, chain } = deployed;
    const start = await time.latest();
    const patient = signers.patient.address as Address;
    const leavesOf = async (vault: Vault): Promise<Hex[]> => {
      const rows = await vault.database.query<{ leaf: Hex }>("SELECT leaf FROM record ORDER BY sequence");
      return rows.map(({ leaf }) => leaf);
    };
    return {
      ...deployed,
      ...{ start, patient, leavesOf },
      /** Keeps so many anchored records of the patient, who has a wallet, with an end by the custodian in a year. */
      keep: async (vault: Vault, count: number): Promise<void> => {
        await addObservations(vault, count, { patient, retentionUntil: start + 365 * DAY });
        await anchorPending({ vault, chain, form: "plain" });
      },
      /** Has the patient end the retention of a record at a second; 0: lifts that. */
      limit: async (vault: Vault, index: number, until: number): Promise<void> => {
        const { batch, record, proof } = (await vault.findRecord((await leavesOf(vault))[index]!))!;
        await records.connect(signers.patient).limitRetention(batch, record, [...proof], until);
      },
      destroyed: async (vault: Vault): Promise<unknown[]> => {
        const rows = await vault.database.query("SELECT sequence FROM record WHERE secret IS NULL ORDER BY sequence");
        return rows.map(({ sequence }) => Number(sequence) - 1);
      },
    };
  }

  it("have key, salts and bytes destroyed at their very second, not before, and attested", async () => {
    const { chain, records, start, keep, limit, destroyed } = await deploy();
    await withVault(async (vault) => {
      await keep(vault, 3);
      await limit(vault, 1, start + 3 * DAY);
      await limit(vault, 2, start + 4 * DAY);
      await time.increaseTo(start + 3 * DAY - 1);
      expect(await destroyLimited({ vault, chain })).to.equal(0);
      await time.increaseTo(start + 3 * DAY);
      expect(await destroyOverdue(vault, { now: await time.latest() })).to.equal(0);
      expect(await destroyLimited({ vault, chain })).to.equal(1);
      expect(await destroyed(vault)).to.deep.equal([1]);
      const [row] = await vault.database.query<{ batch: Hex }>("SELECT * FROM record WHERE secret IS NULL");
      expect({ ...row }).to.include({ blob: null, state: "destroyed", destroyed_for: "retention" });

      expect(await attestDestructions({ vault, chain })).to.deep.equal({ batches: 0, records: 1 });
      expect(await records.isDestroyed(row!.batch, 1)).to.equal(true);
      expect(await destroyLimited({ vault, chain })).to.equal(0);
      expect(await verifyAll({ vault, chain })).to.deep.equal({ checked: 2, failures: [] });
    });
  });

  it("are reported by a stranger while the custodian is late, and not once it has destroyed and attested", async () => {
    const { chain, supervision, signers, patient, start, keep, limit, leavesOf } = await deploy();
    await withVault(async (vault) => {
      await keep(vault, 2);
      for (const index of [0, 1]) await limit(vault, index, start + 3 * DAY);
      const leaves = await leavesOf(vault);
      const [late, timely] = (await Promise.all(leaves.map((leaf) => vault.findRecord(leaf)))) as KeptRecord[];
      const report = ({ batch, record, proof }: KeptRecord): Promise<unknown> =>
        supervision.connect(signers.stranger).reportOverdueDestruction(batch, record, [...proof]);
      await time.increaseTo(start + 3 * DAY);
      await expect(report(late!))
        .to.emit(supervision, "DestructionOverdue")
        .withArgs(
          keccak256(concat([late!.batch, late!.leaf])),
          late!.batch,
          late!.leaf,
          patient,
          start + 3 * DAY,
          signers.stranger.address,
        );
      expect(await destroyLimited({ vault, chain })).to.equal(2);
      expect(await attestDestructions({ vault, chain })).to.deep.equal({ batches: 1, records: 0 });
      await expect(report(timely!))
        .to.be.revertedWithCustomError(supervision, "DestructionNotOverdue")
        .withArgs(timely!.batch, timely!.leaf);
    });
  });

  it("destroy nothing where they were moved later or lifted before they came", async () => {
    const { chain, start, keep, limit, destroyed } = await deploy();
    await withVault(async (vault) => {
      await keep(vault, 3);
      for (const index of [0, 1]) await limit(vault, index, start + 3 * DAY);
      expect(await destroyLimited({ vault, chain })).to.equal(0);
      await limit(vault, 0, start + 5 * DAY);
      await limit(vault, 1, 0);
      await time.increaseTo(start + 5 * DAY - 1);
      expect(await destroyLimited({ vault, chain })).to.equal(0);
      await time.increaseTo(start + 5 * DAY);
      expect(await destroyLimited({ vault, chain })).to.equal(1);
      expect(await destroyed(vault)).to.deep.equal([0]);
    });
  });

  it("are found though they were set and came while the vault was closed", async () => {
    const { chain, start, keep, limit, destroyed } = await deploy();
    const { parameters } = await newHome();
    const vault = await openVault(parameters);
    await keep(vault, 2);
    expect(await destroyLimited({ vault, chain })).to.equal(0);
    await limit(vault, 1, start + 3 * DAY);
    await vault.close();
    await time.increaseTo(start + 300 * DAY);
    const reopened = await openVault(parameters);
    expect(await destroyLimited({ vault: reopened, chain })).to.equal(1);
    expect(await destroyed(reopened)).to.deep.equal([1]);
    await reopened.close();
  });

  it("leave alone what is like it, but another custodian's", async () => {
    const { chain, records, members, signers, patient, start, keep, destroyed } = await deploy();
    await withVault(async (vault) => {
      await keep(vault, 1);
      const [row] = await vault.database.query<{ commitment: Hex }>("SELECT commitment FROM record");
      const entry = { patient, commitment: row!.commitment, category: "labs", level: 2, dataFrom: 0 } as const;
      const theirs = new RecordBatch(Number(members["southHospital"]), [{ ...entry, dataUntil: 0, retentionUntil: 0 }]);
      await records.connect(signers.southGateway).anchor(theirs.root, 1, 0, row!.commitment);
      await records.connect(signers.patient).limitRetention(theirs.id, theirs.record(0), [], start + 3 * DAY);
      await time.increaseTo(start + 3 * DAY);
      expect(await records.retentionEnd(theirs.id, theirs.record(0).meta)).to.equal(start + 3 * DAY);
      expect(await destroyLimited({ vault, chain })).to.equal(0);
      expect(await destroyed(vault)).to.deep.equal([]);
    });
  });

  it("are destroyed and attested once, whatever step a run dies at", async () => {
    const { chain, records, start, keep, limit, destroyed } = await deploy();
    await withVault(async (vault) => {
      await keep(vault, 4);
      for (const index of [1, 3]) await limit(vault, index, start + 3 * DAY);
      await time.increaseTo(start + 3 * DAY);
      const deaths = await dieAndGoOn({ vault, chain }, async (dying) => {
        await destroyLimited(dying);
        await attestDestructions(dying);
      });
      expect(deaths).to.be.greaterThan(10);
      expect(await destroyed(vault)).to.deep.equal([1, 3]);
      expect(await records.queryFilter(records.filters.RecordDestroyed())).to.have.lengthOf(2);
      expect(await verifyAll({ vault, chain })).to.deep.equal({ checked: 2, failures: [] });
    });
  });

  for (const method of ["eth_call", "eth_getBlockByNumber"]) {
    it(`destroy nothing while the chain does not answer ${method}, and say so`, async () => {
      const { chain, start, keep, limit, destroyed } = await deploy();
      await withVault(async (vault) => {
        await keep(vault, 2);
        await limit(vault, 0, start + 3 * DAY);
        await time.increaseTo(start + 3 * DAY);
        wire.cut = { method, when: "before", error: new HttpRequestError({ url: "http://node" }) };
        await expectRejection(destroyLimited({ vault, chain }), ChainUnavailableError);
        expect(await destroyed(vault)).to.deep.equal([]);
        wire.cut = undefined;
        expect(await destroyLimited({ vault, chain })).to.equal(1);
      });
    });
  }

  it("are asked for of every record, of more than one page of them too", async () => {
    const { chain, start, keep, limit, destroyed } = await deploy();
    await withVault(async (vault) => {
      await keep(vault, 501);
      for (const index of [3, 500]) await limit(vault, index, start + 3 * DAY);
      await time.increaseTo(start + 3 * DAY);
      expect(await destroyLimited({ vault, chain })).to.equal(2);
      expect(await destroyed(vault)).to.deep.equal([3, 500]);
    });
  });
});
