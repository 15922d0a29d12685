// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {MerkleRoot} from "../common/MerkleRoot.sol";
import {ConsentId, StudyId} from "../common/Types.sol";
import {AccessHash} from "./AccessHash.sol";
import {CohortMember, CohortPart} from "./AccessTypes.sol";

/// @title CohortSplit
/// @notice Parts the members of a cohort into granted and refused, each in the order asked.
library CohortSplit {
    struct Split {
        ConsentId[] consents;
        bytes32[] records;
        ConsentId[] refusedConsents;
        bytes32[] refusedRecords;
        uint256[] refusedFailed;
        /// All that failed for anyone.
        uint256 failed;
    }

    /// @dev The granted arrays are the given ones, shortened in place.
    function split(
        uint256[] memory failed,
        ConsentId[] memory consents,
        bytes32[] memory records
    ) internal pure returns (Split memory result) {
        uint256 size = records.length;
        uint256 refused;
        for (uint256 i = 0; i < size; ++i) if (failed[i] != 0) ++refused;
        result.refusedConsents = new ConsentId[](refused);
        result.refusedRecords = new bytes32[](refused);
        result.refusedFailed = new uint256[](refused);
        uint256 granted;
        for (uint256 i = 0; i < size; ++i) {
            if (failed[i] == 0) {
                // granted <= i: earlier places are done with.
                consents[granted] = consents[i];
                records[granted] = records[i];
                ++granted;
            } else {
                uint256 place = i - granted;
                result.failed |= failed[i];
                result.refusedConsents[place] = consents[i];
                result.refusedRecords[place] = records[i];
                result.refusedFailed[place] = failed[i];
            }
        }
        // granted <= size, so this only shortens.
        assembly ("memory-safe") {
            mstore(consents, granted)
            mstore(records, granted)
        }
        result.consents = consents;
        result.records = records;
    }

    /// @notice Puts the granted members' leaves into the cohort's tree, from number `count` on.
    /// @return The number after the last.
    function addLeaves(
        StudyId study,
        CohortPart calldata part,
        uint256[] memory failed,
        Split memory result,
        bytes32[] memory nodes,
        uint32 count
    ) internal pure returns (uint32) {
        CohortMember memory member;
        member.study = study;
        member.batch = part.batch;
        uint256 granted;
        for (uint256 i = 0; i < failed.length; ++i) {
            if (failed[i] != 0) continue;
            member.patient = part.records[i].patient;
            member.consent = result.consents[granted];
            member.record = result.records[granted];
            MerkleRoot.put(nodes, count, AccessHash.member(member));
            ++count;
            ++granted;
        }
        return count;
    }
}
