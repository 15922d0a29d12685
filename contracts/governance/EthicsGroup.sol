// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Group, ICommitteeSeats} from "./ICommitteeSeats.sol";
import {WorkingGroup} from "./WorkingGroup.sol";

/// @title EthicsGroup
/// @notice See IWorkingGroup.
contract EthicsGroup is WorkingGroup {
    constructor(ICommitteeSeats seats_) WorkingGroup(seats_, Group.ETHICS) {}
}
