import type { FastifyBaseLogger } from "fastify";
import { problemOf } from "./problemOf.ts";
import { Turns } from "./Turns.ts";

export interface StartJobParameters<counts> {
  log: FastifyBaseLogger;
  /** Between the end of a regular run and the next; 0: none is regular. */
  seconds: number;
  /** What is done; it says how much. The signal's abort asks it to end early. */
  work: (signal: AbortSignal) => Promise<counts>;
  /** The log's messages: at the start, after a run that did something, after one that failed. */
  messages: { starts: string; done: string; failed: string };
}

/** A work that is done again and again. */
export interface Job<counts> {
  /** Does it at once, or once the run under way is over. */
  run(): Promise<counts>;
  /** Starts no more runs, and asks the one under way to end and waits for it. */
  stop(): Promise<void>;
}

/** Starts a work that is done at once, and again so long after each end, one run at a time. A regular run that fails is logged. */
export function startJob<counts extends Record<string, number>>(parameters: StartJobParameters<counts>): Job<counts> {
  const { log, seconds, work, messages } = parameters;
  const turns = new Turns(1);
  const stopping = new AbortController();
  const { signal } = stopping;
  let timer: NodeJS.Timeout | undefined;

  const run = (): Promise<counts> =>
    turns.take(async () => {
      signal.throwIfAborted();
      const counts = await work(signal);
      const done: Record<string, number> = counts;
      if (Object.values(done).some((count) => count > 0)) log.info(done, messages.done);
      return counts;
    });
  const repeat = async (): Promise<void> => {
    await run().catch((error: unknown) => {
      if (error !== signal.reason) log.error({ refusal: problemOf(error).type, err: error }, messages.failed);
    });
    if (!signal.aborted) timer = setTimeout(() => void repeat(), seconds * 1_000);
  };

  log.info({ everySeconds: seconds }, messages.starts);
  if (seconds !== 0) void repeat();
  return {
    run,
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      // Who comes last has waited for all.
      await turns.take(() => Promise.resolve());
    },
  };
}
