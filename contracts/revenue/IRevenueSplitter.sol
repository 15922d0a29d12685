// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {CohortMember} from "../access/AccessTypes.sol";
import {AgreementId, BatchId, InstitutionId, RequestId, StudyId} from "../common/Types.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";

/// @title IRevenueSplitter
/// @notice Revenue of a study or a product of it, owed at once to the patients whose data was granted, the custodians that delivered it,
/// the processors and the patient health fund.
/// @dev Amounts are units of the agreement's token; shares are basis points that sum to 10,000. Deposits cost the same whatever the
/// number of payees; everyone claims for themselves. received = paid + owed + dust, always.
interface IRevenueSplitter {
    /// @dev What the patients' share is divided by.
    enum UnitRule {
        /// One for each granted record, which is of one category.
        RECORD,
        /// One for each patient, whatever the number of records and grants.
        PATIENT,
        /// One for each patient and category of a granted record, whatever the number of records and grants.
        CATEGORY
    }

    struct Payee {
        InstitutionId institution;
        uint16 share;
    }

    struct Shares {
        uint16 patients;
        uint16 fund;
        /// Of the custodians, by units delivered.
        uint16 custodians;
        /// Of the processors: at most 16, ascending by institution.
        Payee[] payees;
    }

    /// @dev The consortium's rules for shares. One slot.
    struct ShareRules {
        /// Least share of the fund in any agreement.
        uint16 fundFloor;
        /// Shares by default of patients, fund and custodians; the rest is for processors. The chain does not ask for them: clients propose
        /// them where a sponsor names no others.
        uint16 patients;
        uint16 fund;
        uint16 custodians;
    }

    /// @dev A time in which the shares are the same. One slot.
    struct Epoch {
        uint16 patientShare;
        uint16 fundShare;
        uint16 custodianShare;
        /// Rest of the last division among the patients' units, times 2^64.
        uint32 remainder;
        /// Rest of the epoch before, which the next deposit takes along.
        uint8 dust;
        /// Whether a delivery was counted.
        bool hasCustodians;
        /// Of the last deposit; see `markOf`.
        uint16 period;
        /// Split by these shares so far.
        uint144 received;
    }

    struct Agreement {
        address token;
        /// The patients'.
        uint32 units;
        /// Number of the present epoch, from 1.
        uint16 epoch;
        UnitRule unitRule;
        /// When the proposed shares come in force; 0 if none are proposed.
        uint40 nextEpochAt;
        StudyId study;
        /// Owed to each patients' unit that has been there from the start, times 2^64, plus one.
        uint256 accruedPerUnit;
        /// The fund's from ended epochs, lapses and donations.
        uint256 fundCredit;
        uint256 fundPaid;
        /// Deliveries counted.
        uint32 custodianUnits;
        /// Rest of the last division among them, times 2^64.
        uint32 custodianRemainder;
        /// What of the custodians' share of this epoch was divided.
        uint192 custodianSettled;
        /// As accruedPerUnit, up to the last settlement.
        uint256 custodianAccruedPerUnit;
    }

    /// @dev What a patient may be owed for: a member of a grant. The proof is needed at the first claim only.
    struct Entitlement {
        RequestId grant;
        CohortMember member;
        bytes32[] proof;
    }

    error AgreementExists(AgreementId agreement);
    error AgreementUnknown(AgreementId agreement);
    error SharesInvalid(AgreementId agreement, uint256 sum);
    error FundShareTooLow(AgreementId agreement, uint16 share, uint16 floor);
    error PayeeInvalid(AgreementId agreement, InstitutionId institution);
    error TokenInvalid(AgreementId agreement, address token);
    error NotEnrollable(AgreementId agreement, RequestId grant);
    error RecordsMismatched(uint256 entitlements, uint256 records);
    error AlreadyEnrolled(AgreementId agreement, RequestId grant);
    error NotEnrolled(AgreementId agreement, RequestId grant);
    error NobodyEnrolled(AgreementId agreement);
    error DeliveryNotCountable(AgreementId agreement, RequestId grant);
    error AmountInvalid(AgreementId agreement, uint256 amount);
    error NothingDue(AgreementId agreement, address account);
    error NotLapsed(AgreementId agreement, uint256 period);

