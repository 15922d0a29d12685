import type { Address, Hex } from "viem";
import type { AccessRequest } from "../access/AccessRequest.ts";
import type { SignedAnswer } from "../access/signAnswerRequest.ts";
import type { SignedOptOut } from "../access/signOptOut.ts";
import { callOf } from "../chain/Call.ts";
import type { Call } from "../chain/Call.ts";
import type { SignedConsent, SignedRefusal, SignedWithdrawal, SignedWithdrawalOfAll } from "../consent/signConsent.ts";
import { VOTES } from "../governance/signVote.ts";
import type { SignedVote } from "../governance/signVote.ts";
import type { PatientActMessages, PatientActName } from "../identity/patientActTypedData.ts";
import type { SignedRetentionLimit } from "../records/signLimitRetention.ts";
import type { SignedRedemption } from "../revenue/signRedeemPoints.ts";
import type { SignedComplaint } from "../supervision/signComplaint.ts";

/** An act on the PatientRegistry that one signs, see `signPatientAct`. */
export interface SignedPatientAct<act extends PatientActName> {
  message: PatientActMessages[act];
  /** Who signed; looked at for mandates and payouts alone, which the owner or a guardian may give. */
  signer: Address;
  signature: Hex;
}

/** What each signed act consists of. */
export type SignedActs = {
  GiveConsent: SignedConsent;
  /** Consents of any patients, in one transaction: all are given, or none. */
  GiveManyConsents: readonly SignedConsent[];
  RefuseConsent: SignedRefusal;
  WithdrawConsent: SignedWithdrawal;
  WithdrawAllConsents: SignedWithdrawalOfAll;
  /** `requester`: who sent the request. */
  AnswerRequest: SignedAnswer & { requester: Address; body: AccessRequest };
  SetOptOut: SignedOptOut;
  LimitRetention: SignedRetentionLimit;
  Complain: SignedComplaint;
  RedeemPoints: SignedRedemption;
  Vote: SignedVote;
} & { [act in Exclude<PatientActName, "Recover">]: SignedPatientAct<act> };

export type SignedActName = keyof SignedActs;

/** How each is put on the chain. */
const CALLS: { [act in SignedActName]: (signed: SignedActs[act]) => Call } = {
  GiveConsent: (signed) => callOf("ConsentRegistry", "giveBySignature", [signed]),
  GiveManyConsents: (signed) => callOf("ConsentRegistry", "giveMany", [signed]),
  RefuseConsent: ({ terms, ...by }) => callOf("ConsentRegistry", "refuseBySignature", [terms, ...formOf(by)]),
  WithdrawConsent: ({ consent, ...by }) => callOf("ConsentRegistry", "withdrawBySignature", [consent, ...formOf(by)]),
  WithdrawAllConsents: ({ patient, epoch, ...by }) =>
    callOf("ConsentRegistry", "withdrawAllBySignature", [patient, epoch, ...formOf(by)]),
  AnswerRequest: ({ requester, body, approved, ...by }) =>
    callOf("AccessBroker", "answerBySignature", [requester, body, approved, ...formOf(by)]),
  SetOptOut: ({ patient, categories, ...by }) =>
    callOf("EmergencyAccess", "setOptOutBySignature", [patient, categories, ...formOf(by)]),
  LimitRetention: ({ batch, record, proof, until, ...by }) =>
    callOf("RecordRegistry", "limitRetentionBySignature", [batch, record, proof, until, ...formOf(by)]),
  Complain: ({ patient, accused, textHash, ...by }) =>
    callOf("Supervision", "complainBySignature", [patient, accused, textHash, ...formOf(by)]),
  RedeemPoints: ({ patient, institution, points, referenceHash, ...by }) =>
    callOf("HealthPoints", "redeemBySignature", [patient, institution, points, referenceHash, ...formOf(by)]),
  Vote: ({ proposal, vote, voter, reasonHash, signature }) =>
    reasonHash === undefined
      ? callOf("ConsiliumGovernor", "castVoteBySig", [proposal, VOTES[vote], voter, signature])
      : callOf("ConsiliumGovernor", "castVoteWithReasonAndParamsBySig", [
          ...([proposal, VOTES[vote], voter, reasonHash, "0x", signature] as const),
        ]),
  ChangeOwner: ({ message: { identity, newOwner, deadline }, signature }) =>
    callOf("PatientRegistry", "changeOwnerBySignature", [identity, newOwner, deadline, signature]),
  AddDelegate: ({ message: { identity, delegateType, delegate, validity, deadline }, signature }) =>
    callOf("PatientRegistry", "addDelegateBySignature", [
      ...([identity, delegateType, delegate, validity, deadline, signature] as const),
    ]),
  RevokeDelegate: ({ message: { identity, delegateType, delegate, deadline }, signature }) =>
    callOf("PatientRegistry", "revokeDelegateBySignature", [identity, delegateType, delegate, deadline, signature]),
  SetAttribute: ({ message: { identity, name, value, validity, deadline }, signature }) =>
    callOf("PatientRegistry", "setAttributeBySignature", [identity, name, value, validity, deadline, signature]),
  RevokeAttribute: ({ message: { identity, name, value, deadline }, signature }) =>
    callOf("PatientRegistry", "revokeAttributeBySignature", [identity, name, value, deadline, signature]),
  AppointGuardian: ({ message: { identity, guardian, coGuardian, assentFrom, majority, deadline }, signature }) =>
    callOf("PatientRegistry", "appointGuardianBySignature", [
      ...([identity, guardian, coGuardian, assentFrom, majority, deadline, signature] as const),
    ]),
  GiveMandate: ({ message: { identity, delegate, mandate, deadline }, signer, signature }) =>
    callOf("PatientRegistry", "giveMandateBySignature", [identity, delegate, mandate, signer, deadline, signature]),
  EndMandate: ({ message: { identity, delegate, deadline }, signer, signature }) =>
    callOf("PatientRegistry", "endMandateBySignature", [identity, delegate, signer, deadline, signature]),
  SetPayout: ({ message: { identity, to, deadline }, signer, signature }) =>
    callOf("PatientRegistry", "setPayoutBySignature", [identity, to, signer, deadline, signature]),
  SetRecovery: ({ message: { identity, helpers, threshold, delay, deadline }, signature }) =>
    callOf("PatientRegistry", "setRecoveryBySignature", [identity, { helpers, threshold, delay }, deadline, signature]),
  CancelRecovery: ({ message: { identity, deadline }, signature }) =>
    callOf("PatientRegistry", "cancelRecoveryBySignature", [identity, deadline, signature]),
};

/**
 * The call by which anyone puts a signed act on the chain; `sendCall` sends it, at the sender's cost. What helpers sign together goes by
 * `startRecoveryCall`, what guardian and minor sign together by `giveJointlyCall`. `serializeRelay` writes it for whoever sends it.
 *
 * @example
 * const domain = contractDomain(suite, "ConsentRegistry");
 * const signed = await signGiveConsent(account, { ...domain, ...ownConsent, deadline: DEADLINE, signer: account.address });
 * await sendCall(suite, relayCall("GiveConsent", signed));
 */
export function relayCall<act extends SignedActName>(act: act, signed: SignedActs[act]): Call {
  return CALLS[act](signed);
}

function formOf({ signer, deadline, signature }: { signer: Address; deadline: bigint; signature: Hex }) {
  return [signer, deadline, signature] as const;
}
