import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { askTables, type AuditAnswer } from "./demo/askTables.ts";
import { auditTables } from "./demo/auditTables.ts";
import { findRecord } from "./demo/importRecords.ts";
import { openEmergency } from "./demo/openEmergency.ts";
import { changeRules } from "./demo/changeRules.ts";
import { play } from "./demo/play.ts";
import { requestAccess, RESEARCH } from "./demo/requestAccess.ts";
import { refusalOf, suspendForLeak } from "./demo/suspendForLeak.ts";
import { openWorld, type World } from "./demo/World.ts";
import { ROOT } from "./paths.ts";
import { runCommand } from "./runCommand.ts";
import { deployToStack, type DeployToStackReturnType } from "./stack/deployToStack.ts";
import { graphNodeProblem } from "./stack/startGraphNode.ts";
import { startStack, type Stack } from "./stack/startStack.ts";

const SIGNALS = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

type Options = { keep: boolean; json: boolean };

const command = new Command("demo")
  .description("Plays the way of one record on a private chain, and reads the audit answers back from the index.")
  .option("--keep", "leave chain and index up, and print their addresses, until Ctrl-C", false)
  .option("--json", "print one summary as JSON", false)
  .action(run);

async function run({ keep, json }: Options): Promise<void> {
  const onProgress = progress();
  const problem = graphNodeProblem();
  if (problem !== undefined) {
    console.error(problem);
    process.exitCode = 1;
    return;
  }
  const directory = makeDirectory();

  let interrupted = false;
  const onSignal = (): void => void (interrupted = true);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  let stack: Stack | undefined;
  try {
    let deployed: DeployToStackReturnType | undefined;
    stack = await startStack({
      directory,
      prepare: async (url) => (deployed = await deployToStack({ chainUrl: url, directory, onProgress })),
      onProgress,
    });
    await tell({ ...stack, deployed: deployed!, keep, json, onProgress });
  } catch (error) {
    if (!interrupted) throw error;
    // What failed did so because the stack is coming down; it ends the process unless it is down already.
    if (stack !== undefined) await untilSignal();
    process.exit(130);
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    await stack?.stop();
  }
}

type TellParameters = Options & {
  chainUrl: string;
  graphUrl: string;
  deployed: DeployToStackReturnType;
  onProgress: (message: string) => void;
};

/** Plays the story and prints what the index tells of it. */
async function tell({ chainUrl, graphUrl, deployed, keep, json, onProgress }: TellParameters): Promise<void> {
  const world = await openWorld({ chainUrl, book: deployed.book, members: deployed.members });
  const { adult } = await play(world, onProgress);
  const blood = findRecord(adult.records, "Observation", "Hemoglobin");
  onProgress("East Hospital's clinician opens an emergency; a supervisor finds it justified");
  await openEmergency(world, adult.account.address, blood);
  onProgress("The members vote that no grant runs longer than half a year");
  onProgress(`The rules in force are version ${await changeRules(world)}`);
  onProgress("A patient complains of the institute, and a supervisor upholds that its bad management leaked data");
  const until = new Date(Number(await suspendForLeak(world, adult.account)) * 1_000);
  const refusal = await refusalOf(world, () =>
    requestAccess(world, world.wallets.researcher, { kept: blood, word: RESEARCH }),
  );
  onProgress(`Suspended until ${until.toISOString().slice(0, 10)}; the institute's next request: ${refusal}`);

  const block = await world.connection.ethers.provider.getBlockNumber();
  onProgress(`Waiting until the index has seen block ${block}`);
  const answer = await askTables(graphUrl, block);
  await requireFundShare(world, answer);
  onProgress("The index has answered");

  const addresses = { chain: chainUrl, graphql: graphUrl };
  if (json) console.log(JSON.stringify(summary(world, answer, keep ? addresses : undefined), null, 2));
  else console.log(auditTables(answer, namesOf(world)));
  await world.connection.close();

  if (!keep) return;
  if (!json) console.log(`\nChain:   ${chainUrl}\nGraphQL: ${graphUrl}\nCtrl-C ends both.`);
  await untilSignal();
}

/** Never resolves, but keeps the process until a signal ends it. */
function untilSignal(): Promise<never> {
  return new Promise(() => setInterval(() => {}, 3_600_000));
}

/** Says on standard error what is being done, with the seconds since the start. */
function progress(): (message: string) => void {
  const start = Date.now();
  return (message) => {
    console.error(`${((Date.now() - start) / 1_000).toFixed(1).padStart(6)} s  ${message}`);
  };
}

/** For logs and data; stays behind only after a failure. */
function makeDirectory(): string {
  mkdirSync(join(ROOT, ".consilium"), { recursive: true });
  const directory = mkdtempSync(join(ROOT, ".consilium/demo-"));
  chmodSync(directory, 0o755); // PostgreSQL may have to run as another user than ours.
  process.once("exit", (code) => {
    if (code !== 1) rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

function namesOf({ consortium, member }: World): (number: number) => string {
  const names = new Map(consortium.members.map(({ key, name }) => [member(key as "regulator"), name]));
  return (number) => names.get(number) ?? `member ${number}`;
}

/** What the index says that the fund got is what the token says that it holds, and exactly its share. */
async function requireFundShare({ contracts, book }: World, { revenueAgreements, fundAccounts }: AuditAnswer) {
  const [account] = fundAccounts;
  const received = revenueAgreements.reduce((sum, agreement) => sum + BigInt(agreement.received), 0n);
  const held = await contracts.token.balanceOf(book.contracts["PatientHealthFund"]!.address);
  if (account === undefined || BigInt(account.received) !== held || held * 10n !== received * 3n) {
    throw new Error(`The fund holds ${held} of ${received}, and the index says ${account?.received ?? "nothing"}.`);
  }
}

/** Everything but the addresses is the index's answer. */
function summary({ chainId, book }: World, answer: AuditAnswer, addresses: object | undefined): object {
  const { accesses, verificationFaileds, revenueAgreements, patientPaids, fundAccounts } = answer;
  const { emergencies, proposals, ruleSets, cases } = answer;
  return {
    chainId,
    contracts: Object.fromEntries(Object.entries(book.contracts).map(([name, { address }]) => [name, address])),
    ...addresses,
    accessed: accesses.filter(({ decision }) => decision === "APPROVED"),
    denied: accesses.filter(({ decision }) => decision === "DENIED"),
    failedVerifications: verificationFaileds,
    revenue: revenueAgreements,
    patientsPaid: patientPaids,
    fund: fundAccounts,
    emergencies,
    votes: proposals,
    ruleSets,
    cases,
  };
}

await runCommand(command);