    event AgreementOpened(
        AgreementId indexed agreement,
        StudyId indexed study,
        bytes32 productHash,
        address indexed token,
        UnitRule unitRule,
        address by
    );
    /// @dev The first right after AgreementOpened, in force at once.
    event SharesProposed(AgreementId indexed agreement, uint16 epoch, Shares shares, uint40 startsAt, address by);
    event EpochStarted(AgreementId indexed agreement, uint16 epoch, uint8 dust);
    event ShareRulesChanged(ShareRules rules, address by);
    event GrantEnrolled(AgreementId indexed agreement, RequestId indexed grant, uint32 units, uint32 totalUnits);
    event PatientEnrolled(
        AgreementId indexed agreement,
        RequestId indexed grant,
        address indexed patient,
        uint32 totalUnits
    );
    /// @dev The unit is this member's from now on: it is claimed by this grant and record, and payments of it name them.
    event CategoryEnrolled(
        AgreementId indexed agreement,
        RequestId indexed grant,
        address indexed patient,
        BatchId batch,
        bytes32 record,
        uint8 category,
        uint32 totalUnits
    );
    event DeliveryCounted(
        AgreementId indexed agreement,
        RequestId indexed grant,
        InstitutionId indexed custodian,
        bytes32 record,
        uint32 totalUnits
    );
    event RevenueDeposited(
        AgreementId indexed agreement,
        address indexed from,
        uint16 epoch,
        uint256 amount,
        uint256 patientAmount,
        uint256 fundAmount,
        uint256 custodianAmount,
        uint32 units,
        bytes32 referenceHash
    );
    /// @dev By the rule PATIENT `grant`, `batch` and `record` are zero, here and in ShareDonated and ShareLapsed.
    event PatientPaid(
        AgreementId indexed agreement,
        RequestId indexed grant,
        address indexed patient,
        BatchId batch,
        bytes32 record,
        address to,
        uint256 amount
    );
    /// @dev The token refused the payment, which stays due.
    event PaymentFailed(AgreementId indexed agreement, address indexed patient, address to, uint256 amount);
    event ShareDonated(
        AgreementId indexed agreement,
        RequestId indexed grant,
        address indexed patient,
        BatchId batch,
        bytes32 record,
        uint256 amount,
        address by
    );
    event ShareLapsed(
        AgreementId indexed agreement,
        RequestId indexed grant,
        address indexed patient,
        BatchId batch,
        bytes32 record,
        uint256 amount,
        address by
    );
    event InstitutionPaid(
        AgreementId indexed agreement,
        InstitutionId indexed institution,
        uint16 epoch,
        address to,
        uint256 amount
    );
    event CustodianPaid(
        AgreementId indexed agreement,
        InstitutionId indexed institution,
        address indexed to,
        uint256 amount
    );
    event FundPaid(AgreementId indexed agreement, address indexed fund, uint256 amount);

    /// @notice Opens the agreement of a study, or of a product of it. The caller is a RESEARCHER agent of its sponsor.
    /// @dev Token and unit rule are for ever. Warning: the token must neither rebase nor take more from the payer than it was asked to.
    /// @param productHash Salted hash of the product's description; 0 for the study itself.
    /// @dev Reverts: AgentNotPermitted, StudySponsorOnly, AgreementExists, TokenInvalid (no contract), FundShareTooLow, PayeeInvalid (no
    /// member, not ascending, no share, more than 16), SharesInvalid (they do not sum to 10,000).
    function openAgreement(
        StudyId study,
        bytes32 productHash,
        address token,
        UnitRule unitRule,
        Shares calldata shares
    ) external returns (AgreementId agreement);

    /// @notice Proposes other shares, in force for deposits after `sharesDelay`. The caller is a RESEARCHER agent of the study's sponsor.
    /// @dev Replaces shares that were proposed and are not in force yet. Dues accrued by then stay as they are.
    /// @dev Reverts as `openAgreement`, and AgreementUnknown.
    function proposeShares(AgreementId agreement, Shares calldata shares) external;

    /// @notice Sets the least share of the fund, and the shares by default, for shares proposed from now on.
    /// @dev Restricted. Reverts, naming agreement 0: FundShareTooLow (the default is below the floor), SharesInvalid (the defaults sum to more
    /// than 10,000).
    function setShareRules(ShareRules calldata rules) external;

    /// @notice Counts payees of later deposits. Anyone may call, with one member's proof.
    /// @dev By the rule RECORD all members of the grant, by the rule PATIENT the member's patient. A grant revoked or over counts too: its
    /// data may have been used, and its institution could else shut patients out.
    /// @dev Reverts: AgreementUnknown, NotEnrollable (not approved, no member of it, of another study, or the agreement is by the rule
    /// CATEGORY), AlreadyEnrolled.
    function enroll(AgreementId agreement, Entitlement calldata entitlement) external;

    /// @notice As `enroll`, for many; those enrolled already are passed over.
    function enrollMany(AgreementId agreement, Entitlement[] calldata entitlements) external;

    /// @notice By the rule CATEGORY, counts the categories of members' records as units of their patients; those enrolled already are passed
    /// over. Anyone may call, with the members' proofs and records.
    /// @dev The first record of a category stands for all: claims are made by it alone. Granted counts as used, as by the other rules.
    /// @param records Of the members, in their order; a record names its category.
    /// @dev Reverts: AgreementUnknown, RecordsMismatched (not one for each member), NotEnrollable (as `enroll`, or another record than the
    /// member's, or another unit rule).
    function enrollCategories(
        AgreementId agreement,
        Entitlement[] calldata entitlements,
        IRecordRegistry.Record[] calldata records
    ) external;

