import { addressOf } from "../support/contracts.ts";
import { decided } from "../support/access.ts";
import {
  admitted,
  CLINICIAN,
  GATEWAY,
  HOSPITAL,
  INSPECTOR,
  INSTITUTE,
  REGULATOR,
  RESEARCHER,
} from "../support/members.ts";
import { indexed, record } from "../support/records.ts";
import { registered } from "../support/studies.ts";
import { logOf, transactionOf, type TestBlock, type TestCase } from "../support/TestCase.ts";
import { concat, DAY, emit, hash, institutionKey, NOBODY, T, wallet, ZERO } from "../support/values.ts";

const patient = wallet("patient");
const administrator = wallet("administrator");
const supervision = addressOf("Supervision");
const own = record(patient, 0);
const study = hash("study");
const id = hash("case");
const OVERDUE = 9;
const event = (name: string, ...values: unknown[]) => emit("Supervision", name, ...values);
const registry = (name: string, ...values: unknown[]) => emit("InstitutionRegistry", name, ...values);

const LEAK = 7;
const REIDENTIFICATION = 4;
const until = T + 100 * DAY;

/** The institute is reported by the hospital after a patient's complaint, and loses. */
const story: TestBlock[] = [
  {
    timestamp: T,
    events: [...admitted(), registered("study"), ...indexed("batch", [own]), decided("request", own, { study })],
  },
  {
    timestamp: T + 10,
    events: [
      event("ComplaintFiled", hash("complaint"), INSTITUTE, patient, 0, hash("text"), patient),
      event("ComplaintFiled", hash("member's"), INSTITUTE, NOBODY, HOSPITAL, hash("other text"), GATEWAY),
      event(
        "ViolationReported",
        ...[id, INSTITUTE, HOSPITAL, LEAK, hash("evidence"), hash("complaint"), hash("request"), CLINICIAN],
      ),
    ],
  },
  {
    timestamp: T + 20,
    events: [
      registry("InstitutionSuspended", INSTITUTE, until, hash("reason"), supervision),
      registry("BondSlashed", INSTITUTE, supervision, 300, 700, hash("reason"), supervision),
      event("CaseDecided", id, INSTITUTE, true, until, 300, T + 20 + DAY, hash("reason"), REGULATOR, INSPECTOR),
    ],
  },
];

/** The institute loses another case, and with it another part of its bond. */
function lost(name: string, timestamp: number): TestBlock {
  return {
    timestamp,
    events: [
      event("ViolationReported", ...[hash(name), INSTITUTE, HOSPITAL, LEAK, hash("evidence"), ZERO, ZERO, CLINICIAN]),
      registry("InstitutionSuspended", INSTITUTE, until, hash("reason"), supervision),
      registry("BondSlashed", INSTITUTE, supervision, 300, 700, hash("reason"), supervision),
      event(
        "CaseDecided",
        ...[hash(name), INSTITUTE, true, until, 300, timestamp + DAY, hash("reason"), REGULATOR, INSPECTOR],
      ),
    ],
  };
}

const query = `{ case(id: "${id}") {
  accused { number } reporter { number } violation negativeList evidenceHash complaint { id } grant { id } emergency { id }
  status reportedAt reportedBy decidedAt decidedBy decider { number } reasonHash suspendedUntil suspension { id } fine appealUntil
  appealedAt appealedBy groundsHash decideAppealUntil appealDecidedAt appealDecidedBy appealDecider { number } appealReasonHash
  appealLapsedAt finePaidAt fineRefundedAt
} }`;

const upheld = {
  accused: { number: INSTITUTE },
  reporter: { number: HOSPITAL },
  violation: "LEAK",
  negativeList: false,
  evidenceHash: hash("evidence"),
  complaint: { id: hash("complaint") },
  grant: { id: hash("request") },
  emergency: null,
  status: "UPHELD",
  reportedAt: `${T + 10}`,
  reportedBy: CLINICIAN,
  decidedAt: `${T + 20}`,
  decidedBy: INSPECTOR,
  decider: { number: REGULATOR },
  reasonHash: hash("reason"),
  suspendedUntil: `${until}`,
  suspension: { id: logOf(3, 0) },
  fine: "300",
  appealUntil: `${T + 20 + DAY}`,
  appealedAt: null,
  appealedBy: null,
  groundsHash: null,
  appealDecidedAt: null,
  appealDecidedBy: null,
  appealDecider: null,
  appealReasonHash: null,
  decideAppealUntil: null,
  appealLapsedAt: null,
  finePaidAt: null,
  fineRefundedAt: null,
};

