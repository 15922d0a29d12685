import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** Runs a program to its end, which is ours at the latest; `output` is all that it printed, errors last. */
export async function runProgram(
  program: string,
  args: string[],
  directory: string,
): Promise<{ isSuccess: boolean; output: string }> {
  const child = spawn(program, args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  const end = (): void => void child.kill();
  process.once("exit", end);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  process.off("exit", end);
  return { isSuccess: child.exitCode === 0, output: stdout + stderr };
}
