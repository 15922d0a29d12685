// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {IConsentRegistry} from "./IConsentRegistry.sol";

/// @title ConsentWord
/// @notice The state of a consent in one word, read and written at once: the compiler would touch the slot field by field.
/// @dev Bits: 0-159 patient, 160-199 from, 200-239 until, 240-247 epoch, 248-255 status.
library ConsentWord {
    function encode(
        address patient,
        uint256 from,
        uint256 until,
        uint8 epoch,
        IConsentRegistry.Status status
    ) internal pure returns (uint256) {
        return
            uint256(uint160(patient)) |
            (from << 160) |
            (until << 200) |
            (uint256(epoch) << 240) |
            (uint256(status) << 248);
    }

    function decode(uint256 word) internal pure returns (IConsentRegistry.Consent memory) {
        return
            IConsentRegistry.Consent({
                patient: patientOf(word),
                from: uint40(fromOf(word)),
                until: uint40(untilOf(word)),
                epoch: epochOf(word),
                status: statusOf(word)
            });
    }

    function patientOf(uint256 word) internal pure returns (address) {
        return address(uint160(word));
    }

    function fromOf(uint256 word) internal pure returns (uint256) {
        return uint40(word >> 160);
    }

    function untilOf(uint256 word) internal pure returns (uint256) {
        return uint40(word >> 200);
    }

    function epochOf(uint256 word) internal pure returns (uint8) {
        return uint8(word >> 240);
    }

    function statusOf(uint256 word) internal pure returns (IConsentRegistry.Status) {
        return IConsentRegistry.Status(uint8(word >> 248));
    }

    /// @notice The word with another status, and an end no later than `until`.
    function ended(uint256 word, IConsentRegistry.Status status, uint256 until) internal pure returns (uint256) {
        uint256 present = untilOf(word);
        return encode(patientOf(word), fromOf(word), until < present ? until : present, epochOf(word), status);
    }
}
