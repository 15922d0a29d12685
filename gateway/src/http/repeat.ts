/**
 * Does a work again and again, each time so long after its last end.
 *
 * @param seconds 0: never.
 * @param work Must not reject.
 */
export function repeat(seconds: number, work: () => Promise<void>): { stop(): Promise<void> } {
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let stopped = seconds === 0;
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = work().then(next);
    }, seconds * 1_000);
  };
  next();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
