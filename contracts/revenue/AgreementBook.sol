// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IStudyRegistry} from "../access/IStudyRegistry.sol";
import {ZeroAddress} from "../common/Errors.sol";
import {AgentRole, AgreementId, InstitutionId, NO_STUDY, StudyId} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IRevenueSplitter} from "./IRevenueSplitter.sol";

/// @title AgreementBook
/// @notice Agreements, their shares by epochs, and what is due to institutions and the fund. See IRevenueSplitter.
abstract contract AgreementBook is IRevenueSplitter, AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    struct CustodianAccount {
        uint32 units;
        /// Due up to `accruedPerUnit`, times 2^64. 2^16 epochs of 2^144 take 224 bits.
        uint224 due;
        /// The agreement's custodianAccruedPerUnit when the account was last settled.
        uint256 accruedPerUnit;
    }

    uint256 internal constant WHOLE = 10_000;
    uint256 private constant MAX_PAYEES = 16;
    /// @dev Binary digits behind the point of accruals.
    uint256 internal constant FRACTION_BITS = 64;

    IInstitutionRegistry internal immutable _institutions;
    IStudyRegistry private immutable _studies;
    address internal immutable _fund;
    uint40 private immutable _sharesDelay;

    ShareRules private _shareRules;

    mapping(AgreementId agreement => Agreement) internal _agreements;
    mapping(AgreementId agreement => mapping(uint16 epoch => Epoch)) internal _epochs;
    mapping(AgreementId agreement => mapping(uint16 epoch => Payee[])) private _payees;
    mapping(AgreementId agreement => mapping(uint16 epoch => mapping(InstitutionId institution => uint256 paid)))
        private _paid;
    mapping(AgreementId agreement => mapping(InstitutionId institution => CustodianAccount)) private _custodians;

    constructor(
        address authority_,
        IInstitutionRegistry institutions,
        IStudyRegistry studies,
        address fund_,
        ShareRules memory shareRules_,
        uint40 sharesDelay_
    ) AccessManaged(authority_) {
        if (address(institutions) == address(0) || address(studies) == address(0) || fund_ == address(0)) {
            revert ZeroAddress();
        }

        _institutions = institutions;
        _studies = studies;
        _fund = fund_;
        _sharesDelay = sharesDelay_;
        _setShareRules(shareRules_);
    }

    /* AGREEMENTS */

    /// @inheritdoc IRevenueSplitter
    function openAgreement(
        StudyId study,
        bytes32 productHash,
        address token,
        UnitRule unitRule,
        Shares calldata shares
    ) external returns (AgreementId id) {
        id = agreementId(study, productHash);
        _requireSponsor(study);
        if (_isOpen(id)) revert AgreementExists(id);
        if (token.code.length == 0) revert TokenInvalid(id, token);
        _checkShares(id, shares);

        Agreement storage kept = _agreements[id];
        kept.token = token;
        kept.epoch = 1;
        kept.unitRule = unitRule;
        kept.study = study;
        // From 1, so that nobody's position is 0.
        kept.accruedPerUnit = 1;
        kept.custodianAccruedPerUnit = 1;
        _storeShares(id, 1, shares);

        emit AgreementOpened(id, study, productHash, token, unitRule, msg.sender);
        emit SharesProposed(id, 1, shares, uint40(block.timestamp), msg.sender);
    }

    /// @inheritdoc IRevenueSplitter
    function proposeShares(AgreementId id, Shares calldata shares) external nonReentrant {
        _requireOpen(id);
        _requireSponsor(_agreements[id].study);
        _checkShares(id, shares);
        Agreement storage kept = _agreements[id];
        uint16 next = (_isTime(kept.nextEpochAt) ? _startEpoch(id) : kept.epoch) + 1;

        uint40 startsAt = SafeCast.toUint40(block.timestamp) + _sharesDelay;
        kept.nextEpochAt = startsAt;
        _storeShares(id, next, shares);

        emit SharesProposed(id, next, shares, startsAt, msg.sender);
    }

    /// @inheritdoc IRevenueSplitter
    function setShareRules(ShareRules calldata rules) external restricted {
        _setShareRules(rules);
    }

    /* CLAIMS OF INSTITUTIONS AND THE FUND */

    /// @inheritdoc IRevenueSplitter
    function claimInstitution(AgreementId id, uint16 epoch, address to) external nonReentrant {
        InstitutionId institution = _requireAdministrator();
        uint256 amount = dueToInstitution(id, epoch, institution);
        if (amount == 0) revert NothingDue(id, msg.sender);
        if (to == address(0)) revert ZeroAddress();

        _paid[id][epoch][institution] += amount;

        emit InstitutionPaid(id, institution, epoch, to, amount);

        IERC20(_agreements[id].token).safeTransfer(to, amount);
    }

    /// @inheritdoc IRevenueSplitter
    function claimCustodian(AgreementId id, address to) external nonReentrant {
        InstitutionId institution = _requireAdministrator();
        CustodianAccount storage account = _settleCustodian(id, institution);
        uint224 due = account.due;
        uint256 amount = due >> FRACTION_BITS;
        if (amount == 0) revert NothingDue(id, msg.sender);
        if (to == address(0)) revert ZeroAddress();

        account.due = due & uint224((1 << FRACTION_BITS) - 1);

        emit CustodianPaid(id, institution, to, amount);

        IERC20(_agreements[id].token).safeTransfer(to, amount);
    }

    /// @inheritdoc IRevenueSplitter
    function claimFund(AgreementId id) external nonReentrant {
        _requireOpen(id);
        uint256 amount = dueToFund(id);
        if (amount == 0) revert NothingDue(id, _fund);

        Agreement storage kept = _agreements[id];
        kept.fundPaid += amount;

        emit FundPaid(id, _fund, amount);

        IERC20(kept.token).safeTransfer(_fund, amount);
    }

    /* VIEWS */

    /// @inheritdoc IRevenueSplitter
    function agreement(AgreementId id) external view returns (Agreement memory) {
        return _agreements[id];
    }

    /// @inheritdoc IRevenueSplitter
    function epochOf(AgreementId id, uint16 epoch) external view returns (Epoch memory, Payee[] memory payees) {
        return (_epochs[id][epoch], _payees[id][epoch]);
    }

    /// @inheritdoc IRevenueSplitter
    function dueToInstitution(AgreementId id, uint16 epoch, InstitutionId institution) public view returns (uint256) {
        Payee[] storage payees = _payees[id][epoch];
        for (uint256 i = 0; i < payees.length; ++i) {
            Payee memory payee = payees[i];
            if (payee.institution == institution) {
                return _shareOf(_epochs[id][epoch].received, payee.share) - _paid[id][epoch][institution];
            }
        }
        return 0;
    }

    /// @inheritdoc IRevenueSplitter
    function dueToCustodian(AgreementId id, InstitutionId institution) external view returns (uint256) {
        Agreement storage kept = _agreements[id];
        (uint256 accrued, ) = _custodianAccrual(kept, _epochs[id][kept.epoch]);
        return _dueOf(_custodians[id][institution], accrued) >> FRACTION_BITS;
    }

    /// @inheritdoc IRevenueSplitter
    function dueToFund(AgreementId id) public view returns (uint256) {
        Agreement storage kept = _agreements[id];
        Epoch storage present = _epochs[id][kept.epoch];
        return kept.fundCredit + _shareOf(present.received, present.fundShare) - kept.fundPaid;
    }

    /// @inheritdoc IRevenueSplitter
    function agreementId(StudyId study, bytes32 productHash) public pure returns (AgreementId) {
        return AgreementId.wrap(productHash == 0 ? StudyId.unwrap(study) : keccak256(abi.encode(study, productHash)));
    }

    /// @inheritdoc IRevenueSplitter
    function fund() external view returns (address) {
        return _fund;
    }

    /// @inheritdoc IRevenueSplitter
    function shareRules() external view returns (ShareRules memory) {
        return _shareRules;
    }

    /// @inheritdoc IRevenueSplitter
    function sharesDelay() external view returns (uint40) {
        return _sharesDelay;
    }

    /* INTERNAL */

    function _isOpen(AgreementId id) private view returns (bool) {
        return _agreements[id].token != address(0);
    }

    function _requireOpen(AgreementId id) internal view {
        if (!_isOpen(id)) revert AgreementUnknown(id);
    }

    /// @dev Whether it is time to start the epoch that was proposed for then; 0 if none was.
    function _isTime(uint40 nextEpochAt) internal view returns (bool) {
        return nextEpochAt != 0 && block.timestamp >= nextEpochAt;
    }

    /// @dev Starts the proposed epoch. What the ended one owes stays owed; its rest goes on.
    function _startEpoch(AgreementId id) internal returns (uint16 epoch) {
        Agreement storage kept = _agreements[id];
        epoch = kept.epoch;
        _settleCustodians(id);
        Epoch memory ended = _epochs[id][epoch];
        uint256 fundAmount = _shareOf(ended.received, ended.fundShare);
        uint256 split =
            _shareOf(ended.received, ended.patientShare) + fundAmount + _shareOf(ended.received, ended.custodianShare);
        Payee[] storage payees = _payees[id][epoch];
        for (uint256 i = 0; i < payees.length; ++i) split += _shareOf(ended.received, payees[i].share);
        // Less than one unit for each share, of which there are 19.
        uint8 dust = uint8(ended.received - split);

        kept.fundCredit += fundAmount;
        kept.custodianSettled = 0;
        kept.nextEpochAt = 0;
        kept.epoch = ++epoch;
        // A rest that no deposit has taken along yet goes on too.
        Epoch storage started = _epochs[id][epoch];
        started.hasCustodians = ended.hasCustodians;
        _writeEpoch(started, ended.remainder, dust + ended.dust, ended.period, 0);

        emit EpochStarted(id, epoch, dust + ended.dust);
    }

    /// @dev All that deposits change, side by side, so that the compiler writes the slot once.
    function _writeEpoch(Epoch storage epoch, uint32 remainder, uint8 dust, uint16 period, uint144 received) internal {
        epoch.remainder = remainder;
        epoch.dust = dust;
        epoch.period = period;
        epoch.received = received;
    }

    /// @dev Adds a unit to the custodian's, for later deposits.
    /// @return total The agreement's units of custodians.
    function _addCustodianUnit(AgreementId id, InstitutionId institution) internal returns (uint32 total) {
        _settleCustodian(id, institution).units += 1;
        Agreement storage kept = _agreements[id];
        total = ++kept.custodianUnits;
        if (total == 1) _epochs[id][kept.epoch].hasCustodians = true;
    }

    /// @dev What a share has grown by since `before` was received.
    function _growthOf(uint256 before, uint256 received, uint16 share) internal pure returns (uint256) {
        // `received` is no less than `before`.
        unchecked {
            return _shareOf(received, share) - _shareOf(before, share);
        }
    }

    function _shareOf(uint256 total, uint16 share) internal pure returns (uint256) {
        // Totals are below 2^144.
        unchecked {
            return (total * share) / WHOLE;
        }
    }

    /* PRIVATE */

    function _requireSponsor(StudyId study) private view {
        InstitutionId caller = _institutions.requireAgent(msg.sender, AgentRole.RESEARCHER);
        InstitutionId sponsor = _studies.study(study).sponsor;
        if (caller != sponsor) revert IStudyRegistry.StudySponsorOnly(study, sponsor, caller);
    }

    /// @dev Of an expelled institution too: what accrued is its own, and nobody else could ever claim it.
    function _requireAdministrator() private view returns (InstitutionId institution) {
        IInstitutionRegistry.Agent memory agent = _institutions.agentAt(msg.sender, uint40(block.timestamp));
        institution = agent.institution;
        if (
            agent.roles & AgentRole.ADMIN == 0 ||
            _institutions.standing(institution) == IInstitutionRegistry.Standing.SUSPENDED
        ) revert IInstitutionRegistry.AgentNotPermitted(msg.sender, AgentRole.ADMIN);
    }

    function _setShareRules(ShareRules memory rules) private {
        AgreementId none = AgreementId.wrap(StudyId.unwrap(NO_STUDY));
        if (rules.fund < rules.fundFloor) revert FundShareTooLow(none, rules.fund, rules.fundFloor);
        uint256 sum = uint256(rules.patients) + rules.fund + rules.custodians;
        if (sum > WHOLE) revert SharesInvalid(none, sum);

        _shareRules = rules;

        emit ShareRulesChanged(rules, msg.sender);
    }

    function _checkShares(AgreementId id, Shares calldata shares) private view {
        uint16 floor = _shareRules.fundFloor;
        if (shares.fund < floor) revert FundShareTooLow(id, shares.fund, floor);
        uint256 sum = uint256(shares.patients) + shares.fund + shares.custodians;
        uint32 last;
        for (uint256 i = 0; i < shares.payees.length; ++i) {
            Payee calldata payee = shares.payees[i];
            uint32 number = InstitutionId.unwrap(payee.institution);
            IInstitutionRegistry.Standing standing = _institutions.standing(payee.institution);
            if (
                i == MAX_PAYEES ||
                number <= last ||
                payee.share == 0 ||
                standing == IInstitutionRegistry.Standing.NONE ||
                standing == IInstitutionRegistry.Standing.EXPELLED
            ) revert PayeeInvalid(id, payee.institution);
            last = number;
            sum += payee.share;
        }
        if (sum != WHOLE) revert SharesInvalid(id, sum);
    }

    function _storeShares(AgreementId id, uint16 epoch, Shares calldata shares) private {
        Epoch storage kept = _epochs[id][epoch];
        kept.patientShare = shares.patients;
        kept.fundShare = shares.fund;
        kept.custodianShare = shares.custodians;
        _payees[id][epoch] = shares.payees;
    }

    /// @dev Divides what the custodians' share has grown by since the last time.
    function _custodianAccrual(
        Agreement storage kept,
        Epoch storage present
    ) private view returns (uint256 accrued, uint32 remainder) {
        accrued = kept.custodianAccruedPerUnit;
        remainder = kept.custodianRemainder;
        uint256 grown = _shareOf(present.received, present.custodianShare) - kept.custodianSettled;
        if (grown == 0) return (accrued, remainder);

        // There are units: a deposit is refused while there are none.
        uint256 scaled = (grown << FRACTION_BITS) + remainder;
        accrued += scaled / kept.custodianUnits;
        // Less than the units.
        remainder = uint32(scaled % kept.custodianUnits);
    }

    function _settleCustodians(AgreementId id) private returns (uint256 accrued) {
        Agreement storage kept = _agreements[id];
        Epoch storage present = _epochs[id][kept.epoch];
        uint32 remainder;
        (accrued, remainder) = _custodianAccrual(kept, present);
        kept.custodianAccruedPerUnit = accrued;
        kept.custodianRemainder = remainder;
        kept.custodianSettled = uint192(_shareOf(present.received, present.custodianShare));
    }

    function _settleCustodian(
        AgreementId id,
        InstitutionId institution
    ) private returns (CustodianAccount storage account) {
        uint256 accrued = _settleCustodians(id);
        account = _custodians[id][institution];
        account.due = SafeCast.toUint224(_dueOf(account, accrued));
        account.accruedPerUnit = accrued;
    }

    function _dueOf(CustodianAccount memory account, uint256 accrued) private pure returns (uint256) {
        return account.due + account.units * (accrued - account.accruedPerUnit);
    }
}
