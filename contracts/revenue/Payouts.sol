// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {NoAuthority} from "../common/Errors.sol";
import {Signed} from "../common/Signed.sol";
import {Authority} from "../common/Types.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {IPayouts} from "./IPayouts.sol";

/// @title Payouts
/// @notice See IPayouts.
abstract contract Payouts is IPayouts, Signed {
    bytes32 private constant SET_PAYOUT = keccak256(
        "SetPayout(address patient,address to,uint256 nonce,uint256 deadline)"
    );

    IPatientRegistry internal immutable _patients;

    mapping(address patient => Payout) private _payouts;

    constructor(IPatientRegistry patients) EIP712("Consilium Revenue", "1") {
        _patients = patients;
    }

    /// @inheritdoc IPayouts
    function setPayout(address patient, address to) external {
        _setPayout(patient, to, msg.sender);
    }

    /// @inheritdoc IPayouts
    function setPayoutBySignature(
        address patient,
        address to,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external {
        uint96 nonce = _payouts[patient].nonce;
        bytes32 structHash = keccak256(abi.encode(SET_PAYOUT, patient, to, nonce, deadline));
        _requireSignature(signer, structHash, deadline, signature);
        _setPayout(patient, to, signer);
    }

    /// @inheritdoc IPayouts
    function payout(address patient) external view returns (Payout memory) {
        return _payouts[patient];
    }

    /// @inheritdoc IPayouts
    function payoutAddress(address patient) public view returns (address) {
        address chosen = _payouts[patient].to;
        if (chosen != address(0) && _isPrincipal(patient, _payouts[patient].by)) return chosen;
        return _patients.identityOwner(patient);
    }

    function _setPayout(address patient, address to, address by) private {
        if (!_isPrincipal(patient, by)) revert NoAuthority(patient, by);

        _payouts[patient] = Payout(to, _payouts[patient].nonce + 1, by);

        emit PayoutChanged(patient, to, by);
    }

    /// @dev Whether `actor` is the patient or the guardian: a delegate's mandate is about consents.
    function _isPrincipal(address patient, address actor) internal view returns (bool) {
        (Authority kind, ) = _patients.authority(patient, actor);
        return kind.isPrincipal();
    }
}
