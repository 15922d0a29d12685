// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {BatchId, InstitutionId} from "../common/Types.sol";
import {IRecordRegistry} from "./IRecordRegistry.sol";

/// @title RecordHash
/// @notice The leaf of a record and the id of a batch.
library RecordHash {
    /// @dev Hashed twice, so that no inner node can pass for a leaf.
    function leaf(IRecordRegistry.Record calldata record) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(record.patient, record.commitment, record.meta))));
    }

    function batchId(InstitutionId custodian, bytes32 root) internal pure returns (BatchId) {
        return BatchId.wrap(keccak256(abi.encode(custodian, root)));
    }
}
