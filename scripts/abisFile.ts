import type { ArtifactManager } from "hardhat/types/artifacts";

/** What the suite deploys of OpenZeppelin. */
const OF_OPENZEPPELIN = [
  "@openzeppelin/contracts/access/manager/AccessManager.sol:AccessManager",
  "@openzeppelin/contracts/governance/TimelockController.sol:TimelockController",
];

/** The text of `sdk/src/abis.ts`: of each contract that is deployed, by name, one line for each part of its ABI. */
export async function abisFile(artifacts: ArtifactManager): Promise<string> {
  const own = [...(await artifacts.getAllFullyQualifiedNames())].filter(
    (name) => name.startsWith("contracts/") && !name.startsWith("contracts/mocks/"),
  );
  const lines: string[] = [];
  for (const name of [...own, ...OF_OPENZEPPELIN].sort((one, other) => (last(one) < last(other) ? -1 : 1))) {
    const { abi, bytecode, contractName } = await artifacts.readArtifact(name);
    const isDeployed = bytecode !== "0x" && abi.some(({ type }: { type: string }) => type === "constructor");
    if (!isDeployed) continue;
    const parts = abi.map((part: unknown) => `    ${JSON.stringify(part)},`);
    lines.push(`  ${contractName}: [`, ...parts, "  ],");
  }
  return [
    "// Generated from the contracts by `npm run generate:abis`; do not edit.",
    "/** ABIs of the suite's contracts by name, typed for viem. */",
    "export const abis = {",
    ...lines,
    "} as const;",
    "",
  ].join("\n");
}

function last(name: string): string {
  return name.slice(name.lastIndexOf(":") + 1);
}
