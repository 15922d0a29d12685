// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AccessHash} from "../../contracts/access/AccessHash.sol";
import {CohortMember} from "../../contracts/access/AccessTypes.sol";
import {IAccessBroker} from "../../contracts/access/IAccessBroker.sol";
import {BatchId, CaseId, InstitutionId, NO_CONSENT, NO_STUDY, RequestId} from "../../contracts/common/Types.sol";
import {IInstitutionRegistry} from "../../contracts/identity/IInstitutionRegistry.sol";
import {IRecordRegistry} from "../../contracts/records/IRecordRegistry.sol";
import {IContributionLedger} from "../../contracts/supervision/IContributionLedger.sol";
import {ISupervision} from "../../contracts/supervision/ISupervision.sol";
import {deploy, deployAuthority, vm} from "../utils/Vm.sol";

/// @notice Answers for broker, registries and supervision with whatever facts it is given.
contract Facts {
    mapping(RequestId id => IAccessBroker.Grant) private _grants;
    mapping(RequestId id => mapping(bytes32 leaf => InstitutionId)) public deliveredBy;
    mapping(BatchId id => IRecordRegistry.Batch) private _batches;
    mapping(CaseId id => ISupervision.Case) private _cases;
    mapping(InstitutionId id => mapping(uint40 time => bool)) private _suspended;

    function addGrant(RequestId id, InstitutionId recipient, uint40 decidedAt) external {
        _grants[id].institution = recipient;
        _grants[id].decidedAt = decidedAt;
    }

    function addDelivery(RequestId id, bytes32 leaf, InstitutionId custodian) external {
        deliveredBy[id][leaf] = custodian;
    }

    function addBatch(BatchId id, uint40 anchoredAt, bool published) external {
        _batches[id].anchoredAt = anchoredAt;
        _batches[id].published = published;
    }

    function suspendAt(InstitutionId institution, uint40 time) external {
        _suspended[institution][time] = true;
    }

    function setCase(CaseId id, ISupervision.Case calldata kept) external {
        _cases[id] = kept;
    }

    function grant(RequestId id) external view returns (IAccessBroker.Grant memory) {
        return _grants[id];
    }

    function batch(BatchId id) external view returns (IRecordRegistry.Batch memory) {
        return _batches[id];
    }

    function caseOf(CaseId id) external view returns (ISupervision.Case memory) {
        return _cases[id];
    }

    function standingAt(InstitutionId id, uint40 time) external view returns (IInstitutionRegistry.Standing) {
        return _suspended[id][time] ? IInstitutionRegistry.Standing.SUSPENDED : IInstitutionRegistry.Standing.ACTIVE;
    }
}

