// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ZeroAddress, ZeroHash} from "../common/Errors.sol";
import {IPatientHealthFund} from "./IPatientHealthFund.sol";

/// @title PatientHealthFund
/// @notice See IPatientHealthFund. It keeps no state of its own, so a call from within a transfer finds nothing half-done.
contract PatientHealthFund is IPatientHealthFund, AccessManaged {
    using SafeERC20 for IERC20;

    constructor(address authority_) AccessManaged(authority_) {
        if (authority_ == address(0)) revert ZeroAddress();
    }

    /// @inheritdoc IPatientHealthFund
    function spend(IERC20 token, address to, uint256 amount, bytes32 purposeHash) external restricted {
        if (address(token) == address(0) || to == address(0)) revert ZeroAddress();
        if (amount == 0) revert FundAmountInvalid(amount);
        if (purposeHash == 0) revert ZeroHash();

        emit FundSpent(address(token), to, amount, purposeHash, msg.sender);

        token.safeTransfer(to, amount);
    }
}
