import { addressOf } from "../support/contracts.ts";
import { accessKey, decided } from "../support/access.ts";
import { admitted, HOSPITAL, INSTITUTE, OPERATOR, RESEARCHER } from "../support/members.ts";
import { indexed, record, recordLeaf } from "../support/records.ts";
import { registered } from "../support/studies.ts";
import type { TestCase } from "../support/TestCase.ts";
import { concat, emit, hash, institutionKey, T, wallet } from "../support/values.ts";

const patient = wallet("patient");
const own = record(patient, 0);
const study = hash("study");
const token = wallet("token");
const fund = addressOf("PatientHealthFund");
const event = (name: string, ...values: unknown[]) => emit("RevenueSplitter", name, study, ...values);

const opened = event(
  "AgreementOpened",
  token,
  5000,
  3000,
  [
    [HOSPITAL, 1500],
    [INSTITUTE, 500],
  ],
  RESEARCHER,
);

export const revenueCases: TestCase[] = [
  {
    name: "revenue: an agreement has its shares, what came in and what was paid",
    blocks: [
      {
        timestamp: T,
        events: [
          ...admitted(),
          registered("study"),
          ...indexed("batch", [own]),
          decided("request", own, { study }),
          opened,
          event("GrantEnrolled", hash("request"), 1, 1),
        ],
      },
      {
        timestamp: T + 10,
        events: [
          event("RevenueDeposited", RESEARCHER, 1000, 500, 300, 1, hash("reference")),
          event("RevenueDeposited", RESEARCHER, 10, 5, 3, 1, hash("second reference")),
          event("PatientPaid", hash("request"), patient, hash("batch"), recordLeaf(own), wallet("owner"), 500),
          event("PatientPaid", hash("request"), patient, hash("batch"), recordLeaf(own), wallet("owner"), 5),
          event("InstitutionPaid", HOSPITAL, wallet("treasury"), 150),
          event("InstitutionPaid", HOSPITAL, wallet("treasury"), 1),
          event("FundPaid", fund, 303),
        ],
      },
    ],
    assertions: [
      {
        query: `{ revenueAgreement(id: "${study}") {
          study { id } token patientShare fundShare units received patientAmount fundAmount patientsPaid institutionsPaid fundPaid
          openedAt openedBy payees(orderBy: share) { id institution { number } share paid } deposits(orderBy: id) { amount }
        } }`,
        expected: {
          revenueAgreement: {
            study: { id: study },
            token,
            patientShare: 5000,
            fundShare: 3000,
            units: "1",
            received: "1010",
            patientAmount: "505",
            fundAmount: "303",
            patientsPaid: "505",
            institutionsPaid: "151",
            fundPaid: "303",
            openedAt: `${T}`,
            openedBy: RESEARCHER,
            payees: [
              {
                id: concat(study, institutionKey(INSTITUTE)),
                institution: { number: INSTITUTE },
                share: 500,
                paid: "0",
              },
              {
                id: concat(study, institutionKey(HOSPITAL)),
                institution: { number: HOSPITAL },
                share: 1500,
                paid: "151",
              },
            ],
            deposits: [{ amount: "1000" }, { amount: "10" }],
          },
        },
      },
      {
        query: `{ access(id: "${accessKey("request", own)}") { paid } request(id: "${hash("request")}") { enrolledAt }
          study(id: "${study}") { agreement { units } } }`,
        expected: {
          access: { paid: "505" },
          request: { enrolledAt: `${T}` },
          study: { agreement: [{ units: "1" }] },
        },
      },
      {
        query: `{ agreementOpeneds { agreement { id } by } grantEnrolleds { agreement { id } request { id } units totalUnits }
          revenueDepositeds(where: { amount: 1000 }) { agreement { id } from amount patientAmount fundAmount units referenceHash }
          patientPaids(where: { amount: 500 }) { agreement { id } request { id } access { id } patient { id } to }
          institutionPaids(where: { amount: 150 }) { agreement { id } institution { number } to } fundPaids { agreement { id } fund amount } }`,
        expected: {
          agreementOpeneds: [{ agreement: { id: study }, by: RESEARCHER }],
          grantEnrolleds: [{ agreement: { id: study }, request: { id: hash("request") }, units: "1", totalUnits: "1" }],
          revenueDepositeds: [
            {
              agreement: { id: study },
              from: RESEARCHER,
              amount: "1000",
              patientAmount: "500",
              fundAmount: "300",
              units: "1",
              referenceHash: hash("reference"),
            },
          ],
          patientPaids: [
            {
              agreement: { id: study },
              request: { id: hash("request") },
              access: { id: accessKey("request", own) },
              patient: { id: patient },
              to: wallet("owner"),
            },
          ],
          institutionPaids: [{ agreement: { id: study }, institution: { number: HOSPITAL }, to: wallet("treasury") }],
          fundPaids: [{ agreement: { id: study }, fund, amount: "303" }],
        },
      },
    ],
  },
  {
    name: "revenue: the patient health fund has what it was paid and what it spent, by token",
    blocks: [
      {
        timestamp: T,
        events: [
          ...admitted(),
          registered("study"),
          opened,
          event("FundPaid", fund, 300),
          event("FundPaid", fund, 30),
          emit("PatientHealthFund", "FundSpent", token, wallet("clinic"), 100, hash("purpose"), OPERATOR),
          emit("PatientHealthFund", "FundSpent", token, wallet("clinic"), 11, hash("purpose"), OPERATOR),
          emit("PatientHealthFund", "FundSpent", wallet("gift"), wallet("clinic"), 5, hash("gift"), OPERATOR),
          emit("PatientHealthFund", "AuthorityUpdated", OPERATOR),
        ],
      },
    ],
    assertions: [
      {
        query: `{ fundAccounts { id fund token received spent } target(id: "${fund}") { authority }
          fundSpents(where: { amount: 100 }) { emitter token to amount purposeHash by } }`,
        expected: {
          fundAccounts: [
            { id: concat(fund, token), fund, token, received: "330", spent: "111" },
            { id: concat(fund, wallet("gift")), fund, token: wallet("gift"), received: "0", spent: "5" },
          ],
          target: { authority: OPERATOR },
          fundSpents: [
            { emitter: fund, token, to: wallet("clinic"), amount: "100", purposeHash: hash("purpose"), by: OPERATOR },
          ],
        },
      },
    ],
  },
];
