// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {BatchId, EmergencyId, InstitutionId} from "../common/Types.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";

/// @title IEmergencyAccess
/// @notice Break the glass: a clinician opens access at once, for hours, by a hashed reason; a supervisor reviews it by a deadline.
/// @dev The purpose is always BTG. No consent is asked for, but a patient can opt out beforehand, by categories. An emergency found
/// unjustified, or not reviewed in time, is sanctioned by Supervision. Times are unix seconds; a period excludes its end.
interface IEmergencyAccess {
    enum EmergencyStatus {
        NONE,
        /// Waits for its review; it holds as long as neither its own end nor the review's deadline has come.
        OPEN,
        /// The patient opted out of all that was asked for: nothing was ever opened.
        REFUSED,
        JUSTIFIED,
        UNJUSTIFIED,
        LAPSED
    }

    /// @dev Either a patient is named, or, as long as the person is unidentified, one record by batch and leaf.
    struct EmergencyTerms {
        address patient;
        BatchId batch;
        /// The record's leaf.
        bytes32 record;
        /// Mask of category bits shifted down by 80.
        uint16 categories;
        /// Seconds; 0: the default.
        uint32 duration;
        /// Salted hash of the reason, kept off-chain; the salt keeps two emergencies apart.
        bytes32 reasonHash;
    }

    /// @dev One slot.
    struct Emergency {
        /// The clinician's.
        InstitutionId institution;
        EmergencyStatus status;
        /// What was opened: the categories asked for, less those that the patient had opted out of.
        uint16 categories;
        uint40 openedAt;
        uint40 until;
        /// First second at which no verdict can be given any more.
        uint40 reviewUntil;
    }

    /// @dev One slot.
    struct OptOut {
        /// Mask of category bits shifted down by 80.
        uint16 categories;
        /// How often it was set; what the next signature must name.
        uint64 nonce;
    }

    /// @dev One slot, seconds.
    struct EmergencyRules {
        uint32 defaultDuration;
        /// At most 72 hours.
        uint32 maxDuration;
        /// From the opening to the review's deadline: an hour to 30 days.
        uint32 reviewWindow;
    }

    error InstitutionNotAccredited(InstitutionId institution);
    error EmergencyTermsInvalid(address clinician);
    error EmergencyDurationInvalid(uint32 duration, uint32 maxDuration);
    error EmergencyExists(EmergencyId emergency);
    error EmergencyUnknown(EmergencyId emergency);
    error EmergencyNotPending(EmergencyId emergency, EmergencyStatus status);
    error EmergencyNotInForce(EmergencyId emergency, uint256 failed);
    error EmergencyReviewOver(EmergencyId emergency, uint40 reviewUntil);
    error EmergencyReviewRunning(EmergencyId emergency, uint40 reviewUntil);
    error EmergencyReviewerNotPermitted(EmergencyId emergency, address reviewer);
    error EmergencyPatientKnown(EmergencyId emergency, address patient);
    error EmergencyPartyOnly(EmergencyId emergency, address caller);
    error EmergencyRulesInvalid(uint32 defaultDuration, uint32 maxDuration, uint32 reviewWindow);
    error OptOutInvalid(address patient, uint16 categories);
    error OptOutNotPermitted(address patient, address actor);

    /// @notice The notice to the patient's side and to supervision.
    /// @param patient Zero as long as the person is unidentified.
    /// @param custodian Of the record named; 0 if a patient is named.
    /// @param categories What was opened; 0 if it was refused.
    /// @param optedOut What was asked for and stays closed.
    event EmergencyOpened(
        EmergencyId indexed emergency,
        address indexed patient,
        InstitutionId indexed institution,
        InstitutionId custodian,
        BatchId batch,
        bytes32 record,
        uint16 categories,
        uint16 optedOut,
        uint40 until,
        uint40 reviewUntil,
        bytes32 reasonHash,
        address by
    );
    event EmergencyPatientBound(
        EmergencyId indexed emergency,
        address indexed patient,
        InstitutionId custodian,
        address by
    );
    event EmergencyDeliveryLogged(
        EmergencyId indexed emergency,
        address indexed patient,
        InstitutionId indexed custodian,
        BatchId batch,
        bytes32 record,
        uint256 meta,
        bytes32 ciphertextHash,
        bytes32 evidenceHash,
        address by
    );
    event EmergencyReceiptLogged(
        EmergencyId indexed emergency,
        InstitutionId indexed institution,
        BatchId batch,
        bytes32 record,
        bytes32 ciphertextHash,
        bool verified,
        address by
    );
    event EmergencyReviewed(
        EmergencyId indexed emergency,
        bool justified,
        bytes32 reasonHash,
        InstitutionId reviewer,
        address indexed by
    );
    event EmergencyLapsed(EmergencyId indexed emergency, address by);
    event OptOutSet(address indexed patient, uint16 categories, uint64 nonce, address by);
    event EmergencyRulesChanged(uint32 defaultDuration, uint32 maxDuration, uint32 reviewWindow, address by);

