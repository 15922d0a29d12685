// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IEmergencyAccess} from "../../contracts/access/IEmergencyAccess.sol";
import {
    AgentRole,
    BatchId,
    CaseId,
    EmergencyId,
    InstitutionId,
    NO_COMPLAINT,
    RequestId
} from "../../contracts/common/Types.sol";
import {IInstitutionRegistry} from "../../contracts/identity/IInstitutionRegistry.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {IRecordRegistry} from "../../contracts/records/IRecordRegistry.sol";
import {ISupervision} from "../../contracts/supervision/ISupervision.sol";
import {deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @dev As Supervision's constructor takes it.
struct Entry {
    ISupervision.Violation violation;
    ISupervision.Sanction sanction;
}

/// @notice Four members who accuse, judge and fine each other at random, open emergencies and anchor, beside a plain list of what must have
/// come of it.
contract SupervisionHandler {
    /// @dev A suspension in the plain list. One by hand ends all before it.
    struct Suspended {
        uint256 file;
        uint40 until;
        bool ended;
    }

    struct File {
        CaseId id;
        uint32 accused;
        uint32 reporter;
        uint32 decider;
        ISupervision.CaseStatus status;
        uint40 appealUntil;
        uint40 decideAppealUntil;
        uint256 fine;
        bool settled;
    }

    struct Opened {
        EmergencyId id;
        uint32 member;
        uint40 reviewUntil;
        bool pending;
    }

    uint32 private constant MEMBERS = 4;
    uint40 private constant START = 1_000_000;
    uint32 private constant APPEAL_WINDOW = 1 days;
    uint32 private constant DECISION_WINDOW = 1 days;
    uint32 private constant REVIEW_WINDOW = 12 hours;
    uint64 private constant SUPERVISION = 2;
    uint64 private constant EMERGENCY = 4;
    uint256 private constant BY_HAND = type(uint256).max;
    bytes32 private constant REASON = bytes32(uint256(1));

    IInstitutionRegistry private _registry;
    ISupervision private _supervision;
    IEmergencyAccess private _emergencies;
    IRecordRegistry private _records;
    TestToken private _token;
    address private _fund = address(0xF00D);
    uint40 public time = START;
    /// Whether an act ever ended otherwise than the lists foretold.
    bool public surprised;
    uint256 private _deposited;
    uint256 private _slashed;
    uint256 private _paid;
    uint256 private _refunded;

    uint256 private _nonce;
    File[] private _files;
    Opened[] private _opened;
    mapping(uint32 member => Suspended[]) private _suspended;

    constructor() {
        vm.warp(START);
        AccessManager authority = AccessManager(deployAuthority(address(this)));
        _token = deployToken();
        _registry = IInstitutionRegistry(deploy("InstitutionRegistry", abi.encode(authority, _token)));
        address patients = deploy("PatientRegistry", abi.encode(address(this)));
        _records = IRecordRegistry(deploy("RecordRegistry", abi.encode(_registry, patients)));
        Entry[] memory catalogue = new Entry[](4);
        catalogue[0] = Entry(ISupervision.Violation.LEAK, ISupervision.Sanction(2 days, 3_000));
        catalogue[1] = Entry(ISupervision.Violation.REIDENTIFICATION, ISupervision.Sanction(5 days, 10_000));
        catalogue[2] = Entry(ISupervision.Violation.EMERGENCY_UNJUSTIFIED, ISupervision.Sanction(1 days, 1_000));
        catalogue[3] = Entry(ISupervision.Violation.EMERGENCY_LAPSED, ISupervision.Sanction(6 hours, 0));
        _supervision = ISupervision(
            deploy(
                "Supervision",
                abi.encode(
                    authority,
                    _registry,
                    patients,
                    address(0xB),
                    _records,
                    _fund,
                    APPEAL_WINDOW,
                    DECISION_WINDOW,
                    catalogue
                )
            )
        );
        _emergencies = IEmergencyAccess(
            deploy(
                "EmergencyAccess",
                abi.encode(
                    authority,
                    _registry,
                    patients,
                    _records,
                    _supervision,
                    IEmergencyAccess.EmergencyRules(1 hours, 1 hours, REVIEW_WINDOW)
                )
            )
        );
        _giveRoles(authority);
        _token.approve(address(_registry), type(uint256).max);
        for (uint32 member = 1; member <= MEMBERS; ++member) _admit(InstitutionId.wrap(member));
    }

    /* ACTS */

    function pass(uint32 duration) external {
        time += duration % 1 days;
        vm.warp(time);
    }

    function deposit(uint32 member, uint64 amount) external {
        if (amount == 0) return;
        _token.mint(address(this), amount);
        _registry.depositBond(_memberOf(member), amount);
        _deposited += amount;
    }

    function report(uint32 reporter, uint32 accused, bool grave) external {
        (reporter, accused) = (_of(reporter), _of(accused));
        ISupervision.Violation violation =
            grave ? ISupervision.Violation.REIDENTIFICATION : ISupervision.Violation.LEAK;
        vm.prank(walletOf(reporter, AgentRole.CLINICIAN));
        try
            _supervision.reportViolation(
                InstitutionId.wrap(accused),
                violation,
                bytes32(++_nonce),
                NO_COMPLAINT,
                RequestId.wrap(0)
            )
        returns (CaseId id) {
            _note(isActive(reporter));
            _files.push(File(id, accused, reporter, 0, ISupervision.CaseStatus.REPORTED, 0, 0, 0, false));
        } catch {
            _note(!isActive(reporter));
        }
    }

    function decide(uint256 seed, uint32 member, uint8 chance) external {
        if (_files.length == 0) return;
        uint256 index = seed % _files.length;
        member = _of(member);
        File storage file = _files[index];
        bool expected =
            file.status == ISupervision.CaseStatus.REPORTED &&
                isActive(member) &&
                member != file.accused &&
                member != file.reporter;
        bool upheld = chance % 4 != 0;
        vm.prank(walletOf(member, AgentRole.SUPERVISOR));
        try _supervision.decide(file.id, upheld, REASON) {
            _note(expected);
            file.decider = member;
            file.status = ISupervision.CaseStatus.DISMISSED;
            if (upheld) _uphold(index);
        } catch {
            _note(!expected);
        }
    }

    function appeal(uint256 seed, uint32 member, bool own) external {
        if (_files.length == 0) return;
        File storage file = _files[seed % _files.length];
        member = own ? file.accused : _of(member);
        // The appellant's standing is no matter.
        bool expected =
            file.status == ISupervision.CaseStatus.UPHELD && member == file.accused && time < file.appealUntil;
        vm.prank(walletOf(member, AgentRole.ADMIN));
        try _supervision.appeal(file.id, REASON) {
            _note(expected);
            file.status = ISupervision.CaseStatus.APPEALED;
            file.decideAppealUntil = time + DECISION_WINDOW;
        } catch {
            _note(!expected);
        }
    }

    function decideAppeal(uint256 seed, uint32 member, bool granted) external {
        if (_files.length == 0) return;
        uint256 index = seed % _files.length;
        member = _of(member);
        File storage file = _files[index];
        bool expected =
            file.status == ISupervision.CaseStatus.APPEALED &&
                time < file.decideAppealUntil &&
                isActive(member) &&
                member != file.accused &&
                member != file.reporter &&
                member != file.decider;
        vm.prank(walletOf(member, AgentRole.SUPERVISOR));
        try _supervision.decideAppeal(file.id, granted, REASON) {
            _note(expected);
            file.status = granted ? ISupervision.CaseStatus.APPEAL_GRANTED : ISupervision.CaseStatus.APPEAL_REJECTED;
            if (granted) _lift(index);
        } catch {
            _note(!expected);
        }
    }

    function lapseAppeal(uint256 seed) external {
        if (_files.length == 0) return;
        File storage file = _files[seed % _files.length];
        bool expected = file.status == ISupervision.CaseStatus.APPEALED && time >= file.decideAppealUntil;
        try _supervision.lapseAppeal(file.id) {
            _note(expected);
            file.status = ISupervision.CaseStatus.APPEAL_LAPSED;
            _refund(file);
        } catch {
            _note(!expected);
        }
    }

    function payFine(uint256 seed) external {
        if (_files.length == 0) return;
        File storage file = _files[seed % _files.length];
        bool isFinal =
            file.status == ISupervision.CaseStatus.APPEAL_REJECTED ||
                (file.status == ISupervision.CaseStatus.UPHELD && time >= file.appealUntil);
        bool expected = isFinal && file.fine != 0 && !file.settled;
        try _supervision.payFine(file.id) {
            _note(expected);
            file.settled = true;
            _paid += file.fine;
        } catch {
            _note(!expected);
        }
    }

    /// @dev Rare, and never to the end that runs, which would change nothing.
    function suspendByHand(uint32 member, uint32 duration, uint8 chance) external {
        if (chance % 4 != 0) return;
        member = _of(member);
        uint40 until = time + 1 + (duration % 4 days);
        if (until == suspendedUntil(member)) return;
        _registry.suspend(InstitutionId.wrap(member), until, REASON);
        _endAll(member);
        _suspended[member].push(Suspended(BY_HAND, until, false));
    }

    function reinstateByHand(uint32 member, uint8 chance) external {
        member = _of(member);
        if (chance % 4 != 0 || isActive(member)) return;
        _registry.reinstate(InstitutionId.wrap(member), REASON);
        _endAll(member);
    }

    function open(uint32 member) external {
        member = _of(member);
        IEmergencyAccess.EmergencyTerms memory terms = IEmergencyAccess.EmergencyTerms(
            address(0xBEEF),
            BatchId.wrap(0),
            0,
            8,
            0,
            bytes32(++_nonce)
        );
        vm.prank(walletOf(member, AgentRole.CLINICIAN));
        try _emergencies.open(terms) returns (EmergencyId id, uint16) {
            _note(isActive(member));
            _opened.push(Opened(id, member, time + REVIEW_WINDOW, true));
        } catch {
            _note(!isActive(member));
        }
    }

    function review(uint256 seed, uint32 member, bool justified) external {
        if (_opened.length == 0) return;
        Opened storage one = _opened[seed % _opened.length];
        member = _of(member);
        bool expected = one.pending && isActive(member) && member != one.member && time < one.reviewUntil;
        vm.prank(walletOf(member, AgentRole.SUPERVISOR));
        try _emergencies.review(one.id, justified, REASON) {
            _note(expected);
            one.pending = false;
            if (!justified) _fail(one, member);
        } catch {
            _note(!expected);
        }
    }

    function lapse(uint256 seed) external {
        if (_opened.length == 0) return;
        Opened storage one = _opened[seed % _opened.length];
        bool expected = one.pending && time >= one.reviewUntil;
        try _emergencies.lapse(one.id) {
            _note(expected);
            one.pending = false;
            _fail(one, 0);
        } catch {
            _note(!expected);
        }
    }

    function anchor(uint32 member) external {
        member = _of(member);
        vm.prank(walletOf(member, AgentRole.GATEWAY));
        try _records.anchor(bytes32(++_nonce), 1, 0, REASON) {
            _note(isActive(member));
        } catch {
            _note(!isActive(member));
        }
    }

    /* THE LISTS' ANSWERS */

    function walletOf(uint32 member, uint16 role) public pure returns (address) {
        return address((uint160(member) << 32) | (uint160(role) << 16) | 1);
    }

    /// @notice The end of the longest suspension that runs; 0 if none does.
    function suspendedUntil(uint32 member) public view returns (uint40 until) {
        for (uint256 i = 0; i < _suspended[member].length; ++i) {
            Suspended memory one = _suspended[member][i];
            if (!one.ended && one.until > time && one.until > until) until = one.until;
        }
    }

    function isActive(uint32 member) public view returns (bool) {
        return suspendedUntil(member) == 0;
    }

    /// @dev What fines of cases are held by the lists.
    function _held() private view returns (uint256 sum) {
        for (uint256 i = 0; i < _files.length; ++i) if (!_files[i].settled) sum += _files[i].fine;
    }

    /// @notice Fails unless the contracts say what the lists say. Here, where the lists are, since calls take longest.
    function check() external view {
        _finesNeverExceedTheBond();
        // The latest case and, by turns, another.
        if (_files.length != 0) {
            _caseStandsAsForetold(_files.length - 1);
            _caseStandsAsForetold(time % _files.length);
        }
        _membersAreSuspendedAsLongAsADecisionHolds();
    }

    function _finesNeverExceedTheBond() private view {
        uint256 held = _held();
        assert(_token.balanceOf(address(_supervision)) == held);
        assert(_token.balanceOf(_fund) == _paid);
        assert(held + _paid + _refunded == _slashed);
        assert(_slashed <= _deposited + _refunded);
        uint256 bonds;
        for (uint32 member = 1; member <= MEMBERS; ++member) bonds += _registry.bond(InstitutionId.wrap(member));
        assert(bonds + held + _paid == _deposited);
        assert(_token.balanceOf(address(_registry)) == bonds);
    }

    function _caseStandsAsForetold(uint256 index) private view {
        File memory file = _files[index];
        ISupervision.Case memory told = _supervision.caseOf(file.id);
        assert(told.status == file.status);
        assert(told.fineSettled == file.settled);
        assert(told.fine == file.fine);
        assert(told.appealUntil == file.appealUntil);
        assert(told.decideAppealUntil == file.decideAppealUntil);
    }

    function _membersAreSuspendedAsLongAsADecisionHolds() private view {
        for (uint32 member = 1; member <= MEMBERS; ++member) {
            uint40 until = suspendedUntil(member);
            assert(_registry.isInStanding(InstitutionId.wrap(member)) == (until == 0));
            if (until != 0) assert(_registry.profile(InstitutionId.wrap(member)).suspendedUntil == until);
        }
    }

    /* PRIVATE */

    function _giveRoles(AccessManager authority) private {
        bytes4[] memory selectors = new bytes4[](3);
        selectors[0] = IInstitutionRegistry.suspend.selector;
        selectors[1] = IInstitutionRegistry.reinstate.selector;
        selectors[2] = IInstitutionRegistry.slashBond.selector;
        authority.setTargetFunctionRole(address(_registry), selectors, SUPERVISION);
        bytes4[] memory sanction = new bytes4[](1);
        sanction[0] = ISupervision.sanction.selector;
        authority.setTargetFunctionRole(address(_supervision), sanction, EMERGENCY);
        authority.grantRole(SUPERVISION, address(this), 0);
        authority.grantRole(SUPERVISION, address(_supervision), 0);
        authority.grantRole(EMERGENCY, address(_emergencies), 0);
    }

    function _admit(InstitutionId id) private {
        uint32 member = InstitutionId.unwrap(id);
        uint40 until = type(uint40).max;
        IInstitutionRegistry.InstitutionKind kind = IInstitutionRegistry.InstitutionKind.HOSPITAL;
        _registry.admit(kind, 0, true, START, until, REASON, walletOf(member, AgentRole.ADMIN));
        uint16[3] memory roles = [AgentRole.CLINICIAN, AgentRole.SUPERVISOR, AgentRole.GATEWAY];
        for (uint256 i = 0; i < 3; ++i) _registry.appointAgent(id, walletOf(member, roles[i]), roles[i], START, until);
    }

    /// @dev What the catalogue says of the case, by the contract's own account of the fine, which the totals are held against.
    function _uphold(uint256 index) private {
        File storage kept = _files[index];
        ISupervision.Case memory told = _supervision.caseOf(kept.id);
        kept.status = ISupervision.CaseStatus.UPHELD;
        kept.appealUntil = time + APPEAL_WINDOW;
        kept.fine = told.fine;
        _slashed += told.fine;
        uint40 until = time + _supervision.sanctionOf(told.violation).suspension;
        _suspended[kept.accused].push(Suspended(index, until, false));
    }

    function _lift(uint256 index) private {
        File storage kept = _files[index];
        Suspended[] storage list = _suspended[kept.accused];
        for (uint256 i = 0; i < list.length; ++i) if (list[i].file == index) list[i].ended = true;
        _refund(kept);
    }

    function _refund(File storage kept) private {
        if (kept.fine == 0) return;
        kept.settled = true;
        _refunded += kept.fine;
    }

    /// @dev The emergency's case.
    function _fail(Opened storage one, uint32 reviewer) private {
        CaseId id = CaseId.wrap(EmergencyId.unwrap(one.id));
        _files.push(File(id, one.member, 0, reviewer, ISupervision.CaseStatus.REPORTED, 0, 0, 0, false));
        _uphold(_files.length - 1);
    }

    function _endAll(uint32 member) private {
        for (uint256 i = 0; i < _suspended[member].length; ++i) _suspended[member][i].ended = true;
    }

    function _of(uint32 seed) private pure returns (uint32) {
        return (seed % MEMBERS) + 1;
    }

    function _memberOf(uint32 seed) private pure returns (InstitutionId) {
        return InstitutionId.wrap(_of(seed));
    }

    function _note(bool foretold) private {
        if (!foretold) surprised = true;
    }
}

contract SupervisionInvariantTest {
    SupervisionHandler private _handler;

    function setUp() public {
        _handler = new SupervisionHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_all() external {
        // Among the acts are all kinds by which a suspended member could act.
        assert(!_handler.surprised());
        vm.warp(_handler.time());
        _handler.check();
    }
}
