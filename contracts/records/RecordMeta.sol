// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {InstitutionId} from "../common/Types.sol";

/// @title RecordMeta
/// @notice The public facts of a record in one word, the third value of its leaf.
/// @dev Bits: 0-31 custodian, 32-39 level, 40-47 category (the policy word's bit less 80), 48-79 index in its batch,
/// 80-119 data from, 120-159 data until, 160-199 retention until (unix seconds; data from 0: before 1970 or unknown;
/// retention 0: without end), 200-255 zero.
library RecordMeta {
    uint8 internal constant MAX_CATEGORY = 10;
    /// @dev Bits that no meta has: those of a level above 3, and the unused.
    uint256 private constant EXCESS = (uint256(0xfc) << 32) | (type(uint256).max << 200);
    /// @dev Custodian and index.
    uint256 private constant NAMES = 0xffffffff | (uint256(0xffffffff) << 48);

    function custodian(uint256 meta) internal pure returns (InstitutionId) {
        return InstitutionId.wrap(uint32(meta));
    }

    function level(uint256 meta) internal pure returns (uint8) {
        return uint8(meta >> 32);
    }

    function category(uint256 meta) internal pure returns (uint8) {
        return uint8(meta >> 40);
    }

    function index(uint256 meta) internal pure returns (uint32) {
        return uint32(meta >> 48);
    }

    function retentionUntil(uint256 meta) internal pure returns (uint40) {
        return uint40(meta >> 160);
    }

    /// @notice Whether level, category, periods and unused bits are within bounds.
    function isWellFormed(uint256 meta) internal pure returns (bool) {
        return meta & EXCESS == 0 && category(meta) <= MAX_CATEGORY && uint40(meta >> 80) <= uint40(meta >> 120);
    }

    /// @notice What the low bits of a meta are that names this custodian and this index.
    function names(InstitutionId custodian_, uint256 index_) internal pure returns (uint256) {
        return uint256(InstitutionId.unwrap(custodian_)) | (index_ << 48);
    }

    /// @notice Whether a record's first word is no address or zero, or its meta is not well-formed or has other `names`.
    /// @dev isWellFormed and the comparisons in one expression without a branch, since a batch asks it for each of its records.
    function isMisfit(uint256 patient, uint256 meta, uint256 names_) internal pure returns (bool misfit) {
        uint256 fixedBits = EXCESS | NAMES;
        uint256 maxCategory = MAX_CATEGORY;
        assembly ("memory-safe") {
            misfit := or(iszero(patient), shr(160, patient))
            misfit := or(misfit, xor(and(meta, fixedBits), names_))
            misfit := or(misfit, gt(and(shr(40, meta), 0xff), maxCategory))
            misfit := or(misfit, gt(and(shr(80, meta), 0xffffffffff), and(shr(120, meta), 0xffffffffff)))
            misfit := iszero(iszero(misfit))
        }
    }
}
