// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {FailedCheck} from "../../contracts/common/FailedCheck.sol";
import {PolicyWord} from "../../contracts/consent/PolicyWord.sol";

/// @dev Fuzz properties of matching, for whole 256-bit words, well formed or not.
contract PolicyWordTest {
    uint256 private constant NUMBERS =
        (uint256(0xff) << 96) | (uint256(type(uint80).max) << 104) | (uint256(0xff) << 216);

    function testFuzz_wideningThePolicyNeverAddsAFailure(
        uint256 policy,
        uint256 req,
        uint16 exempt,
        uint40 t,
        uint256 change
    ) external pure {
        req = _nearMatch(policy, req, exempt);
        uint256 before = PolicyWord.matchRequest(policy, req, t);
        uint256 afterwards = PolicyWord.matchRequest(_widen(policy, change), req, t);
        assert(afterwards & ~before == 0);
    }

    function testFuzz_narrowingTheRequestAddsNoFailureButAMissingPurpose(
        uint256 policy,
        uint256 req,
        uint16 exempt,
        uint40 t,
        uint256 change
    ) external pure {
        req = _nearMatch(policy, req, exempt);
        uint256 narrow = _narrow(req, change);
        uint256 before = PolicyWord.matchRequest(policy, req, t);
        uint256 afterwards = PolicyWord.matchRequest(policy, narrow, t);
        uint256 allowed = narrow & PolicyWord.PURPOSES == 0 ? FailedCheck.PURPOSE_MISSING : 0;
        assert(afterwards & ~before & ~allowed == 0);
    }

    function testFuzz_aPolicyWithinAMandatePassesOnlyWhatTheMandatePasses(
        uint256 mandate,
        uint256 req,
        uint16 exempt,
        uint40 t,
        uint256 change
    ) external pure {
        uint256 policy = _narrow(mandate, change);
        req = _nearMatch(policy, req, exempt);
        uint256 from = PolicyWord.validFrom(mandate);
        policy = _set(
            policy,
            104,
            type(uint40).max,
            from > type(uint40).max - (change & 3) ? from : from + (change & 3)
        );
        assert(PolicyWord.isWithin(policy, mandate));
        uint256 byMandate = PolicyWord.matchRequest(mandate, req, t);
        uint256 byPolicy = PolicyWord.matchRequest(policy, req, t);
        assert(byMandate & ~byPolicy == 0);
    }

    function testFuzz_isWithinIsReflexiveAndTransitive(uint256 a, uint256 changeB, uint256 changeC) external pure {
        uint256 b = _narrow(a, changeB);
        uint256 c = _narrow(b, changeC);
        assert(PolicyWord.isWithin(a, a));
        assert(PolicyWord.isWithin(b, a));
        assert(PolicyWord.isWithin(c, b));
        assert(PolicyWord.isWithin(c, a));
    }

    function testFuzz_isWithinBothWaysMeansEqualInAllThatMatters(uint256 a, uint8 bit) external pure {
        uint256 b = a ^ (1 << bit);
        bool bothWays = PolicyWord.isWithin(a, b) && PolicyWord.isWithin(b, a);
        bool matters = (1 << bit) & _meaningful() != 0;
        assert(bothWays != matters);
    }

    function testFuzz_whoSignedAndRewardsChangeNoMatch(
        uint256 policy,
        uint256 req,
        uint256 t,
        uint256 change
    ) external pure {
        uint256 idle = ~(PolicyWord.SUBSET | PolicyWord.MODIFIERS | NUMBERS);
        assert(PolicyWord.matchRequest(policy ^ (change & idle), req, t) == PolicyWord.matchRequest(policy, req, t));
        assert(PolicyWord.matchRequest(policy, req ^ (change & idle), t) == PolicyWord.matchRequest(policy, req, t));
    }

    function testFuzz_aPolicyHoldsFromItsFirstSecondToTheOneBeforeItsEnd(uint40 from, uint40 until) external pure {
        if (from >= until) return;
        uint256 policy = (uint256(from) << 104) | (uint256(until) << 144) | 1;
        if (from > 0) assert(PolicyWord.matchRequest(policy, 1, from - 1) == FailedCheck.CONSENT_PERIOD);
        assert(PolicyWord.matchRequest(policy, 1, from) == 0);
        assert(PolicyWord.matchRequest(policy, 1, until - 1) == 0);
        assert(PolicyWord.matchRequest(policy, 1, until) == FailedCheck.CONSENT_PERIOD);
        assert(PolicyWord.matchRequest(policy, 1, uint256(until) + 1) == FailedCheck.CONSENT_PERIOD);
    }

    function testFuzz_aPolicyIsWellFormedOnlyWithPurposeCategoryAndPeriod(uint256 policy) external pure {
        uint256 good = _wellFormed(policy);
        assert(PolicyWord.isWellFormed(good));
        assert(!PolicyWord.isWellFormed(good & ~PolicyWord.PURPOSES));
        assert(!PolicyWord.isWellFormed(good & ~PolicyWord.CATEGORIES));
        assert(!PolicyWord.isWellFormed(_set(good, 104, type(uint40).max, PolicyWord.validUntil(good))));
        assert(!PolicyWord.isWellFormed(_set(good, 96, 0xff, 4 + (policy & 0x7f))));
        assert(!PolicyWord.isWellFormed(_set(good, 216, 0xff, 5 + (policy & 0x7f))));
        assert(!PolicyWord.isWellFormed(good | (1 << (250 + (policy % 6)))));
    }

    /// @dev A request that the policy passes, but for the fields whose bit in `exempt` leaves them as they come.
    function _nearMatch(uint256 policy, uint256 req, uint16 exempt) private pure returns (uint256) {
        uint256[8] memory masks = [
            PolicyWord.PURPOSES,
            PolicyWord.DUO_USES,
            PolicyWord.CATEGORIES,
            PolicyWord.SENSITIVITIES,
            PolicyWord.RECIPIENTS,
            PolicyWord.REGIONS,
            PolicyWord.REQUEST_FLAGS,
            PolicyWord.MODIFIERS
        ];
        for (uint256 i = 0; i < 7; i++) {
            if ((exempt >> i) & 1 == 0) req &= ~masks[i] | policy;
        }
        if ((exempt >> 7) & 1 == 0) req |= policy & masks[7];
        if ((exempt >> 8) & 1 == 0) req = _set(req, 96, 0xff, _min(PolicyWord.level(req), PolicyWord.level(policy)));
        if ((exempt >> 9) & 1 == 0) {
            req = _set(req, 144, type(uint40).max, _min(PolicyWord.validUntil(req), PolicyWord.validUntil(policy)));
        }
        if ((exempt >> 10) & 1 == 0) {
            uint256 least = PolicyWord.deidentification(policy);
            req = _set(req, 216, 0xff, _max(PolicyWord.deidentification(req), least));
        }
        return req;
    }

    /// @dev Allows more, demands less, lives longer.
    function _widen(uint256 policy, uint256 change) private pure returns (uint256) {
        policy |= change & PolicyWord.SUBSET;
        policy &= ~(change & PolicyWord.MODIFIERS);
        policy = _set(policy, 96, 0xff, _max(PolicyWord.level(policy), uint8(change)));
        policy = _set(policy, 104, type(uint40).max, _min(PolicyWord.validFrom(policy), uint40(change >> 8)));
        policy = _set(policy, 144, type(uint40).max, _max(PolicyWord.validUntil(policy), uint40(change >> 80)));
        return _set(policy, 216, 0xff, _min(PolicyWord.deidentification(policy), uint8(change >> 120)));
    }

    /// @dev Asks less, fulfils more, ends sooner; as a policy, allows less.
    function _narrow(uint256 word, uint256 change) private pure returns (uint256) {
        word &= ~(change & (PolicyWord.SUBSET | PolicyWord.AUTO_APPROVE | PolicyWord.REWARD_OPT_IN));
        word |= change & PolicyWord.MODIFIERS;
        word = _set(word, 96, 0xff, _min(PolicyWord.level(word), uint8(change)));
        word = _set(word, 144, type(uint40).max, _min(PolicyWord.validUntil(word), uint40(change >> 80)));
        return _set(word, 216, 0xff, _max(PolicyWord.deidentification(word), uint8(change >> 120)));
    }

    function _wellFormed(uint256 word) private pure returns (uint256) {
        word |= 1 | (1 << 80);
        word &= ~(uint256(0xfc) << 248);
        word = _set(word, 96, 0xff, PolicyWord.level(word) % 4);
        word = _set(word, 216, 0xff, PolicyWord.deidentification(word) % 5);
        uint256 from = _min(PolicyWord.validFrom(word), type(uint40).max - 1);
        word = _set(word, 104, type(uint40).max, from);
        return _set(word, 144, type(uint40).max, _max(PolicyWord.validUntil(word), from + 1));
    }

    /// @dev All bits that can change an answer of isWithin.
    function _meaningful() private pure returns (uint256) {
        return PolicyWord.SUBSET | PolicyWord.MODIFIERS | NUMBERS | PolicyWord.AUTO_APPROVE | PolicyWord.REWARD_OPT_IN;
    }

    function _set(uint256 word, uint256 offset, uint256 mask, uint256 value) private pure returns (uint256) {
        return (word & ~(mask << offset)) | (value << offset);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}
