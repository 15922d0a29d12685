// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// @title Floor
/// @notice What an operation costs at the least: the slot, the log and the signature or proof, without a single check.
contract Floor {
    using SafeERC20 for IERC20;

    error NotProven(bytes32 key);

    event Noted(bytes32 indexed key, address indexed from, bytes data);

    mapping(bytes32 key => uint256 word) private _words;

    /// @notice One slot and a log.
    function note(bytes32 key, uint256 word, bytes calldata data) public {
        _words[key] = word;
        emit Noted(key, msg.sender, data);
    }

    /// @notice The same by signature.
    function noteSigned(bytes32 key, uint256 word, bytes calldata data, bytes calldata signature) external {
        address signer = ECDSA.recoverCalldata(
            keccak256(abi.encode(block.chainid, address(this), key, word, data)),
            signature
        );
        _words[key] = word;
        emit Noted(key, signer, data);
    }

    /// @notice The same for many, each its own slot and log.
    function noteMany(bytes32[] calldata keys, uint256 word, bytes[] calldata data) external {
        for (uint256 i = 0; i < keys.length; ++i) {
            _words[keys[i]] = word;
            emit Noted(keys[i], msg.sender, data[i]);
        }
    }

    /// @notice One slot and a log for many.
    function noteBatch(bytes32 key, uint256 word, bytes32[] calldata data) external {
        _words[key] = word;
        emit Noted(key, msg.sender, abi.encode(data));
    }

    /// @notice A proof, a slot and a log.
    function noteProven(bytes32 root, bytes32 key, uint256 word, bytes calldata data, bytes32[] calldata proof) public {
        if (!MerkleProof.verifyCalldata(proof, root, key)) revert NotProven(key);
        note(key, word, data);
    }

    /// @notice A transfer in, a slot and a log.
    function take(IERC20 token, uint256 amount, bytes32 key, bytes calldata data) external {
        token.safeTransferFrom(msg.sender, address(this), amount);
        note(key, _words[key] + amount, data);
    }

    /// @notice A transfer out, a slot and a log.
    function give(IERC20 token, address to, uint256 amount, bytes32 key, bytes calldata data) external {
        note(key, _words[key] + amount, data);
        token.safeTransfer(to, amount);
    }

    /// @notice The same with a proof.
    function giveProven(
        IERC20 token,
        address to,
        uint256 amount,
        bytes32 root,
        bytes32 key,
        bytes calldata data,
        bytes32[] calldata proof
    ) external {
        noteProven(root, key, amount, data, proof);
        token.safeTransfer(to, amount);
    }
}
