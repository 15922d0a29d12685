// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {BatchId, ConsentId, Decision, InstitutionId, RequestId, StudyId} from "../common/Types.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {AccessRequest, CohortMember, CohortRequest} from "./AccessTypes.sol";
import {IRuleSet} from "./IRuleSet.sol";

/// @title IAccessBroker
/// @notice Answers requests for access in the very transaction that asks, and keeps the grants.
/// @dev A policy denial is an event, never a revert; a request by someone who is no agent of a member in standing reverts, so that
/// outsiders cannot fill the log. A grant bears its request's id.
interface IAccessBroker {
    /// @dev Mask bits: who still has to agree.
    enum ReviewKind {
        PATIENT,
        ETHICS,
        CUSTODIAN
    }

    /// @dev One slot, beside the cohort's root.
    struct Grant {
        Decision decision;
        /// Masks with bit 1 << ReviewKind.
        uint8 pendingReviews;
        uint8 givenReviews;
        bool revoked;
        InstitutionId institution;
        uint40 decidedAt;
        uint40 until;
        uint32 count;
        uint32 ruleVersion;
    }

    /// @dev One slot per requester.
    struct Denials {
        uint40 windowStart;
        uint40 suspendedUntil;
        uint16 count;
    }

    /// @dev One slot.
    struct AlertThresholds {
        /// Denials within the window that raise the alert; 0: never.
        uint16 maxDenials;
        /// Seconds.
        uint40 window;
        /// Seconds for which the requester is refused.
        uint40 suspension;
    }

    struct Delivery {
        /// keccak256 of the encrypted bytes handed over.
        bytes32 ciphertextHash;
        /// Salted hash of the gateway's log entry.
        bytes32 evidenceHash;
        /// The gateway attests that it held the record's sensitivities against the consent.
        bool sensitivitiesChecked;
    }

    error RequesterNotPermitted(address requester);
    error RequesterSuspended(address requester, uint40 until);
    error RequestAlreadyDecided(RequestId request);
    error RequestNotPending(RequestId request);
    error ReviewNotDue(RequestId request, ReviewKind kind);
    error ReviewerNotPermitted(RequestId request, address reviewer);
    error CohortInvalid(uint256 part);
    error GrantUnknown(RequestId grant);
    error GrantAlreadyRevoked(RequestId grant);
    error GrantNotInForce(RequestId grant, uint256 failed);
    error MemberNotInGrant(RequestId grant, bytes32 record);
    error GrantPartyOnly(RequestId grant, address caller);
    error AccessPaused(uint40 until);
    error AccessNotPaused();
    error PauseTooEarly(uint40 notBefore);

    /// @dev Whoever knows `askHash` proves the member by it: it is the proof of a single request's one member.
    event AccessDecided(
        RequestId indexed request,
        address indexed requester,
        address indexed patient,
        InstitutionId institution,
        Decision decision,
        uint256 failed,
        uint8 pendingReviews,
        uint32 ruleVersion,
        StudyId study,
        uint256 word,
        ConsentId consent,
        BatchId batch,
        bytes32 record,
        uint256 meta,
        uint40 until,
        bytes32 askHash
    );
    /// @dev After the CohortMembersGranted and CohortMembersRefused of the same request.
    event CohortDecided(
        RequestId indexed request,
        address indexed requester,
        StudyId indexed study,
        InstitutionId institution,
        Decision decision,
        uint256 failed,
        uint32 ruleVersion,
        uint256 word,
        bytes32 root,
        uint32 count,
        uint40 until
    );
    /// @dev The cohort's leaves in order are those of these events in order.
    event CohortMembersGranted(
        RequestId indexed request,
        BatchId indexed batch,
        ConsentId[] consents,
        bytes32[] records
    );
    event CohortMembersRefused(
        RequestId indexed request,
        BatchId indexed batch,
        ConsentId[] consents,
        bytes32[] records,
        uint256[] failed
    );
    event AccessReviewed(
        RequestId indexed request,
        address indexed reviewer,
        ReviewKind kind,
        bool approved,
        bytes32 evidenceHash
    );
    event GrantRevoked(RequestId indexed grant, bytes32 reasonHash, address indexed by);
    event DeliveryLogged(
        RequestId indexed grant,
        address indexed patient,
        InstitutionId indexed custodian,
        ConsentId consent,
        BatchId batch,
        bytes32 record,
        uint256 meta,
        Delivery delivery,
        address by
    );
    event ReceiptLogged(
        RequestId indexed grant,
        address indexed patient,
        InstitutionId indexed institution,
        BatchId batch,
        bytes32 record,
        bytes32 ciphertextHash,
        bool verified,
        address by
    );
    event KeyRevocationLogged(
        RequestId indexed grant,
        address indexed patient,
        InstitutionId indexed custodian,
        ConsentId consent,
        BatchId batch,
        bytes32 record,
        bytes32 evidenceHash,
        address by
    );
    event DenialAlert(
        address indexed requester,
        InstitutionId indexed institution,
        uint16 denials,
        uint40 suspendedUntil
    );
    event RuleSetChanged(address indexed ruleSet, uint32 version, IRuleSet.Rules rules, address by);
    event AlertThresholdsChanged(uint16 maxDenials, uint40 window, uint40 suspension, address by);
    event AccessWasPaused(uint40 until, bytes32 reasonHash, address by);
    event AccessWasResumed(bytes32 reasonHash, address by);

