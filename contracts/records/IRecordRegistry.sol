// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {BatchId, InstitutionId} from "../common/Types.sol";

/// @title IRecordRegistry
/// @notice Anchors of records: Merkle roots of salted commitments, never data.
/// @dev A batch's id is keccak256(abi.encode(custodian, root)), so nobody can take another's root first. A record's leaf is
/// that of the npm package `merkle-tree` of OpenZeppelin for the types address, bytes32, uint256. A single record is a batch of one.
interface IRecordRegistry {
    /// @dev The values of a leaf.
    struct Record {
        /// The DID of the patient with this custodian.
        address patient;
        /// keccak256(abi.encode(content commitment, hash of the encrypted bytes, sensitivity commitment)).
        bytes32 commitment;
        /// See RecordMeta.
        uint256 meta;
    }

    /// @dev One slot. Author and time are written once.
    struct Batch {
        InstitutionId custodian;
        uint40 anchoredAt;
        uint32 count;
        /// Second after which the last of its records must be destroyed; 0: without end.
        uint40 retentionUntil;
        uint40 destroyedAt;
        bool published;
    }

    /// @dev One slot.
    struct RetentionLimit {
        /// First second at which the record may not be used and its destruction is due; 0: none.
        uint40 until;
        /// Of the next signed limit.
        uint64 nonce;
    }

    error BatchUnknown(BatchId batch);
    error BatchAlreadyAnchored(BatchId batch);
    error BatchAlreadyDestroyed(BatchId batch);
    error BatchSizeInvalid(uint256 count);
    error RetentionInvalid(uint40 retentionUntil);
    error RetentionOver(BatchId batch, bytes32 leaf, uint40 since);
    error RecordMetaInvalid(uint256 index, uint256 meta);
    error RecordNotAnchored(BatchId batch, bytes32 leaf);
    error RecordAlreadySuperseded(BatchId batch, bytes32 leaf);
    error RecordAlreadyDestroyed(BatchId batch, bytes32 leaf);
    error SuccessorInvalid(bytes32 leaf, bytes32 successor);
    error NotCustodian(BatchId batch, InstitutionId custodian, InstitutionId caller);

    event BatchAnchored(
        BatchId indexed batch,
        InstitutionId indexed custodian,
        bytes32 root,
        uint32 count,
        uint40 retentionUntil,
        bytes32 manifest,
        address by
    );
    event RecordsIndexed(BatchId indexed batch, InstitutionId indexed custodian, Record[] records);
    event RecordSuperseded(
        BatchId indexed batch,
        bytes32 indexed leaf,
        address indexed patient,
        BatchId successorBatch,
        bytes32 successor,
        bytes32 reasonHash,
        address by
    );
    event RecordDestroyed(
        BatchId indexed batch,
        bytes32 indexed leaf,
        address indexed patient,
        bytes32 evidenceHash,
        address by
    );
    event BatchDestroyed(BatchId indexed batch, InstitutionId indexed custodian, bytes32 evidenceHash, address by);
    /// @dev `until` 0: the limit is lifted.
    event RetentionLimited(
        BatchId indexed batch,
        bytes32 indexed leaf,
        address indexed patient,
        uint40 until,
        uint64 nonce,
        address by
    );
    event VerificationFailed(
        BatchId indexed batch,
        bytes32 indexed leaf,
        InstitutionId indexed reporter,
        bytes32 evidenceHash,
        address by
    );

    /// @notice Anchors any number of records by their Merkle root.
    /// @dev The caller is a GATEWAY agent of the custodian in standing. Reverts: AgentNotPermitted, ZeroHash,
    /// BatchSizeInvalid (0), RetentionInvalid (over already), BatchAlreadyAnchored.
    /// @param root Merkle root of the leaves.
    /// @param count Number of leaves.
    /// @param retentionUntil Latest retention end among the records, unix seconds; 0: without end.
    /// @param manifest Salted hash of the batch's manifest, kept off-chain.
    function anchor(
        bytes32 root,
        uint32 count,
        uint40 retentionUntil,
        bytes32 manifest
    ) external returns (BatchId batch);

    /// @notice Anchors records and publishes their leaves; the root is computed here, so the index cannot lie.
    /// @dev As `anchor`; the record at position i must name the caller's institution as custodian and i as index. At most 2,000
    /// records. Reverts also: RecordMetaInvalid. The tree is that of SimpleMerkleTree / StandardMerkleTree with `sortLeaves: false`.
    function anchorIndexed(Record[] calldata records, bytes32 manifest) external returns (BatchId batch, bytes32 root);

