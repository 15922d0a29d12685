import { join } from "node:path";
import { Command } from "commander";
import { artifacts } from "hardhat";
import { writeWhole } from "./deployment/AddressBook.ts";
import { ROOT } from "./paths.ts";
import { abisFile } from "./abisFile.ts";

const command = new Command("generate:abis")
  .description("Writes the ABIs of the suite's contracts to sdk/src/abis.ts, from which viem knows their types.")
  .action(async () => writeWhole(join(ROOT, "sdk/src/abis.ts"), await abisFile(artifacts)));

// Not by runCommand, whose errors are of the SDK, which cannot be loaded before this file is there.
await command.parseAsync();
