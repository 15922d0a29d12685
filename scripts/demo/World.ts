import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { BaseContract, ContractTransactionReceipt } from "ethers";
import type { Address } from "viem";
import { randomSalt } from "@consilium/sdk";
import { loadConsortium } from "../config/loadConsortium.ts";
import { GROUPS, type GroupName } from "../config/schemas.ts";
import { connect, type Connection } from "../connect.ts";
import type { AddressBook } from "../deployment/AddressBook.ts";

/** Accounts of the chain's node that act in the story, after the ten among which are those of config/demo. */
const AGENT_NAMES = [
  ...["northGateway", "southGateway", "eastGateway", "northClinician", "eastClinician"],
  ...["researcher", "otherResearcher", "officer", "inspector", "ethicsReviewer", "legalReviewer"],
  ...["guardian", "relayer", "supervisor", "southSupervisor", "dataTrust"],
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

export type Send = () => Promise<{ hash: string }>;

/** A call that a working group makes, or a proposal. */
export type Call = { target: BaseContract; data: string };

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

  const send = async (...calls: Send[]): Promise<ContractTransactionReceipt[]> => {
    const sent: string[] = [];
    for (const call of calls) sent.push((await call()).hash);
    await mine();
    return Promise.all(sent.map((hash) => mined(connection, hash)));
  };

  const seats = await ethers.getContractAt("CommitteeSeats", at("CommitteeSeats"));
  const seatHolders = async (group: GroupName): Promise<HardhatEthersSigner[]> => {
    const holders: HardhatEthersSigner[] = [];
    for (const seat of consortium.governance.seats[group]) {
      if (await seats.isSeated(seat.holder, GROUPS.indexOf(group))) holders.push(holder(seat.holder));
    }
    return holders;
  };

  return {
    connection,
    book,
    consortium,
    chainId: book.chainId,
    contracts: {
      institutions: await ethers.getContractAt("InstitutionRegistry", at("InstitutionRegistry")),
      patients: await ethers.getContractAt("PatientRegistry", at("PatientRegistry")),
      guardianOrders: await ethers.getContractAt("GuardianOrders", at("GuardianOrders")),
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
      contributions: await ethers.getContractAt("ContributionLedger", at("ContributionLedger")),
      token: await ethers.getContractAt("TestToken", at("TestToken")),
      seats,
      governor: await ethers.getContractAt("ConsiliumGovernor", at("ConsiliumGovernor")),
    },
    member: (key: MemberKey): number => members[key]!,
    wallets: {
      ...(Object.fromEntries(AGENT_NAMES.map((name, index) => [name, accounts[FIRST_AGENT + index]])) as Record<
        AgentName,
        HardhatEthersSigner
      >),
      northAdmin: administrator("northHospital"),
      southAdmin: administrator("southHospital"),
      eastAdmin: administrator("eastHospital"),
      instituteAdmin: administrator("researchInstitute"),
      regulatorAdmin: administrator("regulator"),
    },
    /** Time of the latest block, unix seconds. */
    now: async (): Promise<number> => (await ethers.provider.getBlock("latest"))!.timestamp,
    /** Sends transactions one after the other, so that one block can take them all, and waits until they are mined. */
    send,
    /** Lets time pass on the chain. */
    elapse: async (seconds: number): Promise<void> => {
      await connection.provider.request({ method: "evm_increaseTime", params: [seconds] });
      await connection.provider.request({ method: "evm_mine" });
    },
    /** Has a working group make calls: one of its seats proposes them, the others approve, and the first executes. */
    actAsGroup: async (name: GroupName, ...calls: Call[]): Promise<void> => {
      const contract = `${name[0]!.toUpperCase()}${name.slice(1)}Group` as "SupervisionGroup";
      const group = await ethers.getContractAt(contract, at(contract));
      const [first, ...others] = await seatHolders(name);
      const actions = await Promise.all(
        calls.map(async ({ target, data }) => [await target.getAddress(), data, randomSalt()] as const),
      );
      const ids = await Promise.all(actions.map((action) => group.actionId(...action)));
      await send(...actions.map((action) => () => group.connect(first).propose(...action, FREE)));
      await send(...others.flatMap((one) => ids.map((id) => () => group.connect(one).approve(id, FREE))));
      for (const action of actions) await send(() => group.connect(first).execute(...action, FREE));
    },
  };
}

export function call(target: BaseContract, name: string, values: unknown[]): Call {
  return { target, data: target.interface.encodeFunctionData(name, values) };
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
