import type { Address } from "viem";
import { addressOf } from "../support/contracts.ts";
import type { Emitted } from "../support/encodeEvent.ts";
import { admitted, CLINICIAN, GATEWAY, HOSPITAL, INSPECTOR, INSTITUTE, REGULATOR } from "../support/members.ts";
import { anchored, record, recordLeaf } from "../support/records.ts";
import { logOf, type TestCase } from "../support/TestCase.ts";
import { concat, DAY, emit, hash, NOBODY, T, wallet, ZERO } from "../support/values.ts";

const day = (number: number): number => T + number * DAY;
const HOUR = 3_600;
const LABS = 1 << 3;
const GENOMICS = 1 << 9;
const LAPSED = 11;
const patient = wallet("patient");
const own = record(patient, 0);
const leaf = recordLeaf(own);
const named = wallet("patient named later");
const stranger = wallet("patient never named");
const event = (name: string, ...values: unknown[]) => emit("EmergencyAccess", name, ...values);

type OpenedOptions = { at?: number; of?: Address; categories?: number; optedOut?: number };

/** An emergency is named; its id is what the name makes. One of nobody is of a person not identified. */
function opened(emergency: string, options: OpenedOptions = {}): Emitted {
  const { at = T, of = patient, categories = LABS, optedOut = GENOMICS } = options;
  const isNamed = of !== NOBODY;
  return event(
    "EmergencyOpened",
    ...[hash(emergency), of, HOSPITAL, isNamed ? 0 : HOSPITAL],
    ...[isNamed ? ZERO : hash("batch"), isNamed ? ZERO : leaf],
    ...[categories, optedOut, at + 24 * HOUR, at + 72 * HOUR, hash("reason"), CLINICIAN],
  );
}

function delivered(emergency: string, of: Address): Emitted {
  return event(
    "EmergencyDeliveryLogged",
    ...[hash(emergency), of, HOSPITAL, hash("batch"), leaf, own.meta, hash("ciphertext"), hash("evidence"), GATEWAY],
  );
}

const ask = (emergency: string): string => `{ emergency(id: "${hash(emergency)}") {
  patient { id } institution { number } clinician { id } custodian { number } batch { id } leaf categories optedOut status
  openedAt until reviewUntil reasonHash noticedAt reviewedAt reviewedBy reviewer { number } reviewReasonHash lapsedAt deliveries receipts
  cases { id violation status }
} }`;

const keptFrom = (at: number) => ({
  patient: { id: patient },
  institution: { number: HOSPITAL },
  clinician: { id: CLINICIAN },
  custodian: null,
  batch: null,
  leaf: null,
  categories: ["LABS"],
  optedOut: ["GENOMICS"],
  status: "OPEN",
  openedAt: `${at}`,
  until: `${at + 24 * HOUR}`,
  reviewUntil: `${at + 72 * HOUR}`,
  reasonHash: hash("reason"),
  noticedAt: `${at}`,
  reviewedAt: null,
  reviewedBy: null,
  reviewer: null,
  reviewReasonHash: null,
  lapsedAt: null,
  deliveries: 0,
  receipts: 0,
  cases: [],
});

const accessOf = (emergency: string, batch = "batch"): string => concat(hash(emergency), hash(batch), leaf);

function askAccesses(of: Address, ...emergencies: string[]): string {
  const those = `where: { emergency_in: ${JSON.stringify(emergencies.map(hash))} }`;
  return `{ patient(id: "${of}") { accesses(orderBy: deliveries, orderDirection: desc) {
  id request { id } emergency { id } batch { id } leaf custodian { number } category level consent { id } consentStatus guardianship { id }
  decision failedChecks decidedAt deliveredAt deliveries receivedAt receipts unmatched verified withinRequest } }
  emergencyDeliveryLoggeds(${those}) { access { id } } emergencyReceiptLoggeds(${those}) { access { id } } }`;
}

const handedOver = (emergency: string, at: number) => ({
  id: accessOf(emergency),
  request: null,
  emergency: { id: hash(emergency) },
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
  decidedAt: `${at}`,
  deliveredAt: `${at + 10}`,
  deliveries: 1,
  receivedAt: null,
  receipts: 0,
  unmatched: 1,
  verified: null,
  withinRequest: null,
});

