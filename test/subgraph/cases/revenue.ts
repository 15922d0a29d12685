import { addressOf } from "../support/contracts.ts";
import { accessKey, decided } from "../support/access.ts";
import { admitted, HOSPITAL, INSTITUTE, OPERATOR, RESEARCHER } from "../support/members.ts";
import { indexed, record, recordLeaf } from "../support/records.ts";
import { registered } from "../support/studies.ts";
import type { TestCase } from "../support/TestCase.ts";
import { concat, emit, hash, institutionKey, NOBODY, T, wallet, ZERO } from "../support/values.ts";

const patient = wallet("patient");
const own = record(patient, 0);
const others = record(wallet("other"), 1);
const study = hash("study");
const token = wallet("token");
const fund = addressOf("PatientHealthFund");
const event = (name: string, ...values: unknown[]) => emit("RevenueSplitter", name, study, ...values);

/** Grant, patient, batch and record that stand for a category. */
const standing = (of: typeof own) => [hash("by category"), of.patient, hash("batch"), recordLeaf(of)] as const;

const shares = (custodians: number, payees: [number, number][]) => [5000, 3000, custodians, payees];
const shareRules = { fundFloor: 2500, patientShare: 4000, fundShare: 3000, custodianShare: 2000 };
const opened = [
  event("AgreementOpened", study, ZERO, token, 0, RESEARCHER),
  event(
    "SharesProposed",
    1,
    shares(1000, [
      [HOSPITAL, 700],
      [INSTITUTE, 300],
    ]),
    T,
    RESEARCHER,
  ),
];
const epoch = (number: number) => concat(study, institutionKey(number));
/** 2^64, by which accruals are scaled. */
const ONE = 2n ** 64n;

