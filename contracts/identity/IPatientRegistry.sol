// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Authority} from "../common/Types.sol";
import {IERC1056} from "./IERC1056.sol";

/// @title IPatientRegistry
/// @notice DIDs of patients (did:ethr, ERC-1056), with EIP-712 forms of every act, guardians of minors, mandates of data
/// trusts, addresses for revenue, and recovery by helpers.
/// @dev Signed forms use the nonce of the signer that ERC-1056 defines, the signer being the identity's owner, and accept
/// ERC-1271 wallets. Times are unix seconds.
interface IPatientRegistry is IERC1056 {
    /// @dev Two slots.
    struct Guardianship {
        address guardian;
        uint40 from;
        /// The date of majority: first second at which the patient acts alone.
        uint40 majority;
        /// The second guardian; zero: none. Two give only together.
        address coGuardian;
        /// First second from which nothing is given without the minor's own assent; `majority` if there is no such age.
        uint40 assentFrom;
    }

    /// @dev Two slots.
    struct Payout {
        address to;
        /// Who chose. The choice holds while this is the patient or the guardian.
        address by;
    }

    /// @dev Passed in whole each time; the chain keeps its hash.
    struct RecoverySetup {
        /// Strictly ascending.
        address[] helpers;
        uint8 threshold;
        /// Seconds between start and finish, during which the owner can cancel.
        uint40 delay;
    }

    error NotIdentityOwner(address identity, address actor);
    error IdentityDeactivated(address identity);
    error ValidityInvalid(address identity, uint256 validity);
    error GuardianInForce(address identity, address guardian, uint40 majority);
    error GuardianInvalid(address identity, address guardian);
    error GuardianNotInForce(address identity, uint40 since);
    error MandateInvalid(address identity, address delegate, uint256 mandate);
    error RecoverySetupInvalid(address identity);
    error RecoverySetupUnknown(address identity);
    error RecoveryOwnerInvalid(address identity, address newOwner);
    error RecoverySignersInvalid(address identity, uint256 signers, uint256 signatures);
    error RecoveryInProgress(address identity);
    error RecoveryNotStarted(address identity);
    error RecoveryTooEarly(address identity, uint40 readyAt);

    /// @dev Also where a guardian is replaced: the guardianship before ends with this one's first second.
    event GuardianAppointed(
        address indexed identity,
        address indexed guardian,
        address coGuardian,
        uint40 from,
        uint40 assentFrom,
        uint40 majority
    );
    event MandateGiven(address indexed identity, address indexed delegate, uint256 mandate);
    event MandateEnded(address indexed identity, address indexed delegate);
    event PayoutChanged(address indexed identity, address to, address indexed by);
    event RecoverySetupChanged(address indexed identity, bytes32 setupHash, uint40 from);
    event RecoveryStarted(address indexed identity, address indexed newOwner, uint40 readyAt);
    event RecoveryCancelled(address indexed identity, address indexed newOwner);
    event RecoveryFinished(address indexed identity, address indexed newOwner);

    /// @notice EIP-712 twins of the ERC-1056 acts.
    /// @dev Each reverts: SignatureExpired, SignatureInvalid, IdentityDeactivated, and what its direct form reverts with.
    function changeOwnerBySignature(
        address identity,
        address newOwner,
        uint256 deadline,
        bytes calldata signature
    ) external;

    function addDelegateBySignature(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 validity,
        uint256 deadline,
        bytes calldata signature
    ) external;

    function revokeDelegateBySignature(
        address identity,
        bytes32 delegateType,
        address delegate,
        uint256 deadline,
        bytes calldata signature
    ) external;

    function setAttributeBySignature(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 validity,
        uint256 deadline,
        bytes calldata signature
    ) external;

