// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {InstitutionId} from "../../contracts/common/Types.sol";
import {Group, ICommitteeSeats} from "../../contracts/governance/ICommitteeSeats.sol";
import {IInstitutionRegistry} from "../../contracts/identity/IInstitutionRegistry.sol";
import {deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @notice Grants and ends seats of four members at random, suspends and expels them, and keeps a plain list of who sits where.
contract CommitteeSeatsHandler {
    uint32 public constant MEMBERS = 4;
    uint256 public constant WALLETS = 6;
    uint8 public constant GROUPS = 4;
    uint40 private constant START = 1_000_000;

    IInstitutionRegistry public registry;
    ICommitteeSeats public seats;
    /// Whether an act ever ended otherwise than the list foretold.
    bool public surprised;
    uint40 public time = START;
    uint256 public total;

    mapping(uint32 member => mapping(uint8 group => address)) public holders;
    mapping(address wallet => uint32) public boundTo;
    mapping(address wallet => uint256) public counts;

    constructor() {
        vm.warp(START);
        address authority = deployAuthority(address(this));
        registry = IInstitutionRegistry(deploy("InstitutionRegistry", abi.encode(authority, address(deployToken()))));
        for (uint32 member = 1; member <= MEMBERS; ++member) {
            registry.admit(
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
            deploy("CommitteeSeats", abi.encode(authority, address(registry), new ICommitteeSeats.FirstSeat[](0)))
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
        uint32 bound = boundTo[holder];
        bool expected =
            registry.isInStanding(InstitutionId.wrap(member)) &&
                holders[member][group] == address(0) &&
                (bound == 0 || bound == member);
        try seats.grantSeat(InstitutionId.wrap(member), Group(group), holder) {
            if (!expected) surprised = true;
            holders[member][group] = holder;
            boundTo[holder] = member;
            ++counts[holder];
            ++total;
        } catch {
            if (expected) surprised = true;
        }
    }

    function end(uint32 member, uint8 group) external {
        member = (member % MEMBERS) + 1;
        group %= GROUPS;
        address holder = holders[member][group];
        try seats.endSeat(InstitutionId.wrap(member), Group(group)) {
            if (holder == address(0)) surprised = true;
            delete holders[member][group];
            --counts[holder];
            --total;
        } catch {
            if (holder != address(0)) surprised = true;
        }
    }

    function suspend(uint32 member, uint16 duration) external {
        try registry.suspend(InstitutionId.wrap((member % MEMBERS) + 1), time + (duration % 300) + 1, 0) {} catch {}
    }

    /// @dev Seldom, since it is for ever.
    function expel(uint32 member, uint8 dice) external {
        if (dice % 8 != 0) return;
        try registry.expel(InstitutionId.wrap((member % MEMBERS) + 1), 0) {} catch {}
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
        ICommitteeSeats seats = _handler.seats();
        IInstitutionRegistry registry = _handler.registry();
        bool[] memory standing = new bool[](_handler.MEMBERS() + 1);
        for (uint32 member = 1; member < standing.length; ++member) {
            standing[member] = registry.isInStanding(InstitutionId.wrap(member));
        }
        for (uint8 group = 0; group < _handler.GROUPS(); ++group) {
            uint256 present;
            for (uint32 member = 1; member < standing.length; ++member) {
                address holder = _handler.holders(member, group);
                bool counts = holder != address(0) && standing[member];
                if (counts) ++present;
                require(seats.seat(InstitutionId.wrap(member), Group(group)).holder == holder, "holder");
                if (holder != address(0)) require(seats.isSeated(holder, Group(group)) == counts, "seated");
            }
            require(seats.seatsInStanding(Group(group)) == present, "present");
        }
    }

    function _votesAreSeats() private {
        IVotes votes = IVotes(address(_handler.seats()));
        IInstitutionRegistry registry = _handler.registry();
        for (uint256 i = 0; i < _handler.WALLETS(); ++i) {
            address wallet = _handler.walletOf(i);
            bool standing = registry.isInStanding(InstitutionId.wrap(_handler.boundTo(wallet)));
            require(votes.getVotes(wallet) == (standing ? _handler.counts(wallet) : 0), "votes");
        }
        uint40 time = _handler.time();
        vm.warp(time + 1);
        require(votes.getPastTotalSupply(time) == _handler.total(), "total");
        vm.warp(time);
    }
}
