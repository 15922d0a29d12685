// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title RebasingToken
/// @notice A token whose balances all grow or shrink at once, for tests only.
contract RebasingToken is ERC20 {
    /// @dev Of what was minted, what each balance is now.
    uint256 private _percent = 100;

    constructor() ERC20("Rebasing", "RBS") {}

    /// @notice Makes `amount` units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Makes every balance `percent` of what it was at first.
    function rebase(uint256 percent) external {
        _percent = percent;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return (super.balanceOf(account) * _percent) / 100;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, (amount * 100) / _percent);
    }
}
