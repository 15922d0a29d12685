import type { Chapter } from "../support/TestCase.ts";
import { DAY, emit, hash, NOBODY, T, wallet, YEAR } from "../support/values.ts";

const minor = wallet("minor");
const guardian = wallet("new guardian");
/** After the other chapters of the patients' case. */
const FROM = T + 14 * DAY;
const ETHICS = 2;
const SUPERVISION = 3;

const approved = (name: string, group: number, coGuardian: string = NOBODY) =>
  emit(
    "GuardianOrders",
    "GuardianOrderApproved",
    ...[hash(name), minor, guardian, coGuardian, T - YEAR, T + YEAR, FROM + DAY, hash(`document of ${name}`), group],
  );

export const guardianOrders: Chapter = {
  shows: "an order shows who approved it, and when it took effect",
  blocks: [
    { timestamp: FROM, events: [approved("waits", SUPERVISION, wallet("second guardian"))] },
    { timestamp: FROM + 10, events: [approved("order", SUPERVISION)] },
    { timestamp: FROM + 20, events: [approved("order", ETHICS)] },
    {
      timestamp: FROM + 30,
      events: [emit("GuardianOrders", "GuardianOrderCarriedOut", hash("order"), minor, wallet("anyone"))],
    },
  ],
  assertions: [
    {
      query: `{ guardianOrders(orderBy: supervisionApprovedAt) { id patient { id } guardian coGuardian since majority until documentHash
          ethicsApprovedAt supervisionApprovedAt carriedOutAt } }`,
      expected: {
        guardianOrders: [
          ["waits", wallet("second guardian"), null, `${FROM}`, null],
          ["order", null, `${FROM + 20}`, `${FROM + 10}`, `${FROM + 30}`],
        ].map(([name, coGuardian, ethicsApprovedAt, supervisionApprovedAt, carriedOutAt]) => ({
          id: hash(name!),
          patient: { id: minor },
          guardian,
          coGuardian,
          since: `${T - YEAR}`,
          majority: `${T + YEAR}`,
          until: `${FROM + DAY}`,
          documentHash: hash(`document of ${name}`),
          ethicsApprovedAt,
          supervisionApprovedAt,
          carriedOutAt,
        })),
      },
    },
    {
      query: `{ guardianOrderApproveds(orderBy: timestamp) { order { id } patient { id } group }
          guardianOrderCarriedOuts { order { id } patient { id } by } }`,
      expected: {
        guardianOrderApproveds: [
          { order: { id: hash("waits") }, patient: { id: minor }, group: "SUPERVISION" },
          { order: { id: hash("order") }, patient: { id: minor }, group: "SUPERVISION" },
          { order: { id: hash("order") }, patient: { id: minor }, group: "ETHICS" },
        ],
        guardianOrderCarriedOuts: [{ order: { id: hash("order") }, patient: { id: minor }, by: wallet("anyone") }],
      },
    },
  ],
};
