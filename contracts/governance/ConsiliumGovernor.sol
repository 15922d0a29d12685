// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IConsiliumGovernor} from "./IConsiliumGovernor.sol";

/// @title ConsiliumGovernor
/// @notice See IConsiliumGovernor.
contract ConsiliumGovernor is
    IConsiliumGovernor,
    GovernorSettings,
    GovernorCountingSimple,
    GovernorVotesQuorumFraction,
    GovernorTimelockControl
{
    /// @dev One seat is enough to propose.
    uint256 private constant PROPOSAL_THRESHOLD = 1;
    /// @dev Nobody decides alone.
    uint256 private constant LEAST_QUORUM = 2;
    /// @dev Length of 0x and 64 hex digits.
    uint256 private constant HASH_LENGTH = 66;

    constructor(
        IVotes seats,
        TimelockController timelock_,
        uint48 votingDelay_,
        uint32 votingPeriod_,
        uint256 quorumPercent
    )
        Governor("Consilium Governor")
        GovernorSettings(votingDelay_, votingPeriod_, PROPOSAL_THRESHOLD)
        GovernorVotes(seats)
        GovernorVotesQuorumFraction(quorumPercent)
        GovernorTimelockControl(timelock_)
    {}

    /// @inheritdoc IConsiliumGovernor
    function quorum(
        uint256 timepoint
    ) public view override(IConsiliumGovernor, Governor, GovernorVotesQuorumFraction) returns (uint256) {
        uint256 seats = token().getPastTotalSupply(timepoint);
        uint256 share = Math.mulDiv(seats, quorumNumerator(timepoint), quorumDenominator(), Math.Rounding.Ceil);
        return Math.max(share, LEAST_QUORUM);
    }

    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    function state(uint256 proposalId) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    /* INTERNAL */

    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address proposer
    ) internal override returns (uint256) {
        _requireSeat(proposer);
        return super._propose(targets, values, calldatas, description, proposer);
    }

    /// @dev What was a seat at the snapshot must still be one.
    function _castVote(
        uint256 proposalId,
        address account,
        uint8 support,
        string memory reason,
        bytes memory params
    ) internal override returns (uint256 weight) {
        uint256 length = bytes(reason).length;
        if (params.length != 0 || (length != 0 && !(length == HASH_LENGTH && _isHash(bytes(reason))))) {
            revert VoteTextInvalid(account);
        }
        _requireSeat(account);

        weight = super._castVote(proposalId, account, support, reason, params);
        if (weight == 0) revert SeatMissing(account);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }

    function _isValidDescriptionForProposer(
        address proposer,
        string memory description
    ) internal pure override returns (bool) {
        bytes memory text = bytes(description);
        bytes memory mark = bytes(string.concat("#proposer=", Strings.toHexString(proposer)));
        bool valid = text.length == HASH_LENGTH + mark.length && _isHash(text);
        for (uint256 i = 0; valid && i < mark.length; ++i) valid = text[HASH_LENGTH + i] == mark[i];
        if (!valid) revert ProposalTextInvalid(proposer);
        return true;
    }

    /* PRIVATE */

    function _requireSeat(address wallet) private view {
        if (token().getVotes(wallet) == 0) revert SeatMissing(wallet);
    }

    /// @dev Whether a text of at least HASH_LENGTH begins with 0x and 64 hex digits in lower case.
    function _isHash(bytes memory text) private pure returns (bool) {
        if (text[0] != "0" || text[1] != "x") return false;
        for (uint256 i = 2; i < HASH_LENGTH; ++i) {
            bytes1 digit = text[i];
            if (!((digit >= "0" && digit <= "9") || (digit >= "a" && digit <= "f"))) return false;
        }
        return true;
    }
}
