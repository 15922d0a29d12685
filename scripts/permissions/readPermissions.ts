import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { id, Interface } from "ethers";
import { zeroHash, type Address, type Hex } from "viem";
import { ADMIN_ROLE_ID, ROLE_IDS } from "../../deploy/roles.ts";
import { readRoleHolders } from "./readRoleHolders.ts";
import { mutatingFunctions, zeroCall } from "./zeroCall.ts";

export type ReadPermissionsParameters = {
  ethers: HardhatEthers;
  contracts: Record<string, Address>;
  logRange?: number;
};

/** A function that not everybody may call. */
export type PermissionRow = {
  contract: string;
  /** With the types of its parameters. */
  signature: string;
  /** The role that it asks for, or the contract. */
  role: string;
  /** Names of contracts, and addresses of wallets. */
  holders: string[];
  /** Seconds between the decision to call and the call. */
  delay: number;
};

/** Nobody: it holds no role. */
const NOBODY = "0x000000000000000000000000000000000000dEaD";

/** What contracts say to somebody who may not call. */
const REFUSALS = new Interface([
  "error AccessManagedUnauthorized(address caller)",
  "error AccessManagerUnauthorizedAccount(address account, uint64 roleId)",
  "error AccessControlUnauthorizedAccount(address account, bytes32 neededRole)",
  "error TimelockUnauthorizedCaller(address caller)",
  "error GovernorOnlyExecutor(address account)",
]);

const TIMELOCK_ROLES = new Map<bigint, string>([
  [BigInt(zeroHash), "DEFAULT_ADMIN_ROLE"],
  ...["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"].map((name): [bigint, string] => [BigInt(id(name)), name]),
]);

const MANAGER_ROLES = new Map<bigint, string>([
  [ADMIN_ROLE_ID, "admin"],
  ...Object.entries(ROLE_IDS).map(([name, number]): [bigint, string] => [number, name]),
]);

/**
 * Every function of the suite that not everybody may call, with who may, as the chain has it: each is called by nobody, and its refusal
 * says whom it asks for. What patients, agents and seats may do by being who they are is not in here.
 */
export async function readPermissions(parameters: ReadPermissionsParameters): Promise<PermissionRow[]> {
  const { ethers, contracts, logRange = 5_000 } = parameters;
  const at = (name: string): Address => contracts[name]!;
  const names = new Map(Object.entries(contracts).map(([name, address]) => [address, name]));
  const authority = await ethers.getContractAt("AccessManager", at("AccessManager"));
  const timelock = await ethers.getContractAt("TimelockController", at("TimelockController"));
  const minDelay = Number(await timelock.getMinDelay());
  const read = (contract: "AccessManager" | "TimelockController") =>
    readRoleHolders({ ethers, contract, address: at(contract), firstBlock: 0, logRange });
  const managerHolders = await read("AccessManager");
  const timelockHolders = await read("TimelockController");

  const describe = (holders: Iterable<Address>): string[] =>
    [...holders].map((holder) => names.get(holder) ?? holder).sort();
  const ofManager = async (number: bigint) => {
    const holders = [...(managerHolders.get(number) ?? [])];
    const delays = await Promise.all(
      holders.map(async (holder) => Number((await authority.hasRole(number, holder))[1])),
    );
    const waits = holders.map((holder, i) => delays[i]! + (holder === at("TimelockController") ? minDelay : 0));
    return {
      role: MANAGER_ROLES.get(number) ?? `role ${number}`,
      holders: describe(holders),
      delay: Math.min(...waits),
    };
  };

  const guardOf = async (address: Address, selector: string, refusal: Hex) => {
    const error = REFUSALS.parseError(refusal);
    switch (error?.name) {
      case "AccessManagedUnauthorized":
        // For the manager alone, at its admin's bidding.
        if (selector === id("setAuthority(address)").slice(0, 10)) return ofManager(ADMIN_ROLE_ID);
        return ofManager(await authority.getTargetFunctionRole(address, selector));
      case "AccessManagerUnauthorizedAccount":
        return ofManager(error.args["roleId"] as bigint);
      case "AccessControlUnauthorizedAccount": {
        const number = BigInt(error.args["neededRole"] as string);
        const holders = timelockHolders.get(number) ?? new Set();
        const delay = holders.has(at("TimelockController")) ? minDelay : 0;
        return { role: TIMELOCK_ROLES.get(number) ?? `role ${number}`, holders: describe(holders), delay };
      }
      case "TimelockUnauthorizedCaller":
      case "GovernorOnlyExecutor":
        return { role: "timelock", holders: ["TimelockController"], delay: minDelay };
      default:
        return undefined;
    }
  };

  const rows: PermissionRow[] = [];
  for (const [contract, address] of Object.entries(contracts)) {
    const { interface: abi } = await ethers.getContractAt(contract, address);
    for (const fragment of mutatingFunctions(abi)) {
      const refusal = await refusalOf(ethers, address, zeroCall(abi, fragment));
      const guard = refusal && (await guardOf(address, fragment.selector, refusal));
      if (guard) rows.push({ contract, signature: fragment.format("sighash"), ...guard });
    }
  }
  return rows;
}

/** What a contract reverts with when nobody calls; nothing if it does not. */
export async function refusalOf(
  ethers: HardhatEthers,
  to: string,
  data: string,
  from: string = NOBODY,
): Promise<Hex | undefined> {
  try {
    await ethers.provider.call({ to, data, from });
    return undefined;
  } catch (error) {
    const { data } = error as { data?: Hex };
    return data === "0x" ? undefined : data;
  }
}
