// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AccessHash} from "../access/AccessHash.sol";
import {CohortMember} from "../access/AccessTypes.sol";
import {IAccessBroker} from "../access/IAccessBroker.sol";
import {ZeroAddress} from "../common/Errors.sol";
import {CaseId, InstitutionId, NO_INSTITUTION, RequestId} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {IContributionLedger} from "./IContributionLedger.sol";
import {ISupervision} from "./ISupervision.sol";

/// @title ContributionLedger
/// @notice See IContributionLedger.
contract ContributionLedger is IContributionLedger, AccessManaged {
    uint40 private constant PERIOD = 30 days;
    uint8 private constant FEWEST_STARS = 1;

    IInstitutionRegistry private immutable _institutions;
    IRecordRegistry private immutable _records;
    IAccessBroker private immutable _broker;
    ISupervision private immutable _supervision;

    ContributionRules private _rules;

    /// @dev No sum overflows: at most 2^32 points by recipient and period, of which there are less than 2^32 and 2^40; and a deduction is
    /// less than 2^64.
    mapping(InstitutionId institution => Points) private _points;
    mapping(InstitutionId custodian => mapping(InstitutionId recipient => mapping(uint256 period => uint32 points)))
        private _earnedFrom;
    mapping(RequestId grant => mapping(bytes32 memberLeaf => bool)) private _credited;
    mapping(bytes32 record => bool) private _accepted;
    mapping(CaseId id => Deduction) private _deductions;

    constructor(
        address authority_,
        IInstitutionRegistry institutions,
        IRecordRegistry records,
        IAccessBroker broker,
        ISupervision supervision,
        ContributionRules memory rules_
    ) AccessManaged(authority_) {
        if (
            address(institutions) == address(0) ||
            address(records) == address(0) ||
            address(broker) == address(0) ||
            address(supervision) == address(0)
        ) revert ZeroAddress();

        _institutions = institutions;
        _records = records;
        _broker = broker;
        _supervision = supervision;
        _setRules(rules_);
    }

    /* MUTATING */

    /// @inheritdoc IContributionLedger
    function credit(RequestId grant, CohortMember[] calldata members) external {
        IAccessBroker.Grant memory kept = _broker.grant(grant);
        for (uint256 i = 0; i < members.length; ++i)
            _credit(grant, kept.institution, periodOf(kept.decidedAt), members[i]);
    }

    /// @inheritdoc IContributionLedger
    function deduct(CaseId id) external {
        ISupervision.Case memory decided = _supervision.caseOf(id);
        bool isUpheld =
            decided.status == ISupervision.CaseStatus.UPHELD ||
                decided.status == ISupervision.CaseStatus.APPEALED ||
                decided.status == ISupervision.CaseStatus.APPEAL_REJECTED ||
                decided.status == ISupervision.CaseStatus.APPEAL_LAPSED;
        if (!isUpheld || _deductions[id].made) revert CaseNotDeductible(id);

        uint64 points = _rules.deduction;
        if (decided.suspendedUntil != 0) {
            // Less than 2^32 points for each of less than 2^25 days.
            points += uint64(
                _rules.deductionPerDay * Math.ceilDiv(decided.suspendedUntil - decided.decidedAt, uint256(1 days))
            );
        }
        _deductions[id] = Deduction({points: points, made: true, restored: false});
        uint128 deducted = _points[decided.accused].deducted + points;
        _points[decided.accused].deducted = deducted;

        emit PointsDeducted(id, decided.accused, points, deducted, ratingOf(decided.accused));
    }

    /// @inheritdoc IContributionLedger
    function restore(CaseId id) external {
        ISupervision.Case memory decided = _supervision.caseOf(id);
        Deduction storage kept = _deductions[id];
        if (decided.status != ISupervision.CaseStatus.APPEAL_GRANTED || !kept.made || kept.restored) {
            revert CaseNotRestorable(id);
        }

        kept.restored = true;
        uint64 points = kept.points;
        uint128 deducted = _points[decided.accused].deducted - points;
        _points[decided.accused].deducted = deducted;

        emit PointsRestored(id, decided.accused, points, deducted, ratingOf(decided.accused));
    }

    /// @inheritdoc IContributionLedger
    function setRules(ContributionRules calldata newRules) external restricted {
        _setRules(newRules);
    }

    /* VIEWS */

    /// @inheritdoc IContributionLedger
    function ratingOf(InstitutionId institution) public view returns (uint8 stars) {
        Points memory points = _points[institution];
        uint64[4] memory thresholds = _rules.thresholds;
        stars = FEWEST_STARS;
        // Ascending, and none is 0.
        uint256 left = Math.saturatingSub(points.earned, points.deducted);
        for (uint256 i = 0; i < thresholds.length; ++i) if (left >= thresholds[i]) ++stars;
    }

    /// @inheritdoc IContributionLedger
    function pointsOf(InstitutionId institution) external view returns (Points memory) {
        return _points[institution];
    }

    /// @inheritdoc IContributionLedger
    function earnedFrom(
        InstitutionId custodian,
        InstitutionId recipient,
        uint256 period
    ) external view returns (uint32 points) {
        return _earnedFrom[custodian][recipient][period];
    }

    /// @inheritdoc IContributionLedger
    function periodOf(uint40 time) public pure returns (uint256 period) {
        return time / PERIOD;
    }

    /// @inheritdoc IContributionLedger
    function isCredited(RequestId grant, bytes32 memberLeaf) external view returns (bool) {
        return _credited[grant][memberLeaf];
    }

    /// @inheritdoc IContributionLedger
    function isAccepted(bytes32 record) external view returns (bool) {
        return _accepted[record];
    }

    /// @inheritdoc IContributionLedger
    function deductionOf(CaseId id) external view returns (Deduction memory) {
        return _deductions[id];
    }

    /// @inheritdoc IContributionLedger
    function rules() external view returns (ContributionRules memory) {
        return _rules;
    }

    /* PRIVATE */

    /// @dev That a delivery is logged proves all the rest: the broker took it from the record's custodian, in standing, for a member of the
    /// grant whose record is anchored.
    function _credit(RequestId grant, InstitutionId recipient, uint256 period, CohortMember calldata member) private {
        bytes32 leaf = AccessHash.member(member);
        InstitutionId custodian = _broker.deliveredBy(grant, leaf);
        if (custodian == NO_INSTITUTION || custodian == recipient) revert DeliveryNotCreditable(grant, member.record);
        if (_credited[grant][leaf]) return;

        _credited[grant][leaf] = true;
        IRecordRegistry.Batch memory batch = _records.batch(member.batch);
        bool accepted = _accept(member.record, custodian, batch.anchoredAt);
        uint32 points = _earn(custodian, recipient, period, _worth(accepted, batch.published));
        uint128 earned = _points[custodian].earned + points;
        _points[custodian].earned = earned;

        emit ContributionCredited(
            custodian,
            grant,
            recipient,
            member.batch,
            member.record,
            accepted,
            batch.published,
            points,
            earned,
            ratingOf(custodian)
        );
    }

    /// @return accepted Whether the record is accepted by this delivery: its first, and anchored in standing. The registry takes no anchor of a
    /// suspended member; what is left is the very second in which a suspension began.
    function _accept(bytes32 record, InstitutionId custodian, uint40 anchoredAt) private returns (bool accepted) {
        if (_accepted[record]) return false;

        _accepted[record] = true;
        return _institutions.standingAt(custodian, anchoredAt) == IInstitutionRegistry.Standing.ACTIVE;
    }

    /// @return points What is left of the worth below the cap.
    function _earn(
        InstitutionId custodian,
        InstitutionId recipient,
        uint256 period,
        uint256 worth
    ) private returns (uint32 points) {
        uint32 before = _earnedFrom[custodian][recipient][period];
        // Less than the cap, which has 32 bits; a lower cap than what was earned leaves nothing.
        points = uint32(Math.min(worth, Math.saturatingSub(_rules.cap, before)));
        _earnedFrom[custodian][recipient][period] = before + points;
    }

    /// @return worth What a delivery is worth before the cap.
    function _worth(bool accepted, bool published) private view returns (uint256 worth) {
        worth = _rules.delivery;
        if (accepted) worth += _rules.acceptance;
        if (accepted && published) worth += _rules.publication;
    }

    function _setRules(ContributionRules memory newRules) private {
        uint256 most = uint256(newRules.delivery) + newRules.acceptance + newRules.publication;
        if (newRules.cap == 0 || newRules.cap < most) revert PointsCapInvalid(newRules.cap);
        uint64 below;
        for (uint256 i = 0; i < newRules.thresholds.length; ++i) {
            if (newRules.thresholds[i] <= below) revert ThresholdsInvalid(newRules.thresholds);
            below = newRules.thresholds[i];
        }

        _rules = newRules;

        emit ContributionRulesChanged(newRules, msg.sender);
    }
}
