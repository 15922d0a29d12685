import { admitted, CLINICIAN, GATEWAY, HOSPITAL, INSTITUTE, RESEARCHER } from "../support/members.ts";
import { anchored, indexed, record, recordKey, recordLeaf } from "../support/records.ts";
import { logOf, type TestCase } from "../support/TestCase.ts";
import { DAY, emit, hash, T, wallet, YEAR } from "../support/values.ts";

const patient = wallet("patient");
const records = [
  record(patient, 0, { retentionUntil: T + DAY, dataFrom: 1_600_000_000 }),
  record(wallet("second patient"), 1, { category: "genomics", level: 3 }),
  record(patient, 2, { category: "claims", level: 0, retentionUntil: T + YEAR }),
] as const;
const [leaf, otherLeaf, lastLeaf] = [recordLeaf(records[0]), recordLeaf(records[1]), recordLeaf(records[2])];
const event = (name: string, ...values: unknown[]) => emit("RecordRegistry", name, ...values);

export const recordRegistryCases: TestCase[] = [
  {
    name: "recordRegistry: batches, records, corrections, retention and destruction",
    chapters: [
      {
        shows: "a batch by its root alone makes no records",
        blocks: [{ timestamp: T, events: [...admitted(), anchored("large", 1000, T + YEAR), anchored("endless", 1)] }],
        assertions: [
          {
            query: `{ batches(orderBy: count) { id root count retentionUntil manifest anchoredAt anchoredBy published destroyedAt remaining
          custodian { number } } records { id } }`,
            expected: {
              batches: [
                {
                  id: hash("endless"),
                  root: hash("root of endless"),
                  count: 1,
                  retentionUntil: null,
                  manifest: hash("manifest of endless"),
                  anchoredAt: `${T}`,
                  anchoredBy: GATEWAY,
                  published: false,
                  destroyedAt: null,
                  remaining: 1,
                  custodian: { number: HOSPITAL },
                },
                {
                  id: hash("large"),
                  root: hash("root of large"),
                  count: 1000,
                  retentionUntil: `${T + YEAR}`,
                  manifest: hash("manifest of large"),
                  anchoredAt: `${T}`,
                  anchoredBy: GATEWAY,
                  published: false,
                  destroyedAt: null,
                  remaining: 1000,
                  custodian: { number: HOSPITAL },
                },
              ],
              records: [],
            },
          },
          {
            query: `{ batchAnchoreds(where: { count: 1 }) { batch { id } custodian { number } count by } }`,
            expected: {
              batchAnchoreds: [
                { batch: { id: hash("endless") }, custodian: { number: HOSPITAL }, count: 1, by: GATEWAY },
              ],
            },
          },
        ],
      },
      {
        shows: "published records are found by their leaves, with their public facts",
        blocks: [{ timestamp: T + 10, events: [...indexed("batch", [...records])] }],
        assertions: [
          {
            query: `{ batch(id: "${hash("batch")}") { published records(orderBy: position) {
          id leaf patient { id } custodian { number } commitment category level position dataFrom dataUntil retentionUntil
          supersededAt destroyedAt
        } } }`,
            expected: {
              batch: {
                published: true,
                records: [
                  {
                    id: recordKey("batch", leaf),
                    leaf,
                    patient: { id: patient },
                    custodian: { number: HOSPITAL },
                    commitment: records[0].commitment,
                    category: "LABS",
                    level: 2,
                    position: 0,
                    dataFrom: "1600000000",
                    dataUntil: "1700000000",
                    retentionUntil: `${T + DAY}`,
                    supersededAt: null,
                    destroyedAt: null,
                  },
                  {
                    id: recordKey("batch", otherLeaf),
                    leaf: otherLeaf,
                    patient: { id: wallet("second patient") },
                    custodian: { number: HOSPITAL },
                    commitment: records[1].commitment,
                    category: "GENOMICS",
                    level: 3,
                    position: 1,
                    dataFrom: null,
                    dataUntil: "1700000000",
                    retentionUntil: null,
                    supersededAt: null,
                    destroyedAt: null,
                  },
                  {
                    id: recordKey("batch", lastLeaf),
                    leaf: lastLeaf,
                    patient: { id: patient },
                    custodian: { number: HOSPITAL },
                    commitment: records[2].commitment,
                    category: "CLAIMS",
                    level: 0,
                    position: 2,
                    dataFrom: null,
                    dataUntil: "1700000000",
                    retentionUntil: `${T + YEAR}`,
                    supersededAt: null,
                    destroyedAt: null,
                  },
                ],
              },
            },
          },
          {
            query: `{ recordsIndexeds { batch { id } custodian { number } count } patient(id: "${patient}") { records { position } } }`,
            expected: {
              recordsIndexeds: [{ batch: { id: hash("batch") }, custodian: { number: HOSPITAL }, count: 3 }],
              patient: { records: [{ position: 0 }, { position: 2 }] },
            },
          },
        ],
      },
      {
        shows: "a failed verification is logged, and makes no record of a leaf that none is known of",
        blocks: [
          {
            timestamp: T + 20,
            events: [
              event("VerificationFailed", hash("batch"), leaf, INSTITUTE, hash("evidence"), RESEARCHER),
              event("VerificationFailed", hash("batch"), hash("made up"), HOSPITAL, hash("evidence"), CLINICIAN),
            ],
          },
        ],
        assertions: [
          {
            query: `{ verificationFaileds(orderBy: id) { id batch { id } leaf record { position } reporter { number } evidenceHash by }
          record(id: "${recordKey("batch", leaf)}") { failedVerifications { id } } records { position } }`,
            expected: {
              verificationFaileds: [
                {
                  id: logOf(3, 0),
                  batch: { id: hash("batch") },
                  leaf,
                  record: { position: 0 },
                  reporter: { number: INSTITUTE },
                  evidenceHash: hash("evidence"),
                  by: RESEARCHER,
                },
                {
                  id: logOf(3, 1),
                  batch: { id: hash("batch") },
                  leaf: hash("made up"),
                  record: null,
                  reporter: { number: HOSPITAL },
                  evidenceHash: hash("evidence"),
                  by: CLINICIAN,
                },
              ],
              record: { failedVerifications: [{ id: logOf(3, 0) }] },
              records: [{ position: 0 }, { position: 1 }, { position: 2 }],
            },
          },
        ],
      },
      {
        shows: "a corrected record names its successor, published or not",
        blocks: [
          { timestamp: T + 30, events: [anchored("later", 5)] },
          {
            timestamp: T + 40,
            events: [
              event(
                "RecordSuperseded",
                hash("batch"),
                leaf,
                patient,
                hash("later"),
                hash("successor"),
                hash("reason"),
                GATEWAY,
              ),
              event(
                "RecordSuperseded",
                hash("later"),
                hash("successor"),
                patient,
                hash("batch"),
                lastLeaf,
                hash("again"),
                GATEWAY,
              ),
            ],
          },
        ],
        assertions: [
          {
            query: `{ record(id: "${recordKey("batch", leaf)}") { level supersededAt successor {
          leaf batch { id } patient { id } custodian { number } category level retentionUntil supersededAt predecessors { leaf } successor { leaf }
        } } }`,
            expected: {
              record: {
                level: 2,
                supersededAt: `${T + 40}`,
                successor: {
                  leaf: hash("successor"),
                  batch: { id: hash("later") },
                  patient: { id: patient },
                  custodian: { number: HOSPITAL },
                  category: null,
                  level: null,
                  retentionUntil: null,
                  supersededAt: `${T + 40}`,
                  predecessors: [{ leaf }],
                  successor: { leaf: lastLeaf },
                },
              },
            },
          },
          {
            query: `{ recordSupersededs(orderBy: id) { record { leaf } successor { leaf } patient { id } reasonHash by } }`,
            expected: {
              recordSupersededs: [
                {
                  record: { leaf },
                  successor: { leaf: hash("successor") },
                  patient: { id: patient },
                  reasonHash: hash("reason"),
                  by: GATEWAY,
                },
                {
                  record: { leaf: hash("successor") },
                  successor: { leaf: lastLeaf },
                  patient: { id: patient },
                  reasonHash: hash("again"),
                  by: GATEWAY,
                },
              ],
            },
          },
        ],
      },
      {
        shows: "the end of a retention is the patient's limit, or else what the custodian said",
        blocks: [
          { timestamp: T + 50, events: [anchored("plain", 4)] },
          {
            timestamp: T + 60,
            events: [
              event(
                "RetentionLimited",
                hash("batch"),
                otherLeaf,
                wallet("second patient"),
                T + DAY,
                1,
                wallet("guardian"),
              ),
              event("RetentionLimited", hash("batch"), lastLeaf, patient, T + 2 * DAY, 1, patient),
              event("RetentionLimited", hash("plain"), hash("kept"), patient, T + 3 * DAY, 1, patient),
              event("RetentionLimited", hash("plain"), hash("lifted"), patient, T + 4 * DAY, 1, patient),
            ],
          },
          {
            timestamp: T + 70,
            events: [
              event("RetentionLimited", hash("batch"), lastLeaf, patient, 0, 2, patient),
              event("RetentionLimited", hash("plain"), hash("lifted"), patient, 0, 2, patient),
            ],
          },
        ],
        assertions: [
          {
            query: `{ published: records(where: { position_not: null }, orderBy: position) { retentionUntil retentionEnd }
          kept: record(id: "${recordKey("plain", hash("kept"))}") { retentionUntil retentionEnd patient { id } }
          lifted: record(id: "${recordKey("plain", hash("lifted"))}") { retentionUntil retentionEnd } }`,
            expected: {
              published: [
                { retentionUntil: `${T + DAY}`, retentionEnd: `${T + DAY}` },
                { retentionUntil: null, retentionEnd: `${T + DAY}` },
                { retentionUntil: `${T + YEAR}`, retentionEnd: `${T + YEAR}` },
              ],
              kept: { retentionUntil: null, retentionEnd: `${T + 3 * DAY}`, patient: { id: patient } },
              lifted: { retentionUntil: null, retentionEnd: null },
            },
          },
          {
            query: `{ retentionLimiteds(where: { record: "${recordKey("batch", lastLeaf)}" }, orderBy: nonce) {
          record { leaf } patient { id } until nonce by } byGuardian: retentionLimiteds(where: { by: "${wallet("guardian")}" }) { until } }`,
            expected: {
              retentionLimiteds: [
                {
                  record: { leaf: lastLeaf },
                  patient: { id: patient },
                  until: `${T + 2 * DAY}`,
                  nonce: "1",
                  by: patient,
                },
                { record: { leaf: lastLeaf }, patient: { id: patient }, until: null, nonce: "2", by: patient },
              ],
              byGuardian: [{ until: `${T + DAY}` }],
            },
          },
        ],
      },
      {
        shows: "destructions are attested one by one or for the whole batch",
        blocks: [
          { timestamp: T + 80, events: [anchored("second", 2, T + DAY)] },
          {
            timestamp: T + 90,
            events: [
              event("RecordDestroyed", hash("batch"), leaf, patient, hash("evidence"), GATEWAY),
              event("RecordDestroyed", hash("second"), hash("unpublished"), patient, hash("evidence"), GATEWAY),
            ],
          },
          {
            timestamp: T + 100,
            events: [
              event("BatchDestroyed", hash("second"), HOSPITAL, hash("all"), GATEWAY),
              event("RecordDestroyed", hash("second"), hash("again"), patient, hash("evidence"), GATEWAY),
            ],
          },
        ],
        assertions: [
          {
            query: `{ batches(orderBy: count) { count destroyedAt destructionEvidenceHash remaining
          records(where: { destroyedAt_not: null }, orderBy: destroyedAt) { leaf destroyedAt destructionEvidenceHash } } }`,
            expected: {
              batches: [
                { count: 1, destroyedAt: null, destructionEvidenceHash: null, remaining: 1, records: [] },
                {
                  count: 2,
                  destroyedAt: `${T + 100}`,
                  destructionEvidenceHash: hash("all"),
                  remaining: 0,
                  records: [
                    { leaf: hash("unpublished"), destroyedAt: `${T + 90}`, destructionEvidenceHash: hash("evidence") },
                    { leaf: hash("again"), destroyedAt: `${T + 100}`, destructionEvidenceHash: hash("evidence") },
                  ],
                },
                {
                  count: 3,
                  destroyedAt: null,
                  destructionEvidenceHash: null,
                  remaining: 2,
                  records: [{ leaf, destroyedAt: `${T + 90}`, destructionEvidenceHash: hash("evidence") }],
                },
                { count: 4, destroyedAt: null, destructionEvidenceHash: null, remaining: 4, records: [] },
                { count: 5, destroyedAt: null, destructionEvidenceHash: null, remaining: 5, records: [] },
                { count: 1000, destroyedAt: null, destructionEvidenceHash: null, remaining: 1000, records: [] },
              ],
            },
          },
          {
            query: `{ recordDestroyeds(where: { record_: { batch: "${hash("batch")}" } }) { record { leaf } patient { id } evidenceHash by }
          batchDestroyeds { batch { id } custodian { number } evidenceHash by } }`,
            expected: {
              recordDestroyeds: [
                { record: { leaf }, patient: { id: patient }, evidenceHash: hash("evidence"), by: GATEWAY },
              ],
              batchDestroyeds: [
                {
                  batch: { id: hash("second") },
                  custodian: { number: HOSPITAL },
                  evidenceHash: hash("all"),
                  by: GATEWAY,
                },
              ],
            },
          },
        ],
      },
    ],
  },
];
