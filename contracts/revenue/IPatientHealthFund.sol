// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IPatientHealthFund
/// @notice Holds the patients' common share of revenue, in any token, and spends it as the consortium decides.
/// @dev Anyone may pay in by a plain transfer. What it holds is the token's `balanceOf` of this contract.
interface IPatientHealthFund {
    error FundAmountInvalid(uint256 amount);

    event FundSpent(address indexed token, address indexed to, uint256 amount, bytes32 purposeHash, address by);

    /// @notice Pays out of the fund.
    /// @dev Restricted. Reverts: ZeroAddress (token or recipient), FundAmountInvalid for zero, ZeroHash, and as the token does for more
    /// than the fund holds.
    /// @param token What to pay in.
    /// @param to Who gets it.
    /// @param amount Units of the token.
    /// @param purposeHash Salted hash of the decision that it is spent by, kept off-chain.
    function spend(IERC20 token, address to, uint256 amount, bytes32 purposeHash) external;
}
