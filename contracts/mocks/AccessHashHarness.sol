// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AccessHash} from "../access/AccessHash.sol";
import {AccessRequest, CohortMember, CohortRequest} from "../access/AccessTypes.sol";
import {CohortSplit} from "../access/CohortSplit.sol";
import {MerkleRoot} from "../common/MerkleRoot.sol";
import {RequestId} from "../common/Types.sol";

/// @title AccessHashHarness
/// @notice Opens the AccessHash and MerkleRoot libraries to tests. Test only.
contract AccessHashHarness {
    function request(address requester, AccessRequest calldata body) external pure returns (RequestId) {
        return AccessHash.request(AccessHash.memberOf(body), AccessHash.ask(requester, body));
    }

    function cohort(address requester, CohortRequest calldata body) external pure returns (RequestId) {
        return AccessHash.cohort(requester, body, CohortSplit.read(body, AccessHash.cohortSize(body)).leaves);
    }

    function root(CohortMember[] calldata members) external pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](members.length);
        for (uint256 i = 0; i < members.length; ++i) leaves[i] = AccessHash.member(members[i]);
        bytes32[] memory nodes = MerkleRoot.room(leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) MerkleRoot.put(nodes, i, leaves[i]);
        return MerkleRoot.root(nodes, leaves.length);
    }

    function member(CohortMember calldata value) external pure returns (bytes32) {
        return AccessHash.memberLeaf(value);
    }
}
