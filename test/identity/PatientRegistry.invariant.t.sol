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
    /// @dev As those chose who had the authority to.
    mapping(address identity => IPatientRegistry.Payout) private _chosen;
    /// Whether somebody without authority chose.
    bool public isTrespassed;
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

    function setPayout(uint256 seed, uint256 who, uint256 chooser, uint256 to) external later(seed) {
        address identity = _identity(who);
        address by = chooser % 2 == 0 ? _likelyOwner(identity, seed) : registry.guardianship(identity).guardian;
        (Authority kind, ) = registry.authority(identity, by);
        address chosen = to % 4 == 0 ? address(0) : _actor(to);
        vm.prank(by);
        registry.setPayout(identity, chosen);
        if (!kind.isPrincipal()) isTrespassed = true;
        _chosen[identity] = IPatientRegistry.Payout(chosen, by);
    }

    function chosenFor(address identity) external view returns (IPatientRegistry.Payout memory) {
        return _chosen[identity];
    }

    function allActors() external view returns (address[] memory) {
        return actors;
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
        address[] memory actors = _handler.allActors();
        _deactivatedStaysDeactivated(actors);
        _changedAndNonceOnlyGrow(actors);
        assert(!_handler.isTrespassed());
        for (uint256 i = 0; i < _handler.IDENTITIES(); ++i) {
            address identity = actors[i];
            Authority[] memory kinds = _kindsOf(identity, actors);
            _noGuardianAfterMajority(identity, actors, kinds);
            _onePersonDecidesOrSeveralTogether(identity, kinds);
            _revenueGoesWhereThePatientsSideChose(identity);
        }
    }

    function _deactivatedStaysDeactivated(address[] memory actors) private view {
        for (uint256 i = 0; i < actors.length; ++i) {
            (, , bool wasDeactivated) = _handler.before(actors[i]);
            if (!wasDeactivated) continue;

            assert(_registry.isDeactivated(actors[i]));
            assert(_registry.identityOwner(actors[i]) == address(0));
            Authority[] memory kinds = _kindsOf(actors[i], actors);
            for (uint256 j = 0; j < kinds.length; ++j) assert(kinds[j] == Authority.NONE);
        }
    }

    function _changedAndNonceOnlyGrow(address[] memory actors) private view {
        for (uint256 i = 0; i < actors.length; ++i) {
            (uint256 changedBefore, uint256 nonceBefore, ) = _handler.before(actors[i]);
            uint256 changed = _registry.changed(actors[i]);
            assert(changed == changedBefore || changed == block.number);
            assert(changedBefore <= block.number);
            // Nothing is noted before the first act.
            if (nonceBefore == 0) continue;
            uint256 nonce = _registry.nonce(actors[i]);
            assert(nonce == nonceBefore || nonce == nonceBefore + 1);
        }
    }

    /// @dev A former guardian has authority only if it owns the identity, or the owner gave it a mandate.
    function _noGuardianAfterMajority(
        address identity,
        address[] memory actors,
        Authority[] memory kinds
    ) private view {
        IPatientRegistry.Guardianship memory term = _registry.guardianship(identity);
        if (block.timestamp < term.majority) return;

        for (uint256 i = 0; i < kinds.length; ++i) {
            assert(kinds[i] != Authority.GUARDIAN && kinds[i] != Authority.JOINT);
            if (actors[i] != term.guardian || term.guardian == _registry.identityOwner(identity)) continue;
            assert(kinds[i] == Authority.NONE || _registry.mandate(identity, term.guardian) != 0);
        }
    }

    /// @dev One person alone, or several together, and then those who must sign are just those of whom each may withdraw.
    function _onePersonDecidesOrSeveralTogether(address identity, Authority[] memory kinds) private view {
        uint256 principals = 0;
        uint256 together = 0;
        uint256 delegates = 0;
        for (uint256 i = 0; i < kinds.length; ++i) {
            if (kinds[i].isPrincipal()) ++principals;
            if (kinds[i] == Authority.JOINT) ++together;
            if (kinds[i] == Authority.DELEGATE) ++delegates;
        }
        (address[] memory signers, uint40 until) = _registry.jointSigners(identity);
        for (uint256 i = 0; i < signers.length; ++i) {
            assert(_kindOf(identity, signers[i]) == Authority.JOINT && until > block.timestamp);
        }
        if (_registry.isDeactivated(identity)) assert(principals + together + delegates == 0);
        else assert(together == 0 ? principals == 1 : principals + delegates == 0);
        // A guardian who owns the identity signs for nobody else.
        assert(signers.length == together || signers.length == 0);
        assert(signers.length != 1 && (together < 2 || signers.length == together || _ownsAsGuardian(identity)));
    }

    /// @dev Else to the owner: where nobody chose, or who did has no authority any more.
    function _revenueGoesWhereThePatientsSideChose(address identity) private view {
        IPatientRegistry.Payout memory chosen = _handler.chosenFor(identity);
        IPatientRegistry.Payout memory kept = _registry.payout(identity);
        assert(kept.to == chosen.to && kept.by == chosen.by);
        bool holds = chosen.to != address(0) && _kindOf(identity, chosen.by).isPrincipal();
        assert(_registry.payoutAddress(identity) == (holds ? chosen.to : _registry.identityOwner(identity)));
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
        _handler.setPayout(1, 0, 0, 2);
        assert(_registry.payoutAddress(identity) == _handler.actors(2));
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
        _handler.setPayout(1, 1, 1, 2);
        assert(_registry.payoutAddress(other) == _handler.actors(2));
        _handler.replaceGuardian(1, 1, 4);
        assert(_kindOf(other, _handler.actors(3)) == Authority.NONE);
        assert(_kindOf(other, _handler.actors(4)) == Authority.GUARDIAN);
        assert(_registry.payoutAddress(other) == other);
        _handler.setAttribute(1 days + 1, 1);
        assert(_kindOf(other, _handler.actors(4)) == Authority.JOINT);
        assert(_kindOf(other, other) == Authority.JOINT);
    }

    function _ownsAsGuardian(address identity) private view returns (bool) {
        IPatientRegistry.Guardianship memory term = _registry.guardianship(identity);
        address owner = _registry.identityOwner(identity);
        return owner == term.guardian || owner == term.coGuardian;
    }

    function _kindsOf(address identity, address[] memory actors) private view returns (Authority[] memory kinds) {
        kinds = new Authority[](actors.length);
        for (uint256 i = 0; i < actors.length; ++i) kinds[i] = _kindOf(identity, actors[i]);
    }

    function _kindOf(address identity, address actor) private view returns (Authority kind) {
        (kind, ) = _registry.authority(identity, actor);
    }
}
