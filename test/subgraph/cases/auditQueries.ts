import { encodePolicyWord } from "@consilium/sdk";
import {
  accessKey,
  answered,
  ASKED,
  cohortDecided,
  decided,
  delivered,
  keyRevoked,
  membersGranted,
  received,
} from "../support/access.ts";
import { addressOf } from "../support/contracts.ts";
import { readAuditQueries } from "../../../scripts/audit/readAuditQueries.ts";
import type { Emitted } from "../support/encodeEvent.ts";
import { allWithdrawn, given, POLICY, withdrawn } from "../support/consents.ts";
import {
  admitted,
  CLINICIAN,
  ETHICS_REVIEWER,
  GATEWAY,
  HOSPITAL,
  INSPECTOR,
  INSTITUTE,
  OPERATOR,
  REGULATOR,
  RESEARCHER,
} from "../support/members.ts";
import { anchored, indexed, record, recordKey, recordLeaf } from "../support/records.ts";
import { registered, reviewed } from "../support/studies.ts";
import { logOf, transactionOf, type TestBlock, type TestCase } from "../support/TestCase.ts";
import { DAY, emit, hash, institutionKey, NOBODY, T, wallet, YEAR, ZERO } from "../support/values.ts";

const REIDENTIFICATION = 4;
const UNJUSTIFIED = 10;

const minor = wallet("minor");
const guardian = wallet("guardian");
const adult = wallet("adult");
/** A patient with a data trust. */
const ward = wallet("ward");
const trust = wallet("trust");
const mandate = encodePolicyWord(POLICY);
const study = hash("study");
const labs = record(minor, 0, { retentionUntil: T + 5 * DAY });
const genome = record(minor, 1, { category: "genomics", level: 3 });
const internal = record(adult, 2, { category: "claims", level: 1 });
const own = record(adult, 3, { retentionUntil: T + YEAR });
const majority = T + 9 * DAY;
const BROKER = addressOf("AccessBroker");
const TIMELOCK = addressOf("TimelockController");
const VOTE = [T + 8 * DAY, T + 15 * DAY];
const at = (day: number): string => `${T + day * DAY}`;

