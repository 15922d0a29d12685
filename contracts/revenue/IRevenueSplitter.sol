// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {BatchId, InstitutionId, RequestId, StudyId} from "../common/Types.sol";
import {CohortMember} from "../access/AccessTypes.sol";

/// @title IRevenueSplitter
/// @notice Revenue of a study, owed at once to the patients whose data was granted, the institutions and the patient health fund.
/// @dev Amounts are units of the agreement's token; shares are basis points that sum to 10,000. Deposits cost the same whatever the
/// number of payees; everyone claims for themselves. received = paid + owed + dust, always.
interface IRevenueSplitter {
    struct Payee {
        InstitutionId institution;
        uint16 share;
    }

    struct Agreement {
        address token;
        uint16 patientShare;
        uint16 fundShare;
        /// Members of enrolled grants.
        uint32 units;
        /// Owed to each unit that has been there from the start, times 2^64.
        uint256 accruedPerUnit;
        /// Patients' money not yet owed to anyone (no units yet, or the rest of a division), times 2^64.
        uint256 carried;
        uint256 received;
        uint256 paid;
        uint256 fundPaid;
    }

    error AgreementExists(StudyId study);
    error AgreementUnknown(StudyId study);
    error SharesInvalid(StudyId study, uint256 sum);
    error FundShareTooLow(StudyId study, uint16 share, uint16 floor);
    error PayeeInvalid(StudyId study, InstitutionId institution);
    error TokenInvalid(StudyId study, address token);
    error GrantNotEnrollable(RequestId grant);
    error GrantAlreadyEnrolled(RequestId grant);
    error GrantNotEnrolled(RequestId grant);
    error AmountInvalid(StudyId study, uint256 amount);
    error NothingDue(StudyId study, address account);
    error PatientUnreachable(address patient);

    event AgreementOpened(
        StudyId indexed study,
        address indexed token,
        uint16 patientShare,
        uint16 fundShare,
        Payee[] payees,
        address by
    );
    event GrantEnrolled(StudyId indexed study, RequestId indexed grant, uint32 units, uint32 totalUnits);
    event RevenueDeposited(
        StudyId indexed study,
        address indexed from,
        uint256 amount,
        uint256 patientAmount,
        uint256 fundAmount,
        uint32 units,
        bytes32 referenceHash
    );
    event PatientPaid(
        StudyId indexed study,
        RequestId indexed grant,
        address indexed patient,
        BatchId batch,
        bytes32 record,
        address to,
        uint256 amount
    );
    event InstitutionPaid(StudyId indexed study, InstitutionId indexed institution, address indexed to, uint256 amount);
    event FundPaid(StudyId indexed study, address indexed fund, uint256 amount);

    /// @notice Opens a study's agreement, once. The caller is a RESEARCHER agent of its sponsor.
    /// @dev Warning: it cannot be changed. The token must neither rebase nor take more from the payer than it was asked to.
    /// @dev Reverts: AgentNotPermitted, StudySponsorOnly, AgreementExists, TokenInvalid (no contract), FundShareTooLow, PayeeInvalid (no member,
    /// not ascending, no share, more than 16), SharesInvalid (they do not sum to 10,000).
    function openAgreement(
        StudyId study,
        address token,
        uint16 patientShare,
        uint16 fundShare,
        Payee[] calldata payees
    ) external;

    /// @notice Counts an approved grant's members as payees of later deposits. Anyone may call, with one member's proof.
    /// @dev A grant revoked or over counts too: its data may have been used, and its institution could else shut patients out.
    /// @dev Reverts: AgreementUnknown, GrantNotEnrollable (not approved, or no member of it), GrantAlreadyEnrolled.
    function enroll(RequestId grant, CohortMember calldata member, bytes32[] calldata proof) external;

    /// @notice Pays revenue in; what arrives counts. Anyone may call.
    /// @dev Warning: while no grant is enrolled the patients' part waits, and goes with the next deposit to those enrolled by then.
    /// @dev Reverts: AgreementUnknown, AmountInvalid (nothing arrived, or more than 2^184 - 1 in all).
    function deposit(StudyId study, uint256 amount, bytes32 referenceHash) external;

    /// @notice Pays a member of a grant's cohort what is due, to the owner of the patient's DID. Anyone may call.
    /// @dev Reverts: GrantNotEnrolled, MemberNotInGrant, NothingDue, PatientUnreachable (deactivated).
    function claim(RequestId grant, CohortMember calldata member, bytes32[] calldata proof) external;

    /// @notice Pays the caller's institution what is due. The caller is its ADMIN agent.
    /// @dev Reverts: AgentNotPermitted, NothingDue, ZeroAddress.
    function claimInstitution(StudyId study, address to) external;

    /// @notice Pays the fund what is due. Anyone may call.
    /// @dev Reverts: AgreementUnknown, NothingDue.
    function claimFund(StudyId study) external;

    function agreement(StudyId study) external view returns (Agreement memory);

    /// @notice What a member of an enrolled grant could claim now; 0 if the grant is not enrolled.
    /// @dev Warning: whether it is a member is for `claim` to check.
    function dueToMember(RequestId grant, CohortMember calldata member) external view returns (uint256);

    function dueToInstitution(StudyId study, InstitutionId institution) external view returns (uint256);

    function dueToFund(StudyId study) external view returns (uint256);

    /// @notice The patient health fund's address.
    function fund() external view returns (address);

    /// @notice Least share of the fund, basis points.
    function fundFloor() external view returns (uint16);
}
