// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AgentRole, InstitutionId} from "../../contracts/common/Types.sol";
import {IInstitutionRegistry} from "../../contracts/identity/IInstitutionRegistry.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @notice Acts at random on a registry of three members and six wallets, and keeps a plain list of what was decided when.
contract InstitutionRegistryHandler {
    enum Act {
        SUSPEND,
        REINSTATE,
        EXPEL,
        ACCREDIT
    }

    struct Decided {
        uint40 at;
        Act act;
        uint40 from;
        uint40 until;
    }

    struct Registered {
        uint40 at;
        uint32 member;
        uint16 roles;
        uint40 from;
        uint40 until;
    }

    uint32 public constant MEMBERS = 3;
    uint256 public constant WALLETS = 6;
    uint40 public constant START = 1_000_000;
    uint40 private constant SPAN = 1_000;

    IInstitutionRegistry public registry;
    TestToken public token;
    uint40 public time = START;
    /// Whether an act ever ended otherwise than the lists foretold.
    bool public surprised;
    /// The member of the latest act.
    uint32 public lastMember = 1;
    /// The wallet whose registration the latest act was about.
    uint256 public lastWallet;
    uint256[MEMBERS + 1] public bonds;

    mapping(uint32 member => Decided[]) private _decided;
    mapping(uint256 wallet => Registered[]) private _registered;

    constructor() {
        vm.warp(START);
        token = deployToken();
        registry = IInstitutionRegistry(
            deploy("InstitutionRegistry", abi.encode(deployAuthority(address(this)), address(token)))
        );
        token.approve(address(registry), type(uint256).max);
        for (uint32 member = 1; member <= MEMBERS; ++member) {
            uint40 until = START + member * SPAN;
            registry.admit(
                IInstitutionRegistry.InstitutionKind.HOSPITAL,
                0,
                true,
                START,
                until,
                bytes32(uint256(1)),
                walletOf(member - 1)
            );
            _decided[member].push(Decided(START, Act.ACCREDIT, START, until));
            _registered[member - 1].push(Registered(START, member, AgentRole.ADMIN, START, until));
        }
    }

    /* ACTS */

    function pass(uint16 duration) external {
        time += duration % (SPAN / 4);
        vm.warp(time);
    }

    function suspend(uint32 member, uint16 duration) external {
        member = _memberOf(member);
        uint40 until = time + (duration % SPAN);
        bool expected = !expelled(member) && until > time;
        try registry.suspend(InstitutionId.wrap(member), until, 0) {
            _note(expected);
            _decided[member].push(Decided(time, Act.SUSPEND, time, until));
        } catch {
            _note(!expected);
        }
    }

    function reinstate(uint32 member) external {
        member = _memberOf(member);
        bool expected = standingAt(member, time) == IInstitutionRegistry.Standing.SUSPENDED;
        try registry.reinstate(InstitutionId.wrap(member), 0) {
            _note(expected);
            _decided[member].push(Decided(time, Act.REINSTATE, 0, 0));
        } catch {
            _note(!expected);
        }
    }

    /// @dev Rare, since it is for ever.
    function expel(uint32 member, uint8 chance) external {
        if (chance % 4 != 0) return;
        member = _memberOf(member);
        bool expected = !expelled(member);
        try registry.expel(InstitutionId.wrap(member), 0) {
            _note(expected);
            _decided[member].push(Decided(time, Act.EXPEL, 0, 0));
        } catch {
            _note(!expected);
        }
    }

    function accredit(uint32 member, uint16 from, uint16 until) external {
        member = _memberOf(member);
        uint40 first = START + (from % (2 * SPAN));
        uint40 end = START + (until % (4 * SPAN));
        bool expected = !expelled(member) && first <= end;
        try registry.accredit(InstitutionId.wrap(member), first, end) {
            _note(expected);
            _decided[member].push(Decided(time, Act.ACCREDIT, first, end));
        } catch {
            _note(!expected);
        }
    }

    function addAgent(uint256 caller, uint256 wallet, uint16 roles, uint16 from, uint16 until) external {
        caller %= WALLETS;
        wallet = _walletOf(wallet);
        roles &= 0x1ff;
        uint40 first = time + (from % SPAN);
        uint40 end = time + (until % SPAN);
        (uint32 member, uint16 held) = rolesAt(caller, time);
        (uint32 present, uint16 presentRoles, uint40 presentUntil) = _presentOf(wallet);
        bool expected =
            held & AgentRole.ADMIN != 0 &&
                standingAt(member, time) == IInstitutionRegistry.Standing.ACTIVE &&
                roles != 0 &&
                roles & ~AgentRole.MEMBER_ROLES == 0 &&
                first < end &&
                end > time &&
                (presentUntil <= time || (present == member && presentRoles & ~AgentRole.MEMBER_ROLES == 0));
        vm.prank(walletOf(caller));
        try registry.addAgent(walletOf(wallet), roles, first, end) {
            _note(expected);
            _registered[wallet].push(Registered(time, member, roles, first, end));
        } catch {
            _note(!expected);
        }
    }

    function appointAgent(uint32 member, uint256 wallet, uint16 roles, uint16 from, uint16 until) external {
        member = _memberOf(member);
        wallet = _walletOf(wallet);
        roles &= 0x1ff;
        uint40 first = time + (from % SPAN);
        uint40 end = time + (until % SPAN);
        (uint32 present, , uint40 presentUntil) = _presentOf(wallet);
        bool expected =
            !expelled(member) &&
                roles != 0 &&
                roles & ~AgentRole.ALL == 0 &&
                roles & AgentRole.DUAL_REVIEW != AgentRole.DUAL_REVIEW &&
                first < end &&
                (presentUntil <= time || present == member);
        try registry.appointAgent(InstitutionId.wrap(member), walletOf(wallet), roles, first, end) {
            _note(expected);
            _registered[wallet].push(Registered(time, member, roles, first, end));
        } catch {
            _note(!expected);
        }
    }

    function revokeAgent(uint256 caller, uint256 wallet) external {
        caller %= WALLETS;
        wallet = _walletOf(wallet);
        (uint32 member, uint16 held) = rolesAt(caller, time);
        (uint32 present, uint16 roles, uint40 presentUntil) = _presentOf(wallet);
        bool administers =
            member == present &&
                held & AgentRole.ADMIN != 0 &&
                standingAt(member, time) == IInstitutionRegistry.Standing.ACTIVE;
        bool expected = presentUntil > time && (caller == wallet || administers);
        vm.prank(walletOf(caller));
        try registry.revokeAgent(walletOf(wallet)) {
            _note(expected);
            _registered[wallet].push(Registered(time, present, roles, 0, 0));
        } catch {
            _note(!expected);
        }
    }

    function dismissAgent(uint256 wallet) external {
        wallet = _walletOf(wallet);
        (uint32 present, uint16 roles, uint40 presentUntil) = _presentOf(wallet);
        bool expected = presentUntil > time;
        try registry.dismissAgent(walletOf(wallet)) {
            _note(expected);
            _registered[wallet].push(Registered(time, present, roles, 0, 0));
        } catch {
            _note(!expected);
        }
    }

    function depositBond(uint32 member, uint64 amount) external {
        member = _memberOf(member);
        token.mint(address(this), amount);
        try registry.depositBond(InstitutionId.wrap(member), amount) {
            _note(amount != 0);
            bonds[member] += amount;
        } catch {
            _note(amount == 0);
        }
    }

    /// @dev Often all of it, or one unit too many.
    function takeFromBond(uint32 member, uint256 amount, uint8 choice, bool slash) external {
        member = _memberOf(member);
        amount = choice % 3 == 0 ? amount : bonds[member] + (choice % 3) - 1;
        bool expected = amount != 0 && amount <= bonds[member];
        bool done;
        if (slash) {
            try registry.slashBond(InstitutionId.wrap(member), address(0xdead), amount, 0) {
                done = true;
            } catch {}
        } else {
            try registry.releaseBond(InstitutionId.wrap(member), address(0xdead), amount) {
                done = true;
            } catch {}
        }
        _note(done == expected);
        if (done) bonds[member] -= amount;
    }

    /* THE LISTS' ANSWERS */

    function walletOf(uint256 wallet) public pure returns (address) {
        return address(uint160(0xA000 + wallet));
    }

    function expelled(uint32 member) public view returns (bool) {
        return standingAt(member, time) == IInstitutionRegistry.Standing.EXPELLED;
    }

    function standingAt(uint32 member, uint40 t) public view returns (IInstitutionRegistry.Standing) {
        if (member == 0 || t < START) return IInstitutionRegistry.Standing.NONE;
        uint40 suspendedUntil;
        for (uint256 i = 0; i < _decided[member].length; ++i) {
            Decided memory one = _decided[member][i];
            if (one.at > t) break;
            if (one.act == Act.EXPEL) return IInstitutionRegistry.Standing.EXPELLED;
            if (one.act == Act.SUSPEND) suspendedUntil = one.until;
            if (one.act == Act.REINSTATE) suspendedUntil = 0;
        }
        return suspendedUntil > t ? IInstitutionRegistry.Standing.SUSPENDED : IInstitutionRegistry.Standing.ACTIVE;
    }

    function accreditedAt(uint32 member, uint40 t) public view returns (bool held) {
        for (uint256 i = 0; i < _decided[member].length; ++i) {
            Decided memory one = _decided[member][i];
            if (one.at > t) break;
            if (one.act == Act.ACCREDIT) held = t >= one.from && t < one.until;
        }
    }

    /// @dev Regardless of the member's standing.
    function rolesAt(uint256 wallet, uint40 t) public view returns (uint32 member, uint16 roles) {
        for (uint256 i = 0; i < _registered[wallet].length; ++i) {
            Registered memory one = _registered[wallet][i];
            if (one.at > t) break;
            member = one.member;
            roles = t >= one.from && t < one.until ? one.roles : 0;
        }
    }

    /// @notice The latest member acted upon, the seconds around its latest decision and that one's end, and the answers for them.
    function latestHistory()
        external
        view
        returns (
            InstitutionId member,
            uint40[6] memory asked,
            IInstitutionRegistry.Standing[6] memory standings,
            bool[6] memory accredited
        )
    {
        member = InstitutionId.wrap(lastMember);
        Decided memory last = _decided[lastMember][_decided[lastMember].length - 1];
        for (uint40 i = 0; i < 6; ++i) {
            asked[i] = i < 3 ? last.at - 1 + i : (last.until == 0 ? START : last.until) - 4 + i;
            standings[i] = standingAt(lastMember, asked[i]);
            accredited[i] = accreditedAt(lastMember, asked[i]);
        }
    }

    /// @notice What holds for a wallet now.
    function presentOf(
        uint256 wallet
    ) external view returns (address account, uint32 member, uint16 roles, bool inStanding) {
        account = walletOf(wallet);
        (member, roles) = rolesAt(wallet, time);
        inStanding = standingAt(member, time) == IInstitutionRegistry.Standing.ACTIVE;
    }

    function _presentOf(uint256 wallet) private view returns (uint32 member, uint16 roles, uint40 until) {
        uint256 count = _registered[wallet].length;
        if (count == 0) return (0, 0, 0);
        Registered memory last = _registered[wallet][count - 1];
        return (last.member, last.roles, last.until);
    }

    function _memberOf(uint32 seed) private returns (uint32 member) {
        member = (seed % MEMBERS) + 1;
        lastMember = member;
    }

    function _walletOf(uint256 seed) private returns (uint256 wallet) {
        wallet = seed % WALLETS;
        lastWallet = wallet;
    }

    function _note(bool foretold) private {
        if (!foretold) surprised = true;
    }
}

