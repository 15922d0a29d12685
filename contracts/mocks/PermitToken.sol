// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title PermitToken
/// @notice A token with ERC-2612 permits, for tests only.
contract PermitToken is ERC20("Permit", "PERMIT"), ERC20Permit("Permit") {
    /// @notice Makes `amount` units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
