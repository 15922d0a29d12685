// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignatureInvalid} from "../common/Errors.sol";
import {IERC1056} from "./IERC1056.sol";
import {IPatientRegistry} from "./IPatientRegistry.sol";

/// @title ERC1056
/// @notice DIDs that off-the-shelf `did:ethr` resolvers read and clients write.
/// @dev Hashes, nonces and events are those of the reference EthereumDIDRegistry. It differs in three things: nonces start at a
/// value that depends on chain and registry, so that a signature serves one chain only; an identity handed to the zero
/// address stays deactivated; malleated signatures are refused.
abstract contract ERC1056 is IERC1056 {
    /// @dev One slot, so that most acts and `authority` read and write no other.
    struct Did {
        /// Zero: the identity owns itself, or is deactivated.
        address owner;
        /// Block of the last event.
        uint40 changed;
        /// Signatures of this address used so far, for whatever identity.
        uint32 nonce;
        /// Whether an address for revenue was chosen, so that claims of the others read no more than this slot.
        bool hasPayout;
        bool deactivated;
        /// How many guardians were ever appointed.
        uint8 guardianships;
    }

    mapping(address identity => Did) internal _dids;
    mapping(address identity => mapping(bytes32 delegateTypeHash => mapping(address delegate => uint256 validTo)))
        private _delegates;

    /// @inheritdoc IERC1056
    function changeOwner(address identity, address newOwner) external {
        _checkOwner(identity, msg.sender);

        _changeOwner(identity, newOwner);
    }

    /// @inheritdoc IERC1056
    function changeOwnerSigned(address identity, uint8 sigV, bytes32 sigR, bytes32 sigS, address newOwner) external {
        _useLegacySignature(identity, sigV, sigR, sigS, abi.encodePacked("changeOwner", newOwner));

        _changeOwner(identity, newOwner);
    }

    /// @inheritdoc IERC1056
    function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity) external {
        _checkOwner(identity, msg.sender);

        _addDelegate(identity, delegateType, delegate, validity);
    }

    /// @inheritdoc IERC1056
    function addDelegateSigned(
        address identity,
        uint8 sigV,
        bytes32 sigR,
        bytes32 sigS,
        bytes32 delegateType,
        address delegate,
        uint256 validity
    ) external {
        bytes memory act = abi.encodePacked("addDelegate", delegateType, delegate, validity);
        _useLegacySignature(identity, sigV, sigR, sigS, act);

        _addDelegate(identity, delegateType, delegate, validity);
    }

    /// @inheritdoc IERC1056
    function revokeDelegate(address identity, bytes32 delegateType, address delegate) external {
        _checkOwner(identity, msg.sender);

        _revokeDelegate(identity, delegateType, delegate);
    }

    /// @inheritdoc IERC1056
    function revokeDelegateSigned(
        address identity,
        uint8 sigV,
        bytes32 sigR,
        bytes32 sigS,
        bytes32 delegateType,
        address delegate
    ) external {
        bytes memory act = abi.encodePacked("revokeDelegate", delegateType, delegate);
        _useLegacySignature(identity, sigV, sigR, sigS, act);

        _revokeDelegate(identity, delegateType, delegate);
    }

    /// @inheritdoc IERC1056
    function setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity) external {
        _checkOwner(identity, msg.sender);

        _setAttribute(identity, name, value, validity);
    }

    /// @inheritdoc IERC1056
    function setAttributeSigned(
        address identity,
        uint8 sigV,
        bytes32 sigR,
        bytes32 sigS,
        bytes32 name,
        bytes calldata value,
        uint256 validity
    ) external {
        bytes memory act = abi.encodePacked("setAttribute", name, value, validity);
        _useLegacySignature(identity, sigV, sigR, sigS, act);

        _setAttribute(identity, name, value, validity);
    }

    /// @inheritdoc IERC1056
    function revokeAttribute(address identity, bytes32 name, bytes calldata value) external {
        _checkOwner(identity, msg.sender);

        _revokeAttribute(identity, name, value);
    }

    /// @inheritdoc IERC1056
    function revokeAttributeSigned(
        address identity,
        uint8 sigV,
        bytes32 sigR,
        bytes32 sigS,
        bytes32 name,
        bytes calldata value
    ) external {
        bytes memory act = abi.encodePacked("revokeAttribute", name, value);
        _useLegacySignature(identity, sigV, sigR, sigS, act);

        _revokeAttribute(identity, name, value);
    }

    /// @inheritdoc IERC1056
    function owners(address identity) external view returns (address) {
        return _dids[identity].owner;
    }

    /// @inheritdoc IERC1056
    function delegates(address identity, bytes32 delegateTypeHash, address delegate) external view returns (uint256) {
        return _delegates[identity][delegateTypeHash][delegate];
    }

    /// @inheritdoc IERC1056
    function changed(address identity) external view returns (uint256) {
        return _dids[identity].changed;
    }

    /// @inheritdoc IERC1056
    function validDelegate(address identity, bytes32 delegateType, address delegate) external view returns (bool) {
        uint256 validTo = _delegates[identity][keccak256(abi.encode(delegateType))][delegate];
        return validTo > block.timestamp && !_dids[identity].deactivated;
    }

    /// @inheritdoc IERC1056
    function nonce(address signer) public view returns (uint256) {
        // The shift leaves the low bits to the count.
        return (uint256(keccak256(abi.encode(block.chainid, address(this)))) << 40) | _dids[signer].nonce;
    }

    /// @inheritdoc IERC1056
    function identityOwner(address identity) public view returns (address) {
        return _ownerOf(identity, _dids[identity]);
    }

    /// @dev Reverts unless the identity lives and the actor owns it.
    function _checkOwner(address identity, address actor) internal view {
        if (actor != _liveOwner(identity)) revert IPatientRegistry.NotIdentityOwner(identity, actor);
    }

    /// @dev The owner; reverts if the identity is deactivated.
    function _liveOwner(address identity) internal view returns (address) {
        Did storage did = _dids[identity];
        if (did.deactivated) revert IPatientRegistry.IdentityDeactivated(identity);
        return _ownerOf(identity, did);
    }

    /// @dev Of the identity whose slot is `did`.
    function _ownerOf(address identity, Did storage did) internal view returns (address) {
        address owner = did.owner;
        return owner == address(0) && !did.deactivated ? identity : owner;
    }

    /// @dev The signer's nonce, which is used up.
    function _useNonce(address signer) internal returns (uint256 current) {
        current = nonce(signer);
        ++_dids[signer].nonce;
    }

    function _changeOwner(address identity, address newOwner) internal {
        Did storage did = _dids[identity];
        did.owner = newOwner;
        did.deactivated = newOwner == address(0);
        emit DIDOwnerChanged(identity, newOwner, _link(identity));
    }

    function _addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity) internal {
        uint256 validTo = _validTo(identity, validity);

        _setDelegate(identity, delegateType, delegate, validTo);
    }

    function _revokeDelegate(address identity, bytes32 delegateType, address delegate) internal {
        _setDelegate(identity, delegateType, delegate, block.timestamp);
    }

    function _setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity) internal {
        uint256 validTo = _validTo(identity, validity);

        emit DIDAttributeChanged(identity, name, value, validTo, _link(identity));
    }

    function _revokeAttribute(address identity, bytes32 name, bytes calldata value) internal {
        emit DIDAttributeChanged(identity, name, value, 0, _link(identity));
    }

    function _setDelegate(address identity, bytes32 delegateType, address delegate, uint256 validTo) private {
        _delegates[identity][keccak256(abi.encode(delegateType))][delegate] = validTo;
        emit DIDDelegateChanged(identity, delegateType, delegate, validTo, _link(identity));
    }

    /// @dev Makes this block the identity's last and returns the one before.
    function _link(address identity) private returns (uint256 previousChange) {
        Did storage did = _dids[identity];
        previousChange = did.changed;
        did.changed = SafeCast.toUint40(block.number);
    }

    /// @dev Checks the owner's signature of ERC-1056's own digest, which ends in `act`, and uses up the nonce.
    function _useLegacySignature(address identity, uint8 v, bytes32 r, bytes32 s, bytes memory act) private {
        address owner = _liveOwner(identity);
        bytes32 digest = keccak256(
            abi.encodePacked(bytes1(0x19), bytes1(0x00), address(this), _useNonce(owner), identity, act)
        );
        (address signer, ECDSA.RecoverError err, ) = ECDSA.tryRecover(digest, v, r, s);
        if (err != ECDSA.RecoverError.NoError || signer != owner) revert SignatureInvalid(owner);
    }

    function _validTo(address identity, uint256 validity) private view returns (uint256) {
        if (validity > type(uint256).max - block.timestamp) {
            revert IPatientRegistry.ValidityInvalid(identity, validity);
        }
        return block.timestamp + validity;
    }
}
