// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {MerkleRoot} from "../common/MerkleRoot.sol";
import {ConsentId} from "../common/Types.sol";
import {IConsentRegistry} from "../consent/IConsentRegistry.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {RecordHash} from "../records/RecordHash.sol";
import {AccessHash} from "./AccessHash.sol";
import {CohortMember, CohortPart, CohortRequest} from "./AccessTypes.sol";

/// @title CohortSplit
/// @notice Reads the members of a cohort and parts them into granted and refused, each in the order asked.
library CohortSplit {
    /// @dev All members asked for, part after part.
    struct Members {
        ConsentId[] consents;
        bytes32[] records;
        bytes32[] leaves;
    }

    /// @dev Those of one part.
    struct Split {
        ConsentId[] consents;
        bytes32[] records;
        ConsentId[] refusedConsents;
        bytes32[] refusedRecords;
        uint256[] refusedFailed;
        /// All that failed for anyone.
        uint256 failed;
    }

    /// @param size Of all parts, which have as many consents as records; see AccessHash.cohortSize.
    function read(CohortRequest calldata body, uint256 size) internal pure returns (Members memory members) {
        ConsentId[] memory consents = new ConsentId[](size);
        bytes32[] memory records = new bytes32[](size);
        bytes32[] memory leaves = new bytes32[](size);
        CohortMember memory member;
        member.study = body.study;
        uint256 place;
        CohortPart[] calldata parts = body.parts;
        for (uint256 i = 0; i < parts.length; ++i) {
            IRecordRegistry.Record[] calldata asked = parts[i].records;
            IConsentRegistry.Terms[] calldata terms = parts[i].consents;
            member.batch = parts[i].batch;
            // Unchecked: place < size.
            unchecked {
                for (uint256 j = 0; j < asked.length; ++j) {
                    IRecordRegistry.Record calldata record = asked[j];
                    member.patient = record.patient;
                    member.consent = AccessHash.consentOf(terms[j]);
                    member.record = RecordHash.leaf(record);
                    consents[place] = member.consent;
                    records[place] = member.record;
                    leaves[place] = AccessHash.member(member);
                    ++place;
                }
            }
        }
        return Members(consents, records, leaves);
    }

    /// @notice Parts `count` members from number `first` on, and puts the granted ones' leaves into the cohort's tree, from number `granted`
    /// on.
    function split(
        Members memory members,
        uint256[] memory failed,
        uint256 first,
        uint256 count,
        bytes32[] memory nodes,
        uint256 granted
    ) internal pure returns (Split memory result) {
        // Unchecked: all are numbers of members.
        unchecked {
            uint256 refused;
            for (uint256 i = 0; i < count; ++i) if (failed[first + i] != 0) ++refused;
            ConsentId[] memory consents = new ConsentId[](count - refused);
            bytes32[] memory records = new bytes32[](count - refused);
            result.refusedConsents = new ConsentId[](refused);
            result.refusedRecords = new bytes32[](refused);
            result.refusedFailed = new uint256[](refused);
            uint256 place;
            for (uint256 i = 0; i < count; ++i) {
                uint256 number = first + i;
                uint256 memberFailed = failed[number];
                if (memberFailed == 0) {
                    consents[place] = members.consents[number];
                    records[place] = members.records[number];
                    MerkleRoot.put(nodes, granted + place, members.leaves[number]);
                    ++place;
                } else {
                    result.failed |= memberFailed;
                    result.refusedConsents[i - place] = members.consents[number];
                    result.refusedRecords[i - place] = members.records[number];
                    result.refusedFailed[i - place] = memberFailed;
                }
            }
            result.consents = consents;
            result.records = records;
        }
    }
}
