// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {FailedCheck} from "../common/FailedCheck.sol";

/// @title PolicyWord
/// @notice The 256-bit word in which a consent says what it allows and a request what it asks; matching is two masks and a few
/// comparisons.
/// @dev Bits: 0-31 HL7 PurposeOfUse, 32-47 GA4GH DUO uses, 48-79 required DUO modifiers, 80-95 categories, 96-103 level,
/// 104-143 valid from, 144-183 valid until (unix seconds), 184-215 sensitivities, 216-223 de-identification, 224-231 recipient
/// kinds, 232-239 regions, 240-255 flags. docs/policy-word.md has the tables.
library PolicyWord {
    uint256 internal constant PURPOSES = 0xffffffff;
    uint256 internal constant DUO_USES = uint256(0xffff) << 32;
    uint256 internal constant MODIFIERS = uint256(0xffffffff) << 48;
    uint256 internal constant CATEGORIES = uint256(0xffff) << 80;
    uint256 internal constant SENSITIVITIES = uint256(0xffffffff) << 184;
    uint256 internal constant RECIPIENTS = uint256(0xff) << 224;
    uint256 internal constant REGIONS = uint256(0xff) << 232;

    uint256 internal constant AUTO_APPROVE = 1 << 240;
    uint256 internal constant SEPARATE_CONSENT = 1 << 244;
    uint256 internal constant GUARDIAN_SIGNED = 1 << 245;
    uint256 internal constant DELEGATE_SIGNED = 1 << 246;
    uint256 internal constant CROSS_BORDER = 1 << 247;
    uint256 internal constant REWARD_OPT_IN = 1 << 249;
    /// @dev recontact, returnResults, aiTraining, separateConsent, crossBorder, onwardSharing: a request that wants one needs it allowed.
    uint256 internal constant REQUEST_FLAGS =
        (1 << 241) | (1 << 242) | (1 << 243) | SEPARATE_CONSENT | CROSS_BORDER | (1 << 248);
    uint256 internal constant KNOWN_FLAGS =
        REQUEST_FLAGS | AUTO_APPROVE | GUARDIAN_SIGNED | DELEGATE_SIGNED | REWARD_OPT_IN;

    /// @dev Fields in which a request must be a subset of the policy.
    uint256 internal constant SUBSET =
        PURPOSES | DUO_USES | CATEGORIES | SENSITIVITIES | RECIPIENTS | REGIONS | REQUEST_FLAGS;

    /// @dev TREAT, COC, ETREAT, BTG, PATRQT, FAMRQT, PWATRNY.
    uint256 internal constant CARE_PURPOSES = 0x7f;
    /// @dev HRESCH, BIORCH, CLINTRCH, PRECLINTRCH, DSRCH, POARCH, TRANSRCH.
    uint256 internal constant RESEARCH_PURPOSES = uint256(0x7f) << 19;

    uint256 internal constant MODIFIER_NPU = 1 << 48;
    uint256 internal constant MODIFIER_NCU = 1 << 49;
    uint256 internal constant MODIFIER_IRB = 1 << 50;
    uint256 internal constant MODIFIER_GS = 1 << 55;
    uint256 internal constant MODIFIER_IS = 1 << 56;
    uint256 internal constant MODIFIER_PS = 1 << 57;
    uint256 internal constant MODIFIER_US = 1 << 58;
    uint256 internal constant MODIFIER_TS = 1 << 59;

    uint256 internal constant GENOMICS = 1 << 89;

    uint8 internal constant MAX_LEVEL = 3;
    uint8 internal constant MAX_DEIDENTIFICATION = 4;

    /// @notice Holds a request against a policy at second `t`.
    /// @param policy What the consent allows.
    /// @param req What is asked, with the facts that contracts set (modifiers, recipient kind, region, flags).
    /// @param t Unix seconds.
    /// @return failed Mask of FailedCheck consent bits; 0 if the policy allows it. Whether a human must look besides is
    /// `isAutomatic(policy)` and the level's rule.
    function matchRequest(uint256 policy, uint256 req, uint256 t) internal pure returns (uint256 failed) {
        uint256 excess = req & SUBSET & ~policy;
        if (excess != 0) failed = _subsetFailures(excess);
        if (policy & MODIFIERS & ~req != 0) failed |= FailedCheck.CONSENT_MODIFIER;
        if (req & PURPOSES == 0) failed |= FailedCheck.PURPOSE_MISSING;
        if (level(req) > level(policy)) failed |= FailedCheck.CONSENT_LEVEL;
        if (deidentification(req) < deidentification(policy)) failed |= FailedCheck.CONSENT_DEIDENTIFICATION;
        if (t < validFrom(policy) || t >= validUntil(policy) || validUntil(req) > validUntil(policy)) {
            failed |= FailedCheck.CONSENT_PERIOD;
        }
    }

    /// @notice Whether the policy lies within a mandate: allows no more, demands no less, lives no longer.
    function isWithin(uint256 policy, uint256 mandate) internal pure returns (bool) {
        return
            policy & (SUBSET | AUTO_APPROVE | REWARD_OPT_IN) & ~mandate == 0 &&
            mandate & MODIFIERS & ~policy == 0 &&
            level(policy) <= level(mandate) &&
            deidentification(policy) >= deidentification(mandate) &&
            validFrom(policy) >= validFrom(mandate) &&
            validUntil(policy) <= validUntil(mandate);
    }

    /// @notice Whether every field is within its bounds and a purpose, a category and a period are named.
    function isWellFormed(uint256 policy) internal pure returns (bool) {
        return
            policy & PURPOSES != 0 &&
            policy & CATEGORIES != 0 &&
            level(policy) <= MAX_LEVEL &&
            deidentification(policy) <= MAX_DEIDENTIFICATION &&
            validFrom(policy) < validUntil(policy) &&
            ((policy >> 240) << 240) & ~KNOWN_FLAGS == 0;
    }

    /// @notice Whether a matching request may be approved without asking.
    function isAutomatic(uint256 policy) internal pure returns (bool) {
        return policy & AUTO_APPROVE != 0;
    }

    function level(uint256 word) internal pure returns (uint8) {
        return uint8(word >> 96);
    }

    function validFrom(uint256 word) internal pure returns (uint40) {
        return uint40(word >> 104);
    }

    function validUntil(uint256 word) internal pure returns (uint40) {
        return uint40(word >> 144);
    }

    function deidentification(uint256 word) internal pure returns (uint8) {
        return uint8(word >> 216);
    }

    /// @dev One bit for each field that exceeds the policy.
    function _subsetFailures(uint256 excess) private pure returns (uint256 failed) {
        if (excess & PURPOSES != 0) failed |= FailedCheck.CONSENT_PURPOSE;
        if (excess & DUO_USES != 0) failed |= FailedCheck.CONSENT_DUO_USE;
        if (excess & CATEGORIES != 0) failed |= FailedCheck.CONSENT_CATEGORY;
        if (excess & SENSITIVITIES != 0) failed |= FailedCheck.CONSENT_SENSITIVITY;
        if (excess & RECIPIENTS != 0) failed |= FailedCheck.CONSENT_RECIPIENT;
        if (excess & REGIONS != 0) failed |= FailedCheck.CONSENT_REGION;
        if (excess & REQUEST_FLAGS != 0) failed |= FailedCheck.CONSENT_FLAG;
    }
}
