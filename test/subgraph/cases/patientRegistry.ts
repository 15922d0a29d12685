import { keccak256 } from "viem";
import { encodePolicyWord } from "@consilium/sdk";
import { guardianOrders } from "./guardianOrders.ts";
import { logOf, type TestCase } from "../support/TestCase.ts";
import { concat, DAY, emit, hash, NOBODY, T, wallet, YEAR } from "../support/values.ts";

const patient = wallet("patient");
const guardian = wallet("guardian");
const delegate = wallet("data trust");
const heir = wallet("new owner");
const former = wallet("former patient");
const minor = wallet("minor");
const eventsOf =
  (whose: string) =>
  (name: string, ...values: unknown[]) =>
    emit("PatientRegistry", name, whose, ...values);
const event = eventsOf(patient);
const ofFormer = eventsOf(former);
const ofMinor = eventsOf(minor);
const day = (number: number): number => T + number * DAY;

const mandate = encodePolicyWord({
  purposes: ["HRESCH", "DSRCH"],
  duoUses: ["methodsDevelopment"],
  modifiers: ["NPU", "RS"],
  categories: ["labs", "claims"],
  level: 2,
  validFrom: T,
  validUntil: T + YEAR,
  deidentification: 1,
  recipients: ["hospital", "dataTrust"],
  regions: [0, 7],
  flags: ["autoApprove", "rewardOptIn"],
});