const start = [...admitted(), anchored("batch", 4)];

export const emergencyAccessCases: TestCase[] = [
  {
    name: "emergencyAccess: openings, deliveries, names, reviews, opt-outs, findings and rules",
    chapters: [
      {
        shows: "opened, delivered, received and found justified",
        blocks: [
          { timestamp: T, events: [...start, opened("emergency")] },
          {
            timestamp: T + 10,
            events: [
              delivered("emergency", patient),
              event(
                "EmergencyReceiptLogged",
                hash("emergency"),
                HOSPITAL,
                hash("batch"),
                leaf,
                hash("ciphertext"),
                true,
                CLINICIAN,
              ),
              event("EmergencyReviewed", hash("emergency"), true, hash("verdict"), REGULATOR, INSPECTOR),
            ],
          },
        ],
        assertions: [
          {
            query: ask("emergency"),
            expected: {
              emergency: {
                ...keptFrom(T),
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
              patient: { emergencies: [{ id: hash("emergency") }], emergencyOptOut: [] },
              emergencyOpeneds: [
                {
                  emergency: { id: hash("emergency") },
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
                  emergency: { id: hash("emergency") },
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
                  emergency: { id: hash("emergency") },
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
                  emergency: { id: hash("emergency") },
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
            query: askAccesses(patient, "emergency"),
            expected: {
              patient: {
                accesses: [
                  { ...handedOver("emergency", T), receivedAt: `${T + 10}`, receipts: 1, unmatched: 0, verified: true },
                ],
              },
              emergencyDeliveryLoggeds: [{ access: { id: accessOf("emergency") } }],
              emergencyReceiptLoggeds: [{ access: { id: accessOf("emergency") } }],
            },
          },
        ],
      },
      {
        shows: "an unidentified person is named later, which is the notice",
        blocks: [
          { timestamp: day(1), events: [opened("named later", { at: day(1), of: NOBODY, optedOut: 0 })] },
          {
            timestamp: day(1) + 10,
            events: [event("EmergencyPatientBound", hash("named later"), named, HOSPITAL, GATEWAY)],
          },
          { timestamp: day(1) + 20, events: [opened("never named", { at: day(1) + 20, of: NOBODY, optedOut: 0 })] },
        ],
        assertions: [
          {
            query: ask("named later"),
            expected: {
              emergency: {
                ...keptFrom(day(1)),
                patient: { id: named },
                custodian: { number: HOSPITAL },
                batch: { id: hash("batch") },
                leaf,
                optedOut: [],
                noticedAt: `${day(1) + 10}`,
              },
            },
          },
          {
            query: `{ emergencies(where: { noticedAt: null }) { id patient { id } }
          emergencyPatientBounds { emergency { id } patient { id } custodian { number } by } }`,
            expected: {
              emergencies: [{ id: hash("never named"), patient: null }],
              emergencyPatientBounds: [
                {
                  emergency: { id: hash("named later") },
                  patient: { id: named },
                  custodian: { number: HOSPITAL },
                  by: GATEWAY,
                },
              ],
            },
          },
        ],
      },
      {
        shows: "each end's log alone shows as unmatched, of a person not identified too",
        blocks: [
          {
            timestamp: day(2),
            events: [
              opened("handed over", { at: day(2), of: NOBODY, optedOut: 0 }),
              opened("only received", { at: day(2), of: stranger }),
            ],
          },
          {
            timestamp: day(2) + 10,
            events: [
              delivered("handed over", stranger),
              event(
                "EmergencyReceiptLogged",
                hash("only received"),
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
            query: askAccesses(stranger, "handed over", "only received"),
            expected: {
              patient: {
                accesses: [
                  handedOver("handed over", day(2)),
                  {
                    ...handedOver("handed over", day(2)),
                    id: accessOf("only received", "nothing"),
                    emergency: { id: hash("only received") },
                    batch: null,
                    custodian: null,
                    category: null,
                    level: null,
                    deliveredAt: null,
                    deliveries: 0,
                    receivedAt: `${day(2) + 10}`,
                    receipts: 1,
                    unmatched: -1,
                    verified: false,
                  },
                ],
              },
              emergencyDeliveryLoggeds: [{ access: { id: accessOf("handed over") } }],
              emergencyReceiptLoggeds: [{ access: { id: accessOf("only received", "nothing") } }],
            },
          },
        ],
      },
      {
        shows: "a lapse leads to a case, an unjustified one is found",
        blocks: [
          { timestamp: day(3), events: [opened("lapsed", { at: day(3) }), opened("unjustified", { at: day(3) })] },
          {
            timestamp: day(3) + 72 * HOUR,
            events: [
              event("EmergencyReviewed", hash("unjustified"), false, hash("verdict"), REGULATOR, INSPECTOR),
              event("EmergencyLapsed", hash("lapsed"), wallet("anyone")),
              emit(
                "Supervision",
                "ViolationReported",
                ...[hash("lapsed"), HOSPITAL, 0, LAPSED, hash("lapsed"), ZERO, ZERO, addressOf("EmergencyAccess")],
              ),
              emit(
                "Supervision",
                "CaseDecided",
                hash("lapsed"),
                HOSPITAL,
                true,
                0,
                0,
                day(3) + 100 * DAY,
                hash("lapsed"),
                0,
                NOBODY,
              ),
            ],
          },
        ],
        assertions: [
          {
            query: ask("lapsed"),
            expected: {
              emergency: {
                ...keptFrom(day(3)),
                status: "LAPSED",
                lapsedAt: `${day(3) + 72 * HOUR}`,
                cases: [{ id: hash("lapsed"), violation: "EMERGENCY_LAPSED", status: "UPHELD" }],
              },
            },
          },
          {
            query: `{ emergencies(where: { status: UNJUSTIFIED }) { id reviewedBy } emergencyLapseds { emergency { id } by }
          case(id: "${hash("lapsed")}") { emergency { id } reporter { number } reportedBy decider { number } decidedBy evidenceHash }
          caseDecideds { decider { number } by suspendedUntil } }`,
            expected: {
              emergencies: [{ id: hash("unjustified"), reviewedBy: INSPECTOR }],
              emergencyLapseds: [{ emergency: { id: hash("lapsed") }, by: wallet("anyone") }],
              case: {
                emergency: { id: hash("lapsed") },
                reporter: null,
                reportedBy: addressOf("EmergencyAccess"),
                decider: null,
                decidedBy: null,
                evidenceHash: hash("lapsed"),
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
            timestamp: day(7),
            events: [
              event("OptOutSet", patient, LABS | GENOMICS, 1, patient),
              event("OptOutSet", patient, GENOMICS, 2, wallet("guardian")),
              opened("refused", { at: day(7), categories: 0 }),
            ],
          },
        ],
        assertions: [
          {
            query: ask("refused"),
            expected: { emergency: { ...keptFrom(day(7)), categories: [], status: "REFUSED" } },
          },
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
            timestamp: day(8),
            events: [
              opened("unnamed", { at: day(8), of: NOBODY }),
              emit(
                "InstitutionRegistry",
                "InstitutionSuspended",
                HOSPITAL,
                day(8) + DAY,
                hash("reason"),
                wallet("supervision"),
              ),
            ],
          },
          {
            timestamp: day(8) + 10,
            events: [
              opened("meanwhile", { at: day(8) + 10 }),
              delivered("unnamed", patient),
              event("EmergencyPatientBound", hash("unnamed"), patient, HOSPITAL, GATEWAY),
              event(
                "EmergencyReceiptLogged",
                hash("unnamed"),
                HOSPITAL,
                hash("batch"),
                leaf,
                hash("ciphertext"),
                false,
                CLINICIAN,
              ),
              event("EmergencyReviewed", hash("unnamed"), true, hash("verdict"), HOSPITAL, CLINICIAN),
              event("EmergencyReviewed", hash("meanwhile"), true, hash("verdict"), INSTITUTE, INSPECTOR),
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
            timestamp: day(10),
            events: [
              event("EmergencyRulesChanged", 1, 2, HOUR, wallet("deployer")),
              emit("EmergencyAccess", "AuthorityUpdated", addressOf("AccessManager")),
            ],
          },
          { timestamp: day(10) + 10, events: [event("EmergencyRulesChanged", 3, 4, 2 * HOUR, wallet("rules"))] },
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
                  since: `${day(10) + 10}`,
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
