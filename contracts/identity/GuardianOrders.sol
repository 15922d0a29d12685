// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {PeriodInvalid, ZeroAddress, ZeroHash} from "../common/Errors.sol";
import {Group} from "../governance/ICommitteeSeats.sol";
import {IGuardianOrders} from "./IGuardianOrders.sol";
import {IPatientRegistry} from "./IPatientRegistry.sol";

/// @title GuardianOrders
/// @notice See IGuardianOrders.
contract GuardianOrders is IGuardianOrders {
    /// @dev One slot.
    struct State {
        bool byEthics;
        bool bySupervision;
        bool carriedOut;
    }

    uint40 private constant MAX_LIFETIME = 30 days;

    IPatientRegistry private immutable _patients;
    address private immutable _ethicsGroup;
    address private immutable _supervisionGroup;

    mapping(bytes32 order => State) private _states;

    constructor(IPatientRegistry patients, address ethicsGroup, address supervisionGroup) {
        if (address(patients) == address(0) || ethicsGroup == address(0) || supervisionGroup == address(0))
            revert ZeroAddress();

        _patients = patients;
        _ethicsGroup = ethicsGroup;
        _supervisionGroup = supervisionGroup;
    }

    /// @inheritdoc IGuardianOrders
    function approve(Order calldata order) external returns (bytes32 id) {
        bool isEthics = msg.sender == _ethicsGroup;
        if (!isEthics && msg.sender != _supervisionGroup) revert NotOrderingGroup(msg.sender);
        if (order.documentHash == 0) revert ZeroHash();
        if (order.until <= block.timestamp || order.until - block.timestamp > MAX_LIFETIME)
            revert PeriodInvalid(block.timestamp, order.until);
        Group group = isEthics ? Group.ETHICS : Group.SUPERVISION;
        id = _idOf(order);
        State storage state = _states[id];
        if (isEthics ? state.byEthics : state.bySupervision) revert OrderAlreadyApproved(id, group);

        if (isEthics) state.byEthics = true;
        else state.bySupervision = true;
        emit GuardianOrderApproved(
            id,
            order.patient,
            order.guardian,
            order.coGuardian,
            order.since,
            order.majority,
            order.until,
            order.documentHash,
            group
        );
    }

    /// @inheritdoc IGuardianOrders
    function carryOut(Order calldata order) external {
        bytes32 id = _idOf(order);
        State storage state = _states[id];
        if (!state.byEthics) revert OrderNotApproved(id, Group.ETHICS);
        if (!state.bySupervision) revert OrderNotApproved(id, Group.SUPERVISION);
        if (state.carriedOut) revert OrderAlreadyCarriedOut(id);
        if (block.timestamp >= order.until) revert OrderExpired(id, order.until);

        state.carriedOut = true;
        emit GuardianOrderCarriedOut(id, order.patient, msg.sender);

        _patients.replaceGuardian(order.patient, order.guardian, order.coGuardian, order.since, order.majority);
    }

    /// @inheritdoc IGuardianOrders
    function orderState(bytes32 id) external view returns (bool byEthics, bool bySupervision, bool carriedOut) {
        State memory state = _states[id];
        return (state.byEthics, state.bySupervision, state.carriedOut);
    }

    /// @inheritdoc IGuardianOrders
    function orderId(Order calldata order) external pure returns (bytes32) {
        return _idOf(order);
    }

    function _idOf(Order calldata order) private pure returns (bytes32) {
        return keccak256(abi.encode(order));
    }
}
