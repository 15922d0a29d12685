// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAuthority} from "@openzeppelin/contracts/access/manager/IAuthority.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PeriodInvalid} from "../common/Errors.sol";
import {Authority} from "../common/Types.sol";
import {PolicyWord} from "../consent/PolicyWord.sol";
import {IPatientRegistry} from "./IPatientRegistry.sol";
import {PatientHash} from "./PatientHash.sol";
import {PatientPayouts} from "./PatientPayouts.sol";

/// @title PatientRegistry
contract PatientRegistry is PatientPayouts {
    using PolicyWord for uint256;

    /// @dev 21 years with their leap days.
    uint40 public constant MAX_MINORITY = 21 * 365 days + 6 days;

    /// @dev Who may replace guardians. AccessManaged would do the same, but its `authority()` is another function of a name that all ask.
    IAuthority private immutable _accessManager;

    /// @dev Numbered from 1; the last is `Did.guardianships`.
    mapping(address identity => mapping(uint8 number => Guardianship)) private _guardianships;
    /// @dev By tenure, so that a mandate ends with the authority that gave it.
    mapping(address identity => mapping(uint256 tenure => mapping(address delegate => uint256 word))) private _mandates;

    constructor(IAuthority accessManager_) EIP712("Consilium Patients", "1") {
        _accessManager = accessManager_;
    }

    /* DID */

    /// @inheritdoc IPatientRegistry
    function changeOwnerBySignature(
        address identity,
        address newOwner,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes memory fields = abi.encode(PatientHash.CHANGE_OWNER, identity, newOwner);
        _useOwnerSignature(identity, fields, deadline, signature);

        _changeOwner(identity, newOwner);
    }

    /// @inheritdoc IPatientRegistry
    function addDelegateBySignature(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes memory fields = abi.encode(PatientHash.ADD_DELEGATE, identity, delegateType, delegate, validity);
        _useOwnerSignature(identity, fields, deadline, signature);

        _addDelegate(identity, delegateType, delegate, validity);
    }

    /// @inheritdoc IPatientRegistry
    function revokeDelegateBySignature(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes memory fields = abi.encode(PatientHash.REVOKE_DELEGATE, identity, delegateType, delegate);
        _useOwnerSignature(identity, fields, deadline, signature);

        _revokeDelegate(identity, delegateType, delegate);
    }

    /// @inheritdoc IPatientRegistry
    function setAttributeBySignature(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes memory fields = abi.encode(PatientHash.SET_ATTRIBUTE, identity, name, keccak256(value), validity);
        _useOwnerSignature(identity, fields, deadline, signature);

        _setAttribute(identity, name, value, validity);
    }

    /// @inheritdoc IPatientRegistry
    function revokeAttributeBySignature(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes memory fields = abi.encode(PatientHash.REVOKE_ATTRIBUTE, identity, name, keccak256(value));
        _useOwnerSignature(identity, fields, deadline, signature);

        _revokeAttribute(identity, name, value);
    }

    /* GUARDIANS AND MANDATES */

    /// @inheritdoc IPatientRegistry
    function appointGuardian(
        address identity,
        address guardian,
        address coGuardian,
        uint40 assentFrom,
        uint40 majority
    ) external {
        _checkOwner(identity, msg.sender);

        _appointGuardian(identity, guardian, coGuardian, assentFrom, majority);
    }

    /// @inheritdoc IPatientRegistry
    function appointGuardianBySignature(
        address identity,
        address guardian,
        address coGuardian,
        uint40 assentFrom,
        uint40 majority,
        uint256 deadline,
        bytes calldata signature
    ) external {
        _useOwnerSignature(
            identity,
            abi.encode(PatientHash.APPOINT_GUARDIAN, identity, guardian, coGuardian, assentFrom, majority),
            deadline,
            signature
        );

        _appointGuardian(identity, guardian, coGuardian, assentFrom, majority);
    }

    /// @inheritdoc IPatientRegistry
    function replaceGuardian(
        address identity,
        address guardian,
        address coGuardian,
        uint40 since,
        uint40 majority
    ) external {
        if (!_accessManager.canCall(msg.sender, address(this), msg.sig))
            revert IAccessManaged.AccessManagedUnauthorized(msg.sender);
        _liveOwner(identity);
        Guardianship memory last = guardianship(identity);
        uint40 from = SafeCast.toUint40(block.timestamp);
        // One that began in this very second could not be told from its successor.
        if (from >= last.majority || since != last.from || since == from) revert GuardianNotInForce(identity, since);
        if (majority <= from || majority > last.majority) revert PeriodInvalid(from, majority);

        uint40 assentFrom = last.assentFrom < majority ? last.assentFrom : majority;
        _setGuardian(identity, Guardianship(guardian, from, majority, coGuardian, assentFrom));
    }

    /// @inheritdoc IPatientRegistry
    function giveMandate(address identity, address delegate, uint256 mandate_) external {
        _giveMandate(identity, delegate, mandate_, msg.sender);
    }

    /// @inheritdoc IPatientRegistry
    function giveMandateBySignature(
        address identity,
        address delegate,
        uint256 mandate_,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external {
        bytes memory fields = abi.encode(PatientHash.GIVE_MANDATE, identity, delegate, mandate_);
        _useSignature(signer, fields, deadline, signature);

        _giveMandate(identity, delegate, mandate_, signer);
    }

    /// @inheritdoc IPatientRegistry
    function endMandate(address identity, address delegate) external {
        _endMandate(identity, delegate, msg.sender);
    }

    /// @inheritdoc IPatientRegistry
    function endMandateBySignature(
        address identity,
        address delegate,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external {
        _useSignature(signer, abi.encode(PatientHash.END_MANDATE, identity, delegate), deadline, signature);

        _endMandate(identity, delegate, signer);
    }

    /* VIEWS */

    /// @inheritdoc IPatientRegistry
    function authority(address identity, address actor) public view override returns (Authority kind, uint40 until) {
        Did storage did = _dids[identity];
        if (_isOwnerOfAge(did, identity, actor)) return (Authority.SELF, type(uint40).max);
        if (did.deactivated || actor == address(0)) return (Authority.NONE, 0);

        Guardianship memory last = _lastGuardianship(identity, did);
        bool isOwner = actor == _ownerOf(identity, did);
        until = _boundary(last);
        if (until == type(uint40).max) {
            if (isOwner) return (Authority.SELF, until);
        } else {
            bool isJoint = _isJoint(last);
            if (actor == last.guardian || actor == last.coGuardian || (isOwner && _isAssentNeeded(last)))
                return (isJoint ? Authority.JOINT : Authority.GUARDIAN, until);
            if (isOwner || isJoint) return (Authority.NONE, 0);
        }
        uint256 word = _mandates[identity][_tenure(did, last)][actor];
        if (block.timestamp < word.validFrom() || block.timestamp >= word.validUntil()) return (Authority.NONE, 0);
        return (Authority.DELEGATE, until < word.validUntil() ? until : word.validUntil());
    }

    /// @inheritdoc IPatientRegistry
    function jointSigners(address identity) external view returns (address[] memory signers, uint40 until) {
        Did storage did = _dids[identity];
        Guardianship memory last = _lastGuardianship(identity, did);
        if (did.deactivated || block.timestamp >= last.majority || !_isJoint(last)) return (signers, 0);
        bool isAssentNeeded = _isAssentNeeded(last);
        address owner = _ownerOf(identity, did);
        if (isAssentNeeded && (owner == last.guardian || owner == last.coGuardian)) return (signers, 0);

        uint256 guardians = last.coGuardian == address(0) ? 1 : 2;
        signers = new address[](isAssentNeeded ? guardians + 1 : guardians);
        signers[0] = last.guardian;
        if (guardians == 2) signers[1] = last.coGuardian;
        if (isAssentNeeded) signers[guardians] = owner;
        return (signers, _boundary(last));
    }

    /// @inheritdoc IPatientRegistry
    function isDeactivated(address identity) external view returns (bool) {
        return _dids[identity].deactivated;
    }

    /// @inheritdoc IPatientRegistry
    function areDeactivated(address[] calldata identities) external view returns (bool[] memory answers) {
        answers = new bool[](identities.length);
        for (uint256 i = 0; i < identities.length; ++i) answers[i] = _dids[identities[i]].deactivated;
    }

    /// @inheritdoc IPatientRegistry
    function guardianship(address identity) public view returns (Guardianship memory) {
        return _lastGuardianship(identity, _dids[identity]);
    }

    /// @inheritdoc IPatientRegistry
    function guardianAt(address identity, uint40 t) external view returns (address) {
        for (uint8 number = _dids[identity].guardianships; number != 0; --number) {
            Guardianship memory term = _guardianships[identity][number];
            if (t >= term.from) return t < term.majority ? term.guardian : address(0);
        }
        return address(0);
    }

    /// @inheritdoc IPatientRegistry
    function mandate(address identity, address delegate) external view returns (uint256) {
        return _mandates[identity][_tenureOf(identity)][delegate];
    }

    /// @inheritdoc IPatientRegistry
    function accessManager() external view returns (address) {
        return address(_accessManager);
    }

    /* INTERNAL */

    function _appointGuardian(
        address identity,
        address guardian,
        address coGuardian,
        uint40 assentFrom,
        uint40 majority
    ) private {
        Guardianship memory last = guardianship(identity);
        uint40 from = SafeCast.toUint40(block.timestamp);
        if (from < last.majority) revert GuardianInForce(identity, last.guardian, last.majority);
        if (majority <= from || majority - from > MAX_MINORITY) revert PeriodInvalid(from, majority);
        if (assentFrom > majority) revert PeriodInvalid(assentFrom, majority);

        _setGuardian(identity, Guardianship(guardian, from, majority, coGuardian, assentFrom));
    }

    function _setGuardian(address identity, Guardianship memory next) private {
        Did storage did = _dids[identity];
        address owner = identityOwner(identity);
        address guardian = next.guardian;
        address coGuardian = next.coGuardian;
        if (guardian == address(0) || guardian == owner || did.guardianships == type(uint8).max)
            revert GuardianInvalid(identity, guardian);
        if (coGuardian == guardian || coGuardian == owner) revert GuardianInvalid(identity, coGuardian);

        _guardianships[identity][++did.guardianships] = next;
        emit GuardianAppointed(identity, guardian, coGuardian, next.from, next.assentFrom, next.majority);
    }

    function _giveMandate(address identity, address delegate, uint256 word, address actor) private {
        _checkPrincipal(identity, actor);
        if (
            delegate == address(0) ||
            delegate == actor ||
            delegate == identityOwner(identity) ||
            word.validFrom() >= word.validUntil() ||
            word.validUntil() <= block.timestamp
        ) revert MandateInvalid(identity, delegate, word);

        _mandates[identity][_tenureOf(identity)][delegate] = word;
        emit MandateGiven(identity, delegate, word);
    }

    function _endMandate(address identity, address delegate, address actor) private {
        if (actor == delegate) _liveOwner(identity);
        else _checkPrincipal(identity, actor);
        uint256 tenure = _tenureOf(identity);
        if (_mandates[identity][tenure][delegate] == 0) revert MandateInvalid(identity, delegate, 0);

        delete _mandates[identity][tenure][delegate];
        emit MandateEnded(identity, delegate);
    }

    /// @dev The usual case of `authority`, by the slot's word as it is, since the compiler would unpack every field: the actor owns the
    /// identity, which is not deactivated and never had a guardian (the two highest bytes).
    function _isOwnerOfAge(Did storage did, address identity, address actor) private view returns (bool) {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(did.slot)
        }
        address owner = address(uint160(word));
        return word >> 240 == 0 && actor != address(0) && actor == (owner == address(0) ? identity : owner);
    }

    /// @dev Of the identity whose slot is `did`; without a guardian it reads no other.
    function _lastGuardianship(address identity, Did storage did) private view returns (Guardianship memory last) {
        uint8 count = did.guardianships;
        if (count != 0) last = _guardianships[identity][count];
    }

    /// @dev First second at which who has authority changes by itself; the maximum for a patient of age.
    function _boundary(Guardianship memory last) private view returns (uint40) {
        if (block.timestamp >= last.majority) return type(uint40).max;
        return _isAssentNeeded(last) ? last.majority : last.assentFrom;
    }

    function _isAssentNeeded(Guardianship memory last) private view returns (bool) {
        return block.timestamp >= last.assentFrom;
    }

    /// @dev Of a guardianship in force: whether several have authority only together.
    function _isJoint(Guardianship memory last) private view returns (bool) {
        return last.coGuardian != address(0) || _isAssentNeeded(last);
    }

    function _tenureOf(address identity) private view returns (uint256) {
        Did storage did = _dids[identity];
        return _tenure(did, _lastGuardianship(identity, did));
    }

    /// @dev Tells apart the spans during which the same have authority: under each guardianship before and from the age of assent, and after it.
    /// @param last The identity's last guardianship.
    function _tenure(Did storage did, Guardianship memory last) private view returns (uint256) {
        uint256 span =
            block.timestamp >= last.majority
                ? 0
                : _isAssentNeeded(last)
                    ? 2
                    : 1;
        return 3 * uint256(did.guardianships) + span;
    }
}
