// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title MerkleRoot
/// @notice Root of a list of leaves, by the layout of OpenZeppelin's npm package `merkle-tree` without sorting of leaves, so that its
/// proofs verify with OpenZeppelin's MerkleProof.
library MerkleRoot {
    /// @notice The root of the first `count` of `leaves`, in order; zero for none.
    /// @dev Node k of the heap has children 2k+1 and 2k+2; leaf i is node 2*count-2-i.
    function compute(bytes32[] memory leaves, uint256 count) internal pure returns (bytes32) {
        if (count == 0) return 0;
        bytes32[] memory nodes = new bytes32[](2 * count - 1);
        // The bounds: i < count, so 2*count-2-i >= count-1 >= 0; k < count-1, so 2k+2 <= 2*count-2.
        unchecked {
            uint256 last = 2 * count - 2;
            for (uint256 i = 0; i < count; ++i) nodes[last - i] = leaves[i];
            for (uint256 k = count - 1; k-- > 0;) {
                nodes[k] = Hashes.commutativeKeccak256(nodes[2 * k + 1], nodes[2 * k + 2]);
            }
        }
        return nodes[0];
    }
}
