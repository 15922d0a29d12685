import { hashStruct } from "viem";
import type { Hex } from "viem";
import { CONSENT_TYPES } from "./ConsentTerms.ts";
import type { ConsentDetails } from "./ConsentTerms.ts";

/**
 * The EIP-712 struct hash of a consent's details, as it stands in the terms.
 *
 * @example
 * expect(detailsHash(consent.details)).to.equal(consent.terms.details);
 */
export function detailsHash(details: ConsentDetails): Hex {
  return hashStruct({ types: CONSENT_TYPES, primaryType: "ConsentDetails", data: { ...details } });
}
