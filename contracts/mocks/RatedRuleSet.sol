// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {AccessRequest, CohortRequest} from "../access/AccessTypes.sol";
import {IRuleSet} from "../access/IRuleSet.sol";
import {Decision, InstitutionId} from "../common/Types.sol";
import {IContributionLedger} from "../supervision/IContributionLedger.sol";

/// @title RatedRuleSet
/// @notice How rules use ratings: decides as another rule set does, and denies a requester whose institution has too few stars.
contract RatedRuleSet is IRuleSet {
    /// @dev Of an example; a shipped check has its bit in FailedCheck.
    uint256 public constant REQUESTER_RATING = 1 << 13;

    IRuleSet private immutable _others;
    IContributionLedger private immutable _ledger;
    uint8 private immutable _fewest;

    constructor(IRuleSet others, IContributionLedger ledger, uint8 fewest) {
        _others = others;
        _ledger = ledger;
        _fewest = fewest;
    }

    /// @inheritdoc IRuleSet
    function evaluate(
        address requester,
        AccessRequest calldata request,
        uint8 reviews
    ) external view returns (Verdict memory verdict) {
        verdict = _others.evaluate(requester, request, reviews);
        if (_isRated(verdict.institution)) return verdict;

        verdict.failed |= REQUESTER_RATING;
        verdict.decision = Decision.DENIED;
        verdict.pendingReviews = 0;
    }

    /// @inheritdoc IRuleSet
    function evaluateCohort(
        address requester,
        CohortRequest calldata request
    ) external view returns (CohortVerdict memory verdict) {
        verdict = _others.evaluateCohort(requester, request);
        if (!_isRated(verdict.institution)) verdict.failed |= REQUESTER_RATING;
    }

    /// @inheritdoc IRuleSet
    function rules() external view returns (Rules memory) {
        return _others.rules();
    }

    function _isRated(InstitutionId institution) private view returns (bool) {
        return _ledger.ratingOf(institution) >= _fewest;
    }
}
