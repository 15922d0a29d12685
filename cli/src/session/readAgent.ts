import type { Address } from "viem";
import { abis, addressOf } from "@consilium/sdk";
import type { Session } from "./Session.ts";

/** A wallet's registration as an agent as the chain has it; it may be over, and is all zero if there never was one. */
export async function readAgent(session: Session, wallet: Address) {
  const suite = await session.suite();
  return suite.client.readContract({
    address: addressOf(suite, "InstitutionRegistry"),
    abi: abis.InstitutionRegistry,
    functionName: "agent",
    args: [wallet],
  });
}
