import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { getAddress, type Address } from "viem";
import { readEvents } from "../deployment/readEvents.ts";

export type ReadRoleHoldersParameters = {
  ethers: HardhatEthers;
  /** A contract that keeps roles. */
  contract: "AccessManager" | "TimelockController";
  address: Address;
  /** Its first block. */
  firstBlock: number;
  logRange: number;
};

/** Who holds which role, by the contract's events from its first block on. */
export async function readRoleHolders(parameters: ReadRoleHoldersParameters): Promise<Map<bigint, Set<Address>>> {
  const { ethers, contract, address, firstBlock, logRange } = parameters;
  const { interface: abi } = await ethers.getContractAt(contract, address);
  const holders = new Map<bigint, Set<Address>>();
  for (const log of await readEvents({ ethers, address, fromBlock: firstBlock, logRange })) {
    const event = abi.parseLog(log);
    if (event?.name !== "RoleGranted" && event?.name !== "RoleRevoked") continue;
    const role = BigInt(event.args[0] as bigint | string);
    const account = getAddress(event.args[1] as string);
    const set = holders.get(role) ?? new Set();
    holders.set(role, set);
    if (event.name === "RoleGranted") set.add(account);
    else set.delete(account);
  }
  return holders;
}
