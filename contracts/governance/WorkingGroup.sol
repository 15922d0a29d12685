// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Group, ICommitteeSeats} from "./ICommitteeSeats.sol";
import {IWorkingGroup} from "./IWorkingGroup.sol";

/// @title WorkingGroup
/// @notice See IWorkingGroup. Each group is a contract of its own, so that it can hold a role.
abstract contract WorkingGroup is IWorkingGroup {
    using Address for address;

    struct Action {
        /// One slot with `executed`.
        uint40 until;
        bool executed;
        /// Each once; none holds two seats of one group.
        address[] approvers;
    }

    /// @dev How long an action can be approved and executed, seconds.
    uint40 private constant LIFETIME = 7 days;
    /// @dev Nobody decides alone, not even as the only one in standing.
    uint256 private constant LEAST_APPROVALS = 2;

    ICommitteeSeats private immutable _seats;
    Group private immutable _group;

    mapping(bytes32 action => Action) private _actions;

    constructor(ICommitteeSeats seats_, Group group_) {
        _seats = seats_;
        _group = group_;
    }

    /// @inheritdoc IWorkingGroup
    function propose(address target, bytes calldata data, bytes32 salt) external returns (bytes32 action) {
        _requireSeated();
        action = _actionId(target, data, salt);
        Action storage kept = _actions[action];
        if (kept.until != 0) revert ActionAlreadyProposed(action);

        uint40 until = SafeCast.toUint40(block.timestamp) + LIFETIME;
        kept.until = until;
        kept.approvers.push(msg.sender);
        emit ActionProposed(action, target, data, salt, until, _group, msg.sender);
        emit ActionApproved(action, msg.sender);
    }

    /// @inheritdoc IWorkingGroup
    function approve(bytes32 action) external {
        _requireSeated();
        Action storage kept = _openAction(action);
        address[] storage approvers = kept.approvers;
        for (uint256 i = 0; i < approvers.length; ++i) {
            if (approvers[i] == msg.sender) revert ActionAlreadyApproved(action, msg.sender);
        }

        approvers.push(msg.sender);
        emit ActionApproved(action, msg.sender);
    }

    /// @inheritdoc IWorkingGroup
    function execute(address target, bytes calldata data, bytes32 salt) external returns (bytes memory result) {
        bytes32 action = _actionId(target, data, salt);
        Action storage kept = _openAction(action);
        uint256 approvals = _countApprovals(kept);
        uint256 present = _seats.seatsInStanding(_group);
        uint256 needed = _majority(present);
        if (approvals < needed) revert MajorityMissing(action, approvals, needed);

        kept.executed = true;
        emit ActionExecuted(action, approvals, present, msg.sender);

        return target.functionCall(data);
    }

    /// @inheritdoc IWorkingGroup
    function actionState(
        bytes32 action
    ) external view returns (uint256 approvals, uint256 needed, uint40 until, bool executed) {
        Action storage kept = _actions[action];
        return (_countApprovals(kept), _majority(_seats.seatsInStanding(_group)), kept.until, kept.executed);
    }

    /// @inheritdoc IWorkingGroup
    function actionId(address target, bytes calldata data, bytes32 salt) external view returns (bytes32) {
        return _actionId(target, data, salt);
    }

    /// @inheritdoc IWorkingGroup
    function group() external view returns (Group) {
        return _group;
    }

    /// @inheritdoc IWorkingGroup
    function seats() external view returns (ICommitteeSeats) {
        return _seats;
    }

    /* PRIVATE */

    function _requireSeated() private view {
        if (!_seats.isSeated(msg.sender, _group)) revert NotInGroup(msg.sender, _group);
    }

    function _openAction(bytes32 action) private view returns (Action storage kept) {
        kept = _actions[action];
        uint40 until = kept.until;
        if (until == 0) revert ActionUnknown(action);
        if (kept.executed) revert ActionAlreadyExecuted(action);
        if (block.timestamp >= until) revert ActionExpired(action, until);
    }

    function _countApprovals(Action storage kept) private view returns (uint256 count) {
        for (uint256 i = 0; i < kept.approvers.length; ++i) {
            if (_seats.isSeated(kept.approvers[i], _group)) ++count;
        }
    }

    function _majority(uint256 present) private pure returns (uint256) {
        return Math.max(present / 2 + 1, LEAST_APPROVALS);
    }

    function _actionId(address target, bytes calldata data, bytes32 salt) private view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), target, data, salt));
    }
}
