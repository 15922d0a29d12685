// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {InstitutionId} from "../common/Types.sol";

/// @dev The consortium's working groups.
enum Group {
    STANDARDS,
    TECHNOLOGY,
    ETHICS,
    SUPERVISION
}

/// @title ICommitteeSeats
/// @notice Seats of members in the four working groups: one for a member in a group, held by one wallet, one vote each.
/// @dev Votes are counted as OpenZeppelin's Votes does, by unix seconds. A seat cannot be handed on, and its vote not be delegated. It
/// counts only while its member is in standing: suspended or expelled, its wallet has no vote from that block on.
/// @dev Warning: `getPastTotalSupply` counts all seats, those of members suspended or expelled too, so that nobody lowers a quorum by
/// suspending others. A seat leaves it when it is ended.
interface ICommitteeSeats {
    /// @dev One slot.
    struct Seat {
        /// Zero if there is no seat.
        address holder;
        uint40 since;
    }

    /// @dev Constructor data.
    struct FirstSeat {
        InstitutionId institution;
        Group group;
        address holder;
    }

    error SeatNeedsStanding(InstitutionId institution);
    error SeatTaken(InstitutionId institution, Group group, address holder);
    error SeatUnknown(InstitutionId institution, Group group);
    error SeatHolderBound(address wallet, InstitutionId institution);
    error SeatNotDelegable(address wallet);

    event SeatGranted(InstitutionId indexed institution, address indexed holder, Group group, address by);
    event SeatEnded(InstitutionId indexed institution, address indexed holder, Group group, address by);

    /// @notice Gives a member its seat in a group.
    /// @dev Restricted. Whoever once held a seat for a member never holds one for another, so that past votes keep their member.
    /// Reverts: ZeroAddress, SeatNeedsStanding, SeatTaken, SeatHolderBound.
    /// @param institution A member in standing.
    /// @param group The working group.
    /// @param holder The wallet that proposes, votes and approves with it.
    function grantSeat(InstitutionId institution, Group group, address holder) external;

    /// @notice Ends a seat; its wallet has no vote of it from this block on.
    /// @dev Restricted. A new holder is an end and a grant in one proposal. Reverts: SeatUnknown.
    function endSeat(InstitutionId institution, Group group) external;

    /// @notice The seat as granted, whatever its member's standing.
    function seat(InstitutionId institution, Group group) external view returns (Seat memory);

    /// @notice Whether the wallet holds a seat in the group, of a member that is in standing now.
    function isSeated(address wallet, Group group) external view returns (bool);

    /// @notice How many seats of the group are members' that are in standing now.
    function seatsInStanding(Group group) external view returns (uint256);

    /// @notice The member for which the wallet holds or held seats; 0 if none.
    function institutionOf(address wallet) external view returns (InstitutionId);
}
