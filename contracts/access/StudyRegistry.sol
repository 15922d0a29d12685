// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {PeriodInvalid, ZeroAddress, ZeroHash} from "../common/Errors.sol";
import {FailedCheck} from "../common/FailedCheck.sol";
import {AgentRole, InstitutionId, NO_INSTITUTION, StudyId} from "../common/Types.sol";
import {PolicyWord} from "../consent/PolicyWord.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IStudyRegistry} from "./IStudyRegistry.sol";

/// @title StudyRegistry
/// @notice See IStudyRegistry.
contract StudyRegistry is IStudyRegistry, AccessManaged {
    using Checkpoints for Checkpoints.Trace208;
    using PolicyWord for uint256;

    /// @dev One slot, both reviews of the present version.
    struct Reviews {
        ReviewVerdict ethics;
        uint40 ethicsAt;
        uint40 ethicsUntil;
        ReviewVerdict legal;
        uint40 legalAt;
        uint40 legalUntil;
    }

    /* CONSTANTS, IMMUTABLES, STORAGE */

    uint256 private constant MAX_COLLABORATORS = 32;
    uint256 private constant MAX_CODES = 32;
    uint256 private constant MAX_CODE_LENGTH = 32;

    /// @dev What a request must be a subset of.
    uint256 private constant SCOPE = PolicyWord.PURPOSES | PolicyWord.DUO_USES | PolicyWord.CATEGORIES;
    /// @dev Modifiers that a sponsor can promise: NCU, COL, PUB, MOR, RTN, GSO, RS. All others are facts that contracts set.
    uint256 private constant COMMITMENTS = PolicyWord.MODIFIER_NCU | (uint256(0xf) << 51) | (uint256(3) << 60);

    IInstitutionRegistry private immutable _institutions;

    uint32 private _sandboxSubjects;
    uint40 private _sandboxDuration;

    mapping(StudyId study => Study) private _studies;
    mapping(StudyId study => Reviews) private _reviews;
    /// @dev When the study holds, as decided at the key's second: bits 0-39 first second after, 40-79 first second.
    mapping(StudyId study => Checkpoints.Trace208 periods) private _approvals;
    /// @dev The latest version that names the institution.
    mapping(StudyId study => mapping(InstitutionId collaborator => uint16 version)) private _collaborations;

    constructor(address authority_, IInstitutionRegistry institutions) AccessManaged(authority_) {
        if (address(institutions) == address(0)) revert ZeroAddress();

        _institutions = institutions;
    }

    /* STUDIES */

    /// @inheritdoc IStudyRegistry
    function register(StudyTerms calldata terms) external returns (StudyId id) {
        InstitutionId sponsor = _institutions.requireAgent(msg.sender, AgentRole.RESEARCHER);
        id = studyId(sponsor, terms.protocolHash);
        if (_studies[id].version != 0) revert StudyExists(id);

        _store(id, sponsor, 1, terms);
    }

    /// @inheritdoc IStudyRegistry
    function amend(StudyId id, StudyTerms calldata terms) external {
        Study memory kept = _requireSponsor(id);

        delete _reviews[id];
        _approvals[id].push(_now(), 0);
        _store(id, kept.sponsor, kept.version + 1, terms);
    }

    /// @inheritdoc IStudyRegistry
    function review(
        StudyId id,
        uint16 version,
        ReviewKind kind,
        ReviewVerdict verdict,
        uint40 validUntil,
        bytes32 reasonHash
    ) external {
        InstitutionId reviewer = _institutions.requireAgent(
            msg.sender,
            kind == ReviewKind.ETHICS ? AgentRole.ETHICS_REVIEWER : AgentRole.LEGAL_REVIEWER
        );
        Study memory kept = _openStudy(id);
        if (version != kept.version) revert StudyVersionStale(id, version, kept.version);
        if (_isParty(id, kept, reviewer)) revert ReviewConflict(id, reviewer);
        if (verdict == ReviewVerdict.NONE) revert ReviewVerdictInvalid();
        if (verdict != ReviewVerdict.REJECTED && validUntil <= block.timestamp) {
            revert PeriodInvalid(block.timestamp, validUntil);
        }

        Reviews memory reviews = _reviews[id];
        if (kind == ReviewKind.ETHICS) {
            (reviews.ethics, reviews.ethicsAt, reviews.ethicsUntil) = (verdict, _now(), validUntil);
        } else {
            (reviews.legal, reviews.legalAt, reviews.legalUntil) = (verdict, _now(), validUntil);
        }
        _reviews[id] = reviews;
        _approvals[id].push(_now(), _approvedPeriod(kept.scope, reviews));

        emit StudyReviewed(id, version, kind, verdict, validUntil, reasonHash, reviewer, msg.sender);
    }

    /// @inheritdoc IStudyRegistry
    function close(StudyId id, bytes32 reasonHash) external {
        _requireSponsor(id);

        _studies[id].closed = true;
        _approvals[id].push(_now(), 0);

        emit StudyClosed(id, reasonHash, msg.sender);
    }

    /// @inheritdoc IStudyRegistry
    function setSandboxLimits(uint32 maxSubjects, uint40 maxDuration) external restricted {
        _sandboxSubjects = maxSubjects;
        _sandboxDuration = maxDuration;

        emit SandboxLimitsChanged(maxSubjects, maxDuration, msg.sender);
    }

    /* VIEWS */

    /// @inheritdoc IStudyRegistry
    function check(
        StudyId id,
        InstitutionId institution,
        uint256 word
    ) external view returns (uint256 failed, uint256 facts, uint16 coreCategories, uint32 subjectCap) {
        Study memory kept = _studies[id];
        if (kept.version == 0) return (FailedCheck.STUDY_MISSING, 0, 0, 0);

        uint256 scope = kept.scope;
        Reviews memory reviews = _reviews[id];
        if (_passedUntil(reviews.ethics, reviews.ethicsUntil) <= block.timestamp) failed |= FailedCheck.STUDY_ETHICS;
        if (_passedUntil(reviews.legal, reviews.legalUntil) <= block.timestamp) failed |= FailedCheck.STUDY_LEGAL;
        if (
            kept.closed ||
            block.timestamp < scope.validFrom() ||
            block.timestamp >= scope.validUntil() ||
            word.validUntil() > scope.validUntil()
        ) failed |= FailedCheck.STUDY_PERIOD;
        if (!_isParty(id, kept, institution)) failed |= FailedCheck.STUDY_PARTY;
        if (
            word & SCOPE & ~scope != 0 ||
            word.level() > scope.level() ||
            word.deidentification() < scope.deidentification()
        ) failed |= FailedCheck.STUDY_SCOPE;
        if (word & PolicyWord.GENOMICS != 0 && !kept.hasFiling) failed |= FailedCheck.STUDY_FILING;

        facts = scope & (PolicyWord.DUO_USES | COMMITMENTS);
        if (reviews.ethics == ReviewVerdict.APPROVED && reviews.ethicsUntil > block.timestamp) {
            facts |= PolicyWord.MODIFIER_IRB;
        }
        coreCategories = kept.coreCategories;
        subjectCap = kept.subjectCap;
    }

    /// @inheritdoc IStudyRegistry
    function approvedAt(StudyId id, uint40 t) external view returns (bool) {
        uint208 period = _approvals[id].upperLookupRecent(t);
        return t >= uint40(period >> 40) && t < uint40(period);
    }

    /// @inheritdoc IStudyRegistry
    function study(StudyId id) external view returns (Study memory) {
        return _studies[id];
    }

    /// @inheritdoc IStudyRegistry
    function reviewOf(StudyId id, ReviewKind kind) external view returns (Review memory) {
        Reviews memory reviews = _reviews[id];
        return
            kind == ReviewKind.ETHICS
                ? Review(reviews.ethics, reviews.ethicsAt, reviews.ethicsUntil)
                : Review(reviews.legal, reviews.legalAt, reviews.legalUntil);
    }

    /// @inheritdoc IStudyRegistry
    function isParty(StudyId id, InstitutionId institution) external view returns (bool) {
        Study memory kept = _studies[id];
        return kept.version != 0 && _isParty(id, kept, institution);
    }

    /// @inheritdoc IStudyRegistry
    function sandboxLimits() external view returns (uint32 maxSubjects, uint40 maxDuration) {
        return (_sandboxSubjects, _sandboxDuration);
    }

    /// @inheritdoc IStudyRegistry
    function studyId(InstitutionId sponsor, bytes32 protocolHash) public pure returns (StudyId) {
        return StudyId.wrap(keccak256(abi.encode(sponsor, protocolHash)));
    }

    /* PRIVATE */

    function _store(StudyId id, InstitutionId sponsor, uint16 version, StudyTerms calldata terms) private {
        _checkTerms(terms);

        _studies[id] = Study({
            sponsor: sponsor,
            version: version,
            coreCategories: terms.coreCategories,
            subjectCap: terms.subjectCap,
            sandbox: terms.sandbox,
            hasFiling: terms.filingHash != 0,
            closed: false,
            scope: terms.scope
        });
        for (uint256 i = 0; i < terms.collaborators.length; ++i) {
            _collaborations[id][terms.collaborators[i]] = version;
        }

        emit StudyRegistered(id, sponsor, version, terms, msg.sender);
    }

    function _checkTerms(StudyTerms calldata terms) private view {
        uint256 scope = terms.scope;
        if (terms.protocolHash == 0) revert ZeroHash();
        if (!scope.isWellFormed()) revert StudyScopeInvalid(scope);
        if (scope.validUntil() <= block.timestamp) revert PeriodInvalid(scope.validFrom(), scope.validUntil());
        if (
            terms.collaborators.length > MAX_COLLABORATORS ||
            terms.diseaseCodes.length > MAX_CODES ||
            (uint256(terms.coreCategories) << 80) & ~scope != 0
        ) revert StudyTermsInvalid(terms.protocolHash);
        for (uint256 i = 0; i < terms.collaborators.length; ++i) {
            if (terms.collaborators[i] == NO_INSTITUTION) revert StudyTermsInvalid(terms.protocolHash);
        }
        for (uint256 i = 0; i < terms.diseaseCodes.length; ++i) {
            uint256 length = bytes(terms.diseaseCodes[i]).length;
            if (length == 0 || length > MAX_CODE_LENGTH) revert StudyTermsInvalid(terms.protocolHash);
        }
        uint256 duration = scope.validUntil() - scope.validFrom();
        if (
            terms.sandbox &&
            (terms.subjectCap == 0 || terms.subjectCap > _sandboxSubjects || duration > _sandboxDuration)
        ) revert SandboxLimitExceeded(terms.subjectCap, duration);
    }

    function _now() private view returns (uint40) {
        return SafeCast.toUint40(block.timestamp);
    }

    function _openStudy(StudyId id) private view returns (Study memory kept) {
        kept = _studies[id];
        if (kept.version == 0) revert StudyUnknown(id);
        if (kept.closed) revert StudyAlreadyClosed(id);
    }

    function _requireSponsor(StudyId id) private view returns (Study memory kept) {
        InstitutionId caller = _institutions.requireAgent(msg.sender, AgentRole.RESEARCHER);
        kept = _openStudy(id);
        if (caller != kept.sponsor) revert StudySponsorOnly(id, kept.sponsor, caller);
    }

    /// @dev Of a study that exists: its version is not 0.
    function _isParty(StudyId id, Study memory kept, InstitutionId institution) private view returns (bool) {
        return institution == kept.sponsor || _collaborations[id][institution] == kept.version;
    }

    /// @dev First second at which the review does not let the study pass; 0 if it never did.
    function _passedUntil(ReviewVerdict verdict, uint40 validUntil) private pure returns (uint40) {
        return verdict == ReviewVerdict.APPROVED || verdict == ReviewVerdict.EXEMPT ? validUntil : 0;
    }

    /// @dev See _approvals. The least of three times of 40 bits has 40 bits.
    function _approvedPeriod(uint256 scope, Reviews memory reviews) private pure returns (uint208) {
        uint256 until = Math.min(
            _passedUntil(reviews.ethics, reviews.ethicsUntil),
            _passedUntil(reviews.legal, reviews.legalUntil)
        );
        return (uint208(scope.validFrom()) << 40) | uint208(Math.min(until, scope.validUntil()));
    }
}
