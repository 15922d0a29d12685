import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadConsortium } from "../config/loadConsortium.ts";
import { connect } from "../connect.ts";
import { generateManifest } from "../generateManifest.ts";
import { addressBookPath, readAddressBook } from "./AddressBook.ts";
import { deployNetwork, findDeployer, type DeployNetworkReturnType } from "./deployNetwork.ts";

export type DeployParameters = {
  network: string;
  /** Folder of config/. */
  consortium: string;
  /** Stands in for the configured endpoint. */
  url?: string | undefined;
  /** Holds `deployments/` and the journals. */
  root: string;
  onProgress: (message: string) => void;
};

/** Connects, deploys or resumes, and has the index's manifest follow. What an operator's command does, whichever it is. */
export async function deploy(parameters: DeployParameters): Promise<DeployNetworkReturnType & { path: string }> {
  const { network, consortium: name, url, root, onProgress } = parameters;
  const consortium = loadConsortium({ name });
  const connection = await connect({ consortium, network, url });
  try {
    const deployed = await deployNetwork({ consortium, network, connection, root, onProgress });
    const subgraph = join(root, "subgraph");
    if (existsSync(subgraph))
      onProgress(`Wrote ${await generateManifest({ book: deployed.book, directory: subgraph })}`);
    return { ...deployed, path: addressBookPath(root, network) };
  } finally {
    await connection.close();
  }
}

/** What `deploy` would do, without sending anything. */
export async function planDeploy({ network, consortium: name, url, root }: Omit<DeployParameters, "onProgress">) {
  const consortium = loadConsortium({ name });
  const connection = await connect({ consortium, network, url });
  try {
    const resumes =
      readAddressBook(root, network) !== undefined || existsSync(join(root, "deploy/deployments", network));
    return { chainId: connection.settings.chainId, deployer: await findDeployer(connection), resumes };
  } finally {
    await connection.close();
  }
}
