// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {CohortMember, CohortPart, CohortRequest} from "../../contracts/access/AccessTypes.sol";
import {IAccessBroker} from "../../contracts/access/IAccessBroker.sol";
import {IRuleSet} from "../../contracts/access/IRuleSet.sol";
import {IStudyRegistry} from "../../contracts/access/IStudyRegistry.sol";
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
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {IRecordRegistry} from "../../contracts/records/IRecordRegistry.sol";
import {IRevenueSplitter} from "../../contracts/revenue/IRevenueSplitter.sol";
import {IPatientHealthFund} from "../../contracts/revenue/IPatientHealthFund.sol";
import {deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @notice Enrols, deposits and claims at random under two agreements in one token, and keeps its own account of who is entitled to
/// what, member by member.
contract RevenueSplitterHandler {
    struct MadeGrant {
        RequestId id;
        uint256 study;
        CohortMember[] members;
        bytes32[][] proofs;
    }

    struct GrantInfo {
        RequestId id;
        uint256 study;
        uint256 count;
    }

    uint256 public constant STUDIES = 2;
    uint256 public constant INSTITUTIONS = 2;
    uint256 private constant DEACTIVATABLE = 3;
    /// @dev In the order of the studies' agreements: patients, fund, institution 1, institution 2.
    uint16[4][2] private _shares;

    IRevenueSplitter public splitter;
    IPatientRegistry public patients;
    TestToken public token;
    address public fund;
    StudyId[2] private _studies;

    GrantInfo[] private _grants;
    CohortMember[] private _members;
    bytes32[][] private _proofs;
    uint256[] private _grantOf;

    /// The account.
    uint256[2] public received;
    uint256[2] public paid;
    uint256[2] public units;
    uint256[2] public carried;
    uint256 public donated;
    uint256[2] public fundPaid;
    uint256[2][2] public institutionPaid;
    /// Times 2^64, and units of the token.
    uint256[] public entitledOf;
    uint256[] public paidTo;
    bool[] public enrolled;
    mapping(address patient => bool) public deactivated;

    /// What was due to each payee after the latest act: members, funds, institutions.
    uint256[] private _dues;
    /// Whether an act ever ended otherwise than the account foretold.
    bool public surprised;
    /// Whether an act ever lowered what was due to someone else.
    bool public lowered;

    constructor(
        IRevenueSplitter splitter_,
        IPatientRegistry patients_,
        TestToken token_,
        StudyId[2] memory studies,
        uint16[4][2] memory shares,
        MadeGrant[] memory grants
    ) {
        splitter = splitter_;
        patients = patients_;
        token = token_;
        fund = splitter_.fund();
        _studies = studies;
        _shares = shares;
        token_.approve(address(splitter_), type(uint256).max);
        for (uint256 i = 0; i < grants.length; ++i) _addGrant(grants[i]);
    }

    function _addGrant(MadeGrant memory made) private {
        _grants.push(GrantInfo(made.id, made.study, made.members.length));
        enrolled.push(false);
        for (uint256 i = 0; i < made.members.length; ++i) {
            _members.push(made.members[i]);
            _proofs.push(made.proofs[i]);
            _grantOf.push(_grants.length - 1);
            entitledOf.push(0);
            paidTo.push(0);
        }
    }

    /* ACTS */

    function enroll(uint256 member) external {
        member %= _members.length;
        uint256 grant = _grantOf[member];
        GrantInfo memory info = _grants[grant];
        bool expected = !enrolled[grant];
        try splitter.enroll(info.id, _members[member], _proofs[member]) {
            _note(expected);
            enrolled[grant] = true;
            units[info.study] += info.count;
        } catch {
            _note(!expected);
        }
        _compare(type(uint256).max);
    }

    function deposit(uint256 study, uint128 amount, uint8 scale) external {
        study %= STUDIES;
        // Often few units, where rounding tells.
        uint256 value = uint256(amount) >> (scale % 128);
        token.mint(address(this), value);
        try splitter.deposit(_studies[study], value, 0) {
            _note(value != 0);
            _account(study, value);
        } catch {
            _note(value == 0);
        }
        _compare(type(uint256).max);
    }

    function donate(uint64 amount) external {
        token.mint(address(splitter), amount);
        donated += amount;
        _compare(type(uint256).max);
    }

    function claim(uint256 member) external {
        member %= _members.length;
        CohortMember memory value = _members[member];
        bool dead = deactivated[value.patient];
        uint256 due = dueToMember(member);
        bool expected = due != 0 && !dead;
        uint256 before = token.balanceOf(value.patient);
        try splitter.claim(_grants[_grantOf[member]].id, value, _proofs[member]) {
            _note(expected && token.balanceOf(value.patient) - before == due);
            paidTo[member] += token.balanceOf(value.patient) - before;
            paid[_studyOf(member)] += due;
        } catch {
            _note(!expected);
        }
        _compare(member);
    }

    /// @dev With another member's grant or proof, or as another patient: never paid.
    function claimFalsely(uint256 member, uint256 other, uint8 how) external {
        member %= _members.length;
        other %= _members.length;
        CohortMember memory value = _members[member];
        bytes32[] memory proof = _proofs[member];
        uint256 grant = _grantOf[member];
        how %= 4;
        if (how == 0) {
            grant = (grant + 1) % _grants.length;
        } else if (how == 1) {
            value.patient = address(this);
        } else if (how == 2) {
            value.study = _studies[1 - _studyOf(member)];
        } else {
            value.record = ~value.record;
        }
        try splitter.claim(_grants[grant].id, value, how == 3 ? _proofs[other] : proof) {
            _note(false);
        } catch {}
        _compare(type(uint256).max);
    }

    function claimInstitution(uint256 study, uint256 institution) external {
        study %= STUDIES;
        institution %= INSTITUTIONS;
        uint256 due = dueToInstitution(study, institution);
        address admin = adminOf(institution);
        uint256 before = token.balanceOf(admin);
        vm.prank(admin);
        try splitter.claimInstitution(_studies[study], admin) {
            _note(due != 0 && token.balanceOf(admin) - before == due);
            institutionPaid[study][institution] += token.balanceOf(admin) - before;
            paid[study] += due;
        } catch {
            _note(due == 0);
        }
        _compare(_members.length + STUDIES + study * INSTITUTIONS + institution);
    }

    function claimFund(uint256 study) external {
        study %= STUDIES;
        uint256 due = splitter.dueToFund(_studies[study]);
        uint256 before = token.balanceOf(fund);
        try splitter.claimFund(_studies[study]) {
            _note(due != 0 && token.balanceOf(fund) - before == due);
            fundPaid[study] += token.balanceOf(fund) - before;
            paid[study] += due;
        } catch {
            _note(due == 0);
        }
        _compare(_members.length + study);
    }

    /// @dev Of few patients, and rarely, since it is for ever.
    function deactivate(uint256 member, uint8 chance) external {
        if (chance % 4 != 0) return;
        address patient = _members[member % DEACTIVATABLE].patient;
        if (deactivated[patient]) return;
        deactivated[patient] = true;
        vm.prank(patient);
        patients.changeOwner(patient, address(0));
        _compare(type(uint256).max);
    }

    /* VIEWS */

    function memberCount() external view returns (uint256) {
        return _members.length;
    }

    function agreementOf(uint256 study) external view returns (IRevenueSplitter.Agreement memory) {
        return splitter.agreement(_studies[study]);
    }

    function shareOf(uint256 study, uint256 payee) external view returns (uint256) {
        return _shares[study][payee];
    }

    function adminOf(uint256 institution) public pure returns (address) {
        return address(uint160(0xA001 + institution));
    }

    function dueToMember(uint256 member) public view returns (uint256) {
        return splitter.dueToMember(_grants[_grantOf[member]].id, _members[member]);
    }

    function dueToInstitution(uint256 study, uint256 institution) public view returns (uint256) {
        return splitter.dueToInstitution(_studies[study], InstitutionId.wrap(uint32(institution + 1)));
    }

    function dueToFund(uint256 study) public view returns (uint256) {
        return splitter.dueToFund(_studies[study]);
    }

    function owedIn(uint256 study) external view returns (uint256 sum) {
        for (uint256 i = 0; i < _members.length; ++i) if (_studyOf(i) == study) sum += dueToMember(i);
        for (uint256 i = 0; i < INSTITUTIONS; ++i) sum += dueToInstitution(study, i);
        sum += dueToFund(study);
    }

    function _studyOf(uint256 member) private view returns (uint256) {
        return _grants[_grantOf[member]].study;
    }

    /// @dev Each enrolled member's entitlement, reckoned one by one.
    function _account(uint256 study, uint256 amount) private {
        uint256 share = _shares[study][0];
        uint256 part = ((received[study] + amount) * share) / 10_000 - (received[study] * share) / 10_000;
        received[study] += amount;
        uint256 spread = carried[study] + (part << 64);
        carried[study] = spread;
        if (units[study] == 0) return;
        uint256 each = spread / units[study];
        for (uint256 i = 0; i < _members.length; ++i) {
            if (_studyOf(i) != study || !enrolled[_grantOf[i]]) continue;
            entitledOf[i] += each;
            spread -= each;
        }
        carried[study] = spread;
    }

    /// @dev Holds every due against what it was before the act, but for the one whose claim it was.
    function _compare(uint256 claimant) private {
        uint256 count = _members.length;
        for (uint256 i = 0; i < count; ++i) _compareOne(i, dueToMember(i), claimant);
        for (uint256 i = 0; i < STUDIES; ++i) {
            _compareOne(count + i, dueToFund(i), claimant);
            for (uint256 j = 0; j < INSTITUTIONS; ++j) {
                _compareOne(count + STUDIES + i * INSTITUTIONS + j, dueToInstitution(i, j), claimant);
            }
        }
    }

    function _compareOne(uint256 payee, uint256 due, uint256 claimant) private {
        while (_dues.length <= payee) _dues.push(0);
        if (due < _dues[payee] && payee != claimant) lowered = true;
        if (due != _dues[payee]) _dues[payee] = due;
    }

    function _note(bool foretold) private {
        if (!foretold) surprised = true;
    }
}

contract RevenueSplitterInvariantTest {
    uint40 private constant START = 1_000_000;
    uint40 private constant YEAR = 365 days;
    /// @dev HRESCH and labs.
    uint256 private constant USE = (1 << 19) | (1 << 83);
    /// @dev Custodian 1, level 0, labs.
    uint256 private constant META = 1 | (uint256(3) << 40);
    address private constant GATEWAY = address(0xB001);
    address private constant REVIEWER = address(0xB002);

    IInstitutionRegistry private _institutions;
    IRecordRegistry private _records;
    IStudyRegistry private _studies;
    IAccessBroker private _broker;
    RevenueSplitterHandler private _handler;
    uint256 private _salt;

    function setUp() public {
        vm.warp(START);
        address authority = deployAuthority(address(this));
        TestToken token = deployToken();
        _institutions = IInstitutionRegistry(deploy("InstitutionRegistry", abi.encode(authority, address(token))));
        IPatientRegistry patients = IPatientRegistry(deploy("PatientRegistry", ""));
        _records = IRecordRegistry(deploy("RecordRegistry", abi.encode(_institutions)));
        IConsentRegistry consents = IConsentRegistry(deploy("ConsentRegistry", abi.encode(authority, patients)));
        _studies = IStudyRegistry(deploy("StudyRegistry", abi.encode(authority, _institutions)));
        IRuleSet.Rules memory rules;
        rules.maxGrantDuration = YEAR;
        _broker = IAccessBroker(
            deploy(
                "AccessBroker",
                abi.encode(
                    authority,
                    IRuleSet(deploy("RuleSet", abi.encode(rules, _institutions, _records, consents, _studies))),
                    IAccessBroker.AlertThresholds(0, 0, 0),
                    _institutions,
                    patients,
                    _records,
                    consents,
                    _studies
                )
            )
        );
        IPatientHealthFund fund = IPatientHealthFund(deploy("PatientHealthFund", abi.encode(authority)));
        IRevenueSplitter splitter = IRevenueSplitter(
            deploy("RevenueSplitter", abi.encode(_broker, _institutions, patients, _studies, address(fund), 3_000))
        );

        _admitMembers();
        StudyId[2] memory studies = [_openStudy(bytes32(uint256(1))), _openStudy(bytes32(uint256(2)))];
        uint16[4][2] memory shares = [[uint16(6_000), 3_000, 700, 300], [uint16(3_333), 3_333, 3_333, 1]];
        for (uint256 i = 0; i < 2; ++i) {
            IRevenueSplitter.Payee[] memory payees = new IRevenueSplitter.Payee[](2);
            for (uint256 j = 0; j < 2; ++j) payees[j] = IRevenueSplitter.Payee(_member(j), shares[i][2 + j]);
            splitter.openAgreement(studies[i], address(token), shares[i][0], shares[i][1], payees);
        }
        RevenueSplitterHandler.MadeGrant[] memory grants = new RevenueSplitterHandler.MadeGrant[](4);
        // The patient of the first grant is one of the third's as well.
        grants[0] = _grantCohort(studies, 0, 1, 1);
        grants[1] = _grantCohort(studies, 0, 2, 3);
        grants[2] = _grantCohort(studies, 0, 1, 2);
        grants[3] = _grantCohort(studies, 1, 1, 3);
        _handler = new RevenueSplitterHandler(splitter, patients, token, studies, shares, grants);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_actsEndAsForetoldAndLowerNobodyElsesDue() public view {
        assert(!_handler.surprised());
        assert(!_handler.lowered());
    }

    function invariant_receivedIsPaidAndOwedAndDust() public view {
        uint256 kept = _handler.donated();
        uint256 owedInAll;
        for (uint256 study = 0; study < _handler.STUDIES(); ++study) {
            IRevenueSplitter.Agreement memory agreement = _handler.agreementOf(study);
            uint256 owed = _handler.owedIn(study);
            assert(agreement.received == _handler.received(study));
            assert(agreement.paid == _handler.paid(study));
            assert(agreement.fundPaid == _handler.fundPaid(study));
            assert(agreement.units == _handler.units(study));
            assert(agreement.carried == _handler.carried(study));
            assert(agreement.received >= agreement.paid + owed);
            uint256 dust = agreement.received - agreement.paid - owed;
            // Besides what waits for patients: less than a unit for each payee.
            assert(dust <= (agreement.carried >> 64) + agreement.units + 4);
            kept += agreement.received - agreement.paid;
            owedInAll += owed;
        }
        uint256 balance = _handler.token().balanceOf(address(_handler.splitter()));
        assert(balance == kept);
        assert(balance >= owedInAll);
    }

    function invariant_eachIsPaidAndOwedExactlyTheShare() public view {
        for (uint256 i = 0; i < _handler.memberCount(); ++i) {
            assert(_handler.paidTo(i) + _handler.dueToMember(i) == _handler.entitledOf(i) >> 64);
        }
        for (uint256 study = 0; study < _handler.STUDIES(); ++study) {
            uint256 received = _handler.received(study);
            assert(
                _handler.fundPaid(study) + _handler.dueToFund(study) == (received * _handler.shareOf(study, 1)) / 10_000
            );
            for (uint256 j = 0; j < _handler.INSTITUTIONS(); ++j) {
                assert(
                    _handler.institutionPaid(study, j) + _handler.dueToInstitution(study, j) ==
                        (received * _handler.shareOf(study, 2 + j)) / 10_000
                );
            }
        }
    }

    /* SETTING UP */

    function _member(uint256 index) private pure returns (InstitutionId) {
        return InstitutionId.wrap(uint32(index + 1));
    }

    /// @dev 1: the custodian, with its gateway; 2: the sponsor, with this contract as researcher; 3: the reviewers' regulator.
    function _admitMembers() private {
        IInstitutionRegistry.InstitutionKind[3] memory kinds = [
            IInstitutionRegistry.InstitutionKind.HOSPITAL,
            IInstitutionRegistry.InstitutionKind.RESEARCH,
            IInstitutionRegistry.InstitutionKind.REGULATOR
        ];
        for (uint256 i = 0; i < 3; ++i) {
            address admin = address(uint160(0xA001 + i));
            _institutions.admit(kinds[i], 0, true, START, START + YEAR, bytes32(i + 1), admin);
        }
        _institutions.appointAgent(_member(0), GATEWAY, AgentRole.GATEWAY, START, START + YEAR);
        _institutions.appointAgent(_member(1), address(this), AgentRole.RESEARCHER, START, START + YEAR);
        uint16 reviewer = AgentRole.ETHICS_REVIEWER | AgentRole.LEGAL_REVIEWER;
        _institutions.appointAgent(_member(2), REVIEWER, reviewer, START, START + YEAR);
    }

    function _openStudy(bytes32 protocolHash) private returns (StudyId study) {
        IStudyRegistry.StudyTerms memory terms;
        terms.protocolHash = protocolHash;
        terms.scope = USE | (uint256(START + YEAR) << 144);
        study = _studies.register(terms);
        IStudyRegistry.ReviewVerdict approved = IStudyRegistry.ReviewVerdict.APPROVED;
        vm.startPrank(REVIEWER);
        _studies.review(study, 1, IStudyRegistry.ReviewKind.ETHICS, approved, START + YEAR, 0);
        _studies.review(study, 1, IStudyRegistry.ReviewKind.LEGAL, approved, START + YEAR, 0);
        vm.stopPrank();
    }

    /// @dev Each record is a batch of its own.
    function _grantCohort(
        StudyId[2] memory studies,
        uint256 study,
        uint256 firstPatient,
        uint256 count
    ) private returns (RevenueSplitterHandler.MadeGrant memory) {
        CohortRequest memory request;
        request.study = studies[study];
        request.word = USE | (uint256(START + YEAR) << 144);
        request.salt = ++_salt;
        request.parts = new CohortPart[](count);
        CohortMember[] memory members = new CohortMember[](count);
        for (uint256 i = 0; i < count; ++i) {
            CohortPart memory part = _anchorRecord(address(uint160(0xC000 + firstPatient + i)));
            // By insertion: batch ids must ascend.
            uint256 place = i;
            for (; place > 0 && _isBefore(part, request.parts[place - 1]); --place) {
                request.parts[place] = request.parts[place - 1];
            }
            request.parts[place] = part;
        }
        for (uint256 i = 0; i < count; ++i) {
            CohortPart memory part = request.parts[i];
            members[i] = CohortMember({
                study: studies[study],
                patient: part.records[0].patient,
                consent: ConsentId.wrap(0),
                batch: part.batch,
                record: _records.leafOf(part.records[0])
            });
        }
        (RequestId id, Decision decision) = _broker.requestCohort(request);
        assert(decision == Decision.APPROVED);
        return RevenueSplitterHandler.MadeGrant(id, study, members, _proofsOf(members));
    }

    function _anchorRecord(address patient) private returns (CohortPart memory part) {
        part.records = new IRecordRegistry.Record[](1);
        part.records[0] = IRecordRegistry.Record(patient, keccak256(abi.encode(patient, ++_salt)), META);
        part.consents = new IConsentRegistry.Terms[](1);
        vm.prank(GATEWAY);
        (part.batch, ) = _records.anchorIndexed(part.records, bytes32(uint256(1)));
    }

    function _isBefore(CohortPart memory a, CohortPart memory b) private pure returns (bool) {
        return BatchId.unwrap(a.batch) < BatchId.unwrap(b.batch);
    }

    /// @dev Node k of the tree has children 2k+1 and 2k+2; leaf i of n is node 2n-2-i.
    function _proofsOf(CohortMember[] memory members) private view returns (bytes32[][] memory proofs) {
        uint256 count = members.length;
        bytes32[] memory nodes = new bytes32[](2 * count - 1);
        for (uint256 i = 0; i < count; ++i) nodes[2 * count - 2 - i] = _broker.memberLeaf(members[i]);
        for (uint256 k = count - 1; k > 0; --k) {
            nodes[k - 1] = Hashes.commutativeKeccak256(nodes[2 * k - 1], nodes[2 * k]);
        }
        proofs = new bytes32[][](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 leaf = 2 * count - 2 - i;
            uint256 depth;
            for (uint256 k = leaf; k > 0; k = (k - 1) / 2) ++depth;
            proofs[i] = new bytes32[](depth);
            depth = 0;
            for (uint256 k = leaf; k > 0; k = (k - 1) / 2) proofs[i][depth++] = nodes[k % 2 == 0 ? k - 1 : k + 1];
        }
    }
}