/** One block a day. */
const days: TestBlock["events"][] = [
  [
    ...admitted(),
    emit("AccessBroker", "RuleSetChanged", wallet("rules"), 1, [levels(), 1n << 27n, 90 * DAY], OPERATOR),
    ...indexed("batch", [labs, genome, internal, own], T + 5 * DAY),
    anchored("due", 7, T + 4 * DAY),
    registered("study", { filingHash: hash("filing") }),
    reviewed("study", "ETHICS", "APPROVED", T + 5 * DAY),
    reviewed("study", "LEGAL", "EXEMPT"),
    emit("PatientRegistry", "GuardianAppointed", minor, guardian, NOBODY, T, majority, majority),
    given("minor's", minor, { until: majority, actor: guardian, policy: { flags: ["guardianSigned"] } }),
    given("adult's", adult),
    given("second", adult, { institution: INSTITUTE, study }),
    emit("PatientRegistry", "MandateGiven", ward, trust, mandate),
    given("trust's", ward, { actor: trust, policy: { flags: ["autoApprove", "delegateSigned"] } }),
    given("too much", ward, { actor: trust, policy: { level: 3, flags: ["autoApprove", "delegateSigned"] } }),
    withdrawn("too much", ward, trust),
    emit(
      "GuardianOrders",
      "GuardianOrderApproved",
      ...[hash("order"), minor, wallet("aunt"), NOBODY, T, majority, T + 5 * DAY, hash("document"), 2],
    ),
    emit("RecordRegistry", "RetentionLimited", hash("batch"), recordLeaf(internal), adult, T + 4 * DAY, 1, adult),
  ],
  [
    decided("labs", labs, { study, consent: "minor's" }),
    decided("genome", genome, {
      study,
      consent: "minor's",
      decision: "NEEDS_REVIEW",
      pending: ["PATIENT"],
      word: { categories: ["genomics"], level: 3 },
    }),
    answered("genome", guardian, "PATIENT", true),
    decided("genome", genome, { study, consent: "minor's", word: { categories: ["genomics"], level: 3 } }),
    decided("marketing", own, { decision: "DENIED", failed: ["PURPOSE_PROHIBITED"], word: { purposes: ["HMARKT"] } }),
    decided("inspection", internal, {
      requester: INSPECTOR,
      institution: REGULATOR,
      word: { purposes: ["HCOMPL"], categories: ["claims"], level: 1 },
    }),
    membersGranted("cohort", "batch", [{ record: own, consent: "adult's" }]),
    cohortDecided("cohort", { count: 1, root: hash("root") }),
  ],
  [
    delivered("labs", labs, { consent: "minor's" }),
    received("labs", labs, { verified: false }),
    delivered("inspection", internal),
    received("genome", genome),
    delivered("cohort", own, { consent: "adult's" }),
  ],
  [withdrawn("second", adult), allWithdrawn(adult, 0)],
  [
    received("cohort", own),
    decided("too late", own, { consent: "adult's", decision: "DENIED", failed: ["CONSENT_NOT_IN_FORCE"] }),
    given("new", adult, { epoch: 1, policy: { modifiers: ["NPU"] } }),
  ],
  [
    decided("lapsed", labs, { study, consent: "minor's", decision: "DENIED", failed: ["STUDY_ETHICS"] }),
    emit(
      "RecordRegistry",
      "RecordSuperseded",
      hash("batch"),
      recordLeaf(labs),
      minor,
      hash("batch"),
      recordLeaf(genome),
      hash("reason"),
      GATEWAY,
    ),
    emit(
      "RecordRegistry",
      "VerificationFailed",
      hash("batch"),
      recordLeaf(labs),
      INSTITUTE,
      hash("evidence"),
      RESEARCHER,
    ),
    keyRevoked("cohort", own, { consent: "adult's" }),
    emergencyOpened("emergency", minor, [ZERO, ZERO]),
    emit(
      "EmergencyAccess",
      "EmergencyDeliveryLogged",
      ...[hash("emergency"), minor, HOSPITAL, hash("batch"), recordLeaf(labs), labs.meta],
      ...[hash("ciphertext"), hash("emergency's evidence"), GATEWAY],
    ),
    emergencyOpened("unidentified", NOBODY, [hash("batch"), recordLeaf(internal)]),
    emergencyOpened("unjustified", adult, [ZERO, ZERO]),
    emit("EmergencyAccess", "EmergencyReviewed", hash("unjustified"), false, hash("verdict"), REGULATOR, INSPECTOR),
    emit(
      "Supervision",
      "ViolationReported",
      ...[hash("unjustified"), HOSPITAL, 0, UNJUSTIFIED, hash("verdict"), ZERO, ZERO, wallet("emergencies")],
    ),
    emit(
      "Supervision",
      "CaseDecided",
      ...[hash("unjustified"), HOSPITAL, true, 0, 0, T + 20 * DAY, hash("verdict"), REGULATOR, INSPECTOR],
    ),
    emit(
      "Supervision",
      "ViolationReported",
      ...[hash("case"), INSTITUTE, HOSPITAL, REIDENTIFICATION, hash("evidence"), ZERO, hash("labs"), CLINICIAN],
    ),
    emit("RevenueSplitter", "AgreementOpened", study, study, ZERO, wallet("token"), 0, RESEARCHER),
    emit("RevenueSplitter", "SharesProposed", study, 1, [5000, 3000, 1500, [[HOSPITAL, 500]]], T + 5 * DAY, RESEARCHER),
    emit("RevenueSplitter", "GrantEnrolled", study, hash("labs"), 1, 1),
    emit("RevenueSplitter", "DeliveryCounted", study, hash("labs"), HOSPITAL, recordLeaf(labs), 1),
    emit("RevenueSplitter", "RevenueDeposited", study, RESEARCHER, 1, 1000, 500, 300, 150, 1, hash("invoice")),
    emit("RevenueSplitter", "PatientPaid", study, hash("labs"), minor, hash("batch"), recordLeaf(labs), minor, 500),
    emit("RevenueSplitter", "CustodianPaid", study, HOSPITAL, wallet("treasury"), 150),
    emit("RevenueSplitter", "FundPaid", study, addressOf("PatientHealthFund"), 300),
    emit(
      "ContributionLedger",
      "ContributionCredited",
      ...[HOSPITAL, hash("labs"), INSTITUTE, hash("batch"), recordLeaf(labs), true, true, 10, 10, 2],
    ),
    emit("ContributionLedger", "PointsDeducted", hash("unjustified"), HOSPITAL, 4, 4, 1),
    emit("ContributionLedger", "PointsRestored", hash("unjustified"), HOSPITAL, 4, 0, 2),
    emit("Supervision", "ComplaintFiled", hash("complaint"), HOSPITAL, minor, 0, hash("text"), minor),
  ],
  [
    emit("InstitutionRegistry", "InstitutionSuspended", INSTITUTE, T + 8 * DAY, hash("violation"), OPERATOR),
    emit("InstitutionRegistry", "BondSlashed", INSTITUTE, OPERATOR, 300, 700, hash("violation"), OPERATOR),
    emit("StudyRegistry", "StudyClosed", study, hash("reason"), RESEARCHER),
    emit("AccessBroker", "DenialAlert", RESEARCHER, INSTITUTE, 3, T + 7 * DAY),
    emit("InstitutionRegistry", "InstitutionWasExpelled", REGULATOR, hash("expulsion"), OPERATOR),
    emit(
      "Supervision",
      "CaseDecided",
      ...[hash("case"), INSTITUTE, true, T + 8 * DAY, 300, T + 20 * DAY, hash("violation"), HOSPITAL, CLINICIAN],
    ),
  ],
  [
    emit("AccessManager", "RoleGranted", 3, TIMELOCK, 0, T + 7 * DAY, true),
    emit("AccessManager", "RoleRevoked", 3, OPERATOR),
    emit("AccessManager", "TargetFunctionRoleUpdated", BROKER, "0x12345678", 3),
    emit("AccessBroker", "AuthorityUpdated", addressOf("AccessManager")),
    emit("AccessBroker", "AlertThresholdsChanged", 3, 60, 120, TIMELOCK),
    emit("StudyRegistry", "SandboxLimitsChanged", 5, 10 * DAY, TIMELOCK),
    emit("TimelockController", "RoleGranted", hash("proposer"), addressOf("ConsiliumGovernor"), OPERATOR),
    emit("TimelockController", "RoleRevoked", hash("proposer"), OPERATOR, OPERATOR),
    emit("CommitteeSeats", "SeatGranted", HOSPITAL, GATEWAY, 3, TIMELOCK),
    emit("CommitteeSeats", "SeatGranted", HOSPITAL, GATEWAY, 2, TIMELOCK),
    emit("CommitteeSeats", "SeatEnded", HOSPITAL, GATEWAY, 2, TIMELOCK),
    emit("ConsiliumGovernor", "ProposalCreated", 7, GATEWAY, [BROKER], [0], [""], ["0x0102"], ...VOTE, "0x#proposer="),
    emit("ConsiliumGovernor", "VoteCast", GATEWAY, 7, 1, 1, ""),
    emit("ConsiliumGovernor", "ProposalQueued", 7, T + 9 * DAY),
    emit(
      "SupervisionGroup",
      "ActionProposed",
      hash("action"),
      BROKER,
      "0x0304",
      hash("salt"),
      T + 14 * DAY,
      3,
      GATEWAY,
    ),
    emit("SupervisionGroup", "ActionApproved", hash("action"), GATEWAY),
    emit("AccessBroker", "AccessWasPaused", T + 8 * DAY, hash("leak"), OPERATOR),
    emit("AccessBroker", "AccessWasResumed", hash("mended"), OPERATOR),
    emit("ContributionLedger", "ContributionRulesChanged", [3, 5, 2, 100, 10, 2, [5, 10, 11, 12]], TIMELOCK),
  ],
];

