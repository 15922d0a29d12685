// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title FeeToken
/// @notice A token that keeps a part of each transfer, for tests only: what arrives is less than what was sent.
contract FeeToken is ERC20 {
    uint16 private immutable _fee;

    /// @param fee_ Basis points burnt of each transfer.
    constructor(uint16 fee_) ERC20("Fee", "FEE") {
        _fee = fee_;
    }

    /// @notice Makes `amount` units for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : (amount * _fee) / 10_000;
        if (fee != 0) super._update(from, address(0), fee);
        super._update(from, to, amount - fee);
    }
}
