// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

/// @title FailedCheck
/// @notice One bit for each check of an access decision; a set bit is a check that failed.
/// @dev The numbers are part of the audit record: never renumber, only append.
library FailedCheck {
    // Requester.
    uint256 internal constant REQUESTER_STANDING = 1 << 0;
    uint256 internal constant REQUESTER_ROLE = 1 << 1;
    uint256 internal constant REQUESTER_ACCREDITATION = 1 << 2;
    // Request.
    uint256 internal constant PURPOSE_MISSING = 1 << 3;
    uint256 internal constant PURPOSE_PROHIBITED = 1 << 4;
    uint256 internal constant REQUEST_SCOPE = 1 << 5;
    uint256 internal constant REQUEST_PERIOD = 1 << 6;
    uint256 internal constant REQUESTER_SUSPENDED = 1 << 7;
    // Record.
    uint256 internal constant RECORD_NOT_ANCHORED = 1 << 8;
    uint256 internal constant RECORD_SUPERSEDED = 1 << 9;
    uint256 internal constant RECORD_DESTROYED = 1 << 10;
    uint256 internal constant RETENTION_ENDED = 1 << 11;
    uint256 internal constant CUSTODIAN_STANDING = 1 << 12;
    // Consent.
    uint256 internal constant CONSENT_NOT_IN_FORCE = 1 << 16;
    uint256 internal constant CONSENT_PATIENT = 1 << 17;
    uint256 internal constant CONSENT_GRANTEE = 1 << 18;
    uint256 internal constant CONSENT_STUDY = 1 << 19;
    uint256 internal constant CONSENT_PURPOSE = 1 << 20;
    uint256 internal constant CONSENT_DUO_USE = 1 << 21;
    uint256 internal constant CONSENT_MODIFIER = 1 << 22;
    uint256 internal constant CONSENT_CATEGORY = 1 << 23;
    uint256 internal constant CONSENT_LEVEL = 1 << 24;
    uint256 internal constant CONSENT_PERIOD = 1 << 25;
    uint256 internal constant CONSENT_SENSITIVITY = 1 << 26;
    uint256 internal constant CONSENT_DEIDENTIFICATION = 1 << 27;
    uint256 internal constant CONSENT_RECIPIENT = 1 << 28;
    uint256 internal constant CONSENT_REGION = 1 << 29;
    uint256 internal constant CONSENT_FLAG = 1 << 30;
    uint256 internal constant PATIENT_DEACTIVATED = 1 << 31;
    // Study.
    uint256 internal constant STUDY_MISSING = 1 << 32;
    uint256 internal constant STUDY_ETHICS = 1 << 33;
    uint256 internal constant STUDY_LEGAL = 1 << 34;
    uint256 internal constant STUDY_PERIOD = 1 << 35;
    uint256 internal constant STUDY_PARTY = 1 << 36;
    uint256 internal constant STUDY_SCOPE = 1 << 37;
    uint256 internal constant STUDY_CAP = 1 << 38;
    uint256 internal constant STUDY_CORE_CATEGORY = 1 << 39;
    uint256 internal constant STUDY_FILING = 1 << 40;
    uint256 internal constant STUDY_LAPSED = 1 << 41;
    // Review.
    uint256 internal constant REVIEW_REQUIRED = 1 << 48;
    uint256 internal constant REVIEW_REJECTED = 1 << 49;
    // Grant, at delivery.
    uint256 internal constant GRANT_REVOKED = 1 << 56;
    uint256 internal constant GRANT_EXPIRED = 1 << 57;
}
