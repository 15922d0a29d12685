// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

/// @title PatientHash
/// @notice EIP-712 type hashes of what owners, guardians, delegates and helpers of an identity sign.
/// @dev `nonce` is the signer's `IERC1056.nonce`, but for Recover the identity's `IPatientRegistry.recoveryNonce`. Every type ends
/// in nonce and deadline, so a struct hash is that of the encoded fields before them, with the two appended.
library PatientHash {
    bytes32 internal constant CHANGE_OWNER = keccak256(
        "ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"
    );

    bytes32 internal constant ADD_DELEGATE = keccak256(
        "AddDelegate(address identity,bytes32 delegateType,address delegate,uint256 validity,uint256 nonce,uint256 deadline)"
    );

    bytes32 internal constant REVOKE_DELEGATE = keccak256(
        "RevokeDelegate(address identity,bytes32 delegateType,address delegate,uint256 nonce,uint256 deadline)"
    );

    bytes32 internal constant SET_ATTRIBUTE = keccak256(
        "SetAttribute(address identity,bytes32 name,bytes value,uint256 validity,uint256 nonce,uint256 deadline)"
    );

    bytes32 internal constant REVOKE_ATTRIBUTE = keccak256(
        "RevokeAttribute(address identity,bytes32 name,bytes value,uint256 nonce,uint256 deadline)"
    );

    bytes32 internal constant APPOINT_GUARDIAN = keccak256(
        "AppointGuardian(address identity,address guardian,address coGuardian,uint40 assentFrom,uint40 majority,uint256 nonce,uint256 deadline)"
    );

    bytes32 internal constant GIVE_MANDATE = keccak256(
        "GiveMandate(address identity,address delegate,uint256 mandate,uint256 nonce,uint256 deadline)"
    );

    bytes32 internal constant END_MANDATE = keccak256(
        "EndMandate(address identity,address delegate,uint256 nonce,uint256 deadline)"
    );

    bytes32 internal constant SET_PAYOUT = keccak256(
        "SetPayout(address identity,address to,uint256 nonce,uint256 deadline)"
    );

    bytes32 internal constant SET_RECOVERY = keccak256(
        "SetRecovery(address identity,address[] helpers,uint8 threshold,uint40 delay,uint256 nonce,uint256 deadline)"
    );

    bytes32 internal constant CANCEL_RECOVERY = keccak256(
        "CancelRecovery(address identity,uint256 nonce,uint256 deadline)"
    );

    bytes32 internal constant RECOVER = keccak256(
        "Recover(address identity,address newOwner,uint256 nonce,uint256 deadline)"
    );

    /// @param fields abi.encode of the type hash and the fields before nonce, a dynamic one by its hash.
    function structHash(bytes memory fields, uint256 nonce, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(fields, nonce, deadline));
    }
}
