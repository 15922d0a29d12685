// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {BatchId, CaseId, ComplaintId, InstitutionId, RequestId} from "../common/Types.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";

/// @title ISupervision
/// @notice Complaints, violation reports, decisions on them, the sanctions that follow by themselves, and appeals.
/// @dev A sanction is the catalogue's for the violation at the time of the decision: a suspension of the accused member, which cascades
/// to every act of its agents, and a fine out of its bond. The fine is held here until no appeal can undo it. Times are unix seconds; a
/// period excludes its end.
interface ISupervision {
    /// @dev The negative list, and what else is sanctioned. The numbers are part of the audit record: never renumber, only append.
    enum Violation {
        NONE,
        /// A decision to a person's detriment, or one that discriminates.
        DETRIMENTAL_DECISION,
        MARKETING,
        /// Addictive or otherwise harmful products.
        HARMFUL_PRODUCT,
        REIDENTIFICATION,
        UNLISTED_TRANSFER,
        UNAUTHORISED_SALE,
        /// A leak by bad management.
        LEAK,
        /// A use beyond what was consented to or granted.
        UNCONSENTED_USE,
        /// A record kept beyond its retention.
        DESTRUCTION_OVERDUE,
        EMERGENCY_UNJUSTIFIED,
        /// An emergency without a verdict by its deadline.
        EMERGENCY_LAPSED
    }

    enum CaseStatus {
        NONE,
        REPORTED,
        DISMISSED,
        UPHELD,
        APPEALED,
        APPEAL_REJECTED,
        APPEAL_GRANTED,
        /// Nobody decided in time: the decision stands, the fine is returned.
        APPEAL_LAPSED
    }

    /// @dev One slot.
    struct Sanction {
        /// Seconds; 0: none.
        uint32 suspension;
        /// Basis points of the bond as it stands at the decision; 0: none.
        uint16 bondShare;
    }

    /// @dev One slot.
    struct Complaint {
        InstitutionId accused;
        uint40 filedAt;
    }

    /// @dev Three slots.
    struct Case {
        InstitutionId accused;
        /// 0 for a case that an emergency opened by itself, or that the records' own state proves.
        InstitutionId reporter;
        /// Institution of whoever decided first; 0 if none did, or if an emergency lapsed.
        InstitutionId decider;
        Violation violation;
        CaseStatus status;
        /// Whether the fine was paid to the fund or refunded.
        bool fineSettled;
        uint40 decidedAt;
        /// End of the suspension that the decision gave; 0: none. Another decision's may run longer.
        uint40 suspendedUntil;
        /// First second at which no appeal can be filed; 0 before a violation was upheld.
        uint40 appealUntil;
        address decidedBy;
        /// First second at which an appeal cannot be decided any more; 0 before one was filed.
        uint40 decideAppealUntil;
        /// Units of the settlement token.
        uint256 fine;
    }

    error ComplaintUnknown(ComplaintId complaint);
    error ComplaintExists(ComplaintId complaint);
    error ComplainantNotPermitted(address patient, address actor);
    error CaseExists(CaseId id);
    error CaseStatusInvalid(CaseId id, CaseStatus status);
    error ViolationInvalid(Violation violation);
    error SanctionInvalid(Violation violation, uint16 bondShare);
    error AppealWindowInvalid(uint32 window);
    error DeciderNotPermitted(CaseId id, address decider);
    error AppellantNotPermitted(CaseId id, address appellant);
    error AppealWindowClosed(CaseId id, uint40 appealUntil);
    error AppealDecisionOver(CaseId id, uint40 decideAppealUntil);
    error AppealDecisionRunning(CaseId id, uint40 decideAppealUntil);
    error FineNotPayable(CaseId id);
    error DestructionNotOverdue(BatchId batch, bytes32 leaf);

    /// @param patient The patient complained for; zero if a member complains.
    /// @param institution The member that complains; 0 if a patient's side does.
    event ComplaintFiled(
        ComplaintId indexed complaint,
        InstitutionId indexed accused,
        address indexed patient,
        InstitutionId institution,
        bytes32 textHash,
        address by
    );
    event ViolationReported(
        CaseId indexed id,
        InstitutionId indexed accused,
        InstitutionId indexed reporter,
        Violation violation,
        bytes32 evidenceHash,
        ComplaintId complaint,
        RequestId grant,
        address by
    );
    /// @dev Right after the case's ViolationReported.
    event DestructionOverdue(
        CaseId indexed id,
        BatchId indexed batch,
        bytes32 indexed leaf,
        address patient,
        uint40 retentionUntil,
        address by
    );
    event CaseDecided(
        CaseId indexed id,
        InstitutionId indexed accused,
        bool upheld,
        uint40 suspendedUntil,
        uint256 fine,
        uint40 appealUntil,
        bytes32 reasonHash,
        InstitutionId decider,
        address by
    );
    event CaseAppealed(
        CaseId indexed id,
        InstitutionId indexed accused,
        bytes32 groundsHash,
        uint40 decideAppealUntil,
        address by
    );
    event AppealDecided(
        CaseId indexed id,
        InstitutionId indexed accused,
        bool granted,
        bytes32 reasonHash,
        InstitutionId decider,
        address by
    );
    event AppealLapsed(CaseId indexed id, InstitutionId indexed accused, address by);
    event FinePaid(CaseId indexed id, InstitutionId indexed accused, address to, uint256 amount);
    event FineRefunded(CaseId indexed id, InstitutionId indexed accused, uint256 amount);
    event SanctionChanged(Violation indexed violation, uint32 suspension, uint16 bondShare, address by);
    event AppealWindowsChanged(uint32 window, uint32 decisionWindow, address by);

