// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {ConsentHash} from "../consent/ConsentHash.sol";
import {BatchId, RequestId} from "../common/Types.sol";
import {RecordHash} from "../records/RecordHash.sol";
import {AccessRequest, CohortMember, CohortPart, CohortRequest} from "./AccessTypes.sol";
import {IAccessBroker} from "./IAccessBroker.sol";

/// @title AccessHash
/// @notice Ids of requests, leaves of cohorts, and the struct hash of a patient's answer.
library AccessHash {
    // AnswerRequest(bytes32 request,bool approved,uint256 deadline)
    bytes32 internal constant ANSWER = keccak256("AnswerRequest(bytes32 request,bool approved,uint256 deadline)");

    /// @notice Binds the sender and all of the body but the proof, which the record's leaf and batch make redundant.
    function request(address requester, AccessRequest calldata body) internal pure returns (RequestId) {
        return
            RequestId.wrap(
                keccak256(
                    abi.encode(
                        requester,
                        body.study,
                        body.word,
                        body.salt,
                        body.batch,
                        RecordHash.leaf(body.record),
                        ConsentHash.consent(body.consent)
                    )
                )
            );
    }

    function cohort(address requester, CohortRequest calldata body) internal pure returns (RequestId) {
        return
            RequestId.wrap(
                keccak256(abi.encode(requester, body.study, body.word, body.salt, keccak256(abi.encode(body.parts))))
            );
    }

    /// @dev Hashed twice, so that no inner node can pass for a leaf.
    function member(CohortMember memory value) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(value))));
    }

    function answer(RequestId id, bool approved, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(ANSWER, id, approved, deadline));
    }

    /// @notice How many records a cohort asks for. Reverts with CohortInvalid, naming the part, unless each part has as many consents as records,
    /// at least one, and batches ascend, so that no record is named in two parts.
    function cohortSize(CohortRequest calldata body) internal pure returns (uint256 size) {
        uint256 parts = body.parts.length;
        if (parts == 0) revert IAccessBroker.CohortInvalid(0);
        bytes32 last;
        for (uint256 i = 0; i < parts; ++i) {
            CohortPart calldata part = body.parts[i];
            uint256 count = part.records.length;
            bytes32 batch = BatchId.unwrap(part.batch);
            if (count == 0 || count != part.consents.length || batch <= last) revert IAccessBroker.CohortInvalid(i);
            last = batch;
            size += count;
        }
    }
}
