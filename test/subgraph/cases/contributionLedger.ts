import { accessKey, decided, delivered } from "../support/access.ts";
import { admitted, CLINICIAN, HOSPITAL, INSPECTOR, INSTITUTE, OPERATOR, REGULATOR } from "../support/members.ts";
import { anchored, indexed, record, recordLeaf } from "../support/records.ts";
import { logOf, type TestBlock, type TestCase } from "../support/TestCase.ts";
import { addressOf } from "../support/contracts.ts";
import { DAY, emit, hash, institutionKey, T, wallet, ZERO } from "../support/values.ts";

const LEAK = 7;
const patient = wallet("patient");
const first = record(patient, 0);
const second = record(patient, 1);
const other = record(patient, 0, { category: "diagnoses" });
const event = (name: string, ...values: unknown[]) => emit("ContributionLedger", name, ...values);
const ledger = addressOf("ContributionLedger");

const rules = (thresholds: number[]) => event("ContributionRulesChanged", [3, 5, 2, 100, 10, 2, thresholds], OPERATOR);

/** The hospital delivers two published records and one of a batch of which only the root is known; then it loses a case. */
const story: TestBlock[] = [
  {
    timestamp: T,
    events: [
      rules([8, 20, 40, 80]),
      ...admitted(),
      ...indexed("batch", [first, second]),
      anchored("plain", 1),
      decided("request", first),
      decided("later", second),
      decided("root only", other, { batch: "plain" }),
    ],
  },
  {
    timestamp: T + 10,
    events: [
      delivered("request", first),
      delivered("later", second),
      delivered("root only", other, { batch: "plain" }),
    ],
  },
  {
    timestamp: T + 20,
    events: [
      credited("request", first, "batch", [true, true, 10, 10, 2]),
      credited("later", second, "batch", [false, true, 0, 10, 2]),
      credited("root only", other, "plain", [true, false, 8, 18, 2]),
    ],
  },
  {
    timestamp: T + 30,
    events: [
      emit(
        "Supervision",
        "ViolationReported",
        ...[hash("case"), HOSPITAL, INSTITUTE, LEAK, hash("evidence"), ZERO, ZERO, wallet("researcher")],
      ),
      emit(
        "Supervision",
        "CaseDecided",
        ...[hash("case"), HOSPITAL, true, 0, 0, T + DAY, hash("reason"), REGULATOR, INSPECTOR],
      ),
      event("PointsDeducted", hash("case"), HOSPITAL, 12, 12, 1),
    ],
  },
];

function credited(
  request: string,
  of: typeof first,
  batch: string,
  [accepted, published, points, earned, stars]: [boolean, boolean, number, number, number],
) {
  const leaf = recordLeaf(of);
  return event(
    "ContributionCredited",
    ...[HOSPITAL, hash(request), INSTITUTE, hash(batch), leaf],
    ...[accepted, published, points, earned, stars],
  );
}

const contribution = `contribution(id: "${institutionKey(HOSPITAL)}") {
  institution { number contribution { id } } earned deducted stars deliveries accepted
  credits(orderBy: id) { id } deductions { id } restorations { id }
}`;

const afterDeduction = {
  institution: { number: HOSPITAL, contribution: { id: institutionKey(HOSPITAL) } },
  earned: "18",
  deducted: "12",
  stars: 1,
  deliveries: 3,
  accepted: 2,
  credits: [{ id: logOf(3, 0) }, { id: logOf(3, 1) }, { id: logOf(3, 2) }],
  deductions: [{ id: logOf(4, 2) }],
  restorations: [],
};

