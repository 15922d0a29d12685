import { loadConsortium } from "../config/loadConsortium.ts";
import { connect } from "../connect.ts";
import { addressBookPath, readAddressBook } from "../deployment/AddressBook.ts";
import { DeploymentError } from "../errors.ts";
import { examine } from "./examine.ts";
import type { Finding } from "./Finding.ts";

export type DiagnoseParameters = {
  network: string;
  /** These two stand in for the configured endpoints. */
  url?: string | undefined;
  graphUrl?: string | undefined;
  maxLag: number;
  root: string;
  onProgress: (message: string) => void;
};

/** Connects to a network that was deployed to, and looks at everything. What an operator's command does, whichever it is. */
export async function diagnose(parameters: DiagnoseParameters): Promise<Finding[]> {
  const { network, url, graphUrl, maxLag, root, onProgress } = parameters;
  const book = readAddressBook(root, network);
  if (book === undefined) {
    throw new DeploymentError(`There is no ${addressBookPath(root, network)}.`, {
      mend: `Deploy first: npm run deploy -- --network ${network} --consortium NAME.`,
    });
  }
  const consortium = loadConsortium({ name: book.consortium });
  const connection = await connect({ consortium, network, url });
  try {
    const configured = consortium.chain.networks[network]?.graphUrl;
    return await examine({ book, consortium, connection, graphUrl: graphUrl ?? configured, maxLag }, onProgress);
  } finally {
    await connection.close();
  }
}
