// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AccessHash} from "../access/AccessHash.sol";
import {CohortMember} from "../access/AccessTypes.sol";
import {IAccessBroker} from "../access/IAccessBroker.sol";
import {IStudyRegistry} from "../access/IStudyRegistry.sol";
import {ZeroAddress} from "../common/Errors.sol";
import {AgentRole, Decision, InstitutionId, NO_STUDY, RequestId, StudyId} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {IRevenueSplitter} from "./IRevenueSplitter.sol";

/// @title RevenueSplitter
/// @notice See IRevenueSplitter.
/// @dev What is due to an institution or the fund is its share of all that was ever received, less what it was paid; so no rounding
/// is lost, and what a division leaves is due once enough has come in. Patients accrue by unit, in fixed point.
contract RevenueSplitter is IRevenueSplitter, ReentrancyGuard {
    using SafeERC20 for IERC20;

    /// @dev One slot.
    struct PayeeAccount {
        uint16 share;
        uint240 paid;
    }

    /// @dev One slot.
    struct Enrolment {
        bool enrolled;
        /// The agreement's accruedPerUnit when the grant was enrolled.
        uint248 accruedPerUnit;
    }

    /* CONSTANTS, IMMUTABLES, STORAGE */

    uint256 private constant WHOLE = 10_000;
    uint256 private constant MAX_PAYEES = 16;
    /// @dev Binary digits behind the point of accruals.
    uint256 private constant FRACTION_BITS = 64;
    /// @dev With it an accrual has at most 248 bits, and no product below overflows.
    uint256 private constant MAX_RECEIVED = type(uint184).max;

    IAccessBroker private immutable _broker;
    IInstitutionRegistry private immutable _institutions;
    IPatientRegistry private immutable _patients;
    IStudyRegistry private immutable _studies;
    address private immutable _fund;
    uint16 private immutable _fundFloor;

    mapping(StudyId study => Agreement) private _agreements;
    mapping(StudyId study => mapping(InstitutionId institution => PayeeAccount)) private _payees;
    mapping(RequestId grant => Enrolment) private _enrolments;
    /// @dev The accrual up to which a member has been paid; 0: up to its grant's enrolment.
    mapping(RequestId grant => mapping(bytes32 memberLeaf => uint256 accruedPerUnit)) private _claimed;

    constructor(
        IAccessBroker broker,
        IInstitutionRegistry institutions,
        IPatientRegistry patients,
        IStudyRegistry studies,
        address fund_,
        uint16 fundFloor_
    ) {
        if (
            address(broker) == address(0) ||
            address(institutions) == address(0) ||
            address(patients) == address(0) ||
            address(studies) == address(0) ||
            fund_ == address(0)
        ) revert ZeroAddress();
        if (fundFloor_ > WHOLE) revert SharesInvalid(NO_STUDY, fundFloor_);

        _broker = broker;
        _institutions = institutions;
        _patients = patients;
        _studies = studies;
        _fund = fund_;
        _fundFloor = fundFloor_;
    }

    /* AGREEMENTS */

    /// @inheritdoc IRevenueSplitter
    function openAgreement(
        StudyId study,
        address token,
        uint16 patientShare,
        uint16 fundShare,
        Payee[] calldata payees
    ) external {
        InstitutionId caller = _institutions.requireAgent(msg.sender, AgentRole.RESEARCHER);
        InstitutionId sponsor = _studies.study(study).sponsor;
        if (caller != sponsor) revert IStudyRegistry.StudySponsorOnly(study, sponsor, caller);
        if (_isOpen(study)) revert AgreementExists(study);
        if (token.code.length == 0) revert TokenInvalid(study, token);
        if (fundShare < _fundFloor) revert FundShareTooLow(study, fundShare, _fundFloor);
        uint256 sum = patientShare + uint256(fundShare) + _checkPayees(study, payees);
        if (sum != WHOLE) revert SharesInvalid(study, sum);

        Agreement storage kept = _agreements[study];
        kept.token = token;
        kept.patientShare = patientShare;
        kept.fundShare = fundShare;
        for (uint256 i = 0; i < payees.length; ++i) _payees[study][payees[i].institution].share = payees[i].share;

        emit AgreementOpened(study, token, patientShare, fundShare, payees, msg.sender);
    }

    /// @inheritdoc IRevenueSplitter
    function enroll(RequestId grant, CohortMember calldata member, bytes32[] calldata proof) external nonReentrant {
        StudyId study = member.study;
        _requireOpen(study);
        IAccessBroker.Grant memory granted = _broker.grant(grant);
        if (granted.decision != Decision.APPROVED || !_broker.isMember(grant, member, proof)) {
            revert GrantNotEnrollable(grant);
        }
        if (_enrolments[grant].enrolled) revert GrantAlreadyEnrolled(grant);

        Agreement storage kept = _agreements[study];
        uint32 units = kept.units + granted.count;
        kept.units = units;
        _enrolments[grant] = Enrolment(true, SafeCast.toUint248(kept.accruedPerUnit));

        emit GrantEnrolled(study, grant, granted.count, units);
    }

    /// @inheritdoc IRevenueSplitter
    function deposit(StudyId study, uint256 amount, bytes32 referenceHash) external nonReentrant {
        _requireOpen(study);
        Agreement storage kept = _agreements[study];
        uint256 arrived = _collect(IERC20(kept.token), amount);
        uint256 before = kept.received;
        if (arrived == 0 || arrived > MAX_RECEIVED - before) revert AmountInvalid(study, arrived);

        uint256 received = before + arrived;
        uint256 patientAmount = _shareOf(received, kept.patientShare) - _shareOf(before, kept.patientShare);
        uint256 fundAmount = _shareOf(received, kept.fundShare) - _shareOf(before, kept.fundShare);
        uint32 units = kept.units;
        uint256 carried = kept.carried + (patientAmount << FRACTION_BITS);
        if (units != 0) {
            kept.accruedPerUnit += carried / units;
            carried %= units;
        }
        kept.carried = carried;
        kept.received = received;

        emit RevenueDeposited(study, msg.sender, arrived, patientAmount, fundAmount, units, referenceHash);
    }

    /* CLAIMS */

    /// @inheritdoc IRevenueSplitter
    function claim(RequestId grant, CohortMember calldata member, bytes32[] calldata proof) external nonReentrant {
        StudyId study = member.study;
        if (!_enrolments[grant].enrolled) revert GrantNotEnrolled(grant);
        if (!_broker.isMember(grant, member, proof)) revert IAccessBroker.MemberNotInGrant(grant, member.record);
        (bytes32 leaf, uint256 claimed, uint256 amount) = _dueToMember(grant, member);
        if (amount == 0) revert NothingDue(study, member.patient);
        address to = _patients.identityOwner(member.patient);
        if (to == address(0)) revert PatientUnreachable(member.patient);

        // Not the agreement's accrual: the part of a unit that cannot be paid yet stays the member's.
        _claimed[grant][leaf] = claimed + (amount << FRACTION_BITS);
        Agreement storage kept = _agreements[study];
        kept.paid += amount;

        emit PatientPaid(study, grant, member.patient, member.batch, member.record, to, amount);

        IERC20(kept.token).safeTransfer(to, amount);
    }

    /// @inheritdoc IRevenueSplitter
    function claimInstitution(StudyId study, address to) external nonReentrant {
        InstitutionId institution = _institutions.requireAgent(msg.sender, AgentRole.ADMIN);
        uint256 amount = dueToInstitution(study, institution);
        if (amount == 0) revert NothingDue(study, msg.sender);
        if (to == address(0)) revert ZeroAddress();

        Agreement storage kept = _agreements[study];
        _payees[study][institution].paid += SafeCast.toUint240(amount);
        kept.paid += amount;

        emit InstitutionPaid(study, institution, to, amount);

        IERC20(kept.token).safeTransfer(to, amount);
    }

    /// @inheritdoc IRevenueSplitter
    function claimFund(StudyId study) external nonReentrant {
        _requireOpen(study);
        uint256 amount = dueToFund(study);
        if (amount == 0) revert NothingDue(study, _fund);

        Agreement storage kept = _agreements[study];
        kept.fundPaid += amount;
        kept.paid += amount;

        emit FundPaid(study, _fund, amount);

        IERC20(kept.token).safeTransfer(_fund, amount);
    }

    /* VIEWS */

    /// @inheritdoc IRevenueSplitter
    function agreement(StudyId study) external view returns (Agreement memory) {
        return _agreements[study];
    }

    /// @inheritdoc IRevenueSplitter
    function dueToMember(RequestId grant, CohortMember calldata member) external view returns (uint256 amount) {
        if (_enrolments[grant].enrolled) (, , amount) = _dueToMember(grant, member);
    }

    /// @inheritdoc IRevenueSplitter
    function dueToInstitution(StudyId study, InstitutionId institution) public view returns (uint256) {
        PayeeAccount memory account = _payees[study][institution];
        return _shareOf(_agreements[study].received, account.share) - account.paid;
    }

    /// @inheritdoc IRevenueSplitter
    function dueToFund(StudyId study) public view returns (uint256) {
        Agreement storage kept = _agreements[study];
        return _shareOf(kept.received, kept.fundShare) - kept.fundPaid;
    }

    /// @inheritdoc IRevenueSplitter
    function fund() external view returns (address) {
        return _fund;
    }

    /// @inheritdoc IRevenueSplitter
    function fundFloor() external view returns (uint16) {
        return _fundFloor;
    }

    /* PRIVATE */

    function _isOpen(StudyId study) private view returns (bool) {
        return _agreements[study].token != address(0);
    }

    function _requireOpen(StudyId study) private view {
        if (!_isOpen(study)) revert AgreementUnknown(study);
    }

    /// @dev Reverts with PayeeInvalid, naming the payee; else the sum of the shares.
    function _checkPayees(StudyId study, Payee[] calldata payees) private view returns (uint256 sum) {
        uint32 last;
        for (uint256 i = 0; i < payees.length; ++i) {
            Payee calldata payee = payees[i];
            uint32 id = InstitutionId.unwrap(payee.institution);
            IInstitutionRegistry.Standing standing = _institutions.standing(payee.institution);
            if (
                i == MAX_PAYEES ||
                id <= last ||
                payee.share == 0 ||
                standing == IInstitutionRegistry.Standing.NONE ||
                standing == IInstitutionRegistry.Standing.EXPELLED
            ) revert PayeeInvalid(study, payee.institution);
            last = id;
            sum += payee.share;
        }
    }

    /// @dev Takes tokens in; returns what arrived, which is not what a token with a fee was asked to send.
    function _collect(IERC20 token, uint256 amount) private returns (uint256) {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        return token.balanceOf(address(this)) - before;
    }

    /// @dev Of an enrolled grant. `claimed` is the accrual up to which the member has been paid. Whether it is a member, the caller
    /// must have checked: for what is none, the study may be another than the grant's, and less accrued than claimed.
    function _dueToMember(
        RequestId grant,
        CohortMember calldata member
    ) private view returns (bytes32 leaf, uint256 claimed, uint256 amount) {
        leaf = AccessHash.member(member);
        claimed = _claimed[grant][leaf];
        if (claimed == 0) claimed = _enrolments[grant].accruedPerUnit;
        uint256 accrued = _agreements[member.study].accruedPerUnit;
        if (accrued > claimed) amount = (accrued - claimed) >> FRACTION_BITS;
    }

    function _shareOf(uint256 total, uint16 share) private pure returns (uint256) {
        return (total * share) / WHOLE;
    }
}