export const supervisionCases: TestCase[] = [
  {
    name: "supervision: complaints, cases, appeals, findings and rules",
    chapters: [
      {
        shows: "a complaint, a report and the decision that suspends and fines",
        blocks: story,
        assertions: [
          { query, expected: { case: upheld } },
          {
            query: `{ complaints(orderBy: by) { id accused { number } patient { id } institution { number } textHash filedAt by cases { id } } }`,
            expected: {
              complaints: [
                {
                  id: hash("complaint"),
                  accused: { number: INSTITUTE },
                  patient: { id: patient },
                  institution: null,
                  textHash: hash("text"),
                  filedAt: `${T + 10}`,
                  by: patient,
                  cases: [{ id }],
                },
                {
                  id: hash("member's"),
                  accused: { number: INSTITUTE },
                  patient: null,
                  institution: { number: HOSPITAL },
                  textHash: hash("other text"),
                  filedAt: `${T + 10}`,
                  by: GATEWAY,
                  cases: [],
                },
              ].sort((one, other) => (one.by < other.by ? -1 : 1)),
            },
          },
          {
            query: `{ institution(id: "${institutionKey(INSTITUTE)}") { fined cases { id } complaints(where: { patient: "${patient}" }) { id }
            suspensions { until cases { id violation } } }
          complaintFileds(where: { patient: "${patient}" }) { complaint { id } accused { number } institution { number } textHash by }
          violationReporteds { case { id } accused { number } reporter { number } violation evidenceHash complaint { id } grant { id } by }
          caseDecideds { id case { id } accused { number } upheld suspendedUntil fine appealUntil reasonHash decider { number } by } }`,
            expected: {
              institution: {
                fined: "300",
                cases: [{ id }],
                complaints: [{ id: hash("complaint") }],
                suspensions: [{ until: `${until}`, cases: [{ id, violation: "LEAK" }] }],
              },
              complaintFileds: [
                {
                  complaint: { id: hash("complaint") },
                  accused: { number: INSTITUTE },
                  institution: null,
                  textHash: hash("text"),
                  by: patient,
                },
              ],
              violationReporteds: [
                {
                  case: { id },
                  accused: { number: INSTITUTE },
                  reporter: { number: HOSPITAL },
                  violation: "LEAK",
                  evidenceHash: hash("evidence"),
                  complaint: { id: hash("complaint") },
                  grant: { id: hash("request") },
                  by: CLINICIAN,
                },
              ],
              caseDecideds: [
                {
                  id: logOf(3, 2),
                  case: { id },
                  accused: { number: INSTITUTE },
                  upheld: true,
                  suspendedUntil: `${until}`,
                  fine: "300",
                  appealUntil: `${T + 20 + DAY}`,
                  reasonHash: hash("reason"),
                  decider: { number: REGULATOR },
                  by: INSPECTOR,
                },
              ],
            },
          },
        ],
      },
      {
        shows: "an appeal granted ends the suspension and returns the fine, and is no act out of standing",
        blocks: [
          { timestamp: T + 30, events: [event("CaseAppealed", id, INSTITUTE, hash("grounds"), T + 60, administrator)] },
          {
            timestamp: T + 40,
            events: [
              event("AppealDecided", id, INSTITUTE, true, hash("second reason"), HOSPITAL, CLINICIAN),
              registry("InstitutionReinstated", INSTITUTE, hash("second reason"), supervision),
              event("FineRefunded", id, INSTITUTE, 300),
              registry("BondDeposited", INSTITUTE, supervision, 300, 1000),
            ],
          },
        ],
        assertions: [
          {
            query,
            expected: {
              case: {
                ...upheld,
                status: "APPEAL_GRANTED",
                appealedAt: `${T + 30}`,
                appealedBy: administrator,
                groundsHash: hash("grounds"),
                decideAppealUntil: `${T + 60}`,
                appealDecidedAt: `${T + 40}`,
                appealDecidedBy: CLINICIAN,
                appealDecider: { number: HOSPITAL },
                appealReasonHash: hash("second reason"),
                fineRefundedAt: `${T + 40}`,
              },
            },
          },
          {
            query: `{ suspendedActs { name } caseAppealeds { case { id } accused { number } groundsHash decideAppealUntil by }
          appealDecideds { case { id } accused { number } granted reasonHash decider { number } by }
          fineRefundeds { case { id } accused { number } amount } suspensions { until reinstatedAt } }`,
            expected: {
              suspendedActs: [],
              caseAppealeds: [
                {
                  case: { id },
                  accused: { number: INSTITUTE },
                  groundsHash: hash("grounds"),
                  decideAppealUntil: `${T + 60}`,
                  by: administrator,
                },
              ],
              appealDecideds: [
                {
                  case: { id },
                  accused: { number: INSTITUTE },
                  granted: true,
                  reasonHash: hash("second reason"),
                  decider: { number: HOSPITAL },
                  by: CLINICIAN,
                },
              ],
              fineRefundeds: [{ case: { id }, accused: { number: INSTITUTE }, amount: "300" }],
              suspensions: [{ until: `${T + 40}`, reinstatedAt: `${T + 40}` }],
            },
          },
        ],
      },
      {
        shows: "an appeal that lapses returns the fine and leaves the suspension",
        blocks: [
          lost("lapsing", T + 50),
          {
            timestamp: T + 60,
            events: [event("CaseAppealed", hash("lapsing"), INSTITUTE, hash("grounds"), T + 90, administrator)],
          },
          {
            timestamp: T + 90,
            events: [
              event("AppealLapsed", hash("lapsing"), INSTITUTE, wallet("anyone")),
              event("FineRefunded", hash("lapsing"), INSTITUTE, 300),
              registry("BondDeposited", INSTITUTE, supervision, 300, 1000),
            ],
          },
        ],
        assertions: [
          {
            query: `{ case(id: "${hash("lapsing")}") { status appealDecidedAt appealLapsedAt finePaidAt fineRefundedAt suspension { reinstatedAt } }
          appealLapseds { case { id } accused { number } by } }`,
            expected: {
              case: {
                status: "APPEAL_LAPSED",
                appealDecidedAt: null,
                appealLapsedAt: `${T + 90}`,
                finePaidAt: null,
                fineRefundedAt: `${T + 90}`,
                suspension: { reinstatedAt: null },
              },
              appealLapseds: [{ case: { id: hash("lapsing") }, accused: { number: INSTITUTE }, by: wallet("anyone") }],
            },
          },
        ],
      },
      {
        shows: "an overdue destruction is a case of its own, which names the record",
        blocks: [
          {
            timestamp: T + 100,
            events: [
              event(
                "ViolationReported",
                ...[hash("overdue"), HOSPITAL, 0, OVERDUE, hash("leaf"), ZERO, ZERO, wallet("anyone")],
              ),
              event(
                "DestructionOverdue",
                hash("overdue"),
                hash("batch"),
                hash("leaf"),
                wallet("patient"),
                T - 1,
                wallet("anyone"),
              ),
            ],
          },
        ],
        assertions: [
          {
            query: `{ cases(where: { accused: "${institutionKey(HOSPITAL)}" }) { id accused { number } reporter { number } violation negativeList evidenceHash leaf retentionUntil status reportedBy }
          destructionOverdues { case { id } leaf patient { id } retentionUntil by } }`,
            expected: {
              cases: [
                {
                  id: hash("overdue"),
                  accused: { number: HOSPITAL },
                  reporter: null,
                  violation: "DESTRUCTION_OVERDUE",
                  negativeList: false,
                  evidenceHash: hash("leaf"),
                  leaf: hash("leaf"),
                  retentionUntil: `${T - 1}`,
                  status: "REPORTED",
                  reportedBy: wallet("anyone"),
                },
              ],
              destructionOverdues: [
                {
                  case: { id: hash("overdue") },
                  leaf: hash("leaf"),
                  patient: { id: wallet("patient") },
                  retentionUntil: `${T - 1}`,
                  by: wallet("anyone"),
                },
              ],
            },
          },
        ],
      },
      {
        shows: "an appeal rejected, a fine paid, a report dismissed",
        blocks: [
          lost("rejected", T + 110),
          {
            timestamp: T + 120,
            events: [
              event("CaseAppealed", hash("rejected"), INSTITUTE, hash("grounds"), T + 150, administrator),
              event("AppealDecided", hash("rejected"), INSTITUTE, false, hash("second reason"), HOSPITAL, CLINICIAN),
              event("FinePaid", hash("rejected"), INSTITUTE, addressOf("PatientHealthFund"), 300),
              event(
                "ViolationReported",
                ...[hash("other"), HOSPITAL, REGULATOR, REIDENTIFICATION, hash("evidence"), ZERO, ZERO, INSPECTOR],
              ),
              event("CaseDecided", hash("other"), HOSPITAL, false, 0, 0, 0, hash("reason"), REGULATOR, INSPECTOR),
            ],
          },
        ],
        assertions: [
          {
            query: `{ case(id: "${hash("rejected")}") { status finePaidAt fineRefundedAt }
          other: case(id: "${hash("other")}") { status negativeList complaint { id } grant { id } suspendedUntil suspension { id } fine appealUntil decidedAt }
          finePaids { case { id } accused { number } to amount } }`,
            expected: {
              case: { status: "APPEAL_REJECTED", finePaidAt: `${T + 120}`, fineRefundedAt: null },
              other: {
                status: "DISMISSED",
                negativeList: true,
                complaint: null,
                grant: null,
                suspendedUntil: null,
                suspension: null,
                fine: "0",
                appealUntil: null,
                decidedAt: `${T + 120}`,
              },
              finePaids: [
                {
                  case: { id: hash("rejected") },
                  accused: { number: INSTITUTE },
                  to: addressOf("PatientHealthFund"),
                  amount: "300",
                },
              ],
            },
          },
        ],
      },
      {
        shows: "an act of a suspended member is a finding",
        blocks: [
          {
            timestamp: T + 130,
            events: [
              event("ComplaintFiled", hash("late"), HOSPITAL, NOBODY, INSTITUTE, hash("text"), RESEARCHER),
              event(
                "ViolationReported",
                ...[hash("late"), HOSPITAL, INSTITUTE, LEAK, hash("evidence"), ZERO, ZERO, RESEARCHER],
              ),
              event("CaseDecided", hash("late"), HOSPITAL, false, 0, 0, 0, hash("reason"), INSTITUTE, RESEARCHER),
              event("AppealDecided", hash("late"), INSTITUTE, false, hash("reason"), INSTITUTE, RESEARCHER),
            ],
          },
        ],
        assertions: [
          {
            query: `{ suspendedActs(orderBy: name) { name institution { number } } }`,
            expected: {
              suspendedActs: ["AppealDecided", "CaseDecided", "ComplaintFiled", "ViolationReported"].map((name) => ({
                name,
                institution: { number: INSTITUTE },
              })),
            },
          },
        ],
      },
      {
        shows: "the catalogue and the times for appeals are as last set",
        blocks: [
          {
            timestamp: T + 140,
            events: [
              event("SanctionChanged", LEAK, 90 * DAY, 3000, wallet("deployer")),
              event("AppealWindowsChanged", 14 * DAY, 30 * DAY, wallet("deployer")),
              emit("Supervision", "AuthorityUpdated", addressOf("AccessManager")),
            ],
          },
          {
            timestamp: T + 150,
            events: [
              event("SanctionChanged", LEAK, 2 ** 32 - 1, 10000, wallet("rules")),
              event("AppealWindowsChanged", DAY, 2 * DAY, wallet("rules")),
            ],
          },
        ],
        assertions: [
          {
            query: `{ sanctions { id violation suspension bondShare since } appealRules { id window decisionWindow since }
          sanctionChangeds(where: { bondShare: 3000 }) { id transaction violation suspension by }
          appealWindowsChangeds(orderBy: window) { window decisionWindow by } }`,
            expected: {
              sanctions: [
                {
                  id: concat(supervision, institutionKey(LEAK)),
                  violation: "LEAK",
                  suspension: `${2 ** 32 - 1}`,
                  bondShare: 10000,
                  since: `${T + 150}`,
                },
              ],
              appealRules: [{ id: supervision, window: `${DAY}`, decisionWindow: `${2 * DAY}`, since: `${T + 150}` }],
              sanctionChangeds: [
                {
                  id: logOf(13, 0),
                  transaction: transactionOf(13),
                  violation: "LEAK",
                  suspension: `${90 * DAY}`,
                  by: wallet("deployer"),
                },
              ],
              appealWindowsChangeds: [
                { window: `${DAY}`, decisionWindow: `${2 * DAY}`, by: wallet("rules") },
                { window: `${14 * DAY}`, decisionWindow: `${30 * DAY}`, by: wallet("deployer") },
              ],
            },
          },
        ],
      },
    ],
  },
];
