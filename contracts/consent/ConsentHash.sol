// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {ConsentId} from "../common/Types.sol";
import {IConsentRegistry} from "./IConsentRegistry.sol";

/// @title ConsentHash
/// @notice EIP-712 struct hashes of consents and of the acts that are signed about them.
library ConsentHash {
    // ConsentDetails(bytes32 parameters,bytes32 notice,bytes32 previous,uint256 salt)
    bytes32 internal constant DETAILS = keccak256(
        "ConsentDetails(bytes32 parameters,bytes32 notice,bytes32 previous,uint256 salt)"
    );

    // Consent(address patient,uint32 institution,address agent,bytes32 study,uint256 policy,uint8 epoch,ConsentDetails details)
    //   ConsentDetails(…)
    bytes32 internal constant CONSENT = keccak256(
        "Consent(address patient,uint32 institution,address agent,bytes32 study,uint256 policy,uint8 epoch,ConsentDetails details)ConsentDetails(bytes32 parameters,bytes32 notice,bytes32 previous,uint256 salt)"
    );

    // GiveConsent(Consent consent,uint256 deadline)Consent(…)ConsentDetails(…)
    bytes32 internal constant GIVE = keccak256(
        "GiveConsent(Consent consent,uint256 deadline)Consent(address patient,uint32 institution,address agent,bytes32 study,uint256 policy,uint8 epoch,ConsentDetails details)ConsentDetails(bytes32 parameters,bytes32 notice,bytes32 previous,uint256 salt)"
    );

    // RefuseConsent(Consent consent,uint256 deadline)Consent(…)ConsentDetails(…)
    bytes32 internal constant REFUSE = keccak256(
        "RefuseConsent(Consent consent,uint256 deadline)Consent(address patient,uint32 institution,address agent,bytes32 study,uint256 policy,uint8 epoch,ConsentDetails details)ConsentDetails(bytes32 parameters,bytes32 notice,bytes32 previous,uint256 salt)"
    );

    // WithdrawConsent(bytes32 consent,uint256 deadline)
    bytes32 internal constant WITHDRAW = keccak256("WithdrawConsent(bytes32 consent,uint256 deadline)");

    // WithdrawAllConsents(address patient,uint8 epoch,uint256 deadline)
    bytes32 internal constant WITHDRAW_ALL = keccak256(
        "WithdrawAllConsents(address patient,uint8 epoch,uint256 deadline)"
    );

    function details(IConsentRegistry.Details calldata value) internal pure returns (bytes32) {
        return _struct(DETAILS, _pointer(value), 4);
    }

    /// @notice The id of a consent: the struct hash of its terms, whose details enter by their hash.
    function consent(IConsentRegistry.Terms calldata terms) internal pure returns (ConsentId) {
        return ConsentId.wrap(_struct(CONSENT, _pointer(terms), 7));
    }

    /// @dev Hashes a type hash and the words of a static struct in calldata, which are its EIP-712 encoding already. Copying them as they stand
    /// spares the compiler's checks of every field on the hottest path. A struct with dirty bits makes another hash than any signed one,
    /// and reading its fields reverts.
    function _struct(bytes32 typeHash, uint256 pointer, uint256 words) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 0x20), pointer, shl(5, words))
            hash := keccak256(free, shl(5, add(words, 1)))
        }
    }

    function _pointer(IConsentRegistry.Terms calldata value) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := value
        }
    }

    function _pointer(IConsentRegistry.Details calldata value) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := value
        }
    }

    function give(ConsentId id, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(GIVE, id, deadline));
    }

    function refuse(ConsentId id, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(REFUSE, id, deadline));
    }

    function withdraw(ConsentId id, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(WITHDRAW, id, deadline));
    }

    function withdrawAll(address patient, uint8 epoch, uint256 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(WITHDRAW_ALL, patient, epoch, deadline));
    }
}
