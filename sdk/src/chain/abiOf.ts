import { erc20Abi, type Abi } from "viem";
import { abis } from "../abis.ts";
import type { Call } from "./Call.ts";

/** The ABI of a contract of the suite, or of a token. */
export function abiOf(contract: Call["contract"]): Abi {
  return contract === "ERC20" ? erc20Abi : abis[contract];
}
