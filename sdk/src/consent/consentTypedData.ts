import type { Address, Hex } from "viem";
import type { ContractDomain, TypedMessage } from "../signTypedData.ts";
import { CONSENT_TYPES } from "./ConsentTerms.ts";
import type { ConsentDetails, ConsentScope } from "./ConsentTerms.ts";

/** A consent to be signed, with the ConsentRegistry's domain. */
export interface SignConsentParameters extends ContractDomain {
  terms: ConsentScope;
  details: ConsentDetails;
  /** Last second at which the signature can be used, unix seconds. */
  deadline: bigint;
}

export interface WithdrawConsentParameters extends ContractDomain {
  /** The consent's id. */
  consent: Hex;
  /** Last second at which the signature can be used, unix seconds. */
  deadline: bigint;
}

export interface WithdrawAllConsentsParameters extends ContractDomain {
  patient: Address;
  /** The epoch to end, 0-255: the patient's present one. */
  epoch: number;
  /** Last second at which the signature can be used, unix seconds. */
  deadline: bigint;
}

/**
 * Typed data by which a patient's side gives a consent.
 *
 * @example
 * const typedData = giveConsentTypedData({ chainId: 1, verifyingContract: ANY, ...consent, deadline: DEADLINE });
 * expect(typedData.primaryType).to.equal("GiveConsent");
 */
export function giveConsentTypedData(parameters: SignConsentParameters): TypedMessage {
  return consentMessage("GiveConsent", parameters);
}

/**
 * Typed data by which a patient's side refuses a consent, so that these terms can never be given.
 *
 * @example
 * const typedData = refuseConsentTypedData({ chainId: 1, verifyingContract: ANY, ...consent, deadline: DEADLINE });
 * expect(typedData.primaryType).to.equal("RefuseConsent");
 */
export function refuseConsentTypedData(parameters: SignConsentParameters): TypedMessage {
  return consentMessage("RefuseConsent", parameters);
}

/**
 * Typed data by which a patient's side withdraws a consent.
 *
 * @example
 * const typedData = withdrawConsentTypedData({ chainId: 1, verifyingContract: ANY, consent: consent.id, deadline: DEADLINE });
 * expect(typedData.primaryType).to.equal("WithdrawConsent");
 */
export function withdrawConsentTypedData({ consent, deadline, ...domain }: WithdrawConsentParameters): TypedMessage {
  return {
    domain: consentDomain(domain),
    types: {
      WithdrawConsent: [
        { name: "consent", type: "bytes32" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "WithdrawConsent",
    message: { consent, deadline },
  };
}

/**
 * Typed data by which a patient's side withdraws all consents of an epoch.
 *
 * @example
 * const typedData = withdrawAllConsentsTypedData({ chainId: 1, verifyingContract: ANY, patient, epoch: 0, deadline: DEADLINE });
 * expect(typedData.primaryType).to.equal("WithdrawAllConsents");
 */
export function withdrawAllConsentsTypedData({
  patient,
  epoch,
  deadline,
  ...domain
}: WithdrawAllConsentsParameters): TypedMessage {
  return {
    domain: consentDomain(domain),
    types: {
      WithdrawAllConsents: [
        { name: "patient", type: "address" },
        { name: "epoch", type: "uint8" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "WithdrawAllConsents",
    message: { patient, epoch, deadline },
  };
}

function consentMessage(
  primaryType: "GiveConsent" | "RefuseConsent",
  { terms, details, deadline, ...domain }: SignConsentParameters,
): TypedMessage {
  const { patient, institution, agent, study, policy, epoch } = terms;
  return {
    domain: consentDomain(domain),
    types: {
      [primaryType]: [
        { name: "consent", type: "Consent" },
        { name: "deadline", type: "uint256" },
      ],
      ...CONSENT_TYPES,
    },
    primaryType,
    message: {
      consent: { patient, institution, agent, study, policy, epoch, details: { ...details } },
      deadline,
    },
  };
}

function consentDomain({ chainId, verifyingContract }: ContractDomain): TypedMessage["domain"] {
  return { name: "Consilium Consents", version: "1", chainId, verifyingContract };
}
