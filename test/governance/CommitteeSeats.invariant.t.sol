// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {InstitutionId} from "../../contracts/common/Types.sol";
import {Group, ICommitteeSeats} from "../../contracts/governance/ICommitteeSeats.sol";
import {IInstitutionRegistry} from "../../contracts/identity/IInstitutionRegistry.sol";
import {deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @notice Grants and ends seats of four members at random, suspends and expels them, and keeps a plain list of who sits where.
contract CommitteeSeatsHandler {
    uint32 private constant MEMBERS = 4;
    uint256 private constant WALLETS = 6;
    uint8 private constant GROUPS = 4;
    uint40 private constant START = 1_000_000;

    IInstitutionRegistry private _registry;
    ICommitteeSeats public seats;
    /// Whether an act ever ended otherwise than the list foretold.
    bool public surprised;
    uint40 public time = START;
    uint256 public total;

    mapping(uint32 member => mapping(uint8 group => address)) private _holders;
    mapping(address wallet => uint32) private _boundTo;
    mapping(address wallet => uint256) private _counts;

    constructor() {
        vm.warp(START);
        address authority = deployAuthority(address(this));
        _registry = IInstitutionRegistry(deploy("InstitutionRegistry", abi.encode(authority, address(deployToken()))));
        for (uint32 member = 1; member <= MEMBERS; ++member) {
            _registry.admit(
                IInstitutionRegistry.InstitutionKind.HOSPITAL,
                0,
                true,
                START,
                START + 1,
                bytes32(uint256(1)),
                address(uint160(0xad0 + member))
            );
        }
        seats = ICommitteeSeats(
            deploy("CommitteeSeats", abi.encode(authority, address(_registry), new ICommitteeSeats.FirstSeat[](0)))
        );
    }

    function pass(uint16 duration) external {
        time += (duration % 100) + 1;
        vm.warp(time);
    }

    function grant(uint32 member, uint8 group, uint256 wallet) external {
        member = (member % MEMBERS) + 1;
        group %= GROUPS;
        address holder = walletOf(wallet % WALLETS);
        uint32 bound = _boundTo[holder];
        bool expected =
            _registry.isInStanding(InstitutionId.wrap(member)) &&
                _holders[member][group] == address(0) &&
                (bound == 0 || bound == member);
        try seats.grantSeat(InstitutionId.wrap(member), Group(group), holder) {
            if (!expected) surprised = true;
            _holders[member][group] = holder;
            _boundTo[holder] = member;
            ++_counts[holder];
            ++total;
        } catch {
            if (expected) surprised = true;
        }
    }

    function end(uint32 member, uint8 group) external {
        member = (member % MEMBERS) + 1;
        group %= GROUPS;
        address holder = _holders[member][group];
        try seats.endSeat(InstitutionId.wrap(member), Group(group)) {
            if (holder == address(0)) surprised = true;
            delete _holders[member][group];
            --_counts[holder];
            --total;
        } catch {
            if (holder != address(0)) surprised = true;
        }
    }

    function suspend(uint32 member, uint16 duration) external {
        try _registry.suspend(InstitutionId.wrap((member % MEMBERS) + 1), time + (duration % 300) + 1, 0) {} catch {}
    }

    /// @dev Seldom, since it is for ever.
    function expel(uint32 member, uint8 dice) external {
        if (dice % 8 != 0) return;
        try _registry.expel(InstitutionId.wrap((member % MEMBERS) + 1), 0) {} catch {}
    }

    /// @notice Fails unless the seats are those of the list. Here, where the list is, since calls take longest.
    function checkSeats() external view {
        bool[] memory standing = new bool[](MEMBERS + 1);
        for (uint32 member = 1; member <= MEMBERS; ++member) {
            standing[member] = _registry.isInStanding(InstitutionId.wrap(member));
        }
        for (uint8 group = 0; group < GROUPS; ++group) {
            uint256 present;
            for (uint32 member = 1; member <= MEMBERS; ++member) {
                address holder = _holders[member][group];
                bool counts = holder != address(0) && standing[member];
                if (counts) ++present;
                require(seats.seat(InstitutionId.wrap(member), Group(group)).holder == holder, "holder");
                if (holder != address(0)) require(seats.isSeated(holder, Group(group)) == counts, "seated");
            }
            require(seats.seatsInStanding(Group(group)) == present, "present");
        }
    }

    /// @notice As `checkSeats`, of the votes of each wallet.
    function checkVotes() external view {
        IVotes votes = IVotes(address(seats));
        for (uint256 i = 0; i < WALLETS; ++i) {
            address wallet = walletOf(i);
            bool standing = _registry.isInStanding(InstitutionId.wrap(_boundTo[wallet]));
            require(votes.getVotes(wallet) == (standing ? _counts[wallet] : 0), "votes");
        }
    }

    function walletOf(uint256 index) public pure returns (address) {
        return address(uint160(0x5ea0 + index));
    }
}

contract CommitteeSeatsInvariantTest {
    CommitteeSeatsHandler private _handler;

    function setUp() external {
        _handler = new CommitteeSeatsHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_all() external {
        _actsEndAsForetold();
        _eachSeatCountsOnceAndOnlyInStanding();
        _votesAreSeats();
    }

    function _actsEndAsForetold() private view {
        require(!_handler.surprised(), "surprised");
    }

    function _eachSeatCountsOnceAndOnlyInStanding() private view {
        _handler.checkSeats();
    }

    function _votesAreSeats() private {
        _handler.checkVotes();
        uint40 time = _handler.time();
        vm.warp(time + 1);
        require(IVotes(address(_handler.seats())).getPastTotalSupply(time) == _handler.total(), "total");
        vm.warp(time);
    }
}