    /// @notice Files a complaint for a patient, or for the caller's institution if `patient` is zero.
    /// @dev The caller has authority for the patient, or is an agent, of whatever role, of a member in standing. A complaint has no effect by
    /// itself; reports name it. Reverts: ComplainantNotPermitted, AgentNotPermitted, InstitutionUnknown, ZeroHash, ComplaintExists.
    /// @param textHash Salted hash of the text, kept off-chain; the salt keeps two complaints apart.
    function complain(
        address patient,
        InstitutionId accused,
        bytes32 textHash
    ) external returns (ComplaintId complaint);

    /// @notice The same, signed by the patient's side and sent by anyone.
    /// @dev Signed is `Complain(address patient,uint32 accused,bytes32 textHash,uint256 deadline)`. Reverts as `complain`, and SignatureExpired,
    /// SignatureInvalid.
    function complainBySignature(
        address patient,
        InstitutionId accused,
        bytes32 textHash,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external returns (ComplaintId complaint);

    /// @notice Reports a violation. The caller is an agent, of whatever role, of a member in standing.
    /// @dev Reverts: AgentNotPermitted, ViolationInvalid (NONE), InstitutionUnknown, ZeroHash, ComplaintUnknown, GrantUnknown, CaseExists.
    /// @param evidenceHash Salted hash of the evidence, kept off-chain.
    /// @param complaint What it follows from; 0: none.
    /// @param grant The grant that it is about; 0: none.
    function reportViolation(
        InstitutionId accused,
        Violation violation,
        bytes32 evidenceHash,
        ComplaintId complaint,
        RequestId grant
    ) external returns (CaseId id);

    /// @notice Reports a record whose retention is over and whose destruction nobody attested. Anyone may call: the registry's own state is the
    /// evidence, and the record's leaf the evidence hash. Once for each record.
    /// @dev The call shows the record to every member. Reverts: RecordNotAnchored, DestructionNotOverdue (without end, not over, or attested),
    /// CaseExists.
    function reportOverdueDestruction(
        BatchId batch,
        IRecordRegistry.Record calldata record,
        bytes32[] calldata proof
    ) external returns (CaseId id);

    /// @notice Upholds a report, which sanctions the accused in this transaction, or dismisses it, which is final.
    /// @dev The caller is a SUPERVISOR agent of neither the accused nor the reporter. A suspension that runs longer is left alone; an expelled
    /// member is not suspended, but fined. Reverts: AgentNotPermitted, CaseStatusInvalid, DeciderNotPermitted, ZeroHash.
    function decide(CaseId id, bool upheld, bytes32 reasonHash) external;

    /// @notice Appeals against an upheld violation, once. The caller is an ADMIN agent of the accused, whose standing does not matter.
    /// @dev The sanction goes on meanwhile. Reverts: CaseStatusInvalid, AppealWindowClosed, AppellantNotPermitted, ZeroHash.
    function appeal(CaseId id, bytes32 groundsHash) external;

    /// @notice Ends an appeal. Granted, it lifts the suspension as far as no other decision holds it up, and returns the fine to the bond.
    /// @dev The caller is another SUPERVISOR agent of another institution than accused, reporter and first decider. Reverts: AgentNotPermitted,
    /// CaseStatusInvalid, DeciderNotPermitted, AppealDecisionOver, ZeroHash.
    function decideAppeal(CaseId id, bool granted, bytes32 reasonHash) external;

    /// @notice Ends an appeal that nobody decided in time: the fine returns to the bond, all else of the decision stands. Anyone may call.
    /// @dev The silence of those who should decide neither takes money from a member that was not heard, nor ends its suspension early.
    /// Reverts: CaseStatusInvalid, AppealDecisionRunning.
    function lapseAppeal(CaseId id) external;

    /// @notice Pays a fine to the patient health fund once no appeal can undo it. Anyone may call.
    /// @dev Reverts: FineNotPayable (none, settled already, appeal pending, granted or lapsed, or still possible).
    function payFine(CaseId id) external;

    /// @notice Opens a case that is upheld already and sanctions the accused: what EmergencyAccess calls.
    /// @dev Restricted. It can be appealed like any other. Reverts: CaseExists, InstitutionUnknown, ViolationInvalid, ZeroHash.
    /// @param decider Institution of whoever gave the verdict; 0 if nobody did.
    /// @param decidedBy That agent; zero if nobody.
    function sanction(
        CaseId id,
        InstitutionId accused,
        Violation violation,
        InstitutionId decider,
        address decidedBy,
        bytes32 reasonHash
    ) external;

    /// @notice Sets the sanction for decisions from now on.
    /// @dev Restricted. Reverts: ViolationInvalid (NONE), SanctionInvalid (more than 10,000 basis points).
    function setSanction(Violation violation, Sanction calldata newSanction) external;

    /// @notice Sets for how long decisions from now on can be appealed, and appeals from now on be decided, each 1 to 90 days in seconds.
    /// @dev Restricted. Reverts: AppealWindowInvalid.
    function setAppealWindows(uint32 window, uint32 decisionWindow) external;

    /// @notice The complaint; all zero if unknown.
    function complaint(ComplaintId id) external view returns (Complaint memory);

    /// @notice The case as it stands; all zero if unknown.
    function caseOf(CaseId id) external view returns (Case memory);

    /// @notice What the catalogue says for a violation.
    function sanctionOf(Violation violation) external view returns (Sanction memory);

    /// @return window Seconds for which a decision can be appealed.
    /// @return decisionWindow Seconds from an appeal for which it can be decided.
    function appealWindows() external view returns (uint32 window, uint32 decisionWindow);

    /// @notice Where fines go.
    function fund() external view returns (address);
}