export const revenueCases: TestCase[] = [
  {
    name: "revenue: agreements, products, the fund, points, and who is paid",
    chapters: [
      {
        shows: "an agreement has its shares, what came in and what was paid",
        blocks: [
          {
            timestamp: T,
            events: [
              ...admitted(),
              registered("study"),
              ...indexed("batch", [own, others]),
              decided("request", own, { study }),
              ...opened,
              event("GrantEnrolled", hash("request"), 3, 3),
              event("DeliveryCounted", hash("request"), HOSPITAL, recordLeaf(own), 1),
            ],
          },
          {
            timestamp: T + 10,
            events: [
              event("RevenueDeposited", RESEARCHER, 1, 1000, 500, 300, 100, 3, hash("reference")),
              event("RevenueDeposited", RESEARCHER, 1, 10, 5, 3, 1, 3, hash("second reference")),
              event("PatientPaid", hash("request"), patient, hash("batch"), recordLeaf(own), wallet("owner"), 160),
              event("PatientPaid", hash("request"), patient, hash("batch"), recordLeaf(own), wallet("owner"), 5),
              event("ShareDonated", hash("request"), patient, hash("batch"), recordLeaf(own), 2, patient),
              event("ShareLapsed", hash("request"), patient, hash("batch"), recordLeaf(own), 1, wallet("anyone")),
              event("PaymentFailed", patient, wallet("owner"), 7),
              event("InstitutionPaid", HOSPITAL, 1, wallet("treasury"), 70),
              event("CustodianPaid", HOSPITAL, wallet("treasury"), 100),
              event("FundPaid", fund, 306),
            ],
          },
        ],
        assertions: [
          {
            query: `{ revenueAgreement(id: "${study}") {
          study { id } productHash token unitRule epoch { number } units custodianUnits accruedPerUnit remainder custodianAccruedPerUnit custodianRemainder
          received patientAmount fundAmount custodianAmount patientsPaid donated lapsed institutionsPaid custodiansPaid fundPaid
          openedAt openedBy deposits(orderBy: id) { amount }
          custodians { institution { number } units due accruedPerUnit paid } enrolments { request { id } patient { id } units accruedPerUnit enrolledAt }
          patientShares { patient { id } access { id } paid donated lapsed }
          epochs { id number patientShare fundShare custodianShare proposedAt proposedBy startsAt startedAt dust received institutions
            payees(orderBy: share) { institution { number } share paid } }
        } }`,
            expected: {
              revenueAgreement: {
                study: { id: study },
                productHash: null,
                token,
                unitRule: "RECORD",
                epoch: { number: 1 },
                units: "3",
                custodianUnits: "1",
                // Divided twice, with what the first division left.
                accruedPerUnit: `${1n + (505n * ONE) / 3n}`,
                remainder: `${(505n * ONE) % 3n}`,
                custodianAccruedPerUnit: `${1n + 101n * ONE}`,
                custodianRemainder: "0",
                received: "1010",
                patientAmount: "505",
                fundAmount: "303",
                custodianAmount: "101",
                patientsPaid: "165",
                donated: "2",
                lapsed: "1",
                institutionsPaid: "70",
                custodiansPaid: "100",
                fundPaid: "306",
                openedAt: `${T}`,
                openedBy: RESEARCHER,
                deposits: [{ amount: "1000" }, { amount: "10" }],
                custodians: [
                  {
                    institution: { number: HOSPITAL },
                    units: "1",
                    due: `${ONE}`,
                    accruedPerUnit: `${1n + 101n * ONE}`,
                    paid: "100",
                  },
                ],
                enrolments: [
                  {
                    request: { id: hash("request") },
                    patient: null,
                    units: "3",
                    accruedPerUnit: "1",
                    enrolledAt: `${T}`,
                  },
                ],
                patientShares: [
                  {
                    patient: { id: patient },
                    access: { id: accessKey("request", own) },
                    paid: "165",
                    donated: "2",
                    lapsed: "1",
                  },
                ],
                epochs: [
                  {
                    id: epoch(1),
                    number: 1,
                    patientShare: 5000,
                    fundShare: 3000,
                    custodianShare: 1000,
                    proposedAt: `${T}`,
                    proposedBy: RESEARCHER,
                    startsAt: `${T}`,
                    startedAt: `${T}`,
                    dust: 0,
                    received: "1010",
                    institutions: [institutionKey(HOSPITAL), institutionKey(INSTITUTE)],
                    payees: [
                      { institution: { number: INSTITUTE }, share: 300, paid: "0" },
                      { institution: { number: HOSPITAL }, share: 700, paid: "70" },
                    ],
                  },
                ],
              },
            },
          },
          {
            query: `{ access(id: "${accessKey("request", own)}") { paid } request(id: "${hash("request")}") { enrolments { units } }
          study(id: "${study}") { agreements { units } } patient(id: "${patient}") { shares { paid } } }`,
            expected: {
              access: { paid: "165" },
              request: { enrolments: [{ units: "3" }] },
              study: { agreements: [{ units: "3" }] },
              patient: { shares: [{ paid: "165" }] },
            },
          },
          {
            query: `{ agreementOpeneds { agreement { id } by } grantEnrolleds { agreement { id } request { id } units totalUnits }
          deliveryCounteds { agreement { id } request { id } custodian { number } record totalUnits }
          revenueDepositeds(where: { amount: 1000 }) { agreement { id } epoch { id } from amount patientAmount fundAmount custodianAmount units
            referenceHash }
          patientPaids(where: { amount: 160 }) { agreement { id } request { id } access { id } patient { id } to }
          shareDonateds { agreement { id } request { id } access { id } patient { id } amount by }
          shareLapseds { agreement { id } request { id } access { id } patient { id } amount by }
          paymentFaileds { agreement { id } patient { id } to amount }
          institutionPaids { agreement { id } institution { number } epoch { id } to amount }
          custodianPaids { agreement { id } institution { number } to amount } fundPaids { agreement { id } fund amount } }`,
            expected: {
              agreementOpeneds: [{ agreement: { id: study }, by: RESEARCHER }],
              grantEnrolleds: [
                { agreement: { id: study }, request: { id: hash("request") }, units: "3", totalUnits: "3" },
              ],
              deliveryCounteds: [
                {
                  agreement: { id: study },
                  request: { id: hash("request") },
                  custodian: { number: HOSPITAL },
                  record: recordLeaf(own),
                  totalUnits: "1",
                },
              ],
              revenueDepositeds: [
                {
                  agreement: { id: study },
                  epoch: { id: epoch(1) },
                  from: RESEARCHER,
                  amount: "1000",
                  patientAmount: "500",
                  fundAmount: "300",
                  custodianAmount: "100",
                  units: "3",
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
              shareDonateds: [
                {
                  agreement: { id: study },
                  request: { id: hash("request") },
                  access: { id: accessKey("request", own) },
                  patient: { id: patient },
                  amount: "2",
                  by: patient,
                },
              ],
              shareLapseds: [
                {
                  agreement: { id: study },
                  request: { id: hash("request") },
                  access: { id: accessKey("request", own) },
                  patient: { id: patient },
                  amount: "1",
                  by: wallet("anyone"),
                },
              ],
              paymentFaileds: [
                { agreement: { id: study }, patient: { id: patient }, to: wallet("owner"), amount: "7" },
              ],
              institutionPaids: [
                {
                  agreement: { id: study },
                  institution: { number: HOSPITAL },
                  epoch: { id: epoch(1) },
                  to: wallet("treasury"),
                  amount: "70",
                },
              ],
              custodianPaids: [
                { agreement: { id: study }, institution: { number: HOSPITAL }, to: wallet("treasury"), amount: "100" },
              ],
              fundPaids: [{ agreement: { id: study }, fund, amount: "306" }],
            },
          },
        ],
      },
      {
        shows: "other shares are proposed, replaced, and in force from an epoch on",
        blocks: [
          {
            timestamp: T + 20,
            events: [
              event("SharesProposed", 2, shares(1500, [[INSTITUTE, 500]]), T + 100, RESEARCHER),
              event("SharesProposed", 2, shares(1800, [[HOSPITAL, 200]]), T + 200, RESEARCHER),
              emit("RevenueSplitter", "ShareRulesChanged", [2500, 4000, 3000, 2000], OPERATOR),
              emit("RevenueSplitter", "AuthorityUpdated", OPERATOR),
            ],
          },
          { timestamp: T + 300, events: [event("EpochStarted", 2, 3)] },
        ],
        assertions: [
          {
            query: `{ revenueAgreement(id: "${study}") { epoch { id } }
          revenueEpoch(id: "${epoch(2)}") { number custodianShare startsAt startedAt dust institutions payees { institution { number } share } }
          sharesProposeds(where: { custodianShare: 1500 }) { agreement { id } epoch { id } startsAt patientShare fundShare institutions shares by }
          epochStarteds { agreement { id } epoch { id } dust }
          shareRules { id fundFloor patientShare fundShare custodianShare since by }
          shareRulesChangeds { fundFloor patientShare fundShare custodianShare by } target(id: "${addressOf("RevenueSplitter")}") { authority } }`,
            expected: {
              revenueAgreement: { epoch: { id: epoch(2) } },
              revenueEpoch: {
                number: 2,
                custodianShare: 1800,
                startsAt: `${T + 200}`,
                startedAt: `${T + 300}`,
                dust: 3,
                institutions: [institutionKey(HOSPITAL)],
                payees: [{ institution: { number: HOSPITAL }, share: 200 }],
              },
              sharesProposeds: [
                {
                  agreement: { id: study },
                  epoch: { id: epoch(2) },
                  startsAt: `${T + 100}`,
                  patientShare: 5000,
                  fundShare: 3000,
                  institutions: [institutionKey(INSTITUTE)],
                  shares: [500],
                  by: RESEARCHER,
                },
              ],
              epochStarteds: [{ agreement: { id: study }, epoch: { id: epoch(2) }, dust: 3 }],
              shareRules: [{ id: addressOf("RevenueSplitter"), ...shareRules, since: `${T + 20}`, by: OPERATOR }],
              shareRulesChangeds: [{ ...shareRules, by: OPERATOR }],
              target: { authority: OPERATOR },
            },
          },
        ],
      },
      {
        shows: "a product counts patients, whose money goes where they choose",
        blocks: [
          {
            timestamp: T + 400,
            events: [
              emit(
                "RevenueSplitter",
                "AgreementOpened",
                hash("agreement"),
                study,
                hash("product"),
                token,
                1,
                RESEARCHER,
              ),
              emit("RevenueSplitter", "SharesProposed", hash("agreement"), 1, shares(2000, []), T + 400, RESEARCHER),
              emit("RevenueSplitter", "PatientEnrolled", hash("agreement"), hash("request"), patient, 1),
              emit("PatientRegistry", "PayoutChanged", patient, wallet("chosen"), patient),
              emit(
                "RevenueSplitter",
                "PatientPaid",
                hash("agreement"),
                ...[ZERO, patient, ZERO, ZERO, wallet("chosen"), 9],
              ),
              emit("PatientRegistry", "PayoutChanged", wallet("other"), NOBODY, wallet("guardian")),
            ],
          },
        ],
        assertions: [
          {
            query: `{ revenueAgreement(id: "${hash("agreement")}") { study { id } productHash unitRule units patientsPaid
            enrolments { id request { id } patient { id } units accruedPerUnit } patientShares { id patient { id } access { id } paid } }
          patient(id: "${patient}") { payoutTo payoutBy } payoutChangeds(where: { by: "${wallet("guardian")}" }) { patient { id } to by }
          patientEnrolleds { agreement { id } request { id } patient { id } totalUnits }
          patientPaids(where: { agreement: "${hash("agreement")}" }) { request { id } access { id } patient { id } to amount } }`,
            expected: {
              revenueAgreement: {
                study: { id: study },
                productHash: hash("product"),
                unitRule: "PATIENT",
                units: "1",
                patientsPaid: "9",
                enrolments: [
                  {
                    id: concat(hash("agreement"), patient),
                    request: { id: hash("request") },
                    patient: { id: patient },
                    units: "1",
                    accruedPerUnit: "1",
                  },
                ],
                patientShares: [
                  { id: concat(hash("agreement"), patient), patient: { id: patient }, access: null, paid: "9" },
                ],
              },
              patient: { payoutTo: wallet("chosen"), payoutBy: patient },
              payoutChangeds: [{ patient: { id: wallet("other") }, to: null, by: wallet("guardian") }],
              patientEnrolleds: [
                {
                  agreement: { id: hash("agreement") },
                  request: { id: hash("request") },
                  patient: { id: patient },
                  totalUnits: "1",
                },
              ],
              patientPaids: [
                { request: null, access: null, patient: { id: patient }, to: wallet("chosen"), amount: "9" },
              ],
            },
          },
        ],
      },
      {
        shows: "a product counts categories, each by the record that stands for it",
        blocks: [
          {
            timestamp: T + 500,
            events: [
              decided("by category", own, { study }),
              decided("by category", others, { study }),
              emit(
                "RevenueSplitter",
                "AgreementOpened",
                hash("category agreement"),
                study,
                hash("category product"),
                token,
                2,
                RESEARCHER,
              ),
              emit(
                "RevenueSplitter",
                "SharesProposed",
                hash("category agreement"),
                1,
                shares(2000, []),
                T + 500,
                RESEARCHER,
              ),
              emit("RevenueSplitter", "CategoryEnrolled", hash("category agreement"), ...standing(own), 3, 1),
              emit("RevenueSplitter", "CategoryEnrolled", hash("category agreement"), ...standing(others), 10, 2),
              emit("RevenueSplitter", "PatientPaid", hash("category agreement"), ...standing(own), wallet("owner"), 9),
            ],
          },
        ],
        assertions: [
          {
            query: `{ revenueAgreement(id: "${hash("category agreement")}") { unitRule units patientsPaid
            labs: enrolments(where: { category: LABS }) { id request { id } patient { id } access { id patient { id } } category units accruedPerUnit enrolledAt }
            claims: enrolments(where: { category: CLAIMS }) { patient { id } access { id patient { id } } category }
            patientShares { id patient { id } access { id } paid } }
          categoryEnrolleds(where: { totalUnits: 1 }) { agreement { id } request { id } access { id } patient { id } category totalUnits }
          patientPaids(where: { agreement: "${hash("category agreement")}" }) { request { id } access { id } patient { id } to amount } }`,
            expected: {
              revenueAgreement: {
                unitRule: "CATEGORY",
                units: "2",
                patientsPaid: "9",
                labs: [
                  {
                    id: concat(hash("category agreement"), accessKey("by category", own)),
                    request: { id: hash("by category") },
                    patient: { id: patient },
                    access: { id: accessKey("by category", own), patient: { id: patient } },
                    category: "LABS",
                    units: "1",
                    accruedPerUnit: "1",
                    enrolledAt: `${T + 500}`,
                  },
                ],
                claims: [
                  {
                    patient: { id: wallet("other") },
                    access: { id: accessKey("by category", others), patient: { id: wallet("other") } },
                    category: "CLAIMS",
                  },
                ],
                patientShares: [
                  {
                    id: concat(hash("category agreement"), accessKey("by category", own)),
                    patient: { id: patient },
                    access: { id: accessKey("by category", own) },
                    paid: "9",
                  },
                ],
              },
              categoryEnrolleds: [
                {
                  agreement: { id: hash("category agreement") },
                  request: { id: hash("by category") },
                  access: { id: accessKey("by category", own) },
                  patient: { id: patient },
                  category: "LABS",
                  totalUnits: "1",
                },
              ],
              patientPaids: [
                {
                  request: { id: hash("by category") },
                  access: { id: accessKey("by category", own) },
                  patient: { id: patient },
                  to: wallet("owner"),
                  amount: "9",
                },
              ],
            },
          },
          {
            // As the SDK asks for a patient's claims.
            query: `{ request(id: "${hash("by category")}") {
          enrolments(where: { or: [{ patient: null }, { patient: "${patient}" }] }) { patient { id } access { id } } } }`,
            expected: {
              request: { enrolments: [{ patient: { id: patient }, access: { id: accessKey("by category", own) } }] },
            },
          },
        ],
      },
      {
        shows: "the patient health fund has what it was paid and what it spent, by token",
        blocks: [
          {
            timestamp: T + 600,
            events: [
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
                { id: concat(fund, token), fund, token, received: "636", spent: "111" },
                { id: concat(fund, wallet("gift")), fund, token: wallet("gift"), received: "0", spent: "5" },
              ],
              target: { authority: OPERATOR },
              fundSpents: [
                {
                  emitter: fund,
                  token,
                  to: wallet("clinic"),
                  amount: "100",
                  purposeHash: hash("purpose"),
                  by: OPERATOR,
                },
              ],
            },
          },
        ],
      },
      {
        shows: "a patient has points for records used, and spends them at members",
        blocks: [
          {
            timestamp: T + 700,
            events: [
              emit("HealthPoints", "RewardChanged", 10, OPERATOR),
              emit("HealthPoints", "AuthorityUpdated", OPERATOR),
              emit("HealthPoints", "PointsMinted", hash("request"), patient, hash("batch"), recordLeaf(own), 10, 10),
              emit("HealthPoints", "PointsMinted", hash("request"), patient, hash("batch"), recordLeaf(own), 5, 15),
              emit("HealthPoints", "PointsRedeemed", patient, HOSPITAL, 12, 3, hash("voucher"), patient),
            ],
          },
        ],
        assertions: [
          {
            query: `{ pointsAccount(id: "${patient}") { patient { id } held minted redeemed
            gains(where: { points: 10 }) { access { id } points held } redemptions { institution { number } points held referenceHash by } }
          pointsRewards { id reward since by } rewardChangeds { reward by } target(id: "${addressOf("HealthPoints")}") { authority } }`,
            expected: {
              pointsAccount: {
                patient: { id: patient },
                held: "3",
                minted: "15",
                redeemed: "12",
                gains: [{ access: { id: accessKey("request", own) }, points: "10", held: "10" }],
                redemptions: [
                  {
                    institution: { number: HOSPITAL },
                    points: "12",
                    held: "3",
                    referenceHash: hash("voucher"),
                    by: patient,
                  },
                ],
              },
              pointsRewards: [{ id: addressOf("HealthPoints"), reward: "10", since: `${T + 700}`, by: OPERATOR }],
              rewardChangeds: [{ reward: "10", by: OPERATOR }],
              target: { authority: OPERATOR },
            },
          },
        ],
      },
      {
        shows: "what an expelled institution is paid is no act out of standing",
        blocks: [
          {
            timestamp: T + 800,
            events: [
              emit("InstitutionRegistry", "InstitutionWasExpelled", HOSPITAL, hash("expulsion"), OPERATOR),
              event("InstitutionPaid", HOSPITAL, 1, wallet("treasury"), 71),
              event("CustodianPaid", HOSPITAL, wallet("treasury"), 101),
            ],
          },
        ],
        assertions: [
          {
            query: `{ suspendedActs { name } institutionPaids(orderBy: amount) { amount } custodianPaids(orderBy: amount) { amount } }`,
            expected: {
              suspendedActs: [],
              institutionPaids: [{ amount: "70" }, { amount: "71" }],
              custodianPaids: [{ amount: "100" }, { amount: "101" }],
            },
          },
        ],
      },
    ],
  },
];
