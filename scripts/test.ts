import { globSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { sep } from "node:path";
import { ROOT } from "./paths.ts";
import { runProgram } from "./runProgram.ts";

/** More than two cores would seem to bear: the end-to-end tests wait as much as they compute. */
const AT_ONCE = 3;

// The tests make many objects that do not live long: with more room for them less is collected, which is a fifteenth of the time.
process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS ?? "", "--max-semi-space-size=64"].join(" ").trim();

const behaviour = globSync("test/**/*.test.ts", { cwd: ROOT }).sort();
const services = behaviour.filter((file) => ["deploy", "e2e"].includes(file.split(sep)[1]!));
const contracts = behaviour.filter((file) => !services.includes(file));

/**
 * First the two that run on one core each, then what can use all of them. The suite is compiled before; only the Solidity tests are
 * compiled here, so that no two parts compile the same.
 */
const PARTS = [
  { name: "deployment and end to end", command: ["hardhat", "test", "mocha", "--no-compile", ...services] },
  { name: "contracts and SDK", command: ["hardhat", "test", "mocha", "--no-compile", ...contracts] },
  { name: "index", command: ["node", "scripts/testSubgraph.ts"] },
  { name: "Solidity properties", command: ["hardhat", "test", "solidity", "--no-typechain"] },
];

/** Runs all tests, in parts side by side. What a part printed comes once it has ended; what failed comes once more, last. */
async function test(): Promise<void> {
  const queue = [...PARTS];
  const failed: string[] = [];
  const work = async (): Promise<void> => {
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
      const [program, ...args] = part.command;
      const running = runProgram(program!, args, ROOT);
      // The others get what these leave: else one of them would end alone, with the other core idle.
      if (part === PARTS[1]) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
      const { isSuccess, output } = await running;
      const report = `\n== ${part.name}: ${isSuccess ? "passed" : "FAILED"} (${process.uptime().toFixed(0)} s)\n${output}`;
      console.log(report);
      if (!isSuccess) failed.push(report);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failed.length === 0) return;
  console.log(failed.join("\n"));
  process.exitCode = 1;
}

console.log(`Running the tests of ${PARTS.map(({ name }) => name).join(", ")}`);
await test();
