// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

/// @notice An address that must be set is zero.
error ZeroAddress();

/// @notice A hash that must be set is zero.
error ZeroHash();

/// @notice The signature's deadline has passed.
/// @param deadline Last second at which it could be used, unix seconds.
error SignatureExpired(uint256 deadline);

/// @notice The signature is not the signer's over this message, or it is malleated.
/// @param signer Who should have signed.
error SignatureInvalid(address signer);

/// @notice The period is empty, over already, or longer than allowed.
/// @param from First second, unix seconds.
/// @param until First second after the end, unix seconds.
error PeriodInvalid(uint256 from, uint256 until);

/// @notice The actor may not do this for the patient.
error NoAuthority(address patient, address actor);

/// @notice The patient's DID is deactivated, so that nobody can be paid for it.
error PatientUnreachable(address patient);
