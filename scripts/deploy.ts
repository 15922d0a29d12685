import { Command } from "commander";
import { deploy } from "./deployment/deploy.ts";
import { ROOT } from "./paths.ts";
import { runCommand } from "./runCommand.ts";

type Options = { network: string; consortium: string; url?: string; root: string; json: boolean };

const command = new Command("deploy")
  .description("Deploys the suite, or goes on where an earlier call stopped.")
  .requiredOption("--network <name>", "a network of the consortium's chain.json, or of hardhat.config.ts")
  .requiredOption("--consortium <name>", "a folder of config/")
  .option("--url <url>", "JSON-RPC endpoint, in place of the configured one")
  .option("--root <directory>", "where deployments/ and the journals lie", ROOT)
  .option("--json", "print the result as JSON", false)
  .action(run);

async function run({ json, ...options }: Options): Promise<void> {
  const { book, members, pending, path } = await deploy({
    ...options,
    onProgress: (message) => console.error(message),
  });
  if (json) {
    console.log(JSON.stringify({ ...book, members, pending }, null, 2));
    return;
  }
  for (const [contract, { address }] of Object.entries(book.contracts)) console.log(`${address}  ${contract}`);
  for (const { member, to, data } of pending) {
    console.log(
      `\nThe member ${member} still has to be admitted, by a holder of the operator role:\n  to ${to}\n  data ${data}`,
    );
  }
  console.log(`\nAddress book: ${path}`);
}

await runCommand(command);
