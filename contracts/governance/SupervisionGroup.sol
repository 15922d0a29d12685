// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {Group, ICommitteeSeats} from "./ICommitteeSeats.sol";
import {WorkingGroup} from "./WorkingGroup.sol";

/// @title SupervisionGroup
/// @notice See IWorkingGroup.
contract SupervisionGroup is WorkingGroup {
    constructor(ICommitteeSeats seats_) WorkingGroup(seats_, Group.SUPERVISION) {}
}
