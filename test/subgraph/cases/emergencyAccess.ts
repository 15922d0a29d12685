import { addressOf } from "../support/contracts.ts";
import { admitted, CLINICIAN, GATEWAY, HOSPITAL, INSPECTOR, INSTITUTE, REGULATOR } from "../support/members.ts";
import { anchored, record, recordLeaf } from "../support/records.ts";
import { logOf, type TestCase } from "../support/TestCase.ts";
import { DAY, emit, hash, NOBODY, T, wallet, ZERO } from "../support/values.ts";

const HOUR = 3_600;
const LABS = 1 << 3;
const GENOMICS = 1 << 9;
const LAPSED = 11;
const patient = wallet("patient");
const own = record(patient, 0);
const leaf = recordLeaf(own);
const id = hash("emergency");
const event = (name: string, ...values: unknown[]) => emit("EmergencyAccess", name, ...values);

const opened = (
  emergency: string,
  {
    named = true,
    categories = LABS,
    optedOut = GENOMICS,
  }: { named?: boolean; categories?: number; optedOut?: number } = {},
) =>
  event(
    "EmergencyOpened",
    ...[hash(emergency), named ? patient : NOBODY, HOSPITAL, named ? 0 : HOSPITAL],
    ...[named ? ZERO : hash("batch"), named ? ZERO : leaf],
    ...[categories, optedOut, T + 24 * HOUR, T + 72 * HOUR, hash("reason"), CLINICIAN],
  );

const delivered = event(
  "EmergencyDeliveryLogged",
  ...[id, patient, HOSPITAL, hash("batch"), leaf, own.meta, hash("ciphertext"), hash("evidence"), GATEWAY],
);

const query = `{ emergency(id: "${id}") {
  patient { id } institution { number } clinician { id } custodian { number } batch { id } leaf categories optedOut status
  openedAt until reviewUntil reasonHash noticedAt reviewedAt reviewedBy reviewer { number } reviewReasonHash lapsedAt deliveries receipts
  cases { id violation status }
} }`;

const kept = {
  patient: { id: patient },
  institution: { number: HOSPITAL },
  clinician: { id: CLINICIAN },
  custodian: null,
  batch: null,
  leaf: null,
  categories: ["LABS"],
  optedOut: ["GENOMICS"],
  status: "OPEN",
  openedAt: `${T}`,
  until: `${T + 24 * HOUR}`,
  reviewUntil: `${T + 72 * HOUR}`,
  reasonHash: hash("reason"),
  noticedAt: `${T}`,
  reviewedAt: null,
  reviewedBy: null,
  reviewer: null,
  reviewReasonHash: null,
  lapsedAt: null,
  deliveries: 0,
  receipts: 0,
  cases: [],
};

const accessId = `${id}${hash("batch").slice(2)}${leaf.slice(2)}`;

const accessQuery = `{ patient(id: "${patient}") { accesses(orderBy: deliveries, orderDirection: desc) {
  id request { id } emergency { id } batch { id } leaf custodian { number } category level consent { id } consentStatus guardianship { id }
  decision failedChecks decidedAt deliveredAt deliveries receivedAt receipts unmatched verified withinRequest } }
  emergencyDeliveryLoggeds { access { id } } emergencyReceiptLoggeds { access { id } } }`;

const handedOver = {
  id: accessId,
  request: null,
  emergency: { id },
  batch: { id: hash("batch") },
  leaf,
  custodian: { number: HOSPITAL },
  category: "LABS",
  level: 2,
  consent: null,
  consentStatus: "NONE",
  guardianship: null,
  decision: null,
  failedChecks: [],
  decidedAt: `${T}`,
  deliveredAt: `${T + 10}`,
  deliveries: 1,
  receivedAt: null,
  receipts: 0,
  unmatched: 1,
  verified: null,
  withinRequest: null,
};

const start = [...admitted(), anchored("batch", 4)];

