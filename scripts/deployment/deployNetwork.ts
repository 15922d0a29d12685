import { existsSync } from "node:fs";
import { join } from "node:path";
import { listTransactions, TransactionStatus } from "@nomicfoundation/ignition-core";
import { HardhatArtifactResolver } from "@nomicfoundation/hardhat-ignition/helpers";
import { artifacts } from "hardhat";
import { getAddress, type Address, type Hash } from "viem";
import type { Consortium } from "../config/schemas.ts";
import type { Connection } from "../connect.ts";
import { DeploymentError } from "../errors.ts";
import {
  addressBookPath,
  readAddressBook,
  writeWhole,
  type AddressBook,
  type DeployedContract,
} from "./AddressBook.ts";
import { admitMembers, type AdmitMembersReturnType } from "./admitMembers.ts";
import { deploySuite } from "./deploySuite.ts";
import { writeTypedAddresses } from "./writeTypedAddresses.ts";

export type DeployNetworkParameters = {
  consortium: Consortium;
  network: string;
  connection: Connection;
  /** Holds `deployments/` and, in `deploy/deployments/`, the journals. */
  root: string;
  onProgress: (message: string) => void;
};

export type DeployNetworkReturnType = AdmitMembersReturnType & { book: AddressBook };

/** Deploys or resumes, writes the address book, and admits the configured members. */
export async function deployNetwork(parameters: DeployNetworkParameters): Promise<DeployNetworkReturnType> {
  const { consortium, network, connection, root, onProgress } = parameters;
  const { provider, ethers, settings } = connection;
  const journal = join(root, "deploy/deployments", network);
  const genesis = await readGenesis(connection);
  requireSameChain({ book: readAddressBook(root, network), consortium, genesis, journal, root, network });

  const deployer = await findDeployer(connection);
  onProgress(`Deploying as ${deployer}`);
  const { contracts, settlementToken } = await deploySuite({
    consortium,
    provider,
    artifacts,
    deployer,
    freeGas: settings.freeGas,
    journal,
    onProgress,
  });

  const book: AddressBook = {
    network,
    consortium: consortium.name,
    chainId: settings.chainId,
    genesis,
    deployer,
    settlementToken,
    contracts: await describeContracts(connection, journal, contracts),
  };
  writeWhole(addressBookPath(root, network), `${JSON.stringify(book, null, 2)}\n`);
  writeTypedAddresses(root);

  onProgress("Admitting members");
  const { address, block } = book.contracts["InstitutionRegistry"]!;
  const registry = await ethers.getContractAt("InstitutionRegistry", address);
  return { book, ...(await admitMembers({ consortium, ethers, registry, firstBlock: block, ...settings })) };
}

export async function readGenesis({ provider }: Connection): Promise<Hash> {
  const block = (await provider.request({ method: "eth_getBlockByNumber", params: ["0x0", false] })) as { hash: Hash };
  return block.hash;
}

type RequireSameChainParameters = {
  book: AddressBook | undefined;
  consortium: Consortium;
  genesis: Hash;
  journal: string;
  root: string;
  network: string;
};

function requireSameChain({ book, consortium, genesis, journal, root, network }: RequireSameChainParameters): void {
  if (book === undefined) return;
  const path = addressBookPath(root, network);
  if (book.consortium !== consortium.name) {
    throw new DeploymentError(`${path} is the consortium ${book.consortium}'s, not ${consortium.name}'s.`, {
      mend: "Give the network another name in this consortium's chain.json.",
    });
  }
  if (book.genesis !== genesis) {
    throw new DeploymentError(`This is not the chain of ${path}: its first block differs. Was it made anew?`, {
      mend: `If the old chain is gone for good, remove ${path} and ${journal}.`,
    });
  }
  if (!existsSync(journal)) {
    throw new DeploymentError(
      `${path} is there, but not the journal ${journal}: everything would be deployed once more.`,
      {
        mend: "Restore the journal from your backup.",
      },
    );
  }
}

/** The account that deploys: the first of those configured. */
export async function findDeployer({ ethers }: Connection): Promise<Address> {
  const [first] = await ethers.getSigners();
  if (first !== undefined) return first.address as Address;
  throw new DeploymentError("There is no account to deploy from.", {
    mend: "Name the configuration variable that holds the deployer's key under accounts in chain.json.",
  });
}

async function describeContracts(
  { provider }: Connection,
  journal: string,
  contracts: Record<string, Address>,
): Promise<Record<string, DeployedContract>> {
  const creations = (await listTransactions(journal, new HardhatArtifactResolver(artifacts))).filter(
    (transaction) => transaction.status === TransactionStatus.SUCCESS && transaction.address !== undefined,
  );
  const described: Record<string, DeployedContract> = {};
  for (const [name, address] of Object.entries(contracts)) {
    const creation = creations.find((transaction) => getAddress(transaction.address!) === getAddress(address))!;
    const receipt = (await provider.request({
      method: "eth_getTransactionReceipt",
      params: [creation.txHash],
    })) as { blockNumber: string };
    described[name] = {
      address,
      block: Number(receipt.blockNumber),
      transaction: creation.txHash as Hash,
      arguments: JSON.parse(JSON.stringify(creation.params, bigintAsText)) as unknown[],
    };
  }
  return described;
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
