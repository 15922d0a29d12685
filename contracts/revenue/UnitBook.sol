// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {AccessHash} from "../access/AccessHash.sol";
import {CohortMember} from "../access/AccessTypes.sol";
import {IAccessBroker} from "../access/IAccessBroker.sol";
import {IStudyRegistry} from "../access/IStudyRegistry.sol";
import {ZeroAddress} from "../common/Errors.sol";
import {AgreementId, InstitutionId, NO_INSTITUTION, RequestId} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {RecordHash} from "../records/RecordHash.sol";
import {RecordMeta} from "../records/RecordMeta.sol";
import {AgreementBook} from "./AgreementBook.sol";
import {IRevenueSplitter} from "./IRevenueSplitter.sol";

/// @title UnitBook
/// @notice What shares are divided by: the units of patients, and of custodians. See IRevenueSplitter.
abstract contract UnitBook is AgreementBook {
    IAccessBroker private immutable _broker;

    /// @dev The agreement's accruedPerUnit when the grant was enrolled; 0 if it is not. The key binds the grant's root, so that a proof leads
    /// to it and it need not be kept.
    mapping(AgreementId agreement => mapping(bytes32 key => uint256 accruedPerUnit)) internal _enrolments;
    /// @dev The accruedPerUnit up to which a position was paid; 0 if it is a record's that was never paid.
    mapping(AgreementId agreement => mapping(bytes32 key => uint256 paidUpTo)) internal _positions;
    /// @dev A bit for each category that is a unit of the patient's.
    mapping(AgreementId agreement => mapping(address patient => uint256 categories)) private _categories;
    mapping(AgreementId agreement => mapping(RequestId grant => mapping(bytes32 memberLeaf => bool)))
        private _countedDeliveries;

    constructor(
        address authority_,
        IAccessBroker broker,
        IInstitutionRegistry institutions,
        IStudyRegistry studies,
        address fund_,
        ShareRules memory shareRules_,
        uint40 sharesDelay_
    ) AgreementBook(authority_, institutions, studies, fund_, shareRules_, sharesDelay_) {
        if (address(broker) == address(0)) revert ZeroAddress();

        _broker = broker;
    }

    /* UNITS */

    /// @inheritdoc IRevenueSplitter
    function enroll(AgreementId id, Entitlement calldata entitlement) external nonReentrant {
        _requireOpen(id);
        if (!_enroll(id, entitlement)) revert AlreadyEnrolled(id, entitlement.grant);
    }

    /// @inheritdoc IRevenueSplitter
    function enrollMany(AgreementId id, Entitlement[] calldata entitlements) external nonReentrant {
        _requireOpen(id);
        for (uint256 i = 0; i < entitlements.length; ++i) _enroll(id, entitlements[i]);
    }

    /// @inheritdoc IRevenueSplitter
    function enrollCategories(
        AgreementId id,
        Entitlement[] calldata entitlements,
        IRecordRegistry.Record[] calldata records
    ) external nonReentrant {
        _requireOpen(id);
        if (entitlements.length != records.length) revert RecordsMismatched(entitlements.length, records.length);
        for (uint256 i = 0; i < entitlements.length; ++i) _enrollCategory(id, entitlements[i], records[i]);
    }

    /// @inheritdoc IRevenueSplitter
    function countDelivery(AgreementId id, RequestId grant, CohortMember calldata member) external nonReentrant {
        _requireOpen(id);
        bytes32 leaf = AccessHash.memberLeaf(member);
        InstitutionId custodian = _broker.deliveredBy(grant, leaf);
        if (custodian == NO_INSTITUTION || member.study != _agreements[id].study || _countedDeliveries[id][grant][leaf])
            revert DeliveryNotCountable(id, grant);

        _countedDeliveries[id][grant][leaf] = true;
        uint32 total = _addCustodianUnit(id, custodian);

        emit DeliveryCounted(id, grant, custodian, member.record, total);
    }

    /* INTERNAL */

    /// @dev By the rule PATIENT the patient, who has no leaf; by the others the grant and the member.
    function _keyOf(
        AgreementId id,
        RequestId grant,
        CohortMember calldata member
    ) internal view returns (bytes32 key, bytes32 leaf) {
        if (_agreements[id].unitRule == UnitRule.PATIENT) {
            key = bytes32(uint256(uint160(member.patient)));
        } else {
            leaf = AccessHash.memberLeaf(member);
            key = Hashes.efficientKeccak256(RequestId.unwrap(grant), leaf);
        }
    }

    function _enrolmentKey(RequestId grant, bytes32 root) internal pure returns (bytes32) {
        return Hashes.efficientKeccak256(RequestId.unwrap(grant), root);
    }

    /// @dev The agreement's accruedPerUnit when the grant was enrolled; 0 if it is not. Without a proof the broker is asked for the root.
    function _enrolledAt(AgreementId id, RequestId grant) internal view returns (uint256) {
        return _enrolments[id][_enrolmentKey(grant, _broker.cohortRoot(grant))];
    }

    /* PRIVATE */

    /// @return Whether it was not enrolled yet.
    function _enroll(AgreementId id, Entitlement calldata entitlement) private returns (bool) {
        Agreement storage kept = _agreements[id];
        RequestId grant = entitlement.grant;
        CohortMember calldata member = entitlement.member;
        _requireEnrollable(id, entitlement, kept.unitRule != UnitRule.CATEGORY);

        uint256 accrued = kept.accruedPerUnit;
        if (kept.unitRule == UnitRule.PATIENT) {
            (bytes32 key, ) = _keyOf(id, grant, member);
            if (_positions[id][key] != 0) return false;

            _positions[id][key] = accrued;
            emit PatientEnrolled(id, grant, member.patient, ++kept.units);
            return true;
        }
        bytes32 enrolment = _enrolmentKey(grant, _broker.cohortRoot(grant));
        if (_enrolments[id][enrolment] != 0) return false;

        uint32 count = _broker.grant(grant).count;
        uint32 units = kept.units + count;
        kept.units = units;
        _enrolments[id][enrolment] = accrued;
        emit GrantEnrolled(id, grant, count, units);
        return true;
    }

    /// @dev A position of its own from the start, unlike that of the rule RECORD, since the other members of the grant have none.
    function _enrollCategory(
        AgreementId id,
        Entitlement calldata entitlement,
        IRecordRegistry.Record calldata record
    ) private {
        Agreement storage kept = _agreements[id];
        RequestId grant = entitlement.grant;
        CohortMember calldata member = entitlement.member;
        bool isOfRule = kept.unitRule == UnitRule.CATEGORY;
        _requireEnrollable(id, entitlement, isOfRule && member.record == RecordHash.leaf(record));

        uint8 category = RecordMeta.category(record.meta);
        uint256 categories = _categories[id][member.patient];
        uint256 bit = 1 << category;
        if (categories & bit != 0) return;

        _categories[id][member.patient] = categories | bit;
        (bytes32 key, ) = _keyOf(id, grant, member);
        _positions[id][key] = kept.accruedPerUnit;
        emit CategoryEnrolled(id, grant, member.patient, member.batch, member.record, category, ++kept.units);
    }

    /// @dev Also unless the rule's own condition holds.
    function _requireEnrollable(AgreementId id, Entitlement calldata entitlement, bool condition) private view {
        RequestId grant = entitlement.grant;
        if (
            !condition ||
            entitlement.member.study != _agreements[id].study ||
            !_broker.isMember(grant, entitlement.member, entitlement.proof)
        ) revert NotEnrollable(id, grant);
    }
}
