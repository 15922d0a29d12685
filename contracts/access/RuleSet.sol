// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {FailedCheck} from "../common/FailedCheck.sol";
import {AgentRole, Decision, InstitutionId, NO_STUDY, StudyId} from "../common/Types.sol";
import {IConsentRegistry} from "../consent/IConsentRegistry.sol";
import {PolicyWord} from "../consent/PolicyWord.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {InstitutionWord} from "../identity/InstitutionWord.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {RecordMeta} from "../records/RecordMeta.sol";
import {IAccessBroker} from "./IAccessBroker.sol";
import {AccessRequest, CohortPart, CohortRequest} from "./AccessTypes.sol";
import {IRuleSet} from "./IRuleSet.sol";
import {IStudyRegistry} from "./IStudyRegistry.sol";
import {RawCalls} from "./RawCalls.sol";

/// @title RuleSet
/// @notice See IRuleSet. Facts about requester, study and custodian come from the registries, never from the request.
contract RuleSet is IRuleSet {
    using InstitutionWord for uint208;
    using PolicyWord for uint256;

    /// @dev What holds for a request as a whole.
    struct Context {
        InstitutionId institution;
        /// The request's word with the facts about requester and study.
        uint256 word;
        uint256 failed;
        uint40 until;
        uint32 subjectCap;
        uint8 region;
        uint8 reviews;
        bool needsConsent;
    }

    uint8 private constant PATIENT_REVIEW = uint8(1 << uint8(IAccessBroker.ReviewKind.PATIENT));
    uint8 private constant ETHICS_REVIEW = uint8(1 << uint8(IAccessBroker.ReviewKind.ETHICS));
    uint8 private constant CUSTODIAN_REVIEW = uint8(1 << uint8(IAccessBroker.ReviewKind.CUSTODIAN));

    /// @dev Fields of the word that only contracts set.
    uint256 private constant FACTS =
        PolicyWord.MODIFIERS |
            PolicyWord.RECIPIENTS |
            PolicyWord.REGIONS |
            PolicyWord.SEPARATE_CONSENT |
            PolicyWord.CROSS_BORDER;
    /// @dev Modifiers that a study can promise: NCU, IRB (by its ethics review), COL, PUB, MOR, RTN, GSO, RS.
    uint256 private constant STUDY_FACTS = PolicyWord.DUO_USES | (uint256(0x307e) << 48);

    IInstitutionRegistry private immutable _institutions;
    IRecordRegistry private immutable _records;
    IConsentRegistry private immutable _consents;
    IStudyRegistry private immutable _studies;
    uint32 private immutable _prohibitedPurposes;
    uint40 private immutable _maxGrantDuration;
    /// @dev One byte pair a level, level 0 lowest: bits 0-3 the flags of LevelRule in order, bits 8-15 its reviews.
    uint64 private immutable _levels;

    constructor(
        Rules memory rules_,
        IInstitutionRegistry institutions,
        IRecordRegistry records,
        IConsentRegistry consents,
        IStudyRegistry studies
    ) {
        if (rules_.maxGrantDuration == 0) revert RulesInvalid();
        uint64 levels;
        for (uint256 i = 0; i < 4; ++i) {
            LevelRule memory rule = rules_.levels[i];
            if (rule.reviews > (PATIENT_REVIEW | ETHICS_REVIEW | CUSTODIAN_REVIEW)) revert RulesInvalid();
            uint64 row =
                (rule.needsConsent ? 1 : 0) |
                    (rule.needsStudy ? 2 : 0) |
                    (rule.needsCoreCategory ? 4 : 0) |
                    (rule.needsSeparateConsent ? 8 : 0) |
                    (uint64(rule.reviews) << 8);
            levels |= row << uint64(16 * i);
        }
        _levels = levels;
        _prohibitedPurposes = rules_.prohibitedPurposes;
        _maxGrantDuration = rules_.maxGrantDuration;
        _institutions = institutions;
        _records = records;
        _consents = consents;
        _studies = studies;
    }

    /* VIEWS */

    /// @inheritdoc IRuleSet
    function evaluate(
        address requester,
        AccessRequest calldata request,
        uint8 reviews
    ) external view returns (Verdict memory verdict) {
        Context memory context = _context(requester, request.study, request.word);
        uint256 meta = request.record.meta;
        InstitutionId custodian = RecordMeta.custodian(meta);
        uint256 failed = context.failed | _scopeFailures(context.word, meta);
        failed |= _records.check(request.batch, request.record, request.proof);
        failed |= _joinCustodian(context, custodian);
        // A consent that is named is relied on, whether or not the level needs one. Nobody's consent is looked at for a stranger.
        bool isMember = failed & FailedCheck.REQUESTER_STANDING == 0;
        if (context.needsConsent || (isMember && request.consent.patient != address(0))) {
            if (request.consent.patient != request.record.patient) failed |= FailedCheck.CONSENT_PATIENT;
            failed |= _consents.check(request.consent, _use(requester, context, request.study));
            if (!request.consent.policy.isAutomatic()) context.reviews |= PATIENT_REVIEW;
        }

        verdict.institution = context.institution;
        verdict.until = context.until;
        verdict.subjectCap = context.subjectCap;
        verdict.failed = failed;
        if (failed != 0) {
            verdict.decision = Decision.DENIED;
        } else {
            verdict.pendingReviews = context.reviews & ~reviews;
            verdict.decision = verdict.pendingReviews == 0 ? Decision.APPROVED : Decision.NEEDS_REVIEW;
        }
    }

    /// @inheritdoc IRuleSet
    function evaluateCohort(
        address requester,
        CohortRequest calldata request
    ) external view returns (CohortVerdict memory verdict) {
        Context memory context = _context(requester, request.study, request.word);
        verdict.institution = context.institution;
        verdict.until = context.until;
        verdict.subjectCap = context.subjectCap;
        verdict.failed = context.failed;
        if (context.failed != 0) return verdict;

        CohortPart[] calldata parts = request.parts;
        uint256 size;
        for (uint256 i = 0; i < parts.length; ++i) size += parts[i].records.length;
        verdict.memberFailed = new uint256[](size);
        uint256 first;
        for (uint256 i = 0; i < parts.length; ++i) {
            _evaluatePart(requester, request.study, context, parts[i], verdict.memberFailed, first);
            first += parts[i].records.length;
        }
    }

    /// @inheritdoc IRuleSet
    function rules() external view returns (Rules memory rules_) {
        for (uint256 i = 0; i < 4; ++i) {
            uint64 row = _levels >> uint64(16 * i);
            rules_.levels[i] = LevelRule({
                needsConsent: row & 1 != 0,
                needsStudy: row & 2 != 0,
                needsCoreCategory: row & 4 != 0,
                needsSeparateConsent: row & 8 != 0,
                reviews: uint8(row >> 8)
            });
        }
        rules_.prohibitedPurposes = _prohibitedPurposes;
        rules_.maxGrantDuration = _maxGrantDuration;
    }

    /* INTERNAL */

    /// @dev Checks of requester, request and study. The level's rule is that of the level asked for, which the record must not exceed.
    function _context(address requester, StudyId study, uint256 word) private view returns (Context memory context) {
        (InstitutionId institution, uint16 roles, uint208 member) = _institutions.agentStanding(requester);
        context.institution = institution;
        context.region = member.regionOf();
        context.until = word.validUntil();
        context.word = word;
        if (roles == 0) {
            context.failed = FailedCheck.REQUESTER_STANDING;
            return context;
        }

        uint256 failed;
        uint256 purposes = word & PolicyWord.PURPOSES;
        bool isCare = purposes & ~PolicyWord.CARE_PURPOSES == 0;
        bool isResearch = word & (PolicyWord.RESEARCH_PURPOSES | PolicyWord.DUO_USES) != 0;
        if (roles & _rolesFor(purposes, isResearch) != _rolesFor(purposes, isResearch)) {
            failed |= FailedCheck.REQUESTER_ROLE;
        }
        if (!member.isAccredited(block.timestamp)) failed |= FailedCheck.REQUESTER_ACCREDITATION;
        if (purposes == 0) failed |= FailedCheck.PURPOSE_MISSING;
        if (purposes & _prohibitedPurposes != 0) failed |= FailedCheck.PURPOSE_PROHIBITED;
        // A missing purpose has a check of its own.
        if (!(word | PolicyWord.PURPOSES).isWellFormed()) failed |= FailedCheck.REQUEST_SCOPE;
        if (context.until <= block.timestamp || context.until > block.timestamp + _maxGrantDuration) {
            failed |= FailedCheck.REQUEST_PERIOD;
        }

        // A word above level 3 fails REQUEST_SCOPE and meets no row.
        uint64 row = _levels >> uint64(16 * uint256(word.level()));
        context.needsConsent = row & 1 != 0;
        context.reviews = uint8(row >> 8);
        if (isCare) context.reviews &= ~ETHICS_REVIEW;
        word = (word & ~FACTS) | PolicyWord.MODIFIER_GS | PolicyWord.MODIFIER_TS;
        // kind >= 1 for a member, region <= 7 by the registry.
        word |= (1 << (223 + uint256(member.kindOf()))) | (1 << (232 + uint256(member.regionOf())));
        if (member.isNonProfit()) word |= PolicyWord.MODIFIER_NPU;
        if (row & 8 != 0) word |= PolicyWord.SEPARATE_CONSENT;

        if (study != NO_STUDY) {
            (uint256 studyFailed, uint256 facts, uint16 coreCategories, uint32 cap) = _studies.check(
                study,
                institution,
                word
            );
            failed |= studyFailed;
            word |= facts & STUDY_FACTS;
            context.subjectCap = cap;
            if (row & 4 != 0 && !isCare && (word & PolicyWord.CATEGORIES) & ~(uint256(coreCategories) << 80) != 0) {
                failed |= FailedCheck.STUDY_CORE_CATEGORY;
            }
        } else if (row & 2 != 0 && isResearch) {
            failed |= FailedCheck.STUDY_MISSING;
        }
        context.word = word;
        context.failed = failed;
    }

    /// @dev Care needs a clinician, research a researcher, all else an officer.
    function _rolesFor(uint256 purposes, bool isResearch) private pure returns (uint16 roles) {
        if (purposes & PolicyWord.CARE_PURPOSES != 0) roles |= AgentRole.CLINICIAN;
        if (isResearch) roles |= AgentRole.RESEARCHER;
        if (purposes & ~(PolicyWord.CARE_PURPOSES | PolicyWord.RESEARCH_PURPOSES) != 0) roles |= AgentRole.OFFICER;
    }

    /// @dev Writes the failures of a part's members into `failed`, from number `first` on.
    function _evaluatePart(
        address requester,
        StudyId study,
        Context memory context,
        CohortPart calldata part,
        uint256[] memory failed,
        uint256 first
    ) private view {
        IRecordRegistry.Record[] calldata records = part.records;
        IConsentRegistry.Terms[] calldata consents = part.consents;
        if (records.length == 0) return;
        uint8 reviews = context.reviews;
        // All records of a batch have one custodian; one that names another is not anchored there.
        uint256 common = _joinCustodian(context, RecordMeta.custodian(records[0].meta));
        uint256[] memory recordFailed = RawCalls.checkRecords(_records, part);
        uint256[] memory consentFailed = RawCalls.checkConsents(_consents, consents, _use(requester, context, study));
        for (uint256 i = 0; i < records.length; ++i) {
            uint256 memberFailed = common | recordFailed[i] | _scopeFailures(context.word, records[i].meta);
            bool asks = context.reviews != 0;
            address patient = consents[i].patient;
            if (context.needsConsent || patient != address(0)) {
                memberFailed |= consentFailed[i];
                if (patient != records[i].patient) memberFailed |= FailedCheck.CONSENT_PATIENT;
                if (!consents[i].policy.isAutomatic()) asks = true;
            }
            if (asks) memberFailed |= FailedCheck.REVIEW_REQUIRED;
            failed[first + i] = memberFailed;
        }
        context.reviews = reviews;
    }

    /// @dev Takes up what depends on the custodian: its standing, its region, and that it need not agree with itself.
    function _joinCustodian(Context memory context, InstitutionId custodian) private view returns (uint256 failed) {
        uint208 member = _institutions.memberWord(custodian);
        if (!member.isActive(block.timestamp)) failed = FailedCheck.CUSTODIAN_STANDING;
        context.word &= ~PolicyWord.CROSS_BORDER;
        if (member.regionOf() != context.region) context.word |= PolicyWord.CROSS_BORDER;
        if (custodian == context.institution) context.reviews &= ~CUSTODIAN_REVIEW;
    }

    /// @dev Whether the record is of what was asked for.
    function _scopeFailures(uint256 word, uint256 meta) private pure returns (uint256) {
        bool within =
            RecordMeta.level(meta) <= word.level() && (word >> (80 + uint256(RecordMeta.category(meta)))) & 1 != 0;
        return within ? 0 : FailedCheck.REQUEST_SCOPE;
    }

    function _use(
        address requester,
        Context memory context,
        StudyId study
    ) private pure returns (IConsentRegistry.Use memory) {
        return
            IConsentRegistry.Use({
                requester: requester,
                institution: context.institution,
                study: study,
                word: context.word
            });
    }
}
