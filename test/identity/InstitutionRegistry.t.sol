// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AgentRole, InstitutionId} from "../../contracts/common/Types.sol";
import {PeriodInvalid} from "../../contracts/common/Errors.sol";
import {IInstitutionRegistry} from "../../contracts/identity/IInstitutionRegistry.sol";
import {InstitutionWord} from "../../contracts/identity/InstitutionWord.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @dev The test holds the manager's admin role, which may call every restricted function.
contract InstitutionRegistryTest {
    uint40 private constant START = 1_000_000;
    address private constant ADMINISTRATOR = address(0xA1);
    address private constant WALLET = address(0xB2);

    TestToken private _token;
    IInstitutionRegistry private _registry;
    InstitutionId private _member;

    function setUp() public {
        vm.warp(START);
        _token = deployToken();
        _registry = IInstitutionRegistry(
            deploy("InstitutionRegistry", abi.encode(deployAuthority(address(this)), address(_token)))
        );
        _member = _registry.admit(
            IInstitutionRegistry.InstitutionKind.HOSPITAL,
            0,
            true,
            0,
            type(uint40).max,
            bytes32(uint256(1)),
            ADMINISTRATOR
        );
    }

    function testFuzz_profileSurvivesItsWord(
        uint8 kind,
        bool expelled,
        bool nonProfit,
        uint8 region,
        uint40[4] calldata times
    ) public pure {
        IInstitutionRegistry.Profile memory profile = IInstitutionRegistry.Profile({
            kind: IInstitutionRegistry.InstitutionKind(kind % 9),
            expelled: expelled,
            nonProfit: nonProfit,
            region: region,
            admittedAt: times[0],
            accreditedFrom: times[1],
            accreditedUntil: times[2],
            suspendedUntil: times[3]
        });
        uint208 word = InstitutionWord.encodeProfile(profile);
        assert(keccak256(abi.encode(InstitutionWord.decodeProfile(word))) == keccak256(abi.encode(profile)));
    }

    function testFuzz_agentSurvivesItsWord(uint32 institution, uint16 roles, uint40 from, uint40 until) public pure {
        IInstitutionRegistry.Agent memory agent = IInstitutionRegistry.Agent(
            InstitutionId.wrap(institution),
            roles,
            from,
            until
        );
        uint208 word = InstitutionWord.encodeAgent(agent);
        assert(keccak256(abi.encode(InstitutionWord.decodeAgent(word))) == keccak256(abi.encode(agent)));
    }

    function testFuzz_roleHoldsExactlyWithinItsPeriod(
        uint16 roles,
        uint16 asked,
        uint40 from,
        uint40 until,
        uint40 t
    ) public {
        roles &= AgentRole.ALL;
        vm.assume(roles & AgentRole.DUAL_REVIEW != AgentRole.DUAL_REVIEW);
        vm.assume(roles != 0 && until > START && from < until && t >= START);
        _registry.appointAgent(_member, WALLET, roles, from, until);
        bool expected = roles & asked != 0 && t >= from && t < until;

        vm.warp(t);
        assert(_passes(WALLET, asked) == expected);
        (, uint16 standingRoles, ) = _registry.agentStanding(WALLET);
        assert(standingRoles == (t >= from && t < until ? roles : 0));
        assert(_registry.agentAt(WALLET, t).roles == standingRoles);
    }

    function testFuzz_suspensionHoldsUpToItsEnd(uint40 until, uint40 t) public {
        vm.assume(until > START && t >= START);
        _registry.suspend(_member, until, bytes32(0));

        vm.warp(t);
        bool suspended = t < until;
        assert(_registry.isInStanding(_member) != suspended);
        assert(_registry.standingAt(_member, t) == _registry.standing(_member));
        assert(_passes(ADMINISTRATOR, AgentRole.ADMIN) != (suspended || t == type(uint40).max));
    }

    function testFuzz_memberGivesNoRoleOfTheConsortium(uint16 roles) public {
        bool permitted = roles != 0 && roles & ~AgentRole.MEMBER_ROLES == 0;

        vm.prank(ADMINISTRATOR);
        try _registry.addAgent(WALLET, roles, 0, type(uint40).max) {
            assert(permitted);
        } catch (bytes memory reason) {
            assert(!permitted);
            assert(
                keccak256(reason) ==
                    keccak256(abi.encodeWithSelector(IInstitutionRegistry.RolesInvalid.selector, roles))
            );
        }
        assert(_registry.agent(WALLET).roles == (permitted ? roles : 0));
    }

    function testFuzz_memberKeepsNoRoleOfTheConsortium(uint16 given, uint16 wanted, uint40 until, uint40 t) public {
        given &= AgentRole.ALL;
        wanted &= AgentRole.MEMBER_ROLES;
        vm.assume(given & ~AgentRole.MEMBER_ROLES != 0 && wanted != 0);
        vm.assume(given & AgentRole.DUAL_REVIEW != AgentRole.DUAL_REVIEW);
        vm.assume(until > START && t >= START && t < type(uint40).max);
        _registry.appointAgent(_member, WALLET, given, START, until);

        vm.warp(t);
        vm.prank(ADMINISTRATOR);
        try _registry.addAgent(WALLET, wanted, 0, type(uint40).max) {
            assert(t >= until);
            assert(!_passes(WALLET, ~AgentRole.MEMBER_ROLES));
        } catch {
            assert(t < until);
            assert(_registry.agent(WALLET).validUntil == until);
        }
    }

    function testFuzz_periodOfAnAgentIsChecked(uint40 from, uint40 until) public {
        bool valid = from < until && until > START;

        if (!valid) vm.expectRevert(abi.encodeWithSelector(PeriodInvalid.selector, from, until));
        _registry.appointAgent(_member, WALLET, AgentRole.SUPERVISOR, from, until);

        if (valid) assert(_registry.agent(WALLET).validUntil == until);
    }

    function testFuzz_bondNeverPaysMoreThanItHolds(uint256 paid, uint256 other, uint256 taken) public {
        vm.assume(paid != 0 && other != 0 && paid <= type(uint256).max - other);
        InstitutionId second = _registry.admit(
            IInstitutionRegistry.InstitutionKind.RESEARCH,
            0,
            true,
            0,
            type(uint40).max,
            bytes32(uint256(1)),
            WALLET
        );
        _token.mint(address(this), paid + other);
        _token.approve(address(_registry), type(uint256).max);
        _registry.depositBond(_member, paid);
        _registry.depositBond(second, other);

        bool valid = taken != 0 && taken <= paid;
        if (!valid) {
            vm.expectRevert(
                abi.encodeWithSelector(IInstitutionRegistry.BondAmountInvalid.selector, _member, taken, paid)
            );
        }
        _registry.releaseBond(_member, WALLET, taken);

        assert(_registry.bond(_member) == (valid ? paid - taken : paid));
        assert(_registry.bond(second) == other);
        assert(_token.balanceOf(address(_registry)) == _registry.bond(_member) + other);
    }

    function _passes(address wallet, uint16 roles) private view returns (bool) {
        try _registry.requireAgent(wallet, roles) returns (InstitutionId institution) {
            return institution == _member;
        } catch {
            return false;
        }
    }
}
