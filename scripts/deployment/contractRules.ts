import { PURPOSES, violationCode, VIOLATIONS } from "@consilium/sdk";
import type { Consortium } from "../config/schemas.ts";

const DAY = 86_400;
const HOUR = 3_600;

/** Bits of IAccessBroker.ReviewKind. */
const REVIEW_BITS = { PATIENT: 1, ETHICS: 2, CUSTODIAN: 4 } as const;

/** A consortium's rules as the contracts hold them. */
export function contractRules(config: Consortium["rules"]) {
  return {
    rules: {
      levels: config.levels.map(({ reviews, ...needs }) => ({
        ...needs,
        reviews: reviews.reduce((mask, review) => mask | REVIEW_BITS[review], 0),
      })),
      prohibitedPurposes: config.prohibitedPurposes.reduce((mask, name) => mask + 2 ** PURPOSES[name].bit, 0),
      maxGrantDuration: Math.round(config.maxGrantDays * DAY),
    },
    alertThresholds: {
      maxDenials: config.alerts.maxDenials,
      window: Math.round(config.alerts.windowHours * HOUR),
      suspension: Math.round(config.alerts.suspensionHours * HOUR),
    },
    sandboxLimits: {
      maxSubjects: config.sandbox.maxSubjects,
      maxDuration: Math.round(config.sandbox.maxDays * DAY),
    },
    appealWindow: Math.round(config.appealDays * DAY),
    decisionWindow: Math.round(config.appealDecisionDays * DAY),
    catalogue: VIOLATIONS.flatMap((name) => {
      const configured = config.sanctions[name];
      if (configured === undefined) return [];
      const { suspensionDays, bondShare } = configured;
      return [
        { violation: violationCode(name), sanction: { suspension: Math.round(suspensionDays * DAY), bondShare } },
      ];
    }),
    emergencyRules: {
      defaultDuration: Math.round(config.emergency.defaultHours * HOUR),
      maxDuration: Math.round(config.emergency.maxHours * HOUR),
      reviewWindow: Math.round(config.emergency.reviewHours * HOUR),
    },
    contributionRules: config.contributions,
  };
}

/** A consortium's terms of revenue as the contracts hold them. */
export function revenueTerms(config: Consortium["shares"]) {
  const { patients, fund, custodians } = config.defaultShares;
  return {
    shareRules: { fundFloor: config.fundFloor, patients, fund, custodians },
    pointsReward: config.pointsReward,
    sharesDelay: Math.round(config.sharesDelayDays * DAY),
    claimWindow: Math.round(config.claimWindowDays * DAY),
  };
}
