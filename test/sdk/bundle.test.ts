import { expect } from "chai";
import {
  BundleError,
  canonicalResource,
  classifyResource,
  decodeRecordMeta,
  importBundle,
  JsonError,
  RecordBatch,
  sealRecord,
  verifyRecord,
} from "@consilium/sdk";
import type { FhirResource, RecordBatchEntry } from "@consilium/sdk";
import { seededRandom } from "../utils/seededRandom.ts";
import { syntheaBundles } from "../utils/syntheaBundles.ts";

function bundle(...entry: unknown[]): FhirResource {
  return { resourceType: "Bundle", type: "collection", entry };
}

describe("importBundle", () => {
  it("throws BundleError for what is no bundle of resources", () => {
    expect(() => importBundle({ resourceType: "Patient" })).to.throw(BundleError, "no FHIR Bundle");
    expect(() => importBundle("[]")).to.throw(BundleError, "no FHIR Bundle");
    expect(() => importBundle({ resourceType: "Bundle", entry: {} })).to.throw(BundleError, "no list");
    expect(() =>
      importBundle(bundle({ resource: { resourceType: "Patient" } }, { request: { method: "DELETE" } })),
    ).to.throw(BundleError, "Entry 1");
  });

  it("throws JsonError for text that a commitment could not stand on", () => {
    expect(() => importBundle('{"resourceType":"Bundle","entry":[],"entry":[]}')).to.throw(JsonError, "stands twice");
  });

  it("finds the patient by every way to refer to one", () => {
    const fullUrl = "urn:uuid:5b0d2c1e-0000-4000-8000-000000000000";
    const about = (element: string, reference: unknown): unknown => ({
      resource: { resourceType: "Observation", [element]: { reference } },
    });
    const resources = importBundle(
      bundle(
        { fullUrl, resource: { resourceType: "Patient", id: "p1" } },
        { resource: { resourceType: "Patient", id: "p2" } },
        about("subject", fullUrl),
        about("patient", "Patient/p1"),
        about("beneficiary", "Patient/p2"),
        about("subject", "https://hospital.example/fhir/Patient/p3"),
        about("subject", "Group/g1"),
        about("subject", "urn:uuid:5b0d2c1e-0000-4000-8000-000000000001"),
        about("subject", 5),
        { resource: { resourceType: "Organization" } },
      ),
    );
    expect(resources.map(({ patient }) => patient)).to.deep.equal([
      fullUrl,
      "Patient/p2",
      fullUrl,
      fullUrl,
      "Patient/p2",
      "https://hospital.example/fhir/Patient/p3",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("keeps every digit of a bundle that comes as text", () => {
    const text = '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation", "value": 1.10}}]}';
    expect(importBundle(text)[0]?.content).to.equal('{"resourceType":"Observation", "value": 1.10}');
    expect(importBundle(JSON.parse(text) as FhirResource)[0]?.content).to.equal(
      '{"resourceType":"Observation","value":1.1}',
    );
    expect(importBundle('{"resourceType":"Bundle"}')).to.deep.equal([]);
  });

  describe("with the Synthea bundles", () => {
    const bundles = syntheaBundles();

    it("are two, of 237 and 223 resources, each of one patient", () => {
      const imported = bundles.map((text) => importBundle(text));
      expect(imported.map((resources) => resources.length)).to.deep.equal([237, 223]);
      for (const resources of imported) {
        expect(new Set(resources.flatMap(({ patient }) => patient ?? [])).size).to.equal(1);
        const rest = resources
          .filter(({ patient }) => patient === undefined)
          .map(({ resource }) => resource.resourceType);
        expect(rest).to.deep.equal(["Organization", "Practitioner"]);
      }
    });

    it("classify whole, into the categories that their types say", () => {
      const counts: Record<string, number> = {};
      for (const { content, resource } of bundles.flatMap((text) => importBundle(text))) {
        const { category, level, sensitivities } = classifyResource(content);
        expect(classifyResource(resource)).to.deep.equal({ category, level, sensitivities });
        expect(level).to.equal(2);
        expect(sensitivities).to.deep.equal([]);
        counts[category] = (counts[category] ?? 0) + 1;
      }
      expect(counts).to.deep.equal({
        identity: 6,
        recordSummary: 50,
        diagnoses: 12,
        labs: 57,
        imaging: 1,
        prescriptions: 10,
        procedures: 16,
        allergyAndImmunisation: 62,
        vitalsAndDevices: 148,
        claims: 98,
      });
    });

    it("have canonical forms that do not depend on how the text is laid out", () => {
      for (const { content, resource } of bundles.flatMap((text) => importBundle(text))) {
        expect(canonicalResource(content)).to.equal(canonicalResource(JSON.stringify(resource, null, 2)));
      }
    });

    it("seal, anchor and verify, every resource; and none verifies once tampered with", async () => {
      const random = seededRandom("synthea");
      for (const text of bundles) {
        const resources = importBundle(text);
        const seals = await Promise.all(resources.map(({ content }) => sealRecord(content, random.bytes)));
        const batch = new RecordBatch(
          1,
          seals.map(({ commitment, classification }, i): RecordBatchEntry => {
            const { dataFrom = 0, dataUntil = 0 } = resources[i] ?? {};
            const { category, level } = classification;
            return {
              patient: `0x${"11".repeat(20)}`,
              commitment,
              category,
              level,
              dataFrom,
              dataUntil,
              retentionUntil: 0,
            };
          }),
        );
        for (const [i, { parts, ciphertext, opening }] of seals.entries()) {
          const anchored = {
            root: batch.root,
            record: batch.record(i),
            proof: batch.proof(i),
            parts,
            ciphertext,
            opening,
          };
          expect((await verifyRecord(anchored)).failures).to.deep.equal([]);
          expect(decodeRecordMeta(anchored.record.meta).index).to.equal(i);

          const tampered = ciphertext.map((byte, at) => (at === ciphertext.length >> 1 ? byte ^ 1 : byte));
          expect((await verifyRecord({ ...anchored, ciphertext: tampered })).failures).to.have.members([
            "ciphertext",
            "decryption",
            "content",
          ]);
        }
      }
    });
  });
});
