import type { DeploymentParameters } from "@nomicfoundation/ignition-core";
import type { Address } from "viem";
import type { Consortium } from "../config/schemas.ts";
import { contractRules, revenueTerms } from "./contractRules.ts";

const HOUR = 3_600;

/** What the Ignition modules take from the consortium's config. */
export function moduleParameters(consortium: Consortium, settlementToken: Address): DeploymentParameters {
  const { rules, alertThresholds, sandboxLimits, ...supervision } = contractRules(consortium.rules);
  const { votingDelayHours, votingPeriodHours, timelockDelayHours, quorumPercent } = consortium.governance;
  return {
    Identity: { settlementToken },
    Access: { rules, alertThresholds },
    Committees: {
      votingDelay: Math.round(votingDelayHours * HOUR),
      votingPeriod: Math.round(votingPeriodHours * HOUR),
      timelockDelay: Math.round(timelockDelayHours * HOUR),
      quorumPercent,
    },
    Revenue: revenueTerms(consortium.shares),
    Supervision: supervision,
    Consilium: sandboxLimits,
  };
}
