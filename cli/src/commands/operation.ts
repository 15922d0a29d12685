import type { Command } from "commander";
import type { Io } from "../Io.ts";
import { Ended } from "../Ended.ts";
import { EXIT_CODES } from "../ExitCode.ts";
import { UsageError } from "../errors.ts";
import { parseCount } from "../parse/parsers.ts";
import { table } from "../print/table.ts";
import type { Session } from "../session/Session.ts";
import { act } from "./act.ts";

/** Deploying and looking after a deployment. Hardhat is loaded by these alone. */
export function addOperationCommands(program: Command, io: Io): void {
  act(
    program.command("deploy").description("deploys the suite, or goes on where an earlier call stopped"),
    io,
    async (session) => {
      const { deploy, planDeploy } = await import("../../../scripts/deployment/deploy.ts");
      const { network, consortium } = required(session);
      if (session.settings.dryRun) {
        const { chainId, deployer, resumes } = await planDeploy({
          network,
          consortium,
          url: session.settings.rpc,
          root: session.root,
        });
        const data = { dryRun: true, network, consortium, chainId, deployer, resumes };
        const what = resumes ? "gone on with" : "made";
        session.print({
          data,
          text: `Nothing was sent. A deployment of ${consortium} would be ${what} on chain ${chainId} by ${deployer}.`,
        });
        return;
      }
      await session.requireYes(`Deploy ${consortium} to ${network}`);
      const { book, members, pending, path } = await deploy({
        network,
        consortium,
        url: session.settings.rpc,
        root: session.root,
        onProgress: (message) => io.note(message),
      });
      const contracts = Object.entries(book.contracts).map(([name, { address }]) => [name, address]);
      const missing = pending.map(
        ({ member }) => `\n${member} still has to be admitted: consilium member add ${member}`,
      );
      session.report({
        data: { ...book, members, pending },
        text: `${table(["Contract", "Address"], contracts)}${missing.join("")}\nAddress book: ${path}`,
      });
    },
  );

  act<{ maxLag: number }>(
    program
      .command("doctor")
      .description("looks at a deployment and its index, and says what is wrong and how to mend it")
      .option("--max-lag <blocks>", "blocks by which the index may be behind", parseCount, 20),
    io,
    async (session, { maxLag }) => {
      const { diagnose } = await import("../../../scripts/doctor/diagnose.ts");
      const { rpc: url, graph: graphUrl } = session.settings;
      const { network } = session.book();
      const findings = await diagnose({
        network,
        url,
        graphUrl,
        maxLag,
        root: session.root,
        onProgress: (message) => io.note(message),
      });
      const problems = findings.filter(({ state }) => state === "problem");
      session.report({
        data: { network, problems: problems.length, findings },
        text: table(
          ["", "Check", "Found"],
          findings.map(({ state, check, detail, mend }) => {
            return [state, check, mend === undefined ? detail : `${detail}\nTo mend: ${mend}`];
          }),
        ),
      });
      if (problems.length > 0) throw new Ended(EXIT_CODES.failed);
    },
  );
}

function required({ settings }: Session): { network: string; consortium: string } {
  const { network, consortium } = settings;
  if (network !== undefined && consortium !== undefined) return { network, consortium };
  throw new UsageError("Network and consortium must be named.", { mend: "Pass --network NAME --consortium NAME." });
}
