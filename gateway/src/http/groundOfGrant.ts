import type { Address } from "viem";
import { callOf, type Suite } from "@consilium/sdk";
import { GrantRefusedError, SensitivityError } from "../errors.ts";
import { allowedSensitivities, checkFetch } from "./checkFetch.ts";
import { deliveryEntry } from "./deliveryEntry.ts";
import type { Fetch } from "./Fetch.ts";
import type { Ground } from "./Ground.ts";
import { refuseByRevert } from "./refuse.ts";

export interface GroundOfGrantParameters {
  suite: Suite;
  /** The gateway's own wallet. */
  gateway: Address;
  /** Who signed in. */
  requester: Address;
  fetch: Fetch;
}

/** Delivers what a grant allows, as far as the consent covers the record's sensitivities. */
export function groundOfGrant(parameters: GroundOfGrantParameters): Ground {
  const { requester, fetch } = parameters;
  const { grant, member, proof } = fetch;
  return {
    ...{ kind: "grant", id: grant, contract: "AccessBroker", record: member.record },
    check: ({ record }, at) => checkFetch({ ...parameters, record, at }),
    checkOpening: ({ sensitivities }) => {
      const allowed = allowedSensitivities(fetch);
      if (!sensitivities.every((sensitivity) => allowed.includes(sensitivity))) throw new SensitivityError();
    },
    entry: ({ record, parts: { ciphertextHash } }, keyId) =>
      deliveryEntry({ grant, member, proof, record, requester, keyId, ciphertextHash }),
    call: ({ record, parts: { ciphertextHash } }, evidenceHash) => {
      const delivery = { ciphertextHash, evidenceHash, sensitivitiesChecked: true };
      return callOf("AccessBroker", "logDelivery", [grant, member, proof, record, delivery]);
    },
    refusal: (reverted) => refuseByRevert(GrantRefusedError, reverted),
  };
}
