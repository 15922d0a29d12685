import type { Chain } from "../support/Chain.ts";
import type { RequestFact } from "../support/readRequests.ts";

export type Variables = Record<string, unknown>;

/** What the chain itself knows, to answer a question with. */
export type Facts = { chain: Chain; requests: RequestFact[] };

export type Question = {
  /** With which variables to ask, so that together they touch all that the chain holds. */
  variables: (facts: Facts) => Variables[];
  /** The answer by the chain. */
  answer: (facts: Facts, variables: Variables) => Promise<Record<string, unknown>>;
  /** Lists in which nothing may ever stand: the contracts see to it. */
  alwaysEmpty?: string[];
};

export const ONCE = (): Variables[] => [{}];
