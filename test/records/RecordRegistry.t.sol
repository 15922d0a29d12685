// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {FailedCheck} from "../../contracts/common/FailedCheck.sol";
import {MerkleRoot} from "../../contracts/common/MerkleRoot.sol";
import {AgentRole, BatchId, InstitutionId} from "../../contracts/common/Types.sol";
import {IInstitutionRegistry} from "../../contracts/identity/IInstitutionRegistry.sol";
import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {IRecordRegistry} from "../../contracts/records/IRecordRegistry.sol";
import {bound, deploy, deployAuthority, deployToken, vm} from "../utils/Vm.sol";

/// @dev Roots and proofs for random leaves. This contract is the gateway of member 1.
contract RecordRegistryTest {
    uint40 private constant START = 1_900_000_000;
    uint256 private constant MAX_SIZE = 70;
    InstitutionId private constant MEMBER = InstitutionId.wrap(1);

    IRecordRegistry private _records;

    function setUp() external {
        vm.warp(START);
        TestToken token = deployToken();
        IInstitutionRegistry institutions = IInstitutionRegistry(
            deploy("InstitutionRegistry", abi.encode(deployAuthority(address(this)), address(token)))
        );
        institutions.admit(
            IInstitutionRegistry.InstitutionKind.HOSPITAL,
            0,
            true,
            START,
            type(uint40).max,
            bytes32(uint256(1)),
            address(this)
        );
        institutions.addAgent(address(this), AgentRole.GATEWAY | AgentRole.ADMIN, START, type(uint40).max);
        _records = IRecordRegistry(deploy("RecordRegistry", abi.encode(institutions, address(0))));
    }

    /* ROOTS */

    function testFuzz_theRootIsThatOfTheHeapWhateverTheRoom(uint256 seed, uint256 size, uint256 spare) external pure {
        size = bound(size, 1, MAX_SIZE);
        bytes32[] memory leaves = _leaves(seed, size);
        bytes32[] memory nodes = MerkleRoot.room(size + bound(spare, 0, MAX_SIZE));
        for (uint256 i = 0; i < size; ++i) MerkleRoot.put(nodes, i, leaves[i]);

        assert(MerkleRoot.root(nodes, size) == _tree(leaves)[0]);
    }

    function testFuzz_everyLeafHasAProofThatOpenZeppelinTakes(uint256 seed, uint256 size, uint256 i) external pure {
        size = bound(size, 1, MAX_SIZE);
        i = bound(i, 0, size - 1);
        bytes32[] memory leaves = _leaves(seed, size);
        bytes32[] memory nodes = MerkleRoot.room(size);
        for (uint256 k = 0; k < size; ++k) MerkleRoot.put(nodes, k, leaves[k]);
        bytes32 root = MerkleRoot.root(nodes, size);
        bytes32[] memory proof = _proof(_tree(leaves), i);

        assert(MerkleProof.verify(proof, root, leaves[i]));
        assert(!MerkleProof.verify(proof, root, keccak256(abi.encode(leaves[i]))));
    }

    function testFuzz_anotherLeafMakesAnotherRoot(uint256 seed, uint256 size, uint256 i, bytes32 other) external pure {
        size = bound(size, 1, MAX_SIZE);
        i = bound(i, 0, size - 1);
        bytes32[] memory leaves = _leaves(seed, size);
        vm.assume(other != leaves[i]);
        bytes32 root = _tree(leaves)[0];
        bytes32[] memory nodes = MerkleRoot.room(size);
        for (uint256 k = 0; k < size; ++k) MerkleRoot.put(nodes, k, k == i ? other : leaves[k]);

        assert(MerkleRoot.root(nodes, size) != root);
    }

    /* REGISTRY */

    function testFuzz_whatIsIndexedVerifiesAndNothingElse(
        uint256 seed,
        uint256 size,
        uint256 i,
        uint256 change
    ) external {
        size = bound(size, 1, MAX_SIZE);
        i = bound(i, 0, size - 1);
        IRecordRegistry.Record[] memory records = _recordsOf(seed, size);
        (BatchId id, bytes32 root) = _records.anchorIndexed(records, bytes32(uint256(1)));
        bytes32[] memory tree = _tree(_leavesOf(records));
        bytes32[] memory proof = _proof(tree, i);

        assert(root == tree[0]);
        assert(BatchId.unwrap(id) == keccak256(abi.encode(MEMBER, root)));
        assert(_records.verify(id, records[i], proof));
        assert(_records.check(id, records[i], proof) == 0);

        IRecordRegistry.Record memory forged = records[i];
        uint256 bit = change >> 8;
        if (change % 3 == 0) forged.patient = address(uint160(forged.patient) ^ uint160(1 << (bit % 160)));
        else if (change % 3 == 1) forged.commitment ^= bytes32(1 << (bit % 256));
        else forged.meta ^= 1 << (bit % 256);
        assert(!_records.verify(id, forged, proof));
        assert(_records.check(id, forged, proof) == FailedCheck.RECORD_NOT_ANCHORED);
    }

    function testFuzz_anInnerNodeIsNoRecord(uint256 seed, uint256 size, uint256 node) external {
        size = bound(size, 2, MAX_SIZE);
        IRecordRegistry.Record[] memory records = _recordsOf(seed, size);
        bytes32[] memory tree = _tree(_leavesOf(records));
        (BatchId id, ) = _records.anchorIndexed(records, bytes32(uint256(1)));
        node = bound(node, 0, size - 2);

        // The children of an inner node, put where a record's first values stand: hashed once they are the node, a leaf is hashed twice.
        IRecordRegistry.Record memory forged = IRecordRegistry.Record({
            patient: address(uint160(uint256(tree[2 * node + 1]))),
            commitment: tree[2 * node + 2],
            meta: records[0].meta
        });
        assert(!_records.verify(id, forged, _path(tree, node)));
    }

    function testFuzz_multiproofsOfAnyShapeNeitherRevertNorPass(
        uint256 seed,
        uint256 size,
        uint8 chosen,
        bytes32[] calldata proof,
        bool[] calldata flags
    ) external {
        size = bound(size, 2, MAX_SIZE);
        IRecordRegistry.Record[] memory records = _recordsOf(seed, size);
        (BatchId id, ) = _records.anchorIndexed(records, bytes32(uint256(1)));
        IRecordRegistry.Record[] memory list = new IRecordRegistry.Record[](bound(chosen, 0, size - 1));
        for (uint256 i = 0; i < list.length; ++i) list[i] = records[i];

        _assertNoneAnchored(_records.checkMany(id, list, proof, flags), list.length);
        // Of the right number, with random hashes and turns.
        uint256 hashes = bound(seed >> 128, 0, 12);
        bytes32[] memory made = _leaves(seed ^ 1, hashes);
        bool[] memory turns = new bool[](list.length + hashes == 0 ? 0 : list.length + hashes - 1);
        for (uint256 i = 0; i < turns.length; ++i) turns[i] = (seed >> (i % 256)) & 1 != 0;
        _assertNoneAnchored(_records.checkMany(id, list, made, turns), list.length);
        // Of any small number, none included.
        bool[] memory few = new bool[](bound(seed >> 64, 0, 4));
        for (uint256 i = 0; i < few.length; ++i) few[i] = (seed >> i) & 1 != 0;
        if (few.length + 1 != list.length + hashes) {
            _assertNoneAnchored(_records.checkMany(id, list, made, few), list.length);
        }
        // Of a shape that the library takes.
        for (uint256 i = 0; i < turns.length; ++i) turns[i] = i >= hashes;
        _assertNoneAnchored(_records.checkMany(id, list, made, turns), list.length);
    }

    function testFuzz_allRecordsTogetherProveThemselves(uint256 seed, uint256 size) external {
        size = bound(size, 1, MAX_SIZE);
        IRecordRegistry.Record[] memory records = _recordsOf(seed, size);
        (BatchId id, ) = _records.anchorIndexed(records, bytes32(uint256(1)));
        bool[] memory turns = new bool[](size - 1);
        for (uint256 i = 0; i < turns.length; ++i) turns[i] = true;

        uint256[] memory failed = _records.checkMany(id, records, new bytes32[](0), turns);
        for (uint256 i = 0; i < size; ++i) assert(failed[i] == 0);
    }

    /* HELPERS */

    function _assertNoneAnchored(uint256[] memory failed, uint256 count) private pure {
        assert(failed.length == count);
        for (uint256 i = 0; i < count; ++i) assert(failed[i] == FailedCheck.RECORD_NOT_ANCHORED);
    }

    function _recordsOf(uint256 seed, uint256 size) private pure returns (IRecordRegistry.Record[] memory records) {
        records = new IRecordRegistry.Record[](size);
        for (uint256 i = 0; i < size; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 from = uint40(random >> 32) >> 1;
            records[i] = IRecordRegistry.Record({
                patient: address(uint160(random >> 96) | 1),
                commitment: keccak256(abi.encode(random)),
                meta: 1 |
                    ((random % 4) << 32) |
                    (((random >> 8) % 11) << 40) |
                    (i << 48) |
                    (from << 80) |
                    ((from + (random % 1000)) << 120) |
                    ((random & 1 == 0 ? 0 : START + 1 + (random % 1e9)) << 160)
            });
        }
    }

    function _leavesOf(IRecordRegistry.Record[] memory records) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](records.length);
        for (uint256 i = 0; i < records.length; ++i) {
            leaves[i] = keccak256(
                bytes.concat(keccak256(abi.encode(records[i].patient, records[i].commitment, records[i].meta)))
            );
        }
    }

    function _leaves(uint256 seed, uint256 size) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) leaves[i] = keccak256(abi.encode(seed, i));
    }

    /// @dev The package's heap, written plainly: leaf i is node 2n-2-i, node k has the children 2k+1 and 2k+2.
    function _tree(bytes32[] memory leaves) private pure returns (bytes32[] memory nodes) {
        nodes = new bytes32[](2 * leaves.length - 1);
        for (uint256 i = 0; i < leaves.length; ++i) nodes[nodes.length - 1 - i] = leaves[i];
        for (uint256 k = leaves.length - 1; k > 0; --k) {
            nodes[k - 1] = Hashes.commutativeKeccak256(nodes[2 * k - 1], nodes[2 * k]);
        }
    }

    function _proof(bytes32[] memory nodes, uint256 leaf) private pure returns (bytes32[] memory) {
        return _path(nodes, nodes.length - 1 - leaf);
    }

    /// @dev The siblings from a node up to the root.
    function _path(bytes32[] memory nodes, uint256 node) private pure returns (bytes32[] memory path) {
        uint256 depth;
        for (uint256 k = node; k > 0; k = (k - 1) / 2) ++depth;
        path = new bytes32[](depth);
        for (uint256 d = 0; d < depth; ++d) {
            path[d] = nodes[node % 2 == 0 ? node - 1 : node + 1];
            node = (node - 1) / 2;
        }
    }
}