    /// @notice The decision that `request` would meet now, with all failed checks. The transaction path asks the same.
    function evaluate(
        address requester,
        AccessRequest calldata request
    ) external view returns (IRuleSet.Verdict memory);

    /// @notice The same for a cohort.
    function evaluateCohort(
        address requester,
        CohortRequest calldata request
    ) external view returns (IRuleSet.CohortVerdict memory);

    /// @notice Asks for access to a record; decided at once.
    /// @dev The caller is an agent of a member in standing. Reverts: AccessPaused, RequesterNotPermitted, RequesterSuspended,
    /// RequestAlreadyDecided.
    function request(AccessRequest calldata body) external returns (RequestId id, Decision decision);

    /// @notice Asks for access to many patients' records; those whose checks all pass are granted, the others put on record with
    /// their reasons.
    /// @dev Reverts: as `request`, and CohortInvalid (empty, arrays of different lengths, batches not ascending).
    function requestCohort(CohortRequest calldata body) external returns (RequestId id, Decision decision);

    /// @notice Agrees to a request that waits for this review; with the last one it is evaluated again and decided.
    /// @dev PATIENT: SELF, GUARDIAN or JOINT authority. Where several have it only together (`IPatientRegistry.jointSigners`), each agrees, once, and
    /// the review is given with the last of those who must at that second. ETHICS: an ETHICS_REVIEWER agent of another institution than the
    /// requester's; CUSTODIAN: a GATEWAY agent of the record's custodian. Reverts: AccessPaused, RequestNotPending, ReviewNotDue, ReviewerNotPermitted.
    /// @param requester Who sent the request.
    function approveReview(
        address requester,
        AccessRequest calldata body,
        ReviewKind kind,
        bytes32 evidenceHash
    ) external returns (Decision decision);

    /// @notice Turns a waiting request down. No pause keeps anyone from it. Of those who have authority only together, each can.
    function rejectReview(
        address requester,
        AccessRequest calldata body,
        ReviewKind kind,
        bytes32 evidenceHash
    ) external;

