import { addressOf } from "../support/contracts.ts";
import type { TestCase } from "../support/TestCase.ts";
import { concat, emit, hash, T, wallet } from "../support/values.ts";

const admin = wallet("admin");
const member = wallet("member");
const target = addressOf("AccessBroker");
const role = (number: number): string => `0x${number.toString(16).padStart(16, "0")}`;
const event = (name: string, ...values: unknown[]) => emit("AccessManager", name, ...values);

export const accessManagerCases: TestCase[] = [
  {
    name: "accessManager: roles, targets and operations",
    chapters: [
      {
        shows: "roles have labels, admins, guardians, delays and members",
        blocks: [
          {
            timestamp: T,
            events: [
              event("RoleGranted", 0, admin, 0, T, true),
              event("RoleLabel", 3, "RULES"),
              event("RoleGranted", 3, member, 0, T, true),
              event("RoleGranted", 2, member, 0, T, true),
            ],
          },
          {
            timestamp: T + 10,
            events: [
              event("RoleAdminChanged", 3, 1),
              event("RoleGuardianChanged", 3, 2),
              event("RoleGrantDelayChanged", 3, 60, T + 70),
              event("RoleGranted", 3, member, 30, T + 40, false),
              event("RoleRevoked", 2, member),
            ],
          },
        ],
        assertions: [
          {
            query: `{ role(id: "${role(3)}") {
          number label grantDelay grantDelaySince admin { number } guardian { number }
          members { account since delay delaySince revokedAt }
        } }`,
            expected: {
              role: {
                number: "3",
                label: "RULES",
                grantDelay: "60",
                grantDelaySince: `${T + 70}`,
                admin: { number: "1" },
                guardian: { number: "2" },
                members: [{ account: member, since: `${T}`, delay: "30", delaySince: `${T + 40}`, revokedAt: null }],
              },
            },
          },
          {
            query: `{ roleMember(id: "${concat(role(2), member)}") { revokedAt role { number } } }`,
            expected: { roleMember: { revokedAt: `${T + 10}`, role: { number: "2" } } },
          },
          {
            query: `{ roleLabels { label role { number } } roleAdminChangeds { admin { number } }
          roleGuardianChangeds { guardian { number } } roleGrantDelayChangeds { delay since }
          roleRevokeds { account member { revokedAt } } roleGranteds(where: { newMember: false }) { account delay since } }`,
            expected: {
              roleLabels: [{ label: "RULES", role: { number: "3" } }],
              roleAdminChangeds: [{ admin: { number: "1" } }],
              roleGuardianChangeds: [{ guardian: { number: "2" } }],
              roleGrantDelayChangeds: [{ delay: "60", since: `${T + 70}` }],
              roleRevokeds: [{ account: member, member: { revokedAt: `${T + 10}` } }],
              roleGranteds: [{ account: member, delay: "30", since: `${T + 40}` }],
            },
          },
        ],
      },
      {
        shows: "a member revoked is one again once granted anew",
        blocks: [{ timestamp: T + 20, events: [event("RoleGranted", 2, member, 0, T + 20, true)] }],
        assertions: [
          {
            query: `{ role(id: "${role(2)}") { members { account since revokedAt } } }`,
            expected: { role: { members: [{ account: member, since: `${T + 20}`, revokedAt: null }] } },
          },
        ],
      },
      {
        shows: "targets name their authority, their functions' roles, and whether they are shut",
        blocks: [
          {
            timestamp: T + 30,
            events: [
              emit("AccessBroker", "AuthorityUpdated", addressOf("AccessManager")),
              event("TargetFunctionRoleUpdated", target, "0x12345678", 3),
              event("TargetFunctionRoleUpdated", target, "0x12345678", 2),
              event("TargetAdminDelayUpdated", target, 60, T + 90),
              event("TargetClosed", target, true),
            ],
          },
        ],
        assertions: [
          {
            query: `{ target(id: "${target}") { authority closed adminDelay adminDelaySince functions { selector role { number } } } }`,
            expected: {
              target: {
                authority: addressOf("AccessManager"),
                closed: true,
                adminDelay: "60",
                adminDelaySince: `${T + 90}`,
                functions: [{ selector: "0x12345678", role: { number: "2" } }],
              },
            },
          },
          {
            query: `{ authorityUpdateds { emitter authority } targetCloseds { closed } targetAdminDelayUpdateds { delay since }
          targetFunctionRoleUpdateds(orderBy: id) { role { number } } }`,
            expected: {
              authorityUpdateds: [{ emitter: target, authority: addressOf("AccessManager") }],
              targetCloseds: [{ closed: true }],
              targetAdminDelayUpdateds: [{ delay: "60", since: `${T + 90}` }],
              targetFunctionRoleUpdateds: [{ role: { number: "3" } }, { role: { number: "2" } }],
            },
          },
        ],
      },
      {
        shows: "operations are scheduled, executed and cancelled",
        blocks: [
          {
            timestamp: T + 40,
            events: [
              event("OperationScheduled", hash("one"), 1, T + 100, member, target, "0x0102"),
              event("OperationScheduled", hash("one"), 2, T + 130, member, target, "0x0102"),
            ],
          },
          {
            timestamp: T + 100,
            events: [event("OperationExecuted", hash("one"), 1), event("OperationCanceled", hash("one"), 2)],
          },
        ],
        assertions: [
          {
            query: `{ operations(orderBy: nonce) { operation nonce readyAt caller target data executedAt cancelledAt } }`,
            expected: {
              operations: [
                {
                  operation: hash("one"),
                  nonce: "1",
                  readyAt: `${T + 100}`,
                  caller: member,
                  target,
                  data: "0x0102",
                  executedAt: `${T + 100}`,
                  cancelledAt: null,
                },
                {
                  operation: hash("one"),
                  nonce: "2",
                  readyAt: `${T + 130}`,
                  caller: member,
                  target,
                  data: "0x0102",
                  executedAt: null,
                  cancelledAt: `${T + 100}`,
                },
              ],
            },
          },
          {
            query: `{ operationScheduleds { operation { nonce } } operationExecuteds { operation { nonce } } operationCanceleds { operation { nonce } } }`,
            expected: {
              operationScheduleds: [{ operation: { nonce: "1" } }, { operation: { nonce: "2" } }],
              operationExecuteds: [{ operation: { nonce: "1" } }],
              operationCanceleds: [{ operation: { nonce: "2" } }],
            },
          },
        ],
      },
    ],
  },
];
