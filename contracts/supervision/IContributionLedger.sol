// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {CohortMember} from "../access/AccessTypes.sol";
import {BatchId, CaseId, InstitutionId, RequestId} from "../common/Types.sol";

/// @title IContributionLedger
/// @notice Points of members for the records that others use, less what sanctions deduct, and the stars that follow from both.
/// @dev Nobody reports anything: whoever calls only points to what broker, record registry and supervision keep, and each such fact
/// counts once. An anchor alone earns nothing, since anchors are cheap; it is accepted by its record's first delivery to another member.
/// A custodian's points from one recipient are capped by period, so that two members who trade with each other gain little, and its
/// own use of its records earns nothing. Points say nothing of standing, and outlast it.
interface IContributionLedger {
    /// @dev Two slots.
    struct ContributionRules {
        /// Points for a delivery to another member.
        uint32 delivery;
        /// Besides, for the first delivery of a record to another member.
        uint32 acceptance;
        /// Besides, for that if the record's leaf was published when it was anchored.
        uint32 publication;
        /// Most points of a custodian from one recipient by grants decided in one period.
        uint32 cap;
        /// Points that a case upheld deducts.
        uint32 deduction;
        /// Besides, for each day of the suspension that it gave; a day begun counts.
        uint32 deductionPerDay;
        /// Points from which on a member has two, three, four and five stars.
        uint64[4] thresholds;
    }

    /// @dev One slot.
    struct Points {
        uint128 earned;
        /// May be more than was earned; later points make up for it first.
        uint128 deducted;
    }

    /// @dev One slot.
    struct Deduction {
        /// What was deducted, whatever became of it.
        uint64 points;
        bool made;
        bool restored;
    }

    error DeliveryNotCreditable(RequestId grant, bytes32 record);
    error CaseNotDeductible(CaseId id);
    error CaseNotRestorable(CaseId id);
    error PointsCapInvalid(uint32 cap);
    error ThresholdsInvalid(uint64[4] thresholds);

    /// @param accepted Whether it was the record's first, and its custodian in standing when it anchored it.
    /// @param published Whether the record's leaf was published when it was anchored.
    /// @param points What the custodian earned by it; less than the rules say, or 0, where the cap is reached.
    /// @param earned All that the custodian earned so far.
    /// @param stars The custodian's from now on.
    event ContributionCredited(
        InstitutionId indexed custodian,
        RequestId indexed grant,
        InstitutionId indexed recipient,
        BatchId batch,
        bytes32 record,
        bool accepted,
        bool published,
        uint32 points,
        uint128 earned,
        uint8 stars
    );
    /// @param deducted All that is deducted of the accused so far.
    /// @param stars The accused's from now on.
    event PointsDeducted(
        CaseId indexed id,
        InstitutionId indexed accused,
        uint64 points,
        uint128 deducted,
        uint8 stars
    );
    event PointsRestored(
        CaseId indexed id,
        InstitutionId indexed accused,
        uint64 points,
        uint128 deducted,
        uint8 stars
    );
    event ContributionRulesChanged(ContributionRules rules, address by);

    /// @notice Credits the custodians of members of a grant whose delivery is logged, by the rules that hold now. Anyone may call.
    /// @dev Those credited already are passed over; at the cap a delivery counts for less, or for nothing, and is credited all the same. A
    /// grant that is revoked or over counts too. Deliveries in emergencies do not count. Reverts: DeliveryNotCreditable (none is logged, or
    /// the recipient is the custodian itself).
    function credit(RequestId grant, CohortMember[] calldata members) external;

    /// @notice Deducts what a case that is upheld costs the accused, by the rules that hold now, once. Anyone may call.
    /// @dev An appeal does not hold it up. Reverts: CaseNotDeductible (unknown, undecided, dismissed, appealed with success, or deducted).
    function deduct(CaseId id) external;

    /// @notice Gives back what a case deducted, once an appeal was granted. Anyone may call.
    /// @dev Reverts: CaseNotRestorable (nothing was deducted, no appeal was granted, or restored already).
    function restore(CaseId id) external;

    /// @notice Sets the rules for credits and deductions from now on, and the stars of all members at once.
    /// @dev Restricted. Reverts: PointsCapInvalid (0, or less than one record can earn), ThresholdsInvalid (0 first, or not ascending).
    /// @dev Warning: a delivery credited under a rule that gives nothing is credited for good.
    function setRules(ContributionRules calldata newRules) external;

    /// @notice Stars of a member, 1 to 5: one, and one more for each threshold that its points less deductions reach.
    /// @dev Made for rule sets to ask. Who never earned anything, or is no member, has one; ask the registry for standing.
    function ratingOf(InstitutionId institution) external view returns (uint8 stars);

    /// @notice What a member earned, and what was deducted.
    function pointsOf(InstitutionId institution) external view returns (Points memory);

    /// @notice Points of a custodian from a recipient by grants decided in a period.
    function earnedFrom(
        InstitutionId custodian,
        InstitutionId recipient,
        uint256 period
    ) external view returns (uint32 points);

    /// @notice The period of a second: how many of 30 days went by since the unix epoch.
    function periodOf(uint40 time) external pure returns (uint256 period);

    /// @notice Whether the delivery to the grant's member with this leaf is credited.
    function isCredited(RequestId grant, bytes32 memberLeaf) external view returns (bool);

    /// @notice Whether the record with this leaf had its first delivery credited.
    function isAccepted(bytes32 record) external view returns (bool);

    /// @notice What a case deducted; all zero if nothing was ever.
    function deductionOf(CaseId id) external view returns (Deduction memory);

    /// @notice The rules that hold now.
    function rules() external view returns (ContributionRules memory);
}
