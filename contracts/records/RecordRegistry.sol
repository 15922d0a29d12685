// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {NoAuthority, ZeroHash} from "../common/Errors.sol";
import {FailedCheck} from "../common/FailedCheck.sol";
import {MerkleRoot} from "../common/MerkleRoot.sol";
import {Signed} from "../common/Signed.sol";
import {AgentRole, Authority, BatchId, InstitutionId} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IPatientRegistry} from "../identity/IPatientRegistry.sol";
import {BatchWord} from "./BatchWord.sol";
import {IRecordRegistry} from "./IRecordRegistry.sol";
import {RecordHash} from "./RecordHash.sol";
import {RecordMeta} from "./RecordMeta.sol";

/// @title RecordRegistry
/// @notice See IRecordRegistry.
contract RecordRegistry is IRecordRegistry, Signed {
    using BatchWord for uint256;
    using RecordMeta for uint256;

    uint256 private constant MAX_INDEXED = 2_000;
    uint256 private constant SUPERSEDED = 1;
    uint256 private constant DESTROYED = 2;
    /// @dev The patient's side has set a limit once, so that only such a record's checks read `_limits`.
    uint256 private constant LIMITED = 4;
    uint256 private constant MIN_NOTICE = 1 days;
    // LimitRetention(bytes32 batch,bytes32 record,uint40 until,uint64 nonce,uint256 deadline)
    bytes32 private constant LIMIT_RETENTION = keccak256(
        "LimitRetention(bytes32 batch,bytes32 record,uint40 until,uint64 nonce,uint256 deadline)"
    );

    IInstitutionRegistry private immutable _institutions;
    IPatientRegistry private immutable _patients;

    /// @dev See BatchWord.
    mapping(BatchId batch => uint256 word) private _batches;
    /// @dev Four bits a record, 64 records a word: SUPERSEDED, DESTROYED and LIMITED.
    mapping(BatchId batch => mapping(uint256 index => uint256 bits)) private _marks;
    mapping(BatchId batch => mapping(uint256 index => RetentionLimit limit)) private _limits;

    constructor(IInstitutionRegistry institutions, IPatientRegistry patients) EIP712("Consilium Records", "1") {
        _institutions = institutions;
        _patients = patients;
    }

    /* MUTATING */

    /// @inheritdoc IRecordRegistry
    function anchor(bytes32 root, uint32 count, uint40 retentionUntil, bytes32 manifest) external returns (BatchId id) {
        InstitutionId custodian = _institutions.requireAgent(msg.sender, AgentRole.GATEWAY);
        if (root == 0 || manifest == 0) revert ZeroHash();
        if (count == 0) revert BatchSizeInvalid(count);
        if (retentionUntil != 0 && retentionUntil <= block.timestamp) revert RetentionInvalid(retentionUntil);

        id = _anchor(custodian, root, count, retentionUntil, manifest, false);
    }

    /// @inheritdoc IRecordRegistry
    function anchorIndexed(Record[] calldata records, bytes32 manifest) external returns (BatchId id, bytes32 root) {
        InstitutionId custodian = _institutions.requireAgent(msg.sender, AgentRole.GATEWAY);
        uint256 count = records.length;
        if (manifest == 0) revert ZeroHash();
        if (count == 0 || count > MAX_INDEXED) revert BatchSizeInvalid(count);

        bytes memory data = _encode(records);
        uint40 retentionUntil;
        (root, retentionUntil) = _digest(data, count, custodian);

        // count <= MAX_INDEXED fits.
        id = _anchor(custodian, root, uint32(count), retentionUntil, manifest, true);
        _emitRecordsIndexed(id, custodian, data);
    }

    /// @inheritdoc IRecordRegistry
    function supersede(
        BatchId id,
        Record calldata record,
        bytes32[] calldata proof,
        BatchId successorBatch,
        Record calldata successor,
        bytes32[] calldata successorProof,
        bytes32 reasonHash
    ) external {
        bytes32 leaf = _requireOwnRecord(id, record, proof);
        bytes32 successorLeaf = RecordHash.leaf(successor);
        uint32 index = record.meta.index();
        if (isSuperseded(id, index)) revert RecordAlreadySuperseded(id, leaf);
        if (
            successorLeaf == leaf ||
            successor.patient != record.patient ||
            successor.meta.custodian() != record.meta.custodian() ||
            _check(successorBatch, successor, successorProof) != 0
        ) revert SuccessorInvalid(leaf, successorLeaf);

        _mark(id, index, SUPERSEDED);
        emit RecordSuperseded(id, leaf, record.patient, successorBatch, successorLeaf, reasonHash, msg.sender);
    }

    /// @inheritdoc IRecordRegistry
    function attestDestruction(
        BatchId id,
        Record calldata record,
        bytes32[] calldata proof,
        bytes32 evidenceHash
    ) external {
        bytes32 leaf = _requireOwnRecord(id, record, proof);
        uint32 index = record.meta.index();
        if (isDestroyed(id, index)) revert RecordAlreadyDestroyed(id, leaf);

        _mark(id, index, DESTROYED);
        emit RecordDestroyed(id, leaf, record.patient, evidenceHash, msg.sender);
    }

    /// @inheritdoc IRecordRegistry
    function attestBatchDestruction(BatchId id, bytes32 evidenceHash) external {
        InstitutionId custodian = _requireCustodian(id);
        uint256 word = _batches[id];
        if (word.isDestroyed()) revert BatchAlreadyDestroyed(id);

        _batches[id] = word.destroyed(block.timestamp);
        emit BatchDestroyed(id, custodian, evidenceHash, msg.sender);
    }

    /// @inheritdoc IRecordRegistry
    function limitRetention(BatchId id, Record calldata record, bytes32[] calldata proof, uint40 until) external {
        _limitRetention(id, record, proof, until, msg.sender);
    }

    /// @inheritdoc IRecordRegistry
    function limitRetentionBySignature(
        BatchId id,
        Record calldata record,
        bytes32[] calldata proof,
        uint40 until,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external {
        uint64 nonce = _limits[id][record.meta.index()].nonce;
        bytes32 leaf = RecordHash.leaf(record);
        bytes32 structHash = keccak256(abi.encode(LIMIT_RETENTION, id, leaf, until, nonce, deadline));
        _requireSignature(signer, structHash, deadline, signature);

        _limitRetention(id, record, proof, until, signer);
    }

    /// @inheritdoc IRecordRegistry
    function reportFailedVerification(BatchId id, bytes32 leaf, bytes32 evidenceHash) external {
        InstitutionId reporter = _institutions.requireAgent(
            msg.sender,
            AgentRole.RESEARCHER | AgentRole.CLINICIAN | AgentRole.OFFICER | AgentRole.GATEWAY
        );
        if (_batches[id] == 0) revert BatchUnknown(id);

        emit VerificationFailed(id, leaf, reporter, evidenceHash, msg.sender);
    }

    /* VIEWS */

    /// @inheritdoc IRecordRegistry
    function verify(BatchId id, Record calldata record, bytes32[] calldata proof) external view returns (bool) {
        return _isAnchored(id, _batches[id], record, RecordHash.leaf(record), proof);
    }

    /// @inheritdoc IRecordRegistry
    function check(
        BatchId id,
        Record calldata record,
        bytes32[] calldata proof
    ) external view returns (uint256 failed) {
        return _check(id, record, proof);
    }

    /// @inheritdoc IRecordRegistry
    function checkMany(
        BatchId id,
        Record[] calldata records,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external view returns (uint256[] memory failed) {
        uint256 anchored = _batches[id];
        uint256 count = records.length;
        failed = new uint256[](count);
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = RecordHash.leaf(records[i]);
        bool proven =
            anchored != 0 &&
                _isShaped(count, proof.length, proofFlags) &&
                _isRoot(id, anchored.custodianOf(), MerkleProof.processMultiProofCalldata(proof, proofFlags, leaves));
        // The word of marks is read once for records side by side.
        uint256 group = type(uint256).max;
        uint256 marks;
        for (uint256 i = 0; i < count; ++i) {
            uint256 meta = records[i].meta;
            if (!(proven && _fits(meta, anchored))) {
                failed[i] = FailedCheck.RECORD_NOT_ANCHORED;
                continue;
            }
            uint256 index = meta.index();
            if (index >> 6 != group) {
                group = index >> 6;
                marks = _marks[id][group];
            }
            failed[i] = _stateFailures(id, anchored, meta, marks >> _shift(index));
        }
    }

    /// @inheritdoc IRecordRegistry
    function checkState(BatchId id, uint256 meta) external view returns (uint256 failed) {
        return _stateFailures(id, _batches[id], meta, _marksOf(id, meta.index()));
    }

    /// @inheritdoc IRecordRegistry
    function batch(BatchId id) external view returns (Batch memory) {
        return _batches[id].decode();
    }

    /// @inheritdoc IRecordRegistry
    function batchId(InstitutionId custodian, bytes32 root) external pure returns (BatchId) {
        return RecordHash.batchId(custodian, root);
    }

    /// @inheritdoc IRecordRegistry
    function leafOf(Record calldata record) external pure returns (bytes32) {
        return RecordHash.leaf(record);
    }

    /// @inheritdoc IRecordRegistry
    function isSuperseded(BatchId id, uint32 index) public view returns (bool) {
        return _marksOf(id, index) & SUPERSEDED != 0;
    }

    /// @inheritdoc IRecordRegistry
    function isDestroyed(BatchId id, uint32 index) public view returns (bool) {
        return _batches[id].isDestroyed() || _marksOf(id, index) & DESTROYED != 0;
    }

    /// @inheritdoc IRecordRegistry
    function retentionLimit(BatchId id, uint32 index) external view returns (RetentionLimit memory) {
        return _limits[id][index];
    }

    /// @inheritdoc IRecordRegistry
    function retentionEnd(BatchId id, uint256 meta) external view returns (uint40) {
        return _retentionEnd(id, meta, _marksOf(id, meta.index()));
    }

    /* INTERNAL */

    function _anchor(
        InstitutionId custodian,
        bytes32 root,
        uint32 count,
        uint40 retentionUntil,
        bytes32 manifest,
        bool published
    ) private returns (BatchId id) {
        id = RecordHash.batchId(custodian, root);
        if (_batches[id] != 0) revert BatchAlreadyAnchored(id);

        _batches[id] = BatchWord.encode(custodian, block.timestamp, count, retentionUntil, published);
        emit BatchAnchored(id, custodian, root, count, retentionUntil, manifest, msg.sender);
    }

    /// @dev abi.encode(records). A Record is static, so the array in calldata is its own encoding; the compiler would encode it anew,
    /// field by field. `_digest` checks the fields.
    function _encode(Record[] calldata records) private pure returns (bytes memory data) {
        assembly ("memory-safe") {
            let size := mul(records.length, 0x60)
            data := mload(0x40)
            mstore(0x40, add(data, add(size, 0x60)))
            mstore(data, add(size, 0x40))
            mstore(add(data, 0x20), 0x20)
            mstore(add(data, 0x40), records.length)
            calldatacopy(add(data, 0x60), records.offset, size)
        }
    }

    /// @dev Checks the `count` records in `data`, which `_encode` made.
    /// @return root Of their leaves in order.
    /// @return retentionUntil The latest; 0 if one is without end.
    function _digest(
        bytes memory data,
        uint256 count,
        InstitutionId custodian
    ) private view returns (bytes32 root, uint40 retentionUntil) {
        bytes32[] memory nodes = MerkleRoot.room(count);
        uint256 names = RecordMeta.names(custodian, 0);
        uint256 latest;
        bool endless;
        // Unchecked: i < count <= MAX_INDEXED, and an index has 32 bits in `names`.
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 record;
                uint256 patient;
                uint256 meta;
                assembly ("memory-safe") {
                    record := add(add(data, 0x60), mul(i, 0x60))
                    patient := mload(record)
                    meta := mload(add(record, 0x40))
                }
                if (RecordMeta.isMisfit(patient, meta, names)) revert RecordMetaInvalid(i, meta);
                uint256 retention = meta.retentionUntil();
                if (retention <= block.timestamp) {
                    if (retention != 0) revert RetentionInvalid(uint40(retention));
                    endless = true;
                }
                if (retention > latest) latest = retention;
                MerkleRoot.put(nodes, i, MerkleRoot.leafAt(record, 0x60));
                names += 1 << 48;
            }
        }
        return (MerkleRoot.root(nodes, count), endless ? 0 : uint40(latest));
    }

    /// @dev emit RecordsIndexed(id, custodian, records), whose encoding `data` is.
    function _emitRecordsIndexed(BatchId id, InstitutionId custodian, bytes memory data) private {
        bytes32 topic = RecordsIndexed.selector;
        assembly ("memory-safe") {
            log3(add(data, 0x20), mload(data), topic, id, custodian)
        }
    }

    function _limitRetention(
        BatchId id,
        Record calldata record,
        bytes32[] calldata proof,
        uint40 until,
        address actor
    ) private {
        bytes32 leaf = _requireAnchored(id, record, proof);
        (Authority kind, ) = _patients.authority(record.patient, actor);
        if (!kind.isPrincipal()) revert NoAuthority(record.patient, actor);
        uint32 index = record.meta.index();
        if (isDestroyed(id, index)) revert RecordAlreadyDestroyed(id, leaf);
        uint40 end = _retentionEnd(id, record.meta, _marksOf(id, index));
        if (end != 0 && block.timestamp >= end) revert RetentionOver(id, leaf, end);
        if (until != 0) {
            uint40 own = record.meta.retentionUntil();
            if (until < block.timestamp + MIN_NOTICE || (own != 0 && until >= own)) revert RetentionInvalid(until);
        }

        RetentionLimit storage kept = _limits[id][index];
        uint64 nonce = kept.nonce + 1;
        kept.until = until;
        kept.nonce = nonce;
        _mark(id, index, LIMITED);

        emit RetentionLimited(id, leaf, record.patient, until, nonce, actor);
    }

    function _mark(BatchId id, uint32 index, uint256 mark) private {
        _marks[id][index >> 6] |= mark << _shift(index);
    }

    /// @dev The record's marks in the lowest four bits, those of others above.
    function _marksOf(BatchId id, uint256 index) private view returns (uint256) {
        return _marks[id][index >> 6] >> _shift(index);
    }

    function _shift(uint256 index) private pure returns (uint256) {
        return (index & 0x3f) << 2;
    }

    function _requireCustodian(BatchId id) private view returns (InstitutionId custodian) {
        InstitutionId caller = _institutions.requireAgent(msg.sender, AgentRole.GATEWAY);
        uint256 word = _batches[id];
        if (word == 0) revert BatchUnknown(id);
        custodian = word.custodianOf();
        if (caller != custodian) revert NotCustodian(id, custodian, caller);
    }

    function _requireOwnRecord(
        BatchId id,
        Record calldata record,
        bytes32[] calldata proof
    ) private view returns (bytes32 leaf) {
        _requireCustodian(id);
        return _requireAnchored(id, record, proof);
    }

    function _requireAnchored(
        BatchId id,
        Record calldata record,
        bytes32[] calldata proof
    ) private view returns (bytes32 leaf) {
        leaf = RecordHash.leaf(record);
        if (!_isAnchored(id, _batches[id], record, leaf, proof)) revert RecordNotAnchored(id, leaf);
    }

    function _check(BatchId id, Record calldata record, bytes32[] calldata proof) private view returns (uint256) {
        uint256 anchored = _batches[id];
        if (!_isAnchored(id, anchored, record, RecordHash.leaf(record), proof)) return FailedCheck.RECORD_NOT_ANCHORED;
        return _stateFailures(id, anchored, record.meta, _marksOf(id, record.meta.index()));
    }

    function _isAnchored(
        BatchId id,
        uint256 anchored,
        Record calldata record,
        bytes32 leaf,
        bytes32[] calldata proof
    ) private pure returns (bool) {
        return
            anchored != 0 &&
            _fits(record.meta, anchored) &&
            _isRoot(id, anchored.custodianOf(), MerkleProof.processProofCalldata(proof, leaf));
    }

    /// @dev The root is not stored: it is known by the id that it makes.
    function _isRoot(BatchId id, InstitutionId custodian, bytes32 root) private pure returns (bool) {
        return BatchId.unwrap(RecordHash.batchId(custodian, root)) == BatchId.unwrap(id);
    }

    /// @dev Whether the multiproof takes up just these leaves and hashes; the library would revert or panic otherwise.
    function _isShaped(uint256 leaves, uint256 hashes, bool[] calldata proofFlags) private pure returns (bool) {
        uint256 flags = proofFlags.length;
        if (leaves == 0 || leaves + hashes != flags + 1) return false;
        uint256 taken;
        for (uint256 i = 0; i < flags; ++i) if (!proofFlags[i]) ++taken;
        return taken == hashes || flags == 0;
    }

    function _fits(uint256 meta, uint256 anchored) private pure returns (bool) {
        return meta.isWellFormed() && meta.index() < anchored.countOf() && meta.custodian() == anchored.custodianOf();
    }

    /// @dev The earlier of the limit and what the custodian anchored. A limit is set as the earlier, but two leaves of one root may bear
    /// the same index.
    /// @param marks The record's in the lowest four bits.
    function _retentionEnd(BatchId id, uint256 meta, uint256 marks) private view returns (uint40 end) {
        end = meta.retentionUntil();
        if (marks & LIMITED != 0) {
            uint40 limit = _limits[id][meta.index()].until;
            if (limit != 0 && (end == 0 || limit < end)) end = limit;
        }
    }

    /// @param marks The record's in the lowest four bits.
    function _stateFailures(
        BatchId id,
        uint256 anchored,
        uint256 meta,
        uint256 marks
    ) private view returns (uint256 failed) {
        uint40 end = _retentionEnd(id, meta, marks);
        if (marks & SUPERSEDED != 0) failed |= FailedCheck.RECORD_SUPERSEDED;
        if (anchored.isDestroyed() || marks & DESTROYED != 0) failed |= FailedCheck.RECORD_DESTROYED;
        if (end != 0 && block.timestamp >= end) failed |= FailedCheck.RETENTION_ENDED;
    }
}
