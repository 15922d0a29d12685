// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {ConsentHash} from "../consent/ConsentHash.sol";
import {RequestId} from "../common/Types.sol";
import {RecordHash} from "../records/RecordHash.sol";
import {AccessRequest, CohortMember, CohortRequest} from "./AccessTypes.sol";

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
}
