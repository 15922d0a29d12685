// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ZeroAddress} from "../common/Errors.sol";
import {InstitutionId, NO_INSTITUTION} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {Group, ICommitteeSeats} from "./ICommitteeSeats.sol";

/// @title CommitteeSeats
/// @notice See ICommitteeSeats.
contract CommitteeSeats is ICommitteeSeats, Votes, AccessManaged {
    IInstitutionRegistry private immutable _institutions;

    mapping(InstitutionId institution => mapping(Group group => Seat)) private _seats;
    /// @dev The members that have a seat, in no order.
    mapping(Group group => InstitutionId[]) private _seated;
    mapping(address wallet => InstitutionId institution) private _institutionOf;
    mapping(address wallet => uint256 count) private _seatsOf;

    constructor(
        address authority_,
        IInstitutionRegistry institutions,
        FirstSeat[] memory firstSeats
    ) EIP712("Consilium Committee Seats", "1") AccessManaged(authority_) {
        _institutions = institutions;
        for (uint256 i = 0; i < firstSeats.length; ++i) {
            _grantSeat(firstSeats[i].institution, firstSeats[i].group, firstSeats[i].holder);
        }
    }

    /// @inheritdoc ICommitteeSeats
    function grantSeat(InstitutionId institution, Group group, address holder) external restricted {
        _grantSeat(institution, group, holder);
    }

    /// @inheritdoc ICommitteeSeats
    function endSeat(InstitutionId institution, Group group) external restricted {
        address holder = _seats[institution][group].holder;
        if (holder == address(0)) revert SeatUnknown(institution, group);

        delete _seats[institution][group];
        _seatsOf[holder] -= 1;
        InstitutionId[] storage seated = _seated[group];
        uint256 last = seated.length - 1;
        for (uint256 i = 0; i < last; ++i) {
            if (seated[i] == institution) seated[i] = seated[last];
        }
        seated.pop();
        emit SeatEnded(institution, holder, group, msg.sender);
        _transferVotingUnits(holder, address(0), 1);
    }

    /// @inheritdoc ICommitteeSeats
    function seat(InstitutionId institution, Group group) external view returns (Seat memory) {
        return _seats[institution][group];
    }

    /// @inheritdoc ICommitteeSeats
    function isSeated(address wallet, Group group) external view returns (bool) {
        InstitutionId institution = _institutionOf[wallet];
        return
            institution != NO_INSTITUTION &&
            _seats[institution][group].holder == wallet &&
            _institutions.isInStanding(institution);
    }

    /// @inheritdoc ICommitteeSeats
    function seatsInStanding(Group group) external view returns (uint256 count) {
        InstitutionId[] storage seated = _seated[group];
        for (uint256 i = 0; i < seated.length; ++i) {
            if (_institutions.isInStanding(seated[i])) ++count;
        }
    }

    /// @inheritdoc ICommitteeSeats
    function institutionOf(address wallet) external view returns (InstitutionId) {
        return _institutionOf[wallet];
    }

    /// @notice The wallet's votes now; 0 unless its member is in standing.
    function getVotes(address wallet) public view override returns (uint256) {
        return _institutions.isInStanding(_institutionOf[wallet]) ? super.getVotes(wallet) : 0;
    }

    /// @notice The wallet's votes at a past second; 0 unless its member was in standing then.
    function getPastVotes(address wallet, uint256 timepoint) public view override returns (uint256 votes) {
        votes = super.getPastVotes(wallet, timepoint);
        IInstitutionRegistry.Standing standing = _institutions.standingAt(
            _institutionOf[wallet],
            SafeCast.toUint40(timepoint)
        );
        if (standing != IInstitutionRegistry.Standing.ACTIVE) return 0;
    }

    /// @notice Unix seconds (ERC-6372).
    function clock() public view override returns (uint48) {
        return SafeCast.toUint48(block.timestamp);
    }

    /// @notice How `clock` counts (ERC-6372).
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /* INTERNAL */

    function _grantSeat(InstitutionId institution, Group group, address holder) private {
        if (holder == address(0)) revert ZeroAddress();
        if (!_institutions.isInStanding(institution)) revert SeatNeedsStanding(institution);
        address present = _seats[institution][group].holder;
        if (present != address(0)) revert SeatTaken(institution, group, present);
        InstitutionId bound = _institutionOf[holder];
        if (bound != NO_INSTITUTION && bound != institution) revert SeatHolderBound(holder, bound);

        _seats[institution][group] = Seat({holder: holder, since: SafeCast.toUint40(block.timestamp)});
        _seated[group].push(institution);
        _institutionOf[holder] = institution;
        emit SeatGranted(institution, holder, group, msg.sender);
        // A wallet's votes are its own, which Votes knows as delegation to itself.
        if (bound == NO_INSTITUTION) super._delegate(holder, holder);
        _seatsOf[holder] += 1;
        _transferVotingUnits(address(0), holder, 1);
    }

    function _delegate(address wallet, address) internal pure override {
        revert SeatNotDelegable(wallet);
    }

    function _getVotingUnits(address wallet) internal view override returns (uint256) {
        return _seatsOf[wallet];
    }
}
