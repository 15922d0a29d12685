import { numberToHex, type Address } from "viem";
import { callOf, randomSalt, type Suite } from "@consilium/sdk";
import { EmergencyRefusedError } from "../errors.ts";
import { checkEmergency } from "./checkEmergency.ts";
import type { EmergencyFetch } from "./EmergencyFetch.ts";
import type { Ground } from "./Ground.ts";
import { refuseByRevert } from "./refuse.ts";

export interface GroundOfEmergencyParameters {
  suite: Suite;
  /** The gateway's own wallet. */
  gateway: Address;
  /** Who signed in. */
  requester: Address;
  fetch: EmergencyFetch;
}

/**
 * Delivers what an emergency opened. There is no consent whose sensitivities the record could be held against, and none of it is kept
 * back: what a patient wants closed at a bedside is opted out of by category, which the contract asks for at each delivery.
 */
export function groundOfEmergency(parameters: GroundOfEmergencyParameters): Ground {
  const { requester, fetch } = parameters;
  const { emergency, terms, batch, record: leaf } = fetch;
  return {
    ...{ kind: "emergency", id: emergency, contract: "EmergencyAccess", record: leaf },
    check: ({ record, proof }, at) => checkEmergency({ ...parameters, record, proof, at }),
    checkOpening: () => undefined,
    entry: ({ record, parts: { ciphertextHash } }, keyId) => ({
      ...{ event: "deliveringInEmergency", time: Math.floor(Date.now() / 1_000), emergency },
      ...{ batch, record: leaf, patient: record.patient, meta: numberToHex(record.meta) },
      ...{ requester, keyId, ciphertextHash, sensitivitiesChecked: false, salt: randomSalt() },
    }),
    call: ({ record, proof, parts: { ciphertextHash } }, evidenceHash) =>
      callOf("EmergencyAccess", "logEmergencyDelivery", [
        ...([requester, terms, batch, record, proof] as const),
        ...([ciphertextHash, evidenceHash] as const),
      ]),
    refusal: (reverted) => refuseByRevert(EmergencyRefusedError, reverted),
  };
}
