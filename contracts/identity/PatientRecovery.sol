// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignatureInvalid} from "../common/Errors.sol";
import {Signed} from "../common/Signed.sol";
import {ERC1056} from "./ERC1056.sol";
import {IPatientRegistry} from "./IPatientRegistry.sol";
import {PatientHash} from "./PatientHash.sol";

/// @title PatientRecovery
/// @notice Signed acts, and the hand-over of an identity by M of N helpers.
abstract contract PatientRecovery is IPatientRegistry, ERC1056, Signed {
    /// @dev Two slots.
    struct Setup {
        bytes32 hash;
        /// First second in force.
        uint40 from;
        uint40 delay;
    }

    /// @dev Five slots.
    struct Recovery {
        Setup current;
        /// Replaces `current` from its first second on.
        Setup next;
        /// Zero: no hand-over is under way.
        address newOwner;
        uint40 readyAt;
        uint40 nonce;
    }

    uint256 public constant MAX_HELPERS = 16;
    uint40 public constant MIN_RECOVERY_DELAY = 1 days;
    uint40 public constant MAX_RECOVERY_DELAY = 60 days;

    mapping(address identity => Recovery) private _recoveries;

    /// @inheritdoc IPatientRegistry
    function setRecovery(address identity, RecoverySetup calldata setup) external {
        _checkOwner(identity, msg.sender);

        _setRecovery(identity, setup);
    }

    /// @inheritdoc IPatientRegistry
    function setRecoveryBySignature(
        address identity,
        RecoverySetup calldata setup,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 helpersHash = keccak256(abi.encodePacked(setup.helpers));
        bytes memory fields = abi.encode(PatientHash.SET_RECOVERY, identity, helpersHash, setup.threshold, setup.delay);
        _useOwnerSignature(identity, fields, deadline, signature);

        _setRecovery(identity, setup);
    }

    /// @inheritdoc IPatientRegistry
    function startRecovery(
        address identity,
        address newOwner,
        RecoverySetup calldata setup,
        address[] calldata signers,
        uint256 deadline,
        bytes[] calldata signatures
    ) external {
        Recovery storage state = _recoveries[identity];
        if (newOwner == _liveOwner(identity) || newOwner == address(0)) {
            revert RecoveryOwnerInvalid(identity, newOwner);
        }
        if (state.newOwner != address(0)) revert RecoveryInProgress(identity);
        if (keccak256(abi.encode(setup)) != recoverySetup(identity)) revert RecoverySetupUnknown(identity);
        if (signers.length < setup.threshold || signers.length != signatures.length) {
            revert RecoverySignersInvalid(identity, signers.length, signatures.length);
        }
        bytes memory fields = abi.encode(PatientHash.RECOVER, identity, newOwner);
        bytes32 structHash = PatientHash.structHash(fields, state.nonce, deadline);
        uint256 helper = 0;
        for (uint256 i = 0; i < signers.length; ++i) {
            // Helpers ascend, so each can serve once only.
            while (helper < setup.helpers.length && setup.helpers[helper] != signers[i]) ++helper;
            if (helper++ == setup.helpers.length) revert SignatureInvalid(signers[i]);
            _requireSignature(signers[i], structHash, deadline, signatures[i]);
        }

        _takeUpNextSetup(state);
        uint40 readyAt = SafeCast.toUint40(block.timestamp) + setup.delay;
        (state.newOwner, state.readyAt) = (newOwner, readyAt);
        ++state.nonce;
        emit RecoveryStarted(identity, newOwner, readyAt);
    }

    /// @inheritdoc IPatientRegistry
    function cancelRecovery(address identity) external {
        _checkOwner(identity, msg.sender);

        _cancelRecovery(identity);
    }

    /// @inheritdoc IPatientRegistry
    function cancelRecoveryBySignature(address identity, uint256 deadline, bytes calldata signature) external {
        _useOwnerSignature(identity, abi.encode(PatientHash.CANCEL_RECOVERY, identity), deadline, signature);

        _cancelRecovery(identity);
    }

    /// @inheritdoc IPatientRegistry
    function finishRecovery(address identity) external {
        _liveOwner(identity);
        Recovery storage state = _recoveries[identity];
        uint40 readyAt = state.readyAt;
        if (state.newOwner == address(0)) revert RecoveryNotStarted(identity);
        if (block.timestamp < readyAt) revert RecoveryTooEarly(identity, readyAt);

        address newOwner = _endRecovery(state);
        emit RecoveryFinished(identity, newOwner);
        // The helpers who recovered stay: whoever set others meanwhile may be the one from whom they recovered.
        if (state.next.hash != 0) {
            delete state.next;
            emit RecoverySetupChanged(identity, state.current.hash, state.current.from);
        }
        _changeOwner(identity, newOwner);
    }

    /// @inheritdoc IPatientRegistry
    function recoverySetup(address identity) public view returns (bytes32) {
        Recovery storage state = _recoveries[identity];
        return state.newOwner == address(0) && _isDue(state.next) ? state.next.hash : state.current.hash;
    }

    /// @inheritdoc IPatientRegistry
    function recovery(address identity) external view returns (address newOwner, uint40 readyAt) {
        return (_recoveries[identity].newOwner, _recoveries[identity].readyAt);
    }

    /// @inheritdoc IPatientRegistry
    function recoveryNonce(address identity) external view returns (uint256) {
        return _recoveries[identity].nonce;
    }

    /// @dev Checks the owner's signature and uses up the owner's nonce. See PatientHash for `fields`.
    function _useOwnerSignature(
        address identity,
        bytes memory fields,
        uint256 deadline,
        bytes calldata signature
    ) internal {
        _useSignature(_liveOwner(identity), fields, deadline, signature);
    }

    /// @dev Checks the signer's signature and uses up the signer's nonce. See PatientHash for `fields`.
    function _useSignature(address signer, bytes memory fields, uint256 deadline, bytes calldata signature) internal {
        bytes32 structHash = PatientHash.structHash(fields, _useNonce(signer), deadline);
        _requireSignature(signer, structHash, deadline, signature);
    }

    function _setRecovery(address identity, RecoverySetup calldata setup) private {
        Recovery storage state = _recoveries[identity];
        if (state.newOwner != address(0)) revert RecoveryInProgress(identity);
        _checkSetup(identity, setup);

        _takeUpNextSetup(state);
        bytes32 setupHash = keccak256(abi.encode(setup));
        uint40 from = SafeCast.toUint40(block.timestamp) + state.current.delay;
        Setup memory changed_ = Setup(setupHash, from, setup.delay);
        if (state.current.hash == 0) state.current = changed_;
        else state.next = changed_;
        emit RecoverySetupChanged(identity, setupHash, from);
    }

    function _cancelRecovery(address identity) private {
        Recovery storage state = _recoveries[identity];
        if (state.newOwner == address(0)) revert RecoveryNotStarted(identity);

        emit RecoveryCancelled(identity, _endRecovery(state));
    }

    /// @dev The new owner of the hand-over that was under way.
    function _endRecovery(Recovery storage state) private returns (address newOwner) {
        newOwner = state.newOwner;
        (state.newOwner, state.readyAt) = (address(0), 0);
    }

    function _takeUpNextSetup(Recovery storage state) private {
        if (!_isDue(state.next)) return;
        state.current = state.next;
        delete state.next;
    }

    function _isDue(Setup storage next) private view returns (bool) {
        return next.hash != 0 && block.timestamp >= next.from;
    }

    function _checkSetup(address identity, RecoverySetup calldata setup) private view {
        uint256 count = setup.helpers.length;
        bool isValid =
            setup.threshold != 0 &&
                setup.threshold <= count &&
                count <= MAX_HELPERS &&
                setup.delay >= MIN_RECOVERY_DELAY &&
                setup.delay <= MAX_RECOVERY_DELAY;
        address owner = identityOwner(identity);
        address previous = address(0);
        for (uint256 i = 0; isValid && i < count; ++i) {
            address helper = setup.helpers[i];
            isValid = helper > previous && helper != owner;
            previous = helper;
        }
        if (!isValid) revert RecoverySetupInvalid(identity);
    }
}
