export { abis } from "./abis.ts";
export * from "./errors.ts";
export { randomSalt, systemRandom } from "./random.ts";
export type { RandomBytes } from "./random.ts";
export type { ContractName, Suite, SuiteBook } from "./chain/Suite.ts";
export { openSuite } from "./chain/openSuite.ts";
export type { OpenSuiteParameters } from "./chain/openSuite.ts";
export { addressOf } from "./chain/addressOf.ts";
export { askChain } from "./chain/askChain.ts";
export { callOf } from "./chain/Call.ts";
export type { ActName, Call } from "./chain/Call.ts";
export { encodeCall } from "./chain/encodeCall.ts";
export { contractAt } from "./chain/contractAt.ts";
export { decodeCall } from "./chain/decodeCall.ts";
export { feesOf } from "./chain/feesOf.ts";
export { contractCall } from "./chain/contractCall.ts";
export { simulateCall } from "./chain/simulateCall.ts";
export { sendCall } from "./chain/sendCall.ts";
export { commitDocument } from "./commitDocument.ts";
export { signTypedData } from "./signTypedData.ts";
export type { ContractDomain, TypedDataSigner, TypedMessage } from "./signTypedData.ts";

export {
  CATEGORIES,
  categoryNumber,
  DEIDENTIFICATION,
  DUO_USES,
  FIELDS,
  FLAGS,
  LEVELS,
  MODIFIERS,
  PURPOSES,
  labelOf,
  namesOf,
  readField,
  RECIPIENTS,
  REGION_COUNT,
  SENSITIVITIES,
} from "./policy/bits.ts";
export type {
  Bit,
  Category,
  DuoModifier,
  DuoUse,
  Field,
  Flag,
  Locale,
  Purpose,
  Recipient,
  Sensitivity,
} from "./policy/bits.ts";
export type { PolicyFields } from "./policy/PolicyFields.ts";
export * from "./policy/encodePolicyWord.ts";
export { decodePolicyWord } from "./policy/decodePolicyWord.ts";
export * from "./policy/failedChecks.ts";
export * from "./policy/explainFailedChecks.ts";
export * from "./policy/matchPolicy.ts";
export * from "./policy/isWithinPolicy.ts";
export * from "./policy/isWellFormedPolicy.ts";
export * from "./policy/presetPolicy.ts";
export * from "./policy/explainPolicyWord.ts";
export * from "./policy/policyWarnings.ts";
export * from "./policy/duoTerms.ts";
export { duoToPolicyWord } from "./policy/duoToPolicyWord.ts";
export type { DuoToPolicyWordOptions, DuoToPolicyWordReturnType } from "./policy/duoToPolicyWord.ts";
export * from "./policy/policyWordToDuo.ts";

export type { FhirResource } from "./records/FhirResource.ts";
export * from "./records/parseJson.ts";
export * from "./records/canonicalJson.ts";
export * from "./records/canonicalResource.ts";
export * from "./records/classifyResource.ts";
export * from "./records/commitContent.ts";
export * from "./records/commitSensitivities.ts";
export * from "./records/recordCommitment.ts";
export * from "./records/encryptRecord.ts";
export * from "./records/decryptRecord.ts";
export * from "./records/sealRecord.ts";
export * from "./records/recordMeta.ts";
export * from "./records/recordLeaf.ts";
export * from "./records/batchId.ts";
export * from "./records/RecordBatch.ts";
export * from "./records/verifyRecord.ts";
export * from "./records/signLimitRetention.ts";
export * from "./records/dataPeriod.ts";
export * from "./records/importBundle.ts";
export * from "./records/bundleEntries.ts";
export * from "./records/patientReference.ts";

export * from "./consent/ConsentTerms.ts";
export * from "./consent/detailsHash.ts";
export * from "./consent/consentId.ts";
export * from "./consent/createConsent.ts";
export * from "./consent/consentTypedData.ts";
export * from "./consent/signConsent.ts";
export * from "./consent/fhir/fhirConsentToTerms.ts";
export * from "./consent/fhir/termsToFhirConsent.ts";

export * from "./access/AccessRequest.ts";
export * from "./access/noConsent.ts";
export * from "./access/askHash.ts";
export * from "./access/memberOf.ts";
export * from "./access/requestId.ts";
export * from "./access/cohortRequestId.ts";
export * from "./access/studyId.ts";
export * from "./access/memberLeaf.ts";
export * from "./access/CohortTree.ts";
export * from "./access/rebuildGrant.ts";
export * from "./access/createRequest.ts";
export * from "./access/collectRequest.ts";
export * from "./access/readGrant.ts";
export * from "./access/evaluateRequest.ts";
export { sendRequest } from "./access/sendRequest.ts";
export type { Answer } from "./access/sendRequest.ts";
export { evaluateCohort } from "./access/evaluateCohort.ts";
export type { CohortEvaluation, RefusedMember } from "./access/evaluateCohort.ts";
export * from "./access/sendCohort.ts";
export * from "./access/signAnswerRequest.ts";
export * from "./access/emergencyId.ts";
export * from "./access/rebuildEmergency.ts";
export * from "./access/signOptOut.ts";

export { queryIndex } from "./audit/queryIndex.ts";
export { PAGE, readPages } from "./audit/readPages.ts";
export { AUDIT_QUESTIONS } from "./audit/auditQuestions.ts";
export type { AuditAnswers, AuditVariables } from "./audit/auditQuestions.ts";
export * from "./audit/askAudit.ts";
export * from "./audit/institutionKey.ts";

export * from "./supervision/violations.ts";
export * from "./supervision/signComplaint.ts";

export * from "./identity/agentRoles.ts";
export * from "./identity/patientActTypedData.ts";
export * from "./identity/derivePatientAccount.ts";

export { startRecoveryCall } from "./identity/startRecoveryCall.ts";
export type { RecoverySetup, StartRecoveryParameters } from "./identity/startRecoveryCall.ts";

export * from "./revenue/revenueDue.ts";
export * from "./revenue/readClaims.ts";
export * from "./revenue/approveCall.ts";
export * from "./revenue/claimCall.ts";

export { ENVELOPE_SIZES, ENVELOPE_SUITE, ENVELOPE_VERSION } from "./envelope/envelopeSuite.ts";
export type { EnvelopeContext } from "./envelope/EnvelopeContext.ts";
export * from "./envelope/generateEncryptionKey.ts";
export * from "./envelope/publishEncryptionKey.ts";
export * from "./envelope/readEncryptionKey.ts";
export * from "./envelope/sealEnvelope.ts";
export * from "./envelope/openEnvelope.ts";

export { signInToGateway } from "./gateway/signInToGateway.ts";
export type { GatewaySession, SignInToGatewayParameters, TextSigner } from "./gateway/signInToGateway.ts";
export { findDecision } from "./gateway/findDecision.ts";
export { fetchRecord } from "./gateway/fetchRecord.ts";
export type { FetchRecordParameters } from "./gateway/fetchRecord.ts";
export * from "./gateway/fetchEmergencyRecord.ts";
export type { FetchedRecord } from "./gateway/receiveParcel.ts";
export * from "./revenue/signRedeemPoints.ts";
export * from "./revenue/spareProof.ts";
export * from "./governance/createProposal.ts";
export * from "./governance/proposalCall.ts";
export * from "./governance/signVote.ts";

export * from "./signing/contractDomain.ts";
export * from "./signing/providerSigner.ts";
export * from "./signing/actNonce.ts";
export * from "./signing/relayCall.ts";
export * from "./signing/serializeRelay.ts";
export * from "./signing/parseRelay.ts";
export * from "./consent/giveJointlyCall.ts";
