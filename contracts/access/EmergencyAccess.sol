// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ZeroAddress, ZeroHash} from "../common/Errors.sol";
import {FailedCheck} from "../common/FailedCheck.sol";
import {Signed} from "../common/Signed.sol";
import {AgentRole, Authority, BatchId, CaseId, EmergencyId, InstitutionId, NO_INSTITUTION} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {InstitutionWord} from "../identity/InstitutionWord.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {RecordHash} from "../records/RecordHash.sol";
import {RecordMeta} from "../records/RecordMeta.sol";
import {ISupervision} from "../supervision/ISupervision.sol";
import {IEmergencyAccess} from "./IEmergencyAccess.sol";

/// @title EmergencyAccess
/// @notice See IEmergencyAccess.
contract EmergencyAccess is IEmergencyAccess, Signed, AccessManaged {
    using InstitutionWord for uint208;
    using RecordMeta for uint256;

    /* CONSTANTS, IMMUTABLES, STORAGE */

    uint16 private constant ALL_CATEGORIES = uint16((1 << (uint256(RecordMeta.MAX_CATEGORY) + 1)) - 1);
    uint32 private constant LONGEST_DURATION = 72 hours;
    uint32 private constant MIN_REVIEW_WINDOW = 1 hours;
    uint32 private constant MAX_REVIEW_WINDOW = 30 days;
    // SetOptOut(address patient,uint16 categories,uint64 nonce,uint256 deadline)
    bytes32 private constant SET_OPT_OUT = keccak256(
        "SetOptOut(address patient,uint16 categories,uint64 nonce,uint256 deadline)"
    );

    IInstitutionRegistry private immutable _institutions;
    IPatientRegistry private immutable _patients;
    IRecordRegistry private immutable _records;
    ISupervision private immutable _supervision;

    EmergencyRules private _rules;

    mapping(EmergencyId emergency => Emergency) private _emergencies;
    mapping(EmergencyId emergency => address patient) private _boundPatients;
    mapping(address patient => OptOut) private _optOuts;

    constructor(
        address authority_,
        IInstitutionRegistry institutions,
        IPatientRegistry patients,
        IRecordRegistry records,
        ISupervision supervision,
        EmergencyRules memory rules
    ) EIP712("Consilium Emergency", "1") AccessManaged(authority_) {
        if (
            address(institutions) == address(0) ||
            address(patients) == address(0) ||
            address(records) == address(0) ||
            address(supervision) == address(0)
        ) revert ZeroAddress();

        _institutions = institutions;
        _patients = patients;
        _records = records;
        _supervision = supervision;
        _setRules(rules);
    }

    /* ACCESS */

    /// @inheritdoc IEmergencyAccess
    function open(EmergencyTerms calldata terms) external returns (EmergencyId id, uint16 opened) {
        InstitutionId institution = _requireClinician();
        EmergencyRules memory rules = _rules;
        uint256 duration = terms.duration == 0 ? rules.defaultDuration : terms.duration;
        InstitutionId custodian = _requireTerms(terms);
        if (duration > rules.maxDuration) revert EmergencyDurationInvalid(terms.duration, rules.maxDuration);
        id = _idOf(msg.sender, terms);
        if (_emergencies[id].status != EmergencyStatus.NONE) revert EmergencyExists(id);

        // Whom an unidentified record belongs to shows at the delivery, where it is asked for again.
        uint16 optedOut = terms.patient == address(0) ? 0 : _optOuts[terms.patient].categories & terms.categories;
        opened = terms.categories & ~optedOut;
        uint40 until = uint40(block.timestamp + duration);
        uint40 reviewUntil = uint40(block.timestamp + rules.reviewWindow);
        _emergencies[id] = Emergency({
            institution: institution,
            status: opened == 0 ? EmergencyStatus.REFUSED : EmergencyStatus.OPEN,
            categories: opened,
            openedAt: uint40(block.timestamp),
            until: until,
            reviewUntil: reviewUntil
        });

        emit EmergencyOpened(
            id,
            terms.patient,
            institution,
            custodian,
            terms.batch,
            terms.record,
            opened,
            optedOut,
            until,
            reviewUntil,
            terms.reasonHash,
            msg.sender
        );
    }

    /// @inheritdoc IEmergencyAccess
    function bindPatient(
        address clinician,
        EmergencyTerms calldata terms,
        IRecordRegistry.Record calldata record,
        bytes32[] calldata proof
    ) external {
        EmergencyId id = _idOf(clinician, terms);
        InstitutionId custodian = _requireCustodian(id, record);
        _requireEmergency(id);
        address known = terms.patient == address(0) ? _boundPatients[id] : terms.patient;
        if (known != address(0)) revert EmergencyPatientKnown(id, known);
        bytes32 leaf = RecordHash.leaf(record);
        if (leaf != terms.record || record.patient == address(0) || !_records.verify(terms.batch, record, proof)) {
            revert IRecordRegistry.RecordNotAnchored(terms.batch, leaf);
        }

        _boundPatients[id] = record.patient;

        emit EmergencyPatientBound(id, record.patient, custodian, msg.sender);
    }

    /// @inheritdoc IEmergencyAccess
    function logEmergencyDelivery(
        address clinician,
        EmergencyTerms calldata terms,
        BatchId batch,
        IRecordRegistry.Record calldata record,
        bytes32[] calldata proof,
        bytes32 ciphertextHash,
        bytes32 evidenceHash
    ) external {
        EmergencyId id = _idOf(clinician, terms);
        InstitutionId custodian = _requireCustodian(id, record);
        uint256 failed = _checkDelivery(id, terms, batch, record, proof);
        if (failed != 0) revert EmergencyNotInForce(id, failed);

        emit EmergencyDeliveryLogged(
            id,
            record.patient,
            custodian,
            batch,
            RecordHash.leaf(record),
            record.meta,
            ciphertextHash,
            evidenceHash,
            msg.sender
        );
    }

    /// @inheritdoc IEmergencyAccess
    function logEmergencyReceipt(
        EmergencyId id,
        BatchId batch,
        bytes32 record,
        bytes32 ciphertextHash,
        bool verified
    ) external {
        InstitutionId opener = _requireEmergency(id).institution;
        (InstitutionId institution, uint16 roles, ) = _institutions.agentStanding(msg.sender);
        if (institution != opener || roles & (AgentRole.CLINICIAN | AgentRole.ADMIN) == 0) {
            revert EmergencyPartyOnly(id, msg.sender);
        }

        emit EmergencyReceiptLogged(id, institution, batch, record, ciphertextHash, verified, msg.sender);
    }

    /* REVIEW */

    /// @inheritdoc IEmergencyAccess
    function review(EmergencyId id, bool justified, bytes32 reasonHash) external {
        InstitutionId reviewer = _institutions.requireAgent(msg.sender, AgentRole.SUPERVISOR);
        Emergency storage kept = _requirePending(id);
        InstitutionId institution = kept.institution;
        if (reviewer == institution) revert EmergencyReviewerNotPermitted(id, msg.sender);
        if (block.timestamp >= kept.reviewUntil) revert EmergencyReviewOver(id, kept.reviewUntil);
        if (reasonHash == 0) revert ZeroHash();

        kept.status = justified ? EmergencyStatus.JUSTIFIED : EmergencyStatus.UNJUSTIFIED;

        emit EmergencyReviewed(id, justified, reasonHash, reviewer, msg.sender);

        if (!justified) {
            CaseId case_ = CaseId.wrap(EmergencyId.unwrap(id));
            ISupervision.Violation violation = ISupervision.Violation.EMERGENCY_UNJUSTIFIED;
            _supervision.sanction(case_, institution, violation, reviewer, msg.sender, reasonHash);
        }
    }

    /// @inheritdoc IEmergencyAccess
    function lapse(EmergencyId id) external {
        Emergency storage kept = _requirePending(id);
        if (block.timestamp < kept.reviewUntil) revert EmergencyReviewRunning(id, kept.reviewUntil);

        kept.status = EmergencyStatus.LAPSED;

        emit EmergencyLapsed(id, msg.sender);

        bytes32 number = EmergencyId.unwrap(id);
        ISupervision.Violation violation = ISupervision.Violation.EMERGENCY_LAPSED;
        // Nobody decided; the emergency itself is the reason.
        _supervision.sanction(CaseId.wrap(number), kept.institution, violation, NO_INSTITUTION, address(0), number);
    }

    /* OPTING OUT */

    /// @inheritdoc IEmergencyAccess
    function setOptOut(address patient, uint16 categories) external {
        _setOptOut(patient, categories, msg.sender);
    }

    /// @inheritdoc IEmergencyAccess
    function setOptOutBySignature(
        address patient,
        uint16 categories,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes32 structHash = keccak256(abi.encode(SET_OPT_OUT, patient, categories, _optOuts[patient].nonce, deadline));
        _requireSignature(signer, structHash, deadline, signature);

        _setOptOut(patient, categories, signer);
    }

    /* RULES */

    /// @inheritdoc IEmergencyAccess
    function setEmergencyRules(EmergencyRules calldata newRules) external restricted {
        _setRules(newRules);
    }

    /* VIEWS */

    /// @inheritdoc IEmergencyAccess
    function checkDelivery(
        address clinician,
        EmergencyTerms calldata terms,
        BatchId batch,
        IRecordRegistry.Record calldata record,
        bytes32[] calldata proof
    ) external view returns (uint256 failed) {
        return _checkDelivery(_idOf(clinician, terms), terms, batch, record, proof);
    }

    /// @inheritdoc IEmergencyAccess
    function emergency(EmergencyId id) external view returns (Emergency memory) {
        return _emergencies[id];
    }

    /// @inheritdoc IEmergencyAccess
    function boundPatient(EmergencyId id) external view returns (address) {
        return _boundPatients[id];
    }

    /// @inheritdoc IEmergencyAccess
    function optOutOf(address patient) external view returns (OptOut memory) {
        return _optOuts[patient];
    }

    /// @inheritdoc IEmergencyAccess
    function emergencyRules() external view returns (EmergencyRules memory) {
        return _rules;
    }

    /// @inheritdoc IEmergencyAccess
    function emergencyId(address clinician, EmergencyTerms calldata terms) external pure returns (EmergencyId) {
        return _idOf(clinician, terms);
    }

    /* PRIVATE */

    function _setOptOut(address patient, uint16 categories, address actor) private {
        (Authority kind, ) = _patients.authority(patient, actor);
        if (!kind.isPrincipal()) revert OptOutNotPermitted(patient, actor);
        if (categories & ~ALL_CATEGORIES != 0) revert OptOutInvalid(patient, categories);

        OptOut storage kept = _optOuts[patient];
        uint64 nonce = kept.nonce + 1;
        kept.categories = categories;
        kept.nonce = nonce;

        emit OptOutSet(patient, categories, nonce, actor);
    }

    function _setRules(EmergencyRules memory newRules) private {
        if (
            newRules.defaultDuration == 0 ||
            newRules.defaultDuration > newRules.maxDuration ||
            newRules.maxDuration > LONGEST_DURATION ||
            newRules.reviewWindow < MIN_REVIEW_WINDOW ||
            newRules.reviewWindow > MAX_REVIEW_WINDOW
        ) revert EmergencyRulesInvalid(newRules.defaultDuration, newRules.maxDuration, newRules.reviewWindow);

        _rules = newRules;

        emit EmergencyRulesChanged(newRules.defaultDuration, newRules.maxDuration, newRules.reviewWindow, msg.sender);
    }

    /// @return institution The caller's.
    function _requireClinician() private view returns (InstitutionId institution) {
        uint16 roles;
        uint208 member;
        (institution, roles, member) = _institutions.agentStanding(msg.sender);
        if (roles & AgentRole.CLINICIAN == 0) {
            revert IInstitutionRegistry.AgentNotPermitted(msg.sender, AgentRole.CLINICIAN);
        }
        if (!member.isAccredited(block.timestamp)) revert InstitutionNotAccredited(institution);
    }

    /// @return custodian Of the record named; 0 if a patient is named.
    function _requireTerms(EmergencyTerms calldata terms) private view returns (InstitutionId custodian) {
        bool named = terms.patient != address(0);
        bool hasRecord = terms.record != 0;
        bool hasBatch = BatchId.unwrap(terms.batch) != 0;
        if (named == hasRecord || named == hasBatch || terms.categories == 0 || terms.categories & ~ALL_CATEGORIES != 0)
            revert EmergencyTermsInvalid(msg.sender);
        if (terms.reasonHash == 0) revert ZeroHash();
        if (named) return NO_INSTITUTION;

        custodian = _records.batch(terms.batch).custodian;
        if (custodian == NO_INSTITUTION) revert IRecordRegistry.BatchUnknown(terms.batch);
    }

    function _requireEmergency(EmergencyId id) private view returns (Emergency storage kept) {
        kept = _emergencies[id];
        if (kept.status == EmergencyStatus.NONE) revert EmergencyUnknown(id);
    }

    function _requirePending(EmergencyId id) private view returns (Emergency storage kept) {
        kept = _emergencies[id];
        if (kept.status != EmergencyStatus.OPEN) revert EmergencyNotPending(id, kept.status);
    }

    function _requireCustodian(
        EmergencyId id,
        IRecordRegistry.Record calldata record
    ) private view returns (InstitutionId custodian) {
        custodian = _institutions.requireAgent(msg.sender, AgentRole.GATEWAY);
        if (custodian != record.meta.custodian()) revert EmergencyPartyOnly(id, msg.sender);
    }

    function _checkDelivery(
        EmergencyId id,
        EmergencyTerms calldata terms,
        BatchId batch,
        IRecordRegistry.Record calldata record,
        bytes32[] calldata proof
    ) private view returns (uint256 failed) {
        Emergency memory kept = _requireEmergency(id);
        bool isPending = kept.status == EmergencyStatus.OPEN;
        if (block.timestamp >= kept.until || (isPending && block.timestamp >= kept.reviewUntil)) {
            failed |= FailedCheck.GRANT_EXPIRED;
        }
        if (!isPending && kept.status != EmergencyStatus.JUSTIFIED) failed |= FailedCheck.REVIEW_REJECTED;
        if (!_institutions.isInStanding(kept.institution)) failed |= FailedCheck.REQUESTER_STANDING;
        if (!_institutions.isInStanding(record.meta.custodian())) failed |= FailedCheck.CUSTODIAN_STANDING;

        address patient = terms.patient == address(0) ? _boundPatients[id] : terms.patient;
        bool isNamed = BatchId.unwrap(batch) == BatchId.unwrap(terms.batch) && RecordHash.leaf(record) == terms.record;
        uint256 category = uint256(1) << record.meta.category();
        if (!isNamed && (patient == address(0) || record.patient != patient)) failed |= FailedCheck.REQUEST_SCOPE;
        if (kept.categories & category == 0) failed |= FailedCheck.REQUEST_SCOPE;
        if (_optOuts[record.patient].categories & category != 0) failed |= FailedCheck.CONSENT_CATEGORY;
        failed |= _records.check(batch, record, proof);
    }

    function _idOf(address clinician, EmergencyTerms calldata terms) private pure returns (EmergencyId) {
        return EmergencyId.wrap(keccak256(abi.encode(clinician, terms)));
    }
}
