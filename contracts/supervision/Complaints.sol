// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ZeroAddress, ZeroHash} from "../common/Errors.sol";
import {Signed} from "../common/Signed.sol";
import {AgentRole, Authority, ComplaintId, InstitutionId, NO_INSTITUTION} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {ISupervision} from "./ISupervision.sol";

/// @title Complaints
/// @notice The part of supervision that takes complaints.
abstract contract Complaints is ISupervision, Signed {
    // Complain(address patient,uint32 accused,bytes32 textHash,uint256 deadline)
    bytes32 private constant COMPLAIN = keccak256(
        "Complain(address patient,uint32 accused,bytes32 textHash,uint256 deadline)"
    );

    IInstitutionRegistry internal immutable _institutions;
    IPatientRegistry private immutable _patients;

    mapping(ComplaintId complaint => Complaint) private _complaints;

    constructor(IInstitutionRegistry institutions, IPatientRegistry patients) {
        if (address(institutions) == address(0) || address(patients) == address(0)) revert ZeroAddress();

        _institutions = institutions;
        _patients = patients;
    }

    /// @inheritdoc ISupervision
    function complain(address patient, InstitutionId accused, bytes32 textHash) external returns (ComplaintId id) {
        InstitutionId institution;
        if (patient == address(0)) institution = _institutions.requireAgent(msg.sender, AgentRole.ALL);
        else _requireSide(patient, msg.sender);

        return _complain(patient, institution, accused, textHash, msg.sender);
    }

    /// @inheritdoc ISupervision
    function complainBySignature(
        address patient,
        InstitutionId accused,
        bytes32 textHash,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external returns (ComplaintId id) {
        bytes32 structHash = keccak256(abi.encode(COMPLAIN, patient, accused, textHash, deadline));
        _requireSignature(signer, structHash, deadline, signature);
        _requireSide(patient, signer);

        return _complain(patient, NO_INSTITUTION, accused, textHash, signer);
    }

    /// @inheritdoc ISupervision
    function complaint(ComplaintId id) external view returns (Complaint memory) {
        return _complaints[id];
    }

    /* INTERNAL */

    function _complain(
        address patient,
        InstitutionId institution,
        InstitutionId accused,
        bytes32 textHash,
        address actor
    ) private returns (ComplaintId id) {
        _requireKnown(accused);
        if (textHash == 0) revert ZeroHash();
        id = ComplaintId.wrap(keccak256(abi.encode(actor, patient, accused, textHash)));
        if (_complaints[id].filedAt != 0) revert ComplaintExists(id);

        _complaints[id] = Complaint(accused, SafeCast.toUint40(block.timestamp));

        emit ComplaintFiled(id, accused, patient, institution, textHash, actor);
    }

    /// @dev Reverts unless the complaint, if one is named, was filed.
    function _requireFiled(ComplaintId id) internal view {
        if (ComplaintId.unwrap(id) != 0 && _complaints[id].filedAt == 0) revert ComplaintUnknown(id);
    }

    function _requireKnown(InstitutionId institution) internal view {
        if (_institutions.memberWord(institution) == 0) revert IInstitutionRegistry.InstitutionUnknown(institution);
    }

    function _requireSide(address patient, address actor) private view {
        (Authority kind, ) = _patients.authority(patient, actor);
        if (kind == Authority.NONE) revert ComplainantNotPermitted(patient, actor);
    }
}
