// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PeriodInvalid, ZeroAddress} from "../common/Errors.sol";
import {IAccessBroker} from "./IAccessBroker.sol";
import {IRuleSet} from "./IRuleSet.sol";

/// @title RulesInForce
/// @notice The part of the broker that keeps by which rules it decides, and whether it is paused.
abstract contract RulesInForce is IAccessBroker {
    /// @dev Short enough for its length to fit beside the rest.
    uint40 private constant MAX_PAUSE = 7 days;

    /// @dev One slot, which every request reads anyway.
    IRuleSet internal _ruleSet;
    uint32 internal _ruleVersion;
    uint40 private _pausedUntil;
    uint24 private _pauseLength;

    /// @inheritdoc IAccessBroker
    function ruleSet() external view returns (IRuleSet, uint32 version) {
        return (_ruleSet, _ruleVersion);
    }

    /// @inheritdoc IAccessBroker
    function pauseState() external view returns (uint40 pausedUntil, uint40 notBefore) {
        return (_pausedUntil, _pausedUntil + _pauseLength);
    }

    function _requireNotPaused() internal view {
        uint40 until = _pausedUntil;
        if (block.timestamp < until) revert AccessPaused(until);
    }

    function _setRuleSet(IRuleSet newRuleSet) internal {
        if (address(newRuleSet) == address(0)) revert ZeroAddress();

        _ruleSet = newRuleSet;
        _ruleVersion += 1;
        emit RuleSetChanged(address(newRuleSet), _ruleVersion, newRuleSet.rules(), msg.sender);
    }

    function _pauseAccess(uint40 until, bytes32 reasonHash) internal {
        uint40 present = SafeCast.toUint40(block.timestamp);
        if (until <= present || until - present > MAX_PAUSE) revert PeriodInvalid(present, until);
        uint40 notBefore = _pausedUntil + _pauseLength;
        if (present < notBefore) revert PauseTooEarly(notBefore);

        _pausedUntil = until;
        // At most MAX_PAUSE, which fits.
        _pauseLength = uint24(until - present);
        emit AccessWasPaused(until, reasonHash, msg.sender);
    }

    function _resumeAccess(bytes32 reasonHash) internal {
        uint40 present = SafeCast.toUint40(block.timestamp);
        if (present >= _pausedUntil) revert AccessNotPaused();

        _pausedUntil = present;
        emit AccessWasResumed(reasonHash, msg.sender);
    }
}
