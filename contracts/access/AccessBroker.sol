// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {FailedCheck} from "../common/FailedCheck.sol";
import {MerkleRoot} from "../common/MerkleRoot.sol";
import {Signed} from "../common/Signed.sol";
import {AgentRole, Authority, BatchId, Decision, InstitutionId, RequestId, StudyId} from "../common/Types.sol";
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
import {RawCalls} from "./RawCalls.sol";

/// @title AccessBroker
/// @notice See IAccessBroker.
contract AccessBroker is GrantLedger, DenialGuard, Signed, AccessManaged {
    /// @dev A single request: who asks what, for whom, and the id that both make.
    struct Ask {
        RequestId id;
        address requester;
        bytes32 hash;
        CohortMember member;
    }

    /// @dev A reviewer's answer to a request that waits.
    struct Answer {
        ReviewKind kind;
        bool approved;
        bytes32 evidenceHash;
        address reviewer;
    }

    /* STORAGE */

    mapping(StudyId study => uint32 count) private _subjects;
    /// @dev Who of those that must agree together has agreed.
    mapping(RequestId request => mapping(address signer => bool)) private _agreed;

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
        _requireNotPaused();
        _requireNotSuspended();
        Ask memory ask = _read(msg.sender, body);
        id = ask.id;
        if (_grants[id].decision != Decision.NONE) revert RequestAlreadyDecided(id);
        IRuleSet.Verdict memory verdict = _evaluate(msg.sender, body, 0);
        if (verdict.failed & FailedCheck.REQUESTER_STANDING != 0) revert RequesterNotPermitted(msg.sender);

        decision = _decide(ask, body, verdict, 0);
        if (decision == Decision.DENIED) _countDenial(verdict.institution);
    }

    /// @inheritdoc IAccessBroker
    function requestCohort(CohortRequest calldata body) external returns (RequestId id, Decision decision) {
        _requireNotPaused();
        _requireNotSuspended();
        uint256 size = AccessHash.cohortSize(body);
        CohortSplit.Members memory members = CohortSplit.read(body, size);
        id = AccessHash.cohort(msg.sender, body, members.leaves);
        if (_grants[id].decision != Decision.NONE) revert RequestAlreadyDecided(id);
        IRuleSet.CohortVerdict memory verdict = _evaluateCohort(msg.sender, body, size);
        if (verdict.failed & FailedCheck.REQUESTER_STANDING != 0) revert RequesterNotPermitted(msg.sender);

        uint256 failed = verdict.failed;
        uint32 count;
        bytes32 root;
        if (failed == 0) {
            (count, root, failed) = _grantMembers(id, body.parts, members, verdict.memberFailed);
        }
        decision = count == 0 ? Decision.DENIED : Decision.APPROVED;
        if (count != 0) {
            _roots[id] = root;
            _countSubjects(body.study, verdict.subjectCap, count);
        }
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
        Ask memory ask = _read(requester, body);
        return _answer(ask, body, Answer(kind, true, evidenceHash, msg.sender));
    }

    /// @inheritdoc IAccessBroker
    function rejectReview(
        address requester,
        AccessRequest calldata body,
        ReviewKind kind,
        bytes32 evidenceHash
    ) external {
        Ask memory ask = _read(requester, body);
        _answer(ask, body, Answer(kind, false, evidenceHash, msg.sender));
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
        Ask memory ask = _read(requester, body);
        _requireSignature(signer, AccessHash.answer(ask.id, approved, deadline), deadline, signature);
        return _answer(ask, body, Answer(ReviewKind.PATIENT, approved, 0, signer));
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

    /// @inheritdoc IAccessBroker
    function pauseAccess(uint40 until, bytes32 reasonHash) external restricted {
        _pauseAccess(until, reasonHash);
    }

    /// @inheritdoc IAccessBroker
    function resumeAccess(bytes32 reasonHash) external restricted {
        _resumeAccess(reasonHash);
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
    function requestId(address requester, AccessRequest calldata body) external pure returns (RequestId) {
        return _read(requester, body).id;
    }

    /// @inheritdoc IAccessBroker
    function cohortRequestId(address requester, CohortRequest calldata body) external pure returns (RequestId) {
        return AccessHash.cohort(requester, body, CohortSplit.read(body, AccessHash.cohortSize(body)).leaves);
    }

    /* INTERNAL: DECISIONS */

    function _read(address requester, AccessRequest calldata body) private pure returns (Ask memory ask) {
        ask.requester = requester;
        ask.hash = AccessHash.ask(requester, body);
        ask.member = AccessHash.memberOf(body);
        ask.id = AccessHash.request(ask.member, ask.hash);
    }

    /// @dev The one check: what `evaluate` shows is what `request` and the last review decide by.
    function _evaluate(
        address requester,
        AccessRequest calldata body,
        uint8 reviews
    ) private view returns (IRuleSet.Verdict memory verdict) {
        verdict = RawCalls.evaluate(_ruleSet, requester, body, reviews);
        uint256 failed;
        if (_isSuspended(requester)) failed |= FailedCheck.REQUESTER_SUSPENDED;
        if (_exceedsCap(body.study, verdict.subjectCap, 1)) failed |= FailedCheck.STUDY_CAP;
        if (failed != 0) _deny(verdict, failed);
    }

    function _deny(IRuleSet.Verdict memory verdict, uint256 failed) private pure {
        verdict.failed |= failed;
        verdict.decision = Decision.DENIED;
        verdict.pendingReviews = 0;
    }

    /// @dev A cohort that could exceed the study's cap is refused as a whole.
    function _evaluateCohort(
        address requester,
        CohortRequest calldata body,
        uint256 size
    ) private view returns (IRuleSet.CohortVerdict memory verdict) {
        verdict = RawCalls.evaluateCohort(_ruleSet, requester, body);
        if (_exceedsCap(body.study, verdict.subjectCap, size)) verdict.failed |= FailedCheck.STUDY_CAP;
    }

    function _exceedsCap(StudyId study, uint32 cap, uint256 count) private view returns (bool) {
        return cap != 0 && _subjects[study] + count > cap;
    }

    /// @dev Keeps and logs a decision on a single request.
    function _decide(
        Ask memory ask,
        AccessRequest calldata body,
        IRuleSet.Verdict memory verdict,
        uint8 reviews
    ) private returns (Decision decision) {
        decision = verdict.decision;
        uint32 count = decision == Decision.APPROVED ? 1 : 0;
        if (count != 0) _countSubjects(ask.member.study, verdict.subjectCap, count);
        _keep(ask.id, decision, verdict.institution, verdict.until, count, verdict.pendingReviews, reviews);
        emit AccessDecided(
            ask.id,
            ask.requester,
            ask.member.patient,
            verdict.institution,
            verdict.decision,
            verdict.failed,
            verdict.pendingReviews,
            _ruleVersion,
            ask.member.study,
            body.word,
            ask.member.consent,
            ask.member.batch,
            ask.member.record,
            body.record.meta,
            verdict.until,
            ask.hash
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

    function _countSubjects(StudyId study, uint32 cap, uint32 count) private {
        if (cap != 0) _subjects[study] += count;
    }

    /// @dev Logs the granted and the refused members, part after part.
    /// @return count Of those granted.
    /// @return root Of theirs, 0 if there are none.
    /// @return failed What failed for anyone, 0 if one is granted.
    function _grantMembers(
        RequestId id,
        CohortPart[] calldata parts,
        CohortSplit.Members memory members,
        uint256[] memory memberFailed
    ) private returns (uint32 count, bytes32 root, uint256 failed) {
        bytes32[] memory nodes = MerkleRoot.room(memberFailed.length);
        uint256 first;
        for (uint256 i = 0; i < parts.length; ++i) {
            uint256 size = parts[i].records.length;
            BatchId batch = parts[i].batch;
            CohortSplit.Split memory split = CohortSplit.split(members, memberFailed, first, size, nodes, count);
            first += size;
            count += uint32(split.records.length);
            failed |= split.failed;
            if (split.records.length != 0) emit CohortMembersGranted(id, batch, split.consents, split.records);
            if (split.failed != 0) {
                emit CohortMembersRefused(id, batch, split.refusedConsents, split.refusedRecords, split.refusedFailed);
            }
        }
        if (count != 0) (root, failed) = (MerkleRoot.root(nodes, count), 0);
    }

    /* INTERNAL: REVIEWS */

    /// @return side By what the reviewer acts for the patient; NONE where it does not.
    function _requireReviewer(
        RequestId id,
        AccessRequest calldata body,
        ReviewKind kind,
        address reviewer
    ) private view returns (Authority side) {
        Grant storage kept = _grants[id];
        if (kept.decision != Decision.NEEDS_REVIEW) revert RequestNotPending(id);
        if (kept.pendingReviews & _bit(kind) == 0) revert ReviewNotDue(id, kind);
        bool permitted;
        if (kind == ReviewKind.PATIENT) {
            (side, ) = _patients.authority(body.record.patient, reviewer);
            permitted = side.isPatientSide();
        } else {
            (InstitutionId institution, uint16 roles, ) = _institutions.agentStanding(reviewer);
            permitted =
                kind == ReviewKind.ETHICS
                    ? roles & AgentRole.ETHICS_REVIEWER != 0 && institution != kept.institution
                    : roles & AgentRole.GATEWAY != 0 && institution == RecordMeta.custodian(body.record.meta);
        }
        if (!permitted) revert ReviewerNotPermitted(id, reviewer);
    }

    function _answer(Ask memory ask, AccessRequest calldata body, Answer memory answer) private returns (Decision) {
        Authority side = _requireReviewer(ask.id, body, answer.kind, answer.reviewer);
        uint8 reviews = _grants[ask.id].givenReviews;
        if (answer.approved) {
            _requireNotPaused();
            if (side != Authority.JOINT || _agree(ask, answer.reviewer)) reviews |= _bit(answer.kind);
        }
        IRuleSet.Verdict memory verdict = _evaluate(ask.requester, body, reviews);
        // Of those who give only together, each can say no.
        if (!answer.approved) _deny(verdict, FailedCheck.REVIEW_REJECTED);

        emit AccessReviewed(ask.id, answer.reviewer, answer.kind, answer.approved, answer.evidenceHash);
        return _decide(ask, body, verdict, reviews);
    }

    /// @return all Each agrees once; whether now all agree who must at this second; whoever was replaced since does not count.
    function _agree(Ask memory ask, address signer) private returns (bool all) {
        mapping(address signer => bool) storage agreed = _agreed[ask.id];
        if (agreed[signer]) revert ReviewNotDue(ask.id, ReviewKind.PATIENT);

        agreed[signer] = true;
        (address[] memory signers, ) = _patients.jointSigners(ask.member.patient);
        // Nobody can agree for a minor who is of an age to assent and owned by a guardian.
        if (signers.length == 0) revert ReviewerNotPermitted(ask.id, signer);
        all = true;
        for (uint256 i = 0; i < signers.length; ++i) all = all && agreed[signers[i]];
    }

    function _bit(ReviewKind kind) private pure returns (uint8) {
        return uint8(1 << uint8(kind));
    }
}
