// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MerkleRoot} from "../common/MerkleRoot.sol";
import {BatchId, ConsentId, NO_CONSENT, RequestId} from "../common/Types.sol";
import {ConsentHash} from "../consent/ConsentHash.sol";
import {IConsentRegistry} from "../consent/IConsentRegistry.sol";
import {RecordHash} from "../records/RecordHash.sol";
import {AccessRequest, CohortMember, CohortPart, CohortRequest} from "./AccessTypes.sol";
import {IAccessBroker} from "./IAccessBroker.sol";

/// @title AccessHash
/// @notice Ids of requests, leaves of cohorts, and the struct hash of a patient's answer.
library AccessHash {
    // AnswerRequest(bytes32 request,bool approved,uint256 deadline)
    bytes32 internal constant ANSWER = keccak256("AnswerRequest(bytes32 request,bool approved,uint256 deadline)");

    /// @notice The member that a request asks for.
    function memberOf(AccessRequest calldata body) internal pure returns (CohortMember memory) {
        return
            CohortMember({
                study: body.study,
                patient: body.record.patient,
                consent: consentOf(body.consent),
                batch: body.batch,
                record: RecordHash.leaf(body.record)
            });
    }

    /// @notice The id of the consent relied on, NO_CONSENT if it names no patient.
    function consentOf(IConsentRegistry.Terms calldata terms) internal pure returns (ConsentId) {
        return terms.patient == address(0) ? NO_CONSENT : ConsentHash.consent(terms);
    }

    /// @notice Binds who asks, what for, and the salt.
    function ask(address requester, AccessRequest calldata body) internal pure returns (bytes32) {
        return keccak256(abi.encode(requester, body.word, body.salt));
    }

    /// @notice A request's id: the Merkle root of its one member and its ask, so that the grant needs no root beside it. The proof of the
    /// record is no part of it, since the record's leaf and batch make it redundant.
    function request(CohortMember memory member_, bytes32 askHash) internal pure returns (RequestId) {
        return RequestId.wrap(Hashes.commutativeKeccak256(member(member_), askHash));
    }

    /// @notice Binds the sender, what is asked for, and the members asked for by their leaves in order.
    function cohort(
        address requester,
        CohortRequest calldata body,
        bytes32[] memory leaves
    ) internal pure returns (RequestId) {
        bytes32 members;
        assembly ("memory-safe") {
            members := keccak256(add(leaves, 0x20), shl(5, mload(leaves)))
        }
        return RequestId.wrap(keccak256(abi.encode(requester, body.study, body.word, body.salt, members)));
    }

    /// @dev The struct's five words in memory are abi.encode(value).
    function member(CohortMember memory value) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := value
        }
        return MerkleRoot.leafAt(start, 0xa0);
    }

    /// @dev As `member`, of a struct in calldata, whose words are that encoding as they stand. A patient with dirty upper bits makes another
    /// leaf, and reading the field reverts.
    function memberLeaf(CohortMember calldata value) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, value, 0xa0)
            mstore(0x00, keccak256(free, 0xa0))
            hash := keccak256(0x00, 0x20)
        }
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
