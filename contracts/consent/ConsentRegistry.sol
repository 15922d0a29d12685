// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {NoAuthority} from "../common/Errors.sol";
import {FailedCheck} from "../common/FailedCheck.sol";
import {Signed} from "../common/Signed.sol";
import {Authority, ConsentId, InstitutionId, StudyId} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {ConsentHash} from "./ConsentHash.sol";
import {ConsentWord} from "./ConsentWord.sol";
import {IConsentRegistry} from "./IConsentRegistry.sol";
import {Mandates} from "./Mandates.sol";
import {PolicyWord} from "./PolicyWord.sol";

/// @title ConsentRegistry
/// @notice See IConsentRegistry.
contract ConsentRegistry is Mandates, Signed, AccessManaged {
    using ConsentWord for uint256;
    using PolicyWord for uint256;

    /* CONSTANTS */

    uint256 private constant EPOCHS_PER_GROUP = 6;
    uint8 private constant LAST_EPOCH = type(uint8).max;

    /* STORAGE */

    /// @dev See ConsentWord.
    mapping(ConsentId consent => uint256 word) private _consents;
    /// @dev Bits 0-7 the present epoch, then six times of 40 bits: when the epochs of the group ended to which the last ended epoch
    /// belongs. One slot, so that `withdrawAll` is one write; each full group moves to the archive.
    mapping(address patient => uint256 word) private _epochs;
    mapping(address patient => mapping(uint256 group => uint256 word)) private _archive;

    constructor(
        address authority,
        IPatientRegistry patients,
        IInstitutionRegistry institutions
    ) EIP712("Consilium Consents", "1") AccessManaged(authority) Mandates(patients, institutions) {}

    /* MUTATING */

    /// @inheritdoc IConsentRegistry
    function give(Terms calldata terms, Details calldata details) external returns (ConsentId id) {
        id = ConsentHash.consent(terms);
        _give(id, terms, details, msg.sender);
    }

    /// @inheritdoc IConsentRegistry
    function giveBySignature(SignedConsent calldata signed) external returns (ConsentId id) {
        return _giveSigned(signed);
    }

    /// @inheritdoc IConsentRegistry
    function giveMany(SignedConsent[] calldata signed) external {
        for (uint256 i = 0; i < signed.length; ++i) _giveSigned(signed[i]);
    }

    /// @inheritdoc IConsentRegistry
    function giveJointly(
        Terms calldata terms,
        Details calldata details,
        uint256 deadline,
        bytes[] calldata signatures
    ) external returns (ConsentId id) {
        id = ConsentHash.consent(terms);
        (address[] memory signers, uint40 until) = _patients.jointSigners(terms.patient);
        if (signers.length == 0) revert NoAuthority(terms.patient, msg.sender);
        if (signatures.length != signers.length) revert ConsentSignersInvalid(id, signers.length, signatures.length);
        bytes32 structHash = ConsentHash.give(id, deadline);
        for (uint256 i = 0; i < signers.length; ++i) {
            if (signers[i] != msg.sender) _requireSignature(signers[i], structHash, deadline, signatures[i]);
        }
        _requireFlag(id, terms.policy, PolicyWord.GUARDIAN_SIGNED, Authority.JOINT);
        _keepGiven(id, terms, details, until, signers[0]);
    }

    /// @inheritdoc IConsentRegistry
    function withdraw(ConsentId id) external {
        _withdraw(id, msg.sender);
    }

    /// @inheritdoc IConsentRegistry
    function withdrawBySignature(ConsentId id, address signer, uint256 deadline, bytes calldata signature) external {
        _requireSignature(signer, ConsentHash.withdraw(id, deadline), deadline, signature);
        _withdraw(id, signer);
    }

    /// @inheritdoc IConsentRegistry
    function withdrawAsDelegate(Terms calldata terms) external {
        ConsentId id = ConsentHash.consent(terms);
        uint256 word = _requireAlive(id);
        address patient = word.patientOf();
        (Authority kind, ) = _patients.authority(patient, msg.sender);
        if (kind != Authority.DELEGATE) revert NoAuthority(patient, msg.sender);
        _requireWithinMandate(id, terms.policy, patient, msg.sender);

        _consents[id] = word.ended(Status.WITHDRAWN, block.timestamp);
        emit ConsentWithdrawn(id, patient, msg.sender);
    }

    /// @inheritdoc IConsentRegistry
    function withdrawAll(address patient) external {
        _withdrawAll(patient, _epochs[patient], msg.sender);
    }

    /// @inheritdoc IConsentRegistry
    function withdrawAllBySignature(
        address patient,
        uint8 epoch,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external {
        _requireSignature(signer, ConsentHash.withdrawAll(patient, epoch, deadline), deadline, signature);
        uint256 word = _epochs[patient];
        if (epoch != uint8(word)) revert ConsentEpochInvalid(patient, epoch, uint8(word));
        _withdrawAll(patient, word, signer);
    }

    /// @inheritdoc IConsentRegistry
    function refuse(Terms calldata terms) external returns (ConsentId id) {
        id = ConsentHash.consent(terms);
        _refuse(id, terms, msg.sender);
    }

    /// @inheritdoc IConsentRegistry
    function refuseBySignature(
        Terms calldata terms,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external returns (ConsentId id) {
        id = ConsentHash.consent(terms);
        _requireSignature(signer, ConsentHash.refuse(id, deadline), deadline, signature);
        _refuse(id, terms, signer);
    }

    /// @inheritdoc IConsentRegistry
    function revoke(ConsentId id, bytes32 reasonHash) external restricted {
        uint256 word = _requireAlive(id);

        _consents[id] = word.ended(Status.REVOKED, block.timestamp);
        emit ConsentRevoked(id, word.patientOf(), reasonHash, msg.sender);
    }

    /// @inheritdoc IConsentRegistry
    function invalidate(ConsentId id, bytes32 reasonHash) external restricted {
        uint256 word = _consents[id];
        Status status = word.statusOf();
        if (status == Status.NONE) revert ConsentUnknown(id);
        if (status == Status.INVALIDATED || status == Status.REFUSED) revert ConsentEnded(id, status);

        _consents[id] = word.ended(Status.INVALIDATED, word.fromOf());
        emit ConsentInvalidated(id, word.patientOf(), reasonHash, msg.sender);
    }

    /* VIEWS */

    /// @inheritdoc IConsentRegistry
    function isInForce(ConsentId id, uint40 t) external view returns (bool) {
        return _isInForce(_consents[id], t);
    }

    /// @inheritdoc IConsentRegistry
    function check(Terms calldata terms, Use calldata use) external view returns (uint256 failed) {
        failed = _check(terms, use);
        if (_patients.isDeactivated(terms.patient)) failed |= FailedCheck.PATIENT_DEACTIVATED;
    }

    /// @inheritdoc IConsentRegistry
    function checkMany(Terms[] calldata terms, Use calldata use) external view returns (uint256[] memory failed) {
        uint256 count = terms.length;
        failed = new uint256[](count);
        address[] memory patients = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            Terms calldata one = terms[i];
            failed[i] = _check(one, use);
            patients[i] = one.patient;
        }
        bool[] memory deactivated = _patients.areDeactivated(patients);
        for (uint256 i = 0; i < count; ++i) if (deactivated[i]) failed[i] |= FailedCheck.PATIENT_DEACTIVATED;
    }

    /// @inheritdoc IConsentRegistry
    function consent(ConsentId id) external view returns (Consent memory) {
        return _consents[id].decode();
    }

    /// @inheritdoc IConsentRegistry
    function epochOf(address patient) external view returns (uint8) {
        return uint8(_epochs[patient]);
    }

    /// @inheritdoc IConsentRegistry
    function consentId(Terms calldata terms) external pure returns (ConsentId) {
        return ConsentHash.consent(terms);
    }

    /// @inheritdoc IConsentRegistry
    function detailsHash(Details calldata details) external pure returns (bytes32) {
        return ConsentHash.details(details);
    }

    /* INTERNAL */

    function _giveSigned(SignedConsent calldata signed) private returns (ConsentId id) {
        id = ConsentHash.consent(signed.terms);
        _requireSignature(signed.signer, ConsentHash.give(id, signed.deadline), signed.deadline, signed.signature);
        _give(id, signed.terms, signed.details, signed.signer);
    }

    function _give(ConsentId id, Terms calldata terms, Details calldata details, address actor) private {
        uint40 until = _requireAuthorityFor(id, terms.patient, terms.policy, actor);
        _keepGiven(id, terms, details, until, actor);
    }

    /// @param until The end of the authority that gives it.
    function _keepGiven(
        ConsentId id,
        Terms calldata terms,
        Details calldata details,
        uint40 until,
        address actor
    ) private {
        address patient = terms.patient;
        uint256 policy = terms.policy;
        _requireNew(id);
        if (terms.details != ConsentHash.details(details)) revert ConsentDetailsInvalid(id, terms.details);
        if (policy.validUntil() < until) until = policy.validUntil();
        if (!policy.isWellFormed() || until <= block.timestamp) revert ConsentPolicyInvalid(id, policy);
        uint8 current = uint8(_epochs[patient]);
        if (terms.epoch != current || current == LAST_EPOCH) revert ConsentEpochInvalid(patient, terms.epoch, current);
        Status status = Status.GIVEN;
        ConsentId previous = details.previous;
        if (ConsentId.unwrap(previous) != 0) {
            if (_consents[previous].patientOf() != patient) revert ConsentPreviousInvalid(id, previous);
            status = Status.RENEWED;
        }

        uint256 from = policy.validFrom();
        if (from < block.timestamp) from = block.timestamp;
        _consents[id] = ConsentWord.encode(patient, from, until, current, status);
        _emitGiven(id, terms, details, until, actor);
    }

    function _emitGiven(
        ConsentId id,
        Terms calldata terms,
        Details calldata details,
        uint40 until,
        address actor
    ) private {
        emit ConsentGiven(
            id,
            terms.patient,
            terms.institution,
            terms.agent,
            terms.study,
            terms.policy,
            terms.epoch,
            until,
            details,
            actor
        );
    }

    /// @return until The end of the actor's authority.
    function _requireAuthorityFor(
        ConsentId id,
        address patient,
        uint256 policy,
        address actor
    ) private view returns (uint40 until) {
        Authority kind;
        (kind, until) = _patients.authority(patient, actor);
        uint256 expected;
        if (kind != Authority.SELF) {
            if (kind == Authority.GUARDIAN) expected = PolicyWord.GUARDIAN_SIGNED;
            else if (kind == Authority.DELEGATE) expected = PolicyWord.DELEGATE_SIGNED;
            else revert NoAuthority(patient, actor);
        }
        _requireFlag(id, policy, expected, kind);
        if (kind == Authority.DELEGATE) _requireWithinMandate(id, policy, patient, actor);
    }

    function _requireFlag(ConsentId id, uint256 policy, uint256 expected, Authority kind) private pure {
        uint256 flags = policy & (PolicyWord.GUARDIAN_SIGNED | PolicyWord.DELEGATE_SIGNED);
        if (flags != expected) revert ConsentAuthorityFlag(id, kind);
    }

    function _requireSide(address patient, address actor) private view {
        (Authority kind, ) = _patients.authority(patient, actor);
        if (!kind.isPatientSide()) revert NoAuthority(patient, actor);
    }

    function _requireNew(ConsentId id) private view {
        Status status = _consents[id].statusOf();
        if (status != Status.NONE) revert ConsentExists(id, status);
    }

    /// @dev Reverts unless the consent was given and nobody ended it; it may have expired, or its epoch have ended.
    function _requireAlive(ConsentId id) private view returns (uint256 word) {
        word = _consents[id];
        Status status = word.statusOf();
        if (status == Status.NONE) revert ConsentUnknown(id);
        if (status != Status.GIVEN && status != Status.RENEWED) revert ConsentEnded(id, status);
    }

    function _withdraw(ConsentId id, address actor) private {
        uint256 word = _requireAlive(id);
        address patient = word.patientOf();
        _requireSide(patient, actor);

        _consents[id] = word.ended(Status.WITHDRAWN, block.timestamp);
        emit ConsentWithdrawn(id, patient, actor);
    }

    /// @param word The patient's `_epochs`.
    function _withdrawAll(address patient, uint256 word, address actor) private {
        uint8 current = uint8(word);
        _requireSide(patient, actor);
        if (current == LAST_EPOCH) revert ConsentsExhausted(patient);

        uint256 place = current % EPOCHS_PER_GROUP;
        if (place == 0 && current != 0) {
            _archive[patient][current / EPOCHS_PER_GROUP - 1] = word;
            word = current;
        }
        // current < LAST_EPOCH, so its byte does not overflow; the place's bits are zero.
        unchecked {
            _epochs[patient] = (word + 1) | (block.timestamp << _shift(place));
        }
        emit AllConsentsWithdrawn(patient, current, actor);
    }

    function _refuse(ConsentId id, Terms calldata terms, address actor) private {
        address patient = terms.patient;
        _requireNew(id);
        (Authority kind, ) = _patients.authority(patient, actor);
        if (kind == Authority.NONE) revert NoAuthority(patient, actor);
        if (kind == Authority.DELEGATE) _requireWithinMandate(id, terms.policy, patient, actor);

        _consents[id] = ConsentWord.encode(patient, 0, 0, 0, Status.REFUSED);
        emit ConsentRefused(id, patient, terms, actor);
    }

    function _check(Terms calldata terms, Use calldata use) private view returns (uint256 failed) {
        uint256 word = use.word;
        if (!_isInForce(_consents[ConsentHash.consent(terms)], uint40(block.timestamp)))
            failed |= FailedCheck.CONSENT_NOT_IN_FORCE;
        // A consent that names its user, study or wallet meets DUO's IS, PS and US by that very name.
        if (InstitutionId.unwrap(terms.institution) != 0) {
            word |= PolicyWord.MODIFIER_IS;
            if (terms.institution != use.institution) failed |= FailedCheck.CONSENT_GRANTEE;
        }
        if (terms.agent != address(0)) {
            word |= PolicyWord.MODIFIER_US;
            if (terms.agent != use.requester) failed |= FailedCheck.CONSENT_GRANTEE;
        }
        if (StudyId.unwrap(terms.study) != 0) {
            word |= PolicyWord.MODIFIER_PS;
            if (terms.study != use.study) failed |= FailedCheck.CONSENT_STUDY;
        }
        failed |= terms.policy.matchRequest(word, block.timestamp);
    }

    function _isInForce(uint256 word, uint40 t) private view returns (bool) {
        return t >= word.fromOf() && t < word.untilOf() && t < _epochEnd(word.patientOf(), word.epochOf());
    }

    /// @return When the epoch ended; the maximum if it goes on.
    function _epochEnd(address patient, uint8 epoch) private view returns (uint40) {
        uint256 word = _epochs[patient];
        uint8 current = uint8(word);
        if (epoch >= current) return type(uint40).max;
        uint256 group = epoch / EPOCHS_PER_GROUP;
        if (group != (current - 1) / EPOCHS_PER_GROUP) word = _archive[patient][group];
        return uint40(word >> _shift(epoch % EPOCHS_PER_GROUP));
    }

    function _shift(uint256 place) private pure returns (uint256) {
        // place < EPOCHS_PER_GROUP
        unchecked {
            return 8 + 40 * place;
        }
    }
}