    /// @notice Declares a record corrected by another of the same patient and custodian; the old anchor stays visible.
    /// @dev The caller is a GATEWAY agent of the custodian. Reverts: NotCustodian, RecordNotAnchored, RecordAlreadySuperseded,
    /// SuccessorInvalid.
    function supersede(
        BatchId batch,
        Record calldata record,
        bytes32[] calldata proof,
        BatchId successorBatch,
        Record calldata successor,
        bytes32[] calldata successorProof,
        bytes32 reasonHash
    ) external;

    /// @notice Attests that a record's data, key and salt are destroyed. Its tombstone stays.
    /// @dev The caller is a GATEWAY agent of the custodian. Reverts: NotCustodian, RecordNotAnchored, RecordAlreadyDestroyed.
    function attestDestruction(
        BatchId batch,
        Record calldata record,
        bytes32[] calldata proof,
        bytes32 evidenceHash
    ) external;

    /// @notice Attests the same of all records of a batch.
    /// @dev Reverts: NotCustodian, BatchUnknown, BatchAlreadyDestroyed.
    function attestBatchDestruction(BatchId batch, bytes32 evidenceHash) external;

    /// @notice Ends a record's retention earlier than its custodian anchored: from `until` it may not be used, and its destruction is due.
    /// @dev The caller has SELF or GUARDIAN authority over the record's patient. A later call moves the limit or lifts it; once the
    /// retention is over, nothing does. The custodian's standing does not matter. Reverts: RecordNotAnchored, NoAuthority,
    /// RecordAlreadyDestroyed, RetentionOver, RetentionInvalid.
    /// @param until Unix seconds, at least a day from now, so that the custodian can know and destroy in time, and before what the
    /// custodian anchored if that has an end; 0: lifts the limit.
    function limitRetention(BatchId batch, Record calldata record, bytes32[] calldata proof, uint40 until) external;

    /// @notice The same, signed by `signer` and relayed by anyone.
    /// @dev Signed is `LimitRetention(bytes32 batch,bytes32 record,uint40 until,uint64 nonce,uint256 deadline)`, where record is the leaf and
    /// nonce that of `retentionLimit`, which each limit raises. Reverts as `limitRetention`, and SignatureExpired, SignatureInvalid.
    /// @param deadline Last second at which the signature can be used, unix seconds.
    function limitRetentionBySignature(
        BatchId batch,
        Record calldata record,
        bytes32[] calldata proof,
        uint40 until,
        address signer,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Puts on record that what was received did not match its anchor.
    /// @dev The caller is a RESEARCHER, CLINICIAN, OFFICER or GATEWAY agent in standing. Reverts: BatchUnknown, AgentNotPermitted.
    function reportFailedVerification(BatchId batch, bytes32 leaf, bytes32 evidenceHash) external;

    /// @notice Whether the record is a leaf of the batch, well-formed and the custodian's own; also after supersession or destruction.
    function verify(BatchId batch, Record calldata record, bytes32[] calldata proof) external view returns (bool);

    /// @notice The checks of a record for a decision now.
    /// @return failed Mask of FailedCheck record bits; 0 if the record may be used.
    function check(
        BatchId batch,
        Record calldata record,
        bytes32[] calldata proof
    ) external view returns (uint256 failed);

    /// @notice The same for many records of one batch by one multiproof (`getMultiProof` of the npm package).
    /// @return failed A mask for each record.
    function checkMany(
        BatchId batch,
        Record[] calldata records,
        bytes32[] calldata proof,
        bool[] calldata proofFlags
    ) external view returns (uint256[] memory failed);

    /// @notice The checks of a record already known to be anchored: superseded, destroyed, retention over.
    function checkState(BatchId batch, uint256 meta) external view returns (uint256 failed);

    function batch(BatchId batch) external view returns (Batch memory);

    function batchId(InstitutionId custodian, bytes32 root) external pure returns (BatchId);

    function leafOf(Record calldata record) external pure returns (bytes32);

    function isSuperseded(BatchId batch, uint32 index) external view returns (bool);

    function isDestroyed(BatchId batch, uint32 index) external view returns (bool);

    /// @notice What the patient's side set, and the nonce of the next signed limit.
    function retentionLimit(BatchId batch, uint32 index) external view returns (RetentionLimit memory);

    /// @notice First second at which the record's retention is over: the earlier of the limit's and its meta's; 0: without end.
    /// @param meta Of a record known to be anchored.
    function retentionEnd(BatchId batch, uint256 meta) external view returns (uint40);
}
