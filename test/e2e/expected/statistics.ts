import { institution, studyVersionAt } from "../support/lookUp.ts";
import { DECISION } from "../support/names.ts";
import type { Question } from "./Question.ts";

const DAY = 86_400;

const COUNTS = ["approved", "denied", "records", "deliveries", "emergencies", "complaints"] as const;
type Count = (typeof COUNTS)[number];

export const q29: Question = {
  variables: ({ chain }) => [
    { since: "0", until: `${chain.now + DAY}`, skip: 0 },
    { since: "0", until: `${chain.now - DAY}`, skip: 0 },
  ],
  answer: async ({ chain, requests }, { until }) => {
    const days = new Map<string, Record<Count, number>>();
    const add = (member: unknown, timestamp: number, sandbox: boolean, field: Count, count = 1): void => {
      const start = Math.floor(timestamp / DAY) * DAY;
      if (start >= Number(until)) return;
      const key = JSON.stringify({ member: Number(member), start, sandbox });
      const day = days.get(key) ?? (Object.fromEntries(COUNTS.map((name) => [name, 0])) as Record<Count, number>);
      day[field] += count;
      days.set(key, day);
    };

    for (const request of requests) {
      const version = await studyVersionAt(chain, request.study, request.decided);
      const sandbox = version?.terms.sandbox ?? false;
      const outcome = request.decisions.find(({ args }) => DECISION[Number(args["decision"])] === request.decision)!;
      const granted = request.isCohort ? Number(outcome.args["count"]) : 1;
      if (request.decision === "APPROVED") {
        add(request.institution, outcome.timestamp, sandbox, "approved");
        add(request.institution, outcome.timestamp, sandbox, "records", granted);
      } else if (request.decision === "DENIED") {
        add(request.institution, outcome.timestamp, sandbox, "denied");
      }
      for (const { custodian, deliveries } of request.accesses) {
        for (const { timestamp } of deliveries) add(custodian, timestamp, sandbox, "deliveries");
      }
    }
    for (const { args, timestamp } of chain.events("EmergencyOpened")) {
      add(args["institution"], timestamp, false, "emergencies");
    }
    for (const { args, timestamp } of chain.events("EmergencyDeliveryLogged")) {
      add(args["custodian"], timestamp, false, "deliveries");
    }
    for (const { args, timestamp } of chain.events("ComplaintFiled"))
      add(args["accused"], timestamp, false, "complaints");

    const institutionDays = [];
    for (const [key, counts] of days) {
      const { member, start, sandbox } = JSON.parse(key) as { member: number; start: number; sandbox: boolean };
      institutionDays.push({ start: `${start}`, sandbox, institution: await institution(chain, member), ...counts });
    }
    return { institutionDays };
  },
};
