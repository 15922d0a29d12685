// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {InstitutionId} from "../common/Types.sol";
import {IAccessBroker} from "./IAccessBroker.sol";

/// @title DenialGuard
/// @notice The part of the broker that counts denials and refuses, for a while, a requester who is denied too often.
abstract contract DenialGuard is IAccessBroker {
    AlertThresholds private _alertThresholds;
    mapping(address requester => Denials) private _denials;

    /// @inheritdoc IAccessBroker
    function denials(address requester) external view returns (Denials memory) {
        return _denials[requester];
    }

    /// @inheritdoc IAccessBroker
    function alertThresholds() external view returns (AlertThresholds memory) {
        return _alertThresholds;
    }

    function _isSuspended(address requester) internal view returns (bool) {
        return _denials[requester].suspendedUntil > block.timestamp;
    }

    function _requireNotSuspended() internal view {
        uint40 until = _denials[msg.sender].suspendedUntil;
        if (until > block.timestamp) revert RequesterSuspended(msg.sender, until);
    }

    /// @dev A requester who is denied too often within the window is refused for a while.
    function _countDenial(InstitutionId institution) internal {
        AlertThresholds memory thresholds = _alertThresholds;
        if (thresholds.maxDenials == 0) return;
        Denials memory kept = _denials[msg.sender];
        if (block.timestamp >= uint256(kept.windowStart) + thresholds.window) {
            kept.windowStart = uint40(block.timestamp);
            kept.count = 0;
        }
        kept.count += 1;
        bool alert = kept.count >= thresholds.maxDenials;
        uint16 count = kept.count;
        if (alert) {
            // A suspension beyond the last second that fits has no end; it must not keep the denial off the log.
            kept.suspendedUntil = uint40(Math.min(block.timestamp + thresholds.suspension, type(uint40).max));
            kept.count = 0;
        }

        _denials[msg.sender] = kept;
        if (alert) emit DenialAlert(msg.sender, institution, count, kept.suspendedUntil);
    }

    function _setAlertThresholds(AlertThresholds memory thresholds) internal {
        _alertThresholds = thresholds;
        emit AlertThresholdsChanged(thresholds.maxDenials, thresholds.window, thresholds.suspension, msg.sender);
    }
}
