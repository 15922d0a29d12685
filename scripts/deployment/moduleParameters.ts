import type { DeploymentParameters } from "@nomicfoundation/ignition-core";
import type { Address } from "viem";
import type { Consortium } from "../config/schemas.ts";
import { contractRules, revenueTerms } from "./contractRules.ts";

/** What the Ignition modules take from the consortium's config. */
export function moduleParameters(consortium: Consortium, settlementToken: Address): DeploymentParameters {
  const { rules, alertThresholds, sandboxLimits, ...supervision } = contractRules(consortium.rules);
  return {
    Identity: { settlementToken },
    Access: { rules, alertThresholds },
    Revenue: revenueTerms(consortium.shares),
    Supervision: supervision,
    Consilium: sandboxLimits,
  };
}
