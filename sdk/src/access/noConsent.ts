import { zeroAddress, zeroHash } from "viem";
import type { ConsentTerms } from "../consent/ConsentTerms.ts";

/** The terms of a request that relies on no consent: all zero. */
export const NO_CONSENT: ConsentTerms = {
  patient: zeroAddress,
  institution: 0,
  agent: zeroAddress,
  study: zeroHash,
  policy: 0n,
  epoch: 0,
  details: zeroHash,
};
