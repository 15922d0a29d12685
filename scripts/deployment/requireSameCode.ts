import { existsSync } from "node:fs";
import { join } from "node:path";
import { status } from "@nomicfoundation/ignition-core";
import type { ArtifactManager } from "hardhat/types/artifacts";
import type { EthereumProvider } from "hardhat/types/providers";
import { DeploymentError } from "../errors.ts";
import { checkCode } from "./checkCode.ts";

export type RequireSameCodeParameters = { journal: string; provider: EthereumProvider; artifacts: ArtifactManager };

/** Ignition takes whatever it has deployed for good; that its code is this build's we have to see ourselves. */
export async function requireSameCode({ journal, provider, artifacts }: RequireSameCodeParameters): Promise<void> {
  if (!existsSync(join(journal, "journal.jsonl"))) return;
  for (const { contractName, address } of Object.values((await status(journal)).contracts)) {
    const artifact = await artifacts.readArtifact(contractName);
    const state = await checkCode({ provider, artifact, address });
    if (state === "missing") {
      throw new DeploymentError(
        `${contractName} should be at ${address}, but there is no code. Was the chain made anew?`,
        {
          mend: `If the old chain is gone for good, remove ${journal}.`,
        },
      );
    }
    if (state === "different") {
      throw new DeploymentError(`The code of ${contractName} at ${address} is not that of this build.`, {
        mend: "Check out the version that was deployed, or deploy this one under another network name.",
      });
    }
  }
}
