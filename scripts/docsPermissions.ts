import { join } from "node:path";
import { Command } from "commander";
import { artifacts, network } from "hardhat";
import type { Address } from "viem";
import { loadConsortium } from "./config/loadConsortium.ts";
import { writeWhole } from "./deployment/AddressBook.ts";
import { deploySuite } from "./deployment/deploySuite.ts";
import { ROOT } from "./paths.ts";
import { permissionsPage } from "./permissions/permissionsPage.ts";
import { readPermissions } from "./permissions/readPermissions.ts";
import { runCommand } from "./runCommand.ts";

const command = new Command("docs:permissions")
  .description(
    "Deploys the demonstration consortium to a simulated chain and writes who may call what to docs/permissions.md.",
  )
  .action(run);

async function run(): Promise<void> {
  const connection = await network.create();
  try {
    const { ethers, provider } = connection;
    const [deployer] = await ethers.getSigners();
    const { contracts } = await deploySuite({
      consortium: loadConsortium({ name: "demo" }),
      provider,
      artifacts,
      deployer: deployer!.address as Address,
      freeGas: true,
    });
    writeWhole(join(ROOT, "docs/permissions.md"), permissionsPage(await readPermissions({ ethers, contracts })));
  } finally {
    await connection.close();
  }
}

await runCommand(command);
