import type { Address } from "viem";
import { abis, addressOf, askChain, type Suite } from "@consilium/sdk";

/** Bits of the contracts' AgentRole that matter here. */
const GATEWAY = 8;
/** CLINICIAN, RESEARCHER, OFFICER, ADMIN: whom the broker takes requests and receipts from. */
const REQUESTERS = 2 | 4 | 16 | 1;

/** What a wallet is in the consortium at a block; no roles unless valid then, at an institution in standing. */
export interface AgentAt {
  institution: number;
  isGateway: boolean;
  isRequester: boolean;
}

/** Reads what a wallet may do at a block. */
export async function readAgent(suite: Suite, wallet: Address, blockNumber: bigint): Promise<AgentAt> {
  const [institution, roles] = await askChain(() =>
    suite.client.readContract({
      address: addressOf(suite, "InstitutionRegistry"),
      abi: abis.InstitutionRegistry,
      functionName: "agentStanding",
      args: [wallet],
      blockNumber,
    }),
  );
  return { institution, isGateway: (roles & GATEWAY) !== 0, isRequester: (roles & REQUESTERS) !== 0 };
}
