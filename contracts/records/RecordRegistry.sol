// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {ZeroHash} from "../common/Errors.sol";
import {FailedCheck} from "../common/FailedCheck.sol";
import {MerkleRoot} from "../common/MerkleRoot.sol";
import {AgentRole, BatchId, InstitutionId} from "../common/Types.sol";
import {IInstitutionRegistry} from "../identity/IInstitutionRegistry.sol";
import {IRecordRegistry} from "./IRecordRegistry.sol";
import {RecordHash} from "./RecordHash.sol";
import {RecordMeta} from "./RecordMeta.sol";

/// @title RecordRegistry
/// @notice See IRecordRegistry.
contract RecordRegistry is IRecordRegistry {
    using RecordMeta for uint256;

    uint256 private constant MAX_INDEXED = 2_000;

    IInstitutionRegistry private immutable _institutions;

    mapping(BatchId batch => Batch) private _batches;
    /// @dev One bit a record: word index / 256, bit index % 256.
    mapping(BatchId batch => mapping(uint256 word => uint256 bits)) private _superseded;
    mapping(BatchId batch => mapping(uint256 word => uint256 bits)) private _destroyed;

    constructor(IInstitutionRegistry institutions) {
        _institutions = institutions;
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

        bytes32[] memory nodes = MerkleRoot.room(count);
        uint256 retentionUntil;
        bool endless;
        // Unchecked: i < count <= MAX_INDEXED.
        for (uint256 i = 0; i < count;) {
            Record calldata record = _at(records, i);
            uint256 meta = record.meta;
            uint256 retention = meta.retentionUntil();
            if (record.patient == address(0) || !meta.isWellFormedFor(custodian, i)) revert RecordMetaInvalid(i, meta);
            if (retention <= block.timestamp) {
                if (retention != 0) revert RetentionInvalid(uint40(retention));
                endless = true;
            } else if (retention > retentionUntil) {
                retentionUntil = retention;
            }
            MerkleRoot.put(nodes, i, RecordHash.leaf(record));
            unchecked {
                ++i;
            }
        }
        root = MerkleRoot.root(nodes, count);

        // count and retention fit: at most MAX_INDEXED, and 40 bits of a word.
        id = _anchor(custodian, root, uint32(count), endless ? 0 : uint40(retentionUntil), manifest, true);
        _emitRecordsIndexed(id, custodian, records);
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

        _superseded[id][index >> 8] |= 1 << (index & 0xff);
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

        _destroyed[id][index >> 8] |= 1 << (index & 0xff);
        emit RecordDestroyed(id, leaf, record.patient, evidenceHash, msg.sender);
    }

    /// @inheritdoc IRecordRegistry
    function attestBatchDestruction(BatchId id, bytes32 evidenceHash) external {
        InstitutionId custodian = _requireCustodian(id);
        if (_batches[id].destroyedAt != 0) revert BatchAlreadyDestroyed(id);

        _batches[id].destroyedAt = uint40(block.timestamp);
        emit BatchDestroyed(id, custodian, evidenceHash, msg.sender);
    }

    /// @inheritdoc IRecordRegistry
    function reportFailedVerification(BatchId id, bytes32 leaf, bytes32 evidenceHash) external {
        InstitutionId reporter = _institutions.requireAgent(
            msg.sender,
            AgentRole.RESEARCHER | AgentRole.CLINICIAN | AgentRole.OFFICER | AgentRole.GATEWAY
        );
        if (_batches[id].anchoredAt == 0) revert BatchUnknown(id);

        emit VerificationFailed(id, leaf, reporter, evidenceHash, msg.sender);
    }

    /* VIEWS */

    /// @inheritdoc IRecordRegistry
    function verify(BatchId id, Record calldata record, bytes32[] calldata proof) external view returns (bool) {
        return _isAnchored(id, record, RecordHash.leaf(record), proof);
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
        Batch memory anchored = _batches[id];
        uint256 count = records.length;
        failed = new uint256[](count);
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = RecordHash.leaf(records[i]);
        bool proven =
            anchored.anchoredAt != 0 &&
                _isShaped(count, proof.length, proofFlags) &&
                _isRoot(id, anchored.custodian, MerkleProof.processMultiProofCalldata(proof, proofFlags, leaves));
        for (uint256 i = 0; i < count; ++i) {
            uint256 meta = records[i].meta;
            failed[i] =
                proven && _fits(meta, anchored) ? _stateFailures(id, anchored, meta) : FailedCheck.RECORD_NOT_ANCHORED;
        }
    }

    /// @inheritdoc IRecordRegistry
    function checkState(BatchId id, uint256 meta) external view returns (uint256 failed) {
        return _stateFailures(id, _batches[id], meta);
    }

    /// @inheritdoc IRecordRegistry
    function batch(BatchId id) external view returns (Batch memory) {
        return _batches[id];
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
        return (_superseded[id][index >> 8] >> (index & 0xff)) & 1 != 0;
    }

    /// @inheritdoc IRecordRegistry
    function isDestroyed(BatchId id, uint32 index) public view returns (bool) {
        return _batches[id].destroyedAt != 0 || (_destroyed[id][index >> 8] >> (index & 0xff)) & 1 != 0;
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
        if (_batches[id].anchoredAt != 0) revert BatchAlreadyAnchored(id);

        _batches[id] = Batch({
            custodian: custodian,
            anchoredAt: uint40(block.timestamp),
            count: count,
            retentionUntil: retentionUntil,
            destroyedAt: 0,
            published: published
        });
        emit BatchAnchored(id, custodian, root, count, retentionUntil, manifest, msg.sender);
    }

    /// @dev records[i] for an i below the length, without a second bounds check.
    function _at(Record[] calldata records, uint256 i) private pure returns (Record calldata record) {
        assembly ("memory-safe") {
            record := add(records.offset, mul(i, 0x60))
        }
    }

    /// @dev emit RecordsIndexed(id, custodian, records). A Record is static, so the array in calldata is its own ABI encoding; the
    /// compiler would encode it anew, field by field. Every field was read, hence found clean, before.
    function _emitRecordsIndexed(BatchId id, InstitutionId custodian, Record[] calldata records) private {
        bytes32 topic = RecordsIndexed.selector;
        assembly ("memory-safe") {
            let free := mload(0x40)
            let size := mul(records.length, 0x60)
            mstore(free, 0x20)
            mstore(add(free, 0x20), records.length)
            calldatacopy(add(free, 0x40), records.offset, size)
            log3(free, add(size, 0x40), topic, id, custodian)
        }
    }

    function _requireCustodian(BatchId id) private view returns (InstitutionId custodian) {
        InstitutionId caller = _institutions.requireAgent(msg.sender, AgentRole.GATEWAY);
        if (_batches[id].anchoredAt == 0) revert BatchUnknown(id);
        custodian = _batches[id].custodian;
        if (caller != custodian) revert NotCustodian(id, custodian, caller);
    }

    function _requireOwnRecord(
        BatchId id,
        Record calldata record,
        bytes32[] calldata proof
    ) private view returns (bytes32 leaf) {
        _requireCustodian(id);
        leaf = RecordHash.leaf(record);
        if (!_isAnchored(id, record, leaf, proof)) revert RecordNotAnchored(id, leaf);
    }

    function _check(BatchId id, Record calldata record, bytes32[] calldata proof) private view returns (uint256) {
        if (!_isAnchored(id, record, RecordHash.leaf(record), proof)) return FailedCheck.RECORD_NOT_ANCHORED;
        return _stateFailures(id, _batches[id], record.meta);
    }

    function _isAnchored(
        BatchId id,
        Record calldata record,
        bytes32 leaf,
        bytes32[] calldata proof
    ) private view returns (bool) {
        Batch memory anchored = _batches[id];
        return
            anchored.anchoredAt != 0 &&
            _fits(record.meta, anchored) &&
            _isRoot(id, anchored.custodian, MerkleProof.processProofCalldata(proof, leaf));
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

    function _fits(uint256 meta, Batch memory anchored) private pure returns (bool) {
        return meta.isWellFormed() && meta.index() < anchored.count && meta.custodian() == anchored.custodian;
    }

    function _stateFailures(BatchId id, Batch memory anchored, uint256 meta) private view returns (uint256 failed) {
        uint256 index = meta.index();
        uint40 retention = meta.retentionUntil();
        if ((_superseded[id][index >> 8] >> (index & 0xff)) & 1 != 0) failed |= FailedCheck.RECORD_SUPERSEDED;
        if (anchored.destroyedAt != 0 || (_destroyed[id][index >> 8] >> (index & 0xff)) & 1 != 0) {
            failed |= FailedCheck.RECORD_DESTROYED;
        }
        if (retention != 0 && block.timestamp >= retention) failed |= FailedCheck.RETENTION_ENDED;
    }
}