    function revokeAttributeBySignature(
        address identity,
        bytes32 name,
        bytes calldata value,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Puts a minor's consents into a guardian's hands, or two guardians', until the date of majority.
    /// @dev The caller owns the identity; only while no guardian is in force. Before `assentFrom` the guardian alone has authority over
    /// consents, or the two together; from then until `majority` they and the minor together; from that second the patient alone.
    /// @dev Reverts: NotIdentityOwner, GuardianInForce, GuardianInvalid (zero, the owner, the same twice, or one more than 255 in all),
    /// PeriodInvalid (majority passed, more than 21 years off, or before `assentFrom`).
    /// @param coGuardian Second guardian; zero: none.
    /// @param assentFrom The second from which the minor's own assent is needed; it may have passed. `majority`: no such age.
    function appointGuardian(
        address identity,
        address guardian,
        address coGuardian,
        uint40 assentFrom,
        uint40 majority
    ) external;

    function appointGuardianBySignature(
        address identity,
        address guardian,
        address coGuardian,
        uint40 assentFrom,
        uint40 majority,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Replaces the guardian in force by order of a court. What the former one gave stays until it is withdrawn or over; mandates
    /// end. The age of assent stays.
    /// @dev Restricted, see GuardianOrders. Reverts: AccessManagedUnauthorized, IdentityDeactivated, GuardianNotInForce (none is in force, or
    /// not the one since then), GuardianInvalid, PeriodInvalid (majority passed, or later than it was).
    /// @param since First second of the guardianship to be replaced.
    function replaceGuardian(
        address identity,
        address guardian,
        address coGuardian,
        uint40 since,
        uint40 majority
    ) external;

    /// @notice Lets a delegate (a data trust) give and withdraw consents that lie within `mandate`, a policy word whose
    /// valid-from and valid-until bound it in time. A second call replaces the mandate. ConsentRegistry heeds it while the
    /// delegate is an agent of a data trust in standing.
    /// @dev It ends with the authority that gave it: when a guardian is appointed or replaced, at the age of assent, and at majority. There is
    /// none while several have authority only together.
    /// @dev The caller has SELF or GUARDIAN authority. Reverts: NotIdentityOwner, MandateInvalid (no end, over already, never valid, or
    /// the delegate is zero, the caller or the owner).
    function giveMandate(address identity, address delegate, uint256 mandate) external;

    function giveMandateBySignature(
        address identity,
        address delegate,
        uint256 mandate,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Ends a mandate at once.
    /// @dev The caller has SELF or GUARDIAN authority, or is the delegate. Reverts: NotIdentityOwner, MandateInvalid if there is none.
    function endMandate(address identity, address delegate) external;

    function endMandateBySignature(
        address identity,
        address delegate,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Chooses where the patient's revenue goes; the zero address is the DID's owner again.
    /// @dev The caller has SELF or GUARDIAN authority; its choice uses up its nonce. A choice counts only while the chooser has that authority:
    /// not after majority, nor under a new guardian or owner. The patient health fund as address donates all that is claimed from then on.
    /// @dev Reverts: NotIdentityOwner, IdentityDeactivated.
    function setPayout(address identity, address to) external;

    /// @param signer Whose nonce is used.
    function setPayoutBySignature(
        address identity,
        address to,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Names the helpers who together can hand the identity to a new owner.
    /// @dev The caller owns the identity. The first setup holds at once, a change after the delay of the setup in force, so
    /// that a thief of the owner key cannot shut the helpers out unnoticed. A change also drops a change still waiting, and so does
    /// a hand-over that began while it waited, once finished.
    /// @dev Reverts: NotIdentityOwner, RecoverySetupInvalid (threshold 0 or above the number of helpers, helpers not ascending, zero, more
    /// than 16, the owner among them, delay under a day or over 60 days), RecoveryInProgress.
    function setRecovery(address identity, RecoverySetup calldata setup) external;

    function setRecoveryBySignature(
        address identity,
        RecoverySetup calldata setup,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Starts the hand-over, signed by at least `threshold` helpers, in their order.
    /// @dev Anyone may call. Reverts: RecoverySetupUnknown, RecoveryOwnerInvalid (zero or the present owner), RecoveryInProgress,
    /// RecoverySignersInvalid (fewer than the threshold, or not one signature each), SignatureExpired, SignatureInvalid,
    /// IdentityDeactivated.
    /// @param signers Ascending subset of the helpers.
    /// @param signatures EIP-712 signatures of `Recover(address identity,address newOwner,uint256 nonce,uint256 deadline)`, where nonce
    /// is `recoveryNonce(identity)`.
    function startRecovery(
        address identity,
        address newOwner,
        RecoverySetup calldata setup,
        address[] calldata signers,
        uint256 deadline,
        bytes[] calldata signatures
    ) external;

    /// @notice Stops a hand-over. The caller owns the identity.
    /// @dev Reverts: NotIdentityOwner, RecoveryNotStarted.
    function cancelRecovery(address identity) external;

    function cancelRecoveryBySignature(address identity, uint256 deadline, bytes calldata signature) external;

    /// @notice Completes the hand-over once the delay is over. Anyone may call.
    /// @dev Reverts: RecoveryNotStarted, RecoveryTooEarly, IdentityDeactivated.
    function finishRecovery(address identity) external;

    /// @notice On whose behalf the actor may decide over the patient's consents now, and until when.
    /// @return kind NONE once the identity is deactivated.
    /// @return until First second at which this authority is over; the maximum for SELF.
    function authority(address identity, address actor) external view returns (Authority kind, uint40 until);

    /// @notice Who must all agree for a consent to be given now, where no one has authority alone: the guardians, and from the age of assent
    /// the minor.
    /// @return signers Empty where one has authority alone or nobody has, as when a guardian is the minor's own wallet.
    /// @return until First second at which it is over.
    function jointSigners(address identity) external view returns (address[] memory signers, uint40 until);

    /// @notice Whether the identity has been deactivated.
    function isDeactivated(address identity) external view returns (bool);

    /// @notice For each identity, whether it has been deactivated.
    function areDeactivated(address[] calldata identities) external view returns (bool[] memory);

    /// @notice The guardianship last appointed; all zero if none.
    function guardianship(address identity) external view returns (Guardianship memory);

    /// @notice The guardian in force at second `t`, the first of two; zero if none.
    function guardianAt(address identity, uint40 t) external view returns (address);

    /// @notice The delegate's mandate from whoever has authority now; zero if none. It may be over.
    function mandate(address identity, address delegate) external view returns (uint256);

    /// @notice Where the patient's side chose last that revenue goes; all zero if it never did.
    function payout(address identity) external view returns (Payout memory);

    /// @notice Where the patient's revenue goes now; zero if the identity is deactivated.
    function payoutAddress(address identity) external view returns (address);

    /// @notice Hash of the recovery setup in force now; zero if none.
    function recoverySetup(address identity) external view returns (bytes32);

    /// @notice The hand-over under way: its new owner (zero if none) and the second from which it can be finished.
    function recovery(address identity) external view returns (address newOwner, uint40 readyAt);

    function recoveryNonce(address identity) external view returns (uint256);

    /// @notice The AccessManager that says who may replace guardians; never another.
    function accessManager() external view returns (address);
}
