// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AccessRequest, CohortMember, CohortPart, CohortRequest} from "../../contracts/access/AccessTypes.sol";
import {IAccessBroker} from "../../contracts/access/IAccessBroker.sol";
import {IRuleSet} from "../../contracts/access/IRuleSet.sol";
import {IStudyRegistry} from "../../contracts/access/IStudyRegistry.sol";
import {FailedCheck} from "../../contracts/common/FailedCheck.sol";
import {
    AgentRole,
    BatchId,
    ConsentId,
    Decision,
    InstitutionId,
    RequestId,
    StudyId
} from "../../contracts/common/Types.sol";
import {IConsentRegistry} from "../../contracts/consent/IConsentRegistry.sol";
import {IInstitutionRegistry} from "../../contracts/identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../../contracts/identity/IPatientRegistry.sol";
import {IRecordRegistry} from "../../contracts/records/IRecordRegistry.sol";
import {deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @notice The real contracts with three members, four patients of two records each, and two studies.
contract AccessBrokerWorld {
    uint40 public constant START = 1_000_000;
    uint40 public constant LAST = 2_000_000;
    uint40 public constant MAX_GRANT = 1_000;
    uint32 public constant CAP = 5;
    uint256 public constant PATIENTS = 4;
    uint256 public constant REQUESTERS = 2;
    IAccessBroker.AlertThresholds public thresholds = IAccessBroker.AlertThresholds(3, 300, 400);

    address internal constant GATEWAY = address(0xB001);
    address internal constant REVIEWER = address(0xB002);
    address internal constant LEGAL_REVIEWER = address(0xB003);
    /// @dev HRESCH, labs.
    uint256 internal constant USE = (uint256(1) << 19) | (uint256(1) << 83);

    IAccessBroker public broker;
    IInstitutionRegistry public institutions;
    IConsentRegistry public consents;
    IPatientRegistry internal _patients;
    IRecordRegistry internal _records;
    IStudyRegistry internal _studies;
    /// @dev The second has a cap.
    StudyId[2] public studies;

    constructor() {
        vm.warp(START);
        address authority = deployAuthority(address(this));
        institutions = IInstitutionRegistry(
            deploy("InstitutionRegistry", abi.encode(authority, address(deployToken())))
        );
        _patients = IPatientRegistry(deploy("PatientRegistry", abi.encode(address(this))));
        _records = IRecordRegistry(deploy("RecordRegistry", abi.encode(institutions, _patients)));
        consents = IConsentRegistry(deploy("ConsentRegistry", abi.encode(authority, _patients, institutions)));
        _studies = IStudyRegistry(deploy("StudyRegistry", abi.encode(authority, institutions)));
        IRuleSet rules = IRuleSet(deploy("RuleSet", abi.encode(_rules(), institutions, _records, consents, _studies)));
        broker = IAccessBroker(
            deploy(
                "AccessBroker",
                abi.encode(authority, rules, thresholds, institutions, _patients, _records, consents, _studies)
            )
        );
        _admitMembers();
        studies[0] = _openStudy(bytes32(uint256(1)), 0);
        studies[1] = _openStudy(bytes32(uint256(2)), CAP);
        for (uint256 i = 0; i < 2 * PATIENTS; ++i) {
            IRecordRegistry.Record[] memory records = new IRecordRegistry.Record[](1);
            records[0] = _recordOf(i % PATIENTS, i >= PATIENTS);
            vm.prank(GATEWAY);
            _records.anchorIndexed(records, bytes32(uint256(1)));
        }
    }

    function patientOf(uint256 patient) public pure returns (address) {
        return address(uint160(0xC000 + patient));
    }

    function requesterOf(uint256 requester) public pure returns (address) {
        return address(uint160(0xD000 + requester));
    }

    function institute() public pure returns (InstitutionId) {
        return InstitutionId.wrap(2);
    }

    function _rules() private pure returns (IRuleSet.Rules memory rules) {
        rules.maxGrantDuration = MAX_GRANT;
        rules.levels[2] = IRuleSet.LevelRule(true, true, false, false, 0);
        rules.levels[3] = IRuleSet.LevelRule(true, true, true, true, 2);
    }

    function _admitMembers() private {
        IInstitutionRegistry.InstitutionKind[3] memory kinds = [
            IInstitutionRegistry.InstitutionKind.HOSPITAL,
            IInstitutionRegistry.InstitutionKind.RESEARCH,
            IInstitutionRegistry.InstitutionKind.REGULATOR
        ];
        for (uint256 i = 0; i < 3; ++i) {
            institutions.admit(kinds[i], 0, true, START, LAST, bytes32(i + 1), address(uint160(0xA001 + i)));
        }
        institutions.appointAgent(InstitutionId.wrap(1), GATEWAY, AgentRole.GATEWAY, START, LAST);
        institutions.appointAgent(InstitutionId.wrap(3), REVIEWER, AgentRole.ETHICS_REVIEWER, START, LAST);
        institutions.appointAgent(InstitutionId.wrap(3), LEGAL_REVIEWER, AgentRole.LEGAL_REVIEWER, START, LAST);
        for (uint256 i = 0; i < REQUESTERS; ++i) {
            institutions.appointAgent(institute(), requesterOf(i), AgentRole.RESEARCHER, START, LAST);
        }
    }

    function _openStudy(bytes32 protocolHash, uint32 cap) private returns (StudyId study) {
        IStudyRegistry.StudyTerms memory terms;
        terms.protocolHash = protocolHash;
        terms.scope = USE | (uint256(3) << 96) | (uint256(LAST) << 144);
        terms.coreCategories = 1 << 3;
        terms.subjectCap = cap;
        vm.prank(requesterOf(0));
        study = _studies.register(terms);
        _review(study, IStudyRegistry.ReviewKind.ETHICS, IStudyRegistry.ReviewVerdict.APPROVED);
        _review(study, IStudyRegistry.ReviewKind.LEGAL, IStudyRegistry.ReviewVerdict.APPROVED);
    }

    function _review(StudyId study, IStudyRegistry.ReviewKind kind, IStudyRegistry.ReviewVerdict verdict) internal {
        vm.prank(kind == IStudyRegistry.ReviewKind.ETHICS ? REVIEWER : LEGAL_REVIEWER);
        _studies.review(study, 1, kind, verdict, LAST, 0);
    }

    /// @dev Each a batch of its own.
    function _recordOf(uint256 patient, bool core) internal pure returns (IRecordRegistry.Record memory) {
        uint256 meta = 1 | (uint256(core ? 3 : 2) << 32) | (uint256(3) << 40);
        return IRecordRegistry.Record(patientOf(patient), keccak256(abi.encode(patient, core)), meta);
    }

    function _batchOf(IRecordRegistry.Record memory record) internal view returns (BatchId) {
        return _records.batchId(InstitutionId.wrap(1), _records.leafOf(record));
    }
}

/// @notice Acts at random, and keeps a plain account of who consented to what until when, by which it foretells each decision.
contract AccessBrokerHandler is AccessBrokerWorld {
    struct Given {
        uint256 patient;
        uint40 until;
        bool automatic;
        bool ended;
        IConsentRegistry.Terms terms;
    }

    struct Asked {
        RequestId id;
        uint256 requester;
        uint256 patient;
        uint256 given;
        uint256 study;
        bool core;
        bool forged;
        uint40 until;
        Decision decision;
        uint8 pending;
        uint40 decidedAt;
        bool revoked;
    }

    /// @dev Of the members granted, the consents alone.
    struct Cohort {
        RequestId id;
        Decision decision;
        uint40 decidedAt;
        uint256[] granted;
    }

    uint40 public time = START;
    /// Whether an act ever ended otherwise than the account foretold.
    bool public surprised;
    /// Whether anything was ever granted to a requester or an institution that the account held suspended.
    bool public grantedWhileSuspended;
    uint256[2] public subjects;

    uint40 private _suspendedUntil;
    bool[2] private _rejected;
    bool[PATIENTS] private _deactivated;
    uint40[REQUESTERS] private _windowStart;
    uint256[REQUESTERS] private _denials;
    uint40[REQUESTERS] private _refusedUntil;
    Given[] private _given;
    Asked[] private _asked;
    Cohort[] private _cohorts;
    uint256 private _salt;

    constructor() {
        for (uint256 i = 0; i < PATIENTS; ++i) _give(i, true, LAST - START - 1);
    }

    /// @dev Each act has a second of its own, as in blocks of one transaction.
    modifier tick() {
        vm.warp(++time);
        _;
    }

    /* ACTS OF OTHERS */

    function pass(uint16 duration) external tick {
        time += duration % 200;
        vm.warp(time);
    }

    function give(uint256 patient, bool automatic, uint16 duration) external tick {
        patient %= PATIENTS;
        if (!_deactivated[patient]) _give(patient, automatic, 1 + (uint40(duration) % 3_000));
    }

    function withdraw(uint256 given) external tick {
        given %= _given.length;
        bool expected = !_given[given].ended && !_deactivated[_given[given].patient];
        ConsentId id = consents.consentId(_given[given].terms);
        vm.prank(patientOf(_given[given].patient));
        try consents.withdraw(id) {
            _note(expected);
            _given[given].ended = true;
        } catch {
            // What ended with an epoch can still be withdrawn by itself.
            _note(!expected);
        }
    }

    function withdrawAll(uint256 patient, uint8 chance) external tick {
        patient %= PATIENTS;
        if (chance % 3 != 0 || _deactivated[patient]) return;
        vm.prank(patientOf(patient));
        consents.withdrawAll(patientOf(patient));
        for (uint256 i = 0; i < _given.length; ++i) {
            if (_given[i].patient != patient || _given[i].ended) continue;
            // Ended by itself as well, so that the account of `withdraw` stays plain.
            vm.prank(patientOf(patient));
            consents.withdraw(consents.consentId(_given[i].terms));
            _given[i].ended = true;
        }
    }

    function revokeConsent(uint256 given, uint8 chance) external tick {
        given %= _given.length;
        if (chance % 3 != 0 || _given[given].ended) return;
        consents.revoke(consents.consentId(_given[given].terms), 0);
        _given[given].ended = true;
    }

    /// @dev Rare, since it is for ever.
    function deactivate(uint256 patient, uint8 chance) external tick {
        patient %= PATIENTS;
        if (chance % 16 != 0 || _deactivated[patient]) return;
        vm.prank(patientOf(patient));
        _patients.changeOwner(patientOf(patient), address(0));
        _deactivated[patient] = true;
    }

    function suspend(uint8 duration) external tick {
        _suspendedUntil = time + 1 + (duration % 100);
        institutions.suspend(institute(), _suspendedUntil, 0);
    }

    function judgeStudy(uint256 study, uint8 chance) external tick {
        study %= 2;
        bool rejected = chance % 3 == 0;
        _rejected[study] = rejected;
        _review(
            studies[study],
            IStudyRegistry.ReviewKind.LEGAL,
            rejected ? IStudyRegistry.ReviewVerdict.REJECTED : IStudyRegistry.ReviewVerdict.APPROVED
        );
    }

    /* REQUESTS */

    function request(uint256 seed, uint256 patient, uint256 given, uint16 duration, uint8 chance) external tick {
        Asked memory asked;
        asked.requester = seed % REQUESTERS;
        asked.study = (seed >> 8) % 2;
        asked.core = (chance >> 3) % 2 == 1;
        asked.forged = (seed >> 24) % 16 == 15;
        asked.patient = patient % PATIENTS;
        // Mostly a consent of that patient.
        asked.given = chance % 8 == 7 ? given % _given.length : _latestOf(asked.patient, given);
        asked.until = time + 1 + (uint40(duration) % MAX_GRANT);
        // At and beyond the bounds.
        if (chance % 8 == 6) asked.until = time + (chance < 128 ? 0 : MAX_GRANT + (uint40(duration) % 2));
        _request(asked);
    }

    /// @dev Decided once: whatever has happened since, the same request is refused.
    function requestAgain(uint256 index) external tick {
        if (_asked.length == 0) return;
        index %= _asked.length;
        AccessRequest memory body = _bodyOf(_asked[index], index);
        vm.prank(requesterOf(_asked[index].requester));
        (bool done, ) = address(broker).call(abi.encodeCall(broker.request, (body)));
        _note(!done);
    }

    function requestCohort(uint256 seed, uint8 mask, uint16 duration) external tick {
        uint256 requester = seed % REQUESTERS;
        uint256 study = (seed >> 8) % 2;
        uint40 until = time + 1 + (uint40(duration) % MAX_GRANT);
        (CohortRequest memory body, uint256[] memory granted, uint256 size) = _cohortOf(study, until, mask, seed);
        bool whole = size != 0 && !_rejected[study] && !_exceeds(study, size);
        if (!whole) granted = new uint256[](0);
        RequestId id = broker.cohortRequestId(requesterOf(requester), body);
        vm.prank(requesterOf(requester));
        try broker.requestCohort(body) returns (RequestId, Decision decision) {
            bool approved = granted.length != 0;
            _note(size != 0 && _mayAsk(requester));
            _note(decision == (approved ? Decision.APPROVED : Decision.DENIED));
            _note(broker.grant(id).count == granted.length);
            if (decision == Decision.APPROVED) _noteGranted(requester, study, granted.length);
            else _countDenial(requester);
            _cohorts.push(Cohort(id, decision, time, granted));
        } catch {
            _note(size == 0 || !_mayAsk(requester));
        }
    }

    /* REVIEWS AND GRANTS */

    function review(uint256 index, uint8 kind, uint8 chance) external tick {
        if (_asked.length == 0) return;
        index %= _asked.length;
        kind %= 3;
        // Mostly one that is due.
        if (chance % 8 != 7) (index, kind) = _dueFrom(index, kind);
        bool approved = (chance >> 3) % 4 != 3;
        Asked storage asked = _asked[index];
        AccessRequest memory body = _bodyOf(asked, index);
        bool expected = asked.decision == Decision.NEEDS_REVIEW && asked.pending & (1 << kind) != 0;
        // A deactivated patient answers nothing.
        if (kind == 0 && _deactivated[asked.patient]) expected = false;
        IAccessBroker.ReviewKind asKind = IAccessBroker.ReviewKind(kind);
        vm.prank(
            kind == 0
                ? patientOf(asked.patient)
                : kind == 1
                    ? REVIEWER
                    : GATEWAY
        );
        if (approved) {
            try broker.approveReview(requesterOf(asked.requester), body, asKind, 0) returns (Decision decision) {
                _note(expected);
                asked.pending &= ~uint8(1 << kind);
                bool denied = _failedOf(asked) != 0 || !_mayAsk(asked.requester);
                Decision foretold =
                    denied
                        ? Decision.DENIED
                        : asked.pending == 0
                            ? Decision.APPROVED
                            : Decision.NEEDS_REVIEW;
                _note(decision == foretold);
                _decided(asked, decision);
            } catch {
                _note(!expected);
            }
        } else {
            try broker.rejectReview(requesterOf(asked.requester), body, asKind, 0) {
                _note(expected);
                _decided(asked, Decision.DENIED);
            } catch {
                _note(!expected);
            }
        }
    }

    function revokeGrant(uint256 index, uint8 chance) external tick {
        if (_asked.length == 0 || chance % 4 != 0) return;
        index = _approvedFrom(index % _asked.length);
        Asked storage asked = _asked[index];
        bool expected = asked.decision == Decision.APPROVED && !asked.revoked && time >= _suspendedUntil;
        vm.prank(requesterOf(1 - asked.requester));
        try broker.revokeGrant(asked.id, 0) {
            _note(expected);
            asked.revoked = true;
        } catch {
            _note(!expected);
        }
    }

    function deliver(uint256 index, uint8 chance) external tick {
        if (_asked.length == 0) return;
        index %= _asked.length;
        if (chance % 8 != 7) index = _approvedFrom(index);
        Asked memory asked = _asked[index];
        Given memory given = _given[asked.given];
        bool expected =
            asked.decision == Decision.APPROVED &&
                !asked.revoked &&
                time < asked.until &&
                time >= _suspendedUntil &&
                !given.ended &&
                time < given.until &&
                !_deactivated[asked.patient] &&
                !_rejected[asked.study];
        (CohortMember memory member, IRecordRegistry.Record memory record) = _memberOf(asked);
        IAccessBroker.Delivery memory delivery;
        bytes32[] memory proof = _proofOf(asked, index);
        vm.prank(GATEWAY);
        try broker.logDelivery(asked.id, member, proof, record, delivery) {
            _note(expected);
        } catch {
            _note(!expected);
        }
    }

    /* THE ACCOUNT'S ANSWERS */

    function askedCount() external view returns (uint256) {
        return _asked.length;
    }

    function askedAt(uint256 index) external view returns (Asked memory) {
        return _asked[index];
    }

    function cohortCount() external view returns (uint256) {
        return _cohorts.length;
    }

    function cohortAt(uint256 index) external view returns (Cohort memory) {
        return _cohorts[index];
    }

    function consentOf(uint256 given) external view returns (ConsentId) {
        return consents.consentId(_given[given].terms);
    }

    /// @notice Whether a request's one member is proved, by who asked for what.
    function isMemberOf(uint256 index) external view returns (bool) {
        Asked memory asked = _asked[index];
        (CohortMember memory member, ) = _memberOf(asked);
        return broker.isMember(asked.id, member, _proofOf(asked, index));
    }

    /* INTERNAL */

    function _give(uint256 patient, bool automatic, uint40 duration) private {
        IConsentRegistry.Details memory details;
        details.salt = ++_salt;
        IConsentRegistry.Terms memory terms;
        terms.patient = patientOf(patient);
        terms.epoch = consents.epochOf(terms.patient);
        terms.details = consents.detailsHash(details);
        uint40 until = time + duration;
        // Level 3, recipient kind 5 (research), region 0, separate consent.
        terms.policy =
            USE |
            (uint256(3) << 96) |
            (uint256(until) << 144) |
            (uint256(1) << 228) |
            (uint256(1) << 232) |
            (uint256(1) << 244);
        if (automatic) terms.policy |= uint256(1) << 240;
        vm.prank(terms.patient);
        consents.give(terms, details);
        _given.push(Given(patient, until, automatic, false, terms));
    }

    function _request(Asked memory asked) private {
        AccessRequest memory body = _bodyOf(asked, _asked.length);
        address requester = requesterOf(asked.requester);
        asked.id = broker.requestId(requester, body);
        uint256 failed = _failedOf(asked);
        if (!_given[asked.given].automatic) asked.pending |= 1;
        if (asked.core) asked.pending |= 2;
        Decision foretold =
            failed != 0
                ? Decision.DENIED
                : asked.pending != 0
                    ? Decision.NEEDS_REVIEW
                    : Decision.APPROVED;
        if (_mayAsk(asked.requester)) _note(broker.evaluate(requester, body).failed == failed);
        vm.prank(requester);
        try broker.request(body) returns (RequestId, Decision decision) {
            _note(_mayAsk(asked.requester) && decision == foretold);
            _asked.push(asked);
            _decided(_asked[_asked.length - 1], decision);
            if (decision == Decision.DENIED) _countDenial(asked.requester);
        } catch {
            _note(!_mayAsk(asked.requester));
        }
    }

    function _decided(Asked storage asked, Decision decision) private {
        asked.decision = decision;
        asked.decidedAt = time;
        if (decision != Decision.NEEDS_REVIEW) asked.pending = 0;
        if (decision == Decision.APPROVED) _noteGranted(asked.requester, asked.study, 1);
    }

    function _noteGranted(uint256 requester, uint256 study, uint256 count) private {
        if (!_mayAsk(requester)) grantedWhileSuspended = true;
        if (study == 1) subjects[study] += count;
    }

    /// @dev The mask that a request of a requester who may ask must meet now.
    function _failedOf(Asked memory asked) private view returns (uint256 failed) {
        if (asked.until <= time || asked.until > time + MAX_GRANT) failed |= FailedCheck.REQUEST_PERIOD;
        if (asked.forged) failed |= FailedCheck.RECORD_NOT_ANCHORED;
        if (_rejected[asked.study]) failed |= FailedCheck.STUDY_LEGAL;
        if (_exceeds(asked.study, 1)) failed |= FailedCheck.STUDY_CAP;
        return failed | _consentFailures(asked.given, asked.patient, asked.until);
    }

    function _consentFailures(uint256 index, uint256 patient, uint40 until) private view returns (uint256 failed) {
        Given storage given = _given[index];
        if (given.ended || time >= given.until) failed |= FailedCheck.CONSENT_NOT_IN_FORCE;
        if (given.patient != patient) failed |= FailedCheck.CONSENT_PATIENT;
        if (time >= given.until || until > given.until) failed |= FailedCheck.CONSENT_PERIOD;
        if (_deactivated[given.patient]) failed |= FailedCheck.PATIENT_DEACTIVATED;
    }

    function _exceeds(uint256 study, uint256 count) private view returns (bool) {
        return study == 1 && subjects[1] + count > CAP;
    }

    function _mayAsk(uint256 requester) private view returns (bool) {
        return time >= _suspendedUntil && time >= _refusedUntil[requester];
    }

    function _countDenial(uint256 requester) private {
        if (time >= _windowStart[requester] + 300) {
            _windowStart[requester] = time;
            _denials[requester] = 0;
        }
        if (++_denials[requester] < 3) return;
        _denials[requester] = 0;
        _refusedUntil[requester] = time + 400;
    }

    function _latestOf(uint256 patient, uint256 seed) private view returns (uint256 latest) {
        // Now and then an older one.
        bool older = seed % 4 == 0;
        for (uint256 i = _given.length; i > 0; --i) {
            if (_given[i - 1].patient != patient) continue;
            latest = i - 1;
            if (!older) break;
            older = false;
        }
    }

    /// @dev The next request from `index` on, in a circle, that waits, and a review that it waits for.
    function _dueFrom(uint256 index, uint8 kind) private view returns (uint256, uint8) {
        for (uint256 i = 0; i < _asked.length; ++i) {
            Asked storage asked = _asked[(index + i) % _asked.length];
            if (asked.decision != Decision.NEEDS_REVIEW) continue;
            return ((index + i) % _asked.length, asked.pending & 1 != 0 ? 0 : 1);
        }
        return (index, kind);
    }

    function _approvedFrom(uint256 index) private view returns (uint256) {
        for (uint256 i = 0; i < _asked.length; ++i) {
            uint256 place = (index + i) % _asked.length;
            if (_asked[place].decision == Decision.APPROVED) return place;
        }
        return index;
    }

    function _bodyOf(Asked memory asked, uint256 index) private view returns (AccessRequest memory body) {
        body.study = studies[asked.study];
        body.word = USE | (uint256(asked.core ? 3 : 2) << 96) | (uint256(asked.until) << 144);
        body.salt = index;
        body.record = _recordOf(asked.patient, asked.core);
        body.batch = _batchOf(body.record);
        if (asked.forged) body.record.commitment = bytes32(index);
        body.consent = _given[asked.given].terms;
    }

    function _proofOf(Asked memory asked, uint256 index) private view returns (bytes32[] memory proof) {
        AccessRequest memory body = _bodyOf(asked, index);
        proof = new bytes32[](1);
        proof[0] = keccak256(abi.encode(requesterOf(asked.requester), body.word, body.salt));
    }

    function _memberOf(
        Asked memory asked
    ) private view returns (CohortMember memory member, IRecordRegistry.Record memory record) {
        record = _recordOf(asked.patient, asked.core);
        member = CohortMember(
            studies[asked.study],
            patientOf(asked.patient),
            consents.consentId(_given[asked.given].terms),
            _batchOf(record),
            _records.leafOf(record)
        );
    }

    /// @dev One part for each patient of the mask, each with a consent of that patient.
    function _cohortOf(
        uint256 study,
        uint40 until,
        uint8 mask,
        uint256 seed
    ) private returns (CohortRequest memory body, uint256[] memory granted, uint256 size) {
        body.study = studies[study];
        body.word = USE | (uint256(2) << 96) | (uint256(until) << 144);
        body.salt = ++_salt;
        body.parts = new CohortPart[](PATIENTS);
        granted = new uint256[](PATIENTS);
        uint256 count;
        for (uint256 i = 0; i < PATIENTS; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            uint256 given = _latestOf(i, seed >> i);
            if (_consentFailures(given, i, until) == 0 && _given[given].automatic) granted[count++] = given;
            CohortPart memory part;
            part.records = new IRecordRegistry.Record[](1);
            part.records[0] = _recordOf(i, false);
            part.batch = _batchOf(part.records[0]);
            part.consents = new IConsentRegistry.Terms[](1);
            part.consents[0] = _given[given].terms;
            _insert(body.parts, part, size++);
        }
        CohortPart[] memory parts = body.parts;
        // Both only shorten.
        assembly ("memory-safe") {
            mstore(parts, size)
            mstore(granted, count)
        }
    }

    /// @dev Batch ids must ascend.
    function _insert(CohortPart[] memory parts, CohortPart memory part, uint256 place) private pure {
        for (; place > 0; --place) {
            if (BatchId.unwrap(parts[place - 1].batch) < BatchId.unwrap(part.batch)) break;
            parts[place] = parts[place - 1];
        }
        parts[place] = part;
    }

    function _note(bool foretold) private {
        if (!foretold) surprised = true;
    }
}

contract AccessBrokerInvariantTest {
    AccessBrokerHandler private _handler;
    IAccessBroker private _broker;

    function setUp() public {
        _handler = new AccessBrokerHandler();
        _broker = _handler.broker();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_all() external view {
        _actsEndAsForetold();
        _noGrantWithoutConsentInForceAtItsTime();
        _noGrantForSuspendedRequester();
        _idsAreDecidedOnce();
        _subjectsNeverExceedTheCap();
    }

    function _actsEndAsForetold() private view {
        assert(!_handler.surprised());
    }

    /// @dev The latest, and one of the others in turn.
    function _noGrantWithoutConsentInForceAtItsTime() private view {
        uint256 count = _handler.askedCount();
        if (count != 0) {
            _checkConsent(_handler.askedAt(count - 1));
            _checkConsent(_handler.askedAt(_handler.time() % count));
        }
        count = _handler.cohortCount();
        if (count == 0) return;
        AccessBrokerHandler.Cohort memory cohort = _handler.cohortAt(_handler.time() % count);
        for (uint256 i = 0; i < cohort.granted.length; ++i) {
            assert(_isInForce(cohort.granted[i], cohort.decidedAt));
        }
    }

    function _noGrantForSuspendedRequester() private view {
        assert(!_handler.grantedWhileSuspended());
        uint256 count = _handler.askedCount();
        if (count == 0) return;
        AccessBrokerHandler.Asked memory asked = _handler.askedAt(_handler.time() % count);
        if (asked.decision != Decision.APPROVED) return;
        IInstitutionRegistry.Standing then = _handler.institutions().standingAt(_handler.institute(), asked.decidedAt);
        assert(then == IInstitutionRegistry.Standing.ACTIVE);
    }

    function _idsAreDecidedOnce() private view {
        uint256 count = _handler.askedCount();
        for (uint256 i = 0; i < count; ++i) {
            AccessBrokerHandler.Asked memory asked = _handler.askedAt(i);
            _checkKept(asked.id, asked.decision, asked.decidedAt, asked.decision == Decision.APPROVED ? 1 : 0);
            assert(_broker.grant(asked.id).pendingReviews == asked.pending);
            assert(_broker.grant(asked.id).revoked == asked.revoked);
        }
        if (count != 0) {
            uint256 index = _handler.time() % count;
            AccessBrokerHandler.Asked memory asked = _handler.askedAt(index);
            bool approved = asked.decision == Decision.APPROVED;
            assert(_broker.cohortRoot(asked.id) == (approved ? RequestId.unwrap(asked.id) : bytes32(0)));
            assert(_handler.isMemberOf(index) == approved);
        }
        count = _handler.cohortCount();
        for (uint256 i = 0; i < count; ++i) {
            AccessBrokerHandler.Cohort memory cohort = _handler.cohortAt(i);
            _checkKept(cohort.id, cohort.decision, cohort.decidedAt, cohort.granted.length);
        }
    }

    function _subjectsNeverExceedTheCap() private view {
        assert(_broker.subjectsOf(_handler.studies(0)) == 0);
        uint32 subjects = _broker.subjectsOf(_handler.studies(1));
        assert(subjects <= _handler.CAP());
        assert(subjects == _handler.subjects(1));
    }

    function _checkConsent(AccessBrokerHandler.Asked memory asked) private view {
        if (asked.decision == Decision.APPROVED) assert(_isInForce(asked.given, asked.decidedAt));
    }

    function _isInForce(uint256 given, uint40 t) private view returns (bool) {
        return _handler.consents().isInForce(_handler.consentOf(given), t);
    }

    function _checkKept(RequestId id, Decision decision, uint40 decidedAt, uint256 count) private view {
        IAccessBroker.Grant memory kept = _broker.grant(id);
        assert(kept.decision == decision);
        assert(kept.decidedAt == decidedAt);
        assert(kept.count == count);
        assert((_broker.cohortRoot(id) != 0) == (decision == Decision.APPROVED));
    }
}
