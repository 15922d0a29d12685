// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

/// @dev A member of the consortium. Numbered from 1 in order of admission; 0 means "none" or "any".
type InstitutionId is uint32;

/// @dev keccak256(abi.encode(sponsor, protocolHash)); see IStudyRegistry. 0 means "none" or "any".
type StudyId is bytes32;

/// @dev EIP-712 struct hash of the consent's terms; see ConsentHash.
type ConsentId is bytes32;

/// @dev keccak256(abi.encode(custodian, root)); see IRecordRegistry.
type BatchId is bytes32;

/// @dev Hash of a request's body and its sender, see AccessHash; an approved request's grant bears the same id. See IAccessBroker.
type RequestId is bytes32;

/// @dev Of a study itself: the study's id. Of a product of it: keccak256(abi.encode(study, productHash)). See IRevenueSplitter.
type AgreementId is bytes32;

/// @dev Hash of a complaint's sender and content; see ISupervision. 0 means "none".
type ComplaintId is bytes32;

/// @dev Hash of a violation report's sender and content, or the id of the emergency that the case is about; see ISupervision.
type CaseId is bytes32;

/// @dev Hash of an emergency's clinician and terms; see IEmergencyAccess.
type EmergencyId is bytes32;

using {institutionEquals as ==, institutionDiffers as !=} for InstitutionId global;
using {isPrincipal, isPatientSide} for Authority global;
using {consentDiffers as !=} for ConsentId global;
using {studyEquals as ==, studyDiffers as !=} for StudyId global;

/// @dev On whose behalf somebody acts for a patient.
enum Authority {
    NONE,
    SELF,
    GUARDIAN,
    DELEGATE,
    /// @dev One of several who can give only together, and withdraw each alone: two guardians, or guardian and minor.
    JOINT
}

/// @dev Answer to a request for access.
enum Decision {
    NONE,
    APPROVED,
    DENIED,
    NEEDS_REVIEW
}

InstitutionId constant NO_INSTITUTION = InstitutionId.wrap(0);
ConsentId constant NO_CONSENT = ConsentId.wrap(0);
StudyId constant NO_STUDY = StudyId.wrap(0);
ComplaintId constant NO_COMPLAINT = ComplaintId.wrap(0);

/// @dev Roles of an agent, one bit each. The first five are given by a member, the others by the consortium only.
library AgentRole {
    uint16 internal constant ADMIN = 1 << 0;
    uint16 internal constant CLINICIAN = 1 << 1;
    uint16 internal constant RESEARCHER = 1 << 2;
    uint16 internal constant GATEWAY = 1 << 3;
    uint16 internal constant OFFICER = 1 << 4;
    uint16 internal constant ETHICS_REVIEWER = 1 << 5;
    uint16 internal constant LEGAL_REVIEWER = 1 << 6;
    uint16 internal constant SUPERVISOR = 1 << 7;

    uint16 internal constant MEMBER_ROLES = ADMIN | CLINICIAN | RESEARCHER | GATEWAY | OFFICER;
    uint16 internal constant ALL = MEMBER_ROLES | ETHICS_REVIEWER | LEGAL_REVIEWER | SUPERVISOR;

    /// @dev No wallet has both: a study's two reviews are of two persons.
    uint16 internal constant DUAL_REVIEW = ETHICS_REVIEWER | LEGAL_REVIEWER;
}

/// @dev May do all that the patient may, alone: the patient, or the one guardian. A delegate's mandate is about consents only.
function isPrincipal(Authority kind) pure returns (bool) {
    return kind == Authority.SELF || kind == Authority.GUARDIAN;
}

/// @dev May take back what the patient's side gave: a principal, or any of several who could give only together.
function isPatientSide(Authority kind) pure returns (bool) {
    return isPrincipal(kind) || kind == Authority.JOINT;
}

function institutionEquals(InstitutionId a, InstitutionId b) pure returns (bool) {
    return InstitutionId.unwrap(a) == InstitutionId.unwrap(b);
}

function institutionDiffers(InstitutionId a, InstitutionId b) pure returns (bool) {
    return InstitutionId.unwrap(a) != InstitutionId.unwrap(b);
}

function consentDiffers(ConsentId a, ConsentId b) pure returns (bool) {
    return ConsentId.unwrap(a) != ConsentId.unwrap(b);
}

function studyEquals(StudyId a, StudyId b) pure returns (bool) {
    return StudyId.unwrap(a) == StudyId.unwrap(b);
}

function studyDiffers(StudyId a, StudyId b) pure returns (bool) {
    return StudyId.unwrap(a) != StudyId.unwrap(b);
}