    /// @notice Opens access at once. The caller is a CLINICIAN agent of an accredited member in standing.
    /// @dev Categories that the patient opted out of stay closed; if these are all, the attempt is put on record as REFUSED, and needs no
    /// review. Reverts: AgentNotPermitted, InstitutionNotAccredited, EmergencyTermsInvalid (neither or both of patient and record, no
    /// category or an unknown one), EmergencyDurationInvalid, ZeroHash, BatchUnknown, EmergencyExists.
    /// @return id Binds the caller and the terms.
    /// @return opened The categories opened.
    function open(EmergencyTerms calldata terms) external returns (EmergencyId id, uint16 opened);

    /// @notice Says who an unidentified person is, once, by the record that the emergency named; then the emergency covers that
    /// patient's other records too. The caller is a GATEWAY agent of the record's custodian.
    /// @dev Also after the emergency, since it is the notice to the patient. Reverts: AgentNotPermitted, EmergencyUnknown, EmergencyPatientKnown,
    /// RecordNotAnchored, EmergencyPartyOnly.
    function bindPatient(
        address clinician,
        EmergencyTerms calldata terms,
        IRecordRegistry.Record calldata record,
        bytes32[] calldata proof
    ) external;

    /// @notice Logs that a record was handed over. The caller is a GATEWAY agent of its custodian.
    /// @dev Reverts: AgentNotPermitted, EmergencyUnknown, EmergencyPartyOnly, EmergencyNotInForce with what `checkDelivery` answers.
    function logEmergencyDelivery(
        address clinician,
        EmergencyTerms calldata terms,
        BatchId batch,
        IRecordRegistry.Record calldata record,
        bytes32[] calldata proof,
        bytes32 ciphertextHash,
        bytes32 evidenceHash
    ) external;

    /// @notice Logs that a record arrived. The caller is a CLINICIAN or ADMIN agent of the institution that opened the emergency.
    /// @dev Reverts: EmergencyUnknown, EmergencyPartyOnly.
    /// @param verified Whether what arrived matched its anchor.
    function logEmergencyReceipt(
        EmergencyId emergency,
        BatchId batch,
        bytes32 record,
        bytes32 ciphertextHash,
        bool verified
    ) external;

    /// @notice Gives the verdict. The caller is a SUPERVISOR agent of another institution than the clinician's.
    /// @dev UNJUSTIFIED ends the access and sanctions the institution in this transaction. Reverts: AgentNotPermitted, EmergencyNotPending,
    /// EmergencyReviewerNotPermitted, EmergencyReviewOver, ZeroHash.
    function review(EmergencyId emergency, bool justified, bytes32 reasonHash) external;

    /// @notice Closes an emergency without a verdict once the review's deadline has come, and sanctions its institution. Anyone may call.
    /// @dev Reverts: EmergencyNotPending, EmergencyReviewRunning.
    function lapse(EmergencyId emergency) external;

    /// @notice Keeps categories closed to emergencies; it replaces what was set before and holds for deliveries from this block on.
    /// @dev The caller has SELF or GUARDIAN authority. Reverts: OptOutNotPermitted, OptOutInvalid (unknown category).
    function setOptOut(address patient, uint16 categories) external;

    /// @notice The same, signed by the patient's side and sent by anyone.
    /// @dev Signed is `SetOptOut(address patient,uint16 categories,uint64 nonce,uint256 deadline)` with the nonce of `optOutOf`. Reverts as
    /// `setOptOut`, and SignatureExpired, SignatureInvalid.
    function setOptOutBySignature(
        address patient,
        uint16 categories,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Sets the rules for emergencies from now on.
    /// @dev Restricted. Reverts: EmergencyRulesInvalid.
    function setEmergencyRules(EmergencyRules calldata newRules) external;

    /// @notice What a gateway asks before it hands a record over.
    /// @dev Reverts: EmergencyUnknown.
    /// @return failed Mask of FailedCheck bits, 0 if it may: GRANT_EXPIRED, REVIEW_REJECTED (unjustified, lapsed or refused),
    /// REQUESTER_STANDING, CUSTODIAN_STANDING, REQUEST_SCOPE (neither the record named nor the patient's, or another category),
    /// CONSENT_CATEGORY (opted out), and those of the record.
    function checkDelivery(
        address clinician,
        EmergencyTerms calldata terms,
        BatchId batch,
        IRecordRegistry.Record calldata record,
        bytes32[] calldata proof
    ) external view returns (uint256 failed);

    /// @notice The emergency as it stands; all zero if unknown.
    function emergency(EmergencyId id) external view returns (Emergency memory);

    /// @notice The patient to whom an unidentified person was bound; zero if none.
    function boundPatient(EmergencyId id) external view returns (address);

    /// @notice What a patient keeps closed.
    function optOutOf(address patient) external view returns (OptOut memory);

    /// @notice The rules for emergencies opened now.
    function emergencyRules() external view returns (EmergencyRules memory);

    /// @notice The id of a clinician's emergency.
    function emergencyId(address clinician, EmergencyTerms calldata terms) external pure returns (EmergencyId);
}
