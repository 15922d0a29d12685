import type { Hex } from "viem";
import type { CohortMember, ConsentDetails, ConsentTerms } from "@consilium/sdk";

/** What a requester asks of a gateway: one record of one grant. */
export interface Fetch {
  /** The grant's id. */
  grant: Hex;
  /** The block in which its request was decided. */
  decidedIn: bigint;
  member: CohortMember;
  /** Of the member in the grant's cohort. */
  proof: Hex[];
  /** The member's consent; none if it relies on none. */
  consent?: { terms: ConsentTerms; details: ConsentDetails } | undefined;
}
