import { BigInt, Bytes } from "@graphprotocol/graph-ts";
import { Consent, ConsentEpoch, Guardianship, Patient } from "../../generated/schema";

/** What a consent is worth at a second, by all that was logged before. */
export function consentStatusAt(consent: Consent | null, patient: Patient, time: BigInt): string {
  if (consent === null) return "NONE";
  const status = consent.status;
  if (status != "GIVEN" && status != "RENEWED") return status;
  if (consent.epochNumber < patient.epoch) return "WITHDRAWN";
  if (time.lt(consent.validFrom)) return "NOT_YET_VALID";
  return time.lt(consent.validUntil) ? status : "EXPIRED";
}

/** Seconds since the consent ended, by its terms, by itself or with its epoch; null if it has not. */
export function consentLag(consent: Consent | null, patient: Patient, time: BigInt): BigInt | null {
  if (consent === null) return null;
  let end = consent.validUntil;
  const endedAt = consent.endedAt;
  if (endedAt !== null && endedAt.lt(end)) end = endedAt;
  if (consent.epochNumber < patient.epoch) {
    const epochEnd = ConsentEpoch.load(consent.epoch)!.endedAt;
    if (epochEnd !== null && epochEnd.lt(end)) end = epochEnd;
  }
  return end.le(time) ? time.minus(end) : null;
}

/** The guardianship in force at a second; null if there is none. */
export function guardianshipAt(patient: Patient, time: BigInt): Guardianship | null {
  const last = patient.guardianship;
  if (last === null) return null;
  const guardianship = Guardianship.load(last)!;
  return time.lt(guardianship.majority) ? guardianship : null;
}

/** On whose behalf one acts of whom the chain found that it has authority. */
export function authorityOf(actor: Bytes, patient: Patient, time: BigInt): string {
  const guardianship = guardianshipAt(patient, time);
  if (guardianship === null) return patient.owner == actor ? "SELF" : "DELEGATE";
  // No delegate acts where several have authority only together.
  if (isJoint(guardianship, time)) return "JOINT";
  return guardianship.guardian == actor ? "GUARDIAN" : "DELEGATE";
}

/** Whether several have authority only together, under a guardianship in force. */
export function isJoint(guardianship: Guardianship, time: BigInt): bool {
  return guardianship.coGuardian !== null || time.ge(guardianship.assentFrom);
}

/** First second at which who has authority changes by itself, under a guardianship in force. */
export function boundaryOf(guardianship: Guardianship, time: BigInt): BigInt {
  return time.lt(guardianship.assentFrom) ? guardianship.assentFrom : guardianship.majority;
}
