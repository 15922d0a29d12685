import { addressOf } from "../support/contracts.ts";
import { admitted, HOSPITAL, INSTITUTE, REGULATOR } from "../support/members.ts";
import type { TestCase } from "../support/TestCase.ts";
import { DAY, emit, hash, institutionKey, NOBODY, T, wallet, ZERO } from "../support/values.ts";

const CHAIR = wallet("chair");
const DEPUTY = wallet("deputy");
const THIRD = wallet("third");
const RELAYER = wallet("relayer");
const timelock = addressOf("TimelockController");
const governor = addressOf("ConsiliumGovernor");
const broker = addressOf("AccessBroker");

const GROUPS = ["Standards", "Technology", "Ethics", "Supervision"] as const;

const day = (number: number): number => T + number * DAY;
const seats = (name: string, ...values: unknown[]) => emit("CommitteeSeats", name, ...values);
const governed = (name: string, ...values: unknown[]) => emit("ConsiliumGovernor", name, ...values);
const locked = (name: string, ...values: unknown[]) => emit("TimelockController", name, ...values);

/** A seat with its vote; the first of a wallet makes it its own voter. */
const seated = (institution: number, holder: string, group: number, votes: number) => [
  seats("SeatGranted", institution, holder, group, timelock),
  ...(votes === 1 ? [seats("DelegateChanged", holder, NOBODY, holder)] : []),
  seats("DelegateVotesChanged", holder, votes - 1, votes),
];

const members = { timestamp: T, events: admitted() };
const taken = {
  timestamp: T + 1,
  events: [...seated(HOSPITAL, CHAIR, 3, 1), ...seated(HOSPITAL, CHAIR, 0, 2), ...seated(INSTITUTE, DEPUTY, 3, 1)],
};

const description = `${hash("text")}#proposer=${CHAIR}`;
const NUMBER = BigInt(hash("proposal"));
const proposed = governed(
  "ProposalCreated",
  NUMBER,
  CHAIR,
  [broker, timelock],
  [0, 0],
  ["", ""],
  ["0x0102", "0x03"],
  T + DAY,
  T + 8 * DAY,
  description,
);

