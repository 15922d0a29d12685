// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Authority, ConsentId, InstitutionId, StudyId} from "../common/Types.sol";

/// @title IConsentRegistry
/// @notice Consents of patients: signed terms whose hash is the id. One storage slot each.
/// @dev An id lives once: its end is final, so a signed consent cannot be replayed. `withdrawAll` ends the patient's consent
/// epoch with one write; terms name the epoch they belong to, so a signature not yet relayed ends with it too.
interface IConsentRegistry {
    enum Status {
        NONE,
        GIVEN,
        RENEWED,
        WITHDRAWN,
        REVOKED,
        INVALIDATED,
        REFUSED
    }

    /// @dev What no decision needs; enters the terms by its EIP-712 hash.
    struct Details {
        /// Hash of parameters that the gateway enforces; 0: none.
        bytes32 parameters;
        /// Hash of the notice shown to the patient (ISO/IEC TS 27560).
        bytes32 notice;
        /// The consent that this one renews; 0: none.
        ConsentId previous;
        /// Random, so that equal terms are different consents.
        uint256 salt;
    }

    struct Terms {
        address patient;
        /// The only institution that may use it; 0: any that the policy's recipient kinds admit.
        InstitutionId institution;
        /// The only wallet that may use it; zero: any.
        address agent;
        /// The only study; 0: any.
        StudyId study;
        /// See PolicyWord.
        uint256 policy;
        /// `epochOf(patient)` at the time of signing.
        uint8 epoch;
        /// EIP-712 hash of the Details.
        bytes32 details;
    }

    struct SignedConsent {
        Terms terms;
        Details details;
        address signer;
        uint256 deadline;
        bytes signature;
    }

    /// @dev One slot.
    struct Consent {
        address patient;
        /// First second in force.
        uint40 from;
        /// First second no longer in force, by its terms or its end.
        uint40 until;
        uint8 epoch;
        Status status;
    }

    /// @dev What a consent is held against.
    struct Use {
        address requester;
        InstitutionId institution;
        StudyId study;
        /// The request's policy word with the facts that contracts set.
        uint256 word;
    }

    error ConsentExists(ConsentId consent, Status status);
    error ConsentUnknown(ConsentId consent);
    error ConsentEnded(ConsentId consent, Status status);
    error ConsentPolicyInvalid(ConsentId consent, uint256 policy);
    error ConsentDetailsInvalid(ConsentId consent, bytes32 details);
    error ConsentSignersInvalid(ConsentId consent, uint256 signers, uint256 signatures);
    error ConsentAuthorityFlag(ConsentId consent, Authority authority);
    error DelegateNotPermitted(address patient, address delegate);
    error ConsentBeyondMandate(ConsentId consent, uint256 mandate);
    error ConsentEpochInvalid(address patient, uint8 epoch, uint8 current);
    error ConsentPreviousInvalid(ConsentId consent, ConsentId previous);
    error ConsentsExhausted(address patient);

    /// @dev `previous` other than 0 makes it a renewal. In force from the later of the block's time and the policy's start.
    event ConsentGiven(
        ConsentId indexed consent,
        address indexed patient,
        InstitutionId indexed institution,
        address agent,
        StudyId study,
        uint256 policy,
        uint8 epoch,
        uint40 until,
        Details details,
        address actor
    );
    event ConsentRefused(ConsentId indexed consent, address indexed patient, Terms terms, address actor);
    event ConsentWithdrawn(ConsentId indexed consent, address indexed patient, address actor);
    event ConsentRevoked(ConsentId indexed consent, address indexed patient, bytes32 reasonHash, address actor);
    event ConsentInvalidated(ConsentId indexed consent, address indexed patient, bytes32 reasonHash, address actor);
    /// @dev Ends every consent of the patient with this epoch.
    event AllConsentsWithdrawn(address indexed patient, uint8 epoch, address actor);

    /// @notice Gives a consent. The caller has authority over the patient's consents.
    /// @dev A guardian's terms carry flag 245 and end at the age of assent or with majority at the latest, a delegate's carry flag 246, lie within the
    /// mandate and end with its period, also where the mandate is ended early; the patient's own carry neither. A delegate acts as long as
    /// it is an agent, in any role, of a member of the kind DATA_TRUST in standing.
    /// @dev Reverts: NoAuthority, ConsentExists, ConsentPolicyInvalid (not well-formed, see PolicyWord, or over already), ConsentDetailsInvalid (hash differs),
    /// ConsentAuthorityFlag, DelegateNotPermitted, ConsentBeyondMandate, ConsentEpochInvalid, ConsentPreviousInvalid (of another patient, or unknown).
    function give(Terms calldata terms, Details calldata details) external returns (ConsentId consent);

