// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {AccessHash} from "../access/AccessHash.sol";
import {CohortMember} from "../access/AccessTypes.sol";
import {IAccessBroker} from "../access/IAccessBroker.sol";
import {NoAuthority, PatientUnreachable, ZeroAddress} from "../common/Errors.sol";
import {Signed} from "../common/Signed.sol";
import {Authority, InstitutionId, NO_INSTITUTION, RequestId} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {IHealthPoints} from "./IHealthPoints.sol";

/// @title HealthPoints
/// @notice See IHealthPoints.
contract HealthPoints is IHealthPoints, AccessManaged, Signed {
    /// @dev One slot.
    struct Account {
        uint192 held;
        uint64 nonce;
    }

    bytes32 private constant REDEEM = keccak256(
        "RedeemPoints(address patient,uint32 institution,uint256 points,bytes32 referenceHash,uint256 nonce,uint256 deadline)"
    );

    IAccessBroker private immutable _broker;
    IInstitutionRegistry private immutable _institutions;
    IPatientRegistry private immutable _patients;

    uint64 private _reward;
    /// @dev 2^192 / 2^64 claims would be needed for an overflow.
    uint192 private _minted;
    uint192 private _redeemed;

    mapping(address patient => Account) private _accounts;
    mapping(RequestId grant => mapping(bytes32 memberLeaf => bool)) private _claimed;

    constructor(
        address authority_,
        IAccessBroker broker,
        IInstitutionRegistry institutions,
        IPatientRegistry patients,
        uint64 reward_
    ) AccessManaged(authority_) EIP712("Consilium Points", "1") {
        if (address(broker) == address(0) || address(institutions) == address(0) || address(patients) == address(0)) {
            revert ZeroAddress();
        }

        _broker = broker;
        _institutions = institutions;
        _patients = patients;
        _setReward(reward_);
    }

    /// @inheritdoc IHealthPoints
    function setReward(uint64 reward_) external restricted {
        _setReward(reward_);
    }

    /// @inheritdoc IHealthPoints
    function claim(RequestId grant, CohortMember calldata member, bytes32[] calldata proof) external {
        bytes32 leaf = AccessHash.member(member);
        if (!_broker.isMember(grant, member, proof)) revert IAccessBroker.MemberNotInGrant(grant, member.record);
        if (_broker.deliveredBy(grant, leaf) == NO_INSTITUTION) revert RecordNotUsed(grant, member.record);
        if (_claimed[grant][leaf]) revert PointsClaimed(grant, member.record);
        if (_patients.isDeactivated(member.patient)) revert PatientUnreachable(member.patient);

        _claimed[grant][leaf] = true;
        uint64 points = _reward;
        uint192 held = _accounts[member.patient].held + points;
        _accounts[member.patient].held = held;
        _minted += points;

        emit PointsMinted(grant, member.patient, member.batch, member.record, points, held);
    }

    /// @inheritdoc IHealthPoints
    function redeem(address patient, InstitutionId institution, uint256 points, bytes32 referenceHash) external {
        _redeem(patient, institution, points, referenceHash, msg.sender);
    }

    /// @inheritdoc IHealthPoints
    function redeemBySignature(
        address patient,
        InstitutionId institution,
        uint256 points,
        bytes32 referenceHash,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external {
        uint64 nonce = _accounts[patient].nonce;
        bytes32 structHash = keccak256(
            abi.encode(REDEEM, patient, institution, points, referenceHash, nonce, deadline)
        );
        _requireSignature(signer, structHash, deadline, signature);
        _redeem(patient, institution, points, referenceHash, signer);
    }

    /* VIEWS */

    /// @inheritdoc IHealthPoints
    function balanceOf(address patient) external view returns (uint256) {
        return _accounts[patient].held;
    }

    /// @inheritdoc IHealthPoints
    function nonceOf(address patient) external view returns (uint64) {
        return _accounts[patient].nonce;
    }

    /// @inheritdoc IHealthPoints
    function reward() external view returns (uint64) {
        return _reward;
    }

    /// @inheritdoc IHealthPoints
    function totalMinted() external view returns (uint256) {
        return _minted;
    }

    /// @inheritdoc IHealthPoints
    function totalRedeemed() external view returns (uint256) {
        return _redeemed;
    }

    /// @inheritdoc IHealthPoints
    function isClaimed(RequestId grant, bytes32 leaf) external view returns (bool) {
        return _claimed[grant][leaf];
    }

    /* PRIVATE */

    function _setReward(uint64 reward_) private {
        if (reward_ == 0) revert RewardInvalid(reward_);

        _reward = reward_;

        emit RewardChanged(reward_, msg.sender);
    }

    function _redeem(
        address patient,
        InstitutionId institution,
        uint256 points,
        bytes32 referenceHash,
        address by
    ) private {
        (Authority kind, ) = _patients.authority(patient, by);
        if (!kind.isPrincipal()) revert NoAuthority(patient, by);
        if (!_institutions.isInStanding(institution)) revert RedeemerInvalid(institution);
        Account memory account = _accounts[patient];
        if (points == 0 || points > account.held) revert PointsInvalid(patient, points, account.held);

        // At most what is held, which has 192 bits.
        uint192 spent = uint192(points);
        account.held -= spent;
        ++account.nonce;
        _accounts[patient] = account;
        _redeemed += spent;

        emit PointsRedeemed(patient, institution, points, account.held, referenceHash, by);
    }
}
