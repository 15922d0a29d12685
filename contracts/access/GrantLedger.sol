// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {FailedCheck} from "../common/FailedCheck.sol";
import {AgentRole, Decision, InstitutionId, NO_CONSENT, NO_STUDY, RequestId} from "../common/Types.sol";
import {IConsentRegistry} from "../consent/IConsentRegistry.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {RecordHash} from "../records/RecordHash.sol";
import {RecordMeta} from "../records/RecordMeta.sol";
import {AccessHash} from "./AccessHash.sol";
import {CohortMember} from "./AccessTypes.sol";
import {IAccessBroker} from "./IAccessBroker.sol";
import {IStudyRegistry} from "./IStudyRegistry.sol";
import {RulesInForce} from "./RulesInForce.sol";

/// @title GrantLedger
/// @notice The part of the broker that keeps grants: their cohorts, whether they are in force, and the logs of what was done under them.
abstract contract GrantLedger is RulesInForce {
    uint16 private constant REQUESTER_ROLES =
        AgentRole.CLINICIAN | AgentRole.RESEARCHER | AgentRole.OFFICER | AgentRole.ADMIN;

    IInstitutionRegistry internal immutable _institutions;
    IPatientRegistry internal immutable _patients;
    IRecordRegistry internal immutable _records;
    IConsentRegistry internal immutable _consents;
    IStudyRegistry internal immutable _studies;

    mapping(RequestId request => Grant) internal _grants;
    /// @dev Of cohorts granted; see `_rootOf`.
    mapping(RequestId request => bytes32 root) internal _roots;
    mapping(RequestId grant => mapping(bytes32 memberLeaf => InstitutionId custodian)) private _deliveredBy;

    constructor(
        IInstitutionRegistry institutions,
        IPatientRegistry patients,
        IRecordRegistry records,
        IConsentRegistry consents,
        IStudyRegistry studies
    ) {
        _institutions = institutions;
        _patients = patients;
        _records = records;
        _consents = consents;
        _studies = studies;
    }

    /* MUTATING */

    /// @inheritdoc IAccessBroker
    function revokeGrant(RequestId id, bytes32 reasonHash) external {
        Grant storage kept = _requireGrant(id);
        (InstitutionId institution, uint16 roles, ) = _institutions.agentStanding(msg.sender);
        bool isParty = institution == kept.institution && roles & REQUESTER_ROLES != 0;
        if (!isParty && roles & AgentRole.SUPERVISOR == 0) revert GrantPartyOnly(id, msg.sender);
        if (kept.revoked) revert GrantAlreadyRevoked(id);

        kept.revoked = true;
        emit GrantRevoked(id, reasonHash, msg.sender);
    }

    /// @inheritdoc IAccessBroker
    function logDelivery(
        RequestId id,
        CohortMember calldata member,
        bytes32[] calldata proof,
        IRecordRegistry.Record calldata record,
        Delivery calldata delivery
    ) external {
        _requireNotPaused();
        InstitutionId custodian = _requireCustodian(id, record);
        uint256 failed = _checkGrant(id, member, proof, record);
        if (failed != 0) revert GrantNotInForce(id, failed);

        _deliveredBy[id][AccessHash.member(member)] = custodian;
        emit DeliveryLogged(
            id,
            member.patient,
            custodian,
            member.consent,
            member.batch,
            member.record,
            record.meta,
            delivery,
            msg.sender
        );
    }

    /// @inheritdoc IAccessBroker
    function logReceipt(
        RequestId id,
        CohortMember calldata member,
        bytes32[] calldata proof,
        bytes32 ciphertextHash,
        bool verified
    ) external {
        Grant storage kept = _requireGrant(id);
        (InstitutionId institution, uint16 roles, ) = _institutions.agentStanding(msg.sender);
        if (institution != kept.institution || roles & REQUESTER_ROLES == 0) revert GrantPartyOnly(id, msg.sender);
        _requireMember(id, member, proof);

        emit ReceiptLogged(
            id,
            member.patient,
            institution,
            member.batch,
            member.record,
            ciphertextHash,
            verified,
            msg.sender
        );
    }

    /// @inheritdoc IAccessBroker
    function logKeyRevocation(
        RequestId id,
        CohortMember calldata member,
        bytes32[] calldata proof,
        IRecordRegistry.Record calldata record,
        bytes32 evidenceHash
    ) external {
        InstitutionId custodian = _requireCustodian(id, record);
        _requireGrant(id);
        _requireMember(id, member, proof);
        if (RecordHash.leaf(record) != member.record) revert MemberNotInGrant(id, member.record);

        emit KeyRevocationLogged(
            id,
            member.patient,
            custodian,
            member.consent,
            member.batch,
            member.record,
            evidenceHash,
            msg.sender
        );
    }

    /* VIEWS */

    /// @inheritdoc IAccessBroker
    function checkGrant(
        RequestId id,
        CohortMember calldata member,
        bytes32[] calldata proof,
        IRecordRegistry.Record calldata record
    ) external view returns (uint256 failed) {
        return _checkGrant(id, member, proof, record);
    }

    /// @inheritdoc IAccessBroker
    function grant(RequestId id) external view returns (Grant memory) {
        return _grants[id];
    }

    /// @inheritdoc IAccessBroker
    function cohortRoot(RequestId id) external view returns (bytes32) {
        return _grants[id].decision == Decision.APPROVED ? _rootOf(id) : bytes32(0);
    }

    /// @inheritdoc IAccessBroker
    function isMember(
        RequestId id,
        CohortMember calldata member,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _isMember(id, member, proof);
    }

    /// @inheritdoc IAccessBroker
    function deliveredBy(RequestId id, bytes32 leaf) external view returns (InstitutionId) {
        return _deliveredBy[id][leaf];
    }

    /// @inheritdoc IAccessBroker
    function memberLeaf(CohortMember calldata member) external pure returns (bytes32) {
        return AccessHash.member(member);
    }

    /* INTERNAL */

    function _requireGrant(RequestId id) private view returns (Grant storage kept) {
        kept = _grants[id];
        if (kept.decision != Decision.APPROVED) revert GrantUnknown(id);
    }

    function _requireCustodian(
        RequestId id,
        IRecordRegistry.Record calldata record
    ) private view returns (InstitutionId custodian) {
        custodian = _institutions.requireAgent(msg.sender, AgentRole.GATEWAY);
        if (custodian != RecordMeta.custodian(record.meta)) revert GrantPartyOnly(id, msg.sender);
    }

    function _requireMember(RequestId id, CohortMember calldata member, bytes32[] calldata proof) private view {
        if (!_isMember(id, member, proof)) revert MemberNotInGrant(id, member.record);
    }

    function _isMember(
        RequestId id,
        CohortMember calldata member,
        bytes32[] calldata proof
    ) private view returns (bool) {
        return
            _grants[id].decision == Decision.APPROVED &&
            MerkleProof.verifyCalldata(proof, _rootOf(id), AccessHash.member(member));
    }

    /// @dev Of an approved grant. The id of a single request is the root itself.
    function _rootOf(RequestId id) private view returns (bytes32 root) {
        root = _roots[id];
        if (root == 0) root = RequestId.unwrap(id);
    }

    function _checkGrant(
        RequestId id,
        CohortMember calldata member,
        bytes32[] calldata proof,
        IRecordRegistry.Record calldata record
    ) private view returns (uint256 failed) {
        Grant storage kept = _requireGrant(id);
        _requireMember(id, member, proof);
        if (RecordHash.leaf(record) != member.record) revert MemberNotInGrant(id, member.record);
        if (kept.revoked) failed |= FailedCheck.GRANT_REVOKED;
        if (block.timestamp >= kept.until) failed |= FailedCheck.GRANT_EXPIRED;
        if (!_institutions.isInStanding(kept.institution)) failed |= FailedCheck.REQUESTER_STANDING;
        if (!_institutions.isInStanding(RecordMeta.custodian(record.meta))) failed |= FailedCheck.CUSTODIAN_STANDING;
        failed |= _records.checkState(member.batch, record.meta);
        uint40 time = uint40(block.timestamp);
        if (member.consent != NO_CONSENT) {
            if (!_consents.isInForce(member.consent, time)) failed |= FailedCheck.CONSENT_NOT_IN_FORCE;
            if (_patients.isDeactivated(member.patient)) failed |= FailedCheck.PATIENT_DEACTIVATED;
        }
        if (member.study != NO_STUDY && !_studies.approvedAt(member.study, time)) failed |= FailedCheck.STUDY_LAPSED;
    }
}
