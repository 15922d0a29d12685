import { expect } from "chai";
import { appendLog, checkLog, LogEntryError, LogTamperedError, readLog } from "@consilium/gateway";
import { expectRejection } from "../utils/expectRejection.ts";
import { removeHomes, withVault } from "./vaultFixtures.ts";

describe("Delivery log", () => {
  after(removeHomes);

  const entry = (grant: number) => ({ event: "delivered", time: 1_700_000_000, grant: `0x${grant.toString(16)}` });

  it("keeps entries in order, also of those who write at once", async () => {
    await withVault(async (vault) => {
      expect(await checkLog(vault)).to.include({ sequence: 0 });
      const positions = await Promise.all([1, 2, 3].map((grant) => appendLog(vault, entry(grant))));
      expect(positions.map(({ sequence }) => sequence)).to.deep.equal([1, 2, 3]);
      expect(await checkLog(vault)).to.deep.equal(positions[2]);
      expect((await readLog(vault, { after: 1 })).map(({ entry: read }) => read)).to.deep.equal([entry(2), entry(3)]);
    });
  });

  it("shows a changed, a missing and a cut off entry, and a log written anew", async () => {
    const harms = {
      "UPDATE log SET entry = replace(entry, 'delivered', 'refused') WHERE sequence = 2": 2,
      "DELETE FROM log WHERE sequence = 1": 1,
      "DELETE FROM log WHERE sequence = 3": 3,
      "DELETE FROM log": 1,
    };
    for (const [harm, sequence] of Object.entries(harms)) {
      await withVault(async (vault) => {
        for (const grant of [1, 2, 3]) await appendLog(vault, entry(grant));
        const known = await checkLog(vault);
        await vault.database.query(harm);
        const error = await expectRejection(checkLog(vault, known), LogTamperedError);
        expect(error.message).to.include(`entry ${sequence}.`);
      });
    }
    await withVault(async (vault) => {
      const known = await appendLog(vault, entry(1));
      await vault.database.query("DELETE FROM log");
      await appendLog(vault, entry(2));
      await checkLog(vault);
      await expectRejection(checkLog(vault, known), LogTamperedError);
    });
  });

  it("has no place for free text", async () => {
    await withVault(async (vault) => {
      for (const note of ["Jane Doe", "", "x".repeat(65), 1.5, Number.NaN]) {
        await expectRejection(appendLog(vault, { ...entry(1), note }), LogEntryError);
      }
      await expectRejection(appendLog(vault, { ...entry(1), "a b": 1 }), LogEntryError);
      expect(await checkLog(vault)).to.include({ sequence: 0 });
    });
  });
});
