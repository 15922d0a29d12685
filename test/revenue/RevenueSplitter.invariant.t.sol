// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {CohortMember, CohortPart, CohortRequest} from "../../contracts/access/AccessTypes.sol";
import {IAccessBroker} from "../../contracts/access/IAccessBroker.sol";
import {IRuleSet} from "../../contracts/access/IRuleSet.sol";
import {IStudyRegistry} from "../../contracts/access/IStudyRegistry.sol";
import {
    AgentRole,
    AgreementId,
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

/// @notice Acts at random under three agreements of a study in one token, of each unit rule one, and keeps its own account of who is
/// entitled to what, position by position: deposit by deposit it hands each its part, where the splitter keeps one sum for all.
contract RevenueSplitterHandler {
    struct MadeGrant {
        RequestId id;
        CohortMember[] members;
        bytes32[][] proofs;
        IRecordRegistry.Record[] records;
        InstitutionId custodian;
    }

    struct Place {
        uint256 grant;
        CohortMember member;
        bytes32[] proof;
        IRecordRegistry.Record record;
        /// Of CUSTODIANS.
        uint256 custodian;
        /// Among the patients.
        uint256 patient;
        /// Among the patients' categories.
        uint256 category;
    }

    struct Book {
        /// By epoch, from 0: of patients, fund, custodians, payee 1, payee 2.
        uint16[5][] shares;
        /// By epoch, with what went along from the one before.
        uint256[] received;
        uint16[5] proposed;
        uint256 proposedAt;
        uint256 dust;
        uint256 arrived;
        uint256 paid;
        uint256 units;
        /// Times 2^64.
        uint256 rest;
        uint256 custodianUnits;
        /// Times 2^64.
        uint256 custodianRest;
        /// By donations and lapses.
        uint256 given;
        uint256 fundPaid;
        /// By position, times 2^64.
        uint256[] entitled;
        /// By position, units of the token: paid, donated or lapsed.
        uint256[] taken;
        bool[] enrolled;
    }

    uint256 public constant AGREEMENTS = 3;
    uint256 public constant PAYEES = 2;
    uint40 private constant PERIOD = 30 days;
    uint256 private constant KINDS = 24;
    uint256 private constant MAX_EPOCHS = 6;
    /// @dev The agreement by patients.
    uint256 private constant BY_PATIENTS = 1;
    uint256 private constant BY_CATEGORIES = 2;
    address private constant SPARE = address(0xDDDD);

    IRevenueSplitter public splitter;
    IPatientRegistry public patients;
    IInstitutionRegistry public institutions;
    TestToken public token;
    address private immutable _owner = msg.sender;
    address private _fund;
    AgreementId[3] private _ids;
    StudyId private _study;

    RequestId[] private _grants;
    Place[] private _places;
    address[] private _people;
    /// @dev Of the patients, each once.
    bytes32[] private _categories;
    /// @dev The place, plus one, whose record stands for the category; 0 before it is enrolled.
    mapping(uint256 category => uint256) private _standing;

    uint256 private _time = block.timestamp;
    uint256 private _random;
    Book[3] private _books;
    /// @dev By agreement and custodian, of which there are as many as payees.
    uint256[2][3] private _custodianUnits;
    uint256[2][3] private _custodianEntitled;
    uint256[2][3] private _custodianPaid;
    mapping(uint256 agreement => mapping(uint256 payee => mapping(uint256 epoch => uint256))) private _payeePaid;
    mapping(uint256 agreement => mapping(uint256 place => bool)) private _counted;
    /// @dev Of the last deposit.
    mapping(uint256 agreement => uint256 period) private _lastPeriod;
    mapping(uint256 agreement => bool) private _hasAccrued;
    mapping(uint256 agreement => mapping(uint256 period => bool)) private _marked;
    mapping(uint256 agreement => mapping(uint256 period => mapping(uint256 position => uint256))) private _markedAt;
    mapping(address patient => bool) private _deactivated;
    mapping(address patient => address) private _chosen;
    mapping(uint256 institution => uint256 until) private _suspendedUntil;
    mapping(uint256 institution => bool) private _expelled;
    uint256 public strayed;

    /// @dev What the splitter said was due to each after the latest act.
    uint256[] private _dues;
    /// @dev Whose due the present act may lower.
    mapping(uint256 act => mapping(uint256 payee => bool)) private _mayFall;
    uint256 private _act;
    /// The kind of an act, plus one, that ended otherwise than the account foretold; 0 if none did.
    uint256 public surprise;
    /// The kind of an act, plus one, that lowered what was due to someone else.
    uint256 public robbery;
    uint256 public lapses;
    /// Claims of expelled institutions.
    uint256 public claimsOfExpelled;
    mapping(uint256 kind => uint256) public successes;

    /// @param encodedGrants MadeGrant[], ABI-encoded.
    constructor(
        IRevenueSplitter splitter_,
        IPatientRegistry patients_,
        IInstitutionRegistry institutions_,
        TestToken token_,
        StudyId study,
        bytes memory encodedGrants
    ) {
        splitter = splitter_;
        patients = patients_;
        institutions = institutions_;
        token = token_;
        _fund = splitter_.fund();
        _study = study;
        token_.approve(address(splitter_), type(uint256).max);
        MadeGrant[] memory grants = abi.decode(encodedGrants, (MadeGrant[]));
        for (uint256 i = 0; i < grants.length; ++i) _addGrant(grants[i]);
        _open(0, 0, IRevenueSplitter.UnitRule.RECORD, [uint16(6_000), 3_000, 0, 700, 300]);
        _open(1, bytes32(uint256(1)), IRevenueSplitter.UnitRule.PATIENT, [uint16(3_333), 3_333, 3_333, 0, 1]);
        _open(2, bytes32(uint256(2)), IRevenueSplitter.UnitRule.CATEGORY, [uint16(4_000), 3_000, 2_000, 700, 300]);
        _dues = new uint256[](_fundOf(AGREEMENTS));
    }

    function _addGrant(MadeGrant memory made) private {
        _grants.push(made.id);
        for (uint256 i = 0; i < made.members.length; ++i) {
            uint256 person = 0;
            while (person < _people.length && _people[person] != made.members[i].patient) ++person;
            if (person == _people.length) _people.push(made.members[i].patient);
            Place storage place = _places.push();
            place.grant = _grants.length - 1;
            place.member = made.members[i];
            place.proof = made.proofs[i];
            place.record = made.records[i];
            place.custodian = InstitutionId.unwrap(made.custodian) == 1 ? 0 : 1;
            place.patient = person;
            bytes32 category = keccak256(abi.encode(person, uint8(made.records[i].meta >> 40)));
            while (place.category < _categories.length && _categories[place.category] != category) ++place.category;
            if (place.category == _categories.length) _categories.push(category);
        }
    }

    function _open(
        uint256 agreement,
        bytes32 product,
        IRevenueSplitter.UnitRule rule,
        uint16[5] memory shares
    ) private {
        IRevenueSplitter.Shares memory terms = _terms(shares);
        vm.prank(_owner);
        _ids[agreement] = splitter.openAgreement(_study, product, address(token), rule, terms);
        Book storage book = _books[agreement];
        book.shares.push(shares);
        book.received.push(0);
        uint256[3] memory counts = [_places.length, _people.length, _categories.length];
        uint256 count = counts[agreement];
        for (uint256 i = 0; i < count; ++i) {
            book.entitled.push(0);
            book.taken.push(0);
            book.enrolled.push(false);
        }
    }

    /* ACTS */

    /// @notice Two acts, so that runs of 50 calls are of 100 acts.
    function act(uint256 first, uint256 second) external {
        (uint256 kind, uint256 agreement) = _do(first);
        // What the others are due is looked at after both: the account foretells it to the unit.
        _compare(kind, agreement);
        (kind, ) = _do(second);
        for (uint256 i = 0; i < AGREEMENTS; ++i) _compare(kind, i);
    }

    function _do(uint256 seed) private returns (uint256 kind, uint256 agreement) {
        _random = uint256(keccak256(abi.encode(_random, seed)));
        ++_act;
        _time += _draw(3) == 0 ? _draw(20 days) : _draw(10);
        vm.warp(_time);
        kind = _draw(KINDS);
        agreement = _draw(AGREEMENTS);
        uint256 place = _draw(_places.length);
        if (kind < 2) _enroll(kind, agreement, place);
        else if (kind == 2) _enrollMany(kind, agreement, place);
        else if (kind < 5) _countDelivery(kind, agreement, place);
        else if (kind < 10) _deposit(kind, agreement);
        else if (kind == 10) _claim(kind, agreement, place);
        else if (kind < 13) _claimMany(kind, agreement);
        else if (kind == 13) _claimFalsely(kind, agreement, place);
        else if (kind == 14) _donate(kind, agreement, place);
        else if (kind == 15) _lapse(kind, agreement);
        else if (kind == 16) _markPeriod(agreement);
        else if (kind == 17) _proposeShares(kind, agreement);
        else if (kind == 18) _claimInstitution(kind, agreement);
        else if (kind == 19) _claimCustodian(kind, agreement);
        else if (kind == 20) _claimFund(kind, agreement);
        else if (kind == 21) _suspend();
        else if (kind == 22) _choose(place);
        else _disturb(place);
    }

    /// @dev At times as another rule has it, or with another record.
    function _enroll(uint256 kind, uint256 agreement, uint256 place) private {
        bool byRecord = (_draw(8) == 0) != (agreement == BY_CATEGORIES);
        bool expected = byRecord == (agreement == BY_CATEGORIES);
        if (!byRecord) {
            if (_books[agreement].enrolled[_positionOf(agreement, place)]) expected = false;
            try splitter.enroll(_ids[agreement], _entitlement(place)) {
                _succeed(kind, expected);
                _noteEnrolled(agreement, place);
            } catch {
                _note(kind, !expected);
            }
            return;
        }
        IRevenueSplitter.Entitlement[] memory list = new IRevenueSplitter.Entitlement[](1);
        IRecordRegistry.Record[] memory records = new IRecordRegistry.Record[](1);
        list[0] = _entitlement(place);
        records[0] = _places[place].record;
        if (_draw(8) == 0) {
            records[0].meta ^= uint256(1) << 40;
            expected = false;
        }
        try splitter.enrollCategories(_ids[agreement], list, records) {
            _succeed(kind, expected);
            _noteEnrolled(agreement, place);
        } catch {
            _note(kind, !expected);
        }
    }

    /// @dev The members of a grant.
    function _enrollMany(uint256 kind, uint256 agreement, uint256 place) private {
        uint256 grant = _places[place].grant;
        uint256 count;
        for (uint256 i = 0; i < _places.length; ++i) if (_places[i].grant == grant) ++count;
        IRevenueSplitter.Entitlement[] memory list = new IRevenueSplitter.Entitlement[](count);
        IRecordRegistry.Record[] memory records = new IRecordRegistry.Record[](count);
        count = 0;
        for (uint256 i = 0; i < _places.length; ++i) {
            if (_places[i].grant != grant) continue;
            list[count] = _entitlement(i);
            records[count++] = _places[i].record;
        }
        if (agreement == BY_CATEGORIES) {
            try splitter.enrollCategories(_ids[agreement], list, records) {
                _succeed(kind, true);
            } catch {
                _note(kind, false);
            }
        } else {
            try splitter.enrollMany(_ids[agreement], list) {
                _succeed(kind, true);
            } catch {
                _note(kind, false);
            }
        }
        for (uint256 i = 0; i < _places.length; ++i) if (_places[i].grant == grant) _noteEnrolled(agreement, i);
    }

    /// @dev By records all members of the grant, else the one.
    function _noteEnrolled(uint256 agreement, uint256 place) private {
        Book storage book = _books[agreement];
        for (uint256 i = 0; i < _places.length; ++i) {
            if (agreement == 0 ? _places[i].grant != _places[place].grant : i != place) continue;
            uint256 position = _positionOf(agreement, i);
            if (book.enrolled[position]) continue;
            book.enrolled[position] = true;
            if (agreement == BY_CATEGORIES) _standing[position] = place + 1;
            ++book.units;
        }
    }

    function _countDelivery(uint256 kind, uint256 agreement, uint256 place) private {
        bool expected = !_counted[agreement][place];
        Place storage delivered = _places[place];
        try splitter.countDelivery(_ids[agreement], _grants[delivered.grant], delivered.member) {
            _succeed(kind, expected);
            _counted[agreement][place] = true;
            ++_books[agreement].custodianUnits;
            ++_custodianUnits[agreement][delivered.custodian];
        } catch {
            _note(kind, !expected);
        }
    }

    function _deposit(uint256 kind, uint256 agreement) private {
        // Often few units, where rounding tells.
        uint256 value = _draw(type(uint128).max) >> _draw(140);
        uint16[5] memory shares = _sharesNow(agreement);
        Book storage book = _books[agreement];
        bool expected =
            value != 0 && (shares[0] == 0 || book.units != 0) && (shares[2] == 0 || book.custodianUnits != 0);
        token.mint(address(this), value);
        try splitter.deposit(_ids[agreement], value, 0) {
            _succeed(kind, expected);
            _advance(agreement);
            _noteMark(agreement, true);
            _account(agreement, value);
        } catch {
            _note(kind, !expected);
        }
    }

    function _claim(uint256 kind, uint256 agreement, uint256 place) private {
        uint256 position = _positionOf(agreement, place);
        address to = _payoutOf(place);
        uint256 due = _modelDue(agreement, position);
        bool expected = due != 0 && to != address(0) && _isHeldBy(agreement, place);
        uint256 before = token.balanceOf(to);
        _mayFall[_act][_payeeOf(agreement, position)] = true;
        try splitter.claim(_ids[agreement], _entitlement(place)) {
            _succeed(kind, expected && token.balanceOf(to) - before == due);
            _books[agreement].taken[position] += due;
            _books[agreement].paid += due;
        } catch {
            _note(kind, !expected);
        }
    }

    /// @dev Some, some of them twice.
    function _claimMany(uint256 kind, uint256 agreement) private {
        uint256 count = 1 + _draw(6);
        IRevenueSplitter.Entitlement[] memory list = new IRevenueSplitter.Entitlement[](count);
        bool expected = true;
        uint256 total;
        for (uint256 i = 0; i < count; ++i) {
            uint256 place = _draw(_places.length);
            list[i] = _entitlement(place);
            uint256 position = _positionOf(agreement, place);
            if (!_books[agreement].enrolled[position] || !_isHeldBy(agreement, place)) expected = false;
            if (_payoutOf(place) == address(0) || _mayFall[_act][_payeeOf(agreement, position)]) continue;
            _mayFall[_act][_payeeOf(agreement, position)] = true;
            total += _modelDue(agreement, position);
        }
        uint256 before = token.balanceOf(address(splitter));
        try splitter.claimMany(_ids[agreement], list) {
            _succeed(kind, expected && before - token.balanceOf(address(splitter)) == total);
            _books[agreement].paid += total;
            for (uint256 i = 0; i < _books[agreement].taken.length; ++i) {
                if (_mayFall[_act][_payeeOf(agreement, i)]) _books[agreement].taken[i] += _modelDue(agreement, i);
            }
        } catch {
            _note(kind, !expected);
        }
    }

    /// @dev With another member's grant or proof, or as another patient: pays nobody else than who is enrolled, and here nobody is.
    function _claimFalsely(uint256 kind, uint256 agreement, uint256 place) private {
        IRevenueSplitter.Entitlement memory shown = _entitlement(place);
        uint256 how = _draw(4);
        if (how == 0) {
            shown.member.patient = address(this);
        } else if (agreement == BY_PATIENTS) {
            return;
        } else if (how == 1) {
            shown.grant = _grants[(_places[place].grant + 1) % _grants.length];
        } else if (how == 2) {
            shown.member.record = ~shown.member.record;
        } else {
            shown.member.batch = BatchId.wrap(0);
            shown.proof = new bytes32[](0);
        }
        try splitter.claim(_ids[agreement], shown) {
            _note(kind, false);
        } catch {}
    }

    function _donate(uint256 kind, uint256 agreement, uint256 place) private {
        uint256 position = _positionOf(agreement, place);
        address patient = _places[place].member.patient;
        uint256 due = _modelDue(agreement, position);
        bool isPatient = _draw(4) != 0;
        bool expected = isPatient && due != 0 && !_deactivated[patient] && _isHeldBy(agreement, place);
        if (isPatient) _mayFall[_act][_payeeOf(agreement, position)] = true;
        vm.prank(isPatient ? patient : SPARE);
        try splitter.donate(_ids[agreement], _entitlement(place)) {
            _succeed(kind, expected);
            _books[agreement].taken[position] += due;
            _books[agreement].given += due;
        } catch {
            _note(kind, !expected);
        }
    }

    /// @dev Of all who are enrolled, what the mark of a recent period says.
    function _lapse(uint256 kind, uint256 agreement) private {
        uint256 period = _time / PERIOD - _draw(5);
        Book storage book = _books[agreement];
        bool expected = _marked[agreement][period] && _time >= period * PERIOD + splitter.claimWindow();
        uint256 count;
        for (uint256 i = 0; i < _places.length; ++i) if (_isEnrolled(agreement, i)) ++count;
        IRevenueSplitter.Entitlement[] memory list = new IRevenueSplitter.Entitlement[](count);
        for (uint256 i = 0; i < _places.length; ++i) {
            if (!_isEnrolled(agreement, i)) continue;
            list[--count] = _entitlement(i);
            _mayFall[_act][_payeeOf(agreement, _positionOf(agreement, i))] = expected;
        }
        try splitter.lapse(_ids[agreement], list, period) {
            _succeed(kind, expected);
            for (uint256 i = 0; i < book.taken.length; ++i) {
                uint256 whole = _markedAt[agreement][period][i] >> 64;
                if (whole <= book.taken[i]) continue;
                book.given += whole - book.taken[i];
                ++lapses;
                book.taken[i] = whole;
            }
        } catch {
            _note(kind, !expected);
        }
    }

    function _markPeriod(uint256 agreement) private {
        splitter.markPeriod(_ids[agreement]);
        _noteMark(agreement, false);
    }

    function _proposeShares(uint256 kind, uint256 agreement) private {
        Book storage book = _books[agreement];
        if (book.shares.length == MAX_EPOCHS) return;
        uint16[5] memory shares;
        shares[1] = uint16(3_000 + _draw(7_001));
        uint256 left = 10_000 - shares[1];
        for (uint256 i = 0; i < 5; ++i) {
            if (i == 1 || _draw(3) == 0) continue;
            shares[i] = uint16(_draw(left + 1));
            left -= shares[i];
        }
        shares[1] += uint16(left);
        IRevenueSplitter.Shares memory terms = _terms(shares);
        bool expected = _suspendedUntil[2] <= _time && !(_expelled[1] && shares[3] != 0);
        vm.prank(_owner);
        try splitter.proposeShares(_ids[agreement], terms) {
            _succeed(kind, expected);
            _advance(agreement);
            book.proposed = shares;
            book.proposedAt = _time + splitter.sharesDelay();
        } catch {
            _note(kind, !expected);
        }
    }

    function _claimInstitution(uint256 kind, uint256 agreement) private {
        uint256 payee = _draw(PAYEES);
        uint256 epoch = _draw(_books[agreement].shares.length + 1);
        uint256 due = _modelDueToPayee(agreement, payee, epoch);
        bool expected = due != 0 && _mayClaim(payee + 1);
        uint256 before = token.balanceOf(SPARE);
        _mayFall[_act][_processorOf(agreement, payee)] = true;
        vm.prank(adminOf(payee + 1));
        try splitter.claimInstitution(_ids[agreement], uint16(epoch + 1), SPARE) {
            _succeed(kind, expected && token.balanceOf(SPARE) - before == due);
            if (_expelled[payee + 1]) ++claimsOfExpelled;
            _payeePaid[agreement][payee][epoch] += due;
            _books[agreement].paid += due;
        } catch {
            _note(kind, !expected);
        }
    }

    function _claimCustodian(uint256 kind, uint256 agreement) private {
        uint256 custodian = _draw(2);
        uint256 institution = custodianAt(custodian);
        uint256 due = _modelDueToCustodian(agreement, custodian);
        bool expected = due != 0 && _mayClaim(institution);
        uint256 before = token.balanceOf(SPARE);
        _mayFall[_act][_custodianOf(agreement, custodian)] = true;
        vm.prank(adminOf(institution));
        try splitter.claimCustodian(_ids[agreement], SPARE) {
            _succeed(kind, expected && token.balanceOf(SPARE) - before == due);
            if (_expelled[institution]) ++claimsOfExpelled;
            _custodianPaid[agreement][custodian] += due;
            _books[agreement].paid += due;
        } catch {
            _note(kind, !expected);
        }
    }

    function _claimFund(uint256 kind, uint256 agreement) private {
        uint256 due = modelDueToFund(agreement);
        uint256 before = token.balanceOf(_fund);
        _mayFall[_act][_fundOf(agreement)] = true;
        try splitter.claimFund(_ids[agreement]) {
            _succeed(kind, due != 0 && token.balanceOf(_fund) - before == due);
            _books[agreement].fundPaid += due;
            _books[agreement].paid += due;
        } catch {
            _note(kind, due == 0);
        }
    }

    /// @dev Or rarely, since it is for ever, expels a custodian, the first of whom is payee 1 as well.
    function _suspend() private {
        uint256 institution = 1 + _draw(4);
        if (_expelled[institution]) return;
        if (_draw(6) == 0 && (institution == 1 || institution == 4)) {
            _expelled[institution] = true;
            vm.prank(_owner);
            institutions.expel(InstitutionId.wrap(uint32(institution)), bytes32(uint256(1)));
            return;
        }
        uint256 until = _time + 1 + _draw(10 days);
        _suspendedUntil[institution] = until;
        vm.prank(_owner);
        institutions.suspend(InstitutionId.wrap(uint32(institution)), uint40(until), bytes32(uint256(1)));
    }

    /// @dev The fund, another address, or the owner again.
    function _choose(uint256 place) private {
        address patient = _places[place].member.patient;
        if (_deactivated[patient]) return;
        uint256 which = _draw(3);
        address to =
            which == 0
                ? address(0)
                : which == 1
                    ? _fund
                    : SPARE;
        _chosen[patient] = to;
        vm.prank(patient);
        patients.setPayout(patient, to);
    }

    /// @dev Tokens past the splitter; and rarely a deactivation, of the first two patients, since it is for ever.
    function _disturb(uint256 place) private {
        uint256 value = _draw(1_000);
        token.mint(address(splitter), value);
        strayed += value;
        address patient = _people[place % 2];
        if (_draw(6) != 0 || _deactivated[patient]) return;
        _deactivated[patient] = true;
        vm.prank(patient);
        patients.changeOwner(patient, address(0));
    }

    /* VIEWS */

    function adminOf(uint256 institution) public pure returns (address) {
        return address(uint160(0xA000 + institution));
    }

    /// @dev The first custodian is payee 1 as well.
    function custodianAt(uint256 index) public pure returns (uint256) {
        return index == 0 ? 1 : 4;
    }

    function arrivedLessPaid(uint256 agreement) external view returns (uint256) {
        return _books[agreement].arrived - _books[agreement].paid;
    }

    function unitsOf(uint256 agreement) external view returns (uint256 units, uint256 custodianUnits) {
        return (_books[agreement].units, _books[agreement].custodianUnits);
    }

    function agreementAt(uint256 agreement) external view returns (IRevenueSplitter.Agreement memory) {
        return splitter.agreement(_ids[agreement]);
    }

    /// @dev Of positions, each once.
    function owedIn(uint256 agreement) external view returns (uint256 sum) {
        for (uint256 i = 0; i < _books[agreement].taken.length; ++i) sum += _dueTo(agreement, i);
        for (uint256 i = 0; i < PAYEES; ++i) sum += _dueToPayee(agreement, i) + _dueToCustodian(agreement, i);
        sum += _dueToFund(agreement);
    }

    /// @dev Whether each is owed just what the account says.
    function owesAsReckoned(uint256 agreement) external view returns (bool) {
        for (uint256 i = 0; i < _books[agreement].taken.length; ++i) {
            if (_dueTo(agreement, i) != _modelDue(agreement, i)) return false;
        }
        for (uint256 i = 0; i < _places.length; ++i) {
            if (_isHeldBy(agreement, i)) continue;
            Place storage other = _places[i];
            if (splitter.dueToMember(_ids[agreement], _grants[other.grant], other.member) != 0) return false;
        }
        for (uint256 i = 0; i < PAYEES; ++i) {
            uint256 sum;
            for (uint256 j = 0; j < _books[agreement].shares.length; ++j) sum += _modelDueToPayee(agreement, i, j);
            if (_dueToPayee(agreement, i) != sum) return false;
            if (_dueToCustodian(agreement, i) != _modelDueToCustodian(agreement, i)) return false;
        }
        return _dueToFund(agreement) == modelDueToFund(agreement);
    }

    /// @dev Whether no group was given more than its shares of all that arrived, rounded up once for each epoch.
    function staysWithinShares(uint256 agreement) external view returns (bool) {
        Book storage book = _books[agreement];
        uint256[3] memory allowed;
        for (uint256 i = 0; i < book.shares.length; ++i) {
            for (uint256 j = 0; j < 3; ++j) allowed[j] += (book.received[i] * book.shares[i][j]) / 10_000;
        }
        uint256 taken;
        for (uint256 i = 0; i < book.taken.length; ++i) taken += book.taken[i] + _dueTo(agreement, i);
        uint256 custodians;
        for (uint256 i = 0; i < 2; ++i) custodians += _custodianPaid[agreement][i] + _dueToCustodian(agreement, i);
        uint256 ofFund = book.fundPaid + _dueToFund(agreement) - book.given;
        return taken <= allowed[0] && ofFund == allowed[1] && custodians <= allowed[2];
    }

    function modelDueToFund(uint256 agreement) public view returns (uint256 due) {
        Book storage book = _books[agreement];
        due = book.given;
        for (uint256 i = 0; i < book.shares.length; ++i) due += (book.received[i] * book.shares[i][1]) / 10_000;
        due -= book.fundPaid;
    }

    function _modelDue(uint256 agreement, uint256 position) private view returns (uint256) {
        return (_books[agreement].entitled[position] >> 64) - _books[agreement].taken[position];
    }

    function _modelDueToPayee(uint256 agreement, uint256 payee, uint256 epoch) private view returns (uint256) {
        Book storage book = _books[agreement];
        if (epoch >= book.shares.length) return 0;
        return (book.received[epoch] * book.shares[epoch][3 + payee]) / 10_000 - _payeePaid[agreement][payee][epoch];
    }

    function _modelDueToCustodian(uint256 agreement, uint256 custodian) private view returns (uint256) {
        return (_custodianEntitled[agreement][custodian] >> 64) - _custodianPaid[agreement][custodian];
    }

    function _dueTo(uint256 agreement, uint256 position) private view returns (uint256) {
        return _dues[_payeeOf(agreement, position)];
    }

    function _dueToFund(uint256 agreement) private view returns (uint256) {
        return _dues[_fundOf(agreement)];
    }

    function _dueToPayee(uint256 agreement, uint256 payee) private view returns (uint256) {
        return _dues[_processorOf(agreement, payee)];
    }

    function _dueToCustodian(uint256 agreement, uint256 custodian) private view returns (uint256) {
        return _dues[_custodianOf(agreement, custodian)];
    }

    /* THE ACCOUNT */

    function _sharesNow(uint256 agreement) private view returns (uint16[5] memory) {
        Book storage book = _books[agreement];
        if (book.proposedAt != 0 && _time >= book.proposedAt) return book.proposed;
        return book.shares[book.shares.length - 1];
    }

    function _advance(uint256 agreement) private {
        Book storage book = _books[agreement];
        if (book.proposedAt == 0 || _time < book.proposedAt) return;
        uint256 last = book.shares.length - 1;
        uint256 dust = book.received[last];
        for (uint256 i = 0; i < 5; ++i) dust -= (book.received[last] * book.shares[last][i]) / 10_000;
        book.dust += dust;
        book.shares.push(book.proposed);
        book.received.push(0);
        book.proposedAt = 0;
    }

    /// @dev A deposit marks unless it is the period's second, or nothing had accrued; after it nobody marks the period any more.
    function _noteMark(uint256 agreement, bool byDeposit) private {
        uint256 period = _time / PERIOD;
        if (_lastPeriod[agreement] == period) return;
        if (byDeposit) _lastPeriod[agreement] = period;
        if (byDeposit && !_hasAccrued[agreement]) return;
        _marked[agreement][period] = true;
        Book storage book = _books[agreement];
        for (uint256 i = 0; i < book.entitled.length; ++i) _markedAt[agreement][period][i] = book.entitled[i];
    }

    function _account(uint256 agreement, uint256 arrived) private {
        Book storage book = _books[agreement];
        uint256 epoch = book.shares.length - 1;
        uint256 before = book.received[epoch];
        uint256 received = before + arrived + book.dust;
        book.arrived += arrived;
        book.dust = 0;
        book.received[epoch] = received;
        uint16[5] memory shares = book.shares[epoch];
        uint256 part = (received * shares[0]) / 10_000 - (before * shares[0]) / 10_000;
        if (part != 0) {
            _hasAccrued[agreement] = true;
            uint256 spread = book.rest + (part << 64);
            uint256 each = spread / book.units;
            for (uint256 i = 0; i < book.entitled.length; ++i) {
                if (!book.enrolled[i]) continue;
                book.entitled[i] += each;
                spread -= each;
            }
            book.rest = spread;
        }
        part = (received * shares[2]) / 10_000 - (before * shares[2]) / 10_000;
        if (part == 0) return;
        uint256 custodianSpread = book.custodianRest + (part << 64);
        uint256 eachUnit = custodianSpread / book.custodianUnits;
        for (uint256 i = 0; i < 2; ++i) {
            _custodianEntitled[agreement][i] += eachUnit * _custodianUnits[agreement][i];
            custodianSpread -= eachUnit * _custodianUnits[agreement][i];
        }
        book.custodianRest = custodianSpread;
    }

    /* PRIVATE */

    function _draw(uint256 below) private returns (uint256) {
        _random = uint256(keccak256(abi.encode(_random)));
        return _random % below;
    }

    function _terms(uint16[5] memory shares) private pure returns (IRevenueSplitter.Shares memory terms) {
        terms.patients = shares[0];
        terms.fund = shares[1];
        terms.custodians = shares[2];
        terms.payees = new IRevenueSplitter.Payee[]((shares[3] == 0 ? 0 : 1) + (shares[4] == 0 ? 0 : 1));
        uint256 count;
        for (uint256 i = 0; i < PAYEES; ++i) {
            if (shares[3 + i] == 0) continue;
            terms.payees[count++] = IRevenueSplitter.Payee(InstitutionId.wrap(uint32(i + 1)), shares[3 + i]);
        }
    }

    function _entitlement(uint256 place) private view returns (IRevenueSplitter.Entitlement memory) {
        Place storage entry = _places[place];
        return IRevenueSplitter.Entitlement(_grants[entry.grant], entry.member, entry.proof);
    }

    function _positionOf(uint256 agreement, uint256 place) private view returns (uint256) {
        uint256[3] memory positions = [place, _places[place].patient, _places[place].category];
        return positions[agreement];
    }

    /// @dev By categories one record's alone.
    function _isHeldBy(uint256 agreement, uint256 place) private view returns (bool) {
        return agreement != BY_CATEGORIES || _standing[_places[place].category] == place + 1;
    }

    function _isEnrolled(uint256 agreement, uint256 place) private view returns (bool) {
        return _books[agreement].enrolled[_positionOf(agreement, place)] && _isHeldBy(agreement, place);
    }

    function _mayClaim(uint256 institution) private view returns (bool) {
        return _expelled[institution] || _suspendedUntil[institution] <= _time;
    }

    function _payoutOf(uint256 place) private view returns (address) {
        address patient = _places[place].member.patient;
        if (_deactivated[patient]) return address(0);
        return _chosen[patient] == address(0) ? patient : _chosen[patient];
    }

    /// @dev Numbers of all to whom something may be due: positions, then by agreement the fund, payees and custodians.
    function _payeeOf(uint256 agreement, uint256 position) private view returns (uint256) {
        uint256[3] memory bases = [0, _places.length, _places.length + _people.length];
        return bases[agreement] + position;
    }

    function _fundOf(uint256 agreement) private view returns (uint256) {
        return _places.length + _people.length + _categories.length + agreement * (1 + PAYEES + 2);
    }

    function _processorOf(uint256 agreement, uint256 payee) private view returns (uint256) {
        return _fundOf(agreement) + 1 + payee;
    }

    function _custodianOf(uint256 agreement, uint256 custodian) private view returns (uint256) {
        return _fundOf(agreement) + 1 + PAYEES + custodian;
    }

    /// @dev Asks the splitter for every due of an agreement, and holds it against what it was before, but for those whose claim the act was.
    function _compare(uint256 kind, uint256 agreement) private {
        AgreementId id = _ids[agreement];
        uint256 positions = _books[agreement].taken.length;
        for (uint256 i = 0; i < positions; ++i) _compareOne(kind, _payeeOf(agreement, i), _askDue(agreement, i));
        _compareOne(kind, _fundOf(agreement), splitter.dueToFund(id));
        for (uint256 i = 0; i < PAYEES; ++i) {
            _compareOne(kind, _processorOf(agreement, i), _askDueToPayee(agreement, i));
        }
        for (uint256 i = 0; i < 2; ++i) {
            InstitutionId custodian = InstitutionId.wrap(uint32(custodianAt(i)));
            _compareOne(kind, _custodianOf(agreement, i), splitter.dueToCustodian(id, custodian));
        }
    }

    function _askDue(uint256 agreement, uint256 position) private view returns (uint256) {
        uint256 place = position;
        if (agreement == BY_PATIENTS) for (place = 0; _places[place].patient != position;) ++place;
        if (agreement == BY_CATEGORIES) {
            if (_standing[position] == 0) return 0;
            place = _standing[position] - 1;
        }
        Place storage entry = _places[place];
        return splitter.dueToMember(_ids[agreement], _grants[entry.grant], entry.member);
    }

    function _askDueToPayee(uint256 agreement, uint256 payee) private view returns (uint256 sum) {
        InstitutionId institution = InstitutionId.wrap(uint32(payee + 1));
        for (uint256 i = 1; i <= _books[agreement].shares.length; ++i) {
            sum += splitter.dueToInstitution(_ids[agreement], uint16(i), institution);
        }
    }

    function _compareOne(uint256 kind, uint256 payee, uint256 due) private {
        if (due < _dues[payee] && !_mayFall[_act][payee]) robbery = kind + 1;
        if (due != _dues[payee]) _dues[payee] = due;
    }

    function _succeed(uint256 kind, bool foretold) private {
        ++successes[kind];
        _note(kind, foretold);
    }

    function _note(uint256 kind, bool foretold) private {
        if (!foretold) surprise = kind + 1;
    }
}

contract RevenueSplitterInvariantTest {
    /// @dev Late enough for some periods to be past.
    uint40 private constant START = 3650 days;
    uint40 private constant YEAR = 365 days;
    uint40 private constant SHARES_DELAY = 10 days;
    uint40 private constant CLAIM_WINDOW = 45 days;
    /// @dev HRESCH, labs and imaging.
    uint256 private constant USE = (1 << 19) | (1 << 83) | (1 << 84);
    /// @dev Level 0; the custodian is to be added.
    uint256 private constant LABS = uint256(3) << 40;
    uint256 private constant IMAGING = uint256(4) << 40;
    address private constant ETHICS_REVIEWER = address(0xB003);
    address private constant LEGAL_REVIEWER = address(0xB013);

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
        IPatientRegistry patients = IPatientRegistry(deploy("PatientRegistry", abi.encode(address(this))));
        _records = IRecordRegistry(deploy("RecordRegistry", abi.encode(_institutions, patients)));
        IConsentRegistry consents = IConsentRegistry(
            deploy("ConsentRegistry", abi.encode(authority, patients, _institutions))
        );
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
        IRevenueSplitter.ShareRules memory shareRules = IRevenueSplitter.ShareRules(3_000, 4_000, 3_000, 2_000);
        IRevenueSplitter splitter = IRevenueSplitter(
            deploy(
                "RevenueSplitter",
                bytes.concat(
                    abi.encode(authority, _broker, _institutions, patients, _studies),
                    abi.encode(fund, shareRules, SHARES_DELAY, CLAIM_WINDOW)
                )
            )
        );

        _admitMembers();
        StudyId study = _openStudy(bytes32(uint256(1)));
        RevenueSplitterHandler.MadeGrant[] memory grants = new RevenueSplitterHandler.MadeGrant[](4);
        grants[0] = _grantCohort(study, _patientsFrom(1, 1), LABS, 1);
        grants[1] = _grantCohort(study, _patientsFrom(2, 3), LABS, 1);
        // Patients of the first two grants are the third's as well, whose records another hospital keeps.
        grants[2] = _grantCohort(study, _patientsFrom(1, 2), LABS, 4);
        // One of them has two records more of another category.
        address[] memory twice = new address[](2);
        twice[0] = twice[1] = address(0xC002);
        grants[3] = _grantCohort(study, twice, IMAGING, 4);
        _handler = new RevenueSplitterHandler(splitter, patients, _institutions, token, study, abi.encode(grants));
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_all() external view {
        _actsEndAsForetoldAndLowerNobodyElsesDue();
        _receivedIsPaidAndOwedAndDustAndEachGetsTheShare();
    }

    function _actsEndAsForetoldAndLowerNobodyElsesDue() private view {
        assert(_handler.surprise() == 0);
        assert(_handler.robbery() == 0);
    }

    function _receivedIsPaidAndOwedAndDustAndEachGetsTheShare() private view {
        uint256 kept = _handler.strayed();
        uint256 owedInAll;
        for (uint256 i = 0; i < _handler.AGREEMENTS(); ++i) {
            (uint256 units, uint256 custodianUnits) = _handler.unitsOf(i);
            IRevenueSplitter.Agreement memory agreement = _handler.agreementAt(i);
            assert(agreement.units == units);
            assert(agreement.custodianUnits == custodianUnits);
            uint256 held = _handler.arrivedLessPaid(i);
            uint256 owed = _handler.owedIn(i);
            assert(held >= owed);
            // Less than one unit for each position, each of the two custodians and each of the five shares.
            assert(held - owed < units + 2 + 5);
            kept += held;
            owedInAll += owed;
            assert(_handler.owesAsReckoned(i));
            assert(_handler.staysWithinShares(i));
        }
        uint256 balance = _handler.token().balanceOf(address(_handler.splitter()));
        assert(balance == kept);
        assert(balance >= owedInAll);
    }

    /// @dev Else the invariants would say little.
    function test_everyKindOfActSucceedsAtTimes() public {
        for (uint256 i = 0; i < 600; ++i) _handler.act(i, ~i);
        for (uint256 kind = 0; kind < 21; ++kind) {
            // False claims never do; marking cannot fail.
            if (kind == 13) assert(_handler.successes(kind) == 0);
            else if (kind != 16) assert(_handler.successes(kind) != 0);
        }
        assert(_handler.lapses() != 0);
        assert(_handler.claimsOfExpelled() != 0);
        assert(_handler.surprise() == 0 && _handler.robbery() == 0);
    }

    /* SETTING UP */

    function _gatewayOf(uint256 custodian) private pure returns (address) {
        return address(uint160(0xC100 + custodian));
    }

    /// @dev 1 and 4: custodians, with their gateways; 2: the sponsor, with this contract as researcher; 3: the reviewers' regulator.
    function _admitMembers() private {
        IInstitutionRegistry.InstitutionKind[4] memory kinds = [
            IInstitutionRegistry.InstitutionKind.HOSPITAL,
            IInstitutionRegistry.InstitutionKind.RESEARCH,
            IInstitutionRegistry.InstitutionKind.REGULATOR,
            IInstitutionRegistry.InstitutionKind.HOSPITAL
        ];
        uint40 until = START + 100 * YEAR;
        for (uint256 i = 0; i < 4; ++i) {
            _institutions.admit(kinds[i], 0, true, START, until, bytes32(i + 1), address(uint160(0xA001 + i)));
        }
        _appoint(1, _gatewayOf(1), AgentRole.GATEWAY);
        _appoint(4, _gatewayOf(4), AgentRole.GATEWAY);
        _appoint(2, address(this), AgentRole.RESEARCHER);
        _appoint(3, ETHICS_REVIEWER, AgentRole.ETHICS_REVIEWER);
        _appoint(3, LEGAL_REVIEWER, AgentRole.LEGAL_REVIEWER);
    }

    function _appoint(uint32 institution, address agent, uint16 role) private {
        _institutions.appointAgent(InstitutionId.wrap(institution), agent, role, START, START + 100 * YEAR);
    }

    function _openStudy(bytes32 protocolHash) private returns (StudyId study) {
        IStudyRegistry.StudyTerms memory terms;
        terms.protocolHash = protocolHash;
        terms.scope = USE | (uint256(START + YEAR) << 144);
        study = _studies.register(terms);
        IStudyRegistry.ReviewVerdict approved = IStudyRegistry.ReviewVerdict.APPROVED;
        vm.prank(ETHICS_REVIEWER);
        _studies.review(study, 1, IStudyRegistry.ReviewKind.ETHICS, approved, START + YEAR, 0);
        vm.prank(LEGAL_REVIEWER);
        _studies.review(study, 1, IStudyRegistry.ReviewKind.LEGAL, approved, START + YEAR, 0);
    }

    /// @dev Each record is a batch of its own, and delivered.
    function _grantCohort(
        StudyId study,
        address[] memory patients,
        uint256 category,
        uint256 custodian
    ) private returns (RevenueSplitterHandler.MadeGrant memory) {
        uint256 count = patients.length;
        CohortRequest memory request;
        request.study = study;
        request.word = USE | (uint256(START + YEAR) << 144);
        request.salt = ++_salt;
        request.parts = new CohortPart[](count);
        CohortMember[] memory members = new CohortMember[](count);
        IRecordRegistry.Record[] memory records = new IRecordRegistry.Record[](count);
        for (uint256 i = 0; i < count; ++i) {
            CohortPart memory part = _anchorRecord(patients[i], category | custodian);
            // By insertion: batch ids must ascend.
            uint256 place = i;
            for (; place > 0 && _isBefore(part, request.parts[place - 1]); --place) {
                request.parts[place] = request.parts[place - 1];
            }
            request.parts[place] = part;
        }
        for (uint256 i = 0; i < count; ++i) {
            CohortPart memory part = request.parts[i];
            records[i] = part.records[0];
            members[i] = CohortMember({
                study: study,
                patient: part.records[0].patient,
                consent: ConsentId.wrap(0),
                batch: part.batch,
                record: _records.leafOf(part.records[0])
            });
        }
        (RequestId id, Decision decision) = _broker.requestCohort(request);
        assert(decision == Decision.APPROVED);
        bytes32[][] memory proofs = _proofsOf(members);
        for (uint256 i = 0; i < count; ++i) _deliver(id, members[i], proofs[i], records[i]);
        return RevenueSplitterHandler.MadeGrant(id, members, proofs, records, InstitutionId.wrap(uint32(custodian)));
    }

    function _deliver(
        RequestId id,
        CohortMember memory member,
        bytes32[] memory proof,
        IRecordRegistry.Record memory record
    ) private {
        vm.prank(_gatewayOf(uint32(record.meta)));
        _broker.logDelivery(id, member, proof, record, IAccessBroker.Delivery(0, 0, true));
    }

    function _patientsFrom(uint256 first, uint256 count) private pure returns (address[] memory patients) {
        patients = new address[](count);
        for (uint256 i = 0; i < count; ++i) patients[i] = address(uint160(0xC000 + first + i));
    }

    function _anchorRecord(address patient, uint256 meta) private returns (CohortPart memory part) {
        part.records = new IRecordRegistry.Record[](1);
        part.records[0] = IRecordRegistry.Record(patient, keccak256(abi.encode(patient, ++_salt)), meta);
        part.consents = new IConsentRegistry.Terms[](1);
        vm.prank(_gatewayOf(uint32(meta)));
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
