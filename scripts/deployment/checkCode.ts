import type { Artifact } from "hardhat/types/artifacts";
import type { EthereumProvider } from "hardhat/types/providers";
import { hexToBytes, type Hex } from "viem";

export type CodeState = "same" | "missing" | "different";

export type CheckCodeParameters = { provider: EthereumProvider; artifact: Artifact; address: string };

/** Holds the code at an address against the build, leaving out the immutables that its constructor filled in. */
export async function checkCode({ provider, artifact, address }: CheckCodeParameters): Promise<CodeState> {
  const built = artifact.deployedBytecode as Hex;
  const code = (await provider.request({ method: "eth_getCode", params: [address, "latest"] })) as Hex;
  if (code === "0x") return "missing";
  if (code.length !== built.length) return "different";
  return maskImmutables(code, artifact) === maskImmutables(built, artifact) ? "same" : "different";
}

/** What the constructor filled in, each value once. */
export function readImmutables(code: string, { immutableReferences = {} }: Artifact): bigint[] {
  return Object.values(immutableReferences).map(([first]) => {
    const { start, length } = first!;
    return BigInt(`0x${code.slice(2 + 2 * start, 2 + 2 * (start + length))}`);
  });
}

function maskImmutables(code: Hex, { immutableReferences = {} }: Artifact): string {
  const bytes = Buffer.from(hexToBytes(code));
  for (const { start, length } of Object.values(immutableReferences).flat()) bytes.fill(0, start, start + length);
  return bytes.toString("hex");
}