export const patientRegistryCases: TestCase[] = [
  {
    name: "patientRegistry: owners, delegates, guardians, mandates, recovery and guardianOrders",
    chapters: [
      {
        shows: "a DID owns itself until it is handed over, and ends with the zero address",
        blocks: [
          {
            timestamp: T,
            events: [
              ofFormer("DIDAttributeChanged", hash("name"), "0x1234", T + DAY, 0),
              emit("PatientRegistry", "DIDOwnerChanged", wallet("other"), heir, 0),
            ],
          },
          { timestamp: T + 10, events: [ofFormer("DIDOwnerChanged", NOBODY, 1)] },
        ],
        assertions: [
          {
            query: `{ patients { id owner deactivatedAt epoch guardianship { id } } }`,
            expected: {
              patients: [
                { id: former, owner: NOBODY, deactivatedAt: `${T + 10}`, epoch: 0, guardianship: null },
                { id: wallet("other"), owner: heir, deactivatedAt: null, epoch: 0, guardianship: null },
              ],
            },
          },
          {
            query: `{ didownerChangeds(orderBy: timestamp) { patient { id } owner previousChange } }`,
            expected: {
              didownerChangeds: [
                { patient: { id: wallet("other") }, owner: heir, previousChange: "0" },
                { patient: { id: former }, owner: NOBODY, previousChange: "1" },
              ],
            },
          },
        ],
      },
      {
        shows: "delegates and attributes hold until their end, which a later event moves",
        blocks: [
          {
            timestamp: T + 20,
            events: [
              event("DIDDelegateChanged", hash("veriKey"), delegate, T + DAY, 0),
              event("DIDDelegateChanged", hash("sigAuth"), delegate, T + DAY, 1),
              event("DIDAttributeChanged", hash("key"), "0x1234", T + DAY, 1),
              event("DIDAttributeChanged", hash("key"), "0x5678", T + DAY, 1),
            ],
          },
          {
            timestamp: T + 30,
            events: [
              event("DIDDelegateChanged", hash("veriKey"), delegate, T + 30, 1),
              event("DIDAttributeChanged", hash("key"), "0x1234", 0, 1),
            ],
          },
        ],
        assertions: [
          {
            query: `{ patient(id: "${patient}") { owner delegates { id delegateType delegate validTo } attributes { id name value validTo } } }`,
            expected: {
              patient: {
                owner: patient,
                delegates: [
                  {
                    id: concat(patient, hash("veriKey"), delegate),
                    delegateType: hash("veriKey"),
                    delegate,
                    validTo: `${T + 30}`,
                  },
                  {
                    id: concat(patient, hash("sigAuth"), delegate),
                    delegateType: hash("sigAuth"),
                    delegate,
                    validTo: `${T + DAY}`,
                  },
                ],
                attributes: [
                  {
                    id: concat(patient, hash("key"), keccak256("0x1234")),
                    name: hash("key"),
                    value: "0x1234",
                    validTo: "0",
                  },
                  {
                    id: concat(patient, hash("key"), keccak256("0x5678")),
                    name: hash("key"),
                    value: "0x5678",
                    validTo: `${T + DAY}`,
                  },
                ],
              },
            },
          },
          {
            query: `{ diddelegateChangeds(orderBy: id) { delegate { delegateType } validTo previousChange }
          didattributeChangeds(orderBy: id) { attribute { value } validTo previousChange } }`,
            expected: {
              diddelegateChangeds: [
                { delegate: { delegateType: hash("veriKey") }, validTo: `${T + DAY}`, previousChange: "0" },
                { delegate: { delegateType: hash("sigAuth") }, validTo: `${T + DAY}`, previousChange: "1" },
                { delegate: { delegateType: hash("veriKey") }, validTo: `${T + 30}`, previousChange: "1" },
              ],
              didattributeChangeds: [
                { attribute: { value: "0x1234" }, validTo: `${T + DAY}`, previousChange: "0" },
                { attribute: { value: "0x1234" }, validTo: `${T + DAY}`, previousChange: "1" },
                { attribute: { value: "0x5678" }, validTo: `${T + DAY}`, previousChange: "1" },
                { attribute: { value: "0x1234" }, validTo: "0", previousChange: "1" },
              ],
            },
          },
        ],
      },
      {
        shows: "guardianships and mandates, which name the guardianship they were given under",
        blocks: [
          {
            timestamp: T + 40,
            events: [event("MandateGiven", delegate, mandate), event("MandateGiven", wallet("second trust"), mandate)],
          },
          { timestamp: T + 50, events: [event("GuardianAppointed", guardian, NOBODY, T + 50, T + DAY, T + DAY)] },
          { timestamp: T + 60, events: [event("MandateGiven", delegate, mandate), event("MandateEnded", delegate)] },
          { timestamp: T + DAY, events: [event("MandateGiven", wallet("third trust"), mandate)] },
        ],
        assertions: [
          {
            query: `{ patient(id: "${patient}") { guardianship { id } guardianships { id guardian from majority }
          mandates(orderBy: givenAt) { delegate givenAt endedAt guardianship { id } } } }`,
            expected: {
              patient: {
                guardianship: { id: logOf(6, 0) },
                guardianships: [{ id: logOf(6, 0), guardian, from: `${T + 50}`, majority: `${T + DAY}` }],
                mandates: [
                  { delegate: wallet("second trust"), givenAt: `${T + 40}`, endedAt: null, guardianship: null },
                  { delegate, givenAt: `${T + 60}`, endedAt: `${T + 60}`, guardianship: { id: logOf(6, 0) } },
                  { delegate: wallet("third trust"), givenAt: `${T + DAY}`, endedAt: null, guardianship: null },
                ],
              },
            },
          },
          {
            query: `{ mandate(id: "${concat(patient, delegate)}") {
          word purposes duoUses modifiers categories level deidentification recipientKinds regions flags validFrom validUntil
        } }`,
            expected: {
              mandate: {
                word: `${mandate}`,
                purposes: ["HRESCH", "DSRCH"],
                duoUses: ["METHODS_DEVELOPMENT"],
                modifiers: ["NPU", "RS"],
                categories: ["LABS", "CLAIMS"],
                level: 2,
                deidentification: 1,
                recipientKinds: ["HOSPITAL", "DATA_TRUST"],
                regions: [0, 7],
                flags: ["AUTO_APPROVE", "REWARD_OPT_IN"],
                validFrom: `${T}`,
                validUntil: `${T + YEAR}`,
              },
            },
          },
          {
            query: `{ guardianAppointeds { patient { id } guardianship { guardian } } mandateEndeds { patient { id } mandate { delegate } }
          mandateGivens(where: { timestamp: ${T + 60} }) { patient { id } mandate { delegate } word } }`,
            expected: {
              guardianAppointeds: [{ patient: { id: patient }, guardianship: { guardian } }],
              mandateEndeds: [{ patient: { id: patient }, mandate: { delegate } }],
              mandateGivens: [{ patient: { id: patient }, mandate: { delegate }, word: `${mandate}` }],
            },
          },
        ],
      },
      {
        shows: "a guardian is replaced, and the former guardianship says when",
        blocks: [
          {
            timestamp: day(2),
            events: [
              ofMinor("GuardianAppointed", guardian, wallet("second guardian"), day(2), day(2) + 50, day(2) + DAY),
            ],
          },
          {
            timestamp: day(2) + 10,
            events: [ofMinor("GuardianAppointed", heir, NOBODY, day(2) + 10, day(2) + 50, day(2) + DAY - 1)],
          },
          {
            timestamp: day(2) + DAY - 1,
            events: [ofMinor("GuardianAppointed", guardian, NOBODY, day(2) + DAY - 1, 0, day(2) + 2 * DAY)],
          },
        ],
        assertions: [
          {
            query: `{ patient(id: "${minor}") { guardianship { id } guardianships(orderBy: from) { id guardian coGuardian from assentFrom majority replacedAt } } }`,
            expected: {
              patient: {
                guardianship: { id: logOf(11, 0) },
                guardianships: [
                  [9, guardian, wallet("second guardian"), day(2), day(2) + 50, day(2) + DAY, `${day(2) + 10}`],
                  [10, heir, null, day(2) + 10, day(2) + 50, day(2) + DAY - 1, null],
                  [11, guardian, null, day(2) + DAY - 1, 0, day(2) + 2 * DAY, null],
                ].map(([block, who, coGuardian, from, assentFrom, until, replacedAt]) => ({
                  id: logOf(block as number, 0),
                  guardian: who,
                  coGuardian,
                  from: `${from}`,
                  assentFrom: `${assentFrom}`,
                  majority: `${until}`,
                  replacedAt,
                })),
              },
            },
          },
        ],
      },
      {
        shows: "recovery helpers change after a delay, and a change drops one that waits",
        blocks: [
          { timestamp: day(4), events: [event("RecoverySetupChanged", hash("first"), day(4))] },
          { timestamp: day(4) + 10, events: [event("RecoverySetupChanged", hash("dropped"), day(4) + DAY)] },
          { timestamp: day(4) + 20, events: [event("RecoverySetupChanged", hash("second"), day(4) + 2 * DAY)] },
        ],
        assertions: [
          {
            query: `{ patient(id: "${patient}") { recoverySetup nextRecoverySetup nextRecoverySetupFrom } }`,
            expected: {
              patient: {
                recoverySetup: hash("first"),
                nextRecoverySetup: hash("second"),
                nextRecoverySetupFrom: `${day(4) + 2 * DAY}`,
              },
            },
          },
          {
            query: `{ recoverySetupChangeds(orderBy: timestamp) { patient { id } setupHash from } }`,
            expected: {
              recoverySetupChangeds: [
                { patient: { id: patient }, setupHash: hash("first"), from: `${day(4)}` },
                { patient: { id: patient }, setupHash: hash("dropped"), from: `${day(4) + DAY}` },
                { patient: { id: patient }, setupHash: hash("second"), from: `${day(4) + 2 * DAY}` },
              ],
            },
          },
        ],
      },
      {
        shows: "a waiting change of helpers is taken up in its time, and dropped by a recovery",
        blocks: [
          { timestamp: day(7), events: [ofMinor("RecoverySetupChanged", hash("first"), day(7))] },
          { timestamp: day(7) + 10, events: [ofMinor("RecoverySetupChanged", hash("second"), day(7) + 30)] },
          { timestamp: day(7) + 30, events: [ofMinor("RecoverySetupChanged", hash("third"), day(7) + DAY)] },
          {
            timestamp: day(7) + 40,
            events: [emit("PatientRegistry", "RecoverySetupChanged", wallet("other"), hash("own"), day(7) + 40)],
          },
          {
            timestamp: day(7) + 50,
            events: [emit("PatientRegistry", "RecoverySetupChanged", wallet("other"), hash("thief's"), day(7) + DAY)],
          },
          {
            timestamp: day(7) + 60,
            events: [emit("PatientRegistry", "RecoverySetupChanged", wallet("other"), hash("own"), day(7) + 40)],
          },
        ],
        assertions: [
          {
            query: `{ patient(id: "${minor}") { recoverySetup nextRecoverySetup }
          other: patient(id: "${wallet("other")}") { recoverySetup nextRecoverySetup nextRecoverySetupFrom } }`,
            expected: {
              patient: { recoverySetup: hash("second"), nextRecoverySetup: hash("third") },
              other: { recoverySetup: hash("own"), nextRecoverySetup: null, nextRecoverySetupFrom: null },
            },
          },
        ],
      },
      {
        shows: "a recovery is started and cancelled, or started and finished",
        blocks: [
          { timestamp: day(9), events: [event("RecoveryStarted", heir, day(9) + DAY)] },
          { timestamp: day(9) + 10, events: [event("RecoveryCancelled", heir)] },
          { timestamp: day(9) + 20, events: [event("RecoveryStarted", heir, day(9) + DAY)] },
          { timestamp: day(9) + 2 * DAY, events: [event("RecoveryFinished", heir), event("DIDOwnerChanged", heir, 0)] },
          { timestamp: day(9) + 3 * DAY, events: [event("RecoveryStarted", wallet("third owner"), day(9) + 4 * DAY)] },
        ],
        assertions: [
          {
            query: `{ patient(id: "${patient}") { owner recovery { newOwner }
          recoveries(orderBy: startedAt) { id newOwner startedAt readyAt cancelledAt finishedAt } } }`,
            expected: {
              patient: {
                owner: heir,
                recovery: { newOwner: wallet("third owner") },
                recoveries: [
                  {
                    id: logOf(21, 0),
                    newOwner: heir,
                    startedAt: `${day(9)}`,
                    readyAt: `${day(9) + DAY}`,
                    cancelledAt: `${day(9) + 10}`,
                    finishedAt: null,
                  },
                  {
                    id: logOf(23, 0),
                    newOwner: heir,
                    startedAt: `${day(9) + 20}`,
                    readyAt: `${day(9) + DAY}`,
                    cancelledAt: null,
                    finishedAt: `${day(9) + 2 * DAY}`,
                  },
                  {
                    id: logOf(25, 0),
                    newOwner: wallet("third owner"),
                    startedAt: `${day(9) + 3 * DAY}`,
                    readyAt: `${day(9) + 4 * DAY}`,
                    cancelledAt: null,
                    finishedAt: null,
                  },
                ],
              },
            },
          },
          {
            query: `{ recoveryStarteds(first: 1, orderBy: timestamp) { patient { id } recovery { id } }
          recoveryCancelleds { patient { id } recovery { id } } recoveryFinisheds { patient { id } recovery { id } } }`,
            expected: {
              recoveryStarteds: [{ patient: { id: patient }, recovery: { id: logOf(21, 0) } }],
              recoveryCancelleds: [{ patient: { id: patient }, recovery: { id: logOf(21, 0) } }],
              recoveryFinisheds: [{ patient: { id: patient }, recovery: { id: logOf(23, 0) } }],
            },
          },
        ],
      },
      guardianOrders,
    ],
  },
];
