import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import {
  addRecords,
  anchorPending,
  createMasterKey,
  MasterKeyError,
  openVault,
  readMasterKey,
  sweepBlobs,
  VaultError,
} from "@consilium/gateway";
import { ResourceError, verifyRecord } from "@consilium/sdk";
import { expectRejection } from "../utils/expectRejection.ts";
import { loadFixture } from "../fixtures/consilium.ts";
import {
  addition,
  addObservations,
  deployForVault,
  newHome,
  observation,
  OTHER_PATIENT,
  PATIENT,
  removeHomes,
  withVault,
} from "./vaultFixtures.ts";

describe("Vault", () => {
  after(removeHomes);

  describe("master key", () => {
    it("is made once, for its owner's eyes, and never overwritten", async () => {
      const { keyFile } = await newHome();
      const kept = readFileSync(keyFile, "utf8");
      await expectRejection(createMasterKey(keyFile), MasterKeyError);
      expect(readFileSync(keyFile, "utf8")).to.equal(kept);
      expect(await readMasterKey(keyFile)).to.have.lengthOf(32);
    });

    it("is refused if others can read it, if it is missing, or if it is none", async () => {
      const { keyFile, home } = await newHome();
      chmodSync(keyFile, 0o640);
      expect((await expectRejection(readMasterKey(keyFile), MasterKeyError)).message).to.include("chmod 600");
      await expectRejection(readMasterKey(join(home, "none")), MasterKeyError);
      const half = join(home, "half");
      writeFileSync(half, "0x1234\n", { mode: 0o600 });
      await expectRejection(readMasterKey(half), MasterKeyError);
    });

    it("opens only the vault that was made with it", async () => {
      const { parameters } = await newHome();
      await (await openVault(parameters)).close();
      const { masterKey } = (await newHome()).parameters;
      await expectRejection(openVault({ ...parameters, masterKey }), MasterKeyError);
    });
  });

  describe("openVault", () => {
    it("refuses databases of other kinds, files that are none, and folders that cannot be", async () => {
      const { parameters, keyFile } = await newHome();
      await expectRejection(openVault({ ...parameters, database: "mysql://127.0.0.1/x" }), VaultError);
      await expectRejection(openVault({ ...parameters, database: `sqlite:${keyFile}` }), VaultError);
      await expectRejection(openVault({ ...parameters, blobs: join(keyFile, "below") }), VaultError);
    });

    it("refuses a database that a newer release wrote", async () => {
      const { parameters } = await newHome();
      const vault = await openVault(parameters);
      await vault.database.query("UPDATE version SET version = 1000");
      await vault.close();
      await expectRejection(openVault(parameters), VaultError);
    });
  });

  describe("patients", () => {
    it("have the one DID that was told, until they are forgotten", async () => {
      await withVault(async (vault) => {
        expect(await vault.didOf("Patient/1")).to.equal(undefined);
        await vault.mapPatient("Patient/1", PATIENT.toLowerCase() as typeof PATIENT);
        await vault.mapPatient("Patient/1", PATIENT);
        expect(await vault.didOf("Patient/1")).to.equal(PATIENT);
        await expectRejection(vault.mapPatient("Patient/1", OTHER_PATIENT), VaultError);
        await expectRejection(vault.mapPatient("Patient/2", "0x12"), VaultError);
        await vault.forgetPatient("Patient/1");
        expect(await vault.didOf("Patient/1")).to.equal(undefined);
      });
    });
  });

  describe("addRecords", () => {
    it("takes a resource of a patient once, whatever a server changes about it", async () => {
      await withVault(async (vault) => {
        const first = observation("a");
        const again = { ...first, meta: { versionId: "2", lastUpdated: "2026-01-01T00:00:00Z" } };
        expect(await addRecords(vault, [addition(first), addition(again)])).to.deep.equal(["taken", "known"]);
        const others = [addition(first), addition(first, { patient: OTHER_PATIENT }), addition(observation("b"))];
        expect(await addRecords(vault, others)).to.deep.equal(["known", "taken", "taken"]);
        expect(await vault.countRecords()).to.deep.equal({ sealed: 3, batched: 0, anchored: 0, destroyed: 0 });
      });
    });

    it("names what cannot be sealed and takes the rest", async () => {
      await withVault(async (vault) => {
        const additions = [
          addition({ resourceType: "StructureDefinition" }),
          addition(observation("a")),
          addition(observation("b", { effectiveDateTime: "yesterday" })),
        ];
        const [type, taken, date] = await addRecords(vault, additions);
        expect([type, date].every((outcome) => outcome instanceof ResourceError)).to.equal(true);
        expect(taken).to.equal("taken");
      });
    });

    it("writes nothing of a record that a thief of the database could read", async () => {
      const { parameters, home } = await newHome();
      const vault = await openVault(parameters);
      await vault.mapPatient("Patient/4711", PATIENT);
      await addRecords(vault, [addition(observation("a", { note: [{ text: "confidential" }] }))]);
      const [row] = await vault.database.query<{ secret: string; id: string }>("SELECT * FROM record");
      const opened = JSON.parse(await vault.secrets.open(row!.id, row!.secret)) as string[];
      await expectRejection(vault.secrets.open("another", row!.secret), MasterKeyError);
      await vault.close();
      const files = readdirSync(home, { recursive: true, encoding: "utf8" }).filter((file) => file !== "key");
      const texts = files.map((file) => {
        try {
          return readFileSync(join(home, file), "latin1");
        } catch {
          return "";
        }
      });
      expect(texts.join("").length).to.be.greaterThan(10_000);
      for (const secret of ["confidential", "4711", "Glucose", opened[0]!.slice(2), opened[1]!.slice(2)]) {
        expect(texts.some((text) => text.includes(secret))).to.equal(false);
      }
    });
  });

  describe("sweepBlobs", () => {
    it("deletes bytes without a record, once they are old enough", async () => {
      await withVault(async (vault) => {
        await addObservations(vault, 2);
        await vault.blobs.put("ab".repeat(32), Uint8Array.of(1));
        expect(await sweepBlobs(vault)).to.equal(0);
        const soon = new Date(Date.now() + 60_000);
        expect(await sweepBlobs(vault, soon)).to.equal(1);
        expect(await sweepBlobs(vault, soon)).to.equal(0);
      });
    });
  });

  describe("findRecord", () => {
    it("gives all that a recipient needs to verify the record against the chain", async () => {
      const { chain, records } = await loadFixture(deployForVault);
      await withVault(async (vault) => {
        await addObservations(vault, 3);
        expect(await anchorPending({ vault, chain })).to.deep.equal({ batches: 1, records: 3, superseded: 0 });
        const [{ leaf }] = (await vault.database.query("SELECT leaf FROM record ORDER BY sequence")) as [
          { leaf: `0x${string}` },
        ];
        const found = (await vault.findRecord(leaf))!;
        expect(found).to.include({ state: "anchored", patient: PATIENT, category: "labs", level: 2, leaf });
        expect(await records.verify(found.batch, found.record, found.proof)).to.equal(true);
        const { root, record, proof, parts } = found;
        const ciphertext = new Uint8Array(await buffer(await found.openBytes()));
        const outcome = await verifyRecord({ root, record, proof, parts, ciphertext, opening: await found.opening() });
        expect(outcome.failures).to.deep.equal([]);
        expect(outcome.content).to.equal(JSON.stringify(observation("o0")));
        expect(await vault.findRecord(`0x${"00".repeat(32)}`)).to.equal(undefined);
      });
    });
  });
});
