// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Authority} from "../../contracts/common/Types.sol";
import {IPatientRegistry} from "../../contracts/identity/IPatientRegistry.sol";
import {bound, deploy, vm} from "../utils/Vm.sol";

/// @notice Acts at random for three identities and two others, as owners mostly, and notes what held before each act.
contract PatientRegistryHandler {
    struct Before {
        uint256 changed;
        uint256 nonce;
        bool isDeactivated;
    }

    uint256 public constant ACTORS = 5;
    uint256 public constant IDENTITIES = 3;

    IPatientRegistry public immutable registry;
    address[] public actors;
    mapping(address actor => Before) public before;
    uint256 private _now = 1_900_000_000;
    uint256 private _block = 1;
    uint256[] private _keys;

    constructor() {
        registry = IPatientRegistry(deploy("PatientRegistry", abi.encode(address(this))));
        // Ascending by address, as helpers have to be.
        for (uint256 key = 1; key <= ACTORS; ++key) {
            uint256 i = actors.length;
            actors.push();
            _keys.push();
            for (; i > 0 && actors[i - 1] > vm.addr(key); --i) {
                (actors[i], _keys[i]) = (actors[i - 1], _keys[i - 1]);
            }
            (actors[i], _keys[i]) = (vm.addr(key), key);
        }
    }

    /// @dev Time passes and blocks go by before each act, and what held before is noted.
    modifier later(uint256 seed) {
        _now += seed % 5 days;
        ++_block;
        vm.warp(_now);
        vm.roll(_block);
        for (uint256 i = 0; i < ACTORS; ++i) {
            address actor = actors[i];
            before[actor] = Before(registry.changed(actor), registry.nonce(actor), registry.isDeactivated(actor));
        }
        _;
    }

    function changeOwner(uint256 seed, uint256 who, uint256 newOwner) external later(seed) {
        address identity = _identity(who);
        address to = newOwner % 16 == 0 ? address(0) : _actor(newOwner);
        vm.prank(_likelyOwner(identity, seed));
        registry.changeOwner(identity, to);
    }

    function changeOwnerBySignature(uint256 seed, uint256 who, uint256 newOwner) external later(seed) {
        address identity = _identity(who);
        address owner = _likelyOwner(identity, seed);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"),
                identity,
                _actor(newOwner),
                registry.nonce(owner),
                _now
            )
        );
        registry.changeOwnerBySignature(identity, _actor(newOwner), _now, _sign(owner, structHash));
    }

    function setAttribute(uint256 seed, uint256 who) external later(seed) {
        address identity = _identity(who);
        vm.prank(_likelyOwner(identity, seed));
        registry.setAttribute(identity, bytes32(who), abi.encode(seed), seed);
    }

    function addDelegate(uint256 seed, uint256 who, uint256 delegate) external later(seed) {
        address identity = _identity(who);
        vm.prank(_likelyOwner(identity, seed));
        registry.addDelegate(identity, bytes32(who), _actor(delegate), seed % 365 days);
    }

    function appointGuardian(uint256 seed, uint256 who, uint256 guardian, uint256 length) external later(seed) {
        address identity = _identity(who);
        vm.prank(_likelyOwner(identity, seed));
        length = bound(length, 1, 30 days);
        registry.appointGuardian(
            identity,
            _actor(guardian),
            seed % 4 == 2 ? _actor(guardian + 1) : address(0),
            uint40(_now + (seed % 4 == 3 ? length / 2 : length)),
            uint40(_now + length)
        );
    }

    function replaceGuardian(uint256 seed, uint256 who, uint256 guardian) external later(seed) {
        address identity = _identity(who);
        IPatientRegistry.Guardianship memory term = registry.guardianship(identity);
        registry.replaceGuardian(identity, _actor(guardian), address(0), term.from, term.majority);
    }

    /// @dev Stands for the AccessManager: this handler may replace guardians.
    function canCall(address caller, address, bytes4) external view returns (bool) {
        return caller == address(this);
    }

    function giveMandate(uint256 seed, uint256 who, uint256 giver, uint256 delegate) external later(seed) {
        address identity = _identity(who);
        vm.prank(giver % 2 == 0 ? _likelyOwner(identity, seed) : registry.guardianship(identity).guardian);
        registry.giveMandate(identity, _actor(delegate), (_now + 1 + (giver % 60 days)) << 144);
    }

    function endMandate(uint256 seed, uint256 who, uint256 delegate) external later(seed) {
        address identity = _identity(who);
        vm.prank(_likelyOwner(identity, seed));
        registry.endMandate(identity, _actor(delegate));
    }

    /// @dev The helper is the last actor, who seldom owns anything.
    function setRecovery(uint256 seed, uint256 who) external later(seed) {
        address identity = _identity(who);
        vm.prank(_likelyOwner(identity, seed));
        registry.setRecovery(identity, _setup());
    }

    function startRecovery(uint256 seed, uint256 who, uint256 newOwner) external later(seed) {
        address identity = _identity(who);
        IPatientRegistry.RecoverySetup memory setup = _setup();
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Recover(address identity,address newOwner,uint256 nonce,uint256 deadline)"),
                identity,
                _actor(newOwner),
                registry.recoveryNonce(identity),
                _now
            )
        );
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = _sign(setup.helpers[0], structHash);
        registry.startRecovery(identity, _actor(newOwner), setup, setup.helpers, _now, signatures);
    }

    function cancelRecovery(uint256 seed, uint256 who) external later(seed) {
        address identity = _identity(who);
        vm.prank(_likelyOwner(identity, seed));
        registry.cancelRecovery(identity);
    }

    function finishRecovery(uint256 seed, uint256 who) external later(seed) {
        registry.finishRecovery(_identity(who));
    }

    function _identity(uint256 who) private view returns (address) {
        return actors[who % IDENTITIES];
    }

    function _actor(uint256 seed) private view returns (address) {
        return actors[seed % ACTORS];
    }

    /// @dev The owner three times of four, anybody else otherwise.
    function _likelyOwner(address identity, uint256 seed) private view returns (address) {
        address owner = registry.identityOwner(identity);
        return seed % 4 == 0 || owner == address(0) ? _actor(seed >> 8) : owner;
    }

    function _setup() private view returns (IPatientRegistry.RecoverySetup memory setup) {
        address[] memory helpers = new address[](1);
        helpers[0] = actors[ACTORS - 1];
        setup = IPatientRegistry.RecoverySetup(helpers, 1, 1 days);
    }

    function _sign(address signer, bytes32 structHash) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Consilium Patients"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        uint256 i = 0;
        while (actors[i] != signer) ++i;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_keys[i], keccak256(abi.encodePacked(hex"1901", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }
}

