// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {InstitutionId} from "../common/Types.sol";

/// @title IInstitutionRegistry
/// @notice The consortium's members, their standing, accreditation and bond, and the wallets that act for them.
/// @dev Times are unix seconds; a period holds from its first second up to, not including, its `until`.
interface IInstitutionRegistry {
    /// @dev The order is that of the recipient-kind bits of a policy word: kind k is bit 224 + k - 1.
    enum InstitutionKind {
        NONE,
        HOSPITAL,
        PRIMARY_CARE,
        PUBLIC_HEALTH,
        INSURER,
        RESEARCH,
        REGULATOR,
        TECHNOLOGY,
        DATA_TRUST
    }

    enum Standing {
        NONE,
        ACTIVE,
        SUSPENDED,
        EXPELLED
    }

    /// @dev One slot.
    struct Profile {
        InstitutionKind kind;
        bool expelled;
        bool nonProfit;
        /// Index 0-7 of the region bits of a policy word.
        uint8 region;
        uint40 admittedAt;
        uint40 accreditedFrom;
        uint40 accreditedUntil;
        uint40 suspendedUntil;
    }

    /// @dev One slot.
    struct Agent {
        InstitutionId institution;
        /// Mask of AgentRole bits.
        uint16 roles;
        uint40 validFrom;
        uint40 validUntil;
    }

    error InstitutionUnknown(InstitutionId institution);
    error InstitutionExpelled(InstitutionId institution);
    error InstitutionNotSuspended(InstitutionId institution);
    error InstitutionKindInvalid();
    error RegionInvalid(uint8 region);
    error AgentNotPermitted(address wallet, uint16 role);
    error AgentTaken(address wallet, InstitutionId institution);
    error AgentOfConsortium(address wallet);
    error AgentUnknown(address wallet);
    error RolesInvalid(uint16 roles);
    error BondAmountInvalid(InstitutionId institution, uint256 amount, uint256 bond);

    event InstitutionAdmitted(
        InstitutionId indexed institution,
        InstitutionKind kind,
        uint8 region,
        bool nonProfit,
        uint40 accreditedFrom,
        uint40 accreditedUntil,
        bytes32 metadataHash,
        address by
    );
    event InstitutionAccredited(
        InstitutionId indexed institution,
        uint40 accreditedFrom,
        uint40 accreditedUntil,
        address by
    );
    event InstitutionMetadataChanged(InstitutionId indexed institution, bytes32 metadataHash, address by);
    event InstitutionSuspended(InstitutionId indexed institution, uint40 until, bytes32 reasonHash, address by);
    event InstitutionReinstated(InstitutionId indexed institution, bytes32 reasonHash, address by);
    event InstitutionWasExpelled(InstitutionId indexed institution, bytes32 reasonHash, address by);
    event AgentAdded(
        InstitutionId indexed institution,
        address indexed wallet,
        uint16 roles,
        uint40 validFrom,
        uint40 validUntil,
        address by
    );
    event AgentRevoked(InstitutionId indexed institution, address indexed wallet, address by);
    event BondDeposited(InstitutionId indexed institution, address indexed from, uint256 amount, uint256 bond);
    event BondReleased(InstitutionId indexed institution, address indexed to, uint256 amount, uint256 bond, address by);
    event BondSlashed(
        InstitutionId indexed institution,
        address indexed to,
        uint256 amount,
        uint256 bond,
        bytes32 reasonHash,
        address by
    );

    /// @notice Admits a member with its first administrator.
    /// @dev Restricted. Reverts: InstitutionKindInvalid, RegionInvalid, PeriodInvalid, ZeroHash, ZeroAddress, AgentTaken.
    /// @param kind What the member is.
    /// @param region Index 0-7 of the policy word's region bits.
    /// @param nonProfit Whether it meets DUO's not-for-profit organisation condition (DUO:0000045).
    /// @param accreditedFrom First second of the accreditation.
    /// @param accreditedUntil First second after it.
    /// @param metadataHash Salted hash of the member's description, kept off-chain.
    /// @param administrator Wallet that gets the ADMIN role for the time of this accreditation; a renewal does not extend it.
    /// @return institution The new member's id.
    function admit(
        InstitutionKind kind,
        uint8 region,
        bool nonProfit,
        uint40 accreditedFrom,
        uint40 accreditedUntil,
        bytes32 metadataHash,
        address administrator
    ) external returns (InstitutionId institution);

    /// @notice Renews, shortens or ends a member's accreditation.
    /// @dev Restricted. Reverts: InstitutionUnknown, InstitutionExpelled, PeriodInvalid (an end before the start).
    function accredit(InstitutionId institution, uint40 accreditedFrom, uint40 accreditedUntil) external;

    /// @notice Changes the member's description. The caller is its administrator.
    /// @dev Reverts: AgentNotPermitted, ZeroHash.
    function changeMetadata(bytes32 metadataHash) external;

