import { addressOf } from "../support/contracts.ts";
import {
  admitted,
  GATEWAY,
  HOSPITAL,
  INSPECTOR,
  INSTITUTE,
  OPERATOR,
  REGULATOR,
  RESEARCHER,
} from "../support/members.ts";
import { logOf, transactionOf, type TestCase } from "../support/TestCase.ts";
import { concat, DAY, emit, hash, institutionKey, T, wallet, YEAR } from "../support/values.ts";

/** After the hospital's suspensions. */
const later = T + 6 * DAY;
const supervisor = wallet("supervisor");
const administrator = wallet("administrator");
const event = (name: string, ...values: unknown[]) => emit("InstitutionRegistry", name, ...values);

export const institutionRegistryCases: TestCase[] = [
  {
    name: "institutionRegistry: members, agents, suspensions and bonds",
    chapters: [
      {
        shows: "a member has what it was admitted with, and what was changed since",
        blocks: [
          { timestamp: T, events: admitted() },
          {
            timestamp: T + 10,
            events: [
              event("InstitutionAccredited", INSTITUTE, T + 5, T + 2 * YEAR, OPERATOR),
              event("InstitutionMetadataChanged", INSTITUTE, hash("new"), RESEARCHER),
            ],
          },
        ],
        assertions: [
          {
            query: `{ institution(id: "${institutionKey(INSTITUTE)}") {
          number kind region nonProfit admittedAt accreditedFrom accreditedUntil metadataHash suspendedUntil expelledAt bond
          agents { id roles }
        } }`,
            expected: {
              institution: {
                number: INSTITUTE,
                kind: "RESEARCH",
                region: 0,
                nonProfit: true,
                admittedAt: `${T}`,
                accreditedFrom: `${T + 5}`,
                accreditedUntil: `${T + 2 * YEAR}`,
                metadataHash: hash("new"),
                suspendedUntil: null,
                expelledAt: null,
                bond: "0",
                agents: [{ id: RESEARCHER, roles: ["RESEARCHER"] }],
              },
            },
          },
          {
            query: `{ institutionAdmitteds(where: { institution: "${institutionKey(REGULATOR)}" }) {
          id emitter transaction block timestamp kind region nonProfit accreditedFrom accreditedUntil metadataHash by
        } }`,
            expected: {
              institutionAdmitteds: [
                {
                  id: logOf(1, 2),
                  emitter: addressOf("InstitutionRegistry"),
                  transaction: transactionOf(1),
                  block: "1",
                  timestamp: `${T}`,
                  kind: "REGULATOR",
                  region: 0,
                  nonProfit: true,
                  accreditedFrom: `${T}`,
                  accreditedUntil: `${T + YEAR}`,
                  metadataHash: hash(`description ${REGULATOR}`),
                  by: OPERATOR,
                },
              ],
            },
          },
          {
            query: `{ institutionAccrediteds { institution { number } accreditedFrom accreditedUntil by }
          institutionMetadataChangeds { institution { number } metadataHash by } }`,
            expected: {
              institutionAccrediteds: [
                {
                  institution: { number: INSTITUTE },
                  accreditedFrom: `${T + 5}`,
                  accreditedUntil: `${T + 2 * YEAR}`,
                  by: OPERATOR,
                },
              ],
              institutionMetadataChangeds: [
                { institution: { number: INSTITUTE }, metadataHash: hash("new"), by: RESEARCHER },
              ],
            },
          },
          {
            query: `{ eventCounts(where: { name_in: ["InstitutionAdmitted", "InstitutionAccredited"] }) { id emitter name count } }`,
            expected: {
              eventCounts: [
                {
                  id: concat(addressOf("InstitutionRegistry"), Buffer.from("InstitutionAdmitted").toString("hex")),
                  emitter: addressOf("InstitutionRegistry"),
                  name: "InstitutionAdmitted",
                  count: "3",
                },
                {
                  id: concat(addressOf("InstitutionRegistry"), Buffer.from("InstitutionAccredited").toString("hex")),
                  emitter: addressOf("InstitutionRegistry"),
                  name: "InstitutionAccredited",
                  count: "1",
                },
              ],
            },
          },
          {
            query: `{ events(first: 2, orderBy: id) { __typename id block } }`,
            expected: {
              events: [
                { __typename: "InstitutionAdmitted", id: logOf(1, 0), block: "1" },
                { __typename: "InstitutionAdmitted", id: logOf(1, 1), block: "1" },
              ],
            },
          },
        ],
      },
      {
        shows: "an agent has its roles until it is revoked, and may be added anew",
        blocks: [
          { timestamp: T + 20, events: [event("AgentRevoked", HOSPITAL, GATEWAY, administrator)] },
          {
            timestamp: T + 30,
            events: [
              event("AgentRevoked", INSTITUTE, RESEARCHER, RESEARCHER),
              event("AgentAdded", HOSPITAL, RESEARCHER, 1 | 128, T + 30, T + YEAR, administrator),
            ],
          },
        ],
        assertions: [
          {
            query: `{ gateway: agent(id: "${GATEWAY}") { institution { number } roles validFrom validUntil addedBy revokedAt }
          other: agent(id: "${RESEARCHER}") { institution { number } roles validFrom validUntil addedBy revokedAt } }`,
            expected: {
              gateway: {
                institution: { number: HOSPITAL },
                roles: ["GATEWAY"],
                validFrom: `${T}`,
                validUntil: `${T + 20}`,
                addedBy: OPERATOR,
                revokedAt: `${T + 20}`,
              },
              other: {
                institution: { number: HOSPITAL },
                roles: ["ADMIN", "SUPERVISOR"],
                validFrom: `${T + 30}`,
                validUntil: `${T + YEAR}`,
                addedBy: administrator,
                revokedAt: null,
              },
            },
          },
          {
            query: `{ agentRevokeds(orderBy: timestamp) { institution { number } agent { id } by }
          agentAddeds(where: { by: "${administrator}" }) { institution { number } agent { id } roles validFrom validUntil } }`,
            expected: {
              agentRevokeds: [
                { institution: { number: HOSPITAL }, agent: { id: GATEWAY }, by: administrator },
                { institution: { number: INSTITUTE }, agent: { id: RESEARCHER }, by: RESEARCHER },
              ],
              agentAddeds: [
                {
                  institution: { number: HOSPITAL },
                  agent: { id: RESEARCHER },
                  roles: ["ADMIN", "SUPERVISOR"],
                  validFrom: `${T + 30}`,
                  validUntil: `${T + YEAR}`,
                },
              ],
            },
          },
        ],
      },
      {
        shows: "a suspension runs until its end, whichever was decided last",
        blocks: [
          {
            timestamp: T + DAY,
            events: [event("InstitutionSuspended", HOSPITAL, T + 10 * DAY, hash("first"), supervisor)],
          },
          {
            timestamp: T + 2 * DAY,
            events: [event("InstitutionSuspended", HOSPITAL, T + 20 * DAY, hash("longer"), supervisor)],
          },
          { timestamp: T + 3 * DAY, events: [event("InstitutionReinstated", HOSPITAL, hash("appeal"), OPERATOR)] },
          {
            timestamp: T + 4 * DAY,
            events: [event("InstitutionSuspended", HOSPITAL, T + 5 * DAY, hash("second"), supervisor)],
          },
        ],
        assertions: [
          {
            query: `{ institution(id: "${institutionKey(HOSPITAL)}") {
          suspendedUntil suspension { reasonHash }
          suspensions(orderBy: from) {
            id from until reasonHash by reinstatedAt reinstatedBy reinstatementReasonHash decisions(orderBy: timestamp) { until reasonHash by }
          }
        } }`,
            expected: {
              institution: {
                suspendedUntil: `${T + 5 * DAY}`,
                suspension: { reasonHash: hash("second") },
                suspensions: [
                  {
                    id: logOf(5, 0),
                    from: `${T + DAY}`,
                    until: `${T + 3 * DAY}`,
                    reasonHash: hash("first"),
                    by: supervisor,
                    reinstatedAt: `${T + 3 * DAY}`,
                    reinstatedBy: OPERATOR,
                    reinstatementReasonHash: hash("appeal"),
                    decisions: [
                      { until: `${T + 10 * DAY}`, reasonHash: hash("first"), by: supervisor },
                      { until: `${T + 20 * DAY}`, reasonHash: hash("longer"), by: supervisor },
                    ],
                  },
                  {
                    id: logOf(8, 0),
                    from: `${T + 4 * DAY}`,
                    until: `${T + 5 * DAY}`,
                    reasonHash: hash("second"),
                    by: supervisor,
                    reinstatedAt: null,
                    reinstatedBy: null,
                    reinstatementReasonHash: null,
                    decisions: [{ until: `${T + 5 * DAY}`, reasonHash: hash("second"), by: supervisor }],
                  },
                ],
              },
            },
          },
          {
            query: `{ institutionReinstateds { institution { number } suspension { id } reasonHash by } }`,
            expected: {
              institutionReinstateds: [
                {
                  institution: { number: HOSPITAL },
                  suspension: { id: logOf(5, 0) },
                  reasonHash: hash("appeal"),
                  by: OPERATOR,
                },
              ],
            },
          },
        ],
      },
      {
        shows: "an act of a suspended or expelled member is put on record, one from the suspension's end on is not",
        blocks: [
          {
            timestamp: later + 10,
            events: [event("InstitutionMetadataChanged", REGULATOR, hash("before"), INSPECTOR)],
          },
          {
            timestamp: later + 20,
            events: [
              event("InstitutionSuspended", REGULATOR, later + 40, hash("reason"), supervisor),
              event("InstitutionMetadataChanged", REGULATOR, hash("during"), INSPECTOR),
              event("AgentAdded", REGULATOR, wallet("friend"), 1, T, T + YEAR, INSPECTOR),
              event("AgentAdded", REGULATOR, wallet("appointed"), 1, T, T + YEAR, OPERATOR),
            ],
          },
          {
            timestamp: later + 39,
            events: [event("InstitutionMetadataChanged", REGULATOR, hash("last second"), INSPECTOR)],
          },
          { timestamp: later + 40, events: [event("InstitutionMetadataChanged", REGULATOR, hash("after"), INSPECTOR)] },
          {
            timestamp: later + 50,
            events: [
              event("InstitutionWasExpelled", REGULATOR, hash("expulsion"), supervisor),
              event("InstitutionMetadataChanged", REGULATOR, hash("expelled"), INSPECTOR),
            ],
          },
        ],
        assertions: [
          {
            query: `{ institution(id: "${institutionKey(REGULATOR)}") {
          expelledAt suspendedActs(orderBy: timestamp) { id name timestamp transaction suspension { id } } suspensions { acts { id } }
        } }`,
            expected: {
              institution: {
                expelledAt: `${later + 50}`,
                suspendedActs: [
                  {
                    id: logOf(10, 1),
                    name: "InstitutionMetadataChanged",
                    timestamp: `${later + 20}`,
                    transaction: transactionOf(10),
                    suspension: { id: logOf(10, 0) },
                  },
                  {
                    id: logOf(10, 2),
                    name: "AgentAdded",
                    timestamp: `${later + 20}`,
                    transaction: transactionOf(10),
                    suspension: { id: logOf(10, 0) },
                  },
                  {
                    id: logOf(11, 0),
                    name: "InstitutionMetadataChanged",
                    timestamp: `${later + 39}`,
                    transaction: transactionOf(11),
                    suspension: { id: logOf(10, 0) },
                  },
                  {
                    id: logOf(13, 1),
                    name: "InstitutionMetadataChanged",
                    timestamp: `${later + 50}`,
                    transaction: transactionOf(13),
                    suspension: null,
                  },
                ],
                suspensions: [{ acts: [{ id: logOf(10, 1) }, { id: logOf(10, 2) }, { id: logOf(11, 0) }] }],
              },
            },
          },
          {
            query: `{ institutionWasExpelleds { institution { number } reasonHash by } }`,
            expected: {
              institutionWasExpelleds: [
                { institution: { number: REGULATOR }, reasonHash: hash("expulsion"), by: supervisor },
              ],
            },
          },
        ],
      },
      {
        shows: "a bond grows by deposits and shrinks by releases and fines",
        blocks: [
          {
            timestamp: later + 60,
            events: [
              event("BondDeposited", INSTITUTE, RESEARCHER, 1000, 1000),
              event("BondSlashed", INSTITUTE, OPERATOR, 300, 700, hash("violation"), supervisor),
              event("BondSlashed", INSTITUTE, OPERATOR, 200, 500, hash("violation"), supervisor),
              event("BondReleased", INSTITUTE, RESEARCHER, 100, 400, OPERATOR),
              event("AuthorityUpdated", OPERATOR),
            ],
          },
        ],
        assertions: [
          {
            query: `{ institution(id: "${institutionKey(INSTITUTE)}") { bond fined fines(orderBy: id) { to amount bond reasonHash by } } }`,
            expected: {
              institution: {
                bond: "400",
                fined: "500",
                fines: [
                  { to: OPERATOR, amount: "300", bond: "700", reasonHash: hash("violation"), by: supervisor },
                  { to: OPERATOR, amount: "200", bond: "500", reasonHash: hash("violation"), by: supervisor },
                ],
              },
            },
          },
          {
            query: `{ bondDepositeds { institution { number } from amount bond } bondReleaseds { institution { number } to amount bond by }
          target(id: "${addressOf("InstitutionRegistry")}") { authority } }`,
            expected: {
              target: { authority: OPERATOR },
              bondDepositeds: [{ institution: { number: INSTITUTE }, from: RESEARCHER, amount: "1000", bond: "1000" }],
              bondReleaseds: [
                { institution: { number: INSTITUTE }, to: RESEARCHER, amount: "100", bond: "400", by: OPERATOR },
              ],
            },
          },
        ],
      },
    ],
  },
];
