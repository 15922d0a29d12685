// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Decision, InstitutionId} from "../common/Types.sol";
import {AccessRequest, CohortRequest} from "./AccessTypes.sol";

/// @title IRuleSet
/// @notice The decision on access: immutable rules that the broker consults and that the consortium replaces as a whole.
interface IRuleSet {
    /// @dev Constructor data; the level matrix has one row for each level 0-3.
    struct Rules {
        LevelRule[4] levels;
        /// Purposes (bits 0-31) that no consent can allow on this path (negative list; BTG belongs to emergency access).
        uint32 prohibitedPurposes;
        /// Longest time a grant may run, seconds.
        uint40 maxGrantDuration;
    }

    struct LevelRule {
        /// Whether a consent in force must cover the request.
        bool needsConsent;
        /// Whether research needs an approved study.
        bool needsStudy;
        /// Whether the study must name the category.
        bool needsCoreCategory;
        /// Whether the consent must carry flag 244 (separate consent).
        bool needsSeparateConsent;
        /// Mask of ReviewBit.
        uint8 reviews;
    }

    struct Verdict {
        Decision decision;
        /// Mask of ReviewBit still to be given.
        uint8 pendingReviews;
        InstitutionId institution;
        /// First second after the grant.
        uint40 until;
        uint32 subjectCap;
        /// Mask of FailedCheck.
        uint256 failed;
    }

    struct CohortVerdict {
        InstitutionId institution;
        uint40 until;
        uint32 subjectCap;
        /// Mask of checks that failed for the request as a whole; if not 0 nothing else was checked.
        uint256 failed;
        /// For each member, part after part: the mask of failed checks.
        uint256[] memberFailed;
    }

    error RulesInvalid();

    /// @notice Decides a request now.
    /// @param requester Who asks.
    /// @param reviews Mask of ReviewBit that have been given.
    function evaluate(
        address requester,
        AccessRequest calldata request,
        uint8 reviews
    ) external view returns (Verdict memory);

    /// @notice Decides a request for a cohort now; a member that would need a review fails with REVIEW_REQUIRED.
    function evaluateCohort(
        address requester,
        CohortRequest calldata request
    ) external view returns (CohortVerdict memory);

    /// @notice The rules that this contract was made with.
    function rules() external view returns (Rules memory);
}