contract PatientRegistryInvariantTest {
    PatientRegistryHandler private _handler;
    IPatientRegistry private _registry;

    function setUp() external {
        _handler = new PatientRegistryHandler();
        _registry = _handler.registry();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_all() external view {
        _deactivatedStaysDeactivated();
        _changedOnlyGrows();
        _nonceOnlyGrows();
        _noGuardianAfterMajority();
        _onePersonDecidesOrSeveralTogether();
    }

    function _deactivatedStaysDeactivated() private view {
        for (uint256 i = 0; i < _handler.ACTORS(); ++i) {
            address identity = _handler.actors(i);
            (, , bool wasDeactivated) = _handler.before(identity);
            if (!wasDeactivated) continue;

            assert(_registry.isDeactivated(identity));
            assert(_registry.identityOwner(identity) == address(0));
            for (uint256 j = 0; j < _handler.ACTORS(); ++j) {
                assert(_kindOf(identity, _handler.actors(j)) == Authority.NONE);
            }
        }
    }

    function _changedOnlyGrows() private view {
        for (uint256 i = 0; i < _handler.ACTORS(); ++i) {
            address identity = _handler.actors(i);
            (uint256 changed, , ) = _handler.before(identity);
            assert(_registry.changed(identity) == changed || _registry.changed(identity) == block.number);
            assert(changed <= block.number);
        }
    }

    function _nonceOnlyGrows() private view {
        for (uint256 i = 0; i < _handler.ACTORS(); ++i) {
            address signer = _handler.actors(i);
            (, uint256 nonce, ) = _handler.before(signer);
            // Nothing is noted before the first act.
            if (nonce == 0) continue;
            assert(_registry.nonce(signer) == nonce || _registry.nonce(signer) == nonce + 1);
        }
    }

    /// @dev A former guardian has authority only if it owns the identity, or the owner gave it a mandate.
    function _noGuardianAfterMajority() private view {
        for (uint256 i = 0; i < _handler.IDENTITIES(); ++i) {
            address identity = _handler.actors(i);
            IPatientRegistry.Guardianship memory term = _registry.guardianship(identity);
            if (block.timestamp < term.majority) continue;

            for (uint256 j = 0; j < _handler.ACTORS(); ++j) {
                Authority kind = _kindOf(identity, _handler.actors(j));
                assert(kind != Authority.GUARDIAN && kind != Authority.JOINT);
            }
            if (term.guardian == address(0) || term.guardian == _registry.identityOwner(identity)) continue;
            bool hasMandate = _registry.mandate(identity, term.guardian) != 0;
            assert(hasMandate || _kindOf(identity, term.guardian) == Authority.NONE);
        }
    }

    /// @dev One person alone, or several together, and then those who must sign are just those of whom each may withdraw.
    function _onePersonDecidesOrSeveralTogether() private view {
        for (uint256 i = 0; i < _handler.IDENTITIES(); ++i) {
            address identity = _handler.actors(i);
            uint256 principals = 0;
            uint256 together = 0;
            uint256 delegates = 0;
            for (uint256 j = 0; j < _handler.ACTORS(); ++j) {
                Authority kind = _kindOf(identity, _handler.actors(j));
                if (kind == Authority.SELF || kind == Authority.GUARDIAN) ++principals;
                if (kind == Authority.JOINT) ++together;
                if (kind == Authority.DELEGATE) ++delegates;
            }
            (address[] memory signers, uint40 until) = _registry.jointSigners(identity);
            for (uint256 j = 0; j < signers.length; ++j) {
                assert(_kindOf(identity, signers[j]) == Authority.JOINT && until > block.timestamp);
            }
            if (_registry.isDeactivated(identity)) assert(principals + together + delegates == 0);
            else assert(together == 0 ? principals == 1 : principals + delegates == 0);
            // A guardian who owns the identity signs for nobody else.
            assert(signers.length == together || signers.length == 0);
            assert(signers.length != 1 && (together < 2 || signers.length == together || _ownsAsGuardian(identity)));
        }
    }

    /// @dev Shows that the acts of the handler get through, so that the invariants are about something.
    function test_TheHandlerActs() external {
        address identity = _handler.actors(0);
        address other = _handler.actors(1);
        uint256 nonce = _registry.nonce(identity);
        _handler.setAttribute(1, 0);
        _handler.addDelegate(1, 0, 3);
        assert(_registry.changed(identity) == block.number);
        _handler.appointGuardian(1, 0, 3, 2 days);
        assert(_kindOf(identity, _handler.actors(3)) == Authority.GUARDIAN);
        _handler.giveMandate(1, 0, 1, 1);
        assert(_kindOf(identity, other) == Authority.DELEGATE);
        _handler.setAttribute(2 days + 1, 0);
        assert(_kindOf(identity, other) == Authority.NONE);
        _handler.giveMandate(1, 0, 2, 1);
        assert(_kindOf(identity, other) == Authority.DELEGATE);
        _handler.endMandate(1, 0, 1);
        assert(_kindOf(identity, other) == Authority.NONE);
        _handler.setRecovery(1, 0);
        _handler.startRecovery(1, 0, 1);
        _handler.cancelRecovery(1, 0);
        _handler.startRecovery(1, 0, 1);
        _handler.finishRecovery(1 days, 0);
        assert(_kindOf(identity, other) == Authority.SELF);
        _handler.changeOwnerBySignature(1, 0, 0);
        assert(_kindOf(identity, identity) == Authority.SELF);
        assert(_registry.nonce(other) == nonce + 1);
        _handler.changeOwner(1, 0, 0);
        assert(_registry.isDeactivated(identity));

        _handler.appointGuardian(3, 1, 3, 2 days);
        assert(_kindOf(other, _handler.actors(3)) == Authority.GUARDIAN);
        _handler.replaceGuardian(1, 1, 4);
        assert(_kindOf(other, _handler.actors(3)) == Authority.NONE);
        assert(_kindOf(other, _handler.actors(4)) == Authority.GUARDIAN);
        _handler.setAttribute(1 days + 1, 1);
        assert(_kindOf(other, _handler.actors(4)) == Authority.JOINT);
        assert(_kindOf(other, other) == Authority.JOINT);
    }

    function _ownsAsGuardian(address identity) private view returns (bool) {
        IPatientRegistry.Guardianship memory term = _registry.guardianship(identity);
        address owner = _registry.identityOwner(identity);
        return owner == term.guardian || owner == term.coGuardian;
    }

    function _kindOf(address identity, address actor) private view returns (Authority kind) {
        (kind, ) = _registry.authority(identity, actor);
    }
}
