// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {ZeroAddress} from "../common/Errors.sol";
import {ConsentId} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {InstitutionWord} from "../identity/InstitutionWord.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {IConsentRegistry} from "./IConsentRegistry.sol";
import {PolicyWord} from "./PolicyWord.sol";

/// @title Mandates
/// @notice What a delegate may do with a patient's consents. See IConsentRegistry.
abstract contract Mandates is IConsentRegistry {
    using InstitutionWord for uint208;
    using PolicyWord for uint256;

    uint8 private constant DATA_TRUST = uint8(IInstitutionRegistry.InstitutionKind.DATA_TRUST);

    IPatientRegistry internal immutable _patients;
    IInstitutionRegistry private immutable _institutions;

    constructor(IPatientRegistry patients, IInstitutionRegistry institutions) {
        if (address(patients) == address(0) || address(institutions) == address(0)) revert ZeroAddress();

        _patients = patients;
        _institutions = institutions;
    }

    /// @dev Reverts unless the delegate acts for a data trust in standing, and the policy lies within its mandate.
    function _requireWithinMandate(ConsentId id, uint256 policy, address patient, address delegate) internal view {
        (, uint16 roles, uint208 member) = _institutions.agentStanding(delegate);
        if (roles == 0 || member.kindOf() != DATA_TRUST) revert DelegateNotPermitted(patient, delegate);
        uint256 mandate = _patients.mandate(patient, delegate);
        if (!policy.isWithin(mandate)) revert ConsentBeyondMandate(id, mandate);
    }
}
