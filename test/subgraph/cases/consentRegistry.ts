import { encodePolicyWord, type EncodePolicyWordParameters } from "@consilium/sdk";
import { addressOf } from "../support/contracts.ts";
import type { Emitted } from "../support/encodeEvent.ts";
import { allWithdrawn, given, POLICY, refused, withdrawn } from "../support/consents.ts";
import { admitted, INSTITUTE, OPERATOR, RESEARCHER } from "../support/members.ts";
import { littleEndian, type TestCase } from "../support/TestCase.ts";
import { concat, DAY, emit, hash, NOBODY, T, wallet, YEAR } from "../support/values.ts";

const patient = wallet("patient");
/** Who withdraws all. */
const leaving = wallet("leaving patient");
const minor = wallet("minor");
const youth = wallet("youth");
const child = wallet("child");
const ward = wallet("ward");
const guardian = wallet("guardian");
const supervisor = wallet("supervisor");
const day = (number: number): number => T + number * DAY;
const event = (name: string, ...values: unknown[]) => emit("ConsentRegistry", name, ...values);

const trust = wallet("trust");

/** A mandate of what the tests' consents allow, with what is overridden. */
function mandated(fields: EncodePolicyWordParameters): bigint {
  return encodePolicyWord({ ...POLICY, modifiers: ["NPU"], deidentification: 1, ...fields });
}

/** A consent of the trust's, of just what its mandate allows, with what is overridden. */
function byTrust(name: string, { flags = ["autoApprove"], ...policy }: EncodePolicyWordParameters): Emitted {
  const signed: EncodePolicyWordParameters = { modifiers: ["NPU"], deidentification: 1, ...policy };
  return given(name, ward, { actor: trust, policy: { ...signed, flags: [...flags, "delegateSigned"] } });
}

const OVERSTEPS: [string, EncodePolicyWordParameters][] = [
  ["purpose", { purposes: ["HRESCH", "HMARKT"] }],
  ["DUO use", { duoUses: ["diseaseSpecific", "populationOrigins"] }],
  ["modifier", { modifiers: [] }],
  ["category", { categories: ["labs", "genomics"] }],
  ["level", { level: 3 }],
  ["from", { validFrom: T - 1 }],
  ["until", { validUntil: T + YEAR + 1 }],
  ["sensitivity", { sensitivities: ["HIV"] }],
  ["de-identification", { deidentification: 0 }],
  ["recipient", { recipients: ["research", "insurer"] }],
  ["region", { regions: [0, 1] }],
  ["flag", { flags: ["autoApprove", "aiTraining"] }],
  ["reward", { flags: ["autoApprove", "rewardOptIn"] }],
];

