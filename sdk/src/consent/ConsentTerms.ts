import type { Address, Hex } from "viem";

/** What no decision needs; enters the terms by its EIP-712 hash. The contracts' `Details` struct. */
export interface ConsentDetails {
  /** Hash of parameters that the gateway enforces, see `commitDocument`; zero: none. */
  parameters: Hex;
  /** Hash of the notice shown to the patient (ISO/IEC TS 27560). */
  notice: Hex;
  /** The consent that this one renews; zero: none. */
  previous: Hex;
  /** Random, so that equal terms are different consents. */
  salt: bigint;
}

/** A consent's terms without the details. */
export interface ConsentScope {
  patient: Address;
  /** The only institution that may use it; 0: any that the policy's recipient kinds admit. */
  institution: number;
  /** The only wallet that may use it; zero: any. */
  agent: Address;
  /** The only study; zero: any. */
  study: Hex;
  /** See `encodePolicyWord`. */
  policy: bigint;
  /** The patient's consent epoch at the time of signing, 0-255. */
  epoch: number;
}

/** The contracts' `Terms` struct. */
export interface ConsentTerms extends ConsentScope {
  /** EIP-712 hash of the details, see `detailsHash`. */
  details: Hex;
}

/** EIP-712 types of a consent. */
export const CONSENT_TYPES = {
  Consent: [
    { name: "patient", type: "address" },
    { name: "institution", type: "uint32" },
    { name: "agent", type: "address" },
    { name: "study", type: "bytes32" },
    { name: "policy", type: "uint256" },
    { name: "epoch", type: "uint8" },
    { name: "details", type: "ConsentDetails" },
  ],
  ConsentDetails: [
    { name: "parameters", type: "bytes32" },
    { name: "notice", type: "bytes32" },
    { name: "previous", type: "bytes32" },
    { name: "salt", type: "uint256" },
  ],
} as const;
