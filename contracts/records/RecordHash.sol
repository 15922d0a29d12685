// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {BatchId, InstitutionId} from "../common/Types.sol";
import {IRecordRegistry} from "./IRecordRegistry.sol";

/// @title RecordHash
/// @notice The leaf of a record and the id of a batch.
library RecordHash {
    /// @dev keccak256(keccak256(abi.encode(patient, commitment, meta))): hashed twice, so that no inner node can pass for a leaf. The three
    /// words in calldata are that encoding already; copying them as they stand spares its checks, of which a batch needs hundreds. A
    /// patient with dirty upper bits makes another leaf, and reading the field reverts.
    function leaf(IRecordRegistry.Record calldata record) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, record, 0x60)
            mstore(0x00, keccak256(free, 0x60))
            hash := keccak256(0x00, 0x20)
        }
    }

    function batchId(InstitutionId custodian, bytes32 root) internal pure returns (BatchId) {
        return BatchId.wrap(keccak256(abi.encode(custodian, root)));
    }
}
