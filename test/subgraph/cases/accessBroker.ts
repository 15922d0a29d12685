import { encodePolicyWord, failedCheckMask } from "@consilium/sdk";
import {
  accessKey,
  answered,
  ASKED,
  cohortDecided,
  decided,
  delivered,
  keyRevoked,
  membersGranted,
  membersRefused,
  received,
} from "../support/access.ts";
import { allWithdrawn, given, refused, withdrawn } from "../support/consents.ts";
import { addressOf } from "../support/contracts.ts";
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
import { littleEndian, logOf, type TestCase } from "../support/TestCase.ts";
import { concat, DAY, emit, hash, institutionKey, NOBODY, T, wallet, YEAR, ZERO } from "../support/values.ts";

const patient = wallet("patient");
const second = wallet("second patient");
const minor = wallet("minor");
const guardian = wallet("guardian");
const own = record(patient, 0);
const others = record(second, 1);
const genome = record(patient, 2, { category: "genomics", level: 3 });
const minors = record(minor, 3, { category: "genomics", level: 3 });
const published = [own, others, genome, minors];
const broker = addressOf("AccessBroker");
const study = hash("study");
const day = (number: number): number => T + number * DAY;
const event = (name: string, ...values: unknown[]) => emit("AccessBroker", name, ...values);

/** Rules with the negative list {HMARKT, BTG}; each level needs more. */
function rules(version: number, by = OPERATOR) {
  const levels = [0, 1, 2, 3].map((level) => [level > 1, level > 1, level > 2, level > 2, [0, 4, 0, 7][level]]);
  return event("RuleSetChanged", wallet(`rules ${version}`), version, [levels, (1n << 27n) | (1n << 3n), 90 * DAY], by);
}

const start = [...admitted(), rules(1), ...indexed("batch", published)];

