// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {FailedCheck} from "../../contracts/common/FailedCheck.sol";
import {AgentRole, BatchId, InstitutionId} from "../../contracts/common/Types.sol";
import {IInstitutionRegistry} from "../../contracts/identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../../contracts/identity/IPatientRegistry.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {IRecordRegistry} from "../../contracts/records/IRecordRegistry.sol";
import {deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @notice Acts at random for three custodians on batches of two records, and keeps a plain list of what was anchored by whom and when,
/// and of what became of it.
contract RecordRegistryHandler {
    struct Known {
        BatchId id;
        /// Who anchored it.
        uint32 custodian;
        uint40 anchoredAt;
        uint40 retentionUntil;
        uint40 destroyedAt;
        bool published;
        /// Whose records the root was made of; another than the custodian's prove nothing.
        uint32 owner;
        uint256 seed;
        bool[2] superseded;
        bool[2] destroyed;
        /// What the patient set last; 0: none.
        uint40[2] limits;
        uint64[2] nonces;
    }

    uint32 private constant MEMBERS = 3;
    uint256 private constant SEEDS = 4;
    uint40 private constant START = 1_900_000_000;
    uint40 private constant SPAN = 1_000;
    uint40 private constant MAJORITY = START + 3 * SPAN;
    uint40 private constant DAY = 1 days;
    address private constant GUARDIAN = address(0x6AD1);
    bytes32 private constant HASH = bytes32(uint256(1));

    IInstitutionRegistry private _institutions;
    IRecordRegistry private _registry;
    uint40 public time = START;
    /// Whether an act ever ended otherwise than the list foretold.
    bool public surprised;
    /// The batch of the latest act.
    uint256 public lastBatch;

    Known[] private _known;
    mapping(BatchId id => bool) private _isKnown;
    mapping(uint32 member => uint40) private _suspendedUntil;

    constructor() {
        vm.warp(START);
        TestToken token = deployToken();
        _institutions = IInstitutionRegistry(
            deploy("InstitutionRegistry", abi.encode(deployAuthority(address(this)), address(token)))
        );
        IPatientRegistry patients = IPatientRegistry(deploy("PatientRegistry", abi.encode(address(this))));
        _registry = IRecordRegistry(deploy("RecordRegistry", abi.encode(_institutions, patients)));
        // The second patient is a minor for a while.
        vm.prank(patientOf(1, 1));
        patients.appointGuardian(patientOf(1, 1), GUARDIAN, address(0), MAJORITY, MAJORITY);
        for (uint32 member = 1; member <= MEMBERS; ++member) {
            _institutions.admit(
                IInstitutionRegistry.InstitutionKind.HOSPITAL,
                0,
                true,
                START,
                type(uint40).max,
                HASH,
                address(uint160(0xAD00 + member))
            );
            vm.prank(address(uint160(0xAD00 + member)));
            _institutions.addAgent(gatewayOf(member), AgentRole.GATEWAY, START, type(uint40).max);
        }
    }

    /* ACTS */

    function pass(uint16 duration) external {
        time += duration % (SPAN / 4);
        vm.warp(time);
    }

    function suspend(uint32 member, uint16 duration) external {
        member = _memberOf(member);
        _suspendedUntil[member] = time + 1 + (duration % SPAN);
        _institutions.suspend(InstitutionId.wrap(member), _suspendedUntil[member], 0);
    }

    function anchorIndexed(uint32 member, uint32 owner, uint256 seed) external {
        member = _memberOf(member);
        // Mostly their own records.
        owner = seed % 8 == 0 ? _memberOf(owner) : member;
        seed %= SEEDS;
        uint40 retentionUntil = retentionOf(seed);
        bool expected =
            _acts(member) &&
                owner == member &&
                (retentionUntil == 0 || retentionUntil > time) &&
                !_isKnown[_idOf(member, owner, seed)];
        IRecordRegistry.Record[] memory records = new IRecordRegistry.Record[](2);
        (records[0], records[1]) = (recordOf(owner, seed, 0), recordOf(owner, seed, 1));
        vm.prank(gatewayOf(member));
        try _registry.anchorIndexed(records, HASH) returns (BatchId id, bytes32 root) {
            _note(expected && root == _rootOf(owner, seed));
            _keep(id, member, owner, seed, retentionUntil, true);
        } catch {
            _note(!expected);
        }
    }

    function anchor(uint32 member, uint32 owner, uint256 seed, uint16 retention) external {
        (member, owner, seed) = (_memberOf(member), _memberOf(owner), seed % SEEDS);
        uint40 retentionUntil = retention % 4 == 0 ? 0 : time - 1 + (retention % SPAN);
        bool expected =
            _acts(member) && (retentionUntil == 0 || retentionUntil > time) && !_isKnown[_idOf(member, owner, seed)];
        bytes32 root = _rootOf(owner, seed);
        vm.prank(gatewayOf(member));
        try _registry.anchor(root, 2, retentionUntil, HASH) returns (BatchId id) {
            _note(expected);
            _keep(id, member, owner, seed, retentionUntil, false);
        } catch {
            _note(!expected);
        }
    }

    function supersede(uint8 caller, uint256 which, uint8 i, uint256 by, uint8 k) external {
        if (_known.length == 0) return;
        (which, by) = (which % _known.length, by % _known.length);
        (i, k) = (i % 2, k % 2);
        lastBatch = which;
        Known storage one = _known[which];
        Known storage next = _known[by];
        uint32 member = _callerOf(caller, one.custodian);
        bool expected =
            _acts(member) &&
                member == one.custodian &&
                one.owner == one.custodian &&
                next.custodian == one.custodian &&
                !one.superseded[i] &&
                patientOf(next.seed, k) == patientOf(one.seed, i) &&
                (next.seed != one.seed || k != i) &&
                stateOf(by, k) == 0;
        vm.prank(gatewayOf(member));
        try
            _registry.supersede(
                one.id,
                recordOf(one.owner, one.seed, i),
                proofOf(one.owner, one.seed, i),
                next.id,
                recordOf(next.owner, next.seed, k),
                proofOf(next.owner, next.seed, k),
                HASH
            )
        {
            _note(expected);
            one.superseded[i] = true;
        } catch {
            _note(!expected);
        }
    }

    function attestDestruction(uint8 caller, uint256 which, uint8 i) external {
        if (_known.length == 0) return;
        lastBatch = which % _known.length;
        i %= 2;
        Known storage one = _known[lastBatch];
        uint32 member = _callerOf(caller, one.custodian);
        bool expected =
            _acts(member) &&
                member == one.custodian &&
                one.owner == one.custodian &&
                one.destroyedAt == 0 &&
                !one.destroyed[i];
        IRecordRegistry.Record memory record = recordOf(one.owner, one.seed, i);
        bytes32[] memory proof = proofOf(one.owner, one.seed, i);
        vm.prank(gatewayOf(member));
        try _registry.attestDestruction(one.id, record, proof, HASH) {
            _note(expected);
            one.destroyed[i] = true;
        } catch {
            _note(!expected);
        }
    }

    function attestBatchDestruction(uint8 caller, uint256 which) external {
        if (_known.length == 0) return;
        lastBatch = which % _known.length;
        Known storage one = _known[lastBatch];
        uint32 member = _callerOf(caller, one.custodian);
        bool expected = _acts(member) && member == one.custodian && one.destroyedAt == 0;
        vm.prank(gatewayOf(member));
        try _registry.attestBatchDestruction(one.id, HASH) {
            _note(expected);
            if (one.destroyedAt == 0) one.destroyedAt = time;
        } catch {
            _note(!expected);
        }
    }

    /// @dev By the patient, the guardian or the other patient; limits lie around the earliest that is allowed.
    function limitRetention(uint8 actor, uint256 which, uint8 i, uint16 notice) external {
        if (_known.length == 0) return;
        lastBatch = which % _known.length;
        i %= 2;
        Known storage one = _known[lastBatch];
        address patient = patientOf(one.seed, i);
        address caller =
            actor % 4 == 0
                ? patientOf(1, 1 - ((one.seed * i) % 2))
                : actor % 4 == 1
                    ? GUARDIAN
                    : patient;
        uint40 until = notice % 4 == 0 ? 0 : time + DAY - 3 + (notice % SPAN);
        bool isMinor = patient == patientOf(1, 1) && time < MAJORITY;
        uint40 end = endOf(lastBatch, i);
        uint40 own = retentionOf(one.seed);
        bool expected =
            caller == (isMinor ? GUARDIAN : patient) &&
                one.owner == one.custodian &&
                one.destroyedAt == 0 &&
                !one.destroyed[i] &&
                (end == 0 || time < end) &&
                (until == 0 || (until >= time + DAY && (own == 0 || until < own)));
        IRecordRegistry.Record memory record = recordOf(one.owner, one.seed, i);
        bytes32[] memory proof = proofOf(one.owner, one.seed, i);
        vm.prank(caller);
        try _registry.limitRetention(one.id, record, proof, until) {
            _note(expected);
            one.limits[i] = until;
            ++one.nonces[i];
        } catch {
            _note(!expected);
        }
    }

    /// @dev Brings limits to their end, which lie a day off.
    function passDay() external {
        time += DAY;
        vm.warp(time);
    }

    /* THE LIST'S ANSWERS */

    function count() external view returns (uint256) {
        return _known.length;
    }

    /// @notice Fails unless the registry says what the list says. Here, where the list is, since calls take longest.
    function checkBatches() external view {
        for (uint256 i = 0; i < _known.length; ++i) {
            Known storage one = _known[i];
            IRecordRegistry.Batch memory batch = _registry.batch(one.id);
            assert(InstitutionId.unwrap(batch.custodian) == one.custodian);
            assert(batch.anchoredAt == one.anchoredAt);
            assert(batch.count == 2);
            assert(batch.retentionUntil == one.retentionUntil);
            assert(batch.destroyedAt == one.destroyedAt);
            assert(batch.published == one.published);
        }
    }

    /// @notice As `checkBatches`, of the records of one batch.
    function checkRecords(uint256 which) external view {
        Known memory one = _known[which];
        for (uint32 i = 0; i < 2; ++i) {
            IRecordRegistry.Record memory record = recordOf(one.owner, one.seed, i);
            bytes32[] memory proof = proofOf(one.owner, one.seed, i);
            assert(_registry.verify(one.id, record, proof) == (one.owner == one.custodian));
            assert(_registry.check(one.id, record, proof) == stateOf(which, i));
            assert(_registry.isSuperseded(one.id, i) == one.superseded[i]);
            assert(_registry.retentionEnd(one.id, record.meta) == endOf(which, i));
            IRecordRegistry.RetentionLimit memory limit = _registry.retentionLimit(one.id, i);
            assert(limit.until == one.limits[i] && limit.nonce == one.nonces[i]);
            assert(_registry.isDestroyed(one.id, i) == (one.destroyed[i] || one.destroyedAt != 0));
        }
    }

    /// @notice The mask that a check of the record must answer now.
    function stateOf(uint256 which, uint256 i) public view returns (uint256 failed) {
        Known storage one = _known[which];
        if (one.owner != one.custodian) return FailedCheck.RECORD_NOT_ANCHORED;
        if (one.superseded[i]) failed |= FailedCheck.RECORD_SUPERSEDED;
        if (one.destroyed[i] || one.destroyedAt != 0) failed |= FailedCheck.RECORD_DESTROYED;
        uint40 end = endOf(which, i);
        if (end != 0 && time >= end) failed |= FailedCheck.RETENTION_ENDED;
    }

    /// @notice The earlier of what the custodian anchored and what the patient set; 0: none.
    function endOf(uint256 which, uint256 i) public view returns (uint40) {
        uint40 own = retentionOf(_known[which].seed);
        uint40 limit = _known[which].limits[i];
        if (own == 0 || limit == 0) return own + limit;
        return own < limit ? own : limit;
    }

    function gatewayOf(uint32 member) public pure returns (address) {
        return address(uint160(0x6A00 + member));
    }

    /// @notice Of odd seeds the second record is another patient's.
    function patientOf(uint256 seed, uint256 i) public pure returns (address) {
        return address(uint160(0x9A00 + ((seed * i) % 2)));
    }

    /// @notice Records of seeds 2 and 3 are kept for a while only.
    function retentionOf(uint256 seed) public pure returns (uint40) {
        return seed < 2 ? 0 : START + DAY + 2 * SPAN;
    }

    function recordOf(uint32 owner, uint256 seed, uint256 i) public pure returns (IRecordRegistry.Record memory) {
        return
            IRecordRegistry.Record({
                patient: patientOf(seed, i),
                commitment: keccak256(abi.encode(seed, i)),
                meta: owner | (2 << 32) | (3 << 40) | (i << 48) | (uint256(retentionOf(seed)) << 160)
            });
    }

    function proofOf(uint32 owner, uint256 seed, uint256 i) public pure returns (bytes32[] memory proof) {
        proof = new bytes32[](1);
        proof[0] = _leafOf(owner, seed, 1 - i);
    }

    function _leafOf(uint32 owner, uint256 seed, uint256 i) private pure returns (bytes32) {
        IRecordRegistry.Record memory record = recordOf(owner, seed, i);
        return keccak256(bytes.concat(keccak256(abi.encode(record.patient, record.commitment, record.meta))));
    }

    function _rootOf(uint32 owner, uint256 seed) private pure returns (bytes32) {
        return Hashes.commutativeKeccak256(_leafOf(owner, seed, 0), _leafOf(owner, seed, 1));
    }

    function _idOf(uint32 member, uint32 owner, uint256 seed) private pure returns (BatchId) {
        return BatchId.wrap(keccak256(abi.encode(member, _rootOf(owner, seed))));
    }

    function _acts(uint32 member) private view returns (bool) {
        return _suspendedUntil[member] <= time;
    }

    function _memberOf(uint32 seed) private pure returns (uint32) {
        return (seed % MEMBERS) + 1;
    }

    /// @dev Three times in four the custodian itself.
    function _callerOf(uint8 seed, uint32 custodian) private pure returns (uint32) {
        return seed % 4 == 0 ? _memberOf(seed / 4) : custodian;
    }

    function _keep(
        BatchId id,
        uint32 member,
        uint32 owner,
        uint256 seed,
        uint40 retentionUntil,
        bool published
    ) private {
        lastBatch = _known.length;
        _isKnown[id] = true;
        Known storage one = _known.push();
        (one.id, one.custodian, one.owner, one.seed) = (id, member, owner, seed);
        (one.anchoredAt, one.retentionUntil, one.published) = (time, retentionUntil, published);
    }

    function _note(bool foretold) private {
        if (!foretold) surprised = true;
    }
}

contract RecordRegistryInvariantTest {
    RecordRegistryHandler private _handler;

    function setUp() public {
        _handler = new RecordRegistryHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_all() external {
        _actsEndAsForetold();
        _authorAndTimeOfAnAnchorNeverChange();
        _recordsAreWhatBecameOfThem();
    }

    function _actsEndAsForetold() private view {
        assert(!_handler.surprised());
    }

    function _authorAndTimeOfAnAnchorNeverChange() private view {
        _handler.checkBatches();
    }

    function _recordsAreWhatBecameOfThem() private {
        uint256 count = _handler.count();
        if (count == 0) return;
        vm.warp(_handler.time());
        _handler.checkRecords(_handler.lastBatch());
        _handler.checkRecords(_handler.time() % count);
    }
}
