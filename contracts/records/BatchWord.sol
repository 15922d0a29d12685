// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {InstitutionId} from "../common/Types.sol";
import {IRecordRegistry} from "./IRecordRegistry.sol";

/// @title BatchWord
/// @notice The state of a batch in one word, read and written at once: the compiler would touch the slot field by field.
/// @dev Bits: 0-31 custodian, 32-71 anchored at, 72-103 count, 104-143 retention until, 144-183 destroyed at, 184 published. A word of
/// zero is a batch unknown.
library BatchWord {
    uint256 private constant PUBLISHED = 1 << 184;

    function encode(
        InstitutionId custodian,
        uint256 anchoredAt,
        uint32 count,
        uint40 retentionUntil,
        bool published
    ) internal pure returns (uint256) {
        return
            uint256(InstitutionId.unwrap(custodian)) |
            (anchoredAt << 32) |
            (uint256(count) << 72) |
            (uint256(retentionUntil) << 104) |
            (published ? PUBLISHED : 0);
    }

    function decode(uint256 word) internal pure returns (IRecordRegistry.Batch memory) {
        return
            IRecordRegistry.Batch({
                custodian: custodianOf(word),
                anchoredAt: uint40(word >> 32),
                count: countOf(word),
                retentionUntil: uint40(word >> 104),
                destroyedAt: uint40(word >> 144),
                published: word & PUBLISHED != 0
            });
    }

    function custodianOf(uint256 word) internal pure returns (InstitutionId) {
        return InstitutionId.wrap(uint32(word));
    }

    function countOf(uint256 word) internal pure returns (uint32) {
        return uint32(word >> 72);
    }

    function isDestroyed(uint256 word) internal pure returns (bool) {
        return uint40(word >> 144) != 0;
    }

    /// @notice The word of a batch that is not destroyed, with the time of its destruction.
    function destroyed(uint256 word, uint256 time) internal pure returns (uint256) {
        return word | (time << 144);
    }
}
