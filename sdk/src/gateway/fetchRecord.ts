import { numberToHex } from "viem";
import type { GrantMember } from "../access/rebuildGrant.ts";
import { callOf } from "../chain/Call.ts";
import type { Suite } from "../chain/Suite.ts";
import type { ConsentDetails, ConsentTerms } from "../consent/ConsentTerms.ts";
import { findDecision } from "./findDecision.ts";
import { receiveParcel, type FetchedRecord } from "./receiveParcel.ts";
import type { GatewaySession } from "./signInToGateway.ts";

export interface FetchRecordParameters {
  session: GatewaySession;
  /** Whose record of which grant: of `sendRequest`'s answer, `rebuildGrant` or `rebuildCohort`. */
  member: GrantMember;
  /** The consent relied on, as ConsentGiven has it; none if the request relied on none. */
  consent?: { terms: ConsentTerms; details: ConsentDetails } | undefined;
  /** The private half of the key published for the wallet, 32 bytes. */
  privateKey: Uint8Array;
  /** The block in which the request was decided, if known; it is looked up otherwise. */
  decidedIn?: bigint | undefined;
}

/**
 * Fetches a granted record from its custodian's gateway, opens it, verifies every part of it against the root on the chain, and logs
 * the receipt by the suite's wallet, which must be the one that signed in: what does not verify is logged too, as failed.
 *
 * @throws GatewayRefusalError with the gateway's reasons, or GatewayUnavailableError.
 * @throws ParcelError if what came is not the record that was anchored. Its failed receipt is on the chain.
 * @example
 * const fetched = await fetchRecord(suite, { session, member, consent, privateKey });
 * expect(JSON.parse(fetched.content)).to.have.property("resourceType", "Observation");
 */
export async function fetchRecord(suite: Suite, parameters: FetchRecordParameters): Promise<FetchedRecord> {
  const { session, member: granted, consent, privateKey } = parameters;
  const { grant, member, proof } = granted;
  const decidedIn = parameters.decidedIn ?? (await findDecision(suite, grant));
  const body = {
    ...{ grant, decidedIn: Number(decidedIn), member, proof },
    ...(consent !== undefined && { consent: written(consent) }),
  };
  return receiveParcel(suite, {
    ...{ session, path: "/v1/deliveries", body, privateKey },
    ...{ contract: "AccessBroker", id: grant, batch: member.batch, record: member.record },
    receiptOf: (ciphertextHash, isVerified) =>
      callOf("AccessBroker", "logReceipt", [grant, member, proof, ciphertextHash, isVerified]),
  });
}

/** The terms with the details in place of their hash; large numbers as hexadecimal text. */
function written({ terms, details }: { terms: ConsentTerms; details: ConsentDetails }): object {
  return {
    ...terms,
    policy: numberToHex(terms.policy),
    details: { ...details, salt: numberToHex(details.salt, { size: 32 }) },
  };
}
