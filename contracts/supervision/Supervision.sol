// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccessBroker} from "../access/IAccessBroker.sol";
import {ZeroAddress, ZeroHash} from "../common/Errors.sol";
import {FailedCheck} from "../common/FailedCheck.sol";
import {
    AgentRole,
    BatchId,
    CaseId,
    ComplaintId,
    Decision,
    InstitutionId,
    NO_COMPLAINT,
    NO_INSTITUTION,
    RequestId
} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {RecordHash} from "../records/RecordHash.sol";
import {RecordMeta} from "../records/RecordMeta.sol";
import {Complaints} from "./Complaints.sol";
import {ISupervision} from "./ISupervision.sol";
import {RunningSuspensions} from "./RunningSuspensions.sol";

/// @title Supervision
/// @notice See ISupervision.
contract Supervision is Complaints, AccessManaged, ReentrancyGuard {
    using RunningSuspensions for RunningSuspensions.Suspension[];
    using SafeERC20 for IERC20;

    /// @dev An entry of the catalogue at deployment.
    struct CatalogueEntry {
        Violation violation;
        Sanction sanction;
    }

    /* CONSTANTS, IMMUTABLES, STORAGE */

    uint16 private constant WHOLE = 10_000;
    uint32 private constant MIN_APPEAL_WINDOW = 1 days;
    uint32 private constant MAX_APPEAL_WINDOW = 90 days;
    IAccessBroker private immutable _broker;
    IRecordRegistry private immutable _records;
    address private immutable _fund;
    IERC20 private immutable _settlementToken;

    uint32 private _appealWindow;
    uint32 private _decisionWindow;

    mapping(Violation violation => Sanction) private _catalogue;
    mapping(CaseId id => Case) private _cases;
    mapping(InstitutionId institution => RunningSuspensions.Suspension[]) private _suspensions;

    constructor(
        address authority_,
        IInstitutionRegistry institutions,
        IPatientRegistry patients,
        IAccessBroker broker,
        IRecordRegistry records,
        address fund_,
        uint32 appealWindow_,
        uint32 decisionWindow_,
        CatalogueEntry[] memory catalogue
    ) Complaints(institutions, patients) EIP712("Consilium Supervision", "1") AccessManaged(authority_) {
        if (address(broker) == address(0) || address(records) == address(0) || fund_ == address(0))
            revert ZeroAddress();

        _broker = broker;
        _records = records;
        _fund = fund_;
        _settlementToken = IERC20(institutions.settlementToken());
        _setAppealWindows(appealWindow_, decisionWindow_);
        for (uint256 i = 0; i < catalogue.length; ++i) _setSanction(catalogue[i].violation, catalogue[i].sanction);
    }

    /* REPORTS */

    /// @inheritdoc ISupervision
    function reportViolation(
        InstitutionId accused,
        Violation violation,
        bytes32 evidenceHash,
        ComplaintId complaint_,
        RequestId grant
    ) external returns (CaseId id) {
        InstitutionId reporter = _institutions.requireAgent(msg.sender, AgentRole.ALL);
        _requireFiled(complaint_);
        if (RequestId.unwrap(grant) != 0 && _broker.grant(grant).decision != Decision.APPROVED) {
            revert IAccessBroker.GrantUnknown(grant);
        }

        id = CaseId.wrap(keccak256(abi.encode(msg.sender, accused, violation, evidenceHash)));
        _open(id, accused, reporter, violation, evidenceHash, complaint_, grant);
    }

    /// @inheritdoc ISupervision
    function reportOverdueDestruction(
        BatchId batch,
        IRecordRegistry.Record calldata record,
        bytes32[] calldata proof
    ) external returns (CaseId id) {
        bytes32 leaf = RecordHash.leaf(record);
        uint256 failed = _records.check(batch, record, proof);
        if (failed & FailedCheck.RECORD_NOT_ANCHORED != 0) revert IRecordRegistry.RecordNotAnchored(batch, leaf);
        if (failed & FailedCheck.RETENTION_ENDED == 0 || failed & FailedCheck.RECORD_DESTROYED != 0)
            revert DestructionNotOverdue(batch, leaf);

        id = CaseId.wrap(keccak256(abi.encode(batch, leaf)));
        InstitutionId accused = RecordMeta.custodian(record.meta);
        _open(id, accused, NO_INSTITUTION, Violation.DESTRUCTION_OVERDUE, leaf, NO_COMPLAINT, RequestId.wrap(0));
        emit DestructionOverdue(id, batch, leaf, record.patient, _records.retentionEnd(batch, record.meta), msg.sender);
    }

    /* DECISIONS */

    /// @inheritdoc ISupervision
    function decide(CaseId id, bool upheld, bytes32 reasonHash) external nonReentrant {
        InstitutionId decider = _institutions.requireAgent(msg.sender, AgentRole.SUPERVISOR);
        Case storage kept = _requireStatus(id, CaseStatus.REPORTED);
        if (decider == kept.accused || decider == kept.reporter) revert DeciderNotPermitted(id, msg.sender);

        _decide(id, upheld, reasonHash, decider, msg.sender);
    }

    /// @inheritdoc ISupervision
    function sanction(
        CaseId id,
        InstitutionId accused,
        Violation violation,
        InstitutionId decider,
        address decidedBy,
        bytes32 reasonHash
    ) external restricted nonReentrant {
        _open(id, accused, NO_INSTITUTION, violation, reasonHash, NO_COMPLAINT, RequestId.wrap(0));
        _decide(id, true, reasonHash, decider, decidedBy);
    }

    /* APPEALS AND FINES */

    /// @inheritdoc ISupervision
    function appeal(CaseId id, bytes32 groundsHash) external {
        Case storage kept = _requireStatus(id, CaseStatus.UPHELD);
        if (block.timestamp >= kept.appealUntil) revert AppealWindowClosed(id, kept.appealUntil);
        // The registration itself, since no agent of a suspended member passes `requireAgent`.
        IInstitutionRegistry.Agent memory appellant = _institutions.agent(msg.sender);
        if (
            appellant.institution != kept.accused ||
            appellant.roles & AgentRole.ADMIN == 0 ||
            block.timestamp < appellant.validFrom ||
            block.timestamp >= appellant.validUntil
        ) revert AppellantNotPermitted(id, msg.sender);
        if (groundsHash == 0) revert ZeroHash();

        uint40 decideAppealUntil = SafeCast.toUint40(block.timestamp + _decisionWindow);
        kept.status = CaseStatus.APPEALED;
        kept.decideAppealUntil = decideAppealUntil;

        emit CaseAppealed(id, kept.accused, groundsHash, decideAppealUntil, msg.sender);
    }

    /// @inheritdoc ISupervision
    function decideAppeal(CaseId id, bool granted, bytes32 reasonHash) external nonReentrant {
        InstitutionId decider = _institutions.requireAgent(msg.sender, AgentRole.SUPERVISOR);
        Case storage kept = _requireStatus(id, CaseStatus.APPEALED);
        InstitutionId accused = kept.accused;
        if (decider == accused || decider == kept.reporter || decider == kept.decider || msg.sender == kept.decidedBy)
            revert DeciderNotPermitted(id, msg.sender);
        if (block.timestamp >= kept.decideAppealUntil) revert AppealDecisionOver(id, kept.decideAppealUntil);
        if (reasonHash == 0) revert ZeroHash();

        kept.status = granted ? CaseStatus.APPEAL_GRANTED : CaseStatus.APPEAL_REJECTED;

        emit AppealDecided(id, accused, granted, reasonHash, decider, msg.sender);

        if (granted) {
            _lift(id, accused, reasonHash);
            _refund(id, kept);
        }
    }

    /// @inheritdoc ISupervision
    function lapseAppeal(CaseId id) external nonReentrant {
        Case storage kept = _requireStatus(id, CaseStatus.APPEALED);
        if (block.timestamp < kept.decideAppealUntil) revert AppealDecisionRunning(id, kept.decideAppealUntil);

        kept.status = CaseStatus.APPEAL_LAPSED;

        emit AppealLapsed(id, kept.accused, msg.sender);

        _refund(id, kept);
    }

    /// @inheritdoc ISupervision
    function payFine(CaseId id) external nonReentrant {
        Case storage kept = _cases[id];
        CaseStatus status = kept.status;
        uint256 fine = kept.fine;
        bool isFinal =
            status == CaseStatus.APPEAL_REJECTED ||
                (status == CaseStatus.UPHELD && block.timestamp >= kept.appealUntil);
        if (!isFinal || fine == 0 || kept.fineSettled) revert FineNotPayable(id);

        kept.fineSettled = true;

        emit FinePaid(id, kept.accused, _fund, fine);

        _settlementToken.safeTransfer(_fund, fine);
    }

    /* RULES */

    /// @inheritdoc ISupervision
    function setSanction(Violation violation, Sanction calldata newSanction) external restricted {
        _setSanction(violation, newSanction);
    }

    /// @inheritdoc ISupervision
    function setAppealWindows(uint32 window, uint32 decisionWindow) external restricted {
        _setAppealWindows(window, decisionWindow);
    }

    /* VIEWS */

    /// @inheritdoc ISupervision
    function caseOf(CaseId id) external view returns (Case memory) {
        return _cases[id];
    }

    /// @inheritdoc ISupervision
    function sanctionOf(Violation violation) external view returns (Sanction memory) {
        return _catalogue[violation];
    }

    /// @inheritdoc ISupervision
    function appealWindows() external view returns (uint32 window, uint32 decisionWindow) {
        return (_appealWindow, _decisionWindow);
    }

    /// @inheritdoc ISupervision
    function fund() external view returns (address) {
        return _fund;
    }

    /* PRIVATE */

    function _open(
        CaseId id,
        InstitutionId accused,
        InstitutionId reporter,
        Violation violation,
        bytes32 evidenceHash,
        ComplaintId complaint_,
        RequestId grant
    ) private {
        if (violation == Violation.NONE) revert ViolationInvalid(violation);
        _requireKnown(accused);
        if (evidenceHash == 0) revert ZeroHash();
        Case storage kept = _cases[id];
        if (kept.status != CaseStatus.NONE) revert CaseExists(id);

        kept.accused = accused;
        kept.reporter = reporter;
        kept.violation = violation;
        kept.status = CaseStatus.REPORTED;

        emit ViolationReported(id, accused, reporter, violation, evidenceHash, complaint_, grant, msg.sender);
    }

    function _decide(CaseId id, bool upheld, bytes32 reasonHash, InstitutionId decider, address decidedBy) private {
        if (reasonHash == 0) revert ZeroHash();

        Case storage kept = _cases[id];
        InstitutionId accused = kept.accused;
        kept.status = upheld ? CaseStatus.UPHELD : CaseStatus.DISMISSED;
        kept.decider = decider;
        kept.decidedBy = decidedBy;
        kept.decidedAt = _now();
        if (upheld) {
            Sanction memory entry = _catalogue[kept.violation];
            kept.appealUntil = SafeCast.toUint40(block.timestamp + _appealWindow);
            // The registry and its token answer before the event, since only what arrives is the fine; nothing can enter meanwhile.
            kept.suspendedUntil = _suspend(id, accused, entry.suspension, reasonHash);
            kept.fine = _fine(accused, entry.bondShare, reasonHash);
        }

        emit CaseDecided(
            id,
            accused,
            upheld,
            kept.suspendedUntil,
            kept.fine,
            kept.appealUntil,
            reasonHash,
            decider,
            decidedBy
        );
    }

    /// @return until The end of this case's suspension; 0: none.
    function _suspend(
        CaseId id,
        InstitutionId accused,
        uint32 suspension,
        bytes32 reasonHash
    ) private returns (uint40 until) {
        (bool expelled, uint40 present) = _presentSuspension(accused);
        if (suspension == 0 || expelled) return 0;

        until = SafeCast.toUint40(block.timestamp + suspension);
        _suspensions[accused].add(id, until, present);
        if (until > present) _institutions.suspend(accused, until, reasonHash);
    }

    /// @return arrived What was taken from the bond, which is never more than the bond.
    function _fine(InstitutionId accused, uint16 bondShare, bytes32 reasonHash) private returns (uint256 arrived) {
        uint256 amount = Math.mulDiv(_institutions.bond(accused), bondShare, WHOLE);
        if (amount == 0) return 0;

        uint256 before = _settlementToken.balanceOf(address(this));
        _institutions.slashBond(accused, address(this), amount, reasonHash);
        return _settlementToken.balanceOf(address(this)) - before;
    }

    /// @dev Lifts the case's suspension, as far as no other decision holds it up.
    function _lift(CaseId id, InstitutionId accused, bytes32 reasonHash) private {
        (bool expelled, uint40 present) = _presentSuspension(accused);
        uint40 rest = _suspensions[accused].remove(id, present);
        if (expelled || rest == present) return;

        if (rest == 0) _institutions.reinstate(accused, reasonHash);
        else _institutions.suspend(accused, rest, reasonHash);
    }

    function _refund(CaseId id, Case storage kept) private {
        uint256 fine = kept.fine;
        if (fine == 0) return;

        kept.fineSettled = true;

        emit FineRefunded(id, kept.accused, fine);

        _settlementToken.forceApprove(address(_institutions), fine);
        _institutions.depositBond(kept.accused, fine);
    }

    function _setSanction(Violation violation, Sanction memory newSanction) private {
        if (violation == Violation.NONE) revert ViolationInvalid(violation);
        if (newSanction.bondShare > WHOLE) revert SanctionInvalid(violation, newSanction.bondShare);

        _catalogue[violation] = newSanction;

        emit SanctionChanged(violation, newSanction.suspension, newSanction.bondShare, msg.sender);
    }

    function _setAppealWindows(uint32 window, uint32 decisionWindow) private {
        _requireWindow(window);
        _requireWindow(decisionWindow);

        _appealWindow = window;
        _decisionWindow = decisionWindow;

        emit AppealWindowsChanged(window, decisionWindow, msg.sender);
    }

    function _requireWindow(uint32 window) private pure {
        if (window < MIN_APPEAL_WINDOW || window > MAX_APPEAL_WINDOW) revert AppealWindowInvalid(window);
    }

    function _requireStatus(CaseId id, CaseStatus wanted) private view returns (Case storage kept) {
        kept = _cases[id];
        if (kept.status != wanted) revert CaseStatusInvalid(id, kept.status);
    }

    /// @return expelled Whether it is expelled.
    /// @return until When the suspension that runs now ends; 0: none runs.
    function _presentSuspension(InstitutionId institution) private view returns (bool expelled, uint40 until) {
        IInstitutionRegistry.Profile memory member = _institutions.profile(institution);
        return (member.expelled, member.suspendedUntil > block.timestamp ? member.suspendedUntil : 0);
    }

    function _now() private view returns (uint40) {
        return SafeCast.toUint40(block.timestamp);
    }
}
