import { readFileSync } from "node:fs";
import { SimpleMerkleTree, StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { AbiCoder, keccak256 as ethersKeccak256 } from "ethers";
import { bytesToHex, concatHex, keccak256, stringToHex, zeroHash } from "viem";
import type { Address, Hex } from "viem";
import {
  batchId,
  canonicalResource,
  CATEGORIES,
  classifyResource,
  commitContent,
  commitDocument,
  commitSensitivities,
  dataPeriod,
  decodeRecordMeta,
  decryptRecord,
  encodeRecordMeta,
  encryptRecord,
  JsonError,
  randomSalt,
  RECORD_LEAF_TYPES,
  RecordBatch,
  recordCommitment,
  RecordDecryptionError,
  RecordError,
  recordLeaf,
  ResourceError,
  sealRecord,
  SENSITIVITIES,
  verifyRecord,
} from "@consilium/sdk";
import type {
  Category,
  FhirResource,
  RecordBatchEntry,
  RecordMeta,
  Sensitivity,
  VerifyRecordFailure,
  VerifyRecordParameters,
} from "@consilium/sdk";
import { expectRejection } from "../utils/expectRejection.ts";
import { seededRandom } from "../utils/seededRandom.ts";

const SALT: Hex = `0x${"11".repeat(32)}`;
const PATIENT: Address = "0x1111111111111111111111111111111111111111";
const ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const INLINE_LABEL = "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label";

const MAX_TIME = 2 ** 40 - 1;

const META: RecordMeta = {
  custodian: 7,
  level: 2,
  category: "labs",
  index: 5,
  dataFrom: 1_500_000_000,
  dataUntil: 1_600_000_000,
  retentionUntil: 2_000_000_000,
};

function observation(section?: string): FhirResource {
  return {
    resourceType: "Observation",
    status: "final",
    ...(section === undefined ? {} : { category: [{ coding: [{ code: section }] }] }),
  };
}

function labelled(...security: { system?: string; code: string }[]): FhirResource {
  return { ...observation(), meta: { security } };
}

function entry(i: number): RecordBatchEntry {
  return {
    patient: PATIENT,
    commitment: keccak256(stringToHex(`record ${i}`)),
    level: 2,
    category: "labs",
    dataFrom: 0,
    dataUntil: 0,
    retentionUntil: 2_000_000_000 + i,
  };
}

describe("records", () => {
  describe("classifyResource", () => {
    it("throws ResourceError for what is no resource or belongs to no category", () => {
      for (const bad of ["[]", "1", "{}", '{"resourceType":1}', "null"]) {
        expect(() => classifyResource(bad), bad).to.throw(ResourceError, "no FHIR resource");
      }
      for (const resourceType of ["Bundle", "Binary", "StructureDefinition", "constructor"]) {
        expect(() => classifyResource({ resourceType }), resourceType).to.throw(ResourceError, "no category");
      }
    });

    const categories: [string, Category][] = [
      ["Patient", "identity"],
      ["RelatedPerson", "identity"],
      ["Composition", "recordSummary"],
      ["DocumentReference", "recordSummary"],
      ["Encounter", "recordSummary"],
      ["Condition", "diagnoses"],
      ["Observation", "labs"],
      ["DiagnosticReport", "labs"],
      ["ImagingStudy", "imaging"],
      ["MedicationRequest", "prescriptions"],
      ["MedicationStatement", "prescriptions"],
      ["Procedure", "procedures"],
      ["AllergyIntolerance", "allergyAndImmunisation"],
      ["Immunization", "allergyAndImmunisation"],
      ["Device", "vitalsAndDevices"],
      ["MolecularSequence", "genomics"],
      ["Claim", "claims"],
      ["ExplanationOfBenefit", "claims"],
      ["Coverage", "claims"],
    ];
    for (const [resourceType, category] of categories) {
      it(`puts ${resourceType} into ${category}`, () => {
        const level = category === "genomics" ? 3 : 2;
        expect(classifyResource({ resourceType })).to.deep.equal({ category, level, sensitivities: [] });
      });
    }

    it("agrees with the table of docs/hashing.md", () => {
      const text = readFileSync(new URL("../../docs/hashing.md", import.meta.url), "utf8");
      const rows = text.split("\n").flatMap((line) => {
        const [, category, types] = line.split("|").map((cell) => cell.trim());
        return category !== undefined && Object.hasOwn(CATEGORIES, category) && types !== undefined
          ? [{ category, types }]
          : [];
      });
      expect(rows.map(({ category }) => category)).to.deep.equal(Object.keys(CATEGORIES));
      for (const { category, types } of rows) {
        const listed = types.split(/, |; /).filter((type) => /^[A-Za-z]+$/.test(type));
        expect(listed.length, category).to.be.greaterThan(0);
        for (const resourceType of listed) {
          expect(classifyResource({ resourceType }).category, resourceType).to.equal(category);
        }
      }
    });

    it("tells vital signs and genetics from other observations", () => {
      expect(classifyResource(observation("vital-signs")).category).to.equal("vitalsAndDevices");
      expect(classifyResource(observation("laboratory")).category).to.equal("labs");
      expect(classifyResource(observation("GE"))).to.deep.include({ category: "genomics", level: 3 });
      const profile = "http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/variant";
      expect(classifyResource({ ...observation("vital-signs"), meta: { profile: [profile] } })).to.deep.include({
        category: "genomics",
        level: 3,
      });
      const report = { ...observation("vital-signs"), resourceType: "DiagnosticReport" };
      expect(classifyResource(report).category).to.equal("labs");
      expect(classifyResource({ ...report, category: [{ coding: [{ code: "GE" }] }] }).category).to.equal("genomics");
    });

    for (const [code, level] of [
      ["U", 0],
      ["L", 1],
      ["M", 1],
      ["N", 2],
      ["R", 3],
      ["V", 3],
    ] as const) {
      it(`gives confidentiality ${code} level ${level}`, () => {
        expect(classifyResource(labelled({ system: CONFIDENTIALITY, code })).level).to.equal(level);
      });
    }

    it("lets the highest confidentiality count", () => {
      const labels = [
        { system: CONFIDENTIALITY, code: "U" },
        { system: CONFIDENTIALITY, code: "R" },
        { system: CONFIDENTIALITY, code: "L" },
      ];
      expect(classifyResource(labelled(...labels)).level).to.equal(3);
    });

    for (const name of Object.keys(SENSITIVITIES) as Sensitivity[]) {
      const level = SENSITIVITIES[name].bit <= 192 ? 3 : 2;
      it(`reads sensitivity ${name}, level ${level}`, () => {
        expect(classifyResource(labelled({ system: ACT_CODE, code: name }))).to.deep.equal({
          category: "labs",
          level,
          sensitivities: [name],
        });
      });
    }

    it("maps narrower and wider codes, and keeps the order of the bits", () => {
      const read = (code: string): Sensitivity[] =>
        classifyResource(labelled({ system: ACT_CODE, code })).sensitivities;
      expect(read("MH")).to.deep.equal(["PSY"]);
      expect(read("SUD")).to.deep.equal(["ETH"]);
      expect(read("BH")).to.deep.equal(["PSY", "ETH"]);
      const both = labelled({ system: ACT_CODE, code: "SCA" }, { system: ACT_CODE, code: "HIV" });
      expect(classifyResource(both).sensitivities).to.deep.equal(["HIV", "SCA"]);
    });

    it("never lets a low confidentiality outweigh a core sensitivity or genomics", () => {
      const low = { system: CONFIDENTIALITY, code: "U" };
      expect(classifyResource(labelled(low, { system: ACT_CODE, code: "HIV" })).level).to.equal(3);
      expect(classifyResource({ resourceType: "MolecularSequence", meta: { security: [low] } }).level).to.equal(3);
    });

    it("lets labels without a system, of contained resources and inline only raise", () => {
      expect(classifyResource(labelled({ code: "U" })).level).to.equal(2);
      expect(classifyResource(labelled({ code: "R" })).level).to.equal(3);
      expect(classifyResource(labelled({ code: "HIV" })).sensitivities).to.deep.equal(["HIV"]);
      const containing = (label: { system: string; code: string }): FhirResource => ({
        ...observation(),
        contained: [{ resourceType: "Observation", meta: { security: [label] } }],
      });
      expect(classifyResource(containing({ system: CONFIDENTIALITY, code: "U" })).level).to.equal(2);
      expect(classifyResource(containing({ system: CONFIDENTIALITY, code: "V" })).level).to.equal(3);
      expect(classifyResource(containing({ system: ACT_CODE, code: "PSY" })).sensitivities).to.deep.equal(["PSY"]);
      const inline = {
        ...observation(),
        extension: [{ url: INLINE_LABEL, valueCoding: { system: ACT_CODE, code: "SDV" } }],
      };
      expect(classifyResource(inline).sensitivities).to.deep.equal(["SDV"]);
    });

    it("takes no label from another code system, and no unknown code", () => {
      const other = labelled(
        { system: "http://example.org", code: "HIV" },
        { system: "http://example.org", code: "R" },
      );
      expect(classifyResource(other)).to.deep.equal({ category: "labs", level: 2, sensitivities: [] });
      const unknown = labelled({ system: ACT_CODE, code: "constructor" }, { system: CONFIDENTIALITY, code: "Z" });
      expect(classifyResource(unknown)).to.deep.equal({ category: "labs", level: 2, sensitivities: [] });
    });
  });

  describe("canonicalResource", () => {
    it("throws JsonError for duplicate keys and lone surrogates", () => {
      expect(() => canonicalResource('{"resourceType":"Patient","id":"1","id":"2"}')).to.throw(
        JsonError,
        "stands twice",
      );
      expect(() => canonicalResource('{"resourceType":"Patient","id":"\\ud800"}')).to.throw(
        JsonError,
        "lone surrogate",
      );
      expect(() => canonicalResource({ resourceType: "Patient", id: "\ud800" })).to.throw(JsonError);
    });

    it("throws ResourceError for what is no resource", () => {
      expect(() => canonicalResource("[]")).to.throw(ResourceError, "no FHIR resource");
    });

    it("leaves out text, meta.versionId and meta.lastUpdated, and nothing else", () => {
      const resource = {
        resourceType: "Patient",
        text: { status: "generated" },
        meta: { versionId: "3", lastUpdated: "2026-01-01", profile: ["p"] },
        contained: [{ resourceType: "Patient", text: "kept", meta: { versionId: "1" } }],
        id: "1",
      };
      expect(canonicalResource(resource)).to.equal(
        '{"contained":[{"meta":{"versionId":"1"},"resourceType":"Patient","text":"kept"}],"id":"1",' +
          '"meta":{"profile":["p"]},"resourceType":"Patient"}',
      );
    });

    it("leaves out a meta that becomes empty, so that a server's own notes change nothing", () => {
      const bare = canonicalResource({ resourceType: "Patient" });
      expect(canonicalResource({ resourceType: "Patient", meta: { versionId: "1" } })).to.equal(bare);
      expect(canonicalResource({ resourceType: "Patient", meta: {} })).to.equal(bare);
      expect(canonicalResource({ resourceType: "Patient", meta: { source: "x" } })).to.not.equal(bare);
    });

    it("does not see order, space or trailing zeros, but every other change", () => {
      const form = canonicalResource('{"resourceType":"Observation","value":1.10}');
      expect(canonicalResource('{ "value": 1.1, "resourceType": "Observation" }')).to.equal(form);
      expect(canonicalResource('{"resourceType":"Observation","value":1.11}')).to.not.equal(form);
      expect(canonicalResource('{"resourceType":"Observation","value":"1.1"}')).to.not.equal(form);
    });
  });

  describe("commitments", () => {
    it("throw RecordError for a salt that is not 32 bytes", () => {
      for (const salt of ["0x", "0x11", `0x${"11".repeat(31)}`, `0x${"11".repeat(33)}`] as Hex[]) {
        expect(() => commitContent(observation(), salt)).to.throw(RecordError, "not 32 bytes");
        expect(() => commitSensitivities([], salt)).to.throw(RecordError, "not 32 bytes");
        expect(() => commitDocument("reason", salt)).to.throw(RecordError, "not 32 bytes");
      }
    });

    it("hash domain tag, salt and bytes", () => {
      const tag = (kind: string): Hex => keccak256(stringToHex(`consilium/${kind}/v1`));
      expect(commitContent({ resourceType: "Patient" }, SALT)).to.equal(
        keccak256(concatHex([tag("record-content"), SALT, stringToHex('{"resourceType":"Patient"}')])),
      );
      expect(commitSensitivities(["HIV", "TBOO"], SALT)).to.equal(
        keccak256(concatHex([tag("record-sensitivity"), SALT, "0x00004001"])),
      );
      expect(commitDocument({ b: 1, a: "é" }, SALT)).to.equal(
        keccak256(concatHex([tag("document"), SALT, stringToHex('{"a":"é","b":1}')])),
      );
    });

    it("differ for each salt, content and set of sensitivities", () => {
      const salts = [SALT, zeroHash];
      const contents = salts.flatMap((salt) => [
        commitContent(observation(), salt),
        commitContent(observation("GE"), salt),
      ]);
      const sensitivities = salts.flatMap((salt) => [
        commitSensitivities([], salt),
        commitSensitivities(["HIV"], salt),
      ]);
      expect(new Set([...contents, ...sensitivities]).size).to.equal(8);
    });

    it("join to a record's commitment as abi.encode does", () => {
      const parts = {
        content: keccak256("0x01"),
        ciphertextHash: keccak256("0x02"),
        sensitivity: keccak256("0x03"),
      };
      const encoded = AbiCoder.defaultAbiCoder().encode(["bytes32", "bytes32", "bytes32"], Object.values(parts));
      expect(recordCommitment(parts)).to.equal(ethersKeccak256(encoded));
    });

    it("take fresh salts from the system unless told otherwise", () => {
      expect(randomSalt()).to.match(/^0x[0-9a-f]{64}$/);
      expect(randomSalt()).to.not.equal(randomSalt());
      expect(randomSalt(seededRandom("s").bytes)).to.equal(randomSalt(seededRandom("s").bytes));
    });
  });

  describe("encryptRecord and decryptRecord", () => {
    const content = '{"resourceType":"Patient","name":"é😀"}';

    it("throw RecordDecryptionError for another key, and for bytes changed or missing anywhere", async () => {
      const { ciphertext, dataKey } = await encryptRecord(content);
      const other = await encryptRecord(content);
      await expectRejection(decryptRecord(ciphertext, other.dataKey), RecordDecryptionError);
      await expectRejection(decryptRecord(ciphertext, dataKey.slice(1)), RecordDecryptionError);
      for (const at of [0, 11, 12, ciphertext.length - 17, ciphertext.length - 1]) {
        const changed = ciphertext.map((byte, i) => (i === at ? byte ^ 1 : byte));
        await expectRejection(decryptRecord(changed, dataKey), RecordDecryptionError);
      }
      for (const length of [0, 11, 12, 27, ciphertext.length - 1]) {
        await expectRejection(decryptRecord(ciphertext.slice(0, length), dataKey), RecordDecryptionError);
      }
    });

    it("give back the very text", async () => {
      for (const text of [content, "", "\ufeff{}", "x".repeat(100_000)]) {
        const { ciphertext, dataKey } = await encryptRecord(text);
        expect(await decryptRecord(ciphertext, dataKey)).to.equal(text);
        expect(ciphertext.length).to.equal(12 + new TextEncoder().encode(text).length + 16);
        expect(dataKey.length).to.equal(32);
      }
    });

    it("use a fresh key and nonce each time", async () => {
      const [a, b] = [await encryptRecord(content), await encryptRecord(content)];
      expect(bytesToHex(a.dataKey)).to.not.equal(bytesToHex(b.dataKey));
      expect(bytesToHex(a.ciphertext.slice(0, 12))).to.not.equal(bytesToHex(b.ciphertext.slice(0, 12)));
    });

    it("repeat themselves with a source that does", async () => {
      const a = await encryptRecord(content, seededRandom("e").bytes);
      const b = await encryptRecord(content, seededRandom("e").bytes);
      expect(bytesToHex(a.ciphertext)).to.equal(bytesToHex(b.ciphertext));
    });
  });

  describe("record meta", () => {
    it("throws RecordError for values out of bounds", () => {
      const bad: Partial<RecordMeta>[] = [
        { custodian: 0 },
        { custodian: 2 ** 32 },
        { custodian: 1.5 },
        { level: 4 },
        { level: -1 },
        { category: "none" as never },
        { index: 2 ** 32 },
        { index: -1 },
        { dataFrom: -1 },
        { dataFrom: META.dataUntil + 1 },
        { dataUntil: MAX_TIME + 1 },
        { retentionUntil: MAX_TIME + 1 },
      ];
      for (const change of bad) {
        expect(() => encodeRecordMeta({ ...META, ...change }), JSON.stringify(change)).to.throw(RecordError);
      }
      const word = encodeRecordMeta(META);
      const malformed = [
        -1n,
        word | (1n << 200n),
        word | (4n << 32n),
        word | (15n << 40n),
        word & ~(0xffffffffffn << 120n),
      ];
      for (const meta of malformed) expect(() => decodeRecordMeta(meta), String(meta)).to.throw(RecordError);
    });

    it("puts each field in its place", () => {
      const zero = {
        ...META,
        custodian: 1,
        level: 0,
        category: "identity",
        index: 0,
        dataFrom: 0,
        dataUntil: 0,
        retentionUntil: 0,
      } as const;
      expect(encodeRecordMeta(zero)).to.equal(1n);
      expect(encodeRecordMeta({ ...zero, level: 3 })).to.equal(1n | (3n << 32n));
      expect(encodeRecordMeta({ ...zero, category: "claims" })).to.equal(1n | (10n << 40n));
      expect(encodeRecordMeta({ ...zero, index: 2 ** 32 - 1 })).to.equal(1n | (0xffffffffn << 48n));
      expect(encodeRecordMeta({ ...zero, dataUntil: MAX_TIME })).to.equal(1n | (0xffffffffffn << 120n));
      expect(encodeRecordMeta({ ...zero, dataFrom: 5, dataUntil: 5 })).to.equal(1n | (5n << 80n) | (5n << 120n));
      expect(encodeRecordMeta({ ...zero, retentionUntil: MAX_TIME })).to.equal(1n | (0xffffffffffn << 160n));
    });

    it("is undone by decoding", () => {
      for (const meta of [
        META,
        { ...META, custodian: 2 ** 32 - 1, level: 0, category: "genomics", dataFrom: 0 } as const,
      ]) {
        expect(decodeRecordMeta(encodeRecordMeta(meta))).to.deep.equal(meta);
      }
    });
  });

  describe("RecordBatch", () => {
    it("throws RecordError for no records, a bad address, and positions that are none", () => {
      expect(() => new RecordBatch(1, [])).to.throw(RecordError, "empty");
      expect(() => new RecordBatch(1, [{ ...entry(0), patient: "0x12" }])).to.throw(
        RecordError,
        "record 0 is no address",
      );
      expect(() => new RecordBatch(0, [entry(0)])).to.throw(RecordError, "custodian");
      const batch = new RecordBatch(1, [entry(0), entry(1)]);
      for (const index of [-1, 2, 0.5]) {
        expect(() => batch.record(index)).to.throw(RecordError, `no record ${index}`);
        expect(() => batch.leaf(index)).to.throw(RecordError, `no record ${index}`);
        expect(() => batch.proof(index)).to.throw(RecordError, `no record ${index}`);
        expect(() => batch.multiProof([index])).to.throw(RecordError, `no record ${index}`);
      }
      expect(() => batch.multiProof([])).to.throw(RecordError, "at least one");
      expect(() => batch.multiProof([1, 1])).to.throw(RecordError, "each position once");
    });

    it("is its single leaf for a batch of one", () => {
      const batch = new RecordBatch(3, [entry(0)]);
      expect(batch.root).to.equal(batch.leaf(0));
      expect(batch.proof(0)).to.deep.equal([]);
      expect(batch.multiProof([0]).records).to.deep.equal([batch.record(0)]);
      const encoded = AbiCoder.defaultAbiCoder().encode(["uint32", "bytes32"], [3, batch.root]);
      expect(batch.id).to.equal(ethersKeccak256(encoded));
      expect(batchId(3, batch.root)).to.equal(batch.id);
    });

    for (const size of [2, 3, 7, 64, 100]) {
      it(`gives proofs that verify for each of ${size} records, whatever multiproof is asked for`, () => {
        const batch = new RecordBatch(
          3,
          Array.from({ length: size }, (_, i) => entry(i)),
        );
        const values = batch.records.map(({ patient, commitment, meta }) => [patient, commitment, meta]);
        const tree = StandardMerkleTree.of(values, RECORD_LEAF_TYPES, { sortLeaves: false });
        expect(batch.root).to.equal(tree.root);
        for (const [i, value] of values.entries()) {
          expect(recordLeaf(batch.record(i))).to.equal(tree.leafHash(value));
          expect(decodeRecordMeta(batch.record(i).meta)).to.deep.include({ custodian: 3, index: i });
          expect(StandardMerkleTree.verify(batch.root, RECORD_LEAF_TYPES, value, batch.proof(i))).to.equal(true);
        }
        const random = seededRandom(`multiproof ${size}`);
        for (let round = 0; round < 10; round++) {
          const wanted = [...batch.records.keys()].filter(() => random.below(2) === 0).concat(size - 1);
          const unique = [...new Set(wanted)];
          const { indices, records, proof, proofFlags } = batch.multiProof(unique);
          expect(indices).to.have.members(unique);
          expect(records).to.deep.equal(indices.map((i) => batch.record(i)));
          const leaves = records.map(recordLeaf);
          expect(SimpleMerkleTree.verifyMultiProof(batch.root, { leaves, proof, proofFlags })).to.equal(true);
        }
      });
    }

    it("retains as long as the longest of its records, without end if one has none", () => {
      expect(new RecordBatch(1, [entry(3), entry(9), entry(4)]).retentionUntil).to.equal(2_000_000_009);
      expect(new RecordBatch(1, [entry(3), { ...entry(9), retentionUntil: 0 }]).retentionUntil).to.equal(0);
    });
  });

  describe("verifyRecord", () => {
    const content = JSON.stringify(labelled({ system: ACT_CODE, code: "HIV" }));

    async function sealed(): Promise<VerifyRecordParameters> {
      const seal = await sealRecord(content, seededRandom("seal").bytes);
      const { category, level } = seal.classification;
      const batch = new RecordBatch(3, [
        entry(0),
        { ...entry(1), category, level, commitment: seal.commitment },
        entry(2),
      ]);
      return {
        root: batch.root,
        record: batch.record(1),
        proof: batch.proof(1),
        parts: seal.parts,
        ciphertext: seal.ciphertext,
        opening: seal.opening,
      };
    }

    it("accepts what was sealed and anchored", async () => {
      expect(await verifyRecord(await sealed())).to.deep.equal({ valid: true, failures: [], content });
    });

    const flip = (hash: Hex): Hex => keccak256(hash);
    const cases: [string, (given: VerifyRecordParameters) => VerifyRecordParameters, VerifyRecordFailure[]][] = [
      ["another root", (g) => ({ ...g, root: flip(g.root) }), ["proof"]],
      ["another proof", (g) => ({ ...g, proof: g.proof.map(flip) }), ["proof"]],
      ["a malformed proof", (g) => ({ ...g, proof: ["0x12"] }), ["proof"]],
      ["another patient", (g) => ({ ...g, record: { ...g.record, patient: `0x${"22".repeat(20)}` } }), ["proof"]],
      [
        "another commitment in the leaf",
        (g) => ({ ...g, record: { ...g.record, commitment: flip(g.record.commitment) } }),
        ["proof", "commitment"],
      ],
      [
        "a lower level",
        (g) => ({ ...g, record: { ...g.record, meta: g.record.meta - (1n << 32n) } }),
        ["proof", "level"],
      ],
      ["a malformed meta word", (g) => ({ ...g, record: { ...g.record, meta: 1n << 200n } }), ["proof", "level"]],
      [
        "another content commitment",
        (g) => ({ ...g, parts: { ...g.parts, content: flip(g.parts.content) } }),
        ["commitment", "content"],
      ],
      [
        "another ciphertext hash",
        (g) => ({ ...g, parts: { ...g.parts, ciphertextHash: flip(g.parts.ciphertextHash) } }),
        ["commitment", "ciphertext"],
      ],
      [
        "another sensitivity commitment",
        (g) => ({ ...g, parts: { ...g.parts, sensitivity: flip(g.parts.sensitivity) } }),
        ["commitment", "sensitivity"],
      ],
      [
        "changed bytes",
        (g) => ({ ...g, ciphertext: g.ciphertext.map((byte, i) => (i === 20 ? byte ^ 1 : byte)) }),
        ["ciphertext", "decryption", "content"],
      ],
      [
        "another data key",
        (g) => ({ ...g, opening: { ...g.opening, dataKey: g.opening.dataKey.map((byte) => byte ^ 1) } }),
        ["decryption", "content"],
      ],
      [
        "another content salt",
        (g) => ({ ...g, opening: { ...g.opening, contentSalt: flip(g.opening.contentSalt) } }),
        ["content"],
      ],
      ["a malformed content salt", (g) => ({ ...g, opening: { ...g.opening, contentSalt: "0x12" } }), ["content"]],
      [
        "another sensitivity salt",
        (g) => ({ ...g, opening: { ...g.opening, sensitivitySalt: flip(g.opening.sensitivitySalt) } }),
        ["sensitivity"],
      ],
      ["a hidden sensitivity", (g) => ({ ...g, opening: { ...g.opening, sensitivities: [] } }), ["sensitivity"]],
    ];
    for (const [name, change, failures] of cases) {
      it(`names what fails for ${name}`, async () => {
        const answer = await verifyRecord(change(await sealed()));
        expect(answer.failures).to.have.members(failures);
        expect(answer.failures.length).to.equal(failures.length);
        expect(answer.valid).to.equal(false);
      });
    }

    it("finds a content changed by one who holds the key", async () => {
      const given = await sealed();
      const forged = await encryptRecord(content.replace("final", "amended"), seededRandom("forger").bytes);
      const answer = await verifyRecord({
        ...given,
        ciphertext: forged.ciphertext,
        opening: { ...given.opening, dataKey: forged.dataKey },
      });
      expect(answer.failures).to.have.members(["ciphertext", "content"]);
    });
  });

  describe("dataPeriod", () => {
    const at = (text: string): number => Date.parse(text) / 1000;

    it("throws ResourceError for what is no FHIR date, without quoting it", () => {
      for (const bad of ["yesterday", "2020-13", "2020-01-01T00:00", 5, null, "20200101"]) {
        const resource = { resourceType: "Observation", effectiveDateTime: bad };
        expect(() => dataPeriod(resource), String(bad)).to.throw(
          ResourceError,
          /^The resource's effectiveDateTime is no/,
        );
      }
      expect(() => dataPeriod({ resourceType: "Encounter", period: {} })).to.throw(ResourceError, "period");
    });

    const cases: [string, Record<string, unknown>, string, string][] = [
      [
        "an instant",
        { effectiveDateTime: "2020-02-03T04:05:06+01:00" },
        "2020-02-03T03:05:06Z",
        "2020-02-03T03:05:06Z",
      ],
      [
        "a fraction of a second",
        { effectiveInstant: "2020-02-03T04:05:06.999Z" },
        "2020-02-03T04:05:06Z",
        "2020-02-03T04:05:06Z",
      ],
      ["a day", { recordedDate: "2020-02-29" }, "2020-02-29T00:00:00Z", "2020-02-29T23:59:59Z"],
      ["a month", { date: "2020-02" }, "2020-02-01T00:00:00Z", "2020-02-29T23:59:59Z"],
      ["a year", { date: "2020" }, "2020-01-01T00:00:00Z", "2020-12-31T23:59:59Z"],
      ["a period", { period: { start: "2020-01-01", end: "2020-03" } }, "2020-01-01T00:00:00Z", "2020-03-31T23:59:59Z"],
      [
        "a period that goes on",
        { period: { start: "2020-01-01T00:00:00Z" } },
        "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z",
      ],
      [
        "a period of unknown start",
        { period: { end: "2020-01-01T00:00:00Z" } },
        "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z",
      ],
      [
        "an onset and its end",
        { onsetDateTime: "2020-01-01T00:00:00Z", abatementDateTime: "2021-01-01T00:00:00Z" },
        "2020-01-01T00:00:00Z",
        "2021-01-01T00:00:00Z",
      ],
      [
        "the time of the event before that of the record",
        { issued: "2022-01-01T00:00:00Z", effectiveDateTime: "2020-01-01T00:00:00Z" },
        "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z",
      ],
      [
        "a period from before 1970",
        { period: { start: "1960", end: "1980" } },
        "1970-01-01T00:00:00Z",
        "1980-12-31T23:59:59Z",
      ],
      ["a day before 1970", { date: "1960-05-05" }, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"],
      [
        "an end before its start",
        { period: { start: "2020", end: "2010" } },
        "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z",
      ],
    ];
    for (const [name, elements, from, until] of cases) {
      it(`reads ${name}`, () => {
        expect(dataPeriod({ resourceType: "Observation", ...elements })).to.deep.equal({
          dataFrom: at(from),
          dataUntil: at(until),
        });
      });
    }

    it("is unknown without an element that tells, and never the birth date", () => {
      expect(dataPeriod({ resourceType: "Patient", birthDate: "2008-01-01" })).to.deep.equal({
        dataFrom: 0,
        dataUntil: 0,
      });
    });
  });
});
