import { encodePolicyWord } from "@consilium/sdk";
import { addressOf } from "../support/contracts.ts";
import { admitted, ETHICS_REVIEWER, INSTITUTE, OPERATOR, REGULATOR, RESEARCHER } from "../support/members.ts";
import { registered, reviewed, SCOPE } from "../support/studies.ts";
import { littleEndian, type TestCase } from "../support/TestCase.ts";
import { concat, DAY, emit, hash, T, YEAR } from "../support/values.ts";

const study = hash("study");
const version = (number: number): string => concat(study, littleEndian(number));

export const studyRegistryCases: TestCase[] = [
  {
    name: "studyRegistry: terms, reviews, ends and the sandbox",
    chapters: [
      {
        shows: "a study has its terms, version by version",
        blocks: [
          { timestamp: T, events: [...admitted(), registered("study", { filingHash: hash("filing") })] },
          { timestamp: T + 10, events: [registered("study", { version: 2, scope: { validFrom: T + DAY } })] },
        ],
        assertions: [
          {
            query: `{ study(id: "${study}") { sponsor { number } version current { id } registeredAt closedAt versions(orderBy: number) {
          id number protocolHash word purposes duoUses modifiers categories level deidentification flags validFrom validUntil coreCategories
          subjectCap sandbox filingHash collaborators { number } diseaseCodes registeredAt
        } } }`,
            expected: {
              study: {
                sponsor: { number: INSTITUTE },
                version: 2,
                current: { id: version(2) },
                registeredAt: `${T}`,
                closedAt: null,
                versions: [
                  {
                    id: version(1),
                    number: 1,
                    protocolHash: hash("protocol 1 of study"),
                    word: `${encodePolicyWord(SCOPE)}`,
                    purposes: ["HRESCH"],
                    duoUses: ["DISEASE_SPECIFIC"],
                    modifiers: ["NCU", "PUB"],
                    categories: ["LABS", "GENOMICS"],
                    level: 3,
                    deidentification: 2,
                    flags: [],
                    validFrom: `${T}`,
                    validUntil: `${T + YEAR}`,
                    coreCategories: ["GENOMICS"],
                    subjectCap: "500",
                    sandbox: true,
                    filingHash: hash("filing"),
                    collaborators: [{ number: REGULATOR }],
                    diseaseCodes: ["ICD10:E11"],
                    registeredAt: `${T}`,
                  },
                  {
                    id: version(2),
                    number: 2,
                    protocolHash: hash("protocol 2 of study"),
                    word: `${encodePolicyWord({ ...SCOPE, validFrom: T + DAY })}`,
                    purposes: ["HRESCH"],
                    duoUses: ["DISEASE_SPECIFIC"],
                    modifiers: ["NCU", "PUB"],
                    categories: ["LABS", "GENOMICS"],
                    level: 3,
                    deidentification: 2,
                    flags: [],
                    validFrom: `${T + DAY}`,
                    validUntil: `${T + YEAR}`,
                    coreCategories: ["GENOMICS"],
                    subjectCap: "500",
                    sandbox: true,
                    filingHash: null,
                    collaborators: [{ number: REGULATOR }],
                    diseaseCodes: ["ICD10:E11"],
                    registeredAt: `${T + 10}`,
                  },
                ],
              },
            },
          },
          {
            query: `{ studyRegistereds(orderBy: timestamp) { study { id } studyVersion { number } sponsor { number } by } }`,
            expected: {
              studyRegistereds: [
                { study: { id: study }, studyVersion: { number: 1 }, sponsor: { number: INSTITUTE }, by: RESEARCHER },
                { study: { id: study }, studyVersion: { number: 2 }, sponsor: { number: INSTITUTE }, by: RESEARCHER },
              ],
            },
          },
        ],
      },
      {
        shows: "the latest review of each kind stands, every review is logged",
        blocks: [
          {
            timestamp: T + 20,
            events: [
              reviewed("study", "ETHICS", "REJECTED", T + YEAR, 2),
              reviewed("study", "LEGAL", "EXEMPT", T + YEAR, 2),
            ],
          },
          { timestamp: T + 30, events: [reviewed("study", "ETHICS", "APPROVED", T + DAY, 2)] },
        ],
        assertions: [
          {
            query: `{ studyVersion(id: "${version(2)}") { reviews(orderBy: reviewedAt) { kind verdict reviewedAt validUntil reasonHash institution { number } by } } }`,
            expected: {
              studyVersion: {
                reviews: [
                  {
                    kind: "ETHICS",
                    verdict: "APPROVED",
                    reviewedAt: `${T + 30}`,
                    validUntil: `${T + DAY}`,
                    reasonHash: hash("ETHICS review"),
                    institution: { number: REGULATOR },
                    by: ETHICS_REVIEWER,
                  },
                  {
                    kind: "LEGAL",
                    verdict: "EXEMPT",
                    reviewedAt: `${T + 20}`,
                    validUntil: `${T + YEAR}`,
                    reasonHash: hash("LEGAL review"),
                    institution: { number: REGULATOR },
                    by: ETHICS_REVIEWER,
                  },
                ],
              },
            },
          },
          {
            query: `{ studyRevieweds(where: { kind: ETHICS }, orderBy: timestamp) {
          study { id } studyVersion { number } verdict validUntil reasonHash reviewer { number } by
        } }`,
            expected: {
              studyRevieweds: [
                {
                  study: { id: study },
                  studyVersion: { number: 2 },
                  verdict: "REJECTED",
                  validUntil: `${T + YEAR}`,
                  reasonHash: hash("ETHICS review"),
                  reviewer: { number: REGULATOR },
                  by: ETHICS_REVIEWER,
                },
                {
                  study: { id: study },
                  studyVersion: { number: 2 },
                  verdict: "APPROVED",
                  validUntil: `${T + DAY}`,
                  reasonHash: hash("ETHICS review"),
                  reviewer: { number: REGULATOR },
                  by: ETHICS_REVIEWER,
                },
              ],
            },
          },
        ],
      },
      {
        shows: "a study is closed, and the sandbox has limits",
        blocks: [
          {
            timestamp: T + 40,
            events: [
              emit("StudyRegistry", "SandboxLimitsChanged", 50, YEAR, OPERATOR),
              emit("StudyRegistry", "AuthorityUpdated", OPERATOR),
            ],
          },
          {
            timestamp: T + 50,
            events: [
              emit("StudyRegistry", "StudyClosed", study, hash("done"), RESEARCHER),
              emit("StudyRegistry", "SandboxLimitsChanged", 20, DAY, OPERATOR),
            ],
          },
        ],
        assertions: [
          {
            query: `{ study(id: "${study}") { closedAt closedBy closeReasonHash } studyCloseds { study { id } reasonHash by } }`,
            expected: {
              study: { closedAt: `${T + 50}`, closedBy: RESEARCHER, closeReasonHash: hash("done") },
              studyCloseds: [{ study: { id: study }, reasonHash: hash("done"), by: RESEARCHER }],
            },
          },
          {
            query: `{ sandboxLimit(id: "${addressOf("StudyRegistry")}") { maxSubjects maxDuration since }
          sandboxLimitsChangeds(orderBy: timestamp) { maxSubjects maxDuration by } target(id: "${addressOf("StudyRegistry")}") { authority } }`,
            expected: {
              sandboxLimit: { maxSubjects: "20", maxDuration: `${DAY}`, since: `${T + 50}` },
              sandboxLimitsChangeds: [
                { maxSubjects: "50", maxDuration: `${YEAR}`, by: OPERATOR },
                { maxSubjects: "20", maxDuration: `${DAY}`, by: OPERATOR },
              ],
              target: { authority: OPERATOR },
            },
          },
        ],
      },
    ],
  },
];