    /// @notice Suspends a member from this block until `until`. A later call replaces the end.
    /// @dev Restricted. Every act of its agents is refused meanwhile, in all contracts.
    /// Reverts: InstitutionUnknown, InstitutionExpelled, PeriodInvalid.
    function suspend(InstitutionId institution, uint40 until, bytes32 reasonHash) external;

    /// @notice Ends a suspension early.
    /// @dev Restricted. Reverts: InstitutionUnknown, InstitutionExpelled, InstitutionNotSuspended.
    function reinstate(InstitutionId institution, bytes32 reasonHash) external;

    /// @notice Ends a membership for ever.
    /// @dev Restricted. Reverts: InstitutionUnknown, InstitutionExpelled.
    function expel(InstitutionId institution, bytes32 reasonHash) external;

    /// @notice Gives a wallet roles in the caller's institution; a second call replaces them.
    /// @dev The caller is the institution's administrator. Reverts: AgentNotPermitted, RolesInvalid (a role that only the
    /// consortium gives), AgentTaken (acts for another member), AgentOfConsortium, PeriodInvalid, ZeroAddress.
    function addAgent(address wallet, uint16 roles, uint40 validFrom, uint40 validUntil) external;

    /// @notice Gives a wallet any roles, those of reviewers and supervisors among them, but not both reviewers'.
    /// @dev Restricted. Reverts: InstitutionUnknown, InstitutionExpelled, RolesInvalid, AgentTaken, PeriodInvalid, ZeroAddress.
    function appointAgent(
        InstitutionId institution,
        address wallet,
        uint16 roles,
        uint40 validFrom,
        uint40 validUntil
    ) external;

    /// @notice Ends a wallet's roles at once. The caller is the administrator of its institution, or the wallet itself.
    /// @dev A wallet that was registered without being asked frees itself so. Reverts: AgentUnknown, AgentNotPermitted.
    function revokeAgent(address wallet) external;

    /// @notice Ends a wallet's roles at once, for the consortium.
    /// @dev Restricted. Reverts: AgentUnknown.
    function dismissAgent(address wallet) external;

    /// @notice Adds to a member's bond. Anyone may pay; what arrives counts.
    /// @dev Reverts: InstitutionUnknown, BondAmountInvalid for zero.
    function depositBond(InstitutionId institution, uint256 amount) external;

    /// @notice Pays a part of the bond back.
    /// @dev Restricted. Reverts: ZeroAddress, BondAmountInvalid for zero or more than the bond.
    function releaseBond(InstitutionId institution, address to, uint256 amount) external;

    /// @notice Takes a fine out of the bond.
    /// @dev Restricted. Reverts: ZeroAddress, BondAmountInvalid for zero or more than the bond.
    function slashBond(InstitutionId institution, address to, uint256 amount, bytes32 reasonHash) external;

    /// @notice The wallet's institution if it holds one of the roles in `role` now and the institution is in standing; else
    /// reverts.
    /// @dev The one gate of all other registries. Reverts: AgentNotPermitted.
    function requireAgent(address wallet, uint16 role) external view returns (InstitutionId institution);

    /// @notice All that a decision needs to know of a wallet, by two storage reads.
    /// @return institution 0 if the wallet never was an agent.
    /// @return roles 0 unless its roles are valid now and its institution is in standing.
    /// @return member The institution's profile in one word, see InstitutionWord.
    function agentStanding(
        address wallet
    ) external view returns (InstitutionId institution, uint16 roles, uint208 member);

    /// @notice The institution's profile in one word, see InstitutionWord; 0 if unknown.
    function memberWord(InstitutionId institution) external view returns (uint208);

    /// @notice Whether the institution is a member neither suspended nor expelled now.
    function isInStanding(InstitutionId institution) external view returns (bool);

    /// @notice The institution's standing now.
    function standing(InstitutionId institution) external view returns (Standing);

    /// @notice The institution's standing at a past second, by what was decided up to and including it.
    function standingAt(InstitutionId institution, uint40 t) external view returns (Standing);

    /// @notice Whether the accreditation held at a past second, by what was decided up to and including it.
    function accreditedAt(InstitutionId institution, uint40 t) external view returns (bool);

    /// @notice The institution's profile; all zero if unknown.
    function profile(InstitutionId institution) external view returns (Profile memory);

    /// @notice The wallet's registration as it stands; it may be over.
    function agent(address wallet) external view returns (Agent memory);

    /// @notice The wallet's registration at a past second; roles are 0 if none was valid then.
    function agentAt(address wallet, uint40 t) external view returns (Agent memory);

    /// @notice The member's bond, in units of the settlement token.
    function bond(InstitutionId institution) external view returns (uint256);

    /// @notice The token in which bonds are held.
    function settlementToken() external view returns (address);

    /// @notice How many members were ever admitted; the last id.
    function institutionCount() external view returns (uint32);
}