export const accessBrokerCases: TestCase[] = [
  {
    name: "accessBroker: decisions, what was asked, by whom, and why it was denied",
    chapters: [
      {
        shows: "decisions are counted by purpose and failed check, an agent's requests by the hour",
        blocks: [
          { timestamp: T, events: start },
          {
            timestamp: T + 10,
            events: [
              decided("one", own),
              decided("two", own, { decision: "DENIED", failed: ["CONSENT_LEVEL", "STUDY_CAP"] }),
              decided("three", own, {
                decision: "DENIED",
                failed: ["STUDY_CAP"],
                word: { purposes: ["HRESCH", "DSRCH"] },
              }),
              decided("four", own, { decision: "DENIED", failed: ["PURPOSE_MISSING"], word: { purposes: [] } }),
            ],
          },
          { timestamp: T + 3600, events: [decided("five", own)] },
        ],
        assertions: [
          {
            query: `{ decisionCounts(where: { decision: DENIED }) { id purpose failedCheck requests records }
          approved: decisionCounts(where: { decision: APPROVED }) { id purpose failedCheck requests records } }`,
            expected: {
              decisionCounts: [
                { id: "0x0213ff", purpose: "HRESCH", failedCheck: null, requests: "2", records: "2" },
                { id: "0x021318", purpose: "HRESCH", failedCheck: "CONSENT_LEVEL", requests: "1", records: "1" },
                { id: "0x021326", purpose: "HRESCH", failedCheck: "STUDY_CAP", requests: "2", records: "2" },
                { id: "0x0217ff", purpose: "DSRCH", failedCheck: null, requests: "1", records: "1" },
                { id: "0x021726", purpose: "DSRCH", failedCheck: "STUDY_CAP", requests: "1", records: "1" },
                { id: "0x02ffff", purpose: null, failedCheck: null, requests: "1", records: "1" },
                { id: "0x02ff03", purpose: null, failedCheck: "PURPOSE_MISSING", requests: "1", records: "1" },
              ],
              approved: [{ id: "0x0113ff", purpose: "HRESCH", failedCheck: null, requests: "2", records: "2" }],
            },
          },
          {
            query: `{ agentHours(orderBy: start) { id agent { id } start requests denied records deliveries receipts } }`,
            expected: {
              agentHours: [
                {
                  id: concat(RESEARCHER, littleEndian(T / 3600)),
                  agent: { id: RESEARCHER },
                  start: `${T}`,
                  requests: 4,
                  denied: 3,
                  records: 1,
                  deliveries: 0,
                  receipts: 0,
                },
                {
                  id: concat(RESEARCHER, littleEndian(T / 3600 + 1)),
                  agent: { id: RESEARCHER },
                  start: `${T + 3600}`,
                  requests: 1,
                  denied: 0,
                  records: 1,
                  deliveries: 0,
                  receipts: 0,
                },
              ],
            },
          },
        ],
      },
      {
        shows: "an approved request has what was asked, by whom, and under which consent, study and rules",
        blocks: [
          {
            timestamp: day(1),
            events: [
              registered("study", { filingHash: hash("filing") }),
              reviewed("study", "ETHICS", "APPROVED"),
              reviewed("study", "LEGAL", "EXEMPT"),
              given("consent", patient),
            ],
          },
          { timestamp: day(1) + 10, events: [decided("request", own, { study, consent: "consent" })] },
        ],
        assertions: [
          {
            query: `{ request(id: "${hash("request")}") {
          requester { id } requesterRoles institution { number } institutionKind byOfficial isCohort patient { id } study { id }
          studyVersion { number filingHash } word purposes duoUses categories level deidentification flags until decision failed failedChecks
          pendingReviews ruleVersion ruleSet { version prohibitedPurposes } requestedAt decidedAt accredited ethicsApproved legallyApproved
          approvalsInForce negativeListHit root granted refused revokedAt revokedBy revocationReasonHash
          enrolments { id }
          reviews { id } decisions { id } refusals { id }
        } }`,
            expected: {
              request: {
                requester: { id: RESEARCHER },
                requesterRoles: ["RESEARCHER"],
                institution: { number: INSTITUTE },
                institutionKind: "RESEARCH",
                byOfficial: false,
                isCohort: false,
                patient: { id: patient },
                study: { id: study },
                studyVersion: { number: 1, filingHash: hash("filing") },
                word: `${encodePolicyWord(ASKED)}`,
                purposes: ["HRESCH"],
                duoUses: ["DISEASE_SPECIFIC"],
                categories: ["LABS"],
                level: 2,
                deidentification: 0,
                flags: [],
                until: `${T + 30 * DAY}`,
                decision: "APPROVED",
                failed: "0",
                failedChecks: [],
                pendingReviews: [],
                ruleVersion: 1,
                ruleSet: { version: 1, prohibitedPurposes: ["BTG", "HMARKT"] },
                requestedAt: `${day(1) + 10}`,
                decidedAt: `${day(1) + 10}`,
                accredited: true,
                ethicsApproved: true,
                legallyApproved: true,
                approvalsInForce: true,
                negativeListHit: false,
                root: null,
                granted: 1,
                refused: 0,
                revokedAt: null,
                revokedBy: null,
                revocationReasonHash: null,
                enrolments: [],
                reviews: [],
                decisions: [{ id: logOf(5, 0) }],
                refusals: [],
              },
            },
          },
          {
            query: `{ access(id: "${accessKey("request", own)}") {
          request { id } patient { id } batch { id } leaf record { id } custodian { number } category level consent { id }
          consentEpoch { number } consentStatus consentLag guardianship { id } decision failed failedChecks decidedAt deliveries receipts
          unmatched deliveredAt receivedAt deliveredCiphertextHash receivedCiphertextHash verified withinRequest keyRevokedAt
          keyRevocationLag paid deliveryLogs { id } receiptLogs { id }
        } }`,
            expected: {
              access: {
                request: { id: hash("request") },
                patient: { id: patient },
                batch: { id: hash("batch") },
                leaf: recordLeaf(own),
                record: { id: recordKey("batch", recordLeaf(own)) },
                custodian: { number: HOSPITAL },
                category: "LABS",
                level: 2,
                consent: { id: hash("consent") },
                consentEpoch: { number: 0 },
                consentStatus: "GIVEN",
                consentLag: null,
                guardianship: null,
                decision: "APPROVED",
                failed: "0",
                failedChecks: [],
                decidedAt: `${day(1) + 10}`,
                deliveries: 0,
                receipts: 0,
                unmatched: 0,
                deliveredAt: null,
                receivedAt: null,
                deliveredCiphertextHash: null,
                receivedCiphertextHash: null,
                verified: null,
                withinRequest: null,
                keyRevokedAt: null,
                keyRevocationLag: null,
                paid: "0",
                deliveryLogs: [],
                receiptLogs: [],
              },
            },
          },
          {
            query: `{ accessDecideds(where: { request: "${hash("request")}" }) { emitter request { id } access { id } requester { id } patient { id } institution { number } decision failed
          failedChecks pendingReviews ruleVersion study word consent batch leaf meta until askHash } }`,
            expected: {
              accessDecideds: [
                {
                  emitter: broker,
                  request: { id: hash("request") },
                  access: { id: accessKey("request", own) },
                  requester: { id: RESEARCHER },
                  patient: { id: patient },
                  institution: { number: INSTITUTE },
                  decision: "APPROVED",
                  failed: "0",
                  failedChecks: [],
                  pendingReviews: [],
                  ruleVersion: 1,
                  study,
                  word: `${encodePolicyWord(ASKED)}`,
                  consent: hash("consent"),
                  batch: hash("batch"),
                  leaf: recordLeaf(own),
                  meta: `${own.meta}`,
                  until: `${T + 30 * DAY}`,
                  askHash: hash("ask"),
                },
              ],
            },
          },
        ],
      },
      {
        shows: "a denied request names every check that failed, even of a record and a consent that nobody knows",
        blocks: [
          {
            timestamp: day(2) + 10,
            events: [
              decided("denied", genome, {
                decision: "DENIED",
                failed: [
                  "PURPOSE_PROHIBITED",
                  "RECORD_NOT_ANCHORED",
                  "CONSENT_NOT_IN_FORCE",
                  "PATIENT_DEACTIVATED",
                  "STUDY_FILING",
                  "REVIEW_REJECTED",
                ],
                study: hash("unknown study"),
                word: { purposes: ["HMARKT", "HTEST"], level: 3, flags: ["aiTraining"], deidentification: 4 },
                consent: "unknown consent",
                batch: "unknown batch",
              }),
            ],
          },
        ],
        assertions: [
          {
            query: `{ request(id: "${hash("denied")}") {
          study { id } studyVersion { id } purposes level deidentification flags decision failed failedChecks accredited ethicsApproved
          legallyApproved approvalsInForce negativeListHit granted refused
          accesses { id batch { id } record { id } custodian { number } category level consent { id } consentStatus decision failedChecks }
        } institution(id: "${institutionKey(INSTITUTE)}") { negativeListHits } }`,
            expected: {
              request: {
                study: null,
                studyVersion: null,
                purposes: ["HMARKT", "HTEST"],
                level: 3,
                deidentification: 4,
                flags: ["AI_TRAINING"],
                decision: "DENIED",
                failed: `${failedCheckMask("PURPOSE_PROHIBITED", "RECORD_NOT_ANCHORED", "CONSENT_NOT_IN_FORCE", "PATIENT_DEACTIVATED", "STUDY_FILING", "REVIEW_REJECTED")}`,
                failedChecks: [
                  "PURPOSE_PROHIBITED",
                  "RECORD_NOT_ANCHORED",
                  "CONSENT_NOT_IN_FORCE",
                  "PATIENT_DEACTIVATED",
                  "STUDY_FILING",
                  "REVIEW_REJECTED",
                ],
                accredited: true,
                ethicsApproved: false,
                legallyApproved: false,
                approvalsInForce: false,
                negativeListHit: true,
                granted: 0,
                refused: 1,
                accesses: [
                  {
                    id: accessKey("denied", genome, "unknown batch"),
                    batch: null,
                    record: null,
                    custodian: null,
                    category: "GENOMICS",
                    level: 3,
                    consent: null,
                    consentStatus: "NONE",
                    decision: "DENIED",
                    failedChecks: [
                      "PURPOSE_PROHIBITED",
                      "RECORD_NOT_ANCHORED",
                      "CONSENT_NOT_IN_FORCE",
                      "PATIENT_DEACTIVATED",
                      "STUDY_FILING",
                      "REVIEW_REJECTED",
                    ],
                  },
                ],
              },
              institution: { negativeListHits: 1 },
            },
          },
        ],
      },
      {
        shows: "an officer's request and a regulator's are an official's",
        blocks: [
          {
            timestamp: day(3),
            events: [
              emit("InstitutionRegistry", "AgentAdded", HOSPITAL, wallet("officer"), 2 | 16, T, T + YEAR, OPERATOR),
              decided("by the regulator", own, { requester: ETHICS_REVIEWER, institution: REGULATOR }),
              decided("by an officer", own, { requester: wallet("officer"), institution: HOSPITAL }),
              decided("by a clinician", own, { requester: CLINICIAN, institution: HOSPITAL }),
              decided("by an inspector", own, { requester: INSPECTOR, institution: REGULATOR }),
            ],
          },
        ],
        assertions: [
          {
            query: `{ requests(where: { byOfficial: true }) { id institutionKind requesterRoles } }`,
            expected: {
              requests: [
                { id: hash("by the regulator"), institutionKind: "REGULATOR", requesterRoles: ["ETHICS_REVIEWER"] },
                { id: hash("by an officer"), institutionKind: "HOSPITAL", requesterRoles: ["CLINICIAN", "OFFICER"] },
                { id: hash("by an inspector"), institutionKind: "REGULATOR", requesterRoles: ["OFFICER"] },
              ],
            },
          },
        ],
      },
    ],
  },
  {
    name: "accessBroker: consents, approvals and two guardians' answers, as they stand at the decision",
    chapters: [
      {
        shows: "two guardians' answers are both on record, and the first leaves the request waiting, counted once",
        blocks: [
          {
            timestamp: T,
            events: [
              ...start,
              emit("PatientRegistry", "GuardianAppointed", minor, guardian, second, T, T + YEAR, T + YEAR),
              given("consent", minor, { actor: guardian, policy: { flags: ["guardianSigned"] } }),
            ],
          },
          {
            timestamp: T + 10,
            events: [
              decided("request", minors, { consent: "consent", decision: "NEEDS_REVIEW", pending: ["PATIENT"] }),
              answered("request", second, "PATIENT", true),
              decided("request", minors, { consent: "consent", decision: "NEEDS_REVIEW", pending: ["PATIENT"] }),
            ],
          },
          {
            timestamp: T + 20,
            events: [
              answered("request", guardian, "PATIENT", true),
              decided("request", minors, { consent: "consent" }),
            ],
          },
        ],
        assertions: [
          {
            query: `{ request(id: "${hash("request")}") { decision pendingReviews decidedAt
          reviews(orderBy: timestamp) { reviewer authority approved } decisions(orderBy: timestamp) { decision }
        } decisionCounts { decision purpose requests } }`,
            expected: {
              request: {
                decision: "APPROVED",
                pendingReviews: [],
                decidedAt: `${T + 20}`,
                reviews: [
                  { reviewer: second, authority: "JOINT", approved: true },
                  { reviewer: guardian, authority: "JOINT", approved: true },
                ],
                decisions: [{ decision: "NEEDS_REVIEW" }, { decision: "NEEDS_REVIEW" }, { decision: "APPROVED" }],
              },
              decisionCounts: [
                { decision: "APPROVED", purpose: "HRESCH", requests: "1" },
                { decision: "NEEDS_REVIEW", purpose: "HRESCH", requests: "1" },
              ],
            },
          },
        ],
      },
      {
        shows: "a consent's worth is taken down at the decision, with the time since its end",
        blocks: [
          {
            timestamp: day(1),
            events: [
              given("good", patient),
              given("later", patient, { policy: { validFrom: day(1) + 200 } }),
              given("short", patient, { until: day(1) + 100 }),
              given("withdrawn", patient),
              given("renewal", patient, { previous: hash("good") }),
              given("invalid", patient),
              given("revoked", patient),
              refused("refused", patient),
              given("other", second),
              given("other short", second, { until: day(1) + 30 }),
            ],
          },
          { timestamp: day(1) + 40, events: [allWithdrawn(second, 0)] },
          {
            timestamp: day(1) + 50,
            events: [
              withdrawn("withdrawn", patient),
              emit("ConsentRegistry", "ConsentInvalidated", hash("invalid"), patient, hash("reason"), OPERATOR),
              emit("ConsentRegistry", "ConsentRevoked", hash("revoked"), patient, hash("reason"), OPERATOR),
            ],
          },
          { timestamp: day(1) + 99, events: [decided("last second", own, { consent: "short" })] },
          {
            timestamp: day(1) + 100,
            events: ["good", "later", "short", "withdrawn", "renewal", "invalid", "revoked", "refused"].map((consent) =>
              decided(consent, own, { consent, decision: "DENIED", failed: ["CONSENT_NOT_IN_FORCE"] }),
            ),
          },
          {
            timestamp: day(1) + 110,
            events: ["other", "other short"].map((consent) =>
              decided(consent, others, { consent, decision: "DENIED", failed: ["CONSENT_NOT_IN_FORCE"] }),
            ),
          },
          // What came before the end in the same block came before it.
          {
            timestamp: day(1) + 120,
            events: [
              decided("just before", own, { consent: "good" }),
              withdrawn("good", patient),
              decided("just after", own, { consent: "good" }),
            ],
          },
        ],
        assertions: [
          {
            query: `{ accesses(where: { consent_not: null, decidedAt_gte: ${day(1)} }) { request { id } consent { id } consentStatus consentLag } }`,
            expected: {
              accesses: [
                ["last second", "short", "GIVEN", null],
                ["good", "good", "GIVEN", null],
                ["later", "later", "NOT_YET_VALID", null],
                ["short", "short", "EXPIRED", "0"],
                ["withdrawn", "withdrawn", "WITHDRAWN", "50"],
                ["renewal", "renewal", "RENEWED", null],
                ["invalid", "invalid", "INVALIDATED", "50"],
                ["revoked", "revoked", "REVOKED", "50"],
                ["refused", "refused", "REFUSED", "100"],
                ["other", "other", "WITHDRAWN", "70"],
                ["other short", "other short", "WITHDRAWN", "80"],
                ["just before", "good", "GIVEN", null],
                ["just after", "good", "WITHDRAWN", "0"],
              ].map(([request, consent, consentStatus, consentLag]) => ({
                request: { id: hash(request!) },
                consent: { id: hash(consent!) },
                consentStatus,
                consentLag,
              })),
            },
          },
        ],
      },
      {
        shows: "accreditation and approvals are taken as they stand at the decision",
        blocks: [
          {
            timestamp: day(2),
            events: [
              ...["good", "lapsing", "rejected", "unreviewed", "closed", "early"].map((name) =>
                registered(name, name === "early" ? { scope: { validFrom: day(2) + 100 } } : {}),
              ),
              ...["good", "lapsing", "closed", "early"].map((name) =>
                reviewed(name, "ETHICS", "APPROVED", name === "lapsing" ? day(2) + 100 : T + YEAR),
              ),
              reviewed("rejected", "ETHICS", "REJECTED"),
              ...["good", "lapsing", "rejected", "closed", "early"].map((name) => reviewed(name, "LEGAL", "EXEMPT")),
              emit("StudyRegistry", "StudyClosed", hash("closed"), hash("reason"), RESEARCHER),
            ],
          },
          {
            timestamp: day(2) + 99,
            events: ["good", "lapsing", "rejected", "unreviewed", "closed", "early"].map((name) =>
              decided(`${name} at 99`, own, { study: hash(name) }),
            ),
          },
          {
            timestamp: day(2) + 100,
            events: [
              decided("lapsing at 100", own, { study: hash("lapsing") }),
              decided("early at 100", own, { study: hash("early") }),
            ],
          },
          {
            timestamp: day(2) + 110,
            events: [registered("good", { version: 2 }), decided("amended at 110", own, { study: hash("good") })],
          },
          { timestamp: T + YEAR - 1, events: [decided("accredited at the last second", own)] },
          { timestamp: T + YEAR, events: [decided("no longer accredited", own)] },
        ],
        assertions: [
          {
            query: `{ requests(where: { requestedAt_gte: ${day(2)} }) { id accredited ethicsApproved legallyApproved approvalsInForce studyVersion { number } } }`,
            expected: {
              requests: [
                ["good at 99", true, true, true, true, 1],
                ["lapsing at 99", true, true, true, true, 1],
                ["rejected at 99", true, false, true, false, 1],
                ["unreviewed at 99", true, false, false, false, 1],
                ["closed at 99", true, true, true, false, 1],
                ["early at 99", true, true, true, false, 1],
                ["lapsing at 100", true, false, true, false, 1],
                ["early at 100", true, true, true, true, 1],
                ["amended at 110", true, false, false, false, 2],
                ["accredited at the last second", true, null, null, true, null],
                ["no longer accredited", false, null, null, false, null],
              ].map(([id, accredited, ethicsApproved, legallyApproved, approvalsInForce, number]) => ({
                id: hash(id as string),
                accredited,
                ethicsApproved,
                legallyApproved,
                approvalsInForce,
                studyVersion: number === null ? null : { number },
              })),
            },
          },
        ],
      },
    ],
  },
  {
    name: "accessBroker: reviews, and what comes after a consent's end",
    chapters: [
      {
        shows: "a reviewed request has its answers and its last decision; each decision is counted once",
        blocks: [
          {
            timestamp: T,
            events: [
              ...start,
              emit("PatientRegistry", "GuardianAppointed", minor, guardian, NOBODY, T, T + YEAR, T + YEAR),
              given("consent", minor, { actor: guardian, policy: { flags: ["guardianSigned"] } }),
            ],
          },
          {
            timestamp: T + 10,
            events: [
              decided("request", minors, {
                consent: "consent",
                decision: "NEEDS_REVIEW",
                pending: ["PATIENT", "ETHICS", "CUSTODIAN"],
              }),
            ],
          },
          {
            timestamp: T + 20,
            events: [
              answered("request", guardian, "PATIENT", true),
              decided("request", minors, {
                consent: "consent",
                decision: "NEEDS_REVIEW",
                pending: ["ETHICS", "CUSTODIAN"],
              }),
            ],
          },
          {
            timestamp: T + 30,
            events: [
              answered("request", ETHICS_REVIEWER, "ETHICS", true),
              decided("request", minors, { consent: "consent", decision: "NEEDS_REVIEW", pending: ["CUSTODIAN"] }),
            ],
          },
          {
            timestamp: T + 40,
            events: [
              answered("request", GATEWAY, "CUSTODIAN", true),
              decided("request", minors, { consent: "consent", ruleVersion: 2 }),
            ],
          },
          {
            timestamp: T + 50,
            events: [
              decided("rejected", others, { decision: "NEEDS_REVIEW", pending: ["PATIENT"] }),
              answered("rejected", second, "PATIENT", false),
              decided("rejected", others, { decision: "DENIED", failed: ["REVIEW_REJECTED"] }),
            ],
          },
        ],
        assertions: [
          {
            query: `{ request(id: "${hash("request")}") { decision pendingReviews ruleVersion ruleSet { version } requestedAt decidedAt granted
          reviews(orderBy: timestamp) { reviewer institution { number } authority kind approved evidenceHash }
          decisions(orderBy: timestamp) { decision pendingReviews }
          accesses { decision decidedAt guardianship { guardian } consent { authority } }
        } }`,
            expected: {
              request: {
                decision: "APPROVED",
                pendingReviews: [],
                ruleVersion: 2,
                ruleSet: null,
                requestedAt: `${T + 10}`,
                decidedAt: `${T + 40}`,
                granted: 1,
                reviews: [
                  {
                    reviewer: guardian,
                    institution: null,
                    authority: "GUARDIAN",
                    kind: "PATIENT",
                    approved: true,
                    evidenceHash: hash("PATIENT evidence"),
                  },
                  {
                    reviewer: ETHICS_REVIEWER,
                    institution: { number: REGULATOR },
                    authority: null,
                    kind: "ETHICS",
                    approved: true,
                    evidenceHash: hash("ETHICS evidence"),
                  },
                  {
                    reviewer: GATEWAY,
                    institution: { number: HOSPITAL },
                    authority: null,
                    kind: "CUSTODIAN",
                    approved: true,
                    evidenceHash: hash("CUSTODIAN evidence"),
                  },
                ],
                decisions: [
                  { decision: "NEEDS_REVIEW", pendingReviews: ["PATIENT", "ETHICS", "CUSTODIAN"] },
                  { decision: "NEEDS_REVIEW", pendingReviews: ["ETHICS", "CUSTODIAN"] },
                  { decision: "NEEDS_REVIEW", pendingReviews: ["CUSTODIAN"] },
                  { decision: "APPROVED", pendingReviews: [] },
                ],
                accesses: [
                  {
                    decision: "APPROVED",
                    decidedAt: `${T + 40}`,
                    guardianship: { guardian },
                    consent: { authority: "GUARDIAN" },
                  },
                ],
              },
            },
          },
          {
            query: `{ request(id: "${hash("rejected")}") { decision failedChecks pendingReviews refused reviews { authority approved } accesses { decision } }
          decisionCounts { decision failedCheck requests } agentHours { requests denied records } }`,
            expected: {
              request: {
                decision: "DENIED",
                failedChecks: ["REVIEW_REJECTED"],
                pendingReviews: [],
                refused: 1,
                reviews: [{ authority: "SELF", approved: false }],
                accesses: [{ decision: "DENIED" }],
              },
              decisionCounts: [
                { decision: "NEEDS_REVIEW", failedCheck: null, requests: "2" },
                { decision: "APPROVED", failedCheck: null, requests: "1" },
                { decision: "DENIED", failedCheck: null, requests: "1" },
                { decision: "DENIED", failedCheck: "REVIEW_REJECTED", requests: "1" },
              ],
              agentHours: [{ requests: 2, denied: 0, records: 0 }],
            },
          },
        ],
      },
      {
        shows: "what comes after the consent's end has the time since, and so has the key's revocation",
        blocks: [
          {
            timestamp: day(1),
            events: [
              emit("PatientRegistry", "GuardianAppointed", patient, guardian, NOBODY, day(1), day(1) + 25, day(1) + 25),
              given("expiring consent", patient, {
                until: day(1) + 25,
                actor: guardian,
                policy: { flags: ["guardianSigned"] },
              }),
              given("withdrawn", second),
              decided("expiring", own, { consent: "expiring consent" }),
              decided("withdrawn", others, { consent: "withdrawn" }),
              decided("unfinished", others, { consent: "withdrawn" }),
            ],
          },
          {
            timestamp: day(1) + 10,
            events: [
              delivered("expiring", own, { consent: "expiring consent" }),
              delivered("withdrawn", others, { consent: "withdrawn" }),
              delivered("unfinished", others, { consent: "withdrawn" }),
            ],
          },
          { timestamp: day(1) + 15, events: [keyRevoked("withdrawn", others, { consent: "withdrawn" })] },
          { timestamp: day(1) + 20, events: [allWithdrawn(second, 0)] },
          {
            timestamp: day(1) + 30,
            events: [
              delivered("expiring", own, { consent: "expiring consent" }),
              received("withdrawn", others),
              keyRevoked("expiring", own, { consent: "expiring consent" }),
            ],
          },
        ],
        assertions: [
          {
            query: `{ deliveryLoggeds(orderBy: id) { request { id } consentStatus consentLag guardianship { guardian } }
          receiptLoggeds { consentStatus consentLag } }`,
            expected: {
              deliveryLoggeds: [
                {
                  request: { id: hash("expiring") },
                  consentStatus: "GIVEN",
                  consentLag: null,
                  guardianship: { guardian },
                },
                { request: { id: hash("withdrawn") }, consentStatus: "GIVEN", consentLag: null, guardianship: null },
                { request: { id: hash("unfinished") }, consentStatus: "GIVEN", consentLag: null, guardianship: null },
                { request: { id: hash("expiring") }, consentStatus: "EXPIRED", consentLag: "5", guardianship: null },
              ],
              receiptLoggeds: [{ consentStatus: "WITHDRAWN", consentLag: "10" }],
            },
          },
          {
            query: `{ keyRevocationLoggeds(orderBy: timestamp) { request { id } access { id keyRevokedAt keyRevocationLag } patient { id } custodian { number } lag evidenceHash by }
          accesses(where: { keyRevokedAt: null, decidedAt_gte: ${day(1)} }) { request { id } } }`,
            expected: {
              keyRevocationLoggeds: [
                {
                  request: { id: hash("withdrawn") },
                  access: {
                    id: accessKey("withdrawn", others),
                    keyRevokedAt: `${day(1) + 15}`,
                    keyRevocationLag: null,
                  },
                  patient: { id: second },
                  custodian: { number: HOSPITAL },
                  lag: null,
                  evidenceHash: hash("revocation evidence"),
                  by: GATEWAY,
                },
                {
                  request: { id: hash("expiring") },
                  access: { id: accessKey("expiring", own), keyRevokedAt: `${day(1) + 30}`, keyRevocationLag: "5" },
                  patient: { id: patient },
                  custodian: { number: HOSPITAL },
                  lag: "5",
                  evidenceHash: hash("revocation evidence"),
                  by: GATEWAY,
                },
              ],
              accesses: [{ request: { id: hash("unfinished") } }],
            },
          },
        ],
      },
    ],
  },
  {
    name: "accessBroker: cohorts, revoked grants, rules and alerts",
    chapters: [
      {
        shows: "a cohort's members are found with their records and consents, in the order of the root",
        blocks: [
          {
            timestamp: T,
            events: [
              ...start,
              anchored("unpublished", 9),
              given("a", patient),
              given("b", second),
              given("c", wallet("third patient")),
            ],
          },
          {
            timestamp: T + 10,
            events: [
              membersGranted("cohort", "batch", [
                { record: others, consent: "b" },
                { record: own, consent: "a" },
              ]),
              membersRefused("cohort", "batch", [
                { record: genome, consent: "a", failed: ["CONSENT_CATEGORY", "CONSENT_LEVEL"] },
              ]),
              membersGranted("cohort", "unpublished", [{ record: record(wallet("third patient"), 3), consent: "c" }]),
              membersRefused("cohort", "unpublished", [
                { record: record(wallet("fourth patient"), 4), failed: ["CONSENT_NOT_IN_FORCE"] },
                {
                  record: record(wallet("fifth patient"), 5),
                  consent: "a",
                  failed: ["CONSENT_PATIENT", "CONSENT_LEVEL"],
                },
                { record: record(patient, 6), consent: "a", failed: ["RETENTION_ENDED"] },
              ]),
              cohortDecided("cohort", { count: 3, root: hash("root") }),
            ],
          },
        ],
        assertions: [
          {
            query: `{ request(id: "${hash("cohort")}") {
          isCohort patient { id } decision failedChecks root granted refused pendingReviews institution { number } requester { id } word until
          granted_: accesses(where: { decision: APPROVED }, orderBy: position) { leaf patient { id } batch { id } record { position } category consent { id } consentStatus }
          refused_: accesses(where: { decision: DENIED }, orderBy: position) { leaf patient { id } category consentStatus failedChecks }
          refusals(orderBy: records) { failedCheck records }
        } }`,
            expected: {
              request: {
                isCohort: true,
                patient: null,
                decision: "APPROVED",
                failedChecks: [],
                root: hash("root"),
                granted: 3,
                refused: 4,
                pendingReviews: [],
                institution: { number: INSTITUTE },
                requester: { id: RESEARCHER },
                word: `${encodePolicyWord(ASKED)}`,
                until: `${T + 30 * DAY}`,
                granted_: [
                  {
                    leaf: recordLeaf(others),
                    patient: { id: second },
                    batch: { id: hash("batch") },
                    record: { position: 1 },
                    category: "LABS",
                    consent: { id: hash("b") },
                    consentStatus: "GIVEN",
                  },
                  {
                    leaf: recordLeaf(own),
                    patient: { id: patient },
                    batch: { id: hash("batch") },
                    record: { position: 0 },
                    category: "LABS",
                    consent: { id: hash("a") },
                    consentStatus: "GIVEN",
                  },
                  {
                    leaf: recordLeaf(record(wallet("third patient"), 3)),
                    patient: { id: wallet("third patient") },
                    batch: { id: hash("unpublished") },
                    record: null,
                    category: null,
                    consent: { id: hash("c") },
                    consentStatus: "GIVEN",
                  },
                ],
                refused_: [
                  {
                    leaf: recordLeaf(genome),
                    patient: { id: patient },
                    category: "GENOMICS",
                    consentStatus: "GIVEN",
                    failedChecks: ["CONSENT_CATEGORY", "CONSENT_LEVEL"],
                  },
                  {
                    leaf: recordLeaf(record(wallet("fourth patient"), 4)),
                    patient: null,
                    category: null,
                    consentStatus: "NONE",
                    failedChecks: ["CONSENT_NOT_IN_FORCE"],
                  },
                  {
                    leaf: recordLeaf(record(wallet("fifth patient"), 5)),
                    patient: null,
                    category: null,
                    consentStatus: "NONE",
                    failedChecks: ["CONSENT_PATIENT", "CONSENT_LEVEL"],
                  },
                  {
                    leaf: recordLeaf(record(patient, 6)),
                    patient: { id: patient },
                    category: null,
                    consentStatus: "GIVEN",
                    failedChecks: ["RETENTION_ENDED"],
                  },
                ],
                refusals: [
                  { failedCheck: null, records: 4 },
                  { failedCheck: "CONSENT_LEVEL", records: 2 },
                  { failedCheck: "CONSENT_CATEGORY", records: 1 },
                  { failedCheck: "CONSENT_NOT_IN_FORCE", records: 1 },
                  { failedCheck: "CONSENT_PATIENT", records: 1 },
                  { failedCheck: "RETENTION_ENDED", records: 1 },
                ],
              },
            },
          },
          {
            query: `{ accesses(where: { decision: APPROVED }, orderBy: position) { leaf } }`,
            expected: {
              accesses: [recordLeaf(others), recordLeaf(own), recordLeaf(record(wallet("third patient"), 3))].map(
                (leaf) => ({ leaf }),
              ),
            },
          },
          {
            query: `{ decisionCounts { decision failedCheck requests records } agentHours { requests denied records } }`,
            expected: {
              decisionCounts: [
                { decision: "APPROVED", failedCheck: null, requests: "1", records: "3" },
                { decision: "DENIED", failedCheck: null, requests: "0", records: "4" },
                { decision: "DENIED", failedCheck: "CONSENT_LEVEL", requests: "0", records: "2" },
                { decision: "DENIED", failedCheck: "CONSENT_CATEGORY", requests: "0", records: "1" },
                { decision: "DENIED", failedCheck: "CONSENT_NOT_IN_FORCE", requests: "0", records: "1" },
                { decision: "DENIED", failedCheck: "CONSENT_PATIENT", requests: "0", records: "1" },
                { decision: "DENIED", failedCheck: "RETENTION_ENDED", requests: "0", records: "1" },
              ],
              agentHours: [{ requests: 1, denied: 0, records: 3 }],
            },
          },
          {
            query: `{ cohortDecideds { request { id } requester { id } institution { number } decision failed failedChecks ruleVersion study word root count until }
          cohortMembersGranteds(orderBy: id) { request { id } batch count } cohortMembersRefuseds(orderBy: id) { request { id } batch count } }`,
            expected: {
              cohortDecideds: [
                {
                  request: { id: hash("cohort") },
                  requester: { id: RESEARCHER },
                  institution: { number: INSTITUTE },
                  decision: "APPROVED",
                  failed: "0",
                  failedChecks: [],
                  ruleVersion: 1,
                  study: ZERO,
                  word: `${encodePolicyWord(ASKED)}`,
                  root: hash("root"),
                  count: 3,
                  until: `${T + 30 * DAY}`,
                },
              ],
              cohortMembersGranteds: [
                { request: { id: hash("cohort") }, batch: hash("batch"), count: 2 },
                { request: { id: hash("cohort") }, batch: hash("unpublished"), count: 1 },
              ],
              cohortMembersRefuseds: [
                { request: { id: hash("cohort") }, batch: hash("batch"), count: 1 },
                { request: { id: hash("cohort") }, batch: hash("unpublished"), count: 3 },
              ],
            },
          },
        ],
      },
      {
        shows: "what is delivered beyond the request is found, by category or by level",
        blocks: [
          { timestamp: day(1), events: [given("consent", patient)] },
          {
            timestamp: day(1) + 10,
            events: [
              membersGranted("exceeding", "unpublished", [
                { record: record(patient, 1, { level: 2 }), consent: "consent" },
                { record: record(patient, 2, { level: 3 }), consent: "consent" },
                { record: record(patient, 3, { category: "claims" }), consent: "consent" },
              ]),
              cohortDecided("exceeding", { count: 3 }),
            ],
          },
          {
            timestamp: day(1) + 20,
            events: [
              delivered("exceeding", record(patient, 1, { level: 2 }), { batch: "unpublished", consent: "consent" }),
              delivered("exceeding", record(patient, 2, { level: 3 }), { batch: "unpublished", consent: "consent" }),
              delivered("exceeding", record(patient, 3, { category: "claims" }), {
                batch: "unpublished",
                consent: "consent",
              }),
            ],
          },
        ],
        assertions: [
          {
            query: `{ accesses(where: { request: "${hash("exceeding")}" }, orderBy: position) { category level withinRequest request { categories level } } }`,
            expected: {
              accesses: [
                { category: "LABS", level: 2, withinRequest: true, request: { categories: ["LABS"], level: 2 } },
                { category: "LABS", level: 3, withinRequest: false, request: { categories: ["LABS"], level: 2 } },
                { category: "CLAIMS", level: 2, withinRequest: false, request: { categories: ["LABS"], level: 2 } },
              ],
            },
          },
        ],
      },
      {
        shows: "a grant is revoked, and a requester denied too often is refused for a while",
        blocks: [
          { timestamp: day(2), events: [decided("request", own), event("AuthorityUpdated", OPERATOR)] },
          {
            timestamp: day(2) + 10,
            events: [
              event("GrantRevoked", hash("request"), hash("reason"), RESEARCHER),
              event("DenialAlert", RESEARCHER, INSTITUTE, 5, day(2) + DAY),
            ],
          },
        ],
        assertions: [
          {
            query: `{ request(id: "${hash("request")}") { decision revokedAt revokedBy revocationReasonHash } agent(id: "${RESEARCHER}") { refusedUntil }
          grantRevokeds { request { id } reasonHash by } denialAlerts { requester { id } institution { number } denials suspendedUntil }
          target(id: "${broker}") { authority } }`,
            expected: {
              request: {
                decision: "APPROVED",
                revokedAt: `${day(2) + 10}`,
                revokedBy: RESEARCHER,
                revocationReasonHash: hash("reason"),
              },
              agent: { refusedUntil: `${day(2) + DAY}` },
              grantRevokeds: [{ request: { id: hash("request") }, reasonHash: hash("reason"), by: RESEARCHER }],
              denialAlerts: [
                {
                  requester: { id: RESEARCHER },
                  institution: { number: INSTITUTE },
                  denials: 5,
                  suspendedUntil: `${day(2) + DAY}`,
                },
              ],
              target: { authority: OPERATOR },
            },
          },
        ],
      },
      {
        shows: "rules have versions, each until the next, and alerts have thresholds",
        blocks: [
          { timestamp: day(3), events: [event("AlertThresholdsChanged", 10, DAY, 3600, OPERATOR)] },
          {
            timestamp: day(3) + 10,
            events: [rules(2, wallet("timelock")), event("AlertThresholdsChanged", 3, 60, 30, OPERATOR)],
          },
        ],
        assertions: [
          {
            query: `{ ruleSets(orderBy: version) { id version contract prohibitedPurposes maxGrantDuration since until by
          levels(orderBy: level) { level needsConsent needsStudy needsCoreCategory needsSeparateConsent reviews } } }`,
            expected: {
              ruleSets: [1, 2].map((version) => ({
                id: concat(broker, littleEndian(version)),
                version,
                contract: wallet(`rules ${version}`),
                prohibitedPurposes: ["BTG", "HMARKT"],
                maxGrantDuration: `${90 * DAY}`,
                since: version === 1 ? `${T}` : `${day(3) + 10}`,
                until: version === 1 ? `${day(3) + 10}` : null,
                by: version === 1 ? OPERATOR : wallet("timelock"),
                levels: [
                  {
                    level: 0,
                    needsConsent: false,
                    needsStudy: false,
                    needsCoreCategory: false,
                    needsSeparateConsent: false,
                    reviews: [],
                  },
                  {
                    level: 1,
                    needsConsent: false,
                    needsStudy: false,
                    needsCoreCategory: false,
                    needsSeparateConsent: false,
                    reviews: ["CUSTODIAN"],
                  },
                  {
                    level: 2,
                    needsConsent: true,
                    needsStudy: true,
                    needsCoreCategory: false,
                    needsSeparateConsent: false,
                    reviews: [],
                  },
                  {
                    level: 3,
                    needsConsent: true,
                    needsStudy: true,
                    needsCoreCategory: true,
                    needsSeparateConsent: true,
                    reviews: ["PATIENT", "ETHICS", "CUSTODIAN"],
                  },
                ],
              })),
            },
          },
          {
            query: `{ alertThreshold(id: "${broker}") { maxDenials window suspension since }
          alertThresholdsChangeds(orderBy: timestamp) { maxDenials window suspension by } ruleSetChangeds(orderBy: timestamp) { ruleSet { version } version by } }`,
            expected: {
              alertThreshold: { maxDenials: 3, window: "60", suspension: "30", since: `${day(3) + 10}` },
              alertThresholdsChangeds: [
                { maxDenials: 10, window: `${DAY}`, suspension: "3600", by: OPERATOR },
                { maxDenials: 3, window: "60", suspension: "30", by: OPERATOR },
              ],
              ruleSetChangeds: [
                { ruleSet: { version: 1 }, version: 1, by: OPERATOR },
                { ruleSet: { version: 2 }, version: 2, by: wallet("timelock") },
              ],
            },
          },
        ],
      },
    ],
  },
  {
    name: "accessBroker: denied cohorts, deliveries with their receipts, and acts out of standing",
    chapters: [
      {
        shows: "a cohort that fails as a whole, or of which nobody passes, is denied",
        blocks: [
          {
            timestamp: T,
            events: [
              ...start,
              cohortDecided("whole", {
                decision: "DENIED",
                failed: ["PURPOSE_PROHIBITED"],
                count: 0,
                word: { purposes: ["HMARKT"] },
              }),
              membersRefused("nobody", "batch", [{ record: own, failed: ["CONSENT_LEVEL"] }]),
              cohortDecided("nobody", { decision: "DENIED", failed: ["CONSENT_LEVEL"], count: 0 }),
            ],
          },
        ],
        assertions: [
          {
            query: `{ whole: request(id: "${hash("whole")}") { decision failedChecks negativeListHit root granted refused accesses { id } refusals { id } }
          nobody: request(id: "${hash("nobody")}") { decision failedChecks root granted refused accesses { decision patient { id } } refusals { failedCheck records } }
          institution(id: "${institutionKey(INSTITUTE)}") { negativeListHits } }`,
            expected: {
              whole: {
                decision: "DENIED",
                failedChecks: ["PURPOSE_PROHIBITED"],
                negativeListHit: true,
                root: null,
                granted: 0,
                refused: 0,
                accesses: [],
                refusals: [],
              },
              nobody: {
                decision: "DENIED",
                failedChecks: ["CONSENT_LEVEL"],
                root: null,
                granted: 0,
                refused: 1,
                accesses: [{ decision: "DENIED", patient: { id: patient } }],
                refusals: [
                  { failedCheck: null, records: 1 },
                  { failedCheck: "CONSENT_LEVEL", records: 1 },
                ],
              },
              institution: { negativeListHits: 1 },
            },
          },
          {
            query: `{ decisionCounts { purpose decision failedCheck requests records } agentHours { requests denied records } }`,
            expected: {
              decisionCounts: [
                { purpose: "HMARKT", decision: "DENIED", failedCheck: null, requests: "1", records: "0" },
                {
                  purpose: "HMARKT",
                  decision: "DENIED",
                  failedCheck: "PURPOSE_PROHIBITED",
                  requests: "1",
                  records: "0",
                },
                { purpose: "HRESCH", decision: "DENIED", failedCheck: null, requests: "1", records: "1" },
                { purpose: "HRESCH", decision: "DENIED", failedCheck: "CONSENT_LEVEL", requests: "1", records: "1" },
              ],
              agentHours: [{ requests: 2, denied: 2, records: 0 }],
            },
          },
        ],
      },
      {
        shows: "deliveries and receipts meet in the access, and what has no other end is found",
        blocks: [
          {
            timestamp: day(1),
            events: [
              given("consent", patient),
              decided("both", own, { consent: "consent" }),
              decided("source", own),
              decided("recipient", own),
            ],
          },
          {
            timestamp: day(1) + 10,
            events: [delivered("both", own, { consent: "consent" }), delivered("source", own)],
          },
          { timestamp: day(1) + 20, events: [received("both", own, { verified: false }), received("recipient", own)] },
          { timestamp: day(1) + 30, events: [delivered("source", own)] },
        ],
        assertions: [
          {
            query: `{ both: access(id: "${accessKey("both", own)}") { deliveries receipts unmatched deliveredAt receivedAt deliveredCiphertextHash
            receivedCiphertextHash verified withinRequest deliveryLogs { id } receiptLogs { id } }
          source: accesses(where: { unmatched_gt: 0 }) { request { id } deliveries deliveredAt receivedAt verified }
          recipient: accesses(where: { unmatched_lt: 0 }) { request { id } receipts deliveredAt receivedAt withinRequest } }`,
            expected: {
              both: {
                deliveries: 1,
                receipts: 1,
                unmatched: 0,
                deliveredAt: `${day(1) + 10}`,
                receivedAt: `${day(1) + 20}`,
                deliveredCiphertextHash: hash("ciphertext"),
                receivedCiphertextHash: hash("ciphertext"),
                verified: false,
                withinRequest: true,
                deliveryLogs: [{ id: logOf(3, 0) }],
                receiptLogs: [{ id: logOf(4, 0) }],
              },
              source: [
                {
                  request: { id: hash("source") },
                  deliveries: 2,
                  deliveredAt: `${day(1) + 30}`,
                  receivedAt: null,
                  verified: null,
                },
              ],
              recipient: [
                {
                  request: { id: hash("recipient") },
                  receipts: 1,
                  deliveredAt: null,
                  receivedAt: `${day(1) + 20}`,
                  withinRequest: null,
                },
              ],
            },
          },
          {
            query: `{ deliveryLoggeds(first: 1, orderBy: id) { request { id } access { id } patient { id } custodian { number } recipient { number } category level consent { id }
            consentStatus consentLag guardianship { id } ciphertextHash evidenceHash sensitivitiesChecked by }
          receiptLoggeds(first: 1, orderBy: id) { request { id } access { id } patient { id } institution { number } consentStatus consentLag ciphertextHash verified by }
          agentHours(where: { start: ${day(1)} }, orderBy: requests) { agent { id } requests deliveries receipts } }`,
            expected: {
              deliveryLoggeds: [
                {
                  request: { id: hash("both") },
                  access: { id: accessKey("both", own) },
                  patient: { id: patient },
                  custodian: { number: HOSPITAL },
                  recipient: { number: INSTITUTE },
                  category: "LABS",
                  level: 2,
                  consent: { id: hash("consent") },
                  consentStatus: "GIVEN",
                  consentLag: null,
                  guardianship: null,
                  ciphertextHash: hash("ciphertext"),
                  evidenceHash: hash("delivery evidence"),
                  sensitivitiesChecked: true,
                  by: GATEWAY,
                },
              ],
              receiptLoggeds: [
                {
                  request: { id: hash("both") },
                  access: { id: accessKey("both", own) },
                  patient: { id: patient },
                  institution: { number: INSTITUTE },
                  consentStatus: "GIVEN",
                  consentLag: null,
                  ciphertextHash: hash("ciphertext"),
                  verified: false,
                  by: RESEARCHER,
                },
              ],
              agentHours: [
                { agent: { id: GATEWAY }, requests: 0, deliveries: 3, receipts: 0 },
                { agent: { id: RESEARCHER }, requests: 3, deliveries: 0, receipts: 2 },
              ],
            },
          },
        ],
      },
      {
        shows: "every act of a suspended institution is put on record, whichever contract logs it",
        blocks: [
          {
            timestamp: day(2),
            events: [registered("study"), decided("request", own, { consent: "consent" })],
          },
          {
            timestamp: day(2) + 10,
            events: [HOSPITAL, INSTITUTE, REGULATOR].map((institution) =>
              emit("InstitutionRegistry", "InstitutionSuspended", institution, day(2) + DAY, hash("reason"), OPERATOR),
            ),
          },
          {
            timestamp: day(2) + 20,
            events: [
              anchored("another", 1),
              emit(
                "RecordRegistry",
                "RecordSuperseded",
                hash("batch"),
                recordLeaf(own),
                patient,
                hash("batch"),
                recordLeaf(genome),
                hash("reason"),
                GATEWAY,
              ),
              emit(
                "RecordRegistry",
                "RecordDestroyed",
                hash("batch"),
                recordLeaf(own),
                patient,
                hash("evidence"),
                GATEWAY,
              ),
              emit("RecordRegistry", "BatchDestroyed", hash("batch"), HOSPITAL, hash("evidence"), GATEWAY),
              emit(
                "RecordRegistry",
                "VerificationFailed",
                hash("batch"),
                recordLeaf(own),
                INSTITUTE,
                hash("evidence"),
                RESEARCHER,
              ),
              registered("study", { version: 2 }),
              reviewed("study", "ETHICS", "APPROVED", T + YEAR, 2),
              emit("StudyRegistry", "StudyClosed", study, hash("reason"), RESEARCHER),
              decided("second", own),
              cohortDecided("cohort", { count: 0, decision: "DENIED" }),
              delivered("request", own, { consent: "consent" }),
              received("request", own),
              keyRevoked("request", own, { consent: "consent" }),
              event("GrantRevoked", hash("request"), hash("reason"), RESEARCHER),
              emit("RevenueSplitter", "AgreementOpened", study, study, ZERO, wallet("token"), 0, RESEARCHER),
              emit("RevenueSplitter", "SharesProposed", study, 1, [7000, 3000, 0, [[HOSPITAL, 0]]], day(2), RESEARCHER),
              emit("RevenueSplitter", "InstitutionPaid", study, HOSPITAL, 1, NOBODY, 1),
              emit("RevenueSplitter", "CustodianPaid", study, HOSPITAL, NOBODY, 1),
              emit("HealthPoints", "PointsRedeemed", patient, HOSPITAL, 0, 0, hash("voucher"), patient),
              // Not the institution's: the patient's answer, the consortium's doing.
              decided("pending", others, { decision: "NEEDS_REVIEW", pending: ["ETHICS", "PATIENT"] }),
              answered("pending", second, "PATIENT", true),
              answered("pending", ETHICS_REVIEWER, "ETHICS", true),
              decided("pending", others),
              emit("InstitutionRegistry", "AgentRevoked", INSTITUTE, RESEARCHER, OPERATOR),
            ],
          },
        ],
        assertions: [
          {
            query: `{ suspendedActs(first: 50, orderBy: id) { name institution { number } suspension { institution { number } } } }`,
            expected: {
              suspendedActs: [
                ["BatchAnchored", HOSPITAL],
                ["RecordSuperseded", HOSPITAL],
                ["RecordDestroyed", HOSPITAL],
                ["BatchDestroyed", HOSPITAL],
                ["VerificationFailed", INSTITUTE],
                ["StudyRegistered", INSTITUTE],
                ["StudyReviewed", REGULATOR],
                ["StudyClosed", INSTITUTE],
                ["AccessDecided", INSTITUTE],
                ["CohortDecided", INSTITUTE],
                ["DeliveryLogged", HOSPITAL],
                ["ReceiptLogged", INSTITUTE],
                ["KeyRevocationLogged", HOSPITAL],
                ["GrantRevoked", INSTITUTE],
                ["AgreementOpened", INSTITUTE],
                ["SharesProposed", INSTITUTE],
                ["InstitutionPaid", HOSPITAL],
                ["CustodianPaid", HOSPITAL],
                ["PointsRedeemed", HOSPITAL],
                ["AccessDecided", INSTITUTE],
                ["AccessReviewed", REGULATOR],
              ].map(([name, number]) => ({ name, institution: { number }, suspension: { institution: { number } } })),
            },
          },
        ],
      },
    ],
  },
];