/// @notice Has facts come about, credits, deducts and restores at random, and keeps a plain list of what was counted.
contract ContributionLedgerHandler {
    /// @dev A delivery that was credited, before any cap.
    struct Counted {
        uint256 grant;
        uint256 record;
        uint32 custodian;
        uint32 recipient;
        uint256 period;
        uint256 worth;
        bool _accepted;
    }

    struct File {
        CaseId id;
        uint32 accused;
        ISupervision.CaseStatus status;
        uint40 days_;
        uint256 deducted;
        bool made;
        bool restored;
    }

    uint32 private constant MEMBERS = 3;
    uint256 private constant RECORDS = 6;
    uint32 private constant CAP = 30;
    uint40 private constant START = 1_000_000_000;

    IContributionLedger private _ledger;
    Facts private _facts;
    /// Whether an act ever ended otherwise than the lists foretold.
    bool public surprised;

    uint40 private _time = START;
    IContributionLedger.ContributionRules private _rules;
    uint32[] private _recipients;
    uint40[] private _decidedAt;
    Counted[] private _counted;
    File[] private _files;
    mapping(uint256 grant => mapping(uint256 record => bool)) private _delivered;
    mapping(uint256 grant => mapping(uint256 record => bool)) private _credited;
    mapping(uint256 record => bool) private _accepted;

    constructor() {
        vm.warp(START);
        address authority = deployAuthority(address(this));
        _facts = new Facts();
        _rules = IContributionLedger.ContributionRules(3, 5, 2, CAP, 7, 1, [uint64(8), 20, 40, 80]);
        _ledger = IContributionLedger(
            deploy("ContributionLedger", abi.encode(authority, _facts, _facts, _facts, _facts, _rules))
        );
        for (uint256 record = 0; record < RECORDS; ++record) {
            uint40 anchoredAt = uint40(START + record);
            _facts.addBatch(batchOf(record), anchoredAt, isPublished(record));
            if (isLate(record)) _facts.suspendAt(InstitutionId.wrap(custodianOf(record)), anchoredAt);
        }
    }

    /* ACTS */

    function pass(uint32 duration) external {
        _time += duration % 3 days;
        vm.warp(_time);
    }

    /// @dev To a member that has no records, half of the time.
    function grant(uint32 recipient, uint8 mask) external {
        recipient = recipient % 2 == 0 ? MEMBERS + 1 : (recipient % MEMBERS) + 1;
        _facts.addGrant(grantId(_recipients.length), InstitutionId.wrap(recipient), _time);
        _recipients.push(recipient);
        _decidedAt.push(_time);
        _deliver(_recipients.length - 1, mask);
    }

    function deliver(uint256 seed, uint8 mask) external {
        if (_recipients.length != 0) _deliver(seed % _recipients.length, mask);
    }

    function credit(uint256 seed, uint8 first, uint8 count) external {
        _credit(seed, first, count);
    }

    /// @notice All that can be credited of a grant, record by record.
    function creditAll(uint256 seed) external {
        for (uint8 record = 0; record < RECORDS; ++record) _credit(seed, record, 1);
    }

    /// @notice A case, upheld as a rule.
    function open(uint32 accused, uint8 days_) external {
        if (_files.length == 8) return;
        _files.push(
            File({
                id: CaseId.wrap(bytes32(_files.length + 1)),
                accused: (accused % 2) + 1,
                status: days_ % 4 == 0 ? ISupervision.CaseStatus.REPORTED : ISupervision.CaseStatus.UPHELD,
                days_: days_ % 100,
                deducted: 0,
                made: false,
                restored: false
            })
        );
        _show(_files[_files.length - 1]);
    }

    /// @notice The next step of a case.
    function decide(uint256 seed, bool yes) external {
        if (_files.length == 0) return;
        File storage file = _files[seed % _files.length];
        if (file.status == ISupervision.CaseStatus.REPORTED) {
            file.status = yes ? ISupervision.CaseStatus.UPHELD : ISupervision.CaseStatus.DISMISSED;
        } else if (file.status == ISupervision.CaseStatus.UPHELD) {
            file.status = ISupervision.CaseStatus.APPEALED;
        } else if (file.status == ISupervision.CaseStatus.APPEALED) {
            file.status = yes ? ISupervision.CaseStatus.APPEAL_GRANTED : ISupervision.CaseStatus.APPEAL_REJECTED;
        }
        _show(file);
    }

    function deductAll() external {
        for (uint256 i = 0; i < _files.length; ++i) _deduct(_files[i]);
    }

    function restoreAll() external {
        for (uint256 i = 0; i < _files.length; ++i) _restore(_files[i]);
    }

    /// @dev All but the cap, so that what a pair earns in a period is the lesser of the cap and a plain sum.
    function setRules(uint32 delivery, uint32 acceptance, uint32 publication, uint32 deduction) external {
        _rules.delivery = delivery % 11;
        _rules.acceptance = acceptance % 11;
        _rules.publication = publication % 11;
        _rules.deduction = deduction % 20;
        _rules.deductionPerDay = deduction % 3;
        _rules.thresholds[0] = 1 + (delivery % 20);
        _ledger.setRules(_rules);
    }

    /* THE LISTS' ANSWERS */

    /// @dev What a custodian earned, fact by fact: the sum of each pair's in each period, up to the cap.
    function _earnedBy(uint32 custodian) private view returns (uint256 earned) {
        for (uint256 i = 0; i < _counted.length; ++i) {
            Counted memory one = _counted[i];
            if (one.custodian == custodian && _isFirstOfPair(i)) earned += _sumOf(custodian, one.recipient, one.period);
        }
    }

    function _sumOf(uint32 custodian, uint32 recipient, uint256 period) private view returns (uint256 sum) {
        for (uint256 i = 0; i < _counted.length; ++i) {
            Counted memory one = _counted[i];
            if (one.custodian == custodian && one.recipient == recipient && one.period == period) sum += one.worth;
        }
        if (sum > CAP) sum = CAP;
    }

    function _deductedOf(uint32 accused) private view returns (uint256 sum) {
        for (uint256 i = 0; i < _files.length; ++i) {
            if (_files[i].accused == accused && _files[i].made && !_files[i].restored) sum += _files[i].deducted;
        }
    }

    function _starsFor(uint256 earned, uint256 deducted) private view returns (uint8) {
        if (earned <= deducted) return 1;
        uint256 left = earned - deducted;
        for (uint8 stars = 5; stars > 1; --stars) if (left >= _rules.thresholds[stars - 2]) return stars;
        return 1;
    }

    /// @notice Fails unless the ledger says what the lists say. Here, where the lists are, since calls take longest.
    function check() external view {
        for (uint32 member = 1; member <= MEMBERS; ++member) {
            InstitutionId id = InstitutionId.wrap(member);
            uint256 earned = _earnedBy(member);
            uint256 deducted = _deductedOf(member);
            require(_ledger.pointsOf(id).earned == earned, "earned");
            require(_ledger.pointsOf(id).deducted == deducted, "deducted");
            require(_ledger.ratingOf(id) == _starsFor(earned, deducted), "stars");
        }
        for (uint256 record = 0; record < RECORDS; ++record) {
            CohortMember memory member = memberOf(record);
            require(_ledger.isAccepted(member.record) == _accepted[record], "accepted");
            bytes32 leaf = AccessHash.member(member);
            for (uint256 i = 0; i < _recipients.length; ++i) {
                require(_ledger.isCredited(grantId(i), leaf) == _credited[i][record], "credited");
            }
        }
    }

    function grantId(uint256 index) public pure returns (RequestId) {
        return RequestId.wrap(bytes32(index + 1));
    }

    function batchOf(uint256 record) public pure returns (BatchId) {
        return BatchId.wrap(bytes32(record + 100));
    }

    function custodianOf(uint256 record) public pure returns (uint32) {
        return uint32(record % MEMBERS) + 1;
    }

    function memberOf(uint256 record) public pure returns (CohortMember memory) {
        return
            CohortMember({
                study: NO_STUDY,
                patient: address(uint160(record + 1)),
                consent: NO_CONSENT,
                batch: batchOf(record),
                record: bytes32(record + 1_000)
            });
    }

    function isPublished(uint256 record) public pure returns (bool) {
        return record % 2 == 0;
    }

    /// @notice Anchored in the second in which its custodian was suspended.
    function isLate(uint256 record) public pure returns (bool) {
        return record == 4;
    }

    /* PRIVATE */

    function _deliver(uint256 index, uint8 mask) private {
        for (uint256 record = 0; record < RECORDS; ++record) {
            if ((mask >> record) & 1 == 0) continue;
            _delivered[index][record] = true;
            bytes32 leaf = AccessHash.member(memberOf(record));
            _facts.addDelivery(grantId(index), leaf, InstitutionId.wrap(custodianOf(record)));
        }
    }

    /// @dev With three members the third is the first again.
    function _credit(uint256 seed, uint8 first, uint8 count) private {
        if (_recipients.length == 0) return;
        uint256 index = seed % _recipients.length;
        count %= 4;
        CohortMember[] memory members = new CohortMember[](count);
        bool expected = true;
        for (uint256 i = 0; i < count; ++i) {
            uint256 record = (uint256(first) + (i % 2)) % RECORDS;
            members[i] = memberOf(record);
            if (!_delivered[index][record] || custodianOf(record) == _recipients[index]) expected = false;
        }
        try _ledger.credit(grantId(index), members) {
            _note(expected);
            for (uint256 i = 0; i < count; ++i) _count(index, (uint256(first) + (i % 2)) % RECORDS);
        } catch {
            _note(!expected);
        }
    }

    function _deduct(File storage file) private {
        bool stands =
            file.status != ISupervision.CaseStatus.REPORTED &&
                file.status != ISupervision.CaseStatus.DISMISSED &&
                file.status != ISupervision.CaseStatus.APPEAL_GRANTED;
        try _ledger.deduct(file.id) {
            _note(stands && !file.made);
            file.made = true;
            file.deducted = uint256(_rules.deduction) + uint256(_rules.deductionPerDay) * file.days_;
        } catch {
            _note(!stands || file.made);
        }
    }

    function _restore(File storage file) private {
        bool expected = file.status == ISupervision.CaseStatus.APPEAL_GRANTED && file.made && !file.restored;
        try _ledger.restore(file.id) {
            _note(expected);
            file.restored = true;
        } catch {
            _note(!expected);
        }
    }

    function _count(uint256 index, uint256 record) private {
        if (_credited[index][record]) return;
        _credited[index][record] = true;
        bool isAcceptance = !_accepted[record] && !isLate(record);
        _accepted[record] = true;
        uint256 worth = _rules.delivery;
        if (isAcceptance) worth += _rules.acceptance;
        if (isAcceptance && isPublished(record)) worth += _rules.publication;
        _counted.push(
            Counted({
                grant: index,
                record: record,
                custodian: custodianOf(record),
                recipient: _recipients[index],
                period: _decidedAt[index] / 30 days,
                worth: worth,
                _accepted: isAcceptance
            })
        );
    }

    function _isFirstOfPair(uint256 index) private view returns (bool) {
        Counted memory one = _counted[index];
        for (uint256 i = 0; i < index; ++i) {
            Counted memory other = _counted[i];
            if (other.custodian == one.custodian && other.recipient == one.recipient && other.period == one.period)
                return false;
        }
        return true;
    }

    /// @dev Has supervision tell the case as the list has it.
    function _show(File memory file) private {
        ISupervision.Case memory kept;
        kept.accused = InstitutionId.wrap(file.accused);
        kept.status = file.status;
        kept.decidedAt = START;
        if (file.days_ != 0) kept.suspendedUntil = START + file.days_ * 1 days;
        _facts.setCase(file.id, kept);
    }

    function _note(bool foretold) private {
        if (!foretold) surprised = true;
    }
}

contract ContributionLedgerInvariantTest {
    ContributionLedgerHandler private _handler;

    function setUp() external {
        _handler = new ContributionLedgerHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev Of one campaign: each invariant function would be a campaign of its own.
    function invariant_all() external view {
        require(!_handler.surprised(), "surprised");
        _handler.check();
    }
}
