// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

/// @title IConsiliumGovernor
/// @notice Proposals of the consortium: holders of committee seats propose and vote, the timelock executes what they agreed on.
/// @dev OpenZeppelin's Governor with settings, simple counting, a quorum as a share of all seats, and a timelock. What is here comes on
/// top of it: only seats in standing act, and no free text reaches the chain.
/// @dev A proposal's description is `0x<hash>#proposer=0x<address>`, both in lower case: the salted hash of a text off-chain, and who may
/// propose it. A vote's reason is empty or `0x<hash>`; votes with parameters are refused.
interface IConsiliumGovernor {
    error ProposalTextInvalid(address proposer);
    error VoteTextInvalid(address voter);
    error SeatMissing(address wallet);

    /// @notice The fewest votes, for or abstaining, that make a proposal's vote count: the quorum's share of all seats at that second,
    /// rounded up, and at least two.
    function quorum(uint256 timepoint) external view returns (uint256);
}
