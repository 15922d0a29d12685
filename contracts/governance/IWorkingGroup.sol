// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Group, ICommitteeSeats} from "./ICommitteeSeats.sol";

/// @title IWorkingGroup
/// @notice A working group that acts within its remit: what a majority of its seats in standing approves, this contract calls. It holds
/// the role of the group, and nothing else holds it for the group.
interface IWorkingGroup {
    error NotInGroup(address wallet, Group group);
    error ActionUnknown(bytes32 action);
    error ActionAlreadyProposed(bytes32 action);
    error ActionAlreadyApproved(bytes32 action, address wallet);
    error ActionAlreadyExecuted(bytes32 action);
    error ActionExpired(bytes32 action, uint40 until);
    error MajorityMissing(bytes32 action, uint256 approvals, uint256 needed);

    event ActionProposed(
        bytes32 indexed action,
        address indexed target,
        bytes data,
        bytes32 salt,
        uint40 until,
        Group group,
        address indexed by
    );
    event ActionApproved(bytes32 indexed action, address indexed by);
    event ActionExecuted(bytes32 indexed action, uint256 approvals, uint256 seats, address by);

    /// @notice Proposes a call, and approves it with the caller's own seat.
    /// @dev The caller holds a seat of the group in standing. Reverts: NotInGroup, ActionAlreadyProposed.
    /// @param target The contract to call.
    /// @param data The call. Every member reads it, for ever.
    /// @param salt Tells apart calls that are alike.
    /// @return action Its id, see `actionId`.
    function propose(address target, bytes calldata data, bytes32 salt) external returns (bytes32 action);

    /// @notice Approves a proposed call.
    /// @dev The caller holds a seat of the group in standing. Reverts: NotInGroup, ActionUnknown, ActionAlreadyExecuted, ActionExpired,
    /// ActionAlreadyApproved.
    function approve(bytes32 action) external;

    /// @notice Makes the call. Anyone may, once a majority holds.
    /// @dev Counted are the approvals of those whose seat is in standing now, against all seats of the group in standing now: more than
    /// half, and at least two. Works once; a call that fails leaves the action open.
    /// @dev Reverts: ActionUnknown, ActionAlreadyExecuted, ActionExpired, MajorityMissing, and as the call does.
    /// @return result What the call returned.
    function execute(address target, bytes calldata data, bytes32 salt) external returns (bytes memory result);

    /// @notice How the action stands.
    /// @return approvals Of those whose seat is in standing now.
    /// @return needed Approvals needed now.
    /// @return until First second at which it can no longer be approved or executed; 0 if it was never proposed.
    /// @return executed Whether it was executed.
    function actionState(
        bytes32 action
    ) external view returns (uint256 approvals, uint256 needed, uint40 until, bool executed);

    /// @notice keccak256(abi.encode(chain id, this contract, target, data, salt)).
    function actionId(address target, bytes calldata data, bytes32 salt) external view returns (bytes32);

    /// @notice The group whose seats approve.
    function group() external view returns (Group);

    /// @notice Where the seats are.
    function seats() external view returns (ICommitteeSeats);
}
