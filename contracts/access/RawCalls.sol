// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {BatchId} from "../common/Types.sol";
import {IConsentRegistry} from "../consent/IConsentRegistry.sol";
import {IRecordRegistry} from "../records/IRecordRegistry.sol";
import {AccessRequest, CohortPart, CohortRequest} from "./AccessTypes.sol";
import {IRuleSet} from "./IRuleSet.sol";

/// @title RawCalls
/// @notice Calls that hand on parts of a request as they stand in calldata. Records, consents and hashes are static, so that their bytes
/// are their ABI encoding; the compiler would decode and encode each field of each anew, at every contract on the way.
/// @dev Offsets are written anew, never copied: an offset in calldata may point outside its struct, and would mean something else to the
/// next contract. Values are copied unchecked; whoever reads one checks it.
library RawCalls {
    uint256 private constant WORD = 0x20;
    uint256 private constant RECORD = 0x60;
    uint256 private constant TERMS = 0xe0;
    uint256 private constant USE = 0x80;
    /// @dev Head of an AccessRequest: study, word, salt, batch, record, the proof's offset, consent.
    uint256 private constant REQUEST = 0x1e0;
    uint256 private constant PROOF_OFFSET = 0xe0;

    /// @notice rules.evaluate(requester, body, reviews).
    function evaluate(
        IRuleSet rules,
        address requester,
        AccessRequest calldata body,
        uint8 reviews
    ) internal view returns (IRuleSet.Verdict memory) {
        (bytes memory data, uint256 at) = _begin(
            IRuleSet.evaluate.selector,
            3 * WORD + REQUEST + WORD * (1 + body.proof.length)
        );
        uint256 head;
        assembly ("memory-safe") {
            mstore(at, requester)
            mstore(add(at, 0x20), 0x60)
            mstore(add(at, 0x40), reviews)
            head := add(at, 0x60)
            calldatacopy(head, body, REQUEST)
            mstore(add(head, PROOF_OFFSET), REQUEST)
        }
        _array(head + REQUEST, body.proof);
        return abi.decode(Address.functionStaticCall(address(rules), data), (IRuleSet.Verdict));
    }

    /// @notice rules.evaluateCohort(requester, body).
    function evaluateCohort(
        IRuleSet rules,
        address requester,
        CohortRequest calldata body
    ) internal view returns (IRuleSet.CohortVerdict memory) {
        CohortPart[] calldata parts = body.parts;
        uint256 count = parts.length;
        uint256 size = (7 + count) * WORD;
        for (uint256 i = 0; i < count; ++i) size += _sizeOf(parts[i]);
        (bytes memory data, uint256 at) = _begin(IRuleSet.evaluateCohort.selector, size);
        uint256 offsets;
        assembly ("memory-safe") {
            mstore(at, requester)
            mstore(add(at, 0x20), 0x40)
            // study, word, salt, offset of the parts.
            calldatacopy(add(at, 0x40), body, 0x60)
            mstore(add(at, 0xa0), 0x80)
            mstore(add(at, 0xc0), count)
            offsets := add(at, 0xe0)
        }
        uint256 next = offsets + count * WORD;
        for (uint256 i = 0; i < count; ++i) {
            assembly ("memory-safe") {
                mstore(add(offsets, shl(5, i)), sub(next, offsets))
            }
            next = _part(next, parts[i]);
        }
        return abi.decode(Address.functionStaticCall(address(rules), data), (IRuleSet.CohortVerdict));
    }

    /// @notice records.checkMany(part.batch, part.records, part.proof, part.proofFlags).
    function checkRecords(IRecordRegistry records, CohortPart calldata part) internal view returns (uint256[] memory) {
        (bytes memory data, uint256 at) = _begin(
            IRecordRegistry.checkMany.selector,
            (7 + part.proof.length + part.proofFlags.length) * WORD + part.records.length * RECORD
        );
        uint256 recordsAt = at + 4 * WORD;
        uint256 proofAt = _array(recordsAt, part.records);
        uint256 flagsAt = _array(proofAt, part.proof);
        _array(flagsAt, part.proofFlags);
        BatchId batch = part.batch;
        assembly ("memory-safe") {
            mstore(at, batch)
            mstore(add(at, 0x20), sub(recordsAt, at))
            mstore(add(at, 0x40), sub(proofAt, at))
            mstore(add(at, 0x60), sub(flagsAt, at))
        }
        return abi.decode(Address.functionStaticCall(address(records), data), (uint256[]));
    }

    /// @notice consents.checkMany(terms, use).
    function checkConsents(
        IConsentRegistry consents,
        IConsentRegistry.Terms[] calldata terms,
        IConsentRegistry.Use memory use
    ) internal view returns (uint256[] memory) {
        (bytes memory data, uint256 at) = _begin(
            IConsentRegistry.checkMany.selector,
            2 * WORD + USE + terms.length * TERMS
        );
        assembly ("memory-safe") {
            mstore(at, add(USE, 0x20))
            // A struct of static fields in memory is its own encoding too.
            mcopy(add(at, 0x20), use, USE)
        }
        _array(at + WORD + USE, terms);
        return abi.decode(Address.functionStaticCall(address(consents), data), (uint256[]));
    }

    /* PRIVATE */

    /// @dev A CohortPart: batch, offsets of records, consents, proof and flags, and these.
    function _part(uint256 at, CohortPart calldata part) private pure returns (uint256 end) {
        uint256 recordsAt = at + 5 * WORD;
        uint256 consentsAt = _array(recordsAt, part.records);
        uint256 proofAt = _array(consentsAt, part.consents);
        uint256 flagsAt = _array(proofAt, part.proof);
        end = _array(flagsAt, part.proofFlags);
        BatchId batch = part.batch;
        assembly ("memory-safe") {
            mstore(at, batch)
            mstore(add(at, 0x20), sub(recordsAt, at))
            mstore(add(at, 0x40), sub(consentsAt, at))
            mstore(add(at, 0x60), sub(proofAt, at))
            mstore(add(at, 0x80), sub(flagsAt, at))
        }
    }

    /// @dev Bytes that a part takes: batch, four offsets, four lengths, and the elements.
    function _sizeOf(CohortPart calldata part) private pure returns (uint256) {
        return
            (9 + part.proof.length + part.proofFlags.length) * WORD +
            part.records.length * RECORD +
            part.consents.length * TERMS;
    }

    /// @dev Room for call data with `size` bytes of arguments; `at` is where these begin.
    function _begin(bytes4 selector, uint256 size) private pure returns (bytes memory data, uint256 at) {
        data = new bytes(4 + size);
        assembly ("memory-safe") {
            mstore(add(data, 0x20), selector)
            at := add(data, 0x24)
        }
    }

    function _array(uint256 at, IRecordRegistry.Record[] calldata list) private pure returns (uint256) {
        uint256 start;
        assembly ("memory-safe") {
            start := list.offset
        }
        return _copy(at, start, list.length, RECORD);
    }

    function _array(uint256 at, IConsentRegistry.Terms[] calldata list) private pure returns (uint256) {
        uint256 start;
        assembly ("memory-safe") {
            start := list.offset
        }
        return _copy(at, start, list.length, TERMS);
    }

    function _array(uint256 at, bytes32[] calldata list) private pure returns (uint256) {
        uint256 start;
        assembly ("memory-safe") {
            start := list.offset
        }
        return _copy(at, start, list.length, WORD);
    }

    function _array(uint256 at, bool[] calldata list) private pure returns (uint256) {
        uint256 start;
        assembly ("memory-safe") {
            start := list.offset
        }
        return _copy(at, start, list.length, WORD);
    }

    /// @dev Length and elements of an array, which calldata has room for by the compiler's check.
    function _copy(uint256 at, uint256 start, uint256 length, uint256 size) private pure returns (uint256 end) {
        assembly ("memory-safe") {
            mstore(at, length)
            calldatacopy(add(at, 0x20), start, mul(length, size))
            end := add(add(at, 0x20), mul(length, size))
        }
    }
}
