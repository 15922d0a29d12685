import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import type { Address } from "viem";
import { loadConsortium } from "../config/loadConsortium.ts";
import { connect, type Connection } from "../connect.ts";
import type { AddressBook } from "../deployment/AddressBook.ts";

/** Accounts of the chain's node that act in the story, after the ten to which config/demo gives roles and members. */
const AGENT_NAMES = [
  ...["northGateway", "southGateway", "eastGateway", "northClinician", "eastClinician"],
  ...["researcher", "otherResearcher", "officer", "inspector", "ethicsReviewer", "legalReviewer"],
  ...["guardian", "relayer", "supervisor", "southSupervisor"],
] as const;
const FIRST_AGENT = 10;

export type AgentName = (typeof AGENT_NAMES)[number];
export type MemberKey = "northHospital" | "southHospital" | "eastHospital" | "researchInstitute" | "regulator";

export type OpenWorldParameters = {
  chainUrl: string;
  book: AddressBook;
  members: Record<string, number>;
  /** Called after transactions are sent, to have them mined at once; without it the chain's own next block does. */
  mine?: () => Promise<void>;
};

/** The running consortium, as the story's steps see it. */
export type World = Awaited<ReturnType<typeof openWorld>>;

export type Send = () => Promise<ContractTransactionResponse>;

/** Connects to a chain of `startStack` that bears the demonstration consortium. */
export async function openWorld({ chainUrl, book, members, mine = () => Promise.resolve() }: OpenWorldParameters) {
  const consortium = loadConsortium({ name: book.consortium });
  const connection = await connect({ consortium, network: book.network, url: chainUrl });
  const { ethers } = connection;
  const at = (name: string): Address => book.contracts[name]!.address;
  const accounts = await ethers.getSigners();
  const holder = (address: Address): HardhatEthersSigner => accounts.find((account) => account.address === address)!;
  const administrator = (key: MemberKey): HardhatEthersSigner =>
    holder(consortium.members.find((member) => member.key === key)!.administrator);

  return {
    connection,
    book,
    consortium,
    chainId: book.chainId,
    contracts: {
      institutions: await ethers.getContractAt("InstitutionRegistry", at("InstitutionRegistry")),
      patients: await ethers.getContractAt("PatientRegistry", at("PatientRegistry")),
      records: await ethers.getContractAt("RecordRegistry", at("RecordRegistry")),
      consents: await ethers.getContractAt("ConsentRegistry", at("ConsentRegistry")),
      studies: await ethers.getContractAt("StudyRegistry", at("StudyRegistry")),
      broker: await ethers.getContractAt("AccessBroker", at("AccessBroker")),
      ruleSet: await ethers.getContractAt("RuleSet", at("RuleSet")),
      splitter: await ethers.getContractAt("RevenueSplitter", at("RevenueSplitter")),
      fund: await ethers.getContractAt("PatientHealthFund", at("PatientHealthFund")),
      points: await ethers.getContractAt("HealthPoints", at("HealthPoints")),
      supervision: await ethers.getContractAt("Supervision", at("Supervision")),
      emergencies: await ethers.getContractAt("EmergencyAccess", at("EmergencyAccess")),
      token: await ethers.getContractAt("TestToken", at("TestToken")),
    },
    member: (key: MemberKey): number => members[key]!,
    wallets: {
      ...(Object.fromEntries(AGENT_NAMES.map((name, index) => [name, accounts[FIRST_AGENT + index]])) as Record<
        AgentName,
        HardhatEthersSigner
      >),
      operator: holder(consortium.roles.operator[0]!),
      supervision: holder(consortium.roles.supervision[0]!),
      northAdmin: administrator("northHospital"),
      southAdmin: administrator("southHospital"),
      eastAdmin: administrator("eastHospital"),
      instituteAdmin: administrator("researchInstitute"),
    },
    /** Time of the latest block, unix seconds. */
    now: async (): Promise<number> => (await ethers.provider.getBlock("latest"))!.timestamp,
    /** Sends transactions one after the other, so that one block can take them all, and waits until they are mined. */
    send: async (...calls: Send[]): Promise<ContractTransactionReceipt[]> => {
      const sent: string[] = [];
      for (const call of calls) sent.push((await call()).hash);
      await mine();
      return Promise.all(sent.map((hash) => mined(connection, hash)));
    },
  };
}

/** What every transaction of the story passes along: gas is free here. */
export const FREE = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n } as const;

async function mined({ ethers }: Connection, hash: string): Promise<ContractTransactionReceipt> {
  for (;;) {
    const receipt = await ethers.provider.getTransactionReceipt(hash);
    if (receipt?.status === 1) return receipt as ContractTransactionReceipt;
    if (receipt !== null) throw new Error(`Transaction ${hash} was reverted.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
