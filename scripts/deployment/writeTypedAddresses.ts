import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readAddressBook, writeWhole } from "./AddressBook.ts";

/** Writes `deployments/index.ts`, from which TypeScript knows chains and addresses of all networks deployed to. */
export function writeTypedAddresses(root: string): void {
  const directory = join(root, "deployments");
  const networks = readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
  const entries = networks.map((network) => {
    const { chainId, settlementToken, contracts } = readAddressBook(root, network)!;
    const addresses = Object.fromEntries(Object.entries(contracts).map(([name, { address }]) => [name, address]));
    return [network, { chainId, settlementToken, contracts: addresses }];
  });
  const value = JSON.stringify(Object.fromEntries(entries), null, 2);
  writeWhole(
    join(directory, "index.ts"),
    `// Generated from the address books beside it by \`npm run deploy\`; do not edit.\nexport const deployments = ${value} as const;\n`,
  );
}
