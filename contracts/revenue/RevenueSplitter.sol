// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {CohortMember} from "../access/AccessTypes.sol";
import {IAccessBroker} from "../access/IAccessBroker.sol";
import {IStudyRegistry} from "../access/IStudyRegistry.sol";
import {NoAuthority, PatientUnreachable, ZeroAddress} from "../common/Errors.sol";
import {AgreementId, Authority, BatchId, RequestId} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {IRevenueSplitter} from "./IRevenueSplitter.sol";
import {UnitBook} from "./UnitBook.sol";

/// @title RevenueSplitter
/// @notice See IRevenueSplitter. Deposits, and what is due to patients.
contract RevenueSplitter is UnitBook {
    using SafeERC20 for IERC20;

    /// @dev A patient's, or a granted record's, by the unit rule. By the rule CATEGORY of the record that stands for its category.
    struct Position {
        bytes32 key;
        /// The accruedPerUnit up to which it has been paid.
        uint256 paidUpTo;
        /// What it is due, in units of the token.
        uint256 due;
        /// What it is known to be for; zero by the rule PATIENT, where nothing but the patient is proven.
        RequestId grant;
        BatchId batch;
        bytes32 record;
    }

    uint256 private constant PERIOD = 30 days;
    uint256 private constant MAX_RECEIVED = type(uint144).max;

    IPatientRegistry private immutable _patients;
    uint40 private immutable _claimWindow;

    mapping(AgreementId agreement => mapping(uint256 period => uint256 accruedPerUnit)) private _marks;

    constructor(
        address authority_,
        IAccessBroker broker,
        IInstitutionRegistry institutions,
        IPatientRegistry patients,
        IStudyRegistry studies,
        address fund_,
        ShareRules memory shareRules_,
        uint40 sharesDelay_,
        uint40 claimWindow_
    ) UnitBook(authority_, broker, institutions, studies, fund_, shareRules_, sharesDelay_) {
        if (address(patients) == address(0)) revert ZeroAddress();

        _patients = patients;
        _claimWindow = claimWindow_;
    }

    /* DEPOSITS */

    /// @inheritdoc IRevenueSplitter
    function deposit(AgreementId id, uint256 amount, bytes32 referenceHash) external nonReentrant {
        _deposit(id, amount, referenceHash);
    }

    /// @inheritdoc IRevenueSplitter
    function depositWithPermit(
        AgreementId id,
        uint256 amount,
        bytes32 referenceHash,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        _requireOpen(id);
        // A permit that somebody else has sent already has done its work; one that is invalid shows at the transfer.
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(_agreements[id].token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(id, amount, referenceHash);
    }

    /// @inheritdoc IRevenueSplitter
    function markPeriod(AgreementId id) external {
        _requireOpen(id);
        Agreement storage kept = _agreements[id];
        uint256 period = block.timestamp / PERIOD;
        if (period != _epochs[id][kept.epoch].period) _marks[id][period] = kept.accruedPerUnit;
    }

    /* CLAIMS OF PATIENTS */

    /// @inheritdoc IRevenueSplitter
    function claim(AgreementId id, Entitlement calldata entitlement) external nonReentrant {
        Agreement storage kept = _agreements[id];
        Position memory position = _position(id, entitlement, kept.accruedPerUnit);
        address patient = entitlement.member.patient;
        if (position.due == 0) revert NothingDue(id, patient);
        address to = _patients.payoutAddress(patient);
        if (to == address(0)) revert PatientUnreachable(patient);

        _take(id, position);
        _tellPaid(id, position, patient, to);

        IERC20(kept.token).safeTransfer(to, position.due);
    }

    /// @inheritdoc IRevenueSplitter
    function claimMany(AgreementId id, Entitlement[] calldata entitlements) external nonReentrant {
        Agreement storage kept = _agreements[id];
        uint256 accrued = kept.accruedPerUnit;
        IERC20 token = IERC20(kept.token);
        for (uint256 i = 0; i < entitlements.length; ++i) {
            Entitlement calldata entitlement = entitlements[i];
            Position memory position = _position(id, entitlement, accrued);
            if (position.due == 0) continue;
            address patient = entitlement.member.patient;
            address to = _patients.payoutAddress(patient);
            if (to == address(0)) continue;

            _take(id, position);
            // Nothing can enter meanwhile, so that writing back is safe.
            if (token.trySafeTransfer(to, position.due)) {
                _tellPaid(id, position, patient, to);
            } else {
                _positions[id][position.key] = position.paidUpTo;
                emit PaymentFailed(id, patient, to, position.due);
            }
        }
    }

    /// @inheritdoc IRevenueSplitter
    function donate(AgreementId id, Entitlement calldata entitlement) external nonReentrant {
        address patient = entitlement.member.patient;
        (Authority kind, ) = _patients.authority(patient, msg.sender);
        if (!kind.isPrincipal()) revert NoAuthority(patient, msg.sender);
        Position memory position = _position(id, entitlement, _agreements[id].accruedPerUnit);
        if (position.due == 0) revert NothingDue(id, patient);

        _take(id, position);
        _agreements[id].fundCredit += position.due;

        emit ShareDonated(id, position.grant, patient, position.batch, position.record, position.due, msg.sender);
    }

    /// @inheritdoc IRevenueSplitter
    function lapse(AgreementId id, Entitlement[] calldata entitlements, uint256 period) external nonReentrant {
        uint256 mark = _marks[id][period];
        if (mark == 0 || block.timestamp < period * PERIOD + _claimWindow) revert NotLapsed(id, period);

        uint256 total;
        for (uint256 i = 0; i < entitlements.length; ++i) {
            Entitlement calldata entitlement = entitlements[i];
            Position memory position = _position(id, entitlement, mark);
            if (position.due == 0) continue;

            _take(id, position);
            total += position.due;
            emit ShareLapsed(
                id,
                position.grant,
                entitlement.member.patient,
                position.batch,
                position.record,
                position.due,
                msg.sender
            );
        }
        _agreements[id].fundCredit += total;
    }

    /* VIEWS */

    /// @inheritdoc IRevenueSplitter
    function dueToMember(
        AgreementId id,
        RequestId grant,
        CohortMember calldata member
    ) external view returns (uint256) {
        (bytes32 key, ) = _keyOf(id, grant, member);
        uint256 paidUpTo = _positions[id][key];
        if (paidUpTo == 0) paidUpTo = _enrolledAt(id, grant);
        return paidUpTo == 0 ? 0 : _due(paidUpTo, _agreements[id].accruedPerUnit);
    }

    /// @inheritdoc IRevenueSplitter
    function markOf(AgreementId id, uint256 period) external view returns (uint256) {
        return _marks[id][period];
    }

    /// @inheritdoc IRevenueSplitter
    function claimWindow() external view returns (uint40) {
        return _claimWindow;
    }

    /* PRIVATE */

    function _deposit(AgreementId id, uint256 amount, bytes32 referenceHash) private {
        Agreement storage kept = _agreements[id];
        (address token, uint32 units) = (kept.token, kept.units);
        if (token == address(0)) revert AgreementUnknown(id);
        uint16 number = _isTime(kept.nextEpochAt) ? _startEpoch(id) : kept.epoch;
        Epoch storage present = _epochs[id][number];
        if ((present.patientShare != 0 && units == 0) || (present.custodianShare != 0 && !present.hasCustodians))
            revert NobodyEnrolled(id);

        uint256 arrived = _collect(IERC20(token), amount);
        uint256 before = present.received;
        uint256 rest = present.dust;
        if (arrived == 0 || arrived > MAX_RECEIVED - before - rest) revert AmountInvalid(id, arrived);

        uint256 received = before + arrived + rest;
        uint256 patientAmount = _growthOf(before, received, present.patientShare);
        uint256 fundAmount = _growthOf(before, received, present.fundShare);
        uint256 custodianAmount = _growthOf(before, received, present.custodianShare);
        uint256 lastPeriod = present.period;
        uint256 period = block.timestamp / PERIOD;
        uint256 scaled;
        // Less than the units.
        uint256 remainder = present.remainder;
        if (patientAmount != 0) {
            scaled = (patientAmount << FRACTION_BITS) + remainder;
            remainder = scaled % units;
        }
        _writeEpoch(present, uint32(remainder), 0, uint16(period), uint144(received));
        uint256 accrued = kept.accruedPerUnit;
        // Not before the first deposit, when nothing can lapse.
        if (period != lastPeriod && accrued != 1) _marks[id][period] = accrued;
        if (scaled != 0) kept.accruedPerUnit = accrued + scaled / units;

        emit RevenueDeposited(
            id,
            msg.sender,
            number,
            arrived,
            patientAmount,
            fundAmount,
            custodianAmount,
            units,
            referenceHash
        );
    }

    /// @dev Takes tokens in; returns what arrived, which is not what a token with a fee was asked to send.
    function _collect(IERC20 token, uint256 amount) private returns (uint256) {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        return token.balanceOf(address(this)) - before;
    }

    /// @param accrued Up to which the position is due.
    function _position(
        AgreementId id,
        Entitlement calldata entitlement,
        uint256 accrued
    ) private view returns (Position memory position) {
        RequestId grant = entitlement.grant;
        bytes32 leaf;
        (position.key, leaf) = _keyOf(id, grant, entitlement.member);
        position.paidUpTo = _positions[id][position.key];
        if (position.paidUpTo == 0) {
            bytes32 root = MerkleProof.processProofCalldata(entitlement.proof, leaf);
            position.paidUpTo = _enrolments[id][_enrolmentKey(grant, root)];
            if (position.paidUpTo == 0) {
                if (_enrolledAt(id, grant) == 0) revert NotEnrolled(id, grant);
                revert IAccessBroker.MemberNotInGrant(grant, entitlement.member.record);
            }
        }
        position.due = _due(position.paidUpTo, accrued);
        if (leaf == 0) return position;

        position.grant = grant;
        position.batch = entitlement.member.batch;
        position.record = entitlement.member.record;
    }

    function _due(uint256 paidUpTo, uint256 accrued) private pure returns (uint256) {
        return accrued > paidUpTo ? (accrued - paidUpTo) >> FRACTION_BITS : 0;
    }

    /// @dev Not up to the agreement's accrual: the part of a unit that cannot be paid yet stays the position's.
    function _take(AgreementId id, Position memory position) private {
        _positions[id][position.key] = position.paidUpTo + (position.due << FRACTION_BITS);
    }

    function _tellPaid(AgreementId id, Position memory position, address patient, address to) private {
        emit PatientPaid(id, position.grant, patient, position.batch, position.record, to, position.due);
    }
}
