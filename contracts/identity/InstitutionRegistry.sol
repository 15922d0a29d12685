// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {PeriodInvalid, ZeroAddress, ZeroHash} from "../common/Errors.sol";
import {AgentRole, InstitutionId} from "../common/Types.sol";
import {IInstitutionRegistry} from "./IInstitutionRegistry.sol";
import {InstitutionWord} from "./InstitutionWord.sol";

/// @title InstitutionRegistry
/// @notice See IInstitutionRegistry.
contract InstitutionRegistry is IInstitutionRegistry, AccessManaged, ReentrancyGuard {
    using Checkpoints for Checkpoints.Trace208;
    using InstitutionWord for uint208;
    using InstitutionWord for Profile;
    using InstitutionWord for Agent;
    using SafeERC20 for IERC20;

    /* CONSTANTS AND STORAGE */

    uint8 private constant MAX_REGION = 7;

    IERC20 private immutable _settlementToken;

    uint32 private _institutionCount;

    /// @dev See InstitutionWord. The history's keys are unix seconds; its last entry equals the present word.
    mapping(InstitutionId institution => uint208 word) private _profiles;
    mapping(InstitutionId institution => Checkpoints.Trace208 words) private _profileHistory;
    mapping(address wallet => uint208 word) private _agents;
    mapping(address wallet => Checkpoints.Trace208 words) private _agentHistory;

    mapping(InstitutionId institution => uint256 amount) private _bonds;

    constructor(address authority_, address settlementToken_) AccessManaged(authority_) {
        if (settlementToken_ == address(0)) revert ZeroAddress();

        _settlementToken = IERC20(settlementToken_);
    }

    /* MEMBERS */

    /// @inheritdoc IInstitutionRegistry
    function admit(
        InstitutionKind kind,
        uint8 region,
        bool nonProfit,
        uint40 accreditedFrom,
        uint40 accreditedUntil,
        bytes32 metadataHash,
        address administrator
    ) external restricted returns (InstitutionId institution) {
        if (kind == InstitutionKind.NONE) revert InstitutionKindInvalid();
        if (region > MAX_REGION) revert RegionInvalid(region);
        if (metadataHash == 0) revert ZeroHash();

        institution = InstitutionId.wrap(++_institutionCount);
        _storeProfile(
            institution,
            Profile({
                kind: kind,
                expelled: false,
                nonProfit: nonProfit,
                region: region,
                admittedAt: _now(),
                accreditedFrom: accreditedFrom,
                accreditedUntil: accreditedUntil,
                suspendedUntil: 0
            })
        );

        emit InstitutionAdmitted(
            institution,
            kind,
            region,
            nonProfit,
            accreditedFrom,
            accreditedUntil,
            metadataHash,
            msg.sender
        );

        // Checks the period too.
        _registerAgent(institution, administrator, AgentRole.ADMIN, accreditedFrom, accreditedUntil);
    }

    /// @inheritdoc IInstitutionRegistry
    function accredit(InstitutionId institution, uint40 accreditedFrom, uint40 accreditedUntil) external restricted {
        Profile memory member = _member(institution);
        if (accreditedUntil < accreditedFrom) revert PeriodInvalid(accreditedFrom, accreditedUntil);

        member.accreditedFrom = accreditedFrom;
        member.accreditedUntil = accreditedUntil;
        _storeProfile(institution, member);

        emit InstitutionAccredited(institution, accreditedFrom, accreditedUntil, msg.sender);
    }

    /// @inheritdoc IInstitutionRegistry
    function changeMetadata(bytes32 metadataHash) external {
        InstitutionId institution = _requireAgent(msg.sender, AgentRole.ADMIN);
        if (metadataHash == 0) revert ZeroHash();

        emit InstitutionMetadataChanged(institution, metadataHash, msg.sender);
    }

    /// @inheritdoc IInstitutionRegistry
    function suspend(InstitutionId institution, uint40 until, bytes32 reasonHash) external restricted {
        Profile memory member = _member(institution);
        if (until <= block.timestamp) revert PeriodInvalid(block.timestamp, until);

        member.suspendedUntil = until;
        _storeProfile(institution, member);

        emit InstitutionSuspended(institution, until, reasonHash, msg.sender);
    }

    /// @inheritdoc IInstitutionRegistry
    function reinstate(InstitutionId institution, bytes32 reasonHash) external restricted {
        Profile memory member = _member(institution);
        if (member.suspendedUntil <= block.timestamp) revert InstitutionNotSuspended(institution);

        member.suspendedUntil = _now();
        _storeProfile(institution, member);

        emit InstitutionReinstated(institution, reasonHash, msg.sender);
    }

    /// @inheritdoc IInstitutionRegistry
    function expel(InstitutionId institution, bytes32 reasonHash) external restricted {
        Profile memory member = _member(institution);

        member.expelled = true;
        _storeProfile(institution, member);

        emit InstitutionWasExpelled(institution, reasonHash, msg.sender);
    }

    /* AGENTS */

    /// @inheritdoc IInstitutionRegistry
    function addAgent(address wallet, uint16 roles, uint40 validFrom, uint40 validUntil) external {
        InstitutionId institution = _requireAgent(msg.sender, AgentRole.ADMIN);
        if (roles == 0 || roles & ~AgentRole.MEMBER_ROLES != 0) revert RolesInvalid(roles);
        Agent memory present = _agents[wallet].decodeAgent();
        if (
            present.institution == institution &&
            present.roles & ~AgentRole.MEMBER_ROLES != 0 &&
            present.validUntil > block.timestamp
        ) revert AgentOfConsortium(wallet);

        _registerAgent(institution, wallet, roles, validFrom, validUntil);
    }

    /// @inheritdoc IInstitutionRegistry
    function appointAgent(
        InstitutionId institution,
        address wallet,
        uint16 roles,
        uint40 validFrom,
        uint40 validUntil
    ) external restricted {
        _member(institution);
        if (roles == 0 || roles & ~AgentRole.ALL != 0 || roles & AgentRole.DUAL_REVIEW == AgentRole.DUAL_REVIEW) {
            revert RolesInvalid(roles);
        }

        _registerAgent(institution, wallet, roles, validFrom, validUntil);
    }

    /// @inheritdoc IInstitutionRegistry
    function revokeAgent(address wallet) external {
        Agent memory present = _registeredAgent(wallet);
        if (msg.sender != wallet && _requireAgent(msg.sender, AgentRole.ADMIN) != present.institution) {
            revert AgentNotPermitted(msg.sender, AgentRole.ADMIN);
        }

        _endAgent(wallet, present);
    }

    /// @inheritdoc IInstitutionRegistry
    function dismissAgent(address wallet) external restricted {
        _endAgent(wallet, _registeredAgent(wallet));
    }

    /* BONDS */

    /// @inheritdoc IInstitutionRegistry
    function depositBond(InstitutionId institution, uint256 amount) external nonReentrant {
        if (_profiles[institution] == 0) revert InstitutionUnknown(institution);

        // The tokens come first, since only what arrives counts; nothing can enter meanwhile.
        uint256 before = _settlementToken.balanceOf(address(this));
        _settlementToken.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = _settlementToken.balanceOf(address(this)) - before;
        if (received == 0) revert BondAmountInvalid(institution, received, _bonds[institution]);

        uint256 newBond = _bonds[institution] + received;
        _bonds[institution] = newBond;

        emit BondDeposited(institution, msg.sender, received, newBond);
    }

    /// @inheritdoc IInstitutionRegistry
    function releaseBond(InstitutionId institution, address to, uint256 amount) external restricted nonReentrant {
        uint256 newBond = _takeFromBond(institution, to, amount);

        emit BondReleased(institution, to, amount, newBond, msg.sender);

        _settlementToken.safeTransfer(to, amount);
    }

    /// @inheritdoc IInstitutionRegistry
    function slashBond(
        InstitutionId institution,
        address to,
        uint256 amount,
        bytes32 reasonHash
    ) external restricted nonReentrant {
        uint256 newBond = _takeFromBond(institution, to, amount);

        emit BondSlashed(institution, to, amount, newBond, reasonHash, msg.sender);

        _settlementToken.safeTransfer(to, amount);
    }

    /* VIEWS */

    /// @inheritdoc IInstitutionRegistry
    function requireAgent(address wallet, uint16 role) external view returns (InstitutionId institution) {
        return _requireAgent(wallet, role);
    }

    /// @inheritdoc IInstitutionRegistry
    function agentStanding(
        address wallet
    ) external view returns (InstitutionId institution, uint16 roles, uint208 member) {
        uint208 word = _agents[wallet];
        institution = word.institution();
        member = _profiles[institution];
        if (member.isActive(block.timestamp)) roles = word.rolesAt(block.timestamp);
    }

    /// @inheritdoc IInstitutionRegistry
    function memberWord(InstitutionId institution) external view returns (uint208) {
        return _profiles[institution];
    }

    /// @inheritdoc IInstitutionRegistry
    function isInStanding(InstitutionId institution) external view returns (bool) {
        return _isActive(institution);
    }

    /// @inheritdoc IInstitutionRegistry
    function standing(InstitutionId institution) external view returns (Standing) {
        return _profiles[institution].standingAt(block.timestamp);
    }

    /// @inheritdoc IInstitutionRegistry
    function standingAt(InstitutionId institution, uint40 t) external view returns (Standing) {
        return _profileHistory[institution].upperLookupRecent(t).standingAt(t);
    }

    /// @inheritdoc IInstitutionRegistry
    function accreditedAt(InstitutionId institution, uint40 t) external view returns (bool) {
        return _profileHistory[institution].upperLookupRecent(t).isAccredited(t);
    }

    /// @inheritdoc IInstitutionRegistry
    function profile(InstitutionId institution) external view returns (Profile memory) {
        return _profiles[institution].decodeProfile();
    }

    /// @inheritdoc IInstitutionRegistry
    function agent(address wallet) external view returns (Agent memory) {
        return _agents[wallet].decodeAgent();
    }

    /// @inheritdoc IInstitutionRegistry
    function agentAt(address wallet, uint40 t) external view returns (Agent memory past) {
        uint208 word = _agentHistory[wallet].upperLookupRecent(t);
        past = word.decodeAgent();
        past.roles = word.rolesAt(t);
    }

    /// @inheritdoc IInstitutionRegistry
    function bond(InstitutionId institution) external view returns (uint256) {
        return _bonds[institution];
    }

    /// @inheritdoc IInstitutionRegistry
    function settlementToken() external view returns (address) {
        return address(_settlementToken);
    }

    /// @inheritdoc IInstitutionRegistry
    function institutionCount() external view returns (uint32) {
        return _institutionCount;
    }

    /* PRIVATE */

    /// @dev Within one second the last word wins, in the history too.
    function _storeProfile(InstitutionId institution, Profile memory changed) private {
        uint208 word = changed.encodeProfile();
        _profiles[institution] = word;
        _profileHistory[institution].push(_now(), word);
    }

    function _storeAgent(address wallet, Agent memory changed) private {
        uint208 word = changed.encodeAgent();
        _agents[wallet] = word;
        _agentHistory[wallet].push(_now(), word);
    }

    function _registerAgent(
        InstitutionId institution,
        address wallet,
        uint16 roles,
        uint40 validFrom,
        uint40 validUntil
    ) private {
        if (wallet == address(0)) revert ZeroAddress();
        if (validFrom >= validUntil || validUntil <= block.timestamp) revert PeriodInvalid(validFrom, validUntil);
        Agent memory present = _agents[wallet].decodeAgent();
        if (present.institution != institution && present.validUntil > block.timestamp) {
            revert AgentTaken(wallet, present.institution);
        }

        _storeAgent(
            wallet,
            Agent({institution: institution, roles: roles, validFrom: validFrom, validUntil: validUntil})
        );

        emit AgentAdded(institution, wallet, roles, validFrom, validUntil, msg.sender);
    }

    function _endAgent(address wallet, Agent memory present) private {
        present.validUntil = _now();
        _storeAgent(wallet, present);

        emit AgentRevoked(present.institution, wallet, msg.sender);
    }

    function _takeFromBond(InstitutionId institution, address to, uint256 amount) private returns (uint256 newBond) {
        if (to == address(0)) revert ZeroAddress();
        uint256 present = _bonds[institution];
        if (amount == 0 || amount > present) revert BondAmountInvalid(institution, amount, present);

        newBond = present - amount;
        _bonds[institution] = newBond;
    }

    function _now() private view returns (uint40) {
        return SafeCast.toUint40(block.timestamp);
    }

    /// @dev The profile of a member that is not expelled.
    function _member(InstitutionId institution) private view returns (Profile memory member) {
        member = _profiles[institution].decodeProfile();
        if (member.kind == InstitutionKind.NONE) revert InstitutionUnknown(institution);
        if (member.expelled) revert InstitutionExpelled(institution);
    }

    /// @dev The wallet's registration, unless it is over.
    function _registeredAgent(address wallet) private view returns (Agent memory present) {
        present = _agents[wallet].decodeAgent();
        if (present.validUntil <= block.timestamp) revert AgentUnknown(wallet);
    }

    function _requireAgent(address wallet, uint16 role) private view returns (InstitutionId institution) {
        uint208 word = _agents[wallet];
        institution = word.institution();
        if (!(word.holds(role, block.timestamp) && _isActive(institution))) revert AgentNotPermitted(wallet, role);
    }

    function _isActive(InstitutionId institution) private view returns (bool) {
        return _profiles[institution].isActive(block.timestamp);
    }
}
