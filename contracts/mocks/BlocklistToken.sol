// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title BlocklistToken
/// @notice A token that refuses transfers to some addresses, for tests only.
contract BlocklistToken is ERC20("Blocklist", "BLOCK") {
    mapping(address account => bool) private _blocked;

    error RecipientBlocked(address account);

    /// @notice Makes `amount` units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Sets whether transfers to `account` are refused.
    function setBlocked(address account, bool blocked) external {
        _blocked[account] = blocked;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (_blocked[to]) revert RecipientBlocked(to);
        super._update(from, to, amount);
    }
}
