import { chmodSync, mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { ROOT } from "./paths.ts";
import { runCommand } from "./runCommand.ts";
import { deployToStack } from "./stack/deployToStack.ts";
import { startStack } from "./stack/startStack.ts";

type Options = { chainPort?: number; graphPort?: number; json: boolean };

const command = new Command("stack")
  .description("Starts a private chain with the demonstration consortium and its index, until Ctrl-C.")
  .option("--chain-port <port>", "port of the chain's JSON-RPC endpoint (default: a free one)", parsePort)
  .option("--graph-port <port>", "port of the GraphQL endpoint (default: a free one)", parsePort)
  .option("--json", "print the addresses as JSON", false)
  .action(run);

async function run({ chainPort, graphPort, json }: Options): Promise<void> {
  const onProgress = (message: string): void => console.error(message);
  mkdirSync(join(ROOT, ".consilium"), { recursive: true });
  const directory = mkdtempSync(join(ROOT, ".consilium/stack-"));
  chmodSync(directory, 0o755); // PostgreSQL may have to run as another user than ours.

  const { chainUrl, graphUrl } = await startStack({
    directory,
    prepare: (url) => deployToStack({ chainUrl: url, directory, onProgress }),
    onProgress,
    ...(chainPort !== undefined && { chainPort }),
    ...(graphPort !== undefined && { graphPort }),
  });

  if (json) console.log(JSON.stringify({ chainUrl, graphUrl, directory }));
  else {
    console.log(`Chain:   ${chainUrl}\nGraphQL: ${graphUrl}\nFiles:   ${directory}`);
    console.log(
      `Doctor:  npm run doctor -- --network local --root ${directory} --url ${chainUrl} --graph-url ${graphUrl}`,
    );
    console.log("Ctrl-C ends it all.");
  }
  // Signals end the process; until then something has to keep it.
  setInterval(() => {}, 3_600_000);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError("It is no port.");
}

await runCommand(command);
