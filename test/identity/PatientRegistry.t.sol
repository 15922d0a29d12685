// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {SignatureInvalid} from "../../contracts/common/Errors.sol";
import {Authority} from "../../contracts/common/Types.sol";
import {IPatientRegistry} from "../../contracts/identity/IPatientRegistry.sol";
import {bound, deploy, vm} from "../utils/Vm.sol";

contract PatientRegistryTest {
    uint256 private constant CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 private constant START = 1_900_000_000;
    uint256 private constant MAX_MINORITY = 7_671 days;

    IPatientRegistry private _registry;
    /// @dev In storage: the optimiser takes block.chainid for constant and reads it again after a cheatcode changed it.
    uint256 private _chainId;

    function setUp() external {
        vm.warp(START);
        _registry = IPatientRegistry(deploy("PatientRegistry", abi.encode(address(this))));
        _chainId = block.chainid;
    }

    /* AUTHORITY */

    function testFuzz_AnUntouchedIdentityIsItsOwn(address identity, address actor, uint40 t) external {
        vm.assume(identity != address(0));
        vm.warp(bound(t, START, type(uint40).max));

        _expectAuthority(identity, identity, Authority.SELF, type(uint40).max);
        if (actor != identity) _expectAuthority(identity, actor, Authority.NONE, 0);
    }

    function testFuzz_AuthorityFollowsTheOwner(address identity, address newOwner, address actor) external {
        vm.assume(identity != address(0) && newOwner != address(0));
        vm.prank(identity);
        _registry.changeOwner(identity, newOwner);

        _expectAuthority(identity, newOwner, Authority.SELF, type(uint40).max);
        if (actor != newOwner) _expectAuthority(identity, actor, Authority.NONE, 0);
    }

    function testFuzz_AuthorityPassesAtMajority(
        address identity,
        address guardian,
        address actor,
        uint256 length,
        uint256 t
    ) external {
        vm.assume(identity != address(0) && guardian != address(0) && guardian != identity);
        uint40 majority = _appointGuardian(identity, guardian, length);
        t = bound(t, START, uint256(majority) + 365 days);
        vm.warp(t);

        if (t < majority) {
            _expectAuthority(identity, guardian, Authority.GUARDIAN, majority);
            _expectAuthority(identity, identity, Authority.NONE, 0);
        } else {
            _expectAuthority(identity, guardian, Authority.NONE, 0);
            _expectAuthority(identity, identity, Authority.SELF, type(uint40).max);
        }
        if (actor != guardian && actor != identity) _expectAuthority(identity, actor, Authority.NONE, 0);
        assert(_registry.guardianAt(identity, uint40(t)) == (t < majority ? guardian : address(0)));
        assert(_registry.guardianAt(identity, uint40(START - 1)) == address(0));
    }

    function testFuzz_ADelegateActsWithinItsMandate(
        address identity,
        address delegate,
        uint256 word,
        uint256 t
    ) external {
        vm.assume(identity != address(0) && delegate != address(0) && delegate != identity);
        uint40 from = uint40(word >> 104);
        uint40 until = uint40(word >> 144);
        vm.assume(from < until && until > START);
        vm.prank(identity);
        _registry.giveMandate(identity, delegate, word);
        t = bound(t, START, type(uint40).max);
        vm.warp(t);

        assert(_registry.mandate(identity, delegate) == word);
        if (t >= from && t < until) _expectAuthority(identity, delegate, Authority.DELEGATE, until);
        else _expectAuthority(identity, delegate, Authority.NONE, 0);
    }

    function testFuzz_AGuardiansMandateEndsAtMajority(
        address identity,
        address guardian,
        address delegate,
        uint256 length,
        uint256 until,
        uint256 t
    ) external {
        vm.assume(identity != address(0) && guardian != address(0) && guardian != identity);
        vm.assume(delegate != address(0) && delegate != identity && delegate != guardian);
        uint40 majority = _appointGuardian(identity, guardian, length);
        until = bound(until, START + 1, type(uint40).max);
        vm.prank(guardian);
        _registry.giveMandate(identity, delegate, until << 144);
        t = bound(t, START, uint256(majority) + 365 days);
        vm.warp(t);

        uint256 end = until < majority ? until : majority;
        if (t < end) _expectAuthority(identity, delegate, Authority.DELEGATE, uint40(end));
        else _expectAuthority(identity, delegate, Authority.NONE, 0);
    }

    function testFuzz_NobodyActsForADeactivatedIdentity(
        address identity,
        address guardian,
        address delegate,
        address actor,
        uint40 t
    ) external {
        vm.assume(identity != address(0) && guardian != address(0) && guardian != identity);
        vm.assume(delegate != address(0) && delegate != identity && delegate != guardian);
        _appointGuardian(identity, guardian, type(uint256).max);
        vm.prank(guardian);
        _registry.giveMandate(identity, delegate, uint256(type(uint40).max) << 144);
        vm.prank(identity);
        _registry.changeOwner(identity, address(0));
        vm.warp(bound(t, START, type(uint40).max));

        _expectAuthority(identity, identity, Authority.NONE, 0);
        _expectAuthority(identity, guardian, Authority.NONE, 0);
        _expectAuthority(identity, delegate, Authority.NONE, 0);
        _expectAuthority(identity, actor, Authority.NONE, 0);
        vm.prank(actor);
        vm.expectRevert(abi.encodeWithSelector(IPatientRegistry.IdentityDeactivated.selector, identity));
        _registry.changeOwner(identity, actor);
    }

    /* SIGNATURES */

    function testFuzz_ASignatureServesOnce(uint256 key, address newOwner, uint256 deadline, address relayer) external {
        (address owner, bytes memory signature) = _signedChange(key, newOwner, deadline = _later(deadline));
        uint256 nonce = _registry.nonce(owner);
        vm.prank(relayer);
        _registry.changeOwnerBySignature(owner, newOwner, deadline, signature);
        assert(_registry.nonce(owner) == nonce + 1);
        assert(_registry.identityOwner(owner) == newOwner);

        vm.prank(newOwner);
        _registry.changeOwner(owner, owner);
        vm.expectRevert(abi.encodeWithSelector(SignatureInvalid.selector, owner));
        _registry.changeOwnerBySignature(owner, newOwner, deadline, signature);
    }

    function testFuzz_ASignatureServesNothingElse(
        uint256 key,
        address newOwner,
        uint256 deadline,
        address otherOwner,
        uint256 otherDeadline
    ) external {
        (address owner, bytes memory signature) = _signedChange(key, newOwner, deadline = _later(deadline));
        otherDeadline = _later(otherDeadline);
        vm.assume(otherOwner != newOwner && otherDeadline != deadline);
        bytes memory refusal = abi.encodeWithSelector(SignatureInvalid.selector, owner);

        vm.expectRevert(refusal);
        _registry.changeOwnerBySignature(owner, otherOwner, deadline, signature);
        vm.expectRevert(refusal);
        _registry.changeOwnerBySignature(owner, newOwner, otherDeadline, signature);
    }

    function testFuzz_ALegacySignatureServesOneChain(uint256 key, address newOwner, uint64 otherChain) external {
        vm.assume(otherChain != 0 && otherChain != block.chainid);
        key = bound(key, 1, CURVE_ORDER - 1);
        address owner = vm.addr(key);
        bytes memory act = abi.encodePacked(_registry.nonce(owner), owner, "changeOwner", newOwner);
        bytes32 digest = keccak256(abi.encodePacked(bytes2(0x1900), address(_registry), act));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);

        vm.chainId(otherChain);
        vm.expectRevert(abi.encodeWithSelector(SignatureInvalid.selector, owner));
        _registry.changeOwnerSigned(owner, v, r, s, newOwner);
        vm.chainId(_chainId);
        _registry.changeOwnerSigned(owner, v, r, s, newOwner);
        assert(_registry.identityOwner(owner) == newOwner);
    }

    function testFuzz_NoncesAreApart(address signer, address other, uint64 otherChain) external {
        vm.assume(otherChain != 0 && otherChain != block.chainid);
        uint256 nonce = _registry.nonce(signer);
        assert(nonce == _registry.nonce(other));
        assert(nonce != IPatientRegistry(deploy("PatientRegistry", abi.encode(address(this)))).nonce(signer));
        vm.chainId(otherChain);
        // The first nonces of two chains are further apart than there are nonces.
        assert(nonce >> 40 != _registry.nonce(signer) >> 40);
    }

    /* INTERNAL */

    function _appointGuardian(address identity, address guardian, uint256 length) private returns (uint40 majority) {
        majority = uint40(START + bound(length, 1, MAX_MINORITY));
        vm.prank(identity);
        _registry.appointGuardian(identity, guardian, address(0), majority, majority);
    }

    function _signedChange(
        uint256 key,
        address newOwner,
        uint256 deadline
    ) private view returns (address owner, bytes memory signature) {
        vm.assume(newOwner != address(0));
        key = bound(key, 1, CURVE_ORDER - 1);
        owner = vm.addr(key);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"),
                owner,
                newOwner,
                _registry.nonce(owner),
                deadline
            )
        );
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Consilium Patients"),
                keccak256("1"),
                block.chainid,
                address(_registry)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        signature = abi.encodePacked(r, s, v);
    }

    function _later(uint256 deadline) private view returns (uint256) {
        return bound(deadline, block.timestamp, type(uint256).max);
    }

    function _expectAuthority(address identity, address actor, Authority kind, uint40 until) private view {
        (Authority actualKind, uint40 actualUntil) = _registry.authority(identity, actor);
        assert(actualKind == kind);
        assert(actualUntil == until);
    }
}