    /// @notice The patient side's answer, signed and relayed by anyone.
    /// @dev EIP-712: AnswerRequest(bytes32 request,bool approved,uint256 deadline); works once, since each agrees once, and a refusal ends the wait.
    function answerBySignature(
        address requester,
        AccessRequest calldata body,
        bool approved,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external returns (Decision decision);

    /// @notice Ends a grant. The caller is an agent of the grant's institution (RESEARCHER, CLINICIAN, OFFICER, ADMIN) or a SUPERVISOR agent.
    /// @dev Reverts: GrantUnknown, GrantAlreadyRevoked, GrantPartyOnly.
    function revokeGrant(RequestId grant, bytes32 reasonHash) external;

    /// @notice Logs that the custodian handed a record's key and bytes over. Reverts unless the grant is in force for it now.
    /// @dev The caller is a GATEWAY agent of the record's custodian. Reverts: AccessPaused, AgentNotPermitted, GrantPartyOnly,
    /// GrantUnknown, MemberNotInGrant, GrantNotInForce.
    function logDelivery(
        RequestId grant,
        CohortMember calldata member,
        bytes32[] calldata proof,
        IRecordRegistry.Record calldata record,
        Delivery calldata delivery
    ) external;

    /// @notice Logs that the recipient got it, and whether it matched its anchor.
    /// @dev The caller is an agent of the grant's institution in standing; allowed after the grant's end, for what came before it.
    /// @dev Reverts: GrantUnknown, GrantPartyOnly, MemberNotInGrant.
    function logReceipt(
        RequestId grant,
        CohortMember calldata member,
        bytes32[] calldata proof,
        bytes32 ciphertextHash,
        bool verified
    ) external;

    /// @notice Logs that the custodian destroyed the key it held for a grant's recipient.
    /// @dev The caller is a GATEWAY agent of the record's custodian. Reverts: GrantUnknown, GrantPartyOnly, MemberNotInGrant.
    function logKeyRevocation(
        RequestId grant,
        CohortMember calldata member,
        bytes32[] calldata proof,
        IRecordRegistry.Record calldata record,
        bytes32 evidenceHash
    ) external;

    /// @notice Replaces the rules; decisions from now on bear the next version.
    /// @dev Restricted. Reverts: ZeroAddress.
    function setRuleSet(IRuleSet newRuleSet) external;

    /// @notice Changes when repeated denials raise an alert.
    /// @dev Restricted.
    function setAlertThresholds(AlertThresholds calldata thresholds) external;

    /// @notice Stops requests, approvals of reviews and deliveries until `until`, in an emergency.
    /// @dev Restricted. Whatever ends access, logs it or pays for it goes on. At most seven days, and not again before as much time as
    /// was asked for has passed since its end. Reverts: PeriodInvalid, PauseTooEarly.
    function pauseAccess(uint40 until, bytes32 reasonHash) external;

    /// @notice Ends a pause early.
    /// @dev Restricted. Reverts: AccessNotPaused.
    function resumeAccess(bytes32 reasonHash) external;

    /// @notice Whether a grant is in force now for a member of its cohort and that member's record.
    /// @return failed Mask of FailedCheck bits; 0: a gateway may deliver. Reverts: GrantUnknown, MemberNotInGrant.
    function checkGrant(
        RequestId grant,
        CohortMember calldata member,
        bytes32[] calldata proof,
        IRecordRegistry.Record calldata record
    ) external view returns (uint256 failed);

    /// @notice What is kept of a request or grant; all zero if unknown.
    function grant(RequestId id) external view returns (Grant memory);

    /// @notice Merkle root of the members granted; zero unless approved. A single request's id is that of its member and its ask.
    function cohortRoot(RequestId id) external view returns (bytes32);

    /// @notice Whether the member belongs to the approved grant's cohort.
    function isMember(
        RequestId id,
        CohortMember calldata member,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice Grants of a subject counted against the study's cap.
    function subjectsOf(StudyId study) external view returns (uint32);

    function denials(address requester) external view returns (Denials memory);

    function alertThresholds() external view returns (AlertThresholds memory);

    function ruleSet() external view returns (IRuleSet ruleSet, uint32 version);

    /// @notice The last pause, over or not.
    /// @return pausedUntil First second after it; 0 if there was none.
    /// @return notBefore First second at which the next may begin.
    function pauseState() external view returns (uint40 pausedUntil, uint40 notBefore);

    function requestId(address requester, AccessRequest calldata body) external pure returns (RequestId);

    function cohortRequestId(address requester, CohortRequest calldata body) external pure returns (RequestId);

    /// @notice The custodian that logged a delivery to the grant of the member with this leaf; NO_INSTITUTION if none did.
    function deliveredBy(RequestId grant, bytes32 leaf) external view returns (InstitutionId);

    function memberLeaf(CohortMember calldata member) external pure returns (bytes32);
}