/** The hospital's clinician opens lab results for a day; of nobody, by a record of the hospital's own. */
function emergencyOpened(emergency: string, patient: string, [batch, leaf]: string[]): Emitted {
  const custodian = patient === NOBODY ? HOSPITAL : 0;
  return emit(
    "EmergencyAccess",
    "EmergencyOpened",
    ...[hash(emergency), patient, HOSPITAL, custodian, batch, leaf, 1 << 3, 0, T + 6 * DAY, T + 8 * DAY],
    ...[hash(`reason of ${emergency}`), CLINICIAN],
  );
}

/** What a member did on a day of UTC. */
function statistics(day: number, member: number, sandbox: boolean, counts: Record<string, number>): object {
  return {
    start: `${T + day * DAY - (T % DAY)}`,
    sandbox,
    institution: {
      number: member,
      kind: { [HOSPITAL]: "HOSPITAL", [INSTITUTE]: "RESEARCH", [REGULATOR]: "REGULATOR" }[member],
    },
    ...{ approved: 0, denied: 0, records: 0, deliveries: 0, emergencies: 0, complaints: 0 },
    ...counts,
  };
}

function levels(): unknown[][] {
  return [0, 1, 2, 3].map((level) => [level > 1, level > 1, level > 2, level > 2, level === 3 ? 1 : 0]);
}

const rows = [0, 1, 2, 3].map((level) => ({ level, needsConsent: level > 1 }));
const hospital = { number: HOSPITAL };
const institute = { number: INSTITUTE };
const institution = { number: INSTITUTE, kind: "RESEARCH" };
const requester = { id: RESEARCHER };
const clinician = { id: CLINICIAN };
const ethics = { kind: "ETHICS", verdict: "APPROVED", validUntil: at(5) };
const legal = { kind: "LEGAL", verdict: "EXEMPT", validUntil: `${T + YEAR}` };

/** Under which the minor's data was asked for. */
const guardianshipOfMinor = {
  guardian,
  coGuardian: null,
  from: at(0),
  assentFrom: `${majority}`,
  majority: `${majority}`,
  replacedAt: null,
};

/** A case that was upheld and not appealed against. */
const upheld = {
  complaint: null,
  status: "UPHELD",
  finePaidAt: null,
  fineRefundedAt: null,
  appealedAt: null,
  decideAppealUntil: null,
  appealLapsedAt: null,
  appealDecidedAt: null,
  appealDecidedBy: null,
  appealReasonHash: null,
};

