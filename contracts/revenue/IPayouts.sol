// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

/// @title IPayouts
/// @notice Where patients want their revenue paid to: the owner of their DID, unless their side chose another address.
interface IPayouts {
    /// @dev Two slots.
    struct Payout {
        address to;
        /// How often the patient's side has chosen; guards signed choices against replay.
        uint96 nonce;
        /// Who chose. The choice holds while this is the patient or the guardian.
        address by;
    }

    error PatientUnreachable(address patient);

    event PayoutChanged(address indexed patient, address to, address indexed by);

    /// @notice Chooses where a patient's revenue goes; the zero address is the DID's owner again. The caller is the patient or the guardian.
    /// @dev The patient health fund as address donates all that is claimed from then on. A choice counts only while the chooser is the patient
    /// or the guardian: not after majority, nor under a new guardian or owner.
    /// @dev Reverts: NoAuthority.
    function setPayout(address patient, address to) external;

    /// @notice As `setPayout`, by signature; anyone may send it.
    /// @dev SetPayout(address patient,address to,uint256 nonce,uint256 deadline) by `signer`, with the nonce of `payout`.
    /// @dev Reverts: SignatureExpired, SignatureInvalid, NoAuthority.
    function setPayoutBySignature(
        address patient,
        address to,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice What the patient's side chose last.
    function payout(address patient) external view returns (Payout memory);

    /// @notice Where the patient's revenue goes now; zero if the DID is deactivated.
    function payoutAddress(address patient) external view returns (address);
}