export const emergencyAccessCases: TestCase[] = [
  {
    name: "emergencyAccess: xx",
    chapters: [
      {
        shows: "opened, delivered, received and found justified",
        blocks: [
          { timestamp: T, events: [...start, opened("emergency")] },
          {
            timestamp: T + 10,
            events: [
              delivered,
              event("EmergencyReceiptLogged", id, HOSPITAL, hash("batch"), leaf, hash("ciphertext"), true, CLINICIAN),
              event("EmergencyReviewed", id, true, hash("verdict"), REGULATOR, INSPECTOR),
            ],
          },
        ],
        assertions: [
          {
            query,
            expected: {
              emergency: {
                ...kept,
                status: "JUSTIFIED",
                reviewedAt: `${T + 10}`,
                reviewedBy: INSPECTOR,
                reviewer: { number: REGULATOR },
                reviewReasonHash: hash("verdict"),
                deliveries: 1,
                receipts: 1,
              },
            },
          },
          {
            query: `{ patient(id: "${patient}") { emergencies { id } emergencyOptOut }
          emergencyOpeneds { emergency { id } patient { id } institution { number } custodian { number } batch { id } leaf
            categories optedOut until reviewUntil reasonHash by }
          emergencyDeliveryLoggeds { id emergency { id } patient { id } custodian { number } recipient { number } batch { id } leaf
            category level ciphertextHash evidenceHash by }
          emergencyReceiptLoggeds { emergency { id } institution { number } batch leaf ciphertextHash verified by }
          emergencyRevieweds { emergency { id } justified reasonHash reviewer { number } by } suspendedActs { name }
          agentHours { agent { id } deliveries receipts } institutionDays { institution { number } emergencies deliveries } }`,
            expected: {
              patient: { emergencies: [{ id }], emergencyOptOut: [] },
              emergencyOpeneds: [
                {
                  emergency: { id },
                  patient: { id: patient },
                  institution: { number: HOSPITAL },
                  custodian: null,
                  batch: null,
                  leaf: null,
                  categories: ["LABS"],
                  optedOut: ["GENOMICS"],
                  until: `${T + 24 * HOUR}`,
                  reviewUntil: `${T + 72 * HOUR}`,
                  reasonHash: hash("reason"),
                  by: CLINICIAN,
                },
              ],
              emergencyDeliveryLoggeds: [
                {
                  id: logOf(2, 0),
                  emergency: { id },
                  patient: { id: patient },
                  custodian: { number: HOSPITAL },
                  recipient: { number: HOSPITAL },
                  batch: { id: hash("batch") },
                  leaf,
                  category: "LABS",
                  level: 2,
                  ciphertextHash: hash("ciphertext"),
                  evidenceHash: hash("evidence"),
                  by: GATEWAY,
                },
              ],
              emergencyReceiptLoggeds: [
                {
                  emergency: { id },
                  institution: { number: HOSPITAL },
                  batch: hash("batch"),
                  leaf,
                  ciphertextHash: hash("ciphertext"),
                  verified: true,
                  by: CLINICIAN,
                },
              ],
              emergencyRevieweds: [
                {
                  emergency: { id },
                  justified: true,
                  reasonHash: hash("verdict"),
                  reviewer: { number: REGULATOR },
                  by: INSPECTOR,
                },
              ],
              suspendedActs: [],
              agentHours: [
                { agent: { id: CLINICIAN }, deliveries: 0, receipts: 1 },
                { agent: { id: GATEWAY }, deliveries: 1, receipts: 0 },
              ],
              institutionDays: [{ institution: { number: HOSPITAL }, emergencies: 1, deliveries: 1 }],
            },
          },
          {
            query: accessQuery,
            expected: {
              patient: {
                accesses: [{ ...handedOver, receivedAt: `${T + 10}`, receipts: 1, unmatched: 0, verified: true }],
              },
              emergencyDeliveryLoggeds: [{ access: { id: accessId } }],
              emergencyReceiptLoggeds: [{ access: { id: accessId } }],
            },
          },
        ],
      },
      {
        shows: "each end's log alone shows as unmatched, of a person not identified too",
        blocks: [
          { timestamp: T, events: [...start, opened("emergency", { named: false, optedOut: 0 }), opened("second")] },
          {
            timestamp: T + 10,
            events: [
              delivered,
              event(
                "EmergencyReceiptLogged",
                hash("second"),
                HOSPITAL,
                hash("nothing"),
                leaf,
                hash("x"),
                false,
                CLINICIAN,
              ),
            ],
          },
        ],
        assertions: [
          {
            query: accessQuery,
            expected: {
              patient: {
                accesses: [
                  handedOver,
                  {
                    ...handedOver,
                    id: `${hash("second")}${hash("nothing").slice(2)}${leaf.slice(2)}`,
                    emergency: { id: hash("second") },
                    batch: null,
                    custodian: null,
                    category: null,
                    level: null,
                    deliveredAt: null,
                    deliveries: 0,
                    receivedAt: `${T + 10}`,
                    receipts: 1,
                    unmatched: -1,
                    verified: false,
                  },
                ],
              },
              emergencyDeliveryLoggeds: [{ access: { id: accessId } }],
              emergencyReceiptLoggeds: [
                { access: { id: `${hash("second")}${hash("nothing").slice(2)}${leaf.slice(2)}` } },
              ],
            },
          },
        ],
      },
      {
        shows: "an unidentified person is named later, which is the notice",
        blocks: [
          { timestamp: T, events: [...start, opened("emergency", { named: false, optedOut: 0 })] },
          { timestamp: T + 10, events: [event("EmergencyPatientBound", id, patient, HOSPITAL, GATEWAY)] },
          { timestamp: T + 20, events: [opened("second", { named: false, optedOut: 0 })] },
        ],
        assertions: [
          {
            query,
            expected: {
              emergency: {
                ...kept,
                custodian: { number: HOSPITAL },
                batch: { id: hash("batch") },
                leaf,
                optedOut: [],
                noticedAt: `${T + 10}`,
              },
            },
          },
          {
            query: `{ emergencies(where: { noticedAt: null }) { id patient { id } }
          emergencyPatientBounds { emergency { id } patient { id } custodian { number } by } }`,
            expected: {
              emergencies: [{ id: hash("second"), patient: null }],
              emergencyPatientBounds: [
                { emergency: { id }, patient: { id: patient }, custodian: { number: HOSPITAL }, by: GATEWAY },
              ],
            },
          },
        ],
      },
      {
        shows: "a lapse leads to a case, an unjustified one is found",
        blocks: [
          { timestamp: T, events: [...start, opened("emergency"), opened("unjustified")] },
          {
            timestamp: T + 72 * HOUR,
            events: [
              event("EmergencyReviewed", hash("unjustified"), false, hash("verdict"), REGULATOR, INSPECTOR),
              event("EmergencyLapsed", id, wallet("anyone")),
              emit(
                "Supervision",
                "ViolationReported",
                ...[id, HOSPITAL, 0, LAPSED, id, ZERO, ZERO, addressOf("EmergencyAccess")],
              ),
              emit("Supervision", "CaseDecided", id, HOSPITAL, true, 0, 0, T + 100 * DAY, id, 0, NOBODY),
            ],
          },
        ],
        assertions: [
          {
            query,
            expected: {
              emergency: {
                ...kept,
                status: "LAPSED",
                lapsedAt: `${T + 72 * HOUR}`,
                cases: [{ id, violation: "EMERGENCY_LAPSED", status: "UPHELD" }],
              },
            },
          },
          {
            query: `{ emergencies(where: { status: UNJUSTIFIED }) { id reviewedBy } emergencyLapseds { emergency { id } by }
          case(id: "${id}") { emergency { id } reporter { number } reportedBy decider { number } decidedBy evidenceHash }
          caseDecideds { decider { number } by suspendedUntil } }`,
            expected: {
              emergencies: [{ id: hash("unjustified"), reviewedBy: INSPECTOR }],
              emergencyLapseds: [{ emergency: { id }, by: wallet("anyone") }],
              case: {
                emergency: { id },
                reporter: null,
                reportedBy: addressOf("EmergencyAccess"),
                decider: null,
                decidedBy: null,
                evidenceHash: id,
              },
              caseDecideds: [{ decider: null, by: null, suspendedUntil: null }],
            },
          },
        ],
      },
      {
        shows: "an opt-out holds as last set, and refuses",
        blocks: [
          {
            timestamp: T,
            events: [
              ...start,
              event("OptOutSet", patient, LABS | GENOMICS, 1, patient),
              event("OptOutSet", patient, GENOMICS, 2, wallet("guardian")),
              opened("emergency", { categories: 0 }),
            ],
          },
        ],
        assertions: [
          { query, expected: { emergency: { ...kept, categories: [], status: "REFUSED" } } },
          {
            query: `{ patient(id: "${patient}") { emergencyOptOut } optOutSets(where: { nonce: 1 }) { patient { id } categories nonce by } }`,
            expected: {
              patient: { emergencyOptOut: ["GENOMICS"] },
              optOutSets: [{ patient: { id: patient }, categories: ["LABS", "GENOMICS"], nonce: "1", by: patient }],
            },
          },
        ],
      },
      {
        shows: "acts of a member out of standing are findings",
        blocks: [
          {
            timestamp: T,
            events: [
              ...start,
              opened("emergency", { named: false }),
              emit(
                "InstitutionRegistry",
                "InstitutionSuspended",
                HOSPITAL,
                T + DAY,
                hash("reason"),
                wallet("supervision"),
              ),
            ],
          },
          {
            timestamp: T + 10,
            events: [
              opened("second"),
              delivered,
              event("EmergencyPatientBound", id, patient, HOSPITAL, GATEWAY),
              event("EmergencyReceiptLogged", id, HOSPITAL, hash("batch"), leaf, hash("ciphertext"), false, CLINICIAN),
              event("EmergencyReviewed", id, true, hash("verdict"), HOSPITAL, CLINICIAN),
              event("EmergencyReviewed", hash("second"), true, hash("verdict"), INSTITUTE, INSPECTOR),
            ],
          },
        ],
        assertions: [
          {
            query: `{ suspendedActs(orderBy: name) { name institution { number } } }`,
            expected: {
              suspendedActs: [
                "EmergencyDeliveryLogged",
                "EmergencyOpened",
                "EmergencyPatientBound",
                "EmergencyReceiptLogged",
                "EmergencyReviewed",
              ].map((name) => ({ name, institution: { number: HOSPITAL } })),
            },
          },
        ],
      },
      {
        shows: "the rules are as last set",
        blocks: [
          {
            timestamp: T,
            events: [
              event("EmergencyRulesChanged", 1, 2, HOUR, wallet("deployer")),
              emit("EmergencyAccess", "AuthorityUpdated", addressOf("AccessManager")),
            ],
          },
          { timestamp: T + 10, events: [event("EmergencyRulesChanged", 3, 4, 2 * HOUR, wallet("rules"))] },
        ],
        assertions: [
          {
            query: `{ emergencyRules { id defaultDuration maxDuration reviewWindow since }
          emergencyRulesChangeds(where: { by: "${wallet("deployer")}" }) { defaultDuration maxDuration reviewWindow } }`,
            expected: {
              emergencyRules: [
                {
                  id: addressOf("EmergencyAccess"),
                  defaultDuration: "3",
                  maxDuration: "4",
                  reviewWindow: `${2 * HOUR}`,
                  since: `${T + 10}`,
                },
              ],
              emergencyRulesChangeds: [{ defaultDuration: "1", maxDuration: "2", reviewWindow: `${HOUR}` }],
            },
          },
        ],
      },
    ],
  },
];
