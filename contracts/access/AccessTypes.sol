// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {BatchId, ConsentId, StudyId} from "../common/Types.sol";
import {IConsentRegistry} from "../consent/IConsentRegistry.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";

/// @dev A request for one record. Its id binds all but the proof, and the sender.
struct AccessRequest {
    /// 0 for care and other uses without a study.
    StudyId study;
    /// What is asked for, see PolicyWord: purposes, DUO uses, categories, level, until, de-identification, flags.
    uint256 word;
    /// Random, so that equal requests are different ones.
    uint256 salt;
    BatchId batch;
    IRecordRegistry.Record record;
    bytes32[] proof;
    /// The consent relied on, which must then hold; all zero for none, where the level needs none.
    IConsentRegistry.Terms consent;
}

/// @dev Records of one batch with the consents relied on, in the order of the multiproof.
struct CohortPart {
    BatchId batch;
    IRecordRegistry.Record[] records;
    IConsentRegistry.Terms[] consents;
    bytes32[] proof;
    bool[] proofFlags;
}

/// @dev A request for many patients' records.
struct CohortRequest {
    StudyId study;
    uint256 word;
    uint256 salt;
    /// Batch ids strictly ascending.
    CohortPart[] parts;
}

/// @dev A member of a grant's cohort; a single grant is a cohort of one. The leaf is that of the npm package `merkle-tree` of OpenZeppelin for the types
/// bytes32, address, bytes32, bytes32, bytes32 in this order.
struct CohortMember {
    StudyId study;
    address patient;
    ConsentId consent;
    BatchId batch;
    /// The record's leaf.
    bytes32 record;
}
