import { join } from "node:path";
import { buildSubgraph } from "../buildSubgraph.ts";
import { loadConsortium } from "../config/loadConsortium.ts";
import { connect } from "../connect.ts";
import type { AddressBook } from "../deployment/AddressBook.ts";
import { deployNetwork } from "../deployment/deployNetwork.ts";

export type DeployToStackParameters = {
  chainUrl: string;
  /** Gets address book, journal and subgraph. */
  directory: string;
  onProgress: (message: string) => void;
};

export type DeployToStackReturnType = {
  book: AddressBook;
  members: Record<string, number>;
  manifest: string;
  network: string;
};

/** Deploys the demonstration consortium to a chain of `startStack`, and compiles its subgraph. */
export async function deployToStack(parameters: DeployToStackParameters): Promise<DeployToStackReturnType> {
  const { chainUrl, directory, onProgress } = parameters;
  const consortium = loadConsortium({ name: "demo" });
  const network = "local";
  const connection = await connect({ consortium, network, url: chainUrl });
  try {
    const { book, members } = await deployNetwork({ consortium, network, connection, root: directory, onProgress });
    onProgress("Compiling the subgraph");
    const manifest = await buildSubgraph({ book, directory: join(directory, "subgraph") });
    return { book, members, manifest, network };
  } finally {
    await connection.close();
  }
}
