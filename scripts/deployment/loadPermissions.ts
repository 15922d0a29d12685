import type { ArtifactManager } from "hardhat/types/artifacts";
import { toFunctionSelector, type Abi, type AbiFunction } from "viem";
import { PERMISSIONS, type ManagedContract, type Permission, type Role } from "../../deploy/roles.ts";

/** The permissions with the selectors that the contracts' ABIs give. */
export async function loadPermissions(artifacts: ArtifactManager): Promise<Permission[]> {
  const entries = (Object.keys(PERMISSIONS) as Role[]).flatMap((role) =>
    Object.entries(PERMISSIONS[role]).map(([contract, functions]) => ({
      role,
      contract: contract as ManagedContract,
      functions: functions as readonly string[],
    })),
  );
  return Promise.all(
    entries.map(async (entry) => {
      const { abi } = await artifacts.readArtifact(entry.contract);
      return { ...entry, selectors: entry.functions.map((name) => selectorOf(abi as Abi, entry.contract, name)) };
    }),
  );
}

function selectorOf(abi: Abi, contract: string, name: string): string {
  const found = abi.filter((item): item is AbiFunction => item.type === "function" && item.name === name);
  if (found.length !== 1) throw new Error(`${contract} has ${found.length} functions named ${name}, not one`);
  return toFunctionSelector(found[0]!);
}
