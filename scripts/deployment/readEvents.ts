import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { Log } from "ethers";
import type { Address } from "viem";

export type ReadEventsParameters = {
  ethers: HardhatEthers;
  address: Address;
  fromBlock: number;
  /** The latest one if not given. */
  toBlock?: number;
  /** Blocks that one call may ask for; nodes limit it. */
  logRange: number;
};

/** All logs of a contract, in order. */
export async function readEvents({
  ethers,
  address,
  fromBlock,
  toBlock,
  logRange,
}: ReadEventsParameters): Promise<Log[]> {
  const last = toBlock ?? (await ethers.provider.getBlockNumber());
  const logs: Log[] = [];
  for (let from = fromBlock; from <= last; from += logRange) {
    const to = Math.min(last, from + logRange - 1);
    logs.push(...(await ethers.provider.getLogs({ address, fromBlock: from, toBlock: to })));
  }
  return logs;
}
