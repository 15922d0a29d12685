// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Authority, ConsentId, InstitutionId, StudyId} from "../../contracts/common/Types.sol";
import {IConsentRegistry} from "../../contracts/consent/IConsentRegistry.sol";
import {IInstitutionRegistry} from "../../contracts/identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../../contracts/identity/IPatientRegistry.sol";
import {deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @notice Acts at random for an adult with a data trust as delegate, a minor with a guardian, and a stranger, and keeps a plain list of what was given and
/// how it ended. The handler itself is the supervision.
contract ConsentRegistryHandler {
    struct Known {
        ConsentId id;
        uint256 patient;
        uint40 policyFrom;
        uint40 policyUntil;
        uint8 level;
        uint40 givenAt;
        /// The policy's end, or that of the giver's authority.
        uint40 until;
        uint8 epoch;
        IConsentRegistry.Status status;
        /// When it was withdrawn or revoked first; the maximum if it was not.
        uint40 endedAt;
    }

    /// @dev Actors by number; the first two are the patients.
    uint256 private constant ADULT = 0;
    uint256 private constant MINOR = 1;
    uint256 private constant GUARDIAN = 2;
    uint256 private constant DELEGATE = 3;
    uint256 private constant ACTORS = 5;

    uint40 private constant START = 1_900_000_000;
    uint40 private constant MAJORITY = START + 1_500;
    uint40 private constant MANDATE_END = START + 3_000;
    uint40 private constant SPAN = 1_000;
    uint40 private constant NEVER = type(uint40).max;
    bytes32 private constant HASH = bytes32(uint256(1));

    IInstitutionRegistry private _institutions;
    InstitutionId private _trust;
    uint40 private _suspendedUntil;
    IPatientRegistry private _patients;
    IConsentRegistry private _registry;
    uint40 private _time = START;
    /// Whether an act ever ended otherwise than the list foretold.
    bool public surprised;
    /// Whether an end was ever undone or rewritten by an act that succeeded.
    bool public undone;
    /// The consent of the latest act.
    uint256 private _last;
    bool private _mandateEnded;
    uint256 private _salt;

    Known[] private _known;
    IConsentRegistry.Terms[] private _terms;
    IConsentRegistry.Details[] private _details;
    /// @dev When each epoch of a patient ended.
    mapping(uint256 patient => uint40[]) private _epochEnds;

    constructor() {
        vm.warp(START);
        _patients = IPatientRegistry(deploy("PatientRegistry", abi.encode(address(this))));
        address authority = deployAuthority(address(this));
        _institutions = IInstitutionRegistry(deploy("InstitutionRegistry", abi.encode(authority, deployToken())));
        _registry = IConsentRegistry(deploy("ConsentRegistry", abi.encode(authority, _patients, _institutions)));
        _trust = _institutions.admit(
            IInstitutionRegistry.InstitutionKind.DATA_TRUST,
            0,
            true,
            START,
            NEVER,
            HASH,
            actorOf(DELEGATE)
        );
        vm.prank(actorOf(MINOR));
        _patients.appointGuardian(actorOf(MINOR), actorOf(GUARDIAN), address(0), MAJORITY, MAJORITY);
        vm.prank(actorOf(ADULT));
        _patients.giveMandate(actorOf(ADULT), actorOf(DELEGATE), _policy(START, MANDATE_END, 1, 0));
    }

    /* ACTS */

    function pass(uint16 duration) external {
        _time += duration % (SPAN / 4);
        vm.warp(_time);
    }

    /// @dev Rare, since all that the trust does is refused meanwhile.
    function suspendTrust(uint16 duration, uint8 chance) external {
        if (chance % 8 != 0) return;
        _suspendedUntil = _time + 1 + (duration % SPAN);
        _institutions.suspend(_trust, _suspendedUntil, HASH);
    }

    /// @dev Rare, since it is for ever.
    function endMandate(uint8 chance) external {
        if (_mandateEnded || chance % 8 != 0) return;
        _mandateEnded = true;
        vm.prank(actorOf(ADULT));
        _patients.endMandate(actorOf(ADULT), actorOf(DELEGATE));
    }

    function give(uint256 actor, uint256 patient, uint16 from, uint16 until, uint256 choices) external {
        patient %= 2;
        actor = _actorFor(actor, patient);
        (Known memory one, IConsentRegistry.Terms memory terms, IConsentRegistry.Details memory details) = _draft(
            actor,
            patient,
            from,
            until,
            choices
        );
        (bool allowed, uint40 authorityUntil) = _mayGive(actor, one, terms.policy);
        if (authorityUntil < one.until) one.until = authorityUntil;
        bool expected =
            allowed &&
                one.policyFrom < one.policyUntil &&
                one.until > _time &&
                one.epoch == _epochEnds[patient].length &&
                (ConsentId.unwrap(details.previous) == 0 || _isOf(details.previous, patient));
        if (ConsentId.unwrap(details.previous) != 0) one.status = IConsentRegistry.Status.RENEWED;

        vm.prank(actorOf(actor));
        try _registry.give(terms, details) returns (ConsentId id) {
            _note(expected && ConsentId.unwrap(id) == ConsentId.unwrap(one.id));
            _keep(one, terms, details);
        } catch {
            _note(!expected);
        }
    }

    /// @dev Gives or refuses known terms once more, by whoever has or had authority.
    function repeat(uint256 actor, uint256 which, bool refuses) external {
        if (_known.length == 0) return;
        _last = which % _known.length;
        bool done;
        vm.prank(actorOf(actor % ACTORS));
        if (refuses) {
            try _registry.refuse(_terms[_last]) {
                done = true;
            } catch {}
        } else {
            try _registry.give(_terms[_last], _details[_last]) {
                done = true;
            } catch {}
        }
        if (done) undone = true;
    }

    function refuse(uint256 actor, uint256 patient, uint256 choices) external {
        patient %= 2;
        actor = _actorFor(actor, patient);
        (Known memory one, IConsentRegistry.Terms memory terms, IConsentRegistry.Details memory details) = _draft(
            actor,
            patient,
            uint16(choices >> 96),
            uint16(choices >> 112),
            choices
        );
        (Authority kind, ) = authorityOf(patient, actor);
        bool expected = kind != Authority.NONE && (kind != Authority.DELEGATE || _mayAsDelegate(one));
        vm.prank(actorOf(actor));
        try _registry.refuse(terms) {
            _note(expected);
            one.status = IConsentRegistry.Status.REFUSED;
            _keep(one, terms, details);
        } catch {
            _note(!expected);
        }
    }

    function withdraw(uint256 actor, uint256 which) external {
        if (_known.length == 0) return;
        _last = which % _known.length;
        Known storage one = _known[_last];
        actor = _actorFor(actor, one.patient);
        bool expected = _isAlive(one) && _isPrincipal(one.patient, actor);
        vm.prank(actorOf(actor));
        try _registry.withdraw(one.id) {
            _note(expected);
            _end(one, IConsentRegistry.Status.WITHDRAWN);
        } catch {
            _note(!expected);
        }
    }

    function withdrawAsDelegate(uint256 actor, uint256 which) external {
        if (_known.length == 0) return;
        _last = which % _known.length;
        Known storage one = _known[_last];
        actor = actor % 4 == 0 ? actor % ACTORS : DELEGATE;
        (Authority kind, ) = authorityOf(one.patient, actor);
        bool expected = _isAlive(one) && kind == Authority.DELEGATE && _mayAsDelegate(one);
        vm.prank(actorOf(actor));
        try _registry.withdrawAsDelegate(_terms[_last]) {
            _note(expected);
            _end(one, IConsentRegistry.Status.WITHDRAWN);
        } catch {
            _note(!expected);
        }
    }

    function withdrawAll(uint256 actor, uint256 patient) external {
        patient %= 2;
        actor = _actorFor(actor, patient);
        bool expected = _isPrincipal(patient, actor);
        vm.prank(actorOf(actor));
        try _registry.withdrawAll(actorOf(patient)) {
            _note(expected);
            _epochEnds[patient].push(_time);
        } catch {
            _note(!expected);
        }
    }

    /// @dev By the supervision, now and then by another.
    function revoke(uint256 actor, uint256 which, bool invalidates) external {
        if (_known.length == 0) return;
        _last = which % _known.length;
        Known storage one = _known[_last];
        bool supervises = actor % 4 != 0;
        bool expected =
            supervises &&
                (
                    invalidates
                        ? one.status != IConsentRegistry.Status.INVALIDATED &&
                            one.status != IConsentRegistry.Status.REFUSED
                        : _isAlive(one)
                );
        bool done;
        if (!supervises) vm.prank(actorOf((actor / 4) % ACTORS));
        if (invalidates) {
            try _registry.invalidate(one.id, HASH) {
                done = true;
            } catch {}
        } else {
            try _registry.revoke(one.id, HASH) {
                done = true;
            } catch {}
        }
        _note(done == expected);
        if (done) _end(one, invalidates ? IConsentRegistry.Status.INVALIDATED : IConsentRegistry.Status.REVOKED);
    }

    /* CHECKS */

    /// @notice Fails unless the registry says what the list says. Here, where the list is, since calls take longest.
    function check() external view {
        for (uint256 i = 0; i < _known.length; ++i)
            _whatEndedStaysSoAndNothingIsInForceOutsideItsTermsOrAfterItsEpoch(i);
        if (_known.length != 0) {
            _everySecondIsAsTheListSays(_last);
            _everySecondIsAsTheListSays(_time % _known.length);
        }
        for (uint256 patient = 0; patient < 2; ++patient) {
            assert(_registry.epochOf(actorOf(patient)) == _epochEnds[patient].length);
        }
    }

    function _whatEndedStaysSoAndNothingIsInForceOutsideItsTermsOrAfterItsEpoch(uint256 i) private view {
        Known memory one = _known[i];
        assert(_registry.consent(one.id).status == one.status);
        // From its end on, and for all time to come.
        if (one.endedAt != NEVER) {
            assert(!_registry.isInForce(one.id, one.endedAt));
            assert(!_registry.isInForce(one.id, _time));
            assert(!_registry.isInForce(one.id, NEVER));
        }
        assert(!_registry.isInForce(one.id, one.givenAt - 1));
        if (one.policyFrom != 0) assert(!_registry.isInForce(one.id, one.policyFrom - 1));
        assert(!_registry.isInForce(one.id, one.policyUntil));
        assert(!_registry.isInForce(one.id, one.until));
        assert(!_registry.isInForce(one.id, _epochEndOf(i)));
    }

    function _everySecondIsAsTheListSays(uint256 i) private view {
        Known memory one = _known[i];
        uint40[7] memory edges = [one.policyFrom, one.givenAt, one.until, one.endedAt, _epochEndOf(i), _time, MAJORITY];
        for (uint256 k = 0; k < edges.length; ++k) {
            for (uint40 offset = 0; offset < 3; ++offset) {
                // The second before, at, and after; as far as there are such.
                if (edges[k] == 0 && offset == 0) continue;
                if (edges[k] == NEVER && offset == 2) continue;
                uint40 t = uint40(uint256(edges[k]) + offset - 1);
                assert(_registry.isInForce(one.id, t) == _isInForce(i, t));
            }
        }
    }

    /* THE LIST'S ANSWERS */

    /// @dev When the consent's epoch ended; the maximum if it goes on.
    function _epochEndOf(uint256 i) private view returns (uint40) {
        Known storage one = _known[i];
        return one.epoch < _epochEnds[one.patient].length ? _epochEnds[one.patient][one.epoch] : NEVER;
    }

    function _isInForce(uint256 i, uint40 t) private view returns (bool) {
        Known storage one = _known[i];
        if (one.status == IConsentRegistry.Status.REFUSED || one.status == IConsentRegistry.Status.INVALIDATED) {
            return false;
        }
        return t >= one.givenAt && t >= one.policyFrom && t < one.until && t < one.endedAt && t < _epochEndOf(i);
    }

    function authorityOf(uint256 patient, uint256 actor) public view returns (Authority, uint40 until) {
        if (patient == ADULT) {
            if (actor == ADULT) return (Authority.SELF, NEVER);
            if (actor == DELEGATE && !_mandateEnded && _time < MANDATE_END) return (Authority.DELEGATE, MANDATE_END);
        } else {
            if (actor == GUARDIAN && _time < MAJORITY) return (Authority.GUARDIAN, MAJORITY);
            if (actor == MINOR && _time >= MAJORITY) return (Authority.SELF, NEVER);
        }
        return (Authority.NONE, 0);
    }

    function actorOf(uint256 actor) public pure returns (address) {
        return address(uint160(0xAC00 + actor));
    }

    /// @dev TREAT on labs.
    function _policy(uint40 from, uint40 until, uint8 level, uint256 flags) private pure returns (uint256) {
        return
            1 | (1 << 83) | (uint256(level) << 96) | (uint256(from) << 104) | (uint256(until) << 144) | (flags << 245);
    }

    /// @dev Now and then with the wrong flags, the wrong epoch, an unknown or another's consent to renew.
    function _draft(
        uint256 actor,
        uint256 patient,
        uint16 from,
        uint16 until,
        uint256 choices
    ) private returns (Known memory one, IConsentRegistry.Terms memory terms, IConsentRegistry.Details memory details) {
        one.patient = patient;
        one.policyFrom = from % 4 == 0 ? 0 : _time - 50 + (from % (SPAN / 2));
        one.policyUntil = _time + (until % (3 * SPAN));
        one.until = one.policyUntil;
        one.level = uint8(choices % 3);
        one.givenAt = _time;
        one.endedAt = NEVER;
        one.epoch = uint8(_epochEnds[patient].length);
        if ((choices >> 8) % 8 == 0) one.epoch ^= 1;
        one.status = IConsentRegistry.Status.GIVEN;
        uint256 flags = actor == GUARDIAN ? 1 : (actor == DELEGATE ? 2 : 0);
        if ((choices >> 16) % 8 == 0) flags = (choices >> 24) % 4;

        details.notice = HASH;
        details.salt = ++_salt;
        if ((choices >> 32) % 4 == 0) {
            details.previous =
                _known.length == 0 || (choices >> 40) % 4 == 0
                    ? ConsentId.wrap(HASH)
                    : _known[(choices >> 48) % _known.length].id;
        }
        terms = IConsentRegistry.Terms({
            patient: actorOf(patient),
            institution: InstitutionId.wrap(uint32(choices >> 64)),
            agent: address(0),
            study: StudyId.wrap(0),
            policy: _policy(one.policyFrom, one.policyUntil, one.level, flags),
            epoch: one.epoch,
            details: _registry.detailsHash(details)
        });
        one.id = _registry.consentId(terms);
    }

    function _mayGive(
        uint256 actor,
        Known memory one,
        uint256 policy
    ) private view returns (bool allowed, uint40 until) {
        Authority kind;
        (kind, until) = authorityOf(one.patient, actor);
        uint256 flags = (policy >> 245) & 3;
        if (kind == Authority.SELF) allowed = flags == 0;
        if (kind == Authority.GUARDIAN) allowed = flags == 1;
        if (kind == Authority.DELEGATE) allowed = flags == 2 && _mayAsDelegate(one);
    }

    function _mayAsDelegate(Known memory one) private view returns (bool) {
        return _time >= _suspendedUntil && one.level <= 1 && one.policyFrom >= START && one.policyUntil <= MANDATE_END;
    }

    function _isPrincipal(uint256 patient, uint256 actor) private view returns (bool) {
        (Authority kind, ) = authorityOf(patient, actor);
        return kind == Authority.SELF || kind == Authority.GUARDIAN;
    }

    function _isOf(ConsentId id, uint256 patient) private view returns (bool) {
        for (uint256 i = 0; i < _known.length; ++i) {
            if (ConsentId.unwrap(_known[i].id) == ConsentId.unwrap(id)) return _known[i].patient == patient;
        }
        return false;
    }

    function _isAlive(Known storage one) private view returns (bool) {
        return one.status == IConsentRegistry.Status.GIVEN || one.status == IConsentRegistry.Status.RENEWED;
    }

    /// @dev Three times in four one who has or will have authority.
    function _actorFor(uint256 seed, uint256 patient) private pure returns (uint256) {
        if (seed % 4 == 0) return (seed / 4) % ACTORS;
        if (patient == ADULT) return (seed / 4) % 3 == 0 ? DELEGATE : ADULT;
        return (seed / 4) % 2 == 0 ? MINOR : GUARDIAN;
    }

    function _keep(
        Known memory one,
        IConsentRegistry.Terms memory terms,
        IConsentRegistry.Details memory details
    ) private {
        _last = _known.length;
        _known.push(one);
        _terms.push(terms);
        _details.push(details);
    }

    /// @dev What ended once stays so; only that it never was valid can still be found.
    function _end(Known storage one, IConsentRegistry.Status status) private {
        if (!_isAlive(one) && status != IConsentRegistry.Status.INVALIDATED) undone = true;
        one.status = status;
        if (one.endedAt == NEVER) one.endedAt = _time;
    }

    function _note(bool foretold) private {
        if (!foretold) surprised = true;
    }
}

contract ConsentRegistryInvariantTest {
    ConsentRegistryHandler private _handler;

    function setUp() public {
        _handler = new ConsentRegistryHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_all() external view {
        assert(!_handler.surprised());
        assert(!_handler.undone());
        _handler.check();
    }
}