export const governanceCases: TestCase[] = [
  {
    name: "governance: seats, proposals, groups, the timelock and the pause",
    chapters: [
      {
        shows: "seats have members, groups and holders, and end",
        blocks: [
          members,
          taken,
          {
            timestamp: T + 100,
            events: [
              seats("SeatEnded", HOSPITAL, CHAIR, 0, timelock),
              seats("DelegateVotesChanged", CHAIR, 2, 1),
              seats("SeatEnded", INSTITUTE, DEPUTY, 3, timelock),
              seats("DelegateVotesChanged", DEPUTY, 1, 0),
            ],
          },
          {
            timestamp: T + 200,
            events: [
              seats("SeatGranted", INSTITUTE, DEPUTY, 3, timelock),
              seats("DelegateVotesChanged", DEPUTY, 0, 1),
              seats("AuthorityUpdated", addressOf("AccessManager")),
            ],
          },
        ],
        assertions: [
          {
            query: `{ target(id: "${addressOf("CommitteeSeats")}") { authority } }`,
            expected: { target: { authority: addressOf("AccessManager") } },
          },
          {
            query: `{ seats(orderBy: id) { institution { number } group holder { id votes } since grantedBy endedAt endedBy } }`,
            expected: {
              seats: [
                {
                  institution: { number: HOSPITAL },
                  group: "STANDARDS",
                  holder: { id: CHAIR, votes: "1" },
                  since: `${T + 1}`,
                  grantedBy: timelock,
                  endedAt: `${T + 100}`,
                  endedBy: timelock,
                },
                {
                  institution: { number: HOSPITAL },
                  group: "SUPERVISION",
                  holder: { id: CHAIR, votes: "1" },
                  since: `${T + 1}`,
                  grantedBy: timelock,
                  endedAt: null,
                  endedBy: null,
                },
                {
                  institution: { number: INSTITUTE },
                  group: "SUPERVISION",
                  holder: { id: DEPUTY, votes: "1" },
                  since: `${T + 200}`,
                  grantedBy: timelock,
                  endedAt: null,
                  endedBy: null,
                },
              ],
            },
          },
          {
            query: `{ seatGranteds(where: { holder: "${DEPUTY}" }) { institution { number } group by seat { group } }
          seatEndeds(where: { holder: "${DEPUTY}" }) { timestamp institution { number } group by seat { group } }
          delegateChangeds(where: { holder: "${CHAIR}" }) { fromDelegate toDelegate }
          delegateVotesChangeds(where: { holder: "${CHAIR}" }, orderBy: id) { previousVotes newVotes }
          seatHolder(id: "${CHAIR}") { institution { id } seats(orderBy: id) { group } } }`,
            expected: {
              seatGranteds: [
                {
                  institution: { number: INSTITUTE },
                  group: "SUPERVISION",
                  by: timelock,
                  seat: { group: "SUPERVISION" },
                },
                {
                  institution: { number: INSTITUTE },
                  group: "SUPERVISION",
                  by: timelock,
                  seat: { group: "SUPERVISION" },
                },
              ],
              seatEndeds: [
                {
                  timestamp: `${T + 100}`,
                  institution: { number: INSTITUTE },
                  group: "SUPERVISION",
                  by: timelock,
                  seat: { group: "SUPERVISION" },
                },
              ],
              delegateChangeds: [{ fromDelegate: NOBODY, toDelegate: CHAIR }],
              delegateVotesChangeds: [
                { previousVotes: "0", newVotes: "1" },
                { previousVotes: "1", newVotes: "2" },
                { previousVotes: "2", newVotes: "1" },
              ],
              seatHolder: {
                institution: { id: institutionKey(HOSPITAL) },
                seats: [{ group: "STANDARDS" }, { group: "SUPERVISION" }],
              },
            },
          },
        ],
      },
      {
        shows: "a proposal is cancelled, whatever its number",
        blocks: [
          {
            timestamp: T + 210,
            events: [
              governed(
                "ProposalCreated",
                258,
                CHAIR,
                [broker],
                [0],
                [""],
                ["0x0102"],
                T + DAY,
                T + 8 * DAY,
                description,
              ),
            ],
          },
          { timestamp: T + 220, events: [governed("ProposalCanceled", 258)] },
        ],
        assertions: [
          {
            query: `{ proposals { id number votesFor queuedAt readyAt executedAt cancelledAt }
          proposalCreateds { proposal { number } proposer { id } } proposalCanceleds { timestamp proposal { number } } }`,
            expected: {
              proposals: [
                {
                  id: `0x${"102".padStart(64, "0")}`,
                  number: "258",
                  votesFor: "0",
                  queuedAt: null,
                  readyAt: null,
                  executedAt: null,
                  cancelledAt: `${T + 220}`,
                },
              ],
              proposalCreateds: [{ proposal: { number: "258" }, proposer: { id: CHAIR } }],
              proposalCanceleds: [{ timestamp: `${T + 220}`, proposal: { number: "258" } }],
            },
          },
        ],
      },
      {
        shows: "a proposal is voted on, queued and executed",
        blocks: [
          { timestamp: T + 230, events: seated(REGULATOR, THIRD, 2, 1) },
          { timestamp: T + 240, events: [proposed] },
          {
            timestamp: T + 2 * DAY,
            events: [
              governed("VoteCast", CHAIR, NUMBER, 1, 2, ""),
              governed("VoteCast", DEPUTY, NUMBER, 0, 1, hash("reason")),
              governed("VoteCast", THIRD, NUMBER, 2, 5, ""),
            ],
          },
          { timestamp: T + 9 * DAY, events: [governed("ProposalQueued", NUMBER, T + 11 * DAY)] },
          { timestamp: T + 11 * DAY, events: [governed("ProposalExecuted", NUMBER)] },
        ],
        assertions: [
          {
            query: `{ proposal(id: "${hash("proposal")}") {
          number proposer { id institution { number } } description targets values calldatas proposedAt voteStart voteEnd
          votesFor votesAgainst votesAbstain queuedAt readyAt executedAt cancelledAt
          votes(orderBy: id) { voter { id } support weight reason }
        } }`,
            expected: {
              proposal: {
                number: NUMBER.toString(),
                proposer: { id: CHAIR, institution: { number: HOSPITAL } },
                description,
                targets: [broker, timelock],
                values: ["0", "0"],
                calldatas: ["0x0102", "0x03"],
                proposedAt: `${T + 240}`,
                voteStart: `${T + DAY}`,
                voteEnd: `${T + 8 * DAY}`,
                votesFor: "2",
                votesAgainst: "1",
                votesAbstain: "5",
                queuedAt: `${T + 9 * DAY}`,
                readyAt: `${T + 11 * DAY}`,
                executedAt: `${T + 11 * DAY}`,
                cancelledAt: null,
                votes: [
                  { voter: { id: CHAIR }, support: "FOR", weight: "2", reason: "" },
                  { voter: { id: DEPUTY }, support: "AGAINST", weight: "1", reason: hash("reason") },
                  { voter: { id: THIRD }, support: "ABSTAIN", weight: "5", reason: "" },
                ],
              },
            },
          },
        ],
      },
      {
        shows: "how votes go is set, and set anew",
        blocks: [
          {
            timestamp: day(12),
            events: [
              governed("VotingDelaySet", 0, 60),
              governed("VotingPeriodSet", 0, 600),
              governed("ProposalThresholdSet", 0, 1),
              governed("QuorumNumeratorUpdated", 0, 50),
              governed("TimelockChange", NOBODY, timelock),
              locked("MinDelayChange", 0, 3_600),
            ],
          },
          {
            timestamp: day(12) + 10,
            events: [governed("QuorumNumeratorUpdated", 50, 60), locked("MinDelayChange", 3_600, 7_200)],
          },
        ],
        assertions: [
          {
            query: `{ votingRules { id votingDelay votingPeriod proposalThreshold quorumPercent timelock } timelocks { id minDelay } }`,
            expected: {
              votingRules: [
                {
                  id: governor,
                  votingDelay: "60",
                  votingPeriod: "600",
                  proposalThreshold: "1",
                  quorumPercent: "60",
                  timelock,
                },
              ],
              timelocks: [{ id: timelock, minDelay: "7200" }],
            },
          },
          {
            query: `{ votingDelaySets { before after } votingPeriodSets { before after } proposalThresholdSets { before after }
          quorumNumeratorUpdateds(orderBy: id) { before after } timelockChanges { before after }
          minDelayChanges(orderBy: id) { before after } }`,
            expected: {
              votingDelaySets: [{ before: "0", after: "60" }],
              votingPeriodSets: [{ before: "0", after: "600" }],
              proposalThresholdSets: [{ before: "0", after: "1" }],
              quorumNumeratorUpdateds: [
                { before: "0", after: "50" },
                { before: "50", after: "60" },
              ],
              timelockChanges: [{ before: NOBODY, after: timelock }],
              minDelayChanges: [
                { before: "0", after: "3600" },
                { before: "3600", after: "7200" },
              ],
            },
          },
        ],
      },
      {
        shows: "the timelock schedules, executes and cancels, and says who may have it do so",
        blocks: [
          {
            timestamp: day(13),
            events: [
              locked("RoleGranted", hash("proposer"), governor, wallet("deployer")),
              locked("RoleRevoked", ZERO, wallet("deployer"), wallet("deployer")),
              locked("CallScheduled", hash("one"), 0, broker, 0, "0x01", ZERO, 60),
              locked("CallScheduled", hash("one"), 1, governor, 7, "0x02", ZERO, 60),
              locked("CallSalt", hash("one"), hash("salt")),
              locked("CallScheduled", hash("two"), 0, broker, 0, "0x03", hash("one"), 90),
            ],
          },
          {
            timestamp: day(13) + 60,
            events: [
              locked("CallExecuted", hash("one"), 0, broker, 0, "0x01"),
              locked("CallExecuted", hash("one"), 1, governor, 7, "0x02"),
              locked("Cancelled", hash("two")),
            ],
          },
        ],
        assertions: [
          {
            query: `{ one: timelockOperation(id: "${hash("one")}") {
            scheduledAt readyAt salt executedAt cancelledAt calls(orderBy: place) { place target value data predecessor delay }
          }
          two: timelockOperation(id: "${hash("two")}") { readyAt salt executedAt cancelledAt calls { predecessor } } }`,
            expected: {
              one: {
                scheduledAt: `${day(13)}`,
                readyAt: `${day(13) + 60}`,
                salt: hash("salt"),
                executedAt: `${day(13) + 60}`,
                cancelledAt: null,
                calls: [
                  { place: "0", target: broker, value: "0", data: "0x01", predecessor: null, delay: "60" },
                  { place: "1", target: governor, value: "7", data: "0x02", predecessor: null, delay: "60" },
                ],
              },
              two: {
                readyAt: `${day(13) + 90}`,
                salt: null,
                executedAt: null,
                cancelledAt: `${day(13) + 60}`,
                calls: [{ predecessor: hash("one") }],
              },
            },
          },
          {
            query: `{ timelockRoleGranteds { emitter role account by } timelockRoleRevokeds { role account by }
          callExecuteds(orderBy: place) { place target value data operation { id } } callSalts { salt } cancelleds { operation { id } }
          eventCounts(where: { emitter: "${timelock}", name_in: ["RoleGranted", "RoleRevoked"] }, orderBy: name) { name count } }`,
            expected: {
              timelockRoleGranteds: [
                { emitter: timelock, role: hash("proposer"), account: governor, by: wallet("deployer") },
              ],
              timelockRoleRevokeds: [{ role: ZERO, account: wallet("deployer"), by: wallet("deployer") }],
              callExecuteds: [
                { place: "0", target: broker, value: "0", data: "0x01", operation: { id: hash("one") } },
                { place: "1", target: governor, value: "7", data: "0x02", operation: { id: hash("one") } },
              ],
              callSalts: [{ salt: hash("salt") }],
              cancelleds: [{ operation: { id: hash("two") } }],
              eventCounts: [
                { name: "RoleGranted", count: "1" },
                { name: "RoleRevoked", count: "1" },
              ],
            },
          },
        ],
      },
      {
        shows: "each group proposes, approves and acts",
        blocks: [
          {
            timestamp: day(14) + 10,
            events: GROUPS.flatMap((name, number) => [
              emit(
                `${name}Group`,
                "ActionProposed",
                hash(name),
                broker,
                "0x0102",
                hash("salt"),
                day(14) + 7 * DAY,
                number,
                CHAIR,
              ),
              emit(`${name}Group`, "ActionApproved", hash(name), CHAIR),
            ]),
          },
          {
            timestamp: day(14) + 20,
            events: GROUPS.map((name) => emit(`${name}Group`, "ActionApproved", hash(name), DEPUTY)),
          },
          {
            timestamp: day(14) + 30,
            events: GROUPS.map((name) => emit(`${name}Group`, "ActionExecuted", hash(name), 2, 3, RELAYER)),
          },
        ],
        assertions: GROUPS.flatMap((name) => [
          {
            query: `{ groupActions(where: { group: ${name.toUpperCase()} }) {
            id contract target data salt proposer { id } proposedAt until executedAt executedBy countedApprovals countedSeats
            approvals(orderBy: timestamp) { timestamp by { institution { number } } }
          } }`,
            expected: {
              groupActions: [
                {
                  id: hash(name),
                  contract: addressOf(`${name}Group`),
                  target: broker,
                  data: "0x0102",
                  salt: hash("salt"),
                  proposer: { id: CHAIR },
                  proposedAt: `${day(14) + 10}`,
                  until: `${day(14) + 7 * DAY}`,
                  executedAt: `${day(14) + 30}`,
                  executedBy: RELAYER,
                  countedApprovals: "2",
                  countedSeats: "3",
                  approvals: [
                    { timestamp: `${day(14) + 10}`, by: { institution: { number: HOSPITAL } } },
                    { timestamp: `${day(14) + 20}`, by: { institution: { number: INSTITUTE } } },
                  ],
                },
              ],
            },
          },
          {
            query: `{ actionProposeds(where: { emitter: "${addressOf(`${name}Group`)}" }) { action { id } by { id } }
          actionExecuteds(where: { emitter: "${addressOf(`${name}Group`)}" }) { action { id } approvals seats by } }`,
            expected: {
              actionProposeds: [{ action: { id: hash(name) }, by: { id: CHAIR } }],
              actionExecuteds: [{ action: { id: hash(name) }, approvals: "2", seats: "3", by: RELAYER }],
            },
          },
        ]),
      },
      {
        shows: "access is paused, resumed, and paused again",
        blocks: [
          {
            timestamp: day(15),
            events: [emit("AccessBroker", "AccessWasPaused", day(15) + DAY, hash("leak"), RELAYER)],
          },
          { timestamp: day(15) + 10, events: [emit("AccessBroker", "AccessWasResumed", hash("mended"), CHAIR)] },
          {
            timestamp: day(15) + 3 * DAY,
            events: [emit("AccessBroker", "AccessWasPaused", day(15) + 4 * DAY, hash("again"), RELAYER)],
          },
        ],
        assertions: [
          {
            query: `{ accessPauses { id since until reasonHash by resumedAt }
          accessWasPauseds(orderBy: timestamp) { timestamp until reasonHash by } accessWasResumeds { timestamp reasonHash by } }`,
            expected: {
              accessPauses: [
                {
                  id: broker,
                  since: `${day(15) + 3 * DAY}`,
                  until: `${day(15) + 4 * DAY}`,
                  reasonHash: hash("again"),
                  by: RELAYER,
                  resumedAt: null,
                },
              ],
              accessWasPauseds: [
                { timestamp: `${day(15)}`, until: `${day(15) + DAY}`, reasonHash: hash("leak"), by: RELAYER },
                {
                  timestamp: `${day(15) + 3 * DAY}`,
                  until: `${day(15) + 4 * DAY}`,
                  reasonHash: hash("again"),
                  by: RELAYER,
                },
              ],
              accessWasResumeds: [{ timestamp: `${day(15) + 10}`, reasonHash: hash("mended"), by: CHAIR }],
            },
          },
          {
            query: `{ accessPauses(block: { number: 20 }) { until resumedAt } }`,
            expected: { accessPauses: [{ until: `${day(15) + DAY}`, resumedAt: `${day(15) + 10}` }] },
          },
        ],
      },
    ],
  },
];
