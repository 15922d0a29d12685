import type { Hex } from "viem";
import type { RebuiltEmergency } from "../access/rebuildEmergency.ts";
import { callOf } from "../chain/Call.ts";
import type { Suite } from "../chain/Suite.ts";
import { receiveParcel, type FetchedRecord } from "./receiveParcel.ts";
import type { GatewaySession } from "./signInToGateway.ts";

export interface FetchEmergencyRecordParameters {
  session: GatewaySession;
  /** The emergency that the suite's wallet opened, by its id and the terms that it was opened with. */
  emergency: Pick<RebuiltEmergency, "id" | "terms">;
  /** Id of the record's batch. */
  batch: Hex;
  /** The record's leaf. */
  record: Hex;
  /** The private half of the key published for the wallet, 32 bytes. */
  privateKey: Uint8Array;
}

/**
 * Fetches a record in an emergency from its custodian's gateway, as `fetchRecord` does by a grant: opens it, verifies every part of it
 * against the root on the chain, and logs the receipt. The suite's wallet must be the clinician's who opened the emergency.
 *
 * @throws GatewayRefusalError with the gateway's reasons, or GatewayUnavailableError.
 * @throws ParcelError if what came is not the record that was anchored. Its failed receipt is on the chain.
 * @example
 * const emergency = { id: HASH, terms: emergencyTerms(patient, ["labs"], HASH) };
 * const { batch, record } = member.member;
 * const fetching = fetchEmergencyRecord(suite, { session, emergency, batch, record, privateKey });
 * expect(await fetching.catch((error) => error)).to.be.instanceOf(GatewayRefusalError); // nobody opened this one
 */
export async function fetchEmergencyRecord(
  suite: Suite,
  parameters: FetchEmergencyRecordParameters,
): Promise<FetchedRecord> {
  const { session, emergency, batch, record, privateKey } = parameters;
  const { id, terms } = emergency;
  return receiveParcel(suite, {
    ...{ session, path: "/v1/emergency-deliveries", body: { emergency: id, terms, batch, record }, privateKey },
    ...{ contract: "EmergencyAccess", id, batch, record },
    receiptOf: (ciphertextHash, isVerified) =>
      callOf("EmergencyAccess", "logEmergencyReceipt", [id, batch, record, ciphertextHash, isVerified]),
  });
}
