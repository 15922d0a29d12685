import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname } from "node:path";

export type StartServiceParameters = {
  /** How messages call it. */
  name: string;
  command: string;
  args: string[];
  /** Gets all that it prints. */
  logFile: string;
  /** Resolves to true once the service answers. */
  isReady: () => Promise<boolean>;
  readyWithinSeconds?: number;
  env?: NodeJS.ProcessEnv;
  /** Account to run as, where that is not our own. */
  account?: { uid: number; gid: number } | undefined;
  /** Directories that are the service's own and go with it. */
  directories?: string[];
};

export type Service = { stop: () => Promise<void> };

/**
 * Holds its standard input open as long as we live; when that closes, by `stop` or because we died in whatever way, it ends
 * the service's process group, with patience first, and removes the service's directories.
 */
const WATCHDOG = `
group=$1; shift
read -r _
kill -s INT -- "-$group" 2>/dev/null
i=0; while kill -s 0 -- "-$group" 2>/dev/null && [ $i -lt 50 ]; do
  sleep 0.1; i=$((i+1)); [ $i -ne 10 ] || kill -s INT -- "-$group" 2>/dev/null
done
kill -s KILL -- "-$group" 2>/dev/null
for directory; do rm -rf -- "$directory"; done
`;

/** Starts a program, waits until it answers, and sees to it that it ends when we do. */
export async function startService(parameters: StartServiceParameters): Promise<Service> {
  const {
    name,
    command,
    args,
    logFile,
    isReady,
    readyWithinSeconds = 180,
    env,
    account,
    directories = [],
  } = parameters;

  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, "w");
  const child = spawn(command, args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, ...env },
    ...account,
  });
  const failure = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
  });
  const watchdog = child.pid === undefined ? undefined : startWatchdog(child.pid, directories);
  closeSync(log);
  child.unref();

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= endWatchdog(watchdog));

  const waiting = new AbortController();
  const problem = await Promise.race([failure, untilReady(isReady, readyWithinSeconds, waiting.signal)]);
  waiting.abort();
  if (problem === undefined) return { stop };
  await stop();
  throw new Error(`${name} did not start: ${problem}. Last lines of ${logFile}:\n${lastLines(logFile)}`);
}

function startWatchdog(group: number, directories: string[]): ChildProcess {
  const watchdog = spawn("sh", ["-c", WATCHDOG, "watchdog", String(group), ...directories], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watchdog.stdin.on("error", () => {}); // It may be gone already, together with what it watched.
  watchdog.unref();
  (watchdog.stdin as Socket).unref();
  return watchdog;
}

async function endWatchdog(watchdog: ChildProcess | undefined): Promise<void> {
  if (watchdog === undefined || watchdog.exitCode !== null || watchdog.signalCode !== null) return;
  watchdog.ref();
  const ended = once(watchdog, "exit");
  watchdog.stdin!.end();
  await ended;
}

async function untilReady(
  isReady: () => Promise<boolean>,
  seconds: number,
  waiting: AbortSignal,
): Promise<string | undefined> {
  const end = Date.now() + seconds * 1_000;
  while (Date.now() < end && !waiting.aborted) {
    if (await isReady().catch(() => false)) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return `no answer within ${seconds} s`;
}

function lastLines(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-15).join("\n");
}
