// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {PolicyWord} from "../consent/PolicyWord.sol";

/// @title PolicyWordHarness
/// @notice Opens the PolicyWord library to tests. Test only.
contract PolicyWordHarness {
    /// @notice Holds each policy against the word of the same position in every way that the library knows.
    /// @return failed Of the word as a request, at that position's second.
    /// @return within Of the policy within the word as a mandate.
    /// @return wellFormed Of the policy alone.
    /// @return automatic Of the policy alone.
    function compareMany(
        uint256[] calldata policies,
        uint256[] calldata words,
        uint256[] calldata times
    )
        external
        pure
        returns (uint256[] memory failed, bool[] memory within, bool[] memory wellFormed, bool[] memory automatic)
    {
        uint256 count = policies.length;
        failed = new uint256[](count);
        within = new bool[](count);
        wellFormed = new bool[](count);
        automatic = new bool[](count);
        for (uint256 i = 0; i < count; i++) {
            failed[i] = matchRequest(policies[i], words[i], times[i]);
            within[i] = isWithin(policies[i], words[i]);
            wellFormed[i] = isWellFormed(policies[i]);
            automatic[i] = isAutomatic(policies[i]);
        }
    }

    function fields(
        uint256 word
    ) external pure returns (uint8 level, uint40 validFrom, uint40 validUntil, uint8 deidentification) {
        return (
            PolicyWord.level(word),
            PolicyWord.validFrom(word),
            PolicyWord.validUntil(word),
            PolicyWord.deidentification(word)
        );
    }

    function matchRequest(uint256 policy, uint256 request, uint256 t) public pure returns (uint256) {
        return PolicyWord.matchRequest(policy, request, t);
    }

    function isWithin(uint256 policy, uint256 mandate) public pure returns (bool) {
        return PolicyWord.isWithin(policy, mandate);
    }

    function isWellFormed(uint256 policy) public pure returns (bool) {
        return PolicyWord.isWellFormed(policy);
    }

    function isAutomatic(uint256 policy) public pure returns (bool) {
        return PolicyWord.isAutomatic(policy);
    }
}
