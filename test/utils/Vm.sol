// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {TestToken} from "../../contracts/mocks/TestToken.sol";

/// @notice The cheatcodes of the Solidity test runner that the suite's tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    /// @dev The next call comes from `sender`.
    function prank(address sender) external;

    function startPrank(address sender) external;

    function stopPrank() external;

    function warp(uint256 timestamp) external;

    function roll(uint256 blockNumber) external;

    function chainId(uint256 newChainId) external;

    function deal(address account, uint256 balance) external;

    function etch(address account, bytes calldata code) external;

    function load(address account, bytes32 slot) external view returns (bytes32);

    function store(address account, bytes32 slot, bytes32 value) external;

    /// @dev Drops the fuzz run unless `condition` holds.
    function assume(bool condition) external pure;

    function addr(uint256 privateKey) external pure returns (address);

    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function expectRevert() external;

    function expectRevert(bytes4 selector) external;

    function expectRevert(bytes calldata revertData) external;

    function expectEmit() external;

    function expectEmit(address emitter) external;

    function recordLogs() external;

    function getRecordedLogs() external returns (Log[] memory);

    /// @dev The creation code of the suite's contract `artifact`, "File.sol:Contract".
    function getCode(string calldata artifact) external view returns (bytes memory);

    function label(address account, string calldata name) external;

    function snapshotState() external returns (uint256 id);

    function revertToState(uint256 id) external returns (bool);
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

/// @dev A value within [min, max] that follows from `x`; values within stay as they are.
function bound(uint256 x, uint256 min, uint256 max) pure returns (uint256) {
    if (x >= min && x <= max) return x;
    uint256 span = max - min;
    return span == type(uint256).max ? x : min + (x % (span + 1));
}

/// @dev Deploys the suite's own build of a contract, as `new` would not: the compiler would build it anew, within each test that names
/// it, which takes minutes.
/// @param name The contract's, and its file's without `.sol`.
/// @param arguments Of its constructor, ABI-encoded.
function deploy(string memory name, bytes memory arguments) returns (address deployed) {
    bytes memory code = bytes.concat(vm.getCode(string.concat(name, ".sol:", name)), arguments);
    assembly ("memory-safe") {
        deployed := create(0, add(code, 0x20), mload(code))
    }
    require(deployed != address(0), name);
}

/// @dev An AccessManager whose administrator is `admin`.
function deployAuthority(address admin) returns (address) {
    return deploy("AccessManager", abi.encode(admin));
}

function deployToken() returns (TestToken) {
    return TestToken(deploy("TestToken", abi.encode("Settlement Unit", "SU", uint8(2))));
}