export const consentRegistryCases: TestCase[] = [
  {
    name: "consentRegistry: epochs, terms, ends, refusals, minors and delegates",
    chapters: [
      {
        shows: "withdrawing all ends the consents of the epoch, and not those after it",
        blocks: [
          {
            timestamp: T,
            events: [given("first", leaving), given("second", leaving), given("other", wallet("second patient"))],
          },
          { timestamp: T + 10, events: [allWithdrawn(leaving, 0, guardian)] },
          { timestamp: T + 20, events: [given("new", leaving, { epoch: 1 })] },
        ],
        assertions: [
          {
            query: `{ consents(where: { status_in: [GIVEN, RENEWED], validFrom_lte: ${T + 20}, validUntil_gt: ${T + 20}, epoch_: { endedAt: null } }) { id } }`,
            expected: { consents: [{ id: hash("new") }, { id: hash("other") }] },
          },
          {
            query: `{ patient(id: "${leaving}") { epoch } consentEpoches(orderBy: number) { id patient { id } number endedAt endedBy consents { id } }
          allConsentsWithdrawns { patient { id } epoch { number } actor } }`,
            expected: {
              patient: { epoch: 1 },
              consentEpoches: [
                {
                  id: concat(leaving, littleEndian(0)),
                  patient: { id: leaving },
                  number: 0,
                  endedAt: `${T + 10}`,
                  endedBy: guardian,
                  consents: [{ id: hash("first") }, { id: hash("second") }],
                },
                {
                  id: concat(wallet("second patient"), littleEndian(0)),
                  patient: { id: wallet("second patient") },
                  number: 0,
                  endedAt: null,
                  endedBy: null,
                  consents: [{ id: hash("other") }],
                },
                {
                  id: concat(leaving, littleEndian(1)),
                  patient: { id: leaving },
                  number: 1,
                  endedAt: null,
                  endedBy: null,
                  consents: [{ id: hash("new") }],
                },
              ],
              allConsentsWithdrawns: [{ patient: { id: leaving }, epoch: { number: 0 }, actor: guardian }],
            },
          },
        ],
      },
      {
        shows: "a consent has its terms, in force from its policy's start or its giving, whichever is later",
        blocks: [
          {
            timestamp: T + 30,
            events: [
              ...admitted(),
              given("narrow", patient, {
                institution: INSTITUTE,
                agent: RESEARCHER,
                parameters: hash("parameters"),
                policy: { validFrom: T + DAY, modifiers: ["IRB"] },
              }),
            ],
          },
          {
            timestamp: T + 40,
            events: [given("wide", patient), emit("ConsentRegistry", "AuthorityUpdated", OPERATOR)],
          },
        ],
        assertions: [
          {
            query: `{ consents(where: { patient: "${patient}" }, orderBy: givenAt) {
          id patient { id } institution { number } agent study { id } word purposes duoUses modifiers categories level deidentification
          recipientKinds regions flags validFrom validUntil epoch { id number endedAt } epochNumber parameters notice previous { id }
          status authority actor guardianship { id } givenAt endedAt endedBy endReasonHash reaffirmBy renewedAt
        } }`,
            expected: {
              consents: [
                {
                  id: hash("narrow"),
                  patient: { id: patient },
                  institution: { number: INSTITUTE },
                  agent: RESEARCHER,
                  study: null,
                  word: `${encodePolicyWord({ ...POLICY, validFrom: T + DAY, modifiers: ["IRB"] })}`,
                  purposes: ["HRESCH", "DSRCH"],
                  duoUses: ["DISEASE_SPECIFIC", "METHODS_DEVELOPMENT"],
                  modifiers: ["IRB"],
                  categories: ["LABS"],
                  level: 2,
                  deidentification: 0,
                  recipientKinds: ["RESEARCH"],
                  regions: [0],
                  flags: ["AUTO_APPROVE"],
                  validFrom: `${T + DAY}`,
                  validUntil: `${T + YEAR}`,
                  epoch: { id: concat(patient, littleEndian(0)), number: 0, endedAt: null },
                  epochNumber: 0,
                  parameters: hash("parameters"),
                  notice: hash("notice of narrow"),
                  previous: null,
                  status: "GIVEN",
                  authority: "SELF",
                  actor: patient,
                  guardianship: null,
                  givenAt: `${T + 30}`,
                  endedAt: null,
                  endedBy: null,
                  endReasonHash: null,
                  reaffirmBy: null,
                  renewedAt: null,
                },
                {
                  id: hash("wide"),
                  patient: { id: patient },
                  institution: null,
                  agent: null,
                  study: null,
                  word: `${encodePolicyWord(POLICY)}`,
                  purposes: ["HRESCH", "DSRCH"],
                  duoUses: ["DISEASE_SPECIFIC", "METHODS_DEVELOPMENT"],
                  modifiers: [],
                  categories: ["LABS"],
                  level: 2,
                  deidentification: 0,
                  recipientKinds: ["RESEARCH"],
                  regions: [0],
                  flags: ["AUTO_APPROVE"],
                  validFrom: `${T + 40}`,
                  validUntil: `${T + YEAR}`,
                  epoch: { id: concat(patient, littleEndian(0)), number: 0, endedAt: null },
                  epochNumber: 0,
                  parameters: null,
                  notice: hash("notice of wide"),
                  previous: null,
                  status: "GIVEN",
                  authority: "SELF",
                  actor: patient,
                  guardianship: null,
                  givenAt: `${T + 40}`,
                  endedAt: null,
                  endedBy: null,
                  endReasonHash: null,
                  reaffirmBy: null,
                  renewedAt: null,
                },
              ],
            },
          },
          {
            query: `{ consentGivens(where: { consent: "${hash("narrow")}" }) { consent { id } patient { id } actor }
          target(id: "${addressOf("ConsentRegistry")}") { authority } }`,
            expected: {
              consentGivens: [{ consent: { id: hash("narrow") }, patient: { id: patient }, actor: patient }],
              target: { authority: OPERATOR },
            },
          },
        ],
      },
      {
        shows: "consents are withdrawn, revoked, invalidated and refused; the first end stays",
        blocks: [
          { timestamp: T + 50, events: ["a", "b", "c", "d"].map((name) => given(name, patient)) },
          {
            timestamp: T + 60,
            events: [
              withdrawn("a", patient, wallet("trust")),
              withdrawn("d", patient),
              event("ConsentRevoked", hash("b"), patient, hash("cause"), supervisor),
            ],
          },
          {
            timestamp: T + 70,
            events: [
              event("ConsentInvalidated", hash("c"), patient, hash("forged"), supervisor),
              event("ConsentInvalidated", hash("d"), patient, hash("forged too"), supervisor),
            ],
          },
        ],
        assertions: [
          {
            query: `{ a: consent(id: "${hash("a")}") { status endedAt endedBy endReasonHash }
          b: consent(id: "${hash("b")}") { status endedAt endedBy endReasonHash }
          c: consent(id: "${hash("c")}") { status endedAt endedBy endReasonHash }
          d: consent(id: "${hash("d")}") { status endedAt endedBy endReasonHash } }`,
            expected: {
              a: { status: "WITHDRAWN", endedAt: `${T + 60}`, endedBy: wallet("trust"), endReasonHash: null },
              b: { status: "REVOKED", endedAt: `${T + 60}`, endedBy: supervisor, endReasonHash: hash("cause") },
              c: { status: "INVALIDATED", endedAt: `${T + 70}`, endedBy: supervisor, endReasonHash: hash("forged") },
              d: { status: "INVALIDATED", endedAt: `${T + 60}`, endedBy: patient, endReasonHash: hash("forged too") },
            },
          },
          {
            query: `{ consentWithdrawns(orderBy: id) { consent { id } patient { id } actor }
          consentRevokeds { consent { id } patient { id } reasonHash actor }
          consentInvalidateds(orderBy: id) { consent { id } patient { id } reasonHash actor } }`,
            expected: {
              consentWithdrawns: [
                { consent: { id: hash("a") }, patient: { id: patient }, actor: wallet("trust") },
                { consent: { id: hash("d") }, patient: { id: patient }, actor: patient },
              ],
              consentRevokeds: [
                { consent: { id: hash("b") }, patient: { id: patient }, reasonHash: hash("cause"), actor: supervisor },
              ],
              consentInvalidateds: [
                { consent: { id: hash("c") }, patient: { id: patient }, reasonHash: hash("forged"), actor: supervisor },
                {
                  consent: { id: hash("d") },
                  patient: { id: patient },
                  reasonHash: hash("forged too"),
                  actor: supervisor,
                },
              ],
            },
          },
        ],
      },
      {
        shows: "a refusal keeps the terms that were refused",
        blocks: [
          {
            timestamp: T + 80,
            events: [
              emit("PatientRegistry", "GuardianAppointed", minor, guardian, NOBODY, T, T + DAY, T + DAY),
              refused("own", patient, { institution: INSTITUTE, agent: RESEARCHER }),
              refused("guardian's refusal", minor, { actor: guardian }),
              refused("trust's refusal", minor, { actor: wallet("trust") }),
            ],
          },
        ],
        assertions: [
          {
            query: `{ consent(id: "${hash("own")}") { patient { id } institution { number } agent purposes categories level validFrom validUntil
          status notice authority actor givenAt endedAt endedBy epochNumber } }`,
            expected: {
              consent: {
                patient: { id: patient },
                institution: { number: INSTITUTE },
                agent: RESEARCHER,
                purposes: ["HRESCH", "DSRCH"],
                categories: ["LABS"],
                level: 2,
                validFrom: `${T}`,
                validUntil: `${T + YEAR}`,
                status: "REFUSED",
                notice: null,
                authority: "SELF",
                actor: patient,
                givenAt: `${T + 80}`,
                endedAt: `${T + 80}`,
                endedBy: patient,
                epochNumber: 0,
              },
            },
          },
          {
            query: `{ consentRefuseds(orderBy: id) { consent { id authority } patient { id } actor } }`,
            expected: {
              consentRefuseds: [
                { consent: { id: hash("own"), authority: "SELF" }, patient: { id: patient }, actor: patient },
                {
                  consent: { id: hash("guardian's refusal"), authority: "GUARDIAN" },
                  patient: { id: minor },
                  actor: guardian,
                },
                {
                  consent: { id: hash("trust's refusal"), authority: "DELEGATE" },
                  patient: { id: minor },
                  actor: wallet("trust"),
                },
              ],
            },
          },
        ],
      },
      {
        shows: "a guardian's consent that lasts until majority must be reaffirmed, a renewal names what it renews",
        blocks: [
          {
            timestamp: day(1),
            events: [
              emit("PatientRegistry", "GuardianAppointed", youth, guardian, NOBODY, day(1), day(1) + DAY, day(1) + DAY),
            ],
          },
          {
            timestamp: day(1) + 10,
            events: [
              given("until majority", youth, {
                until: day(1) + DAY,
                actor: guardian,
                policy: { flags: ["guardianSigned"] },
              }),
              given("shorter", youth, {
                until: day(1) + DAY - 1,
                actor: guardian,
                policy: { flags: ["guardianSigned"] },
              }),
              given("by the trust", youth, { actor: wallet("trust"), policy: { flags: ["delegateSigned"] } }),
            ],
          },
          { timestamp: day(1) + DAY, events: [given("reaffirmed", youth, { previous: hash("until majority") })] },
        ],
        assertions: [
          {
            query: `{ consents(where: { patient: "${youth}" }, orderBy: givenAt) { id status authority actor guardianship { guardian } reaffirmBy renewedAt previous { id } renewals { id } } }`,
            expected: {
              consents: [
                {
                  id: hash("until majority"),
                  status: "GIVEN",
                  authority: "GUARDIAN",
                  actor: guardian,
                  guardianship: { guardian },
                  reaffirmBy: `${day(1) + DAY}`,
                  renewedAt: `${day(1) + DAY}`,
                  previous: null,
                  renewals: [{ id: hash("reaffirmed") }],
                },
                {
                  id: hash("shorter"),
                  status: "GIVEN",
                  authority: "GUARDIAN",
                  actor: guardian,
                  guardianship: { guardian },
                  reaffirmBy: null,
                  renewedAt: null,
                  previous: null,
                  renewals: [],
                },
                {
                  id: hash("by the trust"),
                  status: "GIVEN",
                  authority: "DELEGATE",
                  actor: wallet("trust"),
                  guardianship: null,
                  reaffirmBy: null,
                  renewedAt: null,
                  previous: null,
                  renewals: [],
                },
                {
                  id: hash("reaffirmed"),
                  status: "RENEWED",
                  authority: "SELF",
                  actor: youth,
                  guardianship: null,
                  reaffirmBy: null,
                  renewedAt: null,
                  previous: { id: hash("until majority") },
                  renewals: [],
                },
              ],
            },
          },
        ],
      },
      {
        shows: "minors' consents by the second: the guardian's, then theirs together, each until the next boundary",
        blocks: [
          {
            timestamp: day(3),
            events: [
              emit("PatientRegistry", "GuardianAppointed", child, guardian, NOBODY, day(3), day(3) + 50, day(3) + DAY),
            ],
          },
          {
            timestamp: day(3) + 49,
            events: [
              given("guardian's", child, {
                until: day(3) + 50,
                actor: guardian,
                policy: { flags: ["guardianSigned"] },
              }),
              given("ended before", child, {
                until: day(3) + 49,
                actor: guardian,
                policy: { flags: ["guardianSigned"] },
              }),
            ],
          },
          {
            timestamp: day(3) + 50,
            events: [
              given("together", child, { until: day(3) + DAY, actor: guardian, policy: { flags: ["guardianSigned"] } }),
              refused("by the minor", child),
              withdrawn("guardian's", child),
              withdrawn("ended before", child, guardian),
            ],
          },
          { timestamp: day(3) + DAY, events: [withdrawn("together", child)] },
        ],
        assertions: [
          {
            query: `{ consents(where: { patient: "${child}" }, orderBy: id) { id authority guardianship { guardian } reaffirmBy mandateWord withinMandate } }`,
            expected: {
              consents: [
                ["guardian's", "GUARDIAN", { guardian }, `${day(3) + 50}`],
                ["ended before", "GUARDIAN", { guardian }, null],
                ["together", "JOINT", { guardian }, `${day(3) + DAY}`],
                ["by the minor", "JOINT", null, null],
              ]
                .map(([name, authority, guardianship, reaffirmBy]) => ({
                  id: hash(name as string),
                  authority,
                  guardianship,
                  reaffirmBy,
                  mandateWord: null,
                  withinMandate: null,
                }))
                .sort((one, other) => (one.id < other.id ? -1 : 1)),
            },
          },
          {
            query: `{ consentWithdrawns(where: { patient: "${child}" }, orderBy: id) { consent { id } authority mandateWord withinMandate } }`,
            expected: {
              consentWithdrawns: [
                ["guardian's", "JOINT"],
                ["ended before", "JOINT"],
                ["together", "SELF"],
              ].map(([name, authority]) => ({
                consent: { id: hash(name!) },
                authority,
                mandateWord: null,
                withinMandate: null,
              })),
            },
          },
        ],
      },
      {
        shows: "a delegate's decisions are held against the mandate of their time, in each way to overstep it",
        blocks: [
          { timestamp: day(5), events: [emit("PatientRegistry", "MandateGiven", ward, trust, mandated({}))] },
          {
            timestamp: day(5) + 10,
            events: [
              ...OVERSTEPS.map(([name, policy]) => byTrust(name, policy)),
              byTrust("within", {}),
              byTrust("narrower", { purposes: ["DSRCH"], level: 1, validUntil: T + YEAR - 1, deidentification: 2 }),
              refused("refused", ward, { actor: trust, policy: { modifiers: ["NPU"], deidentification: 1 } }),
              withdrawn("within", ward, trust),
            ],
          },
          // A wider mandate says nothing of what was decided under the narrower one.
          {
            timestamp: day(5) + 20,
            events: [
              emit("PatientRegistry", "MandateGiven", ward, trust, mandated({ level: 3 })),
              byTrust("later", { level: 3 }),
            ],
          },
        ],
        assertions: [
          {
            query: `{ beyond: consents(where: { withinMandate: false, patient: "${ward}" }, orderBy: id) { id }
          within: consents(where: { withinMandate: true, patient: "${ward}" }, orderBy: id) { id authority actor mandateWord mandate { id } }
          consentWithdrawns(where: { patient: "${ward}" }) { authority mandateWord withinMandate } }`,
            expected: {
              beyond: OVERSTEPS.map(([name]) => ({ id: hash(name) })).sort((one, other) =>
                one.id < other.id ? -1 : 1,
              ),
              within: [
                ["within", mandated({})],
                ["narrower", mandated({})],
                ["refused", mandated({})],
                ["later", mandated({ level: 3 })],
              ]
                .map(([name, word]) => ({
                  id: hash(name as string),
                  authority: "DELEGATE",
                  actor: trust,
                  mandateWord: `${word}`,
                  mandate: { id: concat(ward, trust) },
                }))
                .sort((one, other) => (one.id < other.id ? -1 : 1)),
              consentWithdrawns: [{ authority: "DELEGATE", mandateWord: `${mandated({})}`, withinMandate: true }],
            },
          },
        ],
      },
    ],
  },
];
