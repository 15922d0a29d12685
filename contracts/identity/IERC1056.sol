// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

/// @title IERC1056
/// @notice The functions and events of ERC-1056 that `did:ethr` resolvers and their clients use.
/// @dev Names, order and types are the standard's, https://eips.ethereum.org/EIPS/eip-1056.
interface IERC1056 {
    event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange);
    event DIDDelegateChanged(
        address indexed identity,
        bytes32 delegateType,
        address delegate,
        uint256 validTo,
        uint256 previousChange
    );
    event DIDAttributeChanged(
        address indexed identity,
        bytes32 name,
        bytes value,
        uint256 validTo,
        uint256 previousChange
    );

    /// @notice The identity's owner as set by `changeOwner`; zero if never set, or deactivated.
    function owners(address identity) external view returns (address);

    /// @notice Second until which a delegate is valid; key is keccak256(abi.encode(delegateType)).
    function delegates(address identity, bytes32 delegateTypeHash, address delegate) external view returns (uint256);

    /// @notice Block of the identity's last event; each event names the one before it.
    function changed(address identity) external view returns (uint256);

    /// @notice The next nonce of a signer. It starts at a value that depends on chain and registry.
    function nonce(address signer) external view returns (uint256);

    /// @notice Who controls the identity: itself unless changed; zero once deactivated.
    function identityOwner(address identity) external view returns (address);

    function validDelegate(address identity, bytes32 delegateType, address delegate) external view returns (bool);

    /// @notice Hands the identity over. To the zero address: deactivates it for ever.
    function changeOwner(address identity, address newOwner) external;

    function changeOwnerSigned(address identity, uint8 sigV, bytes32 sigR, bytes32 sigS, address newOwner) external;

    function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity) external;

    function addDelegateSigned(
        address identity,
        uint8 sigV,
        bytes32 sigR,
        bytes32 sigS,
        bytes32 delegateType,
        address delegate,
        uint256 validity
    ) external;

    function revokeDelegate(address identity, bytes32 delegateType, address delegate) external;

    function revokeDelegateSigned(
        address identity,
        uint8 sigV,
        bytes32 sigR,
        bytes32 sigS,
        bytes32 delegateType,
        address delegate
    ) external;

    function setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity) external;

    function setAttributeSigned(
        address identity,
        uint8 sigV,
        bytes32 sigR,
        bytes32 sigS,
        bytes32 name,
        bytes calldata value,
        uint256 validity
    ) external;

    function revokeAttribute(address identity, bytes32 name, bytes calldata value) external;

    function revokeAttributeSigned(
        address identity,
        uint8 sigV,
        bytes32 sigR,
        bytes32 sigS,
        bytes32 name,
        bytes calldata value
    ) external;
}
