import * as consents from "./consents.ts";
import * as contributions from "./contributions.ts";
import * as emergencies from "./emergencies.ts";
import * as governance from "./governance.ts";
import * as members from "./members.ts";
import * as patients from "./patients.ts";
import type { Question } from "./Question.ts";
import * as records from "./records.ts";
import * as requests from "./requests.ts";
import * as revenue from "./revenue.ts";
import * as statistics from "./statistics.ts";

/** The chain's own answer to each question of docs/audit-queries.md, by its number. */
export const QUESTIONS: Record<number, Question> = {
  1: patients.q1,
  2: patients.q2,
  3: patients.q3,
  4: patients.q4,
  5: consents.q5,
  6: consents.q6,
  7: consents.q7,
  8: emergencies.q8,
  9: emergencies.q9,
  10: requests.q10,
  11: requests.q11,
  12: requests.q12,
  13: requests.q13,
  14: requests.q14,
  15: patients.q15,
  16: patients.q16,
  17: records.q17,
  18: records.q18,
  19: requests.q19,
  20: revenue.q20,
  21: revenue.q21,
  22: members.q22,
  23: requests.q23,
  24: requests.q24,
  25: requests.q25,
  27: governance.q27,
  28: contributions.q28,
  29: statistics.q29,
};
