// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {NoAuthority} from "../../contracts/common/Errors.sol";
import {ConsentId, InstitutionId, StudyId} from "../../contracts/common/Types.sol";
import {IConsentRegistry} from "../../contracts/consent/IConsentRegistry.sol";
import {bound, deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @dev This contract is the patient.
contract ConsentRegistryTest {
    uint40 private constant START = 1_900_000_000;
    uint256 private constant LAST_EPOCH = 255;
    /// @dev TREAT, labs, level 2.
    uint256 private constant SCOPE = 1 | (1 << 83) | (2 << 96);

    IConsentRegistry private _consents;

    function setUp() external {
        vm.warp(START);
        address authority = deployAuthority(address(this));
        address patients = deploy("PatientRegistry", abi.encode(address(this)));
        address institutions = deploy("InstitutionRegistry", abi.encode(authority, deployToken()));
        _consents = IConsentRegistry(deploy("ConsentRegistry", abi.encode(authority, patients, institutions)));
    }

    /* EPOCHS */

    function test_everyEpochUpToTheLastKeepsItsEnd() external {
        _checkEpochs(LAST_EPOCH, 1);

        vm.expectRevert(abi.encodeWithSelector(IConsentRegistry.ConsentsExhausted.selector, address(this)));
        _consents.withdrawAll(address(this));
    }

    function testFuzz_everyEpochKeepsItsEnd(uint256 count, uint256 seed) external {
        _checkEpochs(bound(count, 1, 40), seed);
    }

    /// @dev One consent in each epoch; epochs last from no second at all to a few.
    function _checkEpochs(uint256 count, uint256 seed) private {
        ConsentId[] memory ids = new ConsentId[](count);
        uint40[] memory froms = new uint40[](count);
        uint40[] memory ends = new uint40[](count);
        uint40 time = START;
        for (uint256 i = 0; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            time += uint40(random % 3);
            vm.warp(time);
            froms[i] = time;
            ids[i] = _give(uint8(i), SCOPE | (uint256(type(uint40).max) << 144));
            time += uint40((random >> 8) % 4);
            vm.warp(time);
            ends[i] = time;
            _consents.withdrawAll(address(this));
        }

        assert(_consents.epochOf(address(this)) == count);
        for (uint256 i = 0; i < count; ++i) {
            for (uint40 t = froms[i] - 1; t <= ends[i] + 2; ++t) {
                assert(_consents.isInForce(ids[i], t) == (t >= froms[i] && t < ends[i]));
            }
            assert(!_consents.isInForce(ids[i], type(uint40).max - 1));
        }
    }

    /* TERMS */

    function testFuzz_aConsentIsInForceWithinItsTermsOnly(
        uint256 from,
        uint256 until,
        uint256 givenAt,
        uint256 withdrawnAt,
        uint40 t
    ) external {
        givenAt = bound(givenAt, START, type(uint40).max - 3);
        until = bound(until, givenAt + 1, type(uint40).max);
        from = bound(from, 0, until - 1);
        withdrawnAt = bound(withdrawnAt, givenAt, type(uint40).max);
        vm.warp(givenAt);
        ConsentId id = _give(0, SCOPE | (from << 104) | (until << 144));
        bool holds = t >= from && t >= givenAt && t < until;
        assert(_consents.isInForce(id, t) == holds);

        vm.warp(withdrawnAt);
        _consents.withdraw(id);
        assert(_consents.isInForce(id, t) == (holds && t < withdrawnAt));
    }

    function testFuzz_whatIsKeptIsWhatWasGiven(address patient, uint256 from, uint256 until) external {
        vm.assume(patient != address(0));
        until = bound(until, START + 1, type(uint40).max);
        from = bound(from, START, until - 1);
        (IConsentRegistry.Terms memory terms, IConsentRegistry.Details memory details) = _draft(
            0,
            SCOPE | (from << 104) | (until << 144)
        );
        terms.patient = patient;
        vm.prank(patient);
        IConsentRegistry.Consent memory kept = _consents.consent(_consents.give(terms, details));

        assert(kept.patient == patient && kept.from == from && kept.until == until);
        assert(kept.epoch == 0 && kept.status == IConsentRegistry.Status.GIVEN);
    }

    function testFuzz_nobodyElseActsForThePatient(address actor) external {
        vm.assume(actor != address(this));
        ConsentId id = _give(0, SCOPE | (uint256(type(uint40).max) << 144));
        (IConsentRegistry.Terms memory terms, IConsentRegistry.Details memory details) = _draft(
            0,
            SCOPE | (uint256(type(uint40).max - 1) << 144)
        );
        bytes memory refusal = abi.encodeWithSelector(NoAuthority.selector, address(this), actor);

        vm.startPrank(actor);
        vm.expectRevert(refusal);
        _consents.give(terms, details);
        vm.expectRevert(refusal);
        _consents.refuse(terms);
        vm.expectRevert(refusal);
        _consents.withdraw(id);
        vm.expectRevert(refusal);
        _consents.withdrawAll(address(this));
        vm.stopPrank();
        assert(_consents.isInForce(id, START));
    }

    /* HELPERS */

    function _give(uint8 epoch, uint256 policy) private returns (ConsentId) {
        (IConsentRegistry.Terms memory terms, IConsentRegistry.Details memory details) = _draft(epoch, policy);
        return _consents.give(terms, details);
    }

    function _draft(
        uint8 epoch,
        uint256 policy
    ) private view returns (IConsentRegistry.Terms memory terms, IConsentRegistry.Details memory details) {
        details = IConsentRegistry.Details({
            parameters: 0,
            notice: bytes32(uint256(1)),
            previous: ConsentId.wrap(0),
            salt: 1
        });
        terms = IConsentRegistry.Terms({
            patient: address(this),
            institution: InstitutionId.wrap(0),
            agent: address(0),
            study: StudyId.wrap(0),
            policy: policy,
            epoch: epoch,
            details: _consents.detailsHash(details)
        });
    }
}
