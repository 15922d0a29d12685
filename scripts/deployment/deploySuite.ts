import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  HardhatArtifactResolver,
  errorDeploymentResultToExceptionMessage,
} from "@nomicfoundation/hardhat-ignition/helpers";
import {
  deploy,
  DeploymentResultType,
  status,
  type DeploymentParameters,
  type IgnitionModule,
  type IgnitionModuleResult,
} from "@nomicfoundation/ignition-core";
import type { ArtifactManager } from "hardhat/types/artifacts";
import type { EthereumProvider } from "hardhat/types/providers";
import type { Address } from "viem";
import { consilium } from "../../deploy/modules/Consilium.ts";
import { testSettlement } from "../../deploy/modules/Settlement.ts";
import type { Consortium } from "../config/schemas.ts";
import { DeploymentError } from "../errors.ts";
import { foundingSeats } from "./foundingSeats.ts";
import { loadPermissions } from "./loadPermissions.ts";
import { mendJournal } from "./mendJournal.ts";
import { moduleParameters } from "./moduleParameters.ts";
import { progressListener } from "./progressListener.ts";
import { requireSameCode } from "./requireSameCode.ts";

export type DeploySuiteParameters = {
  consortium: Consortium;
  provider: EthereumProvider;
  artifacts: ArtifactManager;
  deployer: Address;
  freeGas: boolean;
  /** Directory that remembers each step, so that a deployment can be resumed; without it nothing is remembered. */
  journal?: string;
  onProgress?: (message: string) => void;
};

/** Contracts of the suite by name, `TestToken` among them if it was deployed. */
export type SuiteAddresses = Record<string, Address>;

export type DeploySuiteReturnType = { contracts: SuiteAddresses; settlementToken: Address };

/** Deploys what is not there yet; a second call does nothing. */
export async function deploySuite(parameters: DeploySuiteParameters): Promise<DeploySuiteReturnType> {
  const { consortium, provider, artifacts, deployer, journal } = parameters;
  if (journal !== undefined) {
    await mendJournal({ journal, provider, artifacts, deployer });
    await requireSameCode({ journal, provider, artifacts });
  }

  const permissions = await loadPermissions(artifacts);
  const top = consilium({ deployer, holders: consortium.roles, permissions, ...foundingSeats(consortium) });

  const configured = consortium.chain.settlementToken;
  const settlementToken = configured === "test" ? await deployTestToken(parameters) : configured;
  const suite = await run(parameters, top, moduleParameters(consortium, settlementToken));
  if (journal !== undefined) await requireSameCode({ journal, provider, artifacts });
  return { contracts: { ...suite, ...(configured === "test" && { TestToken: settlementToken }) }, settlementToken };
}

/** Ignition cannot run one module while the journal has another half done, so once this one is done it is not run again. */
async function deployTestToken(parameters: DeploySuiteParameters): Promise<Address> {
  const { journal } = parameters;
  const isBegun = journal !== undefined && existsSync(join(journal, "journal.jsonl"));
  const known = isBegun ? (await status(journal)).contracts["Settlement#TestToken"] : undefined;
  return (known?.address as Address | undefined) ?? (await run(parameters, testSettlement, {})).token!;
}

async function run<Results extends IgnitionModuleResult<string>>(
  parameters: DeploySuiteParameters,
  ignitionModule: IgnitionModule<string, string, Results>,
  deploymentParameters: DeploymentParameters,
): Promise<Record<string, Address>> {
  const { provider, artifacts, deployer, freeGas, journal, onProgress } = parameters;
  const result = await deploy({
    ignitionModule,
    deploymentParameters,
    artifactResolver: new HardhatArtifactResolver(artifacts),
    provider,
    accounts: [deployer],
    defaultSender: deployer,
    disableFeeBumping: true,
    // A block is final at once on the chains that the suite is made for. A step that waits long is not given up:
    // giving up could send it twice.
    config: { requiredConfirmations: 1, blockPollingInterval: 200, timeBeforeBumpingFees: 86_400_000 },
    ...(freeGas && { gasPrice: 0n }),
    ...(journal !== undefined && { deploymentDir: journal }),
    ...(onProgress !== undefined && { executionEventListener: progressListener(onProgress) }),
  });
  if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    throw new DeploymentError(errorDeploymentResultToExceptionMessage(result).trim(), {
      mend: "Mend what the step names, then call this again: it resumes where it stopped.",
    });
  }

  const { contracts } = result;
  return Object.fromEntries(
    Object.entries(ignitionModule.results).map(([name, { id }]) => [name, contracts[id]!.address as Address]),
  );
}
