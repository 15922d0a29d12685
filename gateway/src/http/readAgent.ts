import type { Address } from "viem";
import { abis, addressOf, AGENT_ROLES, askChain, type Suite } from "@consilium/sdk";

/** Whom the broker takes requests and receipts from. */
const REQUESTERS = AGENT_ROLES.clinician | AGENT_ROLES.researcher | AGENT_ROLES.officer | AGENT_ROLES.admin;

/** What a wallet is in the consortium at a block; no roles unless valid then, at an institution in standing. */
export interface AgentAt {
  institution: number;
  isGateway: boolean;
  isRequester: boolean;
  isClinician: boolean;
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
  const has = (mask: number): boolean => (roles & mask) !== 0;
  const { gateway, clinician } = AGENT_ROLES;
  return { institution, isGateway: has(gateway), isRequester: has(REQUESTERS), isClinician: has(clinician) };
}
