// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

/// @title MerkleRoot
/// @notice Root of a list of leaves, by the layout of OpenZeppelin's npm package `merkle-tree` without sorting of leaves, so that its
/// proofs verify with OpenZeppelin's MerkleProof.
/// @dev The tree of n leaves is a heap of 2n-1 nodes: node k has children 2k+1 and 2k+2, leaf i is node 2n-2-i. Leaves are put from the
/// end of the array backwards, so that a tree of fewer leaves than there is room for is the array's tail.
library MerkleRoot {
    /// @notice The leaf of a value whose ABI encoding is the `size` bytes of memory from `start` on.
    /// @dev Hashed twice, so that no inner node can pass for a leaf.
    function leafAt(uint256 start, uint256 size) internal pure returns (bytes32 leaf) {
        assembly ("memory-safe") {
            mstore(0x00, keccak256(start, size))
            leaf := keccak256(0x00, 0x20)
        }
    }

    /// @notice Room for the tree of at most `size` leaves; `size` is not 0.
    function room(uint256 size) internal pure returns (bytes32[] memory nodes) {
        return new bytes32[](2 * size - 1);
    }

    /// @notice Puts leaf number `i`, counted from 0 and below the size that there is room for.
    function put(bytes32[] memory nodes, uint256 i, bytes32 leaf) internal pure {
        assembly ("memory-safe") {
            // Node length-1-i, behind the length's word.
            mstore(add(nodes, shl(5, sub(mload(nodes), i))), leaf)
        }
    }

    /// @notice The root of the first `count` leaves, which must have been put; `count` is not 0 and within the room.
    /// @dev Solidity's bounds checks and the call of a hash function would treble the cost of a node, of which a batch has hundreds.
    function root(bytes32[] memory nodes, uint256 count) internal pure returns (bytes32 top) {
        assembly ("memory-safe") {
            // First word of the tail of 2*count-1 nodes. Inner nodes are those before the last `count`, done from the back.
            let first := add(nodes, shl(5, add(sub(mload(nodes), shl(1, count)), 2)))
            let node := add(first, shl(5, sub(count, 1)))
            // Children of node k lie at first + 32*(2k+1): twice the node's distance from `first`, plus one word.
            for {} gt(node, first) {} {
                node := sub(node, 32)
                let children := add(add(first, shl(1, sub(node, first))), 32)
                let left := mload(children)
                let right := mload(add(children, 32))
                // Pairs are hashed in order of value, in the scratch space.
                switch lt(left, right)
                case 0 {
                    mstore(0x00, right)
                    mstore(0x20, left)
                }
                default {
                    mstore(0x00, left)
                    mstore(0x20, right)
                }
                mstore(node, keccak256(0x00, 0x40))
            }
            top := mload(first)
        }
    }
}
