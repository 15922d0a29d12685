// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {CaseId} from "../common/Types.sol";

/// @title RunningSuspensions
/// @notice The suspensions of one member that run side by side, so that one can be lifted and the others go on. A registry knows only the end
/// of the longest.
/// @dev A suspension or reinstatement by hand overrides all that ran; it shows by the registry's end being another than the list's.
library RunningSuspensions {
    struct Suspension {
        CaseId id;
        uint40 until;
    }

    /// @dev Stands for a suspension that no case gave.
    CaseId private constant BY_HAND = CaseId.wrap(0);

    /// @notice Adds a case's suspension and drops those that are over.
    /// @param present The end of the suspension that runs by the registry; 0: none.
    function add(Suspension[] storage list, CaseId id, uint40 until, uint40 present) internal {
        bool overridden = latest(list) != present;
        for (uint256 i = list.length; i > 0; --i) {
            if (overridden || list[i - 1].until <= block.timestamp) _drop(list, i - 1);
        }
        if (overridden && present != 0) list.push(Suspension(BY_HAND, present));
        list.push(Suspension(id, until));
    }

    /// @notice Removes a case's suspension, if it is there.
    /// @return rest What the registry's end must become: that of the longest other; `present` if another decided since.
    function remove(Suspension[] storage list, CaseId id, uint40 present) internal returns (uint40 rest) {
        bool overridden = latest(list) != present;
        for (uint256 i = list.length; i > 0; --i) {
            if (CaseId.unwrap(list[i - 1].id) == CaseId.unwrap(id)) _drop(list, i - 1);
        }
        return overridden ? present : latest(list);
    }

    /// @notice The end of the longest that runs; 0 if none does.
    function latest(Suspension[] storage list) internal view returns (uint40 until) {
        for (uint256 i = 0; i < list.length; ++i) if (list[i].until > until) until = list[i].until;
        if (until <= block.timestamp) until = 0;
    }

    function _drop(Suspension[] storage list, uint256 index) private {
        uint256 last = list.length - 1;
        if (index != last) list[index] = list[last];
        list.pop();
    }
}
