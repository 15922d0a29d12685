import type { Result } from "ethers";
import type { Hex } from "viem";
import { recordLeaf, type AnchoredRecord } from "@consilium/sdk";
import type { World } from "../../../scripts/demo/World.ts";
import { readEvents } from "../../../scripts/deployment/readEvents.ts";
import { eventsOf } from "../../../scripts/generateManifest.ts";

/** An event as the receipts tell it. */
export type ChainEvent = {
  contract: string;
  emitter: Hex;
  name: string;
  args: Result;
  block: number;
  timestamp: number;
  transaction: Hex;
  /** The index's id of the log: transaction, and the log's place in its block, lowest byte first. */
  id: Hex;
};

export type Chain = Awaited<ReturnType<typeof readChain>>;

/** All that the suite's contracts emitted, in order, beside their views. */
export async function readChain({ connection, book, contracts }: World) {
  const { ethers, settings } = connection;
  const found: (Omit<ChainEvent, "timestamp"> & { place: number })[] = [];
  for (const [contract, { address, block }] of Object.entries(book.contracts)) {
    if ((await eventsOf(contract)).length === 0) continue;
    const { interface: abi } = await ethers.getContractAt(contract, address);
    for (const log of await readEvents({ ethers, address, fromBlock: block, logRange: settings.logRange })) {
      const { name, args } = abi.parseLog(log)!;
      const place = Buffer.alloc(4);
      place.writeInt32LE(log.index);
      found.push({
        contract,
        emitter: lower(address),
        name,
        args,
        block: log.blockNumber,
        transaction: lower(log.transactionHash),
        id: `${lower(log.transactionHash)}${place.toString("hex")}`,
        place: log.index,
      });
    }
  }
  const times = new Map<number, number>();
  for (const { block } of found) {
    if (!times.has(block)) times.set(block, (await ethers.provider.getBlock(block))!.timestamp);
  }
  const all: ChainEvent[] = found
    .sort((one, other) => one.block - other.block || one.place - other.place)
    .map((event) => ({ ...event, timestamp: times.get(event.block)! }));

  const published = new Map<string, AnchoredRecord>();
  for (const { name, args } of all) {
    if (name !== "RecordsIndexed") continue;
    for (const { patient, commitment, meta } of args["records"] as AnchoredRecord[]) {
      const record = { patient, commitment, meta };
      published.set(`${lower(args["batch"])}${recordLeaf(record)}`, record);
    }
  }
  const latest = (await ethers.provider.getBlock("latest"))!;
  return {
    all,
    contracts,
    /** The records that the chain published, by batch and leaf. */
    published,
    head: latest.number,
    now: latest.timestamp,
    events: (...names: string[]): ChainEvent[] => all.filter(({ name }) => names.includes(name)),
  };
}

/** The index knows no checksums. */
export function lower(text: unknown): Hex {
  return String(text).toLowerCase() as Hex;
}

export function isZero(id: unknown): boolean {
  return BigInt(id as string) === 0n;
}

/** A struct among an event's arguments. */
export function structIn(args: Result, name: string): Record<string, string> {
  return args[name] as Record<string, string>;
}

/** Null for zero, which stands for "none" or "any". */
export function orNull(id: unknown): Hex | null {
  return isZero(id) ? null : lower(id);
}

export function at(event: ChainEvent | undefined): string | null {
  return event === undefined ? null : `${event.timestamp}`;
}
