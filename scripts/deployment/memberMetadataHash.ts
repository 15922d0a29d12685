import type { Hex } from "viem";
import { commitDocument } from "@consilium/sdk";
import type { Member } from "../config/schemas.ts";

/** What the chain keeps of a member's description. */
export function memberMetadataHash({ name, kind, region, nonProfit, salt }: Member): Hex {
  return commitDocument({ name, kind, region, nonProfit }, salt);
}
