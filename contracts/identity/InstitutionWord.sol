// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {InstitutionId} from "../common/Types.sol";
import {IInstitutionRegistry} from "./IInstitutionRegistry.sol";

/// @title InstitutionWord
/// @notice A profile or an agent in one word, small enough for a checkpoint, so that state and history are the same value.
/// @dev Profile bits: 0-7 kind, 8 expelled, 9 non-profit, 16-23 region, 24-63 admitted at, 64-103 accredited from, 104-143
/// accredited until, 144-183 suspended until. Agent bits: 0-31 institution, 32-47 roles, 48-87 valid from, 88-127 valid until.
library InstitutionWord {
    uint208 private constant EXPELLED = 1 << 8;
    uint208 private constant NON_PROFIT = 1 << 9;

    function encodeProfile(IInstitutionRegistry.Profile memory profile) internal pure returns (uint208) {
        return
            uint208(uint8(profile.kind)) |
            (profile.expelled ? EXPELLED : 0) |
            (profile.nonProfit ? NON_PROFIT : 0) |
            (uint208(profile.region) << 16) |
            (uint208(profile.admittedAt) << 24) |
            (uint208(profile.accreditedFrom) << 64) |
            (uint208(profile.accreditedUntil) << 104) |
            (uint208(profile.suspendedUntil) << 144);
    }

    function decodeProfile(uint208 word) internal pure returns (IInstitutionRegistry.Profile memory) {
        return
            IInstitutionRegistry.Profile({
                kind: IInstitutionRegistry.InstitutionKind(uint8(word)),
                expelled: word & EXPELLED != 0,
                nonProfit: word & NON_PROFIT != 0,
                region: uint8(word >> 16),
                admittedAt: uint40(word >> 24),
                accreditedFrom: uint40(word >> 64),
                accreditedUntil: uint40(word >> 104),
                suspendedUntil: uint40(word >> 144)
            });
    }

    function encodeAgent(IInstitutionRegistry.Agent memory agent) internal pure returns (uint208) {
        return
            uint208(InstitutionId.unwrap(agent.institution)) |
            (uint208(agent.roles) << 32) |
            (uint208(agent.validFrom) << 48) |
            (uint208(agent.validUntil) << 88);
    }

    function decodeAgent(uint208 word) internal pure returns (IInstitutionRegistry.Agent memory) {
        return
            IInstitutionRegistry.Agent({
                institution: InstitutionId.wrap(uint32(word)),
                roles: uint16(word >> 32),
                validFrom: uint40(word >> 48),
                validUntil: uint40(word >> 88)
            });
    }

    /// @notice The standing that a profile's word gives at second `t`.
    function standingAt(uint208 word, uint256 t) internal pure returns (IInstitutionRegistry.Standing) {
        if (uint8(word) == 0) return IInstitutionRegistry.Standing.NONE;
        if (word & EXPELLED != 0) return IInstitutionRegistry.Standing.EXPELLED;
        return t < uint40(word >> 144) ? IInstitutionRegistry.Standing.SUSPENDED : IInstitutionRegistry.Standing.ACTIVE;
    }

    /// @notice The roles that an agent's word gives at second `t`.
    function rolesAt(uint208 word, uint256 t) internal pure returns (uint16) {
        return t >= uint40(word >> 48) && t < uint40(word >> 88) ? uint16(word >> 32) : 0;
    }

    /// @notice The institution that an agent's word names.
    function institution(uint208 word) internal pure returns (InstitutionId) {
        return InstitutionId.wrap(uint32(word));
    }

    /// @notice Whether a profile's word gives the standing ACTIVE at second `t`.
    function isActive(uint208 word, uint256 t) internal pure returns (bool) {
        return (word & 0xff != 0) && (word & EXPELLED == 0) && t >= uint40(word >> 144);
    }

    /// @notice Whether a profile's word has the accreditation run at second `t`.
    function isAccredited(uint208 word, uint256 t) internal pure returns (bool) {
        return t >= uint40(word >> 64) && t < uint40(word >> 104);
    }

    /// @notice The kind's number that a profile's word gives, 0 if unknown.
    function kindOf(uint208 word) internal pure returns (uint8) {
        return uint8(word);
    }

    function isNonProfit(uint208 word) internal pure returns (bool) {
        return word & NON_PROFIT != 0;
    }

    function regionOf(uint208 word) internal pure returns (uint8) {
        return uint8(word >> 16);
    }

    /// @notice Whether an agent's word gives one of the roles of a mask at second `t`.
    function holds(uint208 word, uint16 mask, uint256 t) internal pure returns (bool) {
        return ((word >> 32) & mask != 0) && t >= uint40(word >> 48) && t < uint40(word >> 88);
    }
}
