import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { Address, Hex } from "viem";
import { RECIPIENTS } from "@consilium/sdk";
import type { Consortium, Member } from "../config/schemas.ts";
import type { InstitutionRegistry } from "../../types/index.ts";
import { memberMetadataHash } from "./memberMetadataHash.ts";
import { readEvents } from "./readEvents.ts";

export type AdmitMembersParameters = {
  consortium: Consortium;
  ethers: HardhatEthers;
  registry: InstitutionRegistry;
  /** The registry's first block. */
  firstBlock: number;
  freeGas: boolean;
  logRange: number;
};

/** A call that a holder of the operator role has to make. */
export type PendingCall = { member: string; to: Address; data: Hex };

export type AdmitMembersReturnType = {
  /** Ids of the members that are in, by key. */
  members: Record<string, number>;
  /** Those that are not, since no operator's key is at hand. */
  pending: PendingCall[];
};

/** Admits the configured members that are not in yet, beside the founders, whom the deployment admits; what the chain keeps of their description tells who is. */
export async function admitMembers(parameters: AdmitMembersParameters): Promise<AdmitMembersReturnType> {
  const { consortium, ethers, registry, freeGas } = parameters;
  const known = await readAdmitted(parameters);
  const missing = consortium.members.filter((member) => !known.has(memberMetadataHash(member)));
  const operator = (await ethers.getSigners()).find(({ address }) =>
    consortium.roles.operator.includes(address as Address),
  );

  if (operator === undefined) {
    const to = (await registry.getAddress()) as Address;
    const pending = missing.map((member) => ({
      member: member.key,
      to,
      data: registry.interface.encodeFunctionData("admit", admission(member)) as Hex,
    }));
    return { members: toIds(consortium.members, known), pending };
  }

  const sent = [];
  for (const member of missing) {
    sent.push(await registry.connect(operator).admit(...admission(member), freeGas ? { gasPrice: 0n } : {}));
  }
  for (const transaction of sent) await transaction.wait();
  return { members: toIds(consortium.members, await readAdmitted(parameters)), pending: [] };
}

/** The arguments of `admit`. */
export function admission(member: Member): [number, number, boolean, number, number, Hex, Address] {
  const { kind, region, nonProfit, accreditation, administrator } = member;
  // Kind k of the contract is bit 224 + k - 1 of a policy word.
  const kindId = RECIPIENTS[kind].bit - 223;
  const { from, until } = accreditation;
  return [kindId, region, nonProfit, from, until, memberMetadataHash(member), administrator];
}

/** Ids of those that are in, by their metadata hash. */
export async function readAdmitted(
  parameters: Pick<AdmitMembersParameters, "ethers" | "registry" | "firstBlock" | "logRange">,
): Promise<Map<string, number>> {
  const { ethers, registry, firstBlock, logRange } = parameters;
  const address = (await registry.getAddress()) as Address;
  const ids = new Map<string, number>();
  for (const log of await readEvents({ ethers, address, fromBlock: firstBlock, logRange })) {
    const event = registry.interface.parseLog(log);
    if (event?.name === "InstitutionAdmitted")
      ids.set(event.args["metadataHash"] as string, Number(event.args["institution"]));
  }
  return ids;
}

function toIds(members: Member[], known: Map<string, number>): Record<string, number> {
  return Object.fromEntries(
    members.flatMap((member) => {
      const id = known.get(memberMetadataHash(member));
      return id === undefined ? [] : [[member.key, id]];
    }),
  );
}
