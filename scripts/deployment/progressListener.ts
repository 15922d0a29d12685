import type { ExecutionEventListener } from "@nomicfoundation/ignition-core";

/** Tells of each step when it is done; all other events of Ignition pass in silence. */
export function progressListener(onProgress: (message: string) => void): ExecutionEventListener {
  const report = ({ futureId }: { futureId: string }): Promise<void> => {
    onProgress(`Done: ${futureId}`);
    return Promise.resolve();
  };
  const handlers: Partial<ExecutionEventListener> = {
    deploymentExecutionStateComplete: report,
    callExecutionStateComplete: report,
  };
  const silence = (): Promise<void> => Promise.resolve();
  return new Proxy(handlers as ExecutionEventListener, {
    get: (target, name: keyof ExecutionEventListener) => target[name] ?? silence,
  });
}
