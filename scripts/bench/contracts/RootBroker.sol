// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.34;

import {CohortMember} from "../../../contracts/access/AccessTypes.sol";
import {IAccessBroker} from "../../../contracts/access/IAccessBroker.sol";
import {Decision, InstitutionId, RequestId} from "../../../contracts/common/Types.sol";

/// @title RootBroker
/// @notice Answers the revenue splitter as if it had granted a cohort, which may be deeper than one transaction of the broker could make it.
contract RootBroker {
    bytes32 private immutable _root;
    uint32 private immutable _count;

    constructor(bytes32 root, uint32 count) {
        _root = root;
        _count = count;
    }

    function isMember(RequestId, CohortMember calldata, bytes32[] calldata) external pure returns (bool) {
        return true;
    }

    function cohortRoot(RequestId) external view returns (bytes32) {
        return _root;
    }

    function grant(RequestId) external view returns (IAccessBroker.Grant memory granted) {
        granted.decision = Decision.APPROVED;
        granted.count = _count;
    }

    function deliveredBy(RequestId, bytes32) external pure returns (InstitutionId) {
        return InstitutionId.wrap(1);
    }
}