export const contributionLedgerCases: TestCase[] = [
  {
    name: "contributions: credits, deductions and restorations",
    chapters: [
      {
        shows: "credits with their deliveries, and a case that deducts",
        blocks: story,
        assertions: [
          { query: `{ ${contribution} }`, expected: { contribution: afterDeduction } },
          {
            query: `{ contributionCrediteds(orderBy: id) { emitter custodian { number } recipient { number } batch { id published }
          access { id deliveryLogs { id } } accepted published points earned stars } }`,
            expected: {
              contributionCrediteds: [
                {
                  emitter: ledger,
                  custodian: { number: HOSPITAL },
                  recipient: { number: INSTITUTE },
                  batch: { id: hash("batch"), published: true },
                  access: { id: accessKey("request", first), deliveryLogs: [{ id: logOf(2, 0) }] },
                  ...{ accepted: true, published: true, points: "10", earned: "10", stars: 2 },
                },
                {
                  emitter: ledger,
                  custodian: { number: HOSPITAL },
                  recipient: { number: INSTITUTE },
                  batch: { id: hash("batch"), published: true },
                  access: { id: accessKey("later", second), deliveryLogs: [{ id: logOf(2, 1) }] },
                  ...{ accepted: false, published: true, points: "0", earned: "10", stars: 2 },
                },
                {
                  emitter: ledger,
                  custodian: { number: HOSPITAL },
                  recipient: { number: INSTITUTE },
                  batch: { id: hash("plain"), published: false },
                  access: { id: accessKey("root only", other, "plain"), deliveryLogs: [{ id: logOf(2, 2) }] },
                  ...{ accepted: true, published: false, points: "8", earned: "18", stars: 2 },
                },
              ],
            },
          },
          {
            query: `{ pointsDeducteds { case_ { id pointsDeducted pointsDeductedAt pointsRestoredAt } accused { number } contribution { id }
            points deducted stars }
          contributionRules { id delivery acceptance publication cap deduction deductionPerDay thresholds since }
          contributionRulesChangeds { delivery acceptance publication cap deduction deductionPerDay thresholds by } }`,
            expected: {
              pointsDeducteds: [
                {
                  case_: {
                    id: hash("case"),
                    pointsDeducted: "12",
                    pointsDeductedAt: `${T + 30}`,
                    pointsRestoredAt: null,
                  },
                  accused: { number: HOSPITAL },
                  contribution: { id: institutionKey(HOSPITAL) },
                  ...{ points: "12", deducted: "12", stars: 1 },
                },
              ],
              contributionRules: [{ id: ledger, ...shown(), since: `${T}` }],
              contributionRulesChangeds: [{ ...shown(), by: OPERATOR }],
            },
          },
          {
            query: `{ institution(id: "${institutionKey(INSTITUTE)}") { contribution { id } } }`,
            expected: { institution: { contribution: null } },
          },
        ],
      },
      {
        shows: "an appeal that was granted restores, and other rules change the stars of all at once",
        blocks: [
          {
            timestamp: T + 40,
            events: [
              emit("Supervision", "CaseAppealed", hash("case"), HOSPITAL, hash("grounds"), T + 30 * DAY, CLINICIAN),
              emit("Supervision", "AppealDecided", hash("case"), HOSPITAL, true, hash("reason"), REGULATOR, INSPECTOR),
              event("PointsRestored", hash("case"), HOSPITAL, 12, 0, 2),
            ],
          },
          {
            // More than it ever earned.
            timestamp: T + 50,
            events: [
              event("AuthorityUpdated", addressOf("AccessManager")),
              event("PointsDeducted", hash("case"), INSTITUTE, 7, 7, 1),
              rules([6, 18, 19, 20]),
            ],
          },
        ],
        assertions: [
          {
            query: `{ contributions(orderBy: id) { institution { number } earned deducted stars restorations { points } }
          pointsRestoreds { case_ { id pointsRestoredAt } accused { number } contribution { id } points deducted stars }
          contributionRules { thresholds since } }`,
            expected: {
              contributions: [
                {
                  institution: { number: HOSPITAL },
                  ...{ earned: "18", deducted: "0", stars: 3 },
                  restorations: [{ points: "12" }],
                },
                { institution: { number: INSTITUTE }, earned: "0", deducted: "7", stars: 1, restorations: [] },
              ],
              pointsRestoreds: [
                {
                  case_: { id: hash("case"), pointsRestoredAt: `${T + 40}` },
                  accused: { number: HOSPITAL },
                  contribution: { id: institutionKey(HOSPITAL) },
                  ...{ points: "12", deducted: "0", stars: 2 },
                },
              ],
              contributionRules: [{ thresholds: ["6", "18", "19", "20"], since: `${T + 50}` }],
            },
          },
        ],
      },
    ],
  },
];

function shown() {
  return {
    ...{ delivery: "3", acceptance: "5", publication: "2", cap: "100", deduction: "10", deductionPerDay: "2" },
    thresholds: ["8", "20", "40", "80"],
  };
}
