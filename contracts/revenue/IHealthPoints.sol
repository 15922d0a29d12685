// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {CohortMember} from "../access/AccessTypes.sol";
import {BatchId, InstitutionId, RequestId} from "../common/Types.sol";

/// @title IHealthPoints
/// @notice Points for patients whose data was used, which they redeem at members. Points belong to a DID and move nowhere.
/// @dev minted = held + redeemed, always.
interface IHealthPoints {
    error RewardInvalid(uint64 reward);
    error PointsClaimed(RequestId grant, bytes32 record);
    error RecordNotUsed(RequestId grant, bytes32 record);
    error PointsInvalid(address patient, uint256 points, uint256 held);
    error RedeemerInvalid(InstitutionId institution);

    event RewardChanged(uint64 reward, address by);
    event PointsMinted(
        RequestId indexed grant,
        address indexed patient,
        BatchId batch,
        bytes32 record,
        uint256 points,
        uint256 held
    );
    event PointsRedeemed(
        address indexed patient,
        InstitutionId indexed institution,
        uint256 points,
        uint256 held,
        bytes32 referenceHash,
        address indexed by
    );

    /// @notice Sets the points for each record used, for claims from now on.
    /// @dev Restricted. Reverts: RewardInvalid (0).
    function setReward(uint64 reward) external;

    /// @notice Gives a patient the points for a granted record that was delivered, once. Anyone may call, with the member's proof.
    /// @dev Reverts: MemberNotInGrant, RecordNotUsed (no delivery is logged), PointsClaimed, PatientUnreachable (deactivated).
    function claim(RequestId grant, CohortMember calldata member, bytes32[] calldata proof) external;

    /// @notice Spends points at a member in standing, which gives something for them. The caller is the patient or the guardian.
    /// @param referenceHash Salted hash of what is given for them.
    /// @dev Reverts: NoAuthority, PointsInvalid (0, or more than held), RedeemerInvalid.
    function redeem(address patient, InstitutionId institution, uint256 points, bytes32 referenceHash) external;

    /// @notice As `redeem`, by signature; the member sends it, or anyone.
    /// @dev RedeemPoints(address patient,uint32 institution,uint256 points,bytes32 referenceHash,uint256 nonce,uint256 deadline) by `signer`,
    /// with the patient's `nonceOf`.
    /// @dev Reverts: SignatureExpired, SignatureInvalid, and as `redeem`.
    function redeemBySignature(
        address patient,
        InstitutionId institution,
        uint256 points,
        bytes32 referenceHash,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice The points that a patient holds.
    function balanceOf(address patient) external view returns (uint256);

    /// @notice How often a patient has redeemed.
    function nonceOf(address patient) external view returns (uint64);

    /// @notice Points for each record used.
    function reward() external view returns (uint64);

    /// @notice All points ever given.
    function totalMinted() external view returns (uint256);

    /// @notice All points ever redeemed.
    function totalRedeemed() external view returns (uint256);

    /// @notice Whether the points of a granted record were given.
    function isClaimed(RequestId grant, bytes32 leaf) external view returns (bool);
}
