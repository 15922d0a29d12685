// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Group} from "../governance/ICommitteeSeats.sol";

/// @title IGuardianOrders
/// @notice Court orders that replace a minor's guardian. Neither group can have one carried out without the other: ethics and supervision
/// each approve the same order, by a majority of its seats, and then anyone may have it take effect.
/// @dev Holds the role that may call `IPatientRegistry.replaceGuardian`, and nothing else does. Times are unix seconds.
interface IGuardianOrders {
    struct Order {
        address patient;
        address guardian;
        /// Second guardian; zero: none.
        address coGuardian;
        /// First second of the guardianship to be replaced, so that an order serves against that one only.
        uint40 since;
        /// Date of majority; not later than it was.
        uint40 majority;
        /// First second at which the order can be neither approved nor carried out, 30 days off at most.
        uint40 until;
        /// Salted hash of the court's document, kept off-chain.
        bytes32 documentHash;
    }

    error NotOrderingGroup(address caller);
    error OrderAlreadyApproved(bytes32 order, Group group);
    error OrderExpired(bytes32 order, uint40 until);
    error OrderNotApproved(bytes32 order, Group missing);
    error OrderAlreadyCarriedOut(bytes32 order);

    event GuardianOrderApproved(
        bytes32 indexed order,
        address indexed patient,
        address indexed guardian,
        address coGuardian,
        uint40 since,
        uint40 majority,
        uint40 until,
        bytes32 documentHash,
        Group group
    );
    event GuardianOrderCarriedOut(bytes32 indexed order, address indexed patient, address by);

    /// @notice Approves an order for the calling group. It cannot be taken back, but lapses at the order's end.
    /// @dev The caller is the ethics or the supervision group. Reverts: NotOrderingGroup, ZeroHash, PeriodInvalid (over already, or more than
    /// 30 days off), OrderAlreadyApproved.
    /// @return order Its id, see `orderId`.
    function approve(Order calldata order) external returns (bytes32);

    /// @notice Has an order that both groups approved take effect. Anyone may call, once.
    /// @dev Reverts: OrderExpired, OrderNotApproved, OrderAlreadyCarriedOut, and as `IPatientRegistry.replaceGuardian`.
    function carryOut(Order calldata order) external;

    /// @notice How an order stands.
    function orderState(bytes32 order) external view returns (bool byEthics, bool bySupervision, bool carriedOut);

    /// @notice keccak256(abi.encode(order)).
    function orderId(Order calldata order) external pure returns (bytes32);
}
