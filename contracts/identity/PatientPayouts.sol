// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Authority} from "../common/Types.sol";
import {IPatientRegistry} from "./IPatientRegistry.sol";
import {PatientHash} from "./PatientHash.sol";
import {PatientRecovery} from "./PatientRecovery.sol";

/// @title PatientPayouts
/// @notice Where patients want their revenue paid to.
abstract contract PatientPayouts is PatientRecovery {
    mapping(address identity => Payout) private _payouts;

    /// @inheritdoc IPatientRegistry
    function setPayout(address identity, address to) external {
        // A choice that was signed before and not sent yet shall not follow this one.
        _useNonce(msg.sender);

        _setPayout(identity, to, msg.sender);
    }

    /// @inheritdoc IPatientRegistry
    function setPayoutBySignature(
        address identity,
        address to,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external {
        _useSignature(signer, abi.encode(PatientHash.SET_PAYOUT, identity, to), deadline, signature);

        _setPayout(identity, to, signer);
    }

    /// @inheritdoc IPatientRegistry
    function payout(address identity) external view returns (Payout memory) {
        return _payouts[identity];
    }

    /// @inheritdoc IPatientRegistry
    function payoutAddress(address identity) external view returns (address) {
        Did storage did = _dids[identity];
        if (did.hasPayout && _isPrincipal(identity, _payouts[identity].by)) return _payouts[identity].to;
        return _ownerOf(identity, did);
    }

    /// @inheritdoc IPatientRegistry
    function authority(address identity, address actor) public view virtual returns (Authority kind, uint40 until);

    /// @dev Reverts unless the identity lives and the actor has SELF or GUARDIAN authority.
    function _checkPrincipal(address identity, address actor) internal view {
        _liveOwner(identity);
        if (!_isPrincipal(identity, actor)) revert NotIdentityOwner(identity, actor);
    }

    function _setPayout(address identity, address to, address by) private {
        _checkPrincipal(identity, by);

        _dids[identity].hasPayout = to != address(0);
        _payouts[identity] = Payout(to, by);
        emit PayoutChanged(identity, to, by);
    }

    /// @dev Whether the actor is the patient or the guardian: a delegate's mandate is about consents.
    function _isPrincipal(address identity, address actor) private view returns (bool) {
        (Authority kind, ) = authority(identity, actor);
        return kind.isPrincipal();
    }
}
