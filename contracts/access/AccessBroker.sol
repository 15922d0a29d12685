// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ZeroAddress} from "../common/Errors.sol";
import {FailedCheck} from "../common/FailedCheck.sol";
import {MerkleRoot} from "../common/MerkleRoot.sol";
import {Signed} from "../common/Signed.sol";
import {AgentRole, Authority, Decision, InstitutionId, RequestId, StudyId} from "../common/Types.sol";
import {IConsentRegistry} from "../consent/IConsentRegistry.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {RecordMeta} from "../records/RecordMeta.sol";
import {AccessHash} from "./AccessHash.sol";
import {AccessRequest, CohortMember, CohortPart, CohortRequest} from "./AccessTypes.sol";
import {CohortSplit} from "./CohortSplit.sol";
import {DenialGuard} from "./DenialGuard.sol";
import {GrantLedger} from "./GrantLedger.sol";
import {IAccessBroker} from "./IAccessBroker.sol";
import {IRuleSet} from "./IRuleSet.sol";
import {IStudyRegistry} from "./IStudyRegistry.sol";

/// @title AccessBroker
/// @notice See IAccessBroker.
contract AccessBroker is GrantLedger, DenialGuard, Signed, AccessManaged {
    /* STORAGE */

    IRuleSet private _ruleSet;
    uint32 private _ruleVersion;
    mapping(StudyId study => uint32 count) private _subjects;

    constructor(
        address authority,
        IRuleSet ruleSet_,
        AlertThresholds memory thresholds,
        IInstitutionRegistry institutions,
        IPatientRegistry patients,
        IRecordRegistry records,
        IConsentRegistry consents,
        IStudyRegistry studies
    )
        GrantLedger(institutions, patients, records, consents, studies)
        EIP712("Consilium Access", "1")
        AccessManaged(authority)
    {
        _setRuleSet(ruleSet_);
        _setAlertThresholds(thresholds);
    }

    /* REQUESTS */

    /// @inheritdoc IAccessBroker
    function request(AccessRequest calldata body) external returns (RequestId id, Decision decision) {
        _requireNotSuspended();
        id = AccessHash.request(msg.sender, body);
        if (_grants[id].decision != Decision.NONE) revert RequestAlreadyDecided(id);
        IRuleSet.Verdict memory verdict = _evaluate(msg.sender, body, 0);
        if (verdict.failed & FailedCheck.REQUESTER_STANDING != 0) revert RequesterNotPermitted(msg.sender);

        decision = _decide(id, msg.sender, body, verdict, 0);
        if (decision == Decision.DENIED) _countDenial(verdict.institution);
    }

    /// @inheritdoc IAccessBroker
    function requestCohort(CohortRequest calldata body) external returns (RequestId id, Decision decision) {
        _requireNotSuspended();
        uint256 size = AccessHash.cohortSize(body);
        id = AccessHash.cohort(msg.sender, body);
        if (_grants[id].decision != Decision.NONE) revert RequestAlreadyDecided(id);
        IRuleSet.CohortVerdict memory verdict = _evaluateCohort(msg.sender, body, size);
        if (verdict.failed & FailedCheck.REQUESTER_STANDING != 0) revert RequesterNotPermitted(msg.sender);

        bytes32 root;
        uint32 count;
        uint256 failed = verdict.failed;
        if (failed == 0) {
            bytes32[] memory nodes = MerkleRoot.room(size);
            for (uint256 i = 0; i < body.parts.length; ++i) {
                uint256 partFailed;
                (count, partFailed) = _grantPart(id, body.study, body.parts[i], verdict, i, nodes, count);
                failed |= partFailed;
            }
            if (count != 0) {
                failed = 0;
                root = MerkleRoot.root(nodes, count);
            }
        }
        decision = count == 0 ? Decision.DENIED : Decision.APPROVED;
        if (decision == Decision.APPROVED) _keepGrant(id, body.study, verdict.subjectCap, root, count);
        _keep(id, decision, verdict.institution, verdict.until, count, 0, 0);
        emit CohortDecided(
            id,
            msg.sender,
            body.study,
            verdict.institution,
            decision,
            failed,
            _ruleVersion,
            body.word,
            root,
            count,
            verdict.until
        );
        if (decision == Decision.DENIED) _countDenial(verdict.institution);
    }

    /* REVIEWS */

    /// @inheritdoc IAccessBroker
    function approveReview(
        address requester,
        AccessRequest calldata body,
        ReviewKind kind,
        bytes32 evidenceHash
    ) external returns (Decision decision) {
        RequestId id = AccessHash.request(requester, body);
        _requireReviewer(id, body, kind, msg.sender);
        return _approveReview(id, requester, body, kind, evidenceHash, msg.sender);
    }

    /// @inheritdoc IAccessBroker
    function rejectReview(
        address requester,
        AccessRequest calldata body,
        ReviewKind kind,
        bytes32 evidenceHash
    ) external {
        RequestId id = AccessHash.request(requester, body);
        _requireReviewer(id, body, kind, msg.sender);
        _rejectReview(id, requester, body, kind, evidenceHash, msg.sender);
    }

    /// @inheritdoc IAccessBroker
    function answerBySignature(
        address requester,
        AccessRequest calldata body,
        bool approved,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external returns (Decision decision) {
        RequestId id = AccessHash.request(requester, body);
        _requireSignature(signer, AccessHash.answer(id, approved, deadline), deadline, signature);
        _requireReviewer(id, body, ReviewKind.PATIENT, signer);
        if (approved) return _approveReview(id, requester, body, ReviewKind.PATIENT, 0, signer);
        _rejectReview(id, requester, body, ReviewKind.PATIENT, 0, signer);
        return Decision.DENIED;
    }

    /* RULES */

    /// @inheritdoc IAccessBroker
    function setRuleSet(IRuleSet newRuleSet) external restricted {
        _setRuleSet(newRuleSet);
    }

    /// @inheritdoc IAccessBroker
    function setAlertThresholds(AlertThresholds calldata thresholds) external restricted {
        _setAlertThresholds(thresholds);
    }

    /* VIEWS */

    /// @inheritdoc IAccessBroker
    function evaluate(
        address requester,
        AccessRequest calldata body
    ) external view returns (IRuleSet.Verdict memory verdict) {
        return _evaluate(requester, body, 0);
    }

    /// @inheritdoc IAccessBroker
    function evaluateCohort(
        address requester,
        CohortRequest calldata body
    ) external view returns (IRuleSet.CohortVerdict memory verdict) {
        verdict = _evaluateCohort(requester, body, AccessHash.cohortSize(body));
        if (_isSuspended(requester)) verdict.failed |= FailedCheck.REQUESTER_SUSPENDED;
    }

    /// @inheritdoc IAccessBroker
    function subjectsOf(StudyId study) external view returns (uint32) {
        return _subjects[study];
    }

    /// @inheritdoc IAccessBroker
    function ruleSet() external view returns (IRuleSet, uint32 version) {
        return (_ruleSet, _ruleVersion);
    }

    /// @inheritdoc IAccessBroker
    function requestId(address requester, AccessRequest calldata body) external pure returns (RequestId) {
        return AccessHash.request(requester, body);
    }

    /// @inheritdoc IAccessBroker
    function cohortRequestId(address requester, CohortRequest calldata body) external pure returns (RequestId) {
        return AccessHash.cohort(requester, body);
    }

    /* INTERNAL: DECISIONS */

    /// @dev The one check: what `evaluate` shows is what `request` and the last review decide by.
    function _evaluate(
        address requester,
        AccessRequest calldata body,
        uint8 reviews
    ) private view returns (IRuleSet.Verdict memory verdict) {
        verdict = _ruleSet.evaluate(requester, body, reviews);
        uint256 failed;
        if (_isSuspended(requester)) failed |= FailedCheck.REQUESTER_SUSPENDED;
        if (_exceedsCap(body.study, verdict.subjectCap, 1)) failed |= FailedCheck.STUDY_CAP;
        if (failed != 0) {
            verdict.failed |= failed;
            verdict.decision = Decision.DENIED;
            verdict.pendingReviews = 0;
        }
    }

    /// @dev A cohort that could exceed the study's cap is refused as a whole.
    function _evaluateCohort(
        address requester,
        CohortRequest calldata body,
        uint256 size
    ) private view returns (IRuleSet.CohortVerdict memory verdict) {
        verdict = _ruleSet.evaluateCohort(requester, body);
        if (_exceedsCap(body.study, verdict.subjectCap, size)) verdict.failed |= FailedCheck.STUDY_CAP;
    }

    function _exceedsCap(StudyId study, uint32 cap, uint256 count) private view returns (bool) {
        return cap != 0 && _subjects[study] + count > cap;
    }

    /// @dev Keeps and logs a decision on a single request.
    function _decide(
        RequestId id,
        address requester,
        AccessRequest calldata body,
        IRuleSet.Verdict memory verdict,
        uint8 reviews
    ) private returns (Decision decision) {
        decision = verdict.decision;
        bool approved = decision == Decision.APPROVED;
        if (approved) {
            bytes32 root = AccessHash.member(
                CohortMember(body.study, body.record.patient, verdict.consent, body.batch, verdict.record)
            );
            _keepGrant(id, body.study, verdict.subjectCap, root, 1);
        }
        _keep(id, decision, verdict.institution, verdict.until, approved ? 1 : 0, verdict.pendingReviews, reviews);
        _emitDecided(id, requester, body, verdict);
    }

    function _emitDecided(
        RequestId id,
        address requester,
        AccessRequest calldata body,
        IRuleSet.Verdict memory verdict
    ) private {
        emit AccessDecided(
            id,
            requester,
            body.record.patient,
            verdict.institution,
            verdict.decision,
            verdict.failed,
            verdict.pendingReviews,
            _ruleVersion,
            body.study,
            body.word,
            verdict.consent,
            body.batch,
            verdict.record,
            body.record.meta,
            verdict.until
        );
    }

    function _keep(
        RequestId id,
        Decision decision,
        InstitutionId institution,
        uint40 until,
        uint32 count,
        uint8 pendingReviews,
        uint8 givenReviews
    ) private {
        _grants[id] = Grant({
            decision: decision,
            pendingReviews: pendingReviews,
            givenReviews: givenReviews,
            revoked: false,
            institution: institution,
            decidedAt: uint40(block.timestamp),
            until: until,
            count: count,
            ruleVersion: _ruleVersion
        });
    }

    function _keepGrant(RequestId id, StudyId study, uint32 cap, bytes32 root, uint32 count) private {
        _roots[id] = root;
        if (cap != 0) _subjects[study] += count;
    }

    /// @dev Logs the granted and the refused members of a part, and adds the granted ones' leaves.
    function _grantPart(
        RequestId id,
        StudyId study,
        CohortPart calldata part,
        IRuleSet.CohortVerdict memory verdict,
        uint256 index,
        bytes32[] memory nodes,
        uint32 count
    ) private returns (uint32 newCount, uint256 failed) {
        CohortSplit.Split memory split = CohortSplit.split(
            verdict.memberFailed[index],
            verdict.consents[index],
            verdict.records[index]
        );
        newCount = CohortSplit.addLeaves(study, part, verdict.memberFailed[index], split, nodes, count);

        if (split.records.length != 0) emit CohortMembersGranted(id, part.batch, split.consents, split.records);
        if (split.refusedRecords.length != 0) {
            emit CohortMembersRefused(id, part.batch, split.refusedConsents, split.refusedRecords, split.refusedFailed);
        }
        return (newCount, split.failed);
    }

    /* INTERNAL: REVIEWS */

    function _requireReviewer(
        RequestId id,
        AccessRequest calldata body,
        ReviewKind kind,
        address reviewer
    ) private view {
        Grant storage kept = _grants[id];
        if (kept.decision != Decision.NEEDS_REVIEW) revert RequestNotPending(id);
        if (kept.pendingReviews & _bit(kind) == 0) revert ReviewNotDue(id, kind);
        bool permitted;
        if (kind == ReviewKind.PATIENT) {
            (Authority authority, ) = _patients.authority(body.record.patient, reviewer);
            permitted = authority == Authority.SELF || authority == Authority.GUARDIAN;
        } else {
            (InstitutionId institution, uint16 roles, ) = _institutions.agentStanding(reviewer);
            permitted =
                kind == ReviewKind.ETHICS
                    ? roles & AgentRole.ETHICS_REVIEWER != 0 && institution != kept.institution
                    : roles & AgentRole.GATEWAY != 0 && institution == RecordMeta.custodian(body.record.meta);
        }
        if (!permitted) revert ReviewerNotPermitted(id, reviewer);
    }

    function _approveReview(
        RequestId id,
        address requester,
        AccessRequest calldata body,
        ReviewKind kind,
        bytes32 evidenceHash,
        address reviewer
    ) private returns (Decision) {
        uint8 reviews = _grants[id].givenReviews | _bit(kind);
        IRuleSet.Verdict memory verdict = _evaluate(requester, body, reviews);

        emit AccessReviewed(id, reviewer, kind, true, evidenceHash);
        return _decide(id, requester, body, verdict, reviews);
    }

    function _rejectReview(
        RequestId id,
        address requester,
        AccessRequest calldata body,
        ReviewKind kind,
        bytes32 evidenceHash,
        address reviewer
    ) private {
        IRuleSet.Verdict memory verdict = _evaluate(requester, body, _grants[id].givenReviews);
        verdict.failed |= FailedCheck.REVIEW_REJECTED;
        verdict.decision = Decision.DENIED;
        verdict.pendingReviews = 0;

        emit AccessReviewed(id, reviewer, kind, false, evidenceHash);
        _decide(id, requester, body, verdict, _grants[id].givenReviews);
    }

    function _bit(ReviewKind kind) private pure returns (uint8) {
        return uint8(1 << uint8(kind));
    }

    /* INTERNAL: RULES */

    function _setRuleSet(IRuleSet newRuleSet) private {
        if (address(newRuleSet) == address(0)) revert ZeroAddress();

        _ruleSet = newRuleSet;
        _ruleVersion += 1;
        emit RuleSetChanged(address(newRuleSet), _ruleVersion, newRuleSet.rules(), msg.sender);
    }
}
