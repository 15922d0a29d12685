// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {TestToken} from "../../contracts/mocks/TestToken.sol";
import {vm} from "./Vm.sol";

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
