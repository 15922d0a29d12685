// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {InstitutionId, StudyId} from "../common/Types.sol";

/// @title IStudyRegistry
/// @notice Studies and their dual review by ethics and legal reviewers.
/// @dev A study's id is keccak256(abi.encode(sponsor, protocolHash)), so nobody can register another's protocol first. Each amendment is a
/// new version that needs both reviews again.
interface IStudyRegistry {
    enum ReviewKind {
        ETHICS,
        LEGAL
    }

    enum ReviewVerdict {
        NONE,
        APPROVED,
        REJECTED,
        EXEMPT
    }

    struct StudyTerms {
        /// Salted hash of the protocol, kept off-chain.
        bytes32 protocolHash;
        /// A policy word: purposes, DUO uses, categories, level, validity, minimum de-identification; its modifiers are the
        /// conditions that the study commits itself to (NCU, COL, PUB, MOR, RTN, GSO, RS; others count for nothing).
        uint256 scope;
        /// Categories of level 3 it may use, as a mask of category bits shifted down by 80.
        uint16 coreCategories;
        /// Most grants of a subject; 0: no cap.
        uint32 subjectCap;
        /// Whether it runs in the regulator's sandbox, within tighter limits.
        bool sandbox;
        /// Filing of human genetic resources; required for genomics (category 89).
        bytes32 filingHash;
        /// Institutions besides the sponsor that may request for it, at most 32.
        InstitutionId[] collaborators;
        /// Disease codes with their system, e.g. "ICD10:E11"; for readers, at most 32 codes of at most 32 bytes.
        string[] diseaseCodes;
    }

    /// @dev Two slots.
    struct Study {
        InstitutionId sponsor;
        uint16 version;
        uint16 coreCategories;
        uint32 subjectCap;
        bool sandbox;
        bool hasFiling;
        bool closed;
        uint256 scope;
    }

    /// @dev Half a slot.
    struct Review {
        ReviewVerdict verdict;
        uint40 reviewedAt;
        uint40 validUntil;
    }

    error StudyUnknown(StudyId study);
    error StudyExists(StudyId study);
    error StudyAlreadyClosed(StudyId study);
    error StudyScopeInvalid(uint256 scope);
    error StudyTermsInvalid(bytes32 protocolHash);
    error StudyVersionStale(StudyId study, uint16 version, uint16 current);
    error StudySponsorOnly(StudyId study, InstitutionId sponsor, InstitutionId caller);
    error ReviewConflict(StudyId study, InstitutionId reviewer);
    error ReviewVerdictInvalid();
    error SandboxLimitExceeded(uint32 subjectCap, uint256 duration);

    event StudyRegistered(
        StudyId indexed study,
        InstitutionId indexed sponsor,
        uint16 version,
        StudyTerms terms,
        address by
    );
    event StudyReviewed(
        StudyId indexed study,
        uint16 version,
        ReviewKind kind,
        ReviewVerdict verdict,
        uint40 validUntil,
        bytes32 reasonHash,
        InstitutionId reviewer,
        address indexed by
    );
    event StudyClosed(StudyId indexed study, bytes32 reasonHash, address by);
    event SandboxLimitsChanged(uint32 maxSubjects, uint40 maxDuration, address by);

    /// @notice Registers a study. The caller is a RESEARCHER agent in standing; its institution is the sponsor.
    /// @dev Reverts: AgentNotPermitted, ZeroHash, StudyExists, StudyScopeInvalid (no purpose, no category, no end), StudyTermsInvalid (too many
    /// collaborators or codes, an empty one, core categories outside the scope), SandboxLimitExceeded, PeriodInvalid.
    function register(StudyTerms calldata terms) external returns (StudyId study);

    /// @notice Replaces the terms; the new version needs both reviews. The caller is a RESEARCHER agent of the sponsor.
    /// @dev `terms.protocolHash` is the new protocol's; the id stays. Reverts as `register`, and StudyUnknown, StudyAlreadyClosed,
    /// StudySponsorOnly.
    function amend(StudyId study, StudyTerms calldata terms) external;

    /// @notice Reviews a version. The caller is an ETHICS_REVIEWER or LEGAL_REVIEWER agent of an institution that is not a party to it.
    /// @dev A later review of the same kind replaces the earlier one. `version` guards against an amendment in between.
    /// An exempt study passes without being approved: IRB is then no fact. A rejection's `validUntil` is free.
    /// @dev Reverts: AgentNotPermitted, StudyUnknown, StudyAlreadyClosed, StudyVersionStale, ReviewConflict, ReviewVerdictInvalid, PeriodInvalid.
    function review(
        StudyId study,
        uint16 version,
        ReviewKind kind,
        ReviewVerdict verdict,
        uint40 validUntil,
        bytes32 reasonHash
    ) external;

    /// @notice Ends a study for ever. The caller is a RESEARCHER agent of the sponsor.
    /// @dev Reverts: AgentNotPermitted, StudyUnknown, StudyAlreadyClosed, StudySponsorOnly.
    function close(StudyId study, bytes32 reasonHash) external;

    /// @notice Sets the sandbox's limits for studies registered or amended from now on; both are 0 at first, so that there is none.
    /// @dev Restricted.
    /// @param maxSubjects Highest cap on subjects; a sandbox study must have a cap.
    /// @param maxDuration Longest validity of the scope, seconds.
    function setSandboxLimits(uint32 maxSubjects, uint40 maxDuration) external;

    /// @notice Holds a request against a study, now.
    /// @param institution The requester's.
    /// @param word The request's policy word.
    /// @return failed Mask of FailedCheck study bits. Purposes, DUO uses and categories must lie within the scope.
    /// @return facts DUO use atoms and modifiers that hold for a request under this study (IRB among them if ethics approved it,
    /// and only then).
    /// @return coreCategories Categories of level 3 that the study names.
    /// @return subjectCap Most grants of a subject; 0: no cap.
    function check(
        StudyId study,
        InstitutionId institution,
        uint256 word
    ) external view returns (uint256 failed, uint256 facts, uint16 coreCategories, uint32 subjectCap);

    /// @notice Whether both reviews and the study's own dates held at second `t`, by what was decided up to and including it.
    function approvedAt(StudyId study, uint40 t) external view returns (bool);

    /// @notice The study as it stands; all zero if unknown.
    function study(StudyId study) external view returns (Study memory);

    /// @notice The review in force or last given for the present version; all zero if none.
    function reviewOf(StudyId study, ReviewKind kind) external view returns (Review memory);

    /// @notice Whether the institution is the sponsor or a collaborator of the present version.
    function isParty(StudyId study, InstitutionId institution) external view returns (bool);

    /// @notice The sandbox's limits.
    function sandboxLimits() external view returns (uint32 maxSubjects, uint40 maxDuration);

    /// @notice The id of a sponsor's study by its first protocol.
    function studyId(InstitutionId sponsor, bytes32 protocolHash) external pure returns (StudyId);
}