    /// @notice The same, signed by `signer` and relayed by anyone.
    /// @dev EIP-712: GiveConsent(Consent consent,uint256 deadline). Reverts also: SignatureExpired, SignatureInvalid.
    function giveBySignature(SignedConsent calldata signed) external returns (ConsentId consent);

    /// @notice The same for many patients; one bad entry reverts all, and the error names it.
    function giveMany(SignedConsent[] calldata signed) external;

    /// @notice Gives a minor's consent where several must agree: two guardians, or guardian and minor. Sent by anyone.
    /// @dev The signers are `IPatientRegistry.jointSigners` at this second, in that order; each signs GiveConsent, as for `giveBySignature`,
    /// but for the caller, whose entry is left empty. The terms carry flag 245. The consent ends with the joint authority at the latest.
    /// @dev Reverts as `give`, and: NoAuthority (one acts alone, or nobody can), ConsentSignersInvalid, SignatureExpired, SignatureInvalid.
    function giveJointly(
        Terms calldata terms,
        Details calldata details,
        uint256 deadline,
        bytes[] calldata signatures
    ) external returns (ConsentId consent);

    /// @notice Ends a consent at once. The caller has SELF, GUARDIAN or JOINT authority.
    /// @dev Reverts: ConsentUnknown, ConsentEnded, NoAuthority.
    function withdraw(ConsentId consent) external;

    /// @dev EIP-712: WithdrawConsent(bytes32 consent,uint256 deadline).
    function withdrawBySignature(
        ConsentId consent,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Ends a consent whose terms lie within the caller's mandate. The caller has DELEGATE authority.
    /// @dev Reverts: ConsentUnknown, ConsentEnded, NoAuthority, DelegateNotPermitted, ConsentBeyondMandate.
    function withdrawAsDelegate(Terms calldata terms) external;

    /// @notice Ends all consents of the patient, and all signatures not yet relayed, with one write.
    /// @dev The caller has SELF, GUARDIAN or JOINT authority. Reverts: NoAuthority, ConsentsExhausted (after 255 times no consent can be left).
    function withdrawAll(address patient) external;

    /// @dev EIP-712: WithdrawAllConsents(address patient,uint8 epoch,uint256 deadline); the epoch makes it work once.
    function withdrawAllBySignature(
        address patient,
        uint8 epoch,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Puts a refusal on record; these terms can never be given, whoever holds a signature of them.
    /// @dev The caller has authority; a delegate refuses only what lies within its mandate. Reverts: NoAuthority, ConsentExists,
    /// DelegateNotPermitted, ConsentBeyondMandate.
    function refuse(Terms calldata terms) external returns (ConsentId consent);

    /// @dev EIP-712: RefuseConsent(Consent consent,uint256 deadline).
    function refuseBySignature(
        Terms calldata terms,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external returns (ConsentId consent);

    /// @notice Ends a consent at once for a cause outside the patient's side.
    /// @dev Restricted. Reverts: ConsentUnknown, ConsentEnded.
    function revoke(ConsentId consent, bytes32 reasonHash) external;

    /// @notice Declares that a consent never was valid; it counts as in force at no time.
    /// @dev Restricted. Reverts: ConsentUnknown, and ConsentEnded if invalidated or refused already.
    function invalidate(ConsentId consent, bytes32 reasonHash) external;

    /// @notice Whether the consent authorised at second `t`, by all that is known now.
    function isInForce(ConsentId consent, uint40 t) external view returns (bool);

    /// @notice Holds terms against a use, now.
    /// @return failed Mask of FailedCheck consent bits; 0 if they authorise it.
    function check(Terms calldata terms, Use calldata use) external view returns (uint256 failed);

    /// @notice The same for many terms.
    function checkMany(Terms[] calldata terms, Use calldata use) external view returns (uint256[] memory failed);

    /// @notice The state kept of a consent; all zero if unknown. `until` does not tell of `withdrawAll`: ask `isInForce`.
    function consent(ConsentId consent) external view returns (Consent memory);

    /// @notice The patient's consent epoch, to be named in new terms.
    function epochOf(address patient) external view returns (uint8);

    function consentId(Terms calldata terms) external pure returns (ConsentId);

    function detailsHash(Details calldata details) external pure returns (bytes32);
}