/** Variables and answer of each question, after the last day. */
const ANSWERS: Record<number, { variables: Record<string, unknown>; expected: object }> = {
  1: {
    variables: { patient: minor },
    expected: {
      accesses: [
        {
          id: accessKey("emergency", labs),
          decision: null,
          failedChecks: [],
          decidedAt: at(5),
          category: "LABS",
          level: 2,
          custodian: { number: HOSPITAL, kind: "HOSPITAL" },
          consentStatus: "NONE",
          consent: null,
          guardianship: { guardian },
          deliveredAt: at(5),
          deliveries: 1,
          receivedAt: null,
          receipts: 0,
          request: null,
          emergency: {
            id: hash("emergency"),
            clinician,
            institution: { number: HOSPITAL, kind: "HOSPITAL" },
            status: "OPEN",
            reasonHash: hash("reason of emergency"),
          },
        },
        ...[
          ["lapsed", labs, "DENIED", ["STUDY_ETHICS"], 5, "LABS", 2, null, 0, null, 0],
          ["genome", genome, "APPROVED", [], 1, "GENOMICS", 3, null, 0, at(2), 1],
          ["labs", labs, "APPROVED", [], 1, "LABS", 2, at(2), 1, at(2), 1],
        ].map(
          ([
            request,
            of,
            decision,
            failedChecks,
            day,
            category,
            level,
            deliveredAt,
            deliveries,
            receivedAt,
            receipts,
          ]) => ({
            id: accessKey(request as string, of as typeof labs),
            decision,
            failedChecks,
            decidedAt: at(day as number),
            category,
            level,
            custodian: { number: HOSPITAL, kind: "HOSPITAL" },
            consentStatus: "GIVEN",
            consent: { id: hash("minor's"), authority: "GUARDIAN" },
            guardianship: { guardian },
            deliveredAt,
            deliveries,
            receivedAt,
            receipts,
            request: {
              id: hash(request as string),
              requester,
              institution,
              purposes: ["HRESCH"],
              duoUses: ["DISEASE_SPECIFIC"],
              study: { id: study },
              ruleVersion: 1,
              until: `${T + 30 * DAY}`,
              revokedAt: null,
            },
            emergency: null,
          }),
        ),
      ],
      emergencies: [
        {
          id: hash("emergency"),
          institution: { number: HOSPITAL, kind: "HOSPITAL" },
          clinician,
          categories: ["LABS"],
          status: "OPEN",
          openedAt: at(5),
          until: at(6),
          deliveries: 1,
        },
      ],
    },
  },
  2: {
    variables: { patient: minor, since: `${T + 2 * DAY}` },
    expected: {
      disclosures: [
        {
          timestamp: at(2),
          custodian: { number: HOSPITAL, kind: "HOSPITAL" },
          recipient: institution,
          category: "LABS",
          level: 2,
          ciphertextHash: hash("ciphertext"),
          evidenceHash: hash("delivery evidence"),
          request: {
            id: hash("labs"),
            requester,
            purposes: ["HRESCH"],
            duoUses: ["DISEASE_SPECIFIC"],
            study: { id: study },
          },
        },
      ],
      receivedOnly: [
        {
          receivedAt: at(2),
          request: { id: hash("genome"), requester, institution, purposes: ["HRESCH"] },
          emergency: null,
        },
      ],
      inEmergencies: [
        {
          timestamp: at(5),
          custodian: { number: HOSPITAL, kind: "HOSPITAL" },
          recipient: { number: HOSPITAL, kind: "HOSPITAL" },
          category: "LABS",
          level: 2,
          ciphertextHash: hash("ciphertext"),
          evidenceHash: hash("emergency's evidence"),
          emergency: { id: hash("emergency"), clinician, reasonHash: hash("reason of emergency") },
        },
      ],
    },
  },
  3: {
    variables: { patient: adult, now: at(4) },
    expected: {
      consents: [
        {
          id: hash("new"),
          status: "GIVEN",
          authority: "SELF",
          actor: adult,
          institution: null,
          agent: null,
          study: null,
          purposes: ["HRESCH", "DSRCH"],
          duoUses: ["DISEASE_SPECIFIC", "METHODS_DEVELOPMENT"],
          modifiers: ["NPU"],
          categories: ["LABS"],
          level: 2,
          deidentification: 0,
          recipientKinds: ["RESEARCH"],
          regions: [0],
          flags: ["AUTO_APPROVE"],
          validFrom: at(4),
          validUntil: `${T + YEAR}`,
          notice: hash("notice of new"),
        },
      ],
    },
  },
  4: {
    variables: { access: accessKey("cohort", own), block: 3 },
    expected: {
      access: {
        decidedAt: at(1),
        consentStatus: "GIVEN",
        consentLag: null,
        consent: {
          id: hash("adult's"),
          status: "GIVEN",
          validFrom: at(0),
          validUntil: `${T + YEAR}`,
          endedAt: null,
          epoch: { endedAt: null },
        },
        deliveryLogs: [{ timestamp: at(2), consentStatus: "GIVEN", consentLag: null }],
        receiptLogs: [],
      },
    },
  },
  5: {
    variables: {},
    expected: {
      withoutConsent: [
        {
          id: accessKey("inspection", internal),
          level: 1,
          decidedAt: at(1),
          request: {
            requester: { id: INSPECTOR },
            institution: { number: REGULATOR },
            purposes: ["HCOMPL"],
            ruleSet: { version: 1, levels: rows },
          },
        },
      ],
      notInForce: [],
      invalidated: [],
      delivered: [],
      inEmergencies: [{ id: logOf(6, 5), timestamp: at(5), emergency: { id: hash("emergency"), status: "OPEN" } }],
    },
  },
  6: {
    variables: {},
    expected: {
      decided: [
        {
          id: accessKey("too late", own),
          decision: "DENIED",
          decidedAt: at(4),
          consentStatus: "WITHDRAWN",
          consentLag: `${DAY}`,
          request: { requester, institution: institute },
        },
      ],
      delivered: [],
      received: [
        {
          id: logOf(5, 0),
          timestamp: at(4),
          consentStatus: "WITHDRAWN",
          consentLag: `${DAY}`,
          institution: institute,
          access: { id: accessKey("cohort", own) },
        },
      ],
    },
  },
  7: {
    variables: { now: `${majority}` },
    expected: {
      revoked: [
        { id: accessKey("cohort", own), custodian: hospital, keyRevokedAt: at(5), keyRevocationLag: `${2 * DAY}` },
      ],
      pendingAfterEnd: [],
      pendingAfterWithdrawalOfAll: [],
      pendingAfterExpiry: [
        {
          id: accessKey("labs", labs),
          custodian: hospital,
          consent: { id: hash("minor's"), validUntil: `${majority}` },
        },
      ],
    },
  },
  8: {
    variables: { openedBefore: at(5) },
    expected: {
      institutions: [
        {
          number: HOSPITAL,
          kind: "HOSPITAL",
          emergencies: [
            ["emergency", minor, "OPEN", null, null, 1],
            ["unidentified", null, "OPEN", null, null, 0],
            ["unjustified", adult, "UNJUSTIFIED", at(5), INSPECTOR, 0],
          ]
            .map(([name, who, status, reviewedAt, reviewedBy, deliveries]) => ({
              id: hash(name as string),
              clinician,
              patient: who === null ? null : { id: who },
              categories: ["LABS"],
              optedOut: [],
              status,
              openedAt: at(5),
              until: at(6),
              reasonHash: hash(`reason of ${name}`),
              reviewedAt,
              reviewedBy,
              deliveries,
              receipts: 0,
            }))
            .sort((one, other) => (one.id < other.id ? -1 : 1)),
        },
      ],
      unreviewed: ["emergency", "unidentified"]
        .map((name) => ({ id: hash(name), institution: hospital, clinician, openedAt: at(5), reviewUntil: at(8) }))
        .sort((one, other) => (one.id < other.id ? -1 : 1)),
    },
  },
  9: {
    variables: {},
    expected: {
      withoutNotice: [
        {
          id: hash("unidentified"),
          institution: hospital,
          clinician,
          custodian: hospital,
          leaf: recordLeaf(internal),
          status: "OPEN",
          openedAt: at(5),
          deliveries: 0,
        },
      ],
      failed: [
        {
          id: hash("unjustified"),
          institution: hospital,
          clinician,
          status: "UNJUSTIFIED",
          openedAt: at(5),
          noticedAt: at(5),
          reviewedAt: at(5),
          reviewedBy: INSPECTOR,
          reviewReasonHash: hash("verdict"),
          lapsedAt: null,
          deliveries: 0,
          cases: [
            {
              id: hash("unjustified"),
              violation: "EMERGENCY_UNJUSTIFIED",
              status: "UPHELD",
              suspendedUntil: null,
              fine: "0",
            },
          ],
        },
      ],
    },
  },
  10: {
    variables: { before: at(3) },
    expected: {
      sourceOnly: [
        {
          id: accessKey("inspection", internal),
          deliveries: 1,
          receipts: 0,
          deliveredAt: at(2),
          custodian: hospital,
          request: { requester: { id: INSPECTOR }, institution: { number: REGULATOR } },
          emergency: null,
        },
      ],
      recipientOnly: [
        {
          id: accessKey("genome", genome),
          deliveries: 0,
          receipts: 1,
          receivedAt: at(2),
          custodian: hospital,
          request: { requester, institution: institute },
          emergency: null,
        },
      ],
    },
  },
  11: {
    variables: { request: hash("genome") },
    expected: {
      request: {
        decision: "APPROVED",
        failed: "0",
        failedChecks: [],
        pendingReviews: [],
        requestedAt: at(1),
        decidedAt: at(1),
        until: `${T + 30 * DAY}`,
        ruleVersion: 1,
        ruleSet: {
          contract: wallet("rules"),
          prohibitedPurposes: ["HMARKT"],
          maxGrantDuration: `${90 * DAY}`,
          levels: [0, 1, 2, 3].map((level) => ({
            level,
            needsConsent: level > 1,
            needsStudy: level > 1,
            needsCoreCategory: level > 2,
            needsSeparateConsent: level > 2,
            reviews: level === 3 ? ["PATIENT"] : [],
          })),
        },
        requester,
        requesterRoles: ["RESEARCHER"],
        institution,
        accredited: true,
        ethicsApproved: true,
        legallyApproved: true,
        study: { id: study },
        studyVersion: {
          number: 1,
          protocolHash: hash("protocol 1 of study"),
          reviews: [ethics, legal].map((review) => ({
            ...review,
            reviewedAt: at(0),
            reasonHash: hash(`${review.kind} review`),
            institution: { number: REGULATOR },
            by: ETHICS_REVIEWER,
          })),
        },
        word: `${encodePolicyWord({ ...ASKED, categories: ["genomics"], level: 3 })}`,
        purposes: ["HRESCH"],
        duoUses: ["DISEASE_SPECIFIC"],
        categories: ["GENOMICS"],
        level: 3,
        deidentification: 0,
        flags: [],
        reviews: [
          {
            timestamp: at(1),
            kind: "PATIENT",
            approved: true,
            reviewer: guardian,
            institution: null,
            authority: "GUARDIAN",
            evidenceHash: hash("PATIENT evidence"),
          },
        ],
        decisions: [
          {
            timestamp: at(1),
            decision: "NEEDS_REVIEW",
            failedChecks: [],
            pendingReviews: ["PATIENT"],
            ruleVersion: 1,
            transaction: transactionOf(2),
          },
          {
            timestamp: at(1),
            decision: "APPROVED",
            failedChecks: [],
            pendingReviews: [],
            ruleVersion: 1,
            transaction: transactionOf(2),
          },
        ],
        refusals: [],
        accesses: [
          {
            id: accessKey("genome", genome),
            decision: "APPROVED",
            failedChecks: [],
            consentStatus: "GIVEN",
            deliveryLogs: [],
            receiptLogs: [{ timestamp: at(2), verified: true, by: RESEARCHER }],
          },
        ],
      },
    },
  },
  12: {
    variables: {},
    expected: {
      decisionCounts: [
        ["APPROVED", "HRESCH", null, 3],
        ["NEEDS_REVIEW", "HRESCH", null, 1],
        ["APPROVED", "HCOMPL", null, 1],
        ["DENIED", "HMARKT", null, 1],
        ["DENIED", "HMARKT", "PURPOSE_PROHIBITED", 1],
        ["DENIED", "HRESCH", null, 2],
        ["DENIED", "HRESCH", "CONSENT_NOT_IN_FORCE", 1],
        ["DENIED", "HRESCH", "STUDY_ETHICS", 1],
      ].map(([decision, purpose, failedCheck, count]) => ({
        decision,
        purpose,
        failedCheck,
        requests: `${count}`,
        records: `${count}`,
      })),
    },
  },
  13: {
    variables: {},
    expected: {
      requests: [
        {
          id: hash("lapsed"),
          decision: "DENIED",
          failedChecks: ["STUDY_ETHICS"],
          decidedAt: at(5),
          requester,
          institution: { number: INSTITUTE, accreditedFrom: at(0), accreditedUntil: `${T + YEAR}` },
          accredited: true,
          ethicsApproved: false,
          legallyApproved: true,
          study: { id: study, closedAt: at(6) },
          studyVersion: { number: 1, validFrom: at(0), validUntil: `${T + YEAR}`, reviews: [ethics, legal] },
        },
      ],
    },
  },
  14: {
    variables: {},
    expected: (() => {
      const access = {
        id: accessKey("genome", genome),
        decision: "APPROVED",
        decidedAt: at(1),
        deliveredAt: null,
        request: {
          requester,
          institution: institute,
          study: { id: study },
          studyVersion: { filingHash: hash("filing"), coreCategories: ["GENOMICS"] },
          reviews: [{ kind: "PATIENT", approved: true }],
        },
        emergency: null,
      };
      return { core: [{ ...access, category: "GENOMICS" }], genomic: [{ ...access, level: 3 }], asked: [] };
    })(),
  },
  15: {
    variables: { before: `${majority}` },
    expected: {
      accesses: [
        ...[
          ["labs", labs, "APPROVED", 1, at(2), [], [{ timestamp: at(2), guardianship: { guardian } }]],
          ["genome", genome, "APPROVED", 1, null, [{ reviewer: guardian, authority: "GUARDIAN", approved: true }], []],
          ["lapsed", labs, "DENIED", 5, null, [], []],
        ].map(([request, of, decision, day, deliveredAt, reviews, deliveryLogs]) => ({
          id: accessKey(request as string, of as typeof labs),
          decision,
          decidedAt: at(day as number),
          patient: { id: minor },
          guardianship: guardianshipOfMinor,
          consent: { id: hash("minor's"), authority: "GUARDIAN", actor: guardian },
          request: { reviews },
          emergency: null,
          deliveredAt,
          deliveryLogs,
        })),
        {
          id: accessKey("emergency", labs),
          decision: null,
          decidedAt: at(5),
          patient: { id: minor },
          guardianship: guardianshipOfMinor,
          consent: null,
          request: null,
          emergency: { id: hash("emergency"), status: "OPEN" },
          deliveredAt: at(5),
          deliveryLogs: [],
        },
      ],
      reaffirmationsDue: [
        {
          id: hash("minor's"),
          patient: { id: minor },
          authority: "GUARDIAN",
          actor: guardian,
          reaffirmBy: `${majority}`,
        },
      ],
      guardianOrders: [
        {
          id: hash("order"),
          patient: { id: minor },
          guardian: wallet("aunt"),
          coGuardian: null,
          since: at(0),
          majority: `${majority}`,
          until: at(5),
          documentHash: hash("document"),
          ethicsApprovedAt: at(0),
          supervisionApprovedAt: null,
          carriedOutAt: null,
        },
      ],
    },
  },
  16: {
    variables: { since: "0" },
    expected: {
      decided: [
        ["trust's", "GIVEN", 2, true],
        ["too much", "WITHDRAWN", 3, false],
      ]
        .map(([name, status, level, withinMandate]) => ({
          id: hash(name as string),
          patient: { id: ward },
          actor: trust,
          status,
          givenAt: at(0),
          validUntil: `${T + YEAR}`,
          word: `${encodePolicyWord({ ...POLICY, level: level as number, flags: ["autoApprove", "delegateSigned"] })}`,
          mandateWord: `${mandate}`,
          withinMandate,
          mandate: { validUntil: `${T + YEAR}`, endedAt: null },
        }))
        .sort((one, other) => (one.id < other.id ? -1 : 1)),
      withdrawn: [
        {
          timestamp: at(0),
          consent: { id: hash("too much") },
          actor: trust,
          mandateWord: `${mandate}`,
          withinMandate: false,
        },
      ],
      beyondMandate: [{ id: hash("too much"), actor: trust }],
      withdrawnBeyondMandate: [{ consent: { id: hash("too much") }, actor: trust }],
    },
  },
  17: {
    variables: { now: at(5) },
    expected: {
      batches: [
        { id: hash("due"), custodian: hospital, count: 7, remaining: 7, retentionUntil: at(4) },
        { id: hash("batch"), custodian: hospital, count: 4, remaining: 4, retentionUntil: at(5) },
      ],
      records: [
        {
          id: recordKey("batch", recordLeaf(internal)),
          custodian: hospital,
          patient: { id: adult },
          retentionEnd: at(4),
        },
        {
          id: recordKey("batch", recordLeaf(labs)),
          custodian: hospital,
          patient: { id: minor },
          retentionEnd: at(5),
        },
      ],
      reported: [],
    },
  },
  18: {
    variables: { since: "0" },
    expected: {
      anchors: [
        {
          timestamp: at(0),
          batch: { id: hash("batch"), root: hash("root of batch"), published: true, retentionUntil: at(5) },
          custodian: hospital,
          count: 4,
          by: GATEWAY,
        },
        {
          timestamp: at(0),
          batch: { id: hash("due"), root: hash("root of due"), published: false, retentionUntil: at(4) },
          custodian: hospital,
          count: 7,
          by: GATEWAY,
        },
      ],
      supersessions: [
        {
          timestamp: at(5),
          record: { id: recordKey("batch", recordLeaf(labs)), custodian: hospital },
          successor: { id: recordKey("batch", recordLeaf(genome)) },
          reasonHash: hash("reason"),
          by: GATEWAY,
        },
      ],
      failedVerifications: [
        {
          timestamp: at(5),
          batch: { id: hash("batch"), custodian: hospital },
          leaf: recordLeaf(labs),
          reporter: institute,
          evidenceHash: hash("evidence"),
          by: RESEARCHER,
        },
      ],
      failedReceipts: [
        {
          timestamp: at(2),
          access: { id: accessKey("labs", labs), custodian: hospital },
          institution: institute,
          by: RESEARCHER,
        },
      ],
    },
  },
  19: {
    variables: {},
    expected: {
      requests: [
        {
          id: hash("labs"),
          categories: ["LABS"],
          level: 2,
          accesses: [{ category: "LABS", level: 2, withinRequest: true }],
        },
        { id: hash("genome"), categories: ["GENOMICS"], level: 3, accesses: [] },
        {
          id: hash("inspection"),
          categories: ["CLAIMS"],
          level: 1,
          accesses: [{ category: "CLAIMS", level: 1, withinRequest: true }],
        },
        {
          id: hash("cohort"),
          categories: ["LABS"],
          level: 2,
          accesses: [{ category: "LABS", level: 2, withinRequest: true }],
        },
      ],
      exceeding: [],
    },
  },
  20: {
    variables: { study },
    expected: {
      study: {
        id: study,
        sponsor: institute,
        agreements: [
          {
            id: study,
            received: "1000",
            patientsPaid: "500",
            custodiansPaid: "150",
            institutionsPaid: "0",
            fundPaid: "300",
          },
        ],
      },
      requests: [
        { id: hash("labs"), decision: "APPROVED", granted: 1, refused: 0 },
        { id: hash("genome"), decision: "APPROVED", granted: 1, refused: 0 },
        { id: hash("lapsed"), decision: "DENIED", granted: 0, refused: 1 },
      ],
      delivered: [{ id: accessKey("labs", labs), request: { id: hash("labs") } }],
      received: [
        { id: accessKey("labs", labs), request: { id: hash("labs") } },
        { id: accessKey("genome", genome), request: { id: hash("genome") } },
      ],
      enrolments: [{ agreement: { id: study }, request: { id: hash("labs") }, units: "1" }],
    },
  },
  21: {
    variables: {},
    expected: {
      revenueAgreements: [
        {
          id: study,
          study: { id: study },
          productHash: null,
          token: wallet("token"),
          unitRule: "RECORD",
          units: "1",
          received: "1000",
          patientAmount: "500",
          patientsPaid: "500",
          donated: "0",
          lapsed: "0",
          fundAmount: "300",
          fundPaid: "300",
          custodianAmount: "150",
          custodiansPaid: "150",
          institutionsPaid: "0",
          epochs: [
            {
              number: 1,
              startsAt: at(5),
              startedAt: at(5),
              received: "1000",
              dust: 0,
              patientShare: 5000,
              fundShare: 3000,
              custodianShare: 1500,
              payees: [{ institution: hospital, share: 500, paid: "0" }],
            },
          ],
          custodians: [{ institution: hospital, units: "1", paid: "150" }],
        },
      ],
      fundAccounts: [{ token: wallet("token"), received: "300", spent: "0" }],
    },
  },
  22: {
    variables: {},
    expected: {
      suspensions: [
        {
          id: logOf(7, 0),
          institution,
          reasonHash: hash("violation"),
          by: OPERATOR,
          from: at(6),
          until: at(8),
          reinstatedAt: null,
          reinstatementReasonHash: null,
          decisions: [{ timestamp: at(6), until: at(8), reasonHash: hash("violation"), by: OPERATOR }],
          acts: [{ name: "StudyClosed", timestamp: at(6), transaction: transactionOf(7) }],
        },
      ],
      fines: [
        {
          timestamp: at(6),
          institution: institute,
          amount: "300",
          bond: "700",
          reasonHash: hash("violation"),
          by: OPERATOR,
        },
      ],
      expulsions: [
        { timestamp: at(6), institution: { number: REGULATOR }, reasonHash: hash("expulsion"), by: OPERATOR },
      ],
      suspendedActs: [{ name: "StudyClosed", timestamp: at(6), transaction: transactionOf(7), institution: institute }],
      cases: [
        {
          ...upheld,
          id: hash("unjustified"),
          accused: hospital,
          reporter: null,
          violation: "EMERGENCY_UNJUSTIFIED",
          evidenceHash: hash("verdict"),
          grant: null,
          emergency: { id: hash("unjustified") },
          decidedAt: at(5),
          decidedBy: INSPECTOR,
          decider: { number: REGULATOR },
          reasonHash: hash("verdict"),
          suspendedUntil: null,
          suspension: null,
          fine: "0",
        },
        {
          ...upheld,
          id: hash("case"),
          accused: institute,
          reporter: hospital,
          violation: "REIDENTIFICATION",
          evidenceHash: hash("evidence"),
          grant: { id: hash("labs") },
          emergency: null,
          decidedAt: at(6),
          decidedBy: CLINICIAN,
          decider: hospital,
          reasonHash: hash("violation"),
          suspendedUntil: at(8),
          suspension: { id: logOf(7, 0) },
          fine: "300",
        },
      ],
    },
  },
  23: {
    variables: {},
    expected: {
      institutions: [
        {
          ...institution,
          negativeListHits: 1,
          requests: [
            {
              id: hash("marketing"),
              requester,
              purposes: ["HMARKT"],
              decision: "DENIED",
              requestedAt: at(1),
              ruleSet: { version: 1, prohibitedPurposes: ["HMARKT"] },
            },
          ],
        },
      ],
      violations: [
        { id: hash("case"), accused: institution, violation: "REIDENTIFICATION", status: "UPHELD", decidedAt: at(6) },
      ],
    },
  },
  24: {
    variables: {},
    expected: {
      requests: [
        {
          id: hash("inspection"),
          requester: { id: INSPECTOR },
          requesterRoles: ["OFFICER"],
          institution: { number: REGULATOR },
          institutionKind: "REGULATOR",
          purposes: ["HCOMPL"],
          decision: "APPROVED",
          requestedAt: at(1),
          granted: 1,
          accesses: [{ patient: { id: adult }, category: "CLAIMS", level: 1, deliveredAt: at(2), receivedAt: null }],
        },
      ],
    },
  },
  25: {
    variables: { since: at(1), requests: 4, records: 2, deliveries: 3 },
    expected: {
      byRequests: [
        {
          start: at(1),
          requests: 4,
          denied: 1,
          agent: { id: RESEARCHER, roles: ["RESEARCHER"], institution: institute },
        },
      ],
      byRecords: [
        { start: at(1), records: 2, agent: { id: RESEARCHER, roles: ["RESEARCHER"], institution: institute } },
      ],
      byDeliveries: [
        { start: at(2), deliveries: 3, agent: { id: GATEWAY, roles: ["GATEWAY"], institution: hospital } },
      ],
      alerts: [{ timestamp: at(6), requester, institution: institute, denials: 3, suspendedUntil: at(7) }],
    },
  },
  27: {
    variables: { since: at(0) },
    expected: {
      ruleSets: [
        {
          version: 1,
          contract: wallet("rules"),
          maxGrantDuration: `${90 * DAY}`,
          prohibitedPurposes: ["HMARKT"],
          since: at(0),
          until: null,
          by: OPERATOR,
          levels: [0, 1, 2, 3].map((level) => ({
            needsConsent: level > 1,
            needsStudy: level > 1,
            needsCoreCategory: level > 2,
            needsSeparateConsent: level > 2,
            reviews: level === 3 ? ["PATIENT"] : [],
          })),
        },
      ],
      thresholds: [{ timestamp: at(7), maxDenials: 3, window: "60", suspension: "120", by: TIMELOCK }],
      sandboxLimits: [{ timestamp: at(7), maxSubjects: "5", maxDuration: `${10 * DAY}`, by: TIMELOCK }],
      rolesGranted: [{ timestamp: at(7), role: { number: "3" }, account: TIMELOCK, delay: "0" }],
      rolesRevoked: [{ timestamp: at(7), role: { number: "3" }, account: OPERATOR }],
      timelockRolesGranted: [
        { timestamp: at(7), role: hash("proposer"), account: addressOf("ConsiliumGovernor"), by: OPERATOR },
      ],
      timelockRolesRevoked: [{ timestamp: at(7), role: hash("proposer"), account: OPERATOR, by: OPERATOR }],
      functions: [{ timestamp: at(7), target: { id: BROKER }, selector: "0x12345678", role: { number: "3" } }],
      authorities: [{ timestamp: at(7), target: { id: BROKER }, authority: addressOf("AccessManager") }],
      seatsGranted: [
        { timestamp: at(7), institution: hospital, group: "SUPERVISION", holder: { id: GATEWAY }, by: TIMELOCK },
        { timestamp: at(7), institution: hospital, group: "ETHICS", holder: { id: GATEWAY }, by: TIMELOCK },
      ],
      seatsEnded: [{ timestamp: at(7), institution: hospital, group: "ETHICS", holder: { id: GATEWAY }, by: TIMELOCK }],
      proposals: [
        {
          number: "7",
          description: "0x#proposer=",
          proposer: { id: GATEWAY },
          targets: [BROKER],
          calldatas: ["0x0102"],
          proposedAt: at(7),
          voteStart: at(8),
          voteEnd: at(15),
          votesFor: "1",
          votesAgainst: "0",
          votesAbstain: "0",
          queuedAt: at(7),
          readyAt: at(9),
          executedAt: null,
          cancelledAt: null,
          votes: [{ voter: { id: GATEWAY, institution: hospital }, support: "FOR", weight: "1" }],
        },
      ],
      groupActions: [
        {
          id: hash("action"),
          group: "SUPERVISION",
          target: BROKER,
          data: "0x0304",
          proposedAt: at(7),
          executedAt: null,
          countedApprovals: null,
          countedSeats: null,
          approvals: [{ by: { id: GATEWAY } }],
        },
      ],
      pauses: [{ timestamp: at(7), until: at(8), reasonHash: hash("leak"), by: OPERATOR }],
      resumptions: [{ timestamp: at(7), reasonHash: hash("mended"), by: OPERATOR }],
    },
  },
  28: {
    variables: { institution: institutionKey(HOSPITAL) },
    expected: {
      contribution: {
        institution: { number: HOSPITAL, kind: "HOSPITAL" },
        ...{ earned: "10", deducted: "0", stars: 3, deliveries: 1, accepted: 1 },
      },
      credits: [
        {
          timestamp: at(5),
          transaction: transactionOf(6),
          recipient: institute,
          access: {
            id: accessKey("labs", labs),
            request: { id: hash("labs") },
            deliveryLogs: [{ id: logOf(3, 0), timestamp: at(2), by: GATEWAY }],
          },
          batch: { id: hash("batch"), anchoredAt: at(0) },
          ...{ accepted: true, published: true, points: "10", earned: "10", stars: 2 },
        },
      ],
      deductions: [
        {
          timestamp: at(5),
          transaction: transactionOf(6),
          case_: {
            id: hash("unjustified"),
            violation: "EMERGENCY_UNJUSTIFIED",
            status: "UPHELD",
            decidedAt: at(5),
            suspendedUntil: null,
          },
          ...{ points: "4", deducted: "4", stars: 1 },
        },
      ],
      restorations: [
        {
          timestamp: at(5),
          transaction: transactionOf(6),
          case_: { id: hash("unjustified"), status: "UPHELD", appealDecidedAt: null },
          ...{ points: "4", deducted: "0", stars: 2 },
        },
      ],
      rules: [
        {
          timestamp: at(7),
          ...{ delivery: "3", acceptance: "5", publication: "2", cap: "100", deduction: "10", deductionPerDay: "2" },
          thresholds: ["5", "10", "11", "12"],
          by: TIMELOCK,
        },
      ],
    },
  },
  29: {
    variables: { since: at(0), until: at(5), skip: 0 },
    expected: {
      institutionDays: [
        statistics(1, INSTITUTE, false, { approved: 1, denied: 1, records: 1 }),
        statistics(1, INSTITUTE, true, { approved: 2, records: 2 }),
        statistics(1, REGULATOR, false, { approved: 1, records: 1 }),
        statistics(2, HOSPITAL, false, { deliveries: 2 }),
        statistics(2, HOSPITAL, true, { deliveries: 1 }),
        statistics(4, INSTITUTE, false, { denied: 1 }),
        statistics(5, HOSPITAL, false, { deliveries: 1, emergencies: 3, complaints: 1 }),
        statistics(5, INSTITUTE, true, { denied: 1 }),
      ],
    },
  },
};

/** `gnd test` passes no variables: they become defaults. */
function withDefaults(query: string, variables: Record<string, unknown>): string {
  return Object.entries(variables).reduce((text, [name, value]) => {
    const declared = new RegExp(`(\\$${name}: \\w+)!?( = \\w+)?`);
    if (!declared.test(text)) throw new Error(`There is no variable ${name} in ${text}`);
    return text.replace(declared, `$1 = ${JSON.stringify(value)}`);
  }, query);
}

export const auditQueriesCases: TestCase[] = [
  {
    name: "audit queries: the questions of the documentation",
    chapters: [
      {
        shows: "each query of the documentation has its answer",
        blocks: days.map((events, day) => ({ timestamp: T + day * DAY, events })),
        assertions: readAuditQueries().map(({ question, query }) => {
          const answer = ANSWERS[question];
          if (answer === undefined) throw new Error(`There is no answer to Q${question}.`);
          return { query: withDefaults(query, answer.variables), expected: answer.expected };
        }),
      },
    ],
  },
];