contract InstitutionRegistryInvariantTest {
    InstitutionRegistryHandler private _handler;

    function setUp() public {
        _handler = new InstitutionRegistryHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_all() external {
        _actsEndAsForetold();
        _historyEqualsTheList();
        _bondsEqualTheTokensHeld();
        _gateAdmitsAgentsOfMembersInStandingOnly();
    }

    function _actsEndAsForetold() private view {
        assert(!_handler.surprised());
    }

    function _historyEqualsTheList() private view {
        IInstitutionRegistry registry = _handler.registry();
        (
            InstitutionId member,
            uint40[6] memory asked,
            IInstitutionRegistry.Standing[6] memory standings,
            bool[6] memory accredited
        ) = _handler.latestHistory();
        for (uint256 i = 0; i < asked.length; ++i) {
            assert(registry.standingAt(member, asked[i]) == standings[i]);
            assert(registry.accreditedAt(member, asked[i]) == accredited[i]);
        }
    }

    function _bondsEqualTheTokensHeld() private view {
        IInstitutionRegistry registry = _handler.registry();
        uint256 sum;
        for (uint32 member = 1; member <= _handler.MEMBERS(); ++member) {
            uint256 bond = registry.bond(InstitutionId.wrap(member));
            assert(bond == _handler.bonds(member));
            sum += bond;
        }
        assert(sum == _handler.token().balanceOf(address(registry)));
    }

    function _gateAdmitsAgentsOfMembersInStandingOnly() private {
        IInstitutionRegistry registry = _handler.registry();
        uint40 time = _handler.time();
        vm.warp(time);
        _checkGate(registry, time, _handler.lastWallet());
        _checkGate(registry, time, time % _handler.WALLETS());
    }

    function _checkGate(IInstitutionRegistry registry, uint40 time, uint256 wallet) private view {
        (address account, uint32 member, uint16 roles, bool inStanding) = _handler.presentOf(wallet);
        assert(_passes(registry, account, AgentRole.ALL) == (inStanding && roles != 0));
        assert(!_passes(registry, account, ~roles));
        (InstitutionId named, uint16 standingRoles, ) = registry.agentStanding(account);
        assert(InstitutionId.unwrap(named) == member);
        assert(standingRoles == (inStanding ? roles : 0));
        assert(registry.agentAt(account, time).roles == roles);
    }

    function _passes(IInstitutionRegistry registry, address account, uint16 roles) private view returns (bool) {
        try registry.requireAgent(account, roles) {
            return true;
        } catch {
            return false;
        }
    }
}
