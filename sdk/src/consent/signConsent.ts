import type { Address, Hex } from "viem";
import { signTypedData } from "../signTypedData.ts";
import type { TypedDataSigner } from "../signTypedData.ts";
import {
  giveConsentTypedData,
  refuseConsentTypedData,
  withdrawAllConsentsTypedData,
  withdrawConsentTypedData,
} from "./consentTypedData.ts";
import type {
  SignConsentParameters,
  WithdrawAllConsentsParameters,
  WithdrawConsentParameters,
} from "./consentTypedData.ts";
import type { ConsentDetails, ConsentTerms } from "./ConsentTerms.ts";
import { detailsHash } from "./detailsHash.ts";

/** Who signs: the wallet's own address, or that of the ERC-1271 contract for which the wallet signs. */
export interface Signer {
  signer: Address;
}

/** What every signed form needs besides its subject. */
export interface SignedForm extends Signer {
  deadline: bigint;
  signature: Hex;
}

/** The argument of `giveBySignature`, the contracts' `SignedConsent` struct. */
export interface SignedConsent extends SignedForm {
  terms: ConsentTerms;
  details: ConsentDetails;
}

/** The arguments of `refuseBySignature`. */
export interface SignedRefusal extends SignedForm {
  terms: ConsentTerms;
}

/** The arguments of `withdrawBySignature`. */
export interface SignedWithdrawal extends SignedForm {
  consent: Hex;
}

/** The arguments of `withdrawAllBySignature`. */
export interface SignedWithdrawalOfAll extends SignedForm {
  patient: Address;
  epoch: number;
}

/**
 * Signs a consent, to be relayed by anyone.
 *
 * @param wallet A viem account or wallet client.
 * @throws SignatureRefusedError, SignerUnavailableError as `signTypedData`.
 * @example
 * const form = { ...contractDomain(suite, "ConsentRegistry"), deadline: DEADLINE, signer: account.address };
 * const signed = await signGiveConsent(account, { ...form, ...ownConsent });
 * await sendCall(suite, relayCall("GiveConsent", signed));
 */
export async function signGiveConsent(
  wallet: TypedDataSigner,
  { signer, ...parameters }: SignConsentParameters & Signer,
): Promise<SignedConsent> {
  const signature = await signTypedData(wallet, giveConsentTypedData(parameters));
  const { details, deadline } = parameters;
  return { terms: termsOf(parameters), details, signer, deadline, signature };
}

/**
 * Signs a refusal, to be relayed by anyone. Throws as `signGiveConsent`.
 *
 * @example
 * const form = { ...contractDomain(suite, "ConsentRegistry"), deadline: DEADLINE, signer: account.address };
 * const signed = await signRefuseConsent(account, { ...form, ...ownConsent });
 * await sendCall(suite, relayCall("RefuseConsent", signed));
 */
export async function signRefuseConsent(
  wallet: TypedDataSigner,
  { signer, ...parameters }: SignConsentParameters & Signer,
): Promise<SignedRefusal> {
  const signature = await signTypedData(wallet, refuseConsentTypedData(parameters));
  return { terms: termsOf(parameters), signer, deadline: parameters.deadline, signature };
}

/**
 * Signs the withdrawal of a consent, to be relayed by anyone. Throws as `signGiveConsent`.
 *
 * @example
 * const form = { ...contractDomain(suite, "ConsentRegistry"), deadline: DEADLINE, signer: account.address };
 * await sendCall(suite, relayCall("GiveConsent", await signGiveConsent(account, { ...form, ...ownConsent })));
 * const signed = await signWithdrawConsent(account, { ...form, consent: ownConsent.id });
 * await sendCall(suite, relayCall("WithdrawConsent", signed));
 */
export async function signWithdrawConsent(
  wallet: TypedDataSigner,
  { signer, ...parameters }: WithdrawConsentParameters & Signer,
): Promise<SignedWithdrawal> {
  const signature = await signTypedData(wallet, withdrawConsentTypedData(parameters));
  return { consent: parameters.consent, signer, deadline: parameters.deadline, signature };
}

/**
 * Signs the withdrawal of all consents of an epoch, to be relayed by anyone. Throws as `signGiveConsent`.
 *
 * @example
 * const form = { ...contractDomain(suite, "ConsentRegistry"), deadline: DEADLINE, signer: account.address };
 * const signed = await signWithdrawAllConsents(account, { ...form, patient: account.address, epoch: 0 });
 * await sendCall(suite, relayCall("WithdrawAllConsents", signed));
 */
export async function signWithdrawAllConsents(
  wallet: TypedDataSigner,
  { signer, ...parameters }: WithdrawAllConsentsParameters & Signer,
): Promise<SignedWithdrawalOfAll> {
  const signature = await signTypedData(wallet, withdrawAllConsentsTypedData(parameters));
  const { patient, epoch, deadline } = parameters;
  return { patient, epoch, signer, deadline, signature };
}

/** The terms with the hash of these very details, whatever hash they came with. */
function termsOf({ terms, details }: SignConsentParameters): ConsentTerms {
  const { patient, institution, agent, study, policy, epoch } = terms;
  return { patient, institution, agent, study, policy, epoch, details: detailsHash(details) };
}