    /// @notice Counts a logged delivery as a unit of its custodian, for later deposits. Anyone may call.
    /// @dev Reverts: AgreementUnknown, DeliveryNotCountable (not logged, of another study, or counted).
    function countDelivery(AgreementId agreement, RequestId grant, CohortMember calldata member) external;

    /// @notice Pays revenue in; what arrives counts. Anyone may call.
    /// @param referenceHash Salted hash of the invoice.
    /// @dev Reverts: AgreementUnknown, NobodyEnrolled (a share has no unit that it could go to), AmountInvalid (nothing arrived, or more than
    /// 2^144 - 1 in the epoch).
    function deposit(AgreementId agreement, uint256 amount, bytes32 referenceHash) external;

    /// @notice As `deposit`, with the payer's ERC-2612 permit in place of an approval.
    function depositWithPermit(
        AgreementId agreement,
        uint256 amount,
        bytes32 referenceHash,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Pays a patient what is due, to the `payoutAddress` of IPatientRegistry. Anyone may call.
    /// @dev Reverts: NotEnrolled, MemberNotInGrant, NothingDue, PatientUnreachable (deactivated).
    function claim(AgreementId agreement, Entitlement calldata entitlement) external;

    /// @notice As `claim`, for many. Who is owed nothing, cannot be reached or whose payment fails is passed over.
    /// @dev Reverts: NotEnrolled, MemberNotInGrant.
    function claimMany(AgreementId agreement, Entitlement[] calldata entitlements) external;

    /// @notice Gives what is due to the fund, once. The caller is the patient or the guardian.
    /// @dev Reverts: NoAuthority, NotEnrolled, MemberNotInGrant, NothingDue.
    function donate(AgreementId agreement, Entitlement calldata entitlement) external;

    /// @notice Gives the fund what patients have left unclaimed since before `period`, once the claim window has passed since. Anyone may call.
    /// @param period A period that `markOf` knows, as late as possible. Who has nothing to lapse is passed over.
    /// @dev Reverts: NotLapsed (too early, or no mark), NotEnrolled, MemberNotInGrant.
    function lapse(AgreementId agreement, Entitlement[] calldata entitlements, uint256 period) external;

    /// @notice Marks what has accrued before this period; each period's first deposit does so too. Anyone may call.
    /// @dev Reverts: AgreementUnknown.
    function markPeriod(AgreementId agreement) external;

    /// @notice Pays the caller's institution its share of an epoch. The caller is its ADMIN agent.
    /// @dev Not while it is suspended; an expelled one keeps what accrued. Reverts: AgentNotPermitted, NothingDue, ZeroAddress.
    function claimInstitution(AgreementId agreement, uint16 epoch, address to) external;

    /// @notice Pays the caller's institution what is due for deliveries. The caller is its ADMIN agent.
    /// @dev Not while it is suspended; an expelled one keeps what accrued. Reverts: AgentNotPermitted, NothingDue, ZeroAddress.
    function claimCustodian(AgreementId agreement, address to) external;

    /// @notice Pays the fund what is due. Anyone may call.
    /// @dev Reverts: AgreementUnknown, NothingDue.
    function claimFund(AgreementId agreement) external;

    function agreement(AgreementId agreement) external view returns (Agreement memory);

    function epochOf(AgreementId agreement, uint16 epoch) external view returns (Epoch memory, Payee[] memory payees);

    /// @notice What a patient could claim now; 0 if not enrolled.
    /// @dev Warning: whether it is a member is for `claim` to check.
    function dueToMember(
        AgreementId agreement,
        RequestId grant,
        CohortMember calldata member
    ) external view returns (uint256);

    function dueToInstitution(
        AgreementId agreement,
        uint16 epoch,
        InstitutionId institution
    ) external view returns (uint256);

    function dueToCustodian(AgreementId agreement, InstitutionId institution) external view returns (uint256);

    function dueToFund(AgreementId agreement) external view returns (uint256);

    /// @notice The patients' accruedPerUnit at the beginning of a period, which is 30 days counted from 1970; 0 if it has no mark.
    function markOf(AgreementId agreement, uint256 period) external view returns (uint256);

    /// @notice The id of a study's agreement, or of its product's.
    function agreementId(StudyId study, bytes32 productHash) external pure returns (AgreementId);

    /// @notice The patient health fund's address.
    function fund() external view returns (address);

    function shareRules() external view returns (ShareRules memory);

    /// @notice Time between the proposal of shares and their start, seconds.
    function sharesDelay() external view returns (uint40);

    /// @notice Time after which an unclaimed share may lapse, seconds.
    function claimWindow() external view returns (uint40);
}
